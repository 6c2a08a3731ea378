"""The compiled loop calls a C library by address. The library here is a test's stand-in, no firmware."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pensim.firmware import Firmware, FirmwareError
from pensim.kernel import Kernel
from pensim.plant.records import IN_BYTES, OUT_BYTES
from pensim.world import WORLD_DTYPE

SOURCE = r"""
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef struct { uint64_t time_us; int32_t shaft, bar, stage, ma, mv, mn, nose, handle;
  uint8_t ea, eb, hold, home, feedback, released;
  uint8_t button, locked, tag, charger, shorted, sounder; uint16_t charge, reserved16;
  uint32_t clock2; uint8_t reserved[4]; } inputs_t;
typedef struct { int32_t steps; int16_t duty;
  uint8_t enable, stage, state, mode, tripped, sounder, supply, watchdog, reserved[2]; } outputs_t;
typedef struct { uint64_t ticks, polls; uint8_t echo[256]; size_t held; } mem_t;
int64_t pen_host_size(void) { return sizeof(mem_t); }
int64_t pen_abi(void) { return 3; }
int64_t pen_sizeof_inputs(void) { return sizeof(inputs_t); }
int64_t pen_sizeof_outputs(void) { return sizeof(outputs_t) + OFF_BY; }
int64_t pen_sizeof_world(void) { return WORLD; }
int64_t pen_offset_control(void) { return 0; }
int64_t pen_sizeof_control(void) { return 8; }
int64_t pen_offset_guard(void) { return 8; }
int64_t pen_sizeof_guard(void) { return 8; }
void pen_host_init(void *m, void *w, const uint8_t *s, const uint8_t *k, const uint8_t *n) {
  (void)w; (void)s; (void)k; (void)n; memset(m, 0, sizeof(mem_t)); }
int64_t pen_host_provision(void *w, const uint8_t *n, const uint8_t *k, const uint8_t *c, int64_t h,
  int64_t d) {
  (void)w; (void)n; (void)k; (void)c; (void)h; (void)d; return 1; }
void pen_host_tick(void *m, const inputs_t *in, outputs_t *out) {
  mem_t *mem = m; mem->ticks++; out->duty = (int16_t)(32767 * 6000 / (in->mv > 6000 ? in->mv : 6000));
  out->enable = in->hold; out->stage = 2; out->state = 4; out->supply = 1; out->watchdog ^= 1; }
size_t pen_host_rx(void *m, const uint8_t *b, size_t n) { mem_t *mem = m;
  for (size_t k = 0; k < n && mem->held < 256; k++) mem->echo[mem->held++] = b[k];
  return n; }
size_t pen_host_tx(void *m, uint8_t *b, size_t room) { mem_t *mem = m;
  size_t n = mem->held < room ? mem->held : room;
  memcpy(b, mem->echo, n); memmove(mem->echo, mem->echo + n, mem->held - n); mem->held -= n; return n; }
int64_t pen_host_background(void *m) { ((mem_t *)m)->polls++; return 0; }
"""


def build(folder: Path, off_by: int = 0) -> Path:
    compiler = shutil.which("cc")
    assert compiler, "a C compiler is needed, as for the package itself"
    source = folder / "stand_in.c"
    source.write_text(SOURCE)
    library = folder / f"stand_in{off_by}.so"
    world = f"-DWORLD={WORLD_DTYPE.itemsize}"
    flags = ["-std=c11", "-O2", "-shared", "-fPIC", f"-DOFF_BY={off_by}", world]
    subprocess.run([compiler, *flags, "-o", str(library), str(source)], check=True)
    return library


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    return Firmware(build(tmp_path_factory.mktemp("core")))


def test_firmware_runs_once_a_tick_and_drives_the_motor(core: Firmware) -> None:
    """DESIGN loop: firmware core and plant run in one compiled loop, tick by tick."""
    kernel = Kernel(firmware=core, nominal=True)
    kernel.control.hold = 1
    kernel.advance(5000)
    ticks = int(kernel.memory[:8].view("u8")[0])
    assert ticks == 5000
    assert kernel.inputs.time_us == 500_000
    assert 130 < kernel.state.omega / 6.283 < 190
    kernel.control.hold = 0
    kernel.advance(6000)
    assert kernel.outputs.drive_enable == 0
    assert kernel.state.gate == 0
    assert kernel.stops()[-1]["rest_us"] > 0


def test_bytes_pass_the_line_at_its_rate(core: Firmware) -> None:
    """The reference link is 921,600 baud: 9.216 bytes a tick each way."""
    kernel = Kernel(firmware=core, nominal=True)
    sent = bytes(range(200))
    assert kernel.host_write(sent) == 200
    kernel.advance(10)
    assert 200 - kernel.host_out_waiting in (92, 93)
    kernel.advance(40)
    assert kernel.host_read(50) == sent[:50]
    assert kernel.host_read() == sent[50:]


def test_bytes_pass_the_end_of_both_rings(core: Firmware) -> None:
    """What is written over a ring's end arrives whole, and a full ring takes no more than it has room for."""
    kernel = Kernel(seed=1, firmware=core)
    state = kernel.state
    state.in_head = state.in_tail = 3 * IN_BYTES - 7
    state.out_head = state.out_tail = 2 * OUT_BYTES - 11
    sent = bytes(range(1, 101))
    assert kernel.host_write(sent) == 100
    kernel.advance(100)
    assert kernel.host_read(13) + kernel.host_read() == sent
    assert kernel.host_write(bytes(IN_BYTES + 5)) == IN_BYTES
    assert kernel.host_write(b"more") == 0


def test_a_cut_line_loses_the_bytes_of_both_ways(core: Firmware) -> None:
    """IL-26's stimulus: what is sent while the cable is cut never arrives, what is sent later does."""
    kernel = Kernel(firmware=core, nominal=True)
    kernel.control.link_up = 0
    kernel.host_write(b"lost")
    kernel.advance(50)
    assert kernel.host_out_waiting == 0
    kernel.control.link_up = 1
    kernel.host_write(b"kept")
    kernel.advance(50)
    assert kernel.host_read() == b"kept"


def test_a_library_of_another_layout_is_refused(tmp_path: Path) -> None:
    """Layouts of inputs and outputs are checked at load."""
    with pytest.raises(FirmwareError, match="pen_sizeof_outputs"):
        Firmware(build(tmp_path, off_by=4))


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    """A wrong file gives our own error."""
    wrong = tmp_path / "no.so"
    wrong.write_text("no library")
    with pytest.raises(FirmwareError):
        Firmware(wrong)

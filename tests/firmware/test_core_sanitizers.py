"""The sanitizers of addresses and undefined behaviour watch the whole pen, and are shown to reject.

The long runs among mishaps are in test_core_fuzz.py, those of the link in test_link_fuzz.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from guard_rig import copy_core
from test_core_fuzz import SANITIZED, compile_fuzz

pytestmark = pytest.mark.long

TREATMENT = """
import sys

library, seed, folder = sys.argv[1:]
sys.path.insert(0, folder)

from interlock_rig import Rig
from pensim.firmware import Firmware

rig = Rig(int(seed), firmware=Firmware(library)).running()
rig.bench.inject("bar_sensor", "wrong", value=300)
rig.bench.run(0.2)
assert rig.tripped == 7
rig.bench.cut_link()
rig.bench.run(0.5)
assert not rig.drive_on
print("lived")
"""

#: What is put into pen_tick of a copy of the core, and what the sanitizer must say of it.
TICK = "(in->time_us / 100U)"
PLANTED = {
    "an index beyond an array": (
        f"    volatile int32_t near[4];\n    near[{TICK} % 5U] = 1;\n",
        "index 4 out of bounds",
    ),
    "a write beyond an array by a pointer": (
        f"    int32_t near[4];\n    volatile int32_t *at = near;\n    at[{TICK} % 5U] = 1;\n",
        "insufficient space for an object",
    ),
    "a sum that overflows": (
        f"    volatile int32_t sum = INT32_MAX - 1000;\n    sum = sum + (int32_t){TICK};\n",
        "signed integer overflow",
    ),
    "a shift beyond the width": (
        f"    volatile uint32_t bits = 1U << ({TICK} % 33U);\n    (void)bits;\n",
        "shift exponent 32",
    ),
    "a read of memory that is gone": (
        "    const volatile uint8_t *gone;\n    { volatile uint8_t here = 1; gone = &here; }\n"
        "    out->watchdog = *gone;\n",
        "stack-use-after-scope",
    ),
}


def planted_copy(source_root: Path, folder: Path, text: str) -> Path:
    """A copy of the firmware with that text at the beginning of pen_tick."""
    firmware = copy_core(source_root, folder)
    path = firmware / "core" / "pen.c"
    head = "void pen_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out)\n{\n"
    source = path.read_text(encoding="utf-8")
    assert source.count(head) == 1
    path.write_text(source.replace(head, head + text), encoding="utf-8")
    return firmware


def sanitized_library(firmware: Path, target: Path) -> Path:
    """The core as the simulator loads it, with the sanitizers."""
    folders = [firmware / part for part in ("core", "generated", "port/host")]
    sources = [str(path) for folder in folders for path in sorted(folder.glob("*.c"))]
    command = ["cc", "-std=c11", "-ffp-contract=off", "-shared", "-fPIC", *SANITIZED]
    command += [*(f"-I{folder}" for folder in folders), "-o", str(target), *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return target


def treat(library: Path, seed: int) -> subprocess.CompletedProcess[str]:
    """A treatment, a trip and a cut link on that core, in a process that has the sanitizer's allocator."""
    command = ["cc", "-print-file-name=libasan.so"]
    asan = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    environment = {**os.environ, "LD_PRELOAD": asan.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}
    suite = Path(__file__).resolve().parents[1] / "interlocks"
    command = [sys.executable, "-c", TREATMENT, str(library), str(seed), str(suite)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=110, env=environment)


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizer is put before Python by LD_PRELOAD")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_treatment_with_a_trip_reads_and_writes_nothing_astray(
    source_root: Path, tmp_path: Path, seed: int
) -> None:
    """Requirement: sanitizers clean: the whole pen, host and plant, through a trip and a cut link."""
    done = treat(sanitized_library(source_root / "firmware_proto", tmp_path / "libpencore.so"), seed)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "lived"


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizer is put before Python by LD_PRELOAD")
def test_a_write_beyond_the_pen_is_found_in_the_simulator(source_root: Path, tmp_path: Path) -> None:
    """Requirement: the twin of the test above: a planted write behind the pen's memory ends the treatment."""
    text = "    int64_t pen_host_size(void);\n    ((volatile uint8_t *)pen)[pen_host_size() + 128] = 0;\n"
    firmware = planted_copy(source_root, tmp_path, text)
    done = treat(sanitized_library(firmware, tmp_path / "libpencore.so"), 1)
    assert done.returncode != 0
    assert "AddressSanitizer" in done.stderr


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_defect_is_found_by_the_sanitizers(source_root: Path, tmp_path: Path, case: str) -> None:
    """Requirement: the sanitizers of the long runs reject what they are there for."""
    text, said = PLANTED[case]
    program = compile_fuzz(planted_copy(source_root, tmp_path, text), tmp_path / "fuzz", *SANITIZED)
    done = subprocess.run(
        [str(program), "1", "20000", "treat"], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode != 0
    assert said in done.stderr, done.stderr[-2000:]

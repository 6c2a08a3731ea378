"""The acceptance tests can fail: a firmware with a spoilt limit does not pass their checks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from acceptance_rig import Plan, still_running, strokes_of, treatment

from penctl.errors import LimitsMismatch, Refused
from pensim.bench import Bench
from pensim.firmware import Firmware

pytestmark = pytest.mark.long

CLINICAL_CAP_UM = 2500
SENSOR_ERROR_UM = 20
Spoil = Callable[[Path], None]


@pytest.fixture(scope="module")
def spoilt(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Spoil], Firmware]:
    """Compile a copy of the firmware that was spoilt on purpose."""

    def build(spoil: Spoil) -> Firmware:
        folder = tmp_path_factory.mktemp("spoilt") / "firmware_proto"
        for part in ("core", "generated", "port/host"):
            shutil.copytree(source_root / "firmware_proto" / part, folder / part)
        spoil(folder)
        sources = [
            *folder.glob("core/*.c"),
            folder / "generated/pen_messages.c",
            *folder.glob("port/host/*.c"),
        ]
        include = [f"-I{folder / part}" for part in ("core", "generated", "port/host")]
        library = folder / "libspoilt.so"
        flags = ["-std=c11", "-O2", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
        command = ["cc", *flags, *include, "-o", str(library), *map(str, sources)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stderr
        return Firmware(library)

    return build


def replace(path: Path, old: str, new: str) -> None:
    """Replace text that must be there exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new))


def a_typo_in_the_clinical_cap(folder: Path) -> None:
    replace(folder / "generated/pen_limits.h", "PEN_MODE_CLINICAL, 0, 2500,", "PEN_MODE_CLINICAL, 0, 3000,")


def a_typo_in_the_home_rate(folder: Path) -> None:
    replace(
        folder / "generated/pen_limits.h",
        "PEN_MODE_HOME, 0, 250, 50000, 100000",
        "PEN_MODE_HOME, 0, 250, 50000, 150000",
    )


def no_margin_below_the_cap(folder: Path) -> None:
    replace(
        folder / "generated/pen_device.h", "#define PEN_DEPTH_MARGIN_UM 25", "#define PEN_DEPTH_MARGIN_UM 0"
    )


def guard_blind_to_depth(folder: Path) -> None:
    replace(folder / "core/guard.c", "    guard_watch_depth(guard);\n", "    (void)guard_watch_depth;\n")


def unspoilt(folder: Path) -> None:
    assert folder.is_dir()


def test_the_unspoilt_copy_passes(spoilt: Callable[[Spoil], Firmware]) -> None:
    """Negative control: the same build without a defect is within the caps."""
    firmware = spoilt(unspoilt)
    tips_um = strokes_of(Plan(2, "clinical", CLINICAL_CAP_UM, 120), 1.5, firmware)["peak_tip_um"]
    assert tips_um.max() <= CLINICAL_CAP_UM
    assert tips_um.min() >= CLINICAL_CAP_UM - 50


def is_noticed(firmware: Firmware, mode: str, name: str, **value: int) -> bool:
    """Whether test_bad_input would fail: the value is not refused. Or the host refuses the whole pen."""
    try:
        with Bench(2, cartridge=mode.upper(), firmware=firmware) as bench:
            pen = bench.pen()
            pen.open_session()
            pen.self_test()
            bench.hand.button(True)
            bench.run(0.05)
            pen.set_mode(mode)
            pen.command(name, **value)
    except LimitsMismatch:
        return True
    except Refused:
        return False
    return True


def test_a_typo_in_the_depth_limit_is_noticed(spoilt: Callable[[Spoil], Firmware]) -> None:
    """A cap of 3.0 mm in the generated header: 2.501 mm is not refused, or the host refuses the pen."""
    assert is_noticed(spoilt(a_typo_in_the_clinical_cap), "clinical", "SET_DEPTH", depth_um=2501)
    assert not is_noticed(spoilt(unspoilt), "clinical", "SET_DEPTH", depth_um=2501)


def test_a_typo_in_the_rate_limit_is_noticed(spoilt: Callable[[Spoil], Firmware]) -> None:
    """A HOME rate of 150 Hz in the generated header: 101 Hz is not refused, or the host refuses the pen."""
    assert is_noticed(spoilt(a_typo_in_the_home_rate), "home", "SET_RATE", rate_mhz=101_000)
    assert not is_noticed(spoilt(unspoilt), "home", "SET_RATE", rate_mhz=101_000)


def test_without_the_margin_strokes_pass_the_cap_or_the_pen_trips(
    spoilt: Callable[[Spoil], Firmware],
) -> None:
    """Aiming at the cap itself: within a few seeds a stroke passes 2.5 mm, or guard trips."""
    assert_some_seed_fails(spoilt(no_margin_below_the_cap))


def test_without_guards_look_at_the_depth_a_stage_that_runs_away_passes_the_cap(
    spoilt: Callable[[Spoil], Firmware],
) -> None:
    """IL-07 taken out: the stage runs away and strokes pass 2.5 mm; with it they do not."""
    beyond_um = {}
    for name, spoil in (("whole", unspoilt), ("spoilt", guard_blind_to_depth)):
        with treatment(Plan(3, "clinical", 2300, 120, "air"), spoilt(spoil)) as (bench, pen):
            bench.inject("stage", "runaway", value=2.0)
            bench.run(0.5)
            beyond_um[name] = bench.trace.tip_um.max() - CLINICAL_CAP_UM
            pen.transport.close()
    assert beyond_um["whole"] <= SENSOR_ERROR_UM
    assert beyond_um["spoilt"] > 100


def assert_some_seed_fails(firmware: Firmware) -> None:
    """Eight pens at the cap of 2.5 mm: a stroke beyond, or a trip."""
    failed = 0
    for seed in range(1, 9):
        with treatment(Plan(seed, "clinical", CLINICAL_CAP_UM, 120, "air"), firmware) as (bench, pen):
            bench.run(1.5)
            tips_um = bench.strokes["peak_tip_um"]
            failed += not still_running(pen) or tips_um.max() > CLINICAL_CAP_UM
    assert failed > 0

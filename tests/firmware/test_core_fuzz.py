"""A whole pen for a long time among mishaps, the sanitizers watching: what may never happen, does not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from guard_rig import copy_core, plant

pytestmark = pytest.mark.long

WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-ffp-contract=off", "-fno-math-errno")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
OVERWRITTEN = (*SANITIZED, "-fwrapv", "-fno-sanitize=bool")
"""Random bytes in control may be no bool; arithmetic on them wraps, as in the build that ships."""
TICKS = 600_000
Build = Callable[..., Path]


def compile_fuzz(firmware: Path, target: Path, *flags: str) -> Path:
    """Compile core_fuzz with the core of a firmware folder."""
    include = [firmware / part for part in ("core", "generated", "tests")]
    sources = [*sorted((firmware / "core").glob("*.c")), firmware / "generated" / "pen_messages.c"]
    sources += [firmware / "tests" / f"{name}.c" for name in ("core_world", "core_fuzz")]
    command = ["cc", *WARNINGS, *flags, *(f"-I{path}" for path in include), "-o", str(target)]
    command += [*map(str, sources), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return target


def live(program: Path, seed: int, kind: str, ticks: int = TICKS) -> dict[str, int]:
    """Run the program; returns what has happened in it. Raises AssertionError with what must not happen."""
    command = [str(program), str(seed), str(ticks), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def live_some(program: Path) -> None:
    """Some runs, the quicker kind more often."""
    for seed in range(1, 19):
        live(program, seed, "overwrite" if seed % 3 == 0 else "treat")


@pytest.fixture(scope="module")
def whole(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with every check of the sanitizers."""
    return compile_fuzz(source_root / "firmware_proto", tmp_path_factory.mktemp("core") / "fuzz", *SANITIZED)


@pytest.fixture(scope="module")
def overwritten(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program for runs in which control's memory is overwritten."""
    target = tmp_path_factory.mktemp("core") / "fuzz"
    return compile_fuzz(source_root / "firmware_proto", target, *OVERWRITTEN)


def test_no_mishap_keeps_the_drive_on_or_turns_it_on(whole: Path) -> None:
    """IL-01, IL-02, IL-07, IL-11, IL-26: with sensors, contacts and link failing, guard holds each tick."""
    met: dict[str, int] = {}
    for seed in range(1, 19):
        for name, count in live(whole, seed, "treat").items():
            met[name] = met.get(name, 0) + count
    assert met["runs"] > 300
    assert min(met[name] for name in ("resets", "estop", "depth", "rate", "link")) >= 5, met


def test_nothing_but_a_start_turns_the_drive_on(whole: Path) -> None:
    """Requirement: without a START no inputs, frames, nonsense or resets ever turn the drive on."""
    met = [live(whole, seed, "inputs") for seed in range(1, 4)]
    assert sum(one["runs"] for one in met) == 0
    assert sum(one["armed"] for one in met) > 50
    assert sum(one["resets"] for one in met) > 3


def test_guard_holds_while_control_is_overwritten(overwritten: Path) -> None:
    """Requirement: hard limits are held in guard whatever is in control's memory."""
    met = [live(overwritten, seed, "overwrite") for seed in range(1, 9)]
    assert sum(one["runs"] for one in met) > 20
    assert sum(one["resets"] for one in met) > 10


def test_readings_at_the_ends_of_their_type_are_never_believed(whole: Path) -> None:
    """IL-07, IL-09: pairs of extreme readings in each tick of a turn; a depth that cannot be is off."""
    met = [live(whole, seed, "extremes") for seed in (1, 2)]
    assert sum(one["spoilt"] for one in met) > 150_000
    assert sum(one["cut"] for one in met) < sum(one["spoilt"] for one in met)


EXTREME_DEFECTS = [
    ("saturate32((int64_t)value - from)", "value - from", "signed integer overflow"),
    (
        "saturate32((int64_t)turning->stage_um - travel_um - turning->bar_um)",
        "turning->stage_um - travel_um - turning->bar_um",
        "signed integer overflow",
    ),
    (
        "guard_trip(guard, PEN_IL_09, PEN_INPUT_BAR_SENSOR, PEN_STOP_KIND_C0, value, limit);",
        "(void)guard, (void)value, (void)limit;",
        "cannot be is believed",
    ),
]


@pytest.mark.parametrize(("source", "planted", "said"), EXTREME_DEFECTS)
def test_extremes_find_each_planted_defect(
    source_root: Path, tmp_path: Path, source: str, planted: str, said: str
) -> None:
    """Requirement: arithmetic that overflows, or a reading that is believed, does not pass the extremes."""
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, "guard*.[ch]", source, planted)
    program = compile_fuzz(firmware, tmp_path / "fuzz", *SANITIZED)
    with pytest.raises(AssertionError, match=said):
        live(program, 1, "extremes")


DEFECTS = [
    ("guard*.c", "valid && depth_um > allowed_um", "0"),
    ("guard*.c", "if (silent_us > PEN_IL26_TIMEOUT_US) {", "if (0) {"),
    ("guard*.c", "if (stop == PEN_STOP_KIND_C0 || !guard->drive_on) {", "if (!guard->drive_on) {"),
    (
        "guard*.c",
        ".value = 0, .limit = 1};\n            guard_halt(guard, &why, true);",
        ".value = 0, .limit = 1};\n            (void)why;",
    ),
    (
        "guard*.c",
        "return !guard->drive_on && (guard->stage_request || !stopped_by_c0(guard)) ? 1U : 0U;",
        "return 1U;",
    ),
    (
        "guard*.c",
        "        guard->state = GUARD_OFF;\n    }\n}\n\nresult_t",
        "        guard->state = GUARD_RUN;\n        guard->drive_on = true;\n    }\n}\n\nresult_t",
    ),
    ("guard*.c", "if (depth_um > limits->depth_max_um) {", "if (0) {"),
    ("depth.c", "depth->steps += way > 0 ? 1 : -1;", "depth->steps += way > 0 ? 2 : -1;"),
    ("pen.c", "= decided->drive_enable;", "= pen->control.depth.arrived;"),
]


@pytest.mark.parametrize(("file", "source", "planted"), DEFECTS)
def test_each_planted_defect_is_met(
    source_root: Path, tmp_path: Path, file: str, source: str, planted: str
) -> None:
    """Requirement: the long runs find a guard that fails: they meet every planted defect."""
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, file, source, planted)
    program = compile_fuzz(firmware, tmp_path / "fuzz", "-O1", "-fwrapv")
    with pytest.raises(AssertionError, match="core_fuzz"):
        live_some(program)

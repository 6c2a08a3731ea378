"""Parts of control and guard alone under a sanitizer: trim, self-test, a clock that jumps."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from compiled import compile_once
from guard_rig import INVALID_UM, STRICT, copy_core, plant

SANITIZED = ("-fsanitize=undefined", "-fno-sanitize-recover=all")


def _program(firmware: Path, target: Path) -> Path:
    """The rig of the parts, from a firmware folder."""
    core = firmware / "core"
    sources = [*core.glob("guard*.c"), *core.glob("selftest*.c"), core / "depth.c", core / "rate_meter.c"]
    sources += [firmware / "tests" / "parts_rig.c"]
    include = [f"-I{firmware / part}" for part in ("core", "generated")]
    command = ["cc", *STRICT, "-O1", *SANITIZED, *include, "-o", str(target), *map(str, sources)]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    return target


def _number(program: Path, *arguments: str) -> int:
    """What the rig prints; undefined behaviour ends it with an error."""
    command = [str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


@pytest.fixture(scope="module")
def parts(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts as they are."""
    return _program(source_root / "firmware_proto", tmp_path_factory.mktemp("parts") / "parts")


def trims_deeper_only_below_the_cap(parts: Path) -> None:
    """Strokes too shallow: a step deeper below the cap, none 8 µm short of it or without sensor A."""
    steps = {stage_um: _number(parts, "trim", str(stage_um)) for stage_um in (2400, 2492, 2500, INVALID_UM)}
    assert steps == {2400: 1, 2492: 0, 2500: 0, INVALID_UM: 0}


def the_proof_alone_is_no_self_test(parts: Path) -> None:
    """The self-test that a reset asked for ends with its travel, also when another trip holds it."""
    assert _number(parts, "proof") == 1


def a_jump_of_the_clock_is_no_overflow(parts: Path) -> None:
    """Quarter turns are still found, and nothing is undefined."""
    assert _number(parts, "jump") > 0


def a_bar_that_makes_no_stroke_is_a_discrepancy(parts: Path) -> None:
    """The last stroke counts, the next is due a turn later; found before the third turn without one."""
    hundredths, interlock = divmod(_number(parts, "strokes"), 1000)
    assert interlock == 45
    assert 100 <= hundredths <= 250


def no_contact_keeps_a_command_waiting(parts: Path) -> None:
    """Whatever it closes and opens like: 20 ms and the tick in which it began."""
    assert _number(parts, "waits") <= 201


def no_contact_that_chatters_is_held(parts: Path) -> None:
    """Open for more than an eighth of the time it is soon let go: pairing wants 3 s."""
    assert _number(parts, "held") <= 300


def a_tick_that_is_late_fails_no_self_test(parts: Path) -> None:
    """Up to the 5 ms that IL-32 allows, on a clock with any phase whose second one wraps."""
    assert [_number(parts, "late", str(late_us)) for late_us in (0, 700, 1000, 4900)] == [0, 0, 0, 0]
    assert _number(parts, "late", "9000") == 9


def a_bar_without_readings_has_not_moved(parts: Path) -> None:
    """Half a turn without a reading is a travel of nothing, not of less than nothing."""
    hundredths, interlock = divmod(_number(parts, "unread"), 1000)
    assert interlock == 9
    assert 25 <= hundredths <= 100


CHECKS = [
    (
        trims_deeper_only_below_the_cap,
        "depth.c",
        "measured_um != INT32_MIN && measured_um < cap_um",
        "measured_um < cap_um",
    ),
    (
        the_proof_alone_is_no_self_test,
        "selftest.c",
        "guard_note_proof(guard);",
        "guard_note_self_test(guard);",
    ),
    (a_jump_of_the_clock_is_no_overflow, "rate_meter.c", "step == 0 || gap_us > IDLE_US", "step == 0"),
    (
        a_bar_that_makes_no_stroke_is_a_discrepancy,
        "guard_slow.c",
        "way > TURNS_COUNTS + MOST_APART_COUNTS",
        "way > 3 * TURNS_COUNTS",
    ),
    (
        no_contact_keeps_a_command_waiting,
        "guard_button.c",
        "now_us - button->closed_us > OPEN_US",
        "now_us - button->closed_us >= PEN_IL30_DEBOUNCE_US",
    ),
    (
        no_contact_that_chatters_is_held,
        "guard_button.c",
        "guard_mounts(&button->ticks, !closed, DEBOUNCE_TICKS)",
        "guard_lasts(&button->ticks, !closed, DEBOUNCE_TICKS)",
    ),
    (a_tick_that_is_late_fails_no_self_test, "selftest.c", "PEN_IL32_GAP_US + CLOCK_US", "CLOCK_US"),
    (
        a_bar_without_readings_has_not_moved,
        "guard_sensors.c",
        "trip_bar(guard, moved_um < 0 ? 0 : moved_um, PEN_IL09_LEAST_UM)",
        "trip_bar(guard, moved_um, PEN_IL09_LEAST_UM)",
    ),
]


def test_no_step_deeper_without_a_reading_of_sensor_a(parts: Path) -> None:
    """IL-07: trimming never takes the stage closer to the cap than 8 µm, and does not go deeper blind."""
    trims_deeper_only_below_the_cap(parts)


def test_a_reset_waits_for_the_whole_self_test(parts: Path) -> None:
    """IL-09: after RESET 9 with another trip still latched, the proof alone does not let the pen be armed."""
    the_proof_alone_is_no_self_test(parts)


def test_a_clock_that_jumps_overflows_nothing(parts: Path) -> None:
    """IL-32: whatever the clock shows, no sum is beyond its type."""
    a_jump_of_the_clock_is_no_overflow(parts)


def test_a_contact_that_chatters_is_no_hand_for_long(parts: Path) -> None:
    """IL-30: neither for a command that waits for it nor for a pairing."""
    no_contact_keeps_a_command_waiting(parts)
    no_contact_that_chatters_is_held(parts)


def test_a_late_tick_is_no_broken_clock(parts: Path) -> None:
    """IL-34: a port may be late now and then."""
    a_tick_that_is_late_fails_no_self_test(parts)


def test_what_another_interlock_forestalls_holds_by_itself(parts: Path) -> None:
    """IL-45 for a bar that stands, where IL-09 is first; IL-09 for one without readings, where IL-07 is."""
    a_bar_that_makes_no_stroke_is_a_discrepancy(parts)
    a_bar_without_readings_has_not_moved(parts)


@pytest.mark.parametrize(
    ("check", "file", "source", "planted"), CHECKS, ids=[check.__name__ for check, *_ in CHECKS]
)
def test_each_planted_defect_is_noticed(
    source_root: Path, tmp_path: Path, check: object, file: str, source: str, planted: str
) -> None:
    """Requirement: the tests above fail when the part does."""
    assert callable(check)
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, file, source, planted)
    program = _program(firmware, tmp_path / "parts")
    with pytest.raises(AssertionError):
        check(program)

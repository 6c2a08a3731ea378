"""What outlives the controller, with the firmware that ships: memory, tag, what the self-check sees."""

from __future__ import annotations

import pytest

from penctl.pen import Pen
from penctl.protocol.enums import SelfCheckPart, State
from pensim.bench import Bench
from pensim.errors import BenchError

SELF_CHECK, WATCHDOG = 33, 31
UP_S = 3.0
"""The self-test at power-on takes less."""


def _armed(bench: Bench) -> Pen:
    """A pen in READY, clinical, in a visit, with hold-to-run held."""
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode("clinical")
    bench.hand.button(False)
    pen.begin_visit("a pseudonym")
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    pen.arm()
    bench.hand.hold(True)
    bench.run(0.1)
    return pen


@pytest.mark.parametrize("part", [part.name for part in SelfCheckPart if part])
def test_a_damaged_part_of_the_controller_is_found_by_its_own_check(part: str) -> None:
    """IL-33's stimulus: a flipped or stuck bit in what the check looks at; without it nothing trips."""
    bench = Bench(seed=1)
    bench.advance(UP_S)
    assert bench.kernel.outputs.tripped == 0
    bench.damage(part)
    bench.advance(1.0)
    assert bench.kernel.outputs.tripped == SELF_CHECK
    assert bench.kernel.outputs.drive_enable == 0
    with pytest.raises(BenchError, match="CPU, RAM, ROM"):
        bench.damage("KEYBOARD")


def test_a_restart_by_the_watchdog_reaches_the_firmware_with_its_cause() -> None:
    """IL-31: hardware cuts and restarts; the firmware comes up in SAFE and says why."""
    bench = Bench(seed=1)
    bench.advance(UP_S)
    hang = bench.inject("controller", "off", for_s=0.1)
    bench.advance(0.2)
    hang.clear()
    bench.advance(UP_S)
    assert bench.kernel.state.watchdog_acts == 1
    assert bench.kernel.outputs.state == State.SAFE
    assert bench.kernel.outputs.tripped == WATCHDOG


def test_a_write_that_the_power_cuts_switches_the_pen_off_and_spoils_no_more_than_it() -> None:
    """Issue 4, memory: a cut in the middle of a trip's record; the pen comes up with its older copies."""
    with Bench(seed=1) as bench:
        pen = _armed(bench)
        pen.start()
        bench.hand.press(3.0)
        bench.run(0.3)
        before = bench.memory.content.copy()
        bench.memory.cut_at(1, written=5)
        bench.inject("bar_sensor", "wrong", value=150.0)
        bench.advance(1.0)
        assert not bench.kernel.powered
        changed = (bench.memory.content != before).sum()
        assert 0 < changed <= 6
        assert bench.kernel.outputs.drive_enable == 0
        bench.clear_faults()
        bench.memory.cut_at(None)
        bench.hand.hold(False)
        bench.power_on()
        bench.advance(UP_S)
        assert bench.kernel.outputs.state in (State.STANDBY, State.SAFE)


def test_the_tag_counts_a_visit_once_and_the_strokes_that_were_made() -> None:
    """IL-21: the cartridge carries its use with it; another pen reads it."""
    with Bench(seed=1) as bench:
        pen = _armed(bench)
        own = bench.kernel.cartridge
        assert own is not None
        assert own.use["uses"] == 0
        pen.start()
        bench.hand.press(3.0)
        bench.run(1.0)
        pen.stop()
        bench.run(0.3)
        pen.end_visit()
        bench.run(0.5)
        strokes = bench.kernel.stroke_count
        assert own.use["uses"] == 1
        assert own.use["strokes"] == pytest.approx(strokes, abs=2)
        bench.hand.cartridge(None)
    with Bench(seed=2) as other:
        other.hand.cartridge(own)
        other.run(UP_S)
        pen = other.pen()
        pen.open_session()
        told = pen.cartridge()
        assert (told.uses, told.strokes) == (1, own.use["strokes"])

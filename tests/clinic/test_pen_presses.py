"""What goes down at the pen at the wrong moment: taken when it is meant, told when not, never on its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penctl.protocol.enums import Flags, State
from penctl.treatment import visit_events as ev
from pengui.clinic.treat_flow import LONG_PRESS_S


@pytest.fixture
def early(practice):
    """The pen has just become READY for its first pass; the act that made it so is not finished yet."""
    practice.sign_in().resume("Linden")
    flow = practice.screen.page(practice.screen.seen).flow
    practice.next()
    practice.act()
    practice.until(
        lambda: practice.view.open and practice.view.state is State.STANDBY and not practice.view.busy
    )
    practice.next()
    practice.bench.hand.button(True)
    practice.act()
    practice.act()
    practice.bench.hand.button(False)
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.show()
    practice.engine.ask("begin_pass", flow.target().zone, "HORIZONTAL", *flow.settings(flow.target().zone))
    return practice


@pytest.fixture
def stopped(practice):
    """A pass that was stopped from the screen, the switch let go of."""
    practice.in_run(0.3)
    practice.window.stop()
    practice.run(0.3)
    practice.hold(False)
    assert practice.view.state is State.STANDBY
    return practice


def while_it_arms(practice, then):
    """Runs the queued act; `then(practice)` happens once, as soon as the window sees the pen READY."""
    plain, done = practice.between, []

    def between(step_s):
        plain(step_s)
        busy_ready = practice.view.state is State.READY and practice.view.busy == "begin_pass"
        if busy_ready and not done:
            done.append(True)
            then(practice)

    practice.between = between
    practice.engine.turn()
    practice.between = plain
    assert done, "READY was never seen before the act was over"
    practice.show()


def test_a_press_while_the_pen_becomes_ready_is_taken(early):
    """Held within the moment in which READY stands on the screen and arming is not finished: it starts."""
    while_it_arms(early, lambda practice: practice.bench.hand.hold(True))
    assert early.view.state is State.READY
    early.until(lambda: early.view.state is State.RUN, 0.5)
    assert early.visit.open_pass is not None


def test_a_press_that_was_let_go_of_meanwhile_starts_nothing(early):
    """Down and up before arming was finished: seen as both, the needles stay in, and a new press starts."""
    plain, waited = early.between, []

    def down_and_up(practice):
        practice.bench.hand.hold(True)

        def between(step_s):
            plain(step_s)
            waited.append(early.screen.treat_flow.waiting)
            if len(waited) == 6:
                early.bench.hand.hold(False)

        practice.between = between

    while_it_arms(early, down_and_up)
    assert True in waited, "the window never saw the press"
    assert not waited[-1], "the window never saw the release"
    early.run(0.5)
    assert early.view.state is State.READY
    assert not early.bench.kernel.outputs["drive_enable"]
    early.hold(True)
    early.until(lambda: early.view.state is State.RUN, 0.5)


def test_a_stop_between_press_and_start_wins(early):
    """A press that waits is forgotten by STOP, and no queued start arms the pen again."""

    def press_and_stop(practice):
        practice.bench.hand.hold(True)
        practice.window.stop()

    while_it_arms(early, press_and_stop)
    early.run(0.3)
    early.hold(False)
    early.run(0.3)
    assert early.view.state is State.STANDBY
    flow = early.screen.treat_flow
    early.engine.ask("start_pass", flow.target().zone, flow.target().direction)  # as if it was on its way
    early.act()
    early.run(0.3)
    assert early.view.state is State.STANDBY
    assert "no longer READY" in early.told()


def test_a_switch_that_did_not_start_the_pen_is_told(early):
    """Pressed while the screen is at something else: READY says to let go and to hold again."""
    while_it_arms(early, lambda practice: None)
    early.screen.look_on(early.view)
    early.bench.hand.hold(True)
    for _ in range(50):
        if Flags.HOLD_PRESSED not in early.view.flags:
            early.engine.turn()
    assert Flags.HOLD_PRESSED in early.view.flags
    early.screen.look_on(early.view)  # it went down while the screen was locked
    early.run(0.1)
    assert early.view.state is State.READY
    assert Flags.HOLD_PRESSED in early.view.flags
    assert "let go of it, then hold it again" in early.screen.prompt.text()
    early.hold(False)
    assert "hold the switch at the pen" in early.screen.prompt.text()
    early.hold(True)
    early.until(lambda: early.view.state is State.RUN, 0.5)


# --- after a STOP within a pass ---


def test_a_long_press_of_the_button_goes_on_after_a_stop(stopped):
    """Gloves on: the button held for two seconds makes the pen ready for the rest of the same pass."""
    assert "hold for 2 s to go on" in stopped.screen.prompt.text()
    stopped.bench.hand.button(True)
    stopped.run(LONG_PRESS_S - 0.3)
    assert stopped.view.state is State.STANDBY
    assert "Keep the button down" in stopped.screen.prompt.text()
    stopped.run(0.5)
    stopped.until(lambda: stopped.view.state is State.READY and not stopped.view.busy, 1.0)
    stopped.bench.hand.button(False)
    stopped.run(0.2)
    assert stopped.view.state is State.READY, "letting go of it ends nothing"
    assert len(stopped.screen.desk.noted(ev.PassBegun)) == 1
    stopped.hold(True)
    stopped.until(lambda: stopped.view.state is State.RUN, 0.5)


def test_a_short_press_ends_the_pass_after_a_stop(stopped):
    """It acts when the button comes up."""
    stopped.bench.hand.button(True)
    stopped.run(0.3)
    assert stopped.visit.open_pass is not None
    stopped.bench.hand.button(False)
    stopped.until(lambda: stopped.visit.open_pass is None, 0.5)
    assert stopped.view.state is State.STANDBY


@pytest.mark.parametrize("what", ["switch", "stop"])
def test_a_long_press_that_something_else_came_into_arms_nothing(stopped, what):
    """The switch held as well, a STOP meanwhile: no READY."""
    stopped.bench.hand.button(True)
    stopped.run(0.5)
    if what == "switch":
        stopped.bench.hand.hold(True)
    else:
        stopped.window.stop()
    stopped.run(LONG_PRESS_S + 0.5)
    assert stopped.view.state is State.STANDBY
    stopped.bench.hand.hold(False)
    stopped.bench.hand.button(False)
    stopped.run(0.2)
    assert stopped.view.state is State.STANDBY


@pytest.mark.parametrize("seen", [True, False])
def test_a_long_press_arms_only_with_the_needles_seen_inside(stopped, seen):
    """The pen's own word for it is asked for: the same press, with and without it."""
    flow, view = stopped.screen.treat_flow, stopped.view
    flags = view.flags if seen else view.flags & ~Flags.NEEDLES_CLEAR
    for time_s, down in ((0.0, Flags(0)), (0.1, Flags.BUTTON_PRESSED), (2.2, Flags.BUTTON_PRESSED)):
        flow.follow(replace(view, flags=flags | down, time_s=time_s))
    assert stopped.engine.queued("begin_pass") is seen

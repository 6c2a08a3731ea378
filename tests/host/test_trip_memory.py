"""The pen's memory of its trips, and events that did not arrive."""

from __future__ import annotations

from typing import Any

import pytest

from penctl.errors import Refused
from penctl.event_ledger import EventLedger
from penctl.pen import Pen
from penctl.protocol.enums import Input, Mode, State, StopKind
from penctl.protocol.enums import Warning as PenWarning
from penctl.trip_memory import Contacts

TRIP = {
    "interlock": 7,
    "latched": 1,
    "input": Input.BAR_DEPTH,
    "stop": StopKind.C0,
    "value": 1120,
    "limit": 1100,
}


def _pen(foreign: Any) -> Pen:
    pen = Pen(foreign.transport)
    pen.open_session()
    return pen


def test_the_last_trips_come_typed_and_the_newest_first(foreign: Any) -> None:
    """Issue 4, 1: which input, its value, its limit, the time, readable afterwards."""
    foreign.device.trips = [
        {**TRIP, "time_us": 9, "boot": 4},
        {**TRIP, "interlock": 1, "latched": 0, "boot": 3},
    ]
    first, second = _pen(foreign).trip_log()
    assert (first.trip.id, first.trip.value, first.trip.limit, first.boot) == ("IL-07", 1120, 1100, 4)
    assert first.latched
    assert (second.trip.id, second.latched, second.index) == ("IL-01", False, 1)


def test_a_pen_without_trips_has_an_empty_log(foreign: Any) -> None:
    """TRIP with interlock 0 says that there is none."""
    assert _pen(foreign).trip_log() == []


def test_a_snapshot_is_put_together_from_its_parts(foreign: Any) -> None:
    """Issue 4, 1: a snapshot of the inputs around a trip, 40 rows in five parts."""
    foreign.device.snapshots[0] = [
        {"time_us": 1000 * (row - 30), "bar_um": row, "contacts": 3, "state": State.RUN} for row in range(37)
    ]
    snapshot = _pen(foreign).snapshot()
    assert [row.time_us for row in snapshot.rows] == [1000 * (row - 30) for row in range(37)]
    assert snapshot.rows[36].bar_um == 36
    assert snapshot.rows[0].contacts == Contacts.ESTOP_A | Contacts.ESTOP_B
    assert snapshot.rows[0].state is State.RUN


@pytest.mark.parametrize("index", [-1, 256, "x", None])
def test_a_snapshot_that_cannot_be_asked_for_is_refused(foreign: Any, index: Any) -> None:
    """Bad input: our error, not a TypeError."""
    with pytest.raises(Refused):
        _pen(foreign).snapshot(index)


def _watch_asking(pen: Pen) -> list[tuple[int, int]]:
    """First and count of every GET_EVENTS from now on."""
    link, asked = pen._connection.link, []
    send = link.command

    def spy(command: Any, now_us: int, **fields: Any) -> Any:
        if command == "GET_EVENTS":
            asked.append((fields["first"], fields["count"]))
        return send(command, now_us, **fields)

    link.command = spy  # type: ignore[method-assign]
    return asked


def _event(number: int, state: State = State.STANDBY) -> dict[str, Any]:
    return {
        "number": number,
        "time_us": 1000 * number,
        "state": state,
        "previous": State.STANDBY,
        "mode": Mode.HOME,
        "cause": 0,
    }


def test_an_event_that_was_lost_is_asked_for_and_comes_in_its_order(foreign: Any) -> None:
    """Issue 5, 1: events cannot be lost; a gap in the numbers is asked for."""
    pen = _pen(foreign)
    asked = _watch_asking(pen)
    foreign.send("EVENT_STATE", **_event(1))
    pen.wait(0.05)
    foreign.keep(
        "EVENT_TRIP", number=2, time_us=2000, latched=0, **{k: v for k, v in TRIP.items() if k != "latched"}
    )
    foreign.keep("EVENT_STATE", **_event(3))
    foreign.send("EVENT_STATE", **_event(4))
    pen.wait(0.3, through_trips=True)
    assert [event["number"] for event in pen.events] == [1, 2, 3, 4]
    assert [trip.id for trip in pen.trips] == ["IL-07"]
    assert asked == [(2, 2)]
    assert pen.inbox.events_missed == 0


def test_a_last_event_that_was_lost_shows_in_the_status(foreign: Any) -> None:
    """No later event shows the gap: the status counts one more than came."""
    pen = _pen(foreign)
    foreign.keep("EVENT_WARNING", number=1, time_us=5, warning=PenWarning.BATTERY_LOW, value=149, limit=50)
    foreign.device.status["events_next"] = 2
    pen.wait(0.5)
    assert [event["warning"] for event in pen.events] == [PenWarning.BATTERY_LOW]


def test_an_event_that_comes_twice_is_told_once(foreign: Any) -> None:
    """An event that was on its way and was asked for as well."""
    pen = _pen(foreign)
    heard: list[int] = []
    pen.inbox.on_event.append(lambda event: heard.append(event["number"]))
    for number in (1, 3, 2, 2, 3):
        foreign.send("EVENT_STATE", **_event(number))
    pen.wait(0.3)
    assert sorted(heard) == [1, 2, 3]


def test_an_old_event_that_comes_late_does_not_turn_the_mode_back(foreign: Any) -> None:
    """The mode is that of the newest event."""
    pen = _pen(foreign)
    foreign.keep("EVENT_STATE", **_event(1))
    foreign.device.status["mode"] = Mode.CLINICAL
    foreign.send("EVENT_STATE", **{**_event(2), "mode": Mode.CLINICAL})
    pen.wait(0.3)
    assert len(pen.events) == 2
    assert pen.mode is Mode.CLINICAL


def test_events_that_the_pen_no_longer_keeps_are_counted_as_missed(foreign: Any) -> None:
    """Told, not hidden: how many were lost for good; and the asking has an end."""
    pen = _pen(foreign)
    asked = _watch_asking(pen)
    foreign.send("EVENT_STATE", **_event(1))
    foreign.send("EVENT_STATE", **_event(4))
    pen.wait(5.0)
    assert pen.inbox.events_missed == 2
    assert 1 <= len(asked) <= 12


def test_a_pen_that_restarts_counts_from_one_again() -> None:
    """Numbers that were heard before the restart are new ones after it."""
    ledger = EventLedger()
    ledger.told(1, 1_000_000, 1, 0)
    assert all(ledger.take(number) for number in range(1, 41))
    assert not ledger.take(40)
    ledger.told(2, 5_000, 1, 10)
    assert ledger.take(1)
    assert ledger.take(40)
    assert ledger.wanted(20) == (2, 16)


def test_many_lost_events_are_asked_for_in_pieces_and_hopeless_ones_not_at_all() -> None:
    """The pen keeps the last 64; a request is answered before the next goes out."""
    ledger = EventLedger()
    ledger.told(1, 0, 1, 0)
    ledger.take(1)
    ledger.take(200)
    assert ledger.lost == 134
    assert ledger.wanted(0) == (136, 16)
    assert ledger.wanted(1) is None
    ledger.answered(taken=True)
    assert ledger.wanted(2) is None  # they are on their way
    assert ledger.wanted(100_000) == (136, 16)
    ledger.answered(taken=False)
    assert ledger.wanted(200_000) == (152, 16)
    assert ledger.lost == 150


def test_an_event_is_not_given_up_because_nobody_answers() -> None:
    """Issue 5, 1: events cannot be lost; a question that a bad line swallows says nothing about them."""
    ledger = EventLedger()
    ledger.told(1, 0, 1, 0)
    ledger.take(1)
    ledger.take(3)
    for asked in range(40):
        assert ledger.wanted(asked * 500_000) == (2, 1)
        ledger.answered(taken=None)
    for asked in range(40, 52):
        assert ledger.lost == 0
        assert ledger.wanted(asked * 500_000) == (2, 1)
        ledger.answered(taken=True)
    assert ledger.wanted(52 * 500_000) is None
    assert ledger.lost == 1

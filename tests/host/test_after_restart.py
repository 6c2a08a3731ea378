"""What the host has heard of a pen that restarted: neither mixed with, nor taken for, what it says now."""

from __future__ import annotations

from penctl.event_ledger import EventLedger
from penctl.inbox import Inbox
from penctl.protocol import enums
from penctl.protocol.enums import State
from penctl.protocol.link import StateChanged, Warned
from penctl.protocol.messages import Message, message_named


def state(number: int, time_us: int) -> StateChanged:
    values = dict.fromkeys((field.name for field in message_named("EVENT_STATE").record), 0)
    values |= {"number": number, "time_us": time_us, "state": State.STANDBY, "previous": State.SELF_TEST}
    return StateChanged(_message("EVENT_STATE", {**values, "mode": enums.Mode.HOME}), True)


def failed(number: int, time_us: int) -> Warned:
    values = dict.fromkeys((field.name for field in message_named("EVENT_WARNING").record), 0)
    values |= {"number": number, "time_us": time_us, "warning": enums.Warning.SELF_TEST_FAILED}
    return Warned(_message("EVENT_WARNING", values), True)


def _message(name: str, values: dict[str, object]) -> Message:
    return message_named(name).message(**values)


def test_events_stand_in_the_order_in_which_a_pen_lived_also_when_its_time_begins_anew() -> None:
    """Issue 5, abuse: a device that restarts in the middle."""
    ledger = EventLedger()
    inbox = Inbox(ledger)
    ledger.told(1, 5_000_000, 1, 0)
    for number, time_us in ((1, 4_000_000), (2, 5_000_000)):
        inbox.take(state(number, time_us))
    ledger.told(2, 100_000, 1, 0)
    for number, time_us in ((1, 10_000), (3, 90_000), (2, 50_000)):
        inbox.take(state(number, time_us))
    told = [(message["number"], message["time_us"]) for message in inbox.events]
    assert told == [(1, 4_000_000), (2, 5_000_000), (1, 10_000), (2, 50_000), (3, 90_000)]


def test_a_warning_of_before_the_restart_does_not_end_a_self_test_of_now() -> None:
    """One that failed before the restart, under a higher number, is no failure of the one that runs."""
    ledger = EventLedger()
    inbox = Inbox(ledger)
    ledger.told(1, 5_000_000, 1, 0)
    inbox.take(failed(7, 4_000_000))
    assert len(inbox.warnings(enums.Warning.SELF_TEST_FAILED, 3)) == 1
    ledger.told(2, 100_000, 1, 0)
    assert inbox.warnings(enums.Warning.SELF_TEST_FAILED, 3) == []
    inbox.take(failed(3, 20_000))
    assert [message["number"] for message in inbox.warnings(enums.Warning.SELF_TEST_FAILED, 3)] == [3]

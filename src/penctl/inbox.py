"""What has been heard from the pen: events, trips, the last status; and who wants to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from penctl.event_ledger import EventLedger
from penctl.protocol import enums
from penctl.protocol.enums import Mode
from penctl.protocol.link import (
    Answered,
    LinkEvent,
    StateChanged,
    StatusSeen,
    Tripped,
    Uncertain,
    Warned,
)
from penctl.protocol.messages import Message
from penctl.protocol.telemetry import TelemetryBlock
from penctl.status import Status, Trip

EVENTS_KEPT = 10_000


class Inbox:
    """Takes the link's events in order, keeps them, and tells them to the functions in its `on_…` lists."""

    def __init__(self, ledger: EventLedger) -> None:
        self._ledger = ledger
        self.events: deque[Message] = deque(maxlen=EVENTS_KEPT)
        self._since_restart = 0
        """How many of the newest events the pen has raised since it restarted last."""
        self._restarts = 0
        self.trips: list[Trip] = []
        self.on_event: list[Callable[[Message], None]] = []
        self.on_trip: list[Callable[[Trip], None]] = []
        self.on_telemetry: list[Callable[[TelemetryBlock], None]] = []
        self.on_command: list[Callable[[Message, Message | None], None]] = []
        self.on_link: list[Callable[[LinkEvent], None]] = []
        """Everything that the link tells, before it is sorted."""
        self.status: Status | None = None
        self.mode = Mode.HOME

    @property
    def events_missed(self) -> int:
        """Events that the pen raised, that did not arrive, and that it could not tell once more."""
        return self._ledger.lost

    def take(self, event: LinkEvent) -> None:
        """Keep one event of the link and tell it on."""
        for on_link in self.on_link:
            on_link(event)
        if isinstance(event, TelemetryBlock):
            for on_block in self.on_telemetry:
                on_block(event)
        elif isinstance(event, StatusSeen):
            self.see(event.message)
        elif isinstance(event, (StateChanged, Tripped, Warned)):
            self._keep(event.message)
        elif isinstance(event, (Answered, Uncertain)):
            self.tell_command(event.command, event.answer if isinstance(event, Answered) else None)

    def become(self, other: Inbox) -> None:
        """Keep what `other` has kept instead; who is told stays, and is told nothing of it."""
        self._ledger, self._restarts, self._since_restart = (
            other._ledger,
            other._restarts,
            other._since_restart,
        )
        self.events, self.trips = other.events, other.trips
        self.status, self.mode = other.status, other.mode

    def silence(self) -> None:
        """Forget everybody who wants to be told."""
        for listeners in (self.on_event, self.on_trip, self.on_telemetry, self.on_command, self.on_link):
            listeners.clear()

    def tell_command(self, command: Message, answer: Message | None) -> None:
        """Tell a command and its answer, None when its outcome is not known."""
        for on_answer in self.on_command:
            on_answer(command, answer)

    def see(self, message: Message) -> Status:
        """Keep a STATUS; a latched trip in it counts even when its event was lost."""
        self.status = status = Status.of(message)
        self.mode = status.mode
        if status.trip is not None:
            self._add(status.trip)
        return status

    def warnings(self, kind: enums.Warning, since: int) -> list[Message]:
        """Warnings of that kind since the last restart whose number is `since` or higher, oldest first."""
        if self._restarts != self._ledger.restarts:
            return []
        newest = islice(self.events, len(self.events) - self._since_restart, None)
        told = (message for message in newest if message.name == "EVENT_WARNING")
        return [message for message in told if message["warning"] is kind and message["number"] >= since]

    def _keep(self, message: Message) -> None:
        late = message["number"] < self._ledger.newest
        self._file(message)
        if message.name == "EVENT_TRIP":
            self._add(Trip.of(message))
        elif message.name == "EVENT_STATE" and not late:
            self.mode = message["mode"]
        for on_event in self.on_event:
            on_event(message)

    def _file(self, message: Message) -> None:
        """Keep it in the order of time: one that was asked for once more comes late.

        A pen that restarts begins its time anew, so only events since the last restart are compared.
        """
        if self._restarts != self._ledger.restarts:
            self._restarts, self._since_restart = self._ledger.restarts, 0
        later: list[Message] = []
        while len(later) < self._since_restart and self.events[-1]["time_us"] > message["time_us"]:
            later.append(self.events.pop())
        self.events.append(message)
        self.events.extend(reversed(later))
        self._since_restart = min(self._since_restart + 1, EVENTS_KEPT)

    def _add(self, trip: Trip) -> None:
        """A trip is told by its event and by every STATUS after it: keep it once."""
        if all((known.interlock, known.time_us) != (trip.interlock, trip.time_us) for known in self.trips):
            self.trips.append(trip)
            for on_trip in self.on_trip:
                on_trip(trip)

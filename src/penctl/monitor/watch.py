"""Asks a pen how it is, and takes nothing from anybody.

While no host sends heartbeats and the pen is at rest, a link session without heartbeats is opened: it brings
the cartridge, the events and the telemetry, and any other host may open its own at once. From then on, and
whenever a host is at work, only what needs no link session is asked for.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from penctl.errors import LinkLost, Refused, Unfinished
from penctl.monitor.sight import Happening, Link, Readings, Sight, Standing
from penctl.protocol.enums import Flags, State
from penctl.status import Cartridge, Status, Trip
from penctl.trip_words import catalogue
from penctl.warning_words import warning_words

if TYPE_CHECKING:
    from penctl.pen import Pen
    from penctl.protocol.messages import Message
    from penctl.protocol.telemetry import TelemetryBlock

TELEMETRY_US: Final = 10_000
KEPT: Final = 50
CARTRIDGE_S: Final = 1.0
AT_REST: Final = frozenset({State.STANDBY, State.SAFE})
"""States in which a link session is opened: nobody treats."""


class Watch:
    """Looks at an open pen. `look` may be called as often as one likes; between the looks call `pen.wait`."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._status: Status = pen.status()
        self._may_listen = True
        self._listening = False
        self._silent = False
        self._answer_s = 0.0
        self._cartridge: Cartridge | None = None
        self._cartridge_s = -CARTRIDGE_S
        self._happenings: deque[Happening] = deque(maxlen=KEPT)
        self._blocks: deque[tuple[float, int]] = deque()
        self._dropped = 0
        self._readings: Readings | None = None
        pen.inbox.on_event.append(self._heard)
        pen.inbox.on_telemetry.append(self._sampled)

    def look(self) -> Sight:
        """Ask, and tell what was seen. A pen that does not answer is shown as silent.

        Raises:
            LinkLost: the port is gone.
        """
        begin_s = self._pen.now_s()
        status = self._ask()
        self._silent = status is None
        if status is not None:
            self._answer_s = self._pen.now_s() - begin_s
            if not (self._pen.session_open or self._pen.recorded):  # else the events tell it
                self._compare(self._status, status)
            self._status = status
            self._stand(status)
        return self._sight()

    def close(self) -> None:
        """End the telemetry that was asked for, if the pen still listens to this program."""
        if self._listening and self._pen.session_open and not self._silent:
            try:
                self._pen.telemetry(0)
            except (LinkLost, Refused, Unfinished):
                return

    def _ask(self) -> Status | None:
        for _ in range(2):  # the seal of a link session that another host has replaced is refused once
            try:
                return self._pen.status()
            except (Refused, Unfinished):
                continue
            except LinkLost as error:
                if error.__cause__ is not None:  # the port itself is gone
                    raise
                return None
        return None

    def _stand(self, status: Status) -> None:
        """Listen where it disturbs nobody; know when another host has come."""
        alive = Flags.SESSION_ALIVE in status.flags
        if self._listening and (alive or not self._pen.session_open):
            self._listening = False
            self._cartridge = self._readings = None
            self._blocks.clear()
        elif not self._listening and not alive and self._may_listen and status.state in AT_REST:
            self._begin_to_listen()
        if self._listening and self._pen.now_s() - self._cartridge_s >= CARTRIDGE_S:
            self._cartridge_s = self._pen.now_s()
            try:
                self._cartridge = self._pen.cartridge()
            except (LinkLost, Refused, Unfinished):
                self._cartridge = None

    def _begin_to_listen(self) -> None:
        self._may_listen = False  # once only: a host that comes and goes is not raced for its link session
        try:
            self._pen.listen()
            self._pen.telemetry(TELEMETRY_US)
        except (LinkLost, Refused, Unfinished):
            return
        self._listening = True
        self._happenings = deque((told for told in self._happenings if told.by_event), maxlen=KEPT)

    def _sight(self) -> Sight:
        pen = self._pen
        return Sight(
            simulated=pen.simulated,
            recorded=pen.recorded,
            url=pen.transport.url,
            identity=pen.identity,
            limits=pen.known_limits,
            status=self._status,
            cartridge=self._cartridge,
            readings=self._readings,
            link=Link(
                standing=self._standing(),
                answer_s=self._answer_s,
                silent_s=pen.silent_s(),
                frames_bad_here=pen.frames_bad,
                frames_bad_at_pen=self._status.frames_bad,
                events_missed=pen.inbox.events_missed,
                samples_per_s=self._samples_per_s(),
                blocks_dropped=self._dropped,
                quality=None if pen.recorded else pen.link_quality,
            ),
            happenings=tuple(sorted(self._happenings, key=lambda told: told.time_s)),
        )

    def _standing(self) -> Standing:
        if self._silent:
            return Standing.SILENT
        if self._pen.recorded:
            return Standing.RECORDED
        if self._listening:
            return Standing.LISTENING
        return Standing.OTHER_HOST if Flags.SESSION_ALIVE in self._status.flags else Standing.NO_SESSION

    # --- what happens ---

    def _happened(self, time_us: int, text: str, *, bad: bool = False, by_event: bool = True) -> None:
        self._happenings.append(Happening(round(time_us * 1e-6, 6), text, bad, by_event))

    def _heard(self, message: Message) -> None:
        time_us = message["time_us"]
        if message.name == "EVENT_STATE":
            self._happened(time_us, _change(message["previous"], message["state"]))
        elif message.name == "EVENT_TRIP":
            self._happened(time_us, _trip_text(Trip.of(message)), bad=True)
        else:
            told = warning_words(message["warning"], message["value"], message["limit"])
            self._happened(
                time_us, f"warning: {told.title[0].lower()}{told.title[1:]}. {told.what}", bad=True
            )

    def _compare(self, before: Status, now: Status) -> None:
        """Without events, what two looks show: a change in between them may be missed."""
        if now.state is not before.state:
            self._happened(now.device_time_us, _change(before.state, now.state), by_event=False)
        if now.trip is not None and now.trip != before.trip:
            self._happened(now.trip_time_us, _trip_text(now.trip), bad=True, by_event=False)

    def _sampled(self, block: TelemetryBlock) -> None:
        now_s = self._pen.now_s()
        self._blocks.append((now_s, len(block.samples)))
        self._dropped = block.dropped
        if len(block.samples):
            last = block.samples[-1]
            self._readings = Readings(
                force_n=float(last["press_mn"]) * 1e-3,
                current_a=float(last["motor_ma"]) * 1e-3,
                nose_c=float(last["nose_cc"]) * 1e-2,
                handle_c=float(last["handle_cc"]) * 1e-2,
            )

    def _samples_per_s(self) -> float:
        """Over the last two seconds."""
        now_s = self._pen.now_s()
        while self._blocks and self._blocks[0][0] < now_s - 2.0:
            self._blocks.popleft()
        if len(self._blocks) < 2:
            return 0.0
        passed_s = self._blocks[-1][0] - self._blocks[0][0]
        return sum(count for _, count in list(self._blocks)[1:]) / passed_s if passed_s > 0.0 else 0.0


def _change(before: State, now: State) -> str:
    return f"{before.name.replace('_', '-')} to {now.name.replace('_', '-')}"


def _trip_text(trip: Trip) -> str:
    entry = catalogue().get(trip.interlock)
    return f"trip {trip.id}" + (f" {entry.name}" if entry else "")

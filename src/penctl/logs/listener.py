"""Joins a pen to a recorder: what the pen says and is told, as messages and in words."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import platform
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penctl.logs import channels
from penctl.logs.command_words import command_words
from penctl.protocol.enums import Role
from penctl.protocol.link import (
    Answered,
    EventsMissed,
    LinkEvent,
    Rejected,
    SessionLost,
    SessionOpened,
    StatusSeen,
    Uncertain,
)
from penctl.protocol.quality import LinkQuality, LinkStanding
from penctl.protocol.states import QUESTIONS
from penctl.recording import Level
from penctl.refusals import refusal
from penctl.status import Status, Trip, plain
from penctl.trip_words import told_trip, trip_sentence
from penctl.warning_words import warning_words

if TYPE_CHECKING:
    from penctl.aio import AsyncPen
    from penctl.pen import Pen
    from penctl.protocol.messages import Message
    from penctl.recording import Recorder

WITHHELD = frozenset({"code", "person", "host_nonce"})
"""Fields of commands that no recording keeps: secrets, and who is treated."""
QUALITY_PERIOD_S = 0.25
REJECTED_PERIOD_S = 1.0
"""Frames that were not believed are told at most so often, with their number."""


def facts_of(pen: Pen | AsyncPen) -> dict[str, str]:
    """Who the pen and the program are, as text."""
    from penctl import __version__

    limits = {mode.name: plain(dataclasses.asdict(limit)) for mode, limit in pen.known_limits.items()}
    return {
        "simulated": str(pen.simulated).lower(),
        "port": pen.transport.url,
        "penctl_version": __version__,
        "computer": platform.system(),
        "firmware_version": pen.identity.firmware_version,
        "serial_number": pen.identity.serial_number,
        "limits_hash": pen.identity.limits_hash,
        "messages_hash": f"{pen.identity.messages_hash:08x}",
        "limits": json.dumps(limits),
        "identity": json.dumps(plain(dataclasses.asdict(pen.identity))),
    }


def listen(pen: Pen | AsyncPen, recorder: Recorder) -> Callable[[], None]:
    """Write everything that `pen` hears from now on, until the function that this returns is called.

    A pen that stays connected from visit to visit would else keep every recorder of the day.
    """
    listener = _Listener(recorder, lambda: pen.link_quality)
    inbox = pen.inbox
    joined: list[tuple[list[Any], Any]] = [
        (inbox.on_telemetry, recorder.telemetry),
        (inbox.on_command, listener.command),
        (inbox.on_trip, listener.trip),
        (inbox.on_event, listener.event),
        (inbox.on_link, listener.link),
        (pen.on_wait, listener.wait),
    ]
    for listeners, told in joined:
        listeners.append(told)
    if inbox.status is not None:
        recorder.status(inbox.status)

    def leave() -> None:
        for listeners, told in joined:
            with contextlib.suppress(ValueError):  # everybody was silenced already
                listeners.remove(told)

    return leave


class _Listener:
    def __init__(self, recorder: Recorder, quality: Callable[[], LinkQuality]) -> None:
        self._recorder, self._quality = recorder, quality
        self._standing = LinkStanding.GOOD
        self._looked_s = 0.0
        self._rejected: Counter[str] = Counter()
        self._rejected_s = 0.0
        self._kept: dict[int, Message] = {}

    def wait(self) -> None:
        """Called whenever somebody waits on the port."""
        recorder = self._recorder
        if self._rejected and recorder.time_s - self._rejected_s >= REJECTED_PERIOD_S:
            self._rejected_s = recorder.time_s
            for cause, count in self._rejected.items():
                were = "frame from the pen was" if count == 1 else "frames from the pen were"
                recorder.log(Level.WARNING, f"{count} {were} not believed ({cause})")
            self._rejected.clear()
        if recorder.time_s - self._looked_s >= QUALITY_PERIOD_S:
            self._looked_s = recorder.time_s
            self._look_at_link(self._quality())
        recorder.poll()

    def _look_at_link(self, link: LinkQuality) -> None:
        """How good the link is, when that has changed, with the counts that say why."""
        if link.standing is self._standing:
            return
        self._standing = link.standing
        good = link.standing is LinkStanding.GOOD
        why = "" if good else f": {link.why}"
        counts = (
            f"{link.repeats} sent again, {link.bad_here} damaged here and {link.bad_at_pen} at the pen, "
            f"{link.blocks_lost + link.blocks_dropped} blocks lost"
        )
        level = Level.INFO if good else Level.WARNING
        self._recorder.log(level, f"the link is {link.standing.name.lower()}{why} (so far {counts})")

    def command(self, command: Message, answer: Message | None) -> None:
        """Questions change nothing and would fill the record: only acts are kept."""
        if command.name in QUESTIONS and command.name != "OPEN_SESSION":
            return
        fields = {
            name: "withheld" if name in WITHHELD else value for name, value in plain(command.values).items()
        }
        entry: dict[str, Any] = {"command": command.name, "fields": fields, "reason": "UNCERTAIN"}
        if answer is not None and answer.name == "RESPONSE":
            entry |= {
                key: plain(answer.values)[key] for key in ("reason", "value", "limit", "device_time_us")
            }
        elif answer is not None or command.name == "STOP":
            entry["reason"] = "NONE"
        self._tell(command, answer, entry)
        self._recorder.write(channels.COMMANDS, entry)

    def _tell(self, command: Message, answer: Message | None, entry: dict[str, Any]) -> None:
        recorder, reason = self._recorder, entry["reason"]
        told = command_words(command.name, entry["fields"])
        if reason == "NONE":
            recorder.log(Level.INFO, told)
        elif answer is None:
            recorder.log(Level.WARNING, f"{told}: nobody knows whether the pen did it")
        else:
            why = refusal(command.name, answer["reason"], answer["value"], answer["limit"])
            recorder.log(Level.WARNING, f"{told} refused. {why}")

    def trip(self, trip: Trip) -> None:
        """A trip is recorded once, also when only a STATUS told it."""
        told = told_trip(trip)
        words = {f"{name}_text": told.pop(name) for name in ("value", "limit")}
        numbers = {"time_us": trip.time_us, "interlock": trip.interlock, "latched": trip.latched}
        numbers |= {"value": trip.value, "limit": trip.limit}
        latched = "latched" if trip.latched else "released by itself"
        self._recorder.log(
            Level.ERROR, f"trip {trip.id} {told['name']}, {latched}. {trip_sentence(trip)}", by_pen=True
        )
        self._recorder.write(channels.TRIPS, {"event": "TRIP", **numbers, **told, **words})

    def event(self, message: Message) -> None:
        if message.name == "EVENT_TRIP":
            return
        kind = message.name.removeprefix("EVENT_")
        if kind == "STATE":
            names = (message["previous"].name, message["state"].name, message["mode"].name)
            text = "{} to {}, mode {}".format(*(name.replace("_", "-") for name in names))
            self._recorder.log(Level.INFO, text, by_pen=True)
        else:
            told = warning_words(message["warning"], message["value"], message["limit"])
            title = f"{told.title[0].lower()}{told.title[1:]}"
            self._recorder.log(Level.WARNING, f"warning: {title}. {told.what}", by_pen=True)
        self._recorder.write(channels.EVENTS, {"event": kind, **plain(message.values)})

    def link(self, event: LinkEvent) -> None:
        """What the link itself tells."""
        recorder = self._recorder
        match event:
            case StatusSeen(message=message):
                recorder.status(Status.of(message))
            case Answered(answer=answer):
                self._answer(answer)
            case SessionOpened(session_id=number, role=role):
                recorder.log(Level.INFO, f"link session {number} opened as {Role(role).name.lower()}")
            case SessionLost(reason=reason):
                recorder.log(Level.WARNING, f"the pen knows the link session no more: {reason.name}")
            case EventsMissed(first=first, last=last):
                recorder.log(Level.WARNING, f"events {first} to {last} of the pen did not arrive")
            case Uncertain(command=command, cause=cause) if command.name in QUESTIONS:
                recorder.log(Level.WARNING, f"{command.name}: {cause.value}")
            case Rejected(cause=cause):
                self._rejected[cause.value] += 1

    def _answer(self, answer: Message) -> None:
        if answer.name == "STATUS":
            self._recorder.status(Status.of(answer))
        elif answer.name == "TRIP":
            self._kept[answer["index"]] = answer
        elif answer.name == "SNAPSHOT" and answer["index"] in self._kept:
            kept = self._kept[answer["index"]]
            rows = answer["rows"][: answer["count"]]
            self._recorder.snapshot(kept["interlock"], kept["time_us"], rows)

"""The alarm system, without a screen and without a sound: conditions, signals, latching, acknowledging, log.

The words are those of IEC 60601-1-8. A *condition* is present or not. Its *signal* is on while the
condition is present, and until the reset when it latches. To *acknowledge* ends the flashing and the tone
of what is on the list now, and takes nothing off the list. *Audio paused* silences every tone for at most
120 s; a new alarm of the same or a higher priority than the one that was paused sounds all the same. While an
alarm of high or medium priority stands silenced, by either, a *reminder signal* is due once a minute.
Figures of rates and bursts are from memory of the standard (marked in docs/alarms.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from pengui.widgets.look import Priority

AUDIO_PAUSED_S: Final = 120.0
FLASH_HZ: Final = {Priority.HIGH: 2.0, Priority.MEDIUM: 0.6, Priority.LOW: 0.0}
"""Flashes a second: HIGH 1.4-2.8, MEDIUM 0.4-0.8, LOW does not flash; each on for half the time."""
REMIND_S: Final = 60.0
"""While an alarm of high or medium priority stands without a tone, its reminder is heard so often (M)."""
LOUD: Final = (Priority.HIGH, Priority.MEDIUM)
LOG_KEPT: Final = 2000


@dataclass(frozen=True)
class Condition:
    """An alarm condition as it is told: cause, value, limit, and what to do.

    `key` names the condition, as "IL-15". `latches` keeps the signal until the reset when it is gone.
    """

    key: str
    priority: Priority
    title: str
    cause: str
    value: str = ""
    limit: str = ""
    remedy: str = ""
    latches: bool = False


@dataclass(frozen=True)
class Alarm:
    """A signal on the list."""

    condition: Condition
    since_s: float
    present: bool = True
    acknowledged: bool = False


@dataclass(frozen=True)
class LogLine:
    """One line of the alarm log: when (s of the program's clock), which condition, what happened to it."""

    at_s: float
    key: str
    title: str
    priority: Priority
    what: str


class AlarmSystem:
    """Holds the alarms. Every method takes the time; nothing here reads a clock."""

    def __init__(self) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._paused_until_s = -1.0
        self._paused_priority = Priority.INFO
        self._quiet_since_s: float | None = None
        """Since when an urgent alarm has stood without a tone, or was reminded of."""
        self.log: list[LogLine] = []
        self._fresh: list[LogLine] = []

    # --- what happens ---

    def update(self, conditions: Iterable[Condition], now_s: float) -> None:
        """The conditions that are present now; what is not among them is gone."""
        present = {condition.key: condition for condition in conditions}
        for key, condition in present.items():
            self._raise(key, condition, now_s)
        for key, alarm in list(self._alarms.items()):
            if key not in present:
                self._gone(key, alarm, now_s)
        quiet = self.sounding(now_s) is None and any(
            alarm.condition.priority in LOUD for alarm in self._alarms.values()
        )
        self._quiet_since_s = (
            (now_s if self._quiet_since_s is None else self._quiet_since_s) if quiet else None
        )

    def _raise(self, key: str, condition: Condition, now_s: float) -> None:
        alarm = self._alarms.get(key)
        again = alarm is not None and not alarm.present
        worse = alarm is not None and condition.priority.value > alarm.condition.priority.value
        if alarm is None or again or worse:
            self._alarms[key] = Alarm(condition, now_s)
            self._note(condition, now_s, "began")
            if condition.priority.value >= self._paused_priority.value:
                self._paused_until_s = -1.0
        elif alarm.condition != condition:
            self._alarms[key] = replace(alarm, condition=condition)

    def _gone(self, key: str, alarm: Alarm, now_s: float) -> None:
        if alarm.present:
            self._note(alarm.condition, now_s, "ended")
        if alarm.condition.latches:
            self._alarms[key] = replace(alarm, present=False)
        else:
            del self._alarms[key]

    def acknowledge(self, now_s: float) -> None:
        """Everything on the list has been seen; nothing leaves the list."""
        for key, alarm in self._alarms.items():
            if not alarm.acknowledged:
                self._alarms[key] = replace(alarm, acknowledged=True)
                self._note(alarm.condition, now_s, "acknowledged")

    def reset(self, key: str, now_s: float) -> bool:
        """End a latched signal; False while its condition is present, or when there is none."""
        alarm = self._alarms.get(key)
        if alarm is None or alarm.present:
            return False
        del self._alarms[key]
        self._note(alarm.condition, now_s, "reset")
        return True

    def pause_audio(self, now_s: float) -> None:
        """No tone for 120 s, or until a new alarm that is at least as urgent; nothing extends it."""
        if self.audio_paused_s(now_s) > 0:
            return
        self._paused_until_s = now_s + AUDIO_PAUSED_S
        self._paused_priority = max(
            (alarm.condition.priority for alarm in self._alarms.values()),
            key=lambda priority: priority.value,
            default=Priority.LOW,
        )
        for alarm in self._alarms.values():
            self._note(alarm.condition, now_s, "audio paused")

    def resume_audio(self) -> None:
        """Tones again, before the pause is over."""
        self._paused_until_s = -1.0

    def take_reminder(self, now_s: float) -> bool:
        """Whether the reminder signal of what was silenced is due; asked once a frame, it is given once."""
        due = self._quiet_since_s is not None and now_s - self._quiet_since_s >= REMIND_S
        if due:
            self._quiet_since_s = now_s
        return due

    # --- what is shown and heard ---

    def audio_paused_s(self, now_s: float) -> float:
        """How much longer the audio is paused, s; 0 when it is not."""
        return max(0.0, self._paused_until_s - now_s)

    @property
    def active(self) -> list[Alarm]:
        """Every signal, the most urgent first, of equal ones the newest first."""
        return sorted(
            self._alarms.values(),
            key=lambda alarm: (alarm.condition.priority.value, not alarm.acknowledged, alarm.since_s),
            reverse=True,
        )

    def sounding(self, now_s: float) -> Priority | None:
        """The priority whose burst is heard now, None for silence."""
        if self.audio_paused_s(now_s) > 0:
            return None
        waiting = [alarm.condition.priority for alarm in self.active if not alarm.acknowledged]
        heard = [priority for priority in waiting if priority is not Priority.INFO]
        return max(heard, key=lambda priority: priority.value, default=None)

    @staticmethod
    def lit(alarm: Alarm, now_s: float) -> bool:
        """Whether a flashing signal is in its bright half; one that was acknowledged shines steadily."""
        rate_hz = FLASH_HZ.get(alarm.condition.priority, 0.0)
        if alarm.acknowledged or not rate_hz:
            return True
        return (now_s - alarm.since_s) * rate_hz % 1.0 < 0.5

    def take_log(self) -> list[LogLine]:
        """The lines since the last call, for the record of the visit."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _note(self, condition: Condition, now_s: float, what: str) -> None:
        line = LogLine(now_s, condition.key, condition.title, condition.priority, what)
        for log in (self.log, self._fresh):
            log.append(line)
            del log[:-LOG_KEPT]

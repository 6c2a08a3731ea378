"""How good the link is: counts over the last seconds, and whether they are good, poor or lost."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum

from penctl.protocol.round_trip import RoundTrip

WINDOW_US = 5_000_000
"""What is counted is counted over so long."""
STEP_US = 250_000
BEAT_MISSED_US = 200_000
"""A heartbeat without an answer for so long is missed."""
LEAST_COUNT = 3
"""So often must something happen before its share says anything."""


class LinkStanding(Enum):
    """Whether one can rely on the link."""

    GOOD = "good"
    POOR = "poor: check the cable before it is lost"
    LOST = "lost: the pen does not answer"


@dataclass(frozen=True)
class Threshold:
    """From `poor` on the link is POOR, from `lost` on it is LOST; None where it never is by this alone."""

    field: str
    poor: int
    lost: int | None
    unit: str
    words: str
    mark: str


THRESHOLDS = (
    Threshold(
        "waiting_us", 120_000, 250_000, "µs", "no answer for too long", "(R) 250 ms: IL-26; 120 ms (D)"
    ),
    Threshold("round_trip_us", 50_000, None, "µs", "answers are slow", "(D) one period of the heartbeats"),
    Threshold("repeats_permille", 20, None, "‰", "frames had to be sent again", "(D)"),
    Threshold("beats_missed_permille", 20, None, "‰", "heartbeats had no answer", "(D)"),
    Threshold("bad_here_permille", 10, None, "‰", "frames arrived damaged here", "(D)"),
    Threshold("bad_at_pen_permille", 10, None, "‰", "frames arrived damaged at the pen", "(D)"),
    Threshold("blocks_lost_permille", 20, None, "‰", "blocks of telemetry were lost", "(D)"),
)
"""The only place where it is said what is poor. (R) is required by an interlock, (D) is a decision."""


@dataclass(frozen=True)
class LinkQuality:
    """The link in numbers. Counts are since the opening; shares, in permille, over the last 5 s.

    `round_trip_us` is None before the first answer; `waiting_us` is how long the oldest question has had no
    answer, 0 when none is out. `blocks_dropped` is what the pen could not send, `blocks_lost` what it sent
    and what did not arrive.
    """

    standing: LinkStanding
    why: str
    round_trip_us: int | None
    spread_us: int
    repeat_after_us: int
    waiting_us: int
    commands: int
    repeats: int
    beats: int
    beats_missed: int
    frames: int
    bad_here: int
    bad_at_pen: int
    blocks: int
    blocks_lost: int
    blocks_dropped: int
    repeats_permille: int
    beats_missed_permille: int
    bad_here_permille: int
    bad_at_pen_permille: int
    blocks_lost_permille: int


class QualityMeter:
    """Counts what the link does. Times are µs of the link's clock."""

    def __init__(self, round_trip: RoundTrip) -> None:
        self._round_trip = round_trip
        self._now: Counter[str] = Counter()
        self._past: deque[tuple[int, Counter[str]]] = deque()
        self._beats: dict[int, int] = {}
        self._waiting_us: int | None = None
        self._at_pen: int | None = None
        self._block: int | None = None
        self._dropped: int | None = None

    def asked(self, now_us: int, *, again: bool = False) -> None:
        """A command went out, or went out again."""
        self._step(now_us)
        self._now["repeats" if again else "commands"] += 1
        self._wait(now_us)

    def beat(self, sequence: int, now_us: int) -> None:
        """A heartbeat went out."""
        self._step(now_us)
        self._now["beats"] += 1
        self._beats[sequence] = now_us
        self._wait(now_us)

    def _wait(self, now_us: int) -> None:
        if self._waiting_us is None:
            self._waiting_us = now_us

    def answered(self, sequence: int, now_us: int) -> None:
        """An answer came; that to a heartbeat is a sample of the round trip."""
        self._waiting_us = None
        sent_us = self._beats.pop(sequence, None)
        if sent_us is not None:
            self._round_trip.took(now_us - sent_us)

    @property
    def waiting(self) -> bool:
        """Whether a question has no answer yet."""
        return self._waiting_us is not None

    def frames(self, good: int, bad: int, now_us: int) -> None:
        """So many frames came in, and so many that were damaged."""
        self._step(now_us)
        self._now["frames"] += good
        self._now["bad_here"] += bad

    def told_bad(self, frames_bad: int) -> None:
        """The pen's own count of damaged frames; a pen that restarted begins anew."""
        before = frames_bad if self._at_pen is None else self._at_pen
        self._now["bad_at_pen"] += max(0, frames_bad - before)
        self._at_pen = frames_bad

    def block(self, number: int, dropped: int) -> None:
        """A block of telemetry came; the numbers say which did not."""
        self._now["blocks"] += 1
        if self._block is not None and number > self._block:
            self._now["blocks_lost"] += number - self._block - 1
        if self._dropped is not None:
            self._now["blocks_dropped"] += max(0, dropped - self._dropped)
        self._block, self._dropped = number, dropped

    def session_changed(self) -> None:
        """Nobody will answer the heartbeats of the former link session; blocks are counted anew."""
        self._beats.clear()
        self._block = None

    def _step(self, now_us: int) -> None:
        for sequence in [s for s, sent_us in self._beats.items() if now_us - sent_us >= BEAT_MISSED_US]:
            del self._beats[sequence]
            self._now["beats_missed"] += 1
        if not self._past or now_us - self._past[-1][0] >= STEP_US:
            self._past.append((now_us, self._now.copy()))
        while len(self._past) > 1 and now_us - self._past[1][0] >= WINDOW_US:
            self._past.popleft()

    def quality(self, now_us: int) -> LinkQuality:
        """The link as it is now."""
        self._step(now_us)
        recent = Counter(self._now)
        recent.subtract(self._past[0][1])
        sent = recent["commands"] + recent["beats"] + recent["repeats"]
        shares = {
            "repeats_permille": _share(recent["repeats"], sent),
            "beats_missed_permille": _share(recent["beats_missed"], recent["beats"]),
            "bad_here_permille": _share(recent["bad_here"], recent["frames"] + recent["bad_here"]),
            "bad_at_pen_permille": _share(recent["bad_at_pen"], sent),
            "blocks_lost_permille": _share(recent["blocks_lost"], recent["blocks"] + recent["blocks_lost"]),
        }
        values = {
            "waiting_us": 0 if self._waiting_us is None else max(0, now_us - self._waiting_us),
            "round_trip_us": self._round_trip.mean_us,
            **shares,
        }
        standing, why = judge(values)
        return LinkQuality(
            standing=standing,
            why=why,
            round_trip_us=self._round_trip.mean_us,
            spread_us=self._round_trip.spread_us,
            repeat_after_us=self._round_trip.wait_us,
            waiting_us=values["waiting_us"] or 0,
            **{name: self._now[name] for name in _COUNTS},
            **shares,
        )


_COUNTS = (
    *("commands", "repeats", "beats", "beats_missed", "frames"),
    *("bad_here", "bad_at_pen", "blocks", "blocks_lost", "blocks_dropped"),
)


def _share(count: int, of: int) -> int:
    return 0 if count < LEAST_COUNT or of <= 0 else min(1000, 1000 * count // of)


def judge(values: dict[str, int | None]) -> tuple[LinkStanding, str]:
    """What the table of thresholds says of these values, and the words of the worst that it names."""
    standing, why = LinkStanding.GOOD, ""
    for row in THRESHOLDS:
        value = values[row.field]
        if value is None or value < row.poor:
            continue
        if row.lost is not None and value >= row.lost:
            return LinkStanding.LOST, row.words
        if standing is LinkStanding.GOOD:
            standing, why = LinkStanding.POOR, row.words
    return standing, why

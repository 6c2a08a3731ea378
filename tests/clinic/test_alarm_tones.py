"""What is written out to the loudspeaker, measured in the samples: pulses, gaps, spectrum, level, repetition.

The limits are those of docs/alarms.md, as literals; nothing here reads the constants of the generator.
"""

from __future__ import annotations

import io
import sys
import wave
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from pengui.clinic import tones
from pengui.clinic.sound import AlarmTones, Speaker
from pengui.clinic.tones import BURSTS, NEXT_PASS, wav
from pengui.widgets.look import Priority

HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW
SILENT = 1e-3
SMOOTH_S = 0.004
"""One period of the lowest fundamental: shorter than any gap, longer than any zero crossing."""


@dataclass(frozen=True)
class Pulse:
    """One pulse as it is heard: begin and end in s, samples, 1 for full scale."""

    begin_s: float
    end_s: float
    samples: np.ndarray
    rate_hz: int

    @property
    def length_s(self) -> float:
        """Length."""
        return self.end_s - self.begin_s

    @property
    def envelope(self) -> np.ndarray:
        """The highest sample of the last period."""
        return envelope(self.samples, self.rate_hz)

    @property
    def level_db(self) -> float:
        """Level of its highest part, dB of full scale."""
        return float(20 * np.log10(np.abs(self.samples).max()))

    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies in Hz and levels in dB of the middle of the pulse, where nothing rises or falls."""
        middle = self.samples[len(self.samples) // 4 : -len(self.samples) // 4]
        levels = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
        return np.fft.rfftfreq(1 << 17, 1 / self.rate_hz), 20 * np.log10(levels / levels.max() + 1e-9)

    def peaks(self) -> list[tuple[float, float]]:
        """Frequency in Hz and level in dB of every tone in it, rising; what is 30 dB down is no tone."""
        hz, db = self.spectrum()
        width = int(90 / (hz[1] - hz[0]))
        return [
            (float(hz[at]), float(db[at]))
            for at in range(width, len(hz) - width)
            if db[at] > -30 and db[at] == db[at - width : at + width + 1].max()
        ]


def envelope(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """The highest sample within one period around each sample."""
    half = round(SMOOTH_S / 2 * rate_hz)
    padded = np.pad(np.abs(samples), half)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1)


def pulses(priority: Priority, data: bytes | None = None) -> list[Pulse]:
    """The pulses that stand in the WAV file of a priority."""
    with wave.open(io.BytesIO(data or wav(BURSTS[priority]))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        rate_hz = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    sounding = envelope(samples, rate_hz) > SILENT
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sounding, [False]]).astype(int)))
    half = round(SMOOTH_S / 2 * rate_hz)
    found = []
    for begin, end in edges.reshape(-1, 2):
        begin, end = max(begin + half, 0) if begin else 0, end - half if end < len(samples) else end
        found.append(Pulse(begin / rate_hz, end / rate_hz, samples[begin:end], rate_hz))
    return found


def gaps(found: list[Pulse]) -> list[float]:
    """Silences between the pulses, s."""
    return [later.begin_s - one.end_s for one, later in pairwise(found)]


@pytest.mark.parametrize(("priority", "count"), [(HIGH, 10), (MEDIUM, 3), (LOW, 2)])
def test_a_burst_has_the_pulses_of_its_priority(priority, count):
    """Issue 7: HIGH ten pulses, MEDIUM three, LOW two, and HIGH is its five twice."""
    found = pulses(priority)
    assert len(found) == count
    if priority is HIGH:
        first, second = ([pulse.peaks()[0][0] for pulse in half] for half in (found[:5], found[5:]))
        assert first == pytest.approx(second, abs=1.0)


@pytest.mark.parametrize("priority", [HIGH, MEDIUM, LOW])
def test_every_pulse_has_a_fundamental_and_four_harmonics(priority):
    """150 to 1000 Hz, and four or more harmonics of it in 300 to 4000 Hz, within 15 dB."""
    for pulse in pulses(priority):
        (base_hz, base_db), *above = pulse.peaks()
        assert 150 <= base_hz <= 1000
        fit = [
            (hz, db)
            for hz, db in above
            if 300 <= hz <= 4000
            and abs(db - base_db) <= 15
            and abs(hz / base_hz - round(hz / base_hz)) < 0.02
        ]
        assert len(fit) >= 4, pulse.peaks()


@pytest.mark.parametrize(
    ("priority", "least_s", "most_s"), [(HIGH, 0.075, 0.2), (MEDIUM, 0.125, 0.25), (LOW, 0.125, 0.25)]
)
def test_pulses_are_as_long_as_their_priority_asks_and_soft_at_both_ends(priority, least_s, most_s):
    """Length, and a rise of 10 to 20 % of it; a fall that is over before the next pulse begins."""
    for pulse in pulses(priority):
        assert least_s <= pulse.length_s <= most_s
        heard = pulse.envelope / pulse.envelope.max()
        rise = np.argmax(heard >= 0.9) - np.argmax(heard >= 0.1)
        assert 0.1 <= rise / len(heard) <= 0.2
        assert heard[-1] < 0.1


def test_the_gaps_tell_the_priority_too():
    """HIGH in groups of three and two, twice; MEDIUM and LOW evenly and more slowly."""
    found = pulses(HIGH)
    between = gaps(found)
    x_s, pulse_s = between[0], found[0].length_s
    assert 0.050 <= x_s <= 0.125
    for at in (0, 1, 3, 5, 6, 8):
        assert between[at] == pytest.approx(x_s, rel=0.05)
    for at in (2, 7):
        assert between[at] == pytest.approx(2 * x_s + pulse_s, rel=0.05)
    assert 0.35 <= between[4] <= 1.3
    for priority in (MEDIUM, LOW):
        assert all(0.125 <= gap <= 0.250 for gap in gaps(pulses(priority)))


def test_the_more_urgent_is_never_softer_and_no_pulse_is_lost_beside_another():
    """Within a burst at most 10 dB; HIGH no softer than MEDIUM, MEDIUM than LOW; nothing is clipped."""
    levels = {priority: [pulse.level_db for pulse in pulses(priority)] for priority in (HIGH, MEDIUM, LOW)}
    for of_one in levels.values():
        assert max(of_one) - min(of_one) <= 10
        assert -10 <= max(of_one) < 0
    assert min(levels[HIGH]) >= max(levels[MEDIUM])
    assert min(levels[MEDIUM]) >= max(levels[LOW])


@pytest.mark.parametrize(
    ("defect", "rejected_by"),
    [
        ({"HARMONICS": 3}, lambda: test_every_pulse_has_a_fundamental_and_four_harmonics(HIGH)),
        (
            {"EDGE": 0.05},
            lambda: test_pulses_are_as_long_as_their_priority_asks_and_soft_at_both_ends(HIGH, 0.075, 0.2),
        ),
    ],
)
def test_a_planted_defect_of_the_generator_is_rejected(monkeypatch, defect, rejected_by):
    """These tests measure: with a harmonic too few, or a hard edge, they fail."""
    for name, value in defect.items():
        monkeypatch.setattr(tones, name, value)
    wav.cache_clear()
    try:
        with pytest.raises(AssertionError):
            rejected_by()
    finally:
        wav.cache_clear()


class Heard(Speaker):
    """A loudspeaker that notes when it was asked to play, and what; it plays nothing."""

    def __init__(self) -> None:
        super().__init__(())
        self.notes: list[tuple[float, Priority, bool]] = []
        self.now_s = 0.0

    def play(self, burst, *, urgent: bool = False) -> None:
        priority = next(one for one, known in BURSTS.items() if known is burst)
        self.notes.append((self.now_s, priority, urgent))


def heard(plan: list[tuple[float, Priority | None]], until_s: float) -> list[tuple[float, Priority, bool]]:
    """What is played when these priorities begin at these times, looked at a hundred times a second."""
    speaker = Heard()
    tones = AlarmTones(speaker)
    for tick in range(round(until_s * 100)):
        speaker.now_s = tick / 100
        now = [priority for begin_s, priority in plan if begin_s <= speaker.now_s][-1]
        tones.follow(now, speaker.now_s)
    return speaker.notes


@pytest.mark.parametrize(
    ("priority", "least_s", "most_s"), [(HIGH, 2.5, 15), (MEDIUM, 2.5, 30), (LOW, 15, 60)]
)
def test_the_silence_between_two_bursts_is_that_of_the_priority(priority, least_s, most_s):
    """From the last pulse of one to the first of the next, by the samples and by when it is played."""
    notes = heard([(0.0, priority)], 120.0)
    length_s = pulses(priority)[-1].end_s
    silences = {round(later[0] - one[0] - length_s, 2) for one, later in pairwise(notes)}
    assert len(notes) > 4
    assert least_s <= min(silences) <= max(silences) <= most_s


def test_a_worse_alarm_does_not_wait_for_the_burst_of_a_lesser_one():
    """HIGH begins at once, over what sounds; when all is seen it is silent."""
    notes = heard([(0.0, LOW), (0.3, HIGH), (5.0, None), (6.0, HIGH)], 7.0)
    assert [(at, priority) for at, priority, _ in notes] == [(0.0, LOW), (0.3, HIGH), (6.0, HIGH)]
    assert all(urgent for _, _, urgent in notes)


@pytest.mark.skipif(sys.platform == "win32", reason="the player of this test is a shell script")
def test_an_information_tone_never_holds_up_an_alarm(tmp_path):
    """The real player: an alarm ends what sounds; an information waits for nobody and cuts nobody off."""
    player = tmp_path / "player"
    player.write_text("#!/bin/sh\nexec sleep 60\n")
    player.chmod(0o755)
    speaker = Speaker(((str(player),),))
    try:
        speaker.play(NEXT_PASS)
        first = speaker._running
        speaker.play(NEXT_PASS)
        assert speaker._running is first
        speaker.play(BURSTS[HIGH], urgent=True)
        assert first is not None
        assert first.poll() is not None, "it still sounds"
        assert speaker._running is not first
        assert speaker.works, "a player that was cut off has not failed"
        assert len(pulses(HIGH, speaker._file(BURSTS[HIGH]).read_bytes())) == 10
    finally:
        speaker.close()

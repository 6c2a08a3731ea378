"""Generated tone bursts of IEC 60601-1-8 and the program's information tones, as WAV data.

The standard itself was not at hand: docs/alarms.md says of each figure whether it was read in a public
source (R) or is from memory of tables 3 and 4 (M). In short: fundamental 150 to 1000 Hz and four harmonics
within 15 dB (R); HIGH five pulses twice, MEDIUM three (R), LOW two (M); gaps x and y (R), twice x and a pulse
after the third, half a second amid the ten (M); lengths and silences (M, and within what a part made for such
alarms offers, R).
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pengui.widgets.look import Priority

SAMPLES_HZ: Final = 22_050
HARMONICS: Final = 5
LOUDNESS: Final = {Priority.HIGH: 0.9, Priority.MEDIUM: 0.75, Priority.LOW: 0.6}
"""Highest sample of a pulse, 1 for full scale; what it is in a room is the loudspeaker's."""
INFORMATION: Final = 0.5
EDGE: Final = 0.2
"""Part of a pulse in which it rises, and in which it falls; 10 to 90 % of the rise is 16 % of the pulse."""


@dataclass(frozen=True)
class Burst:
    """Notes in Hz, the gaps behind them and the length of a pulse in s, and how loud, 1 for full scale.

    `interval_s` is the silence before the next burst, None for a tone that is heard once.
    """

    notes_hz: tuple[float, ...]
    gaps_s: tuple[float, ...]
    pulse_s: float
    interval_s: float | None
    loudness: float = INFORMATION

    @property
    def length_s(self) -> float:
        """From the first pulse to the end of the last, s."""
        return self.pulse_s * len(self.notes_hz) + sum(self.gaps_s)


_C4, _E4, _G4, _A4, _C5 = 261.6, 329.6, 392.0, 440.0, 523.3
_FIVE: Final = (_C5, _A4, _G4, _A4, _G4)
_HIGH_S: Final = 0.15
_X: Final = 0.1
_Y: Final = 0.2
_HALF: Final = (_X, _X, 2 * _X + _HIGH_S, _X)
BURSTS: Final[dict[Priority, Burst]] = {
    Priority.HIGH: Burst((*_FIVE, *_FIVE), (*_HALF, 0.5, *_HALF, 0.0), _HIGH_S, 3.0, LOUDNESS[Priority.HIGH]),
    Priority.MEDIUM: Burst(_FIVE[:3], (_Y, _Y, 0.0), 0.2, 7.0, LOUDNESS[Priority.MEDIUM]),
    Priority.LOW: Burst((_E4, _C4), (_Y, 0.0), 0.2, 20.0, LOUDNESS[Priority.LOW]),
}
NEXT_PASS: Final = Burst((_G4, _C5), (0.05, 0.0), 0.09, None)
"""Information: the next pass may begin."""
NEXT_ZONE: Final = Burst((_C4, _E4, _G4), (0.05, 0.05, 0.0), 0.09, None)
"""Information: another zone, and its depth is asked for."""
REACHED: Final = Burst((_C5,), (0.0,), 0.25, None)
"""Information: the density of this pass is reached."""

REMINDER: Final = Burst((_C4,), (0.0,), 0.2, None)
"""Information: an alarm of high or medium priority stands, and was silenced."""


def pulse(note_hz: float, length_s: float, loudness: float = INFORMATION) -> npt.NDArray[np.float64]:
    """One pulse: fundamental and four weaker harmonics, soft at both ends, its highest sample `loudness`."""
    times_s = np.arange(round(length_s * SAMPLES_HZ)) / SAMPLES_HZ
    parts = [np.sin(2 * np.pi * note_hz * n * times_s) / n for n in range(1, HARMONICS + 1)]
    edge = round(EDGE * len(times_s))
    shape = np.ones(len(times_s))
    shape[:edge] = np.linspace(0, 1, edge)
    shape[-edge:] = np.linspace(1, 0, edge)
    sound = np.sum(parts, axis=0) * shape
    return np.asarray(sound / np.abs(sound).max() * loudness)


@lru_cache(maxsize=16)
def wav(burst: Burst) -> bytes:
    """The burst as a mono WAV file of 16 bits."""
    parts: list[npt.NDArray[np.float64]] = []
    for note_hz, gap_s in zip(burst.notes_hz, burst.gaps_s, strict=True):
        parts += [pulse(note_hz, burst.pulse_s, burst.loudness), np.zeros(round(gap_s * SAMPLES_HZ))]
    samples = (np.concatenate(parts) * 32767).round().astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()

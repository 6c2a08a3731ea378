"""Generated tone bursts of IEC 60601-1-8 and the program's information tones, as WAV data.

Figures from memory of the standard (M): HIGH ten pulses as 3 + 2 twice, MEDIUM three, LOW two; a pulse has a
fundamental of 150 to 1000 Hz with four harmonics, rises and falls in 10 to 40 % of its length.
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
LOUDNESS: Final = 0.5


@dataclass(frozen=True)
class Burst:
    """Notes in Hz, the pauses behind them, the length of a pulse and the time to the next burst in s."""

    notes_hz: tuple[float, ...]
    pauses_s: tuple[float, ...]
    pulse_s: float
    again_s: float | None


_C4, _E4, _G4, _A4, _C5 = 261.6, 329.6, 392.0, 440.0, 523.3
_FIVE: Final = (_C5, _A4, _G4, _A4, _G4)
BURSTS: Final[dict[Priority, Burst]] = {
    Priority.HIGH: Burst((*_FIVE, *_FIVE), (0.1, 0.1, 0.3, 0.1, 0.5, 0.1, 0.1, 0.3, 0.1, 0.0), 0.15, 5.0),
    Priority.MEDIUM: Burst((_C5, _A4, _G4), (0.2, 0.2, 0.0), 0.2, 10.0),
    Priority.LOW: Burst((_E4, _C4), (0.2, 0.0), 0.2, 20.0),
}
NEXT_PASS: Final = Burst((_G4, _C5), (0.05, 0.0), 0.09, None)
"""Information: the next pass may begin."""
NEXT_ZONE: Final = Burst((_C4, _E4, _G4), (0.05, 0.05, 0.0), 0.09, None)
"""Information: another zone, and its depth is asked for."""
REACHED: Final = Burst((_C5,), (0.0,), 0.25, None)
"""Information: the density of this pass is reached."""


def pulse(note_hz: float, length_s: float) -> npt.NDArray[np.float64]:
    """One pulse: fundamental and four weaker harmonics, soft at both ends."""
    times_s = np.arange(round(length_s * SAMPLES_HZ)) / SAMPLES_HZ
    sound = sum(np.sin(2 * np.pi * note_hz * number * times_s) / number for number in range(1, HARMONICS + 1))
    edge = round(0.2 * len(times_s))
    shape = np.ones(len(times_s))
    shape[:edge] = np.linspace(0, 1, edge)
    shape[-edge:] = np.linspace(1, 0, edge)
    return np.asarray(sound * shape / 2.3 * LOUDNESS)


@lru_cache(maxsize=16)
def wav(burst: Burst) -> bytes:
    """The burst as a mono WAV file of 16 bits."""
    parts: list[npt.NDArray[np.float64]] = []
    for note_hz, pause_s in zip(burst.notes_hz, burst.pauses_s, strict=True):
        parts += [pulse(note_hz, burst.pulse_s), np.zeros(round(pause_s * SAMPLES_HZ))]
    samples = (np.clip(np.concatenate(parts), -1, 1) * 32767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()

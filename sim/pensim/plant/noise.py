"""Cheap seeded noise: a counter that is mixed (splitmix64), and a table of the normal distribution.

Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014), for the mixing. The table
has 4096 equally likely values, so that no value lies further out than 3.7 times the rms.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from pensim.plant.compiled import compiled
from pensim.plant.records import NORMAL_BITS

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_MASK = np.uint64((1 << NORMAL_BITS) - 1)
_S11 = np.uint64(11)
_UNIT = 1.0 / (1 << 53)


@lru_cache(maxsize=1)
def normal_table() -> np.ndarray:
    """Values of a normal distribution of mean 0 and rms 1, each as likely as the other."""
    count = 1 << NORMAL_BITS
    values = np.array([NormalDist().inv_cdf((k + 0.5) / count) for k in range(count)])
    return (values / np.sqrt(np.mean(values**2))).astype(np.float32)


@compiled
def draw(state):
    """Next 64 random bits of this run."""
    state.random += _STEP
    z = state.random
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@compiled
def normal(table, bits, which):
    """One of the five normal numbers (`which` 0 to 4) in 64 random bits."""
    return table[(bits >> np.uint64(NORMAL_BITS * which)) & _MASK]


@compiled
def uniform(bits):
    """A number from 0 up to, not including, 1 from 64 random bits."""
    return np.float64(bits >> _S11) * _UNIT

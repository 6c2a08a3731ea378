"""The catalogue of alarm conditions beside the interlocks (hardware/alarms.toml), read once."""

from __future__ import annotations

from functools import lru_cache

from penctl.hardware import AlarmKind, load_alarms


@lru_cache(maxsize=1)
def kinds() -> dict[str, AlarmKind]:
    """Every kind by its code."""
    return load_alarms()


def kind(code: str) -> AlarmKind:
    """One kind. Raises KeyError for a code that the catalogue does not have."""
    return kinds()[code]

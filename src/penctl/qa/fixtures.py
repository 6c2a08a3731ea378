"""Fixtures for a suite's conftest.py: `from penctl.qa.fixtures import record_measurement`."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest


@pytest.fixture
def record_measurement(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """A function `(name, value, unit, limit=None)` that notes a measured value.

    It fails the test when the value is above the limit, or is no finite number.
    """

    def record(name: str, value: float, unit: str, limit: float | None = None) -> None:
        for what, number in (("measured", value), ("limit", limit)):
            if number is not None:
                record_property(f"{what} {name} [{unit}]", round(float(number), 6))
        assert math.isfinite(value), f"{name}: {value} {unit} is no measured value"  # noqa: S101
        assert limit is None or value <= limit, f"{name}: {value:g} {unit} is above {limit:g} {unit}"  # noqa: S101

    return record

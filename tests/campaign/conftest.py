"""The campaign takes its stimuli from the tests of the interlocks, so their mark must be known here, too."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of a cell."""
    config.addinivalue_line(
        "markers", 'cell(interlock, kind): the cell that a test holds, as in "IL-07", "trip"'
    )

"""What all tests share: examples of hypothesis that are the same on every run, and the tools as modules."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))  # the checks are tested as modules: tests/habits

# Derandomised: a test that fails on one machine fails on all. No deadline: a slow machine is no defect.
settings.register_profile("penctl", deadline=None, derandomize=True, database=None)
settings.load_profile("penctl")


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C reach the tests and their programs; name the mark of a cell, for tests that read the suite.

    A shell's background job inherits SIGINT as ignored, and so would every program that a test starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "cell(interlock, kind): the cell that a test holds")


def pytest_collection_finish() -> None:
    """What the collection made stays until the end: no search for garbage goes through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def source_root() -> Path:
    """The source tree that is tested."""
    return ROOT

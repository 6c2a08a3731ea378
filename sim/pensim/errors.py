"""Errors of the simulator, told as those of penctl: what, value, limit, remedy."""

from __future__ import annotations

from penctl.errors import PenError


class BenchError(PenError):
    """The bench was asked for something that it cannot do."""


class FaultUnsupported(BenchError):
    """This target cannot fail in that way, so nothing was injected."""

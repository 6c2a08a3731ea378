"""The host's own check of a setpoint, in the shape that the fields want."""

from __future__ import annotations

from penctl import setpoints
from penctl.errors import Refused
from penctl.protocol.enums import Reason
from penctl.status import ModeRange
from pengui.worker.snapshot import Snapshot


def _range(view: Snapshot) -> ModeRange:
    if view.range is None:
        raise Refused(Reason.MODE_INVALID, view.status.mode if view.status else None, layer="host")
    return view.range


def depth(value: float | str, view: Snapshot) -> int:
    """Whole µm inside the device's limits. Raises Refused."""
    return setpoints.depth_um(value, _range(view))


def rate(value: float | str, view: Snapshot) -> int:
    """Whole mHz inside the device's limits. Raises Refused."""
    return setpoints.rate_mhz(value if isinstance(value, str) else value / 1000, _range(view))

"""Both ends of the link, sans-IO: bytes in, events out; every time is given as `now_us`.

`HostLink` is what a script or a screen uses, through `penctl.Pen`; `DeviceLink` is the other role, for tests
and emulators. The states are tables in `states.py`; what a host is told is in `events.py`.

    data, ticket = link.open_session(now_us)      # write data; a SessionOpened with this ticket follows
    data, ticket = link.command("SET_DEPTH", now_us, depth_um=1000)
    for event in link.receive(read_bytes, now_us): ...
    write(link.poll(now_us))                      # after receive, and at link.next_deadline_us()
    write(link.stop(now_us))                      # at any time; poll repeats it until StopSeen
"""

from penctl.protocol.device_link import Command, DeviceLink
from penctl.protocol.events import (
    Answered,
    Cause,
    EventsMissed,
    LinkEvent,
    NotSent,
    Rejected,
    Rejection,
    SessionLost,
    SessionOpened,
    StateChanged,
    StatusSeen,
    StopSeen,
    Tripped,
    Uncertain,
    Warned,
)
from penctl.protocol.host_link import HostLink, LocalError
from penctl.protocol.quality import LinkQuality, LinkStanding
from penctl.protocol.telemetry import TelemetryBlock

__all__ = [
    "Answered",
    "Cause",
    "Command",
    "DeviceLink",
    "EventsMissed",
    "HostLink",
    "LinkEvent",
    "LinkQuality",
    "LinkStanding",
    "LocalError",
    "NotSent",
    "Rejected",
    "Rejection",
    "SessionLost",
    "SessionOpened",
    "StateChanged",
    "StatusSeen",
    "StopSeen",
    "TelemetryBlock",
    "Tripped",
    "Uncertain",
    "Warned",
]

"""STOP to whatever pen is on a port, without asking who it is and without a link session."""

from __future__ import annotations

import secrets
from typing import Final

from penctl.connection import Connection
from penctl.errors import Unfinished
from penctl.protocol.enums import Role, State
from penctl.protocol.link import HostLink, LinkEvent, StopSeen
from penctl.protocol.session import KEY_SIZE
from penctl.transport import Transport

SEEN_TIMEOUT_S: Final = 1.0
REMEDY: Final = "Push the emergency stop at the pen and lift the handpiece"


def stop_port(transport: Transport) -> State:
    """Send STOP each millisecond until the pen is seen stopping or stopped; returns the state that showed it.

    Raises:
        Unfinished: no pen confirmed it within 1 s; STOP went out all the same. LinkLost: the port is gone.
    """
    link = HostLink(bytes(KEY_SIZE), int(Role.OPERATOR), secrets.token_bytes)  # no link session is opened
    connection = Connection(transport, link)
    seen: list[State] = []

    def take(event: LinkEvent) -> None:
        if isinstance(event, StopSeen):
            seen.append(event.state)

    connection.listeners.append(take)
    transport.send_now(link.stop(connection.now_us()))
    if not connection.wait(SEEN_TIMEOUT_S, lambda: bool(seen)):
        raise Unfinished("The STOP was sent, and no pen confirmed it", transport.url, "1 s", REMEDY)
    return seen[0]

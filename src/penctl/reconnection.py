"""The cable was out and is in again: take up the same pen, and arm nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from penctl.errors import DeviceGarbage, LinkError, LinkLost, PortError, Refused, Unfinished, WordedError
from penctl.opening import identify
from penctl.protocol.enums import Reason, State
from penctl.status import Status

if TYPE_CHECKING:
    from penctl.pen import Pen

RETRY_S: Final = 0.2
OLD_SESSION_S: Final = 0.6
"""The pen takes no new link session before the old one has been silent for 0.5 s."""
EVENTS_S: Final = 1.0
"""So long the pen may take to tell the events that were missed."""
_NOT_YET: Final = (PortError, LinkLost, DeviceGarbage)
ARMED: Final = frozenset({State.READY, State.RUN, State.STOPPING})


class AnotherPen(WordedError, LinkError):
    """Another pen came back. `value` is its serial number, `limit` that of the pen that was there."""

    WHAT = "Another pen is on this port now"
    REMEDY = "Plug the pen in that was there before, or open the new one as a pen of its own"


def reconnect(pen: Pen, timeout_s: float) -> Status:
    """What `Pen.reconnect` does: wait for the port, ask who is there, stop, open a link session, catch up."""
    connection, known = pen._connection, pen.identity
    had_session = pen._had_session
    connection.beats = False
    connection.link.port_changed()
    _identified(pen, pen.now_s() + connection.checked_time(timeout_s))
    if pen.identity.serial_number != known.serial_number:
        found, pen.identity = pen.identity.serial_number, known  # or the next try would take it up
        pen.transport.close()
        raise AnotherPen(found, known.serial_number)
    pen.limits()
    status = pen.status()
    if not had_session:
        return status
    if status.state in ARMED or pen.stopping:
        pen.stop()
    _opened(pen)
    connection.wait(EVENTS_S, lambda: connection.ledger.complete(pen.status().events_next))
    return pen.status()


def _identified(pen: Pen, end_s: float) -> None:
    while True:
        try:
            pen.transport.reopen()
            pen.identity = identify(pen._connection)
        except _NOT_YET:
            if pen.now_s() >= end_s:
                raise
            with contextlib.suppress(LinkLost):
                pen.transport.pause(RETRY_S)
        else:
            return


def _opened(pen: Pen) -> None:
    try:
        pen.open_session()
    except (Refused, Unfinished) as error:
        if isinstance(error, Refused) and error.reason != Reason.SESSION_IN_USE.name:
            raise
        pen._connection.wait(OLD_SESSION_S, lambda: False)
        pen.open_session()

"""The pen that a script or a screen holds.

Every method lets time pass only as far as it needs, and never without a limit. Between the calls nothing is
sent: call `wait` while the pen works, for its heartbeats are deadlines of that wait.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from enum import Enum
from types import TracebackType

from penctl import setpoints
from penctl.connection import Connection
from penctl.errors import PenError, ReferenceFailed, Refused, SelfTestFailed, Unfinished
from penctl.inbox import Inbox
from penctl.keys import PROVISIONING_KEY
from penctl.opening import identify, ranges
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, Reason, Role, State
from penctl.protocol.link import HostLink
from penctl.protocol.messages import Message, message_named
from penctl.protocol.session import KEY_SIZE
from penctl.refusals import refusal
from penctl.status import Cartridge, Identity, ModeRange, Status, Trip
from penctl.transport import Transport, open_url

__all__ = ["PROVISIONING_KEY", "Pen", "WaitEnd"]

SIMULATED_SERIAL = "PENSIM-"
POLL_S = 0.01
SESSION_TIMEOUT_S = 0.5
OLD_SESSION_S = 0.6
STAGE_TIMEOUT_S = 3.0
SELF_TEST_TIMEOUT_S = 2.0
REFERENCE_TIMEOUT_S = 6.0
STOP_SEEN_TIMEOUT_S = 0.5
REST_TIMEOUT_S = 0.5
AT_REST = frozenset({State.OFF, State.SELF_TEST, State.STANDBY, State.READY, State.SAFE})


class WaitEnd(Enum):
    """Why `Pen.wait` came back."""

    ELAPSED = "the time is over"
    UNTIL = "the condition holds"
    TRIPPED = "a trip came in"


class Pen:
    """A pen on a port. Opening identifies it and refuses one that this program does not match.

    A context manager: once it has opened a link session it leaves the pen stopped by every way out. Without a
    link session it has started nothing, and stops nothing: another program may be at work on the pen.

    Args:
        port: a pyserial URL, or a transport that is open already.
        key: pairing key of 32 bytes.
        role: role of the link session: "operator", "clinician" or "service".

    Raises:
        PortError: the port cannot be opened.
        LinkLost: nothing answers. DeviceGarbage: something else answers.
        VersionMismatch, MessagesMismatch, LimitsMismatch: host and pen do not belong together.
        PenError: there is no such role, or the key has a wrong length.
    """

    def __init__(
        self, port: str | Transport, key: bytes = PROVISIONING_KEY, role: str | Role = Role.CLINICIAN
    ) -> None:
        number = int(role if isinstance(role, Role) else _role(role))
        if len(key) != KEY_SIZE:
            size, needed = f"{len(key)} bytes", f"{KEY_SIZE} bytes"
            raise PenError("This is no pairing key", size, needed, "Give the key of this pen")
        self.transport = open_url(port) if isinstance(port, str) else port
        link = HostLink(key, number, self.transport.entropy or secrets.token_bytes)
        self._connection = Connection(self.transport, link)
        self._had_session = False
        self.inbox = Inbox()
        self._connection.listeners.append(self.inbox.take)
        try:
            self.identity = identify(self._connection)
            self._ranges = self.limits()
            self.status()
        except BaseException:
            self.transport.close()
            raise

    # --- what the pen says ---

    @property
    def simulated(self) -> bool:
        """Whether this is a simulated pen: by its port, or, behind a served port, by its serial number."""
        return self.transport.has_own_clock or self.identity.serial_number.startswith(SIMULATED_SERIAL)

    def identify(self) -> Identity:
        """Who the pen is; needs no link session."""
        self.identity = Identity.of(self.command("IDENTIFY"))
        return self.identity

    def limits(self) -> dict[Mode, ModeRange]:
        """The limits that the device holds, for each mode; needs no link session. Raises LimitsMismatch."""
        self._ranges = ranges(self._connection)
        return self._ranges

    @property
    def known_limits(self) -> dict[Mode, ModeRange]:
        """The limits as last read from the device."""
        return dict(self._ranges)

    def status(self) -> Status:
        """State, setpoints, measured values, latched trip; needs no link session."""
        return self.inbox.see(self.command("GET_STATUS"))

    def cartridge(self) -> Cartridge:
        """What the tag of the cartridge says; needs a link session (Refused NO_SESSION)."""
        return Cartridge.of(self.command("GET_CARTRIDGE"))

    @property
    def mode(self) -> Mode:
        """The mode as last heard."""
        return self.inbox.mode

    @property
    def trips(self) -> list[Trip]:
        """Every trip since the opening, oldest first."""
        return self.inbox.trips

    @property
    def events(self) -> list[Message]:
        """State, trip and warning events since the opening, oldest first (the last 10,000)."""
        return list(self.inbox.events)

    @property
    def session_open(self) -> bool:
        """Whether a link session is open, as far as the pen has not denied it."""
        return self._connection.link.session_open

    def silent_s(self) -> float:
        """Seconds since the pen was last understood."""
        return self._connection.silent_s()

    @property
    def frames_bad(self) -> int:
        """Frames from the pen that were dropped since the opening: CRC, COBS or length did not hold."""
        return self._connection.link.frames_bad

    # --- what the pen is told ---

    def open_session(self) -> int:
        """Open a link session, or a new one, start the heartbeats and return the session's number.

        The device takes no new link session within 0.5 s of a heartbeat of the old one, so the heartbeats of
        this pen's own old session pause meanwhile: do it at rest.

        Raises:
            Refused: SESSION_IN_USE, another host sends heartbeats. BadProof: the pen has another pairing key.
            LinkLost, Unfinished: no answer, or the pen did not see the heartbeats within 0.5 s.
        """
        connection = self._connection
        was_open, connection.beats = connection.link.session_open, False
        try:
            opened = connection.open_session()
        except Refused as refused:
            if not (was_open and refused.reason == Reason.SESSION_IN_USE.name):
                raise
            connection.wait(OLD_SESSION_S, lambda: False)
            opened = connection.open_session()
        finally:
            connection.beats = True
        self._had_session = True
        self._watch(
            "The pen did not see the heartbeats of the new link session",
            SESSION_TIMEOUT_S,
            lambda now: Flags.SESSION_ALIVE in now.flags,
        )
        return opened.session_id

    def listen(self) -> int:
        """Open a link session without heartbeats, to look on, and return its number.

        In it the pen tells its cartridge, events and telemetry. It cannot be armed, any other host may open
        its own link session at once, and `close` sends no STOP.

        Raises:
            Refused: SESSION_IN_USE, another host sends heartbeats. What `open_session` raises.
        """
        self._connection.beats = False
        return self._connection.open_session().session_id

    def self_test(self) -> Status:
        """Run the self-test; one that runs already begins anew. Raises SelfTestFailed."""
        since = self.status().events_next
        self.command("SELF_TEST")
        status = self._watch(
            "The self-test did not end",
            SELF_TEST_TIMEOUT_S,
            lambda now: (
                now.state is not State.SELF_TEST
                or bool(self.inbox.warnings(enums.Warning.SELF_TEST_FAILED, since))
            ),
        )
        if Flags.SELF_TEST_PASSED not in status.flags:
            warnings = self.inbox.warnings(enums.Warning.SELF_TEST_FAILED, since)
            raise SelfTestFailed(warnings[-1]["value"] if warnings else None)
        return status

    def reference(self) -> Status:
        """Let the depth stage find its zero, which takes about a second. Raises ReferenceFailed."""
        since = self.status().events_next
        self.command("REFERENCE")
        status = self._watch(
            "The depth stage did not end its reference run",
            REFERENCE_TIMEOUT_S,
            lambda now: Flags.REFERENCED in now.flags or self._reference_failed(since) is not None,
        )
        warning = self._reference_failed(since)
        if warning is not None:
            raise ReferenceFailed(warning["value"], warning["limit"])
        return status

    def retract(self) -> Status:
        """After a trip: pull in needles that stayed out, by the depth stage, and no more. Raises Unfinished.

        Nothing else moves, nothing is referenced, and the trip stays latched until its reset.
        """
        self.command("REFERENCE")
        return self._watch(
            "The needles were not retracted",
            REFERENCE_TIMEOUT_S,
            lambda now: Flags.NEEDLES_CLEAR in now.flags,
        )

    def _reference_failed(self, since: int) -> Message | None:
        warnings = self.inbox.warnings(enums.Warning.REFERENCE_FAILED, since)
        return warnings[0] if warnings else None

    def set_mode(self, mode: str | Mode) -> None:
        """Change the mode ("home", "clinical"); only in STANDBY, and it clears both setpoints.

        Raises:
            Refused: MODE_INVALID; WRONG_STATE; ROLE, CLINICAL needs a clinician.
        """
        member = mode if isinstance(mode, Mode) else _mode(mode)
        self.command("SET_MODE", mode=int(member))
        self.inbox.mode = Mode(member)

    def set_depth_um(self, depth_um: float) -> None:
        """Set the depth in µm. Raises Refused outside the limits; nothing is ever clamped."""
        self.command("SET_DEPTH", depth_um=setpoints.depth_um(depth_um, self._range()))

    def set_rate_hz(self, rate_hz: float) -> None:
        """Set the stroke rate in Hz. Raises Refused outside the limits; nothing is ever clamped."""
        self.command("SET_RATE", rate_mhz=setpoints.rate_mhz(rate_hz, self._range()))

    def arm(self) -> Status:
        """STANDBY to READY, and wait until the depth stage is in position.

        Raises:
            Refused: the device does not arm.
            Unfinished: the stage is not in position after 3 s, or READY ended.
        """
        self.command("ARM")
        status = self._watch(
            "The depth stage did not reach its position",
            STAGE_TIMEOUT_S,
            lambda now: Flags.STAGE_IN_POSITION in now.flags or now.state is not State.READY,
        )
        if status.state is not State.READY:
            raise Unfinished("The pen left READY while its depth stage moved", value=status.state.name)
        return status

    def start(self) -> None:
        """READY to RUN. Raises Refused HOLD_NOT_PRESSED unless the hold-to-run switch at the pen is held."""
        self.command("START")

    def stop(self) -> State:
        """Stop, from any state; returns when the pen is at rest.

        Raises:
            Unfinished: the pen did not confirm it in 0.5 s. LinkLost: the port is gone.
        """
        self.stop_now()
        connection = self._connection
        if not connection.wait(STOP_SEEN_TIMEOUT_S, lambda: not connection.link.stopping):
            raise Unfinished("The pen did not confirm the STOP", limit=f"{STOP_SEEN_TIMEOUT_S} s")
        return self._watch(
            "The pen did not come to rest", REST_TIMEOUT_S, lambda now: now.state in AT_REST
        ).state

    def stop_now(self) -> None:
        """Send STOP and come back at once; every wait repeats it until the pen is seen stopping."""
        connection = self._connection
        self.transport.write(connection.link.stop(connection.now_us()))
        self.inbox.tell_command(message_named("STOP").message(), None)

    @property
    def stopping(self) -> bool:
        """Whether a STOP is out that the pen was not yet seen to take."""
        return self._connection.link.stopping

    def reset(self, interlock: int | None = None) -> None:
        """Release a latched trip; without a number, the one that is latched.

        Raises:
            Refused: NOT_LATCHED; CAUSE_PRESENT; ROLE; NEW_SESSION_NEEDED after a lost link (IL-26).
        """
        number = self.status().tripped if interlock is None else interlock
        if not number:
            raise Refused(Reason.NOT_LATCHED, layer="host")
        self.command("RESET", interlock=number)

    def telemetry(self, period_us: int) -> None:
        """Ask for a sample every `period_us` µs (1000 to 1,000,000; 0 is off).

        Blocks of samples go to the functions in `inbox.on_telemetry`. Raises Refused TELEMETRY_PERIOD.
        """
        self.command("SET_TELEMETRY", period_us=period_us)

    def command(self, name: str, **fields: object) -> Message:
        """Send one command as it is, without the host's own checks, and return its answer.

        Raises:
            Refused: the device refused it. Unfinished, LinkLost: the outcome is not known.
        """
        return self._connection.ask(name, **fields)

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the wire as they are; tests of the device's own defences need it."""
        self.transport.write(data)

    # --- time ---

    def watch_screen(self, screen: Callable[[], int | None]) -> None:
        """Let an operator's screen vouch for this host: its counter, or None while the screen stands still.

        While it is None no heartbeat goes out, and the pen comes to rest by its own IL-26.
        """
        self._connection.screen = screen

    def now_s(self) -> float:
        """The port's clock in s; virtual on a simulated pen."""
        return self._connection.now_s()

    def wait(
        self, seconds: float, until: Callable[[], bool] | None = None, *, through_trips: bool = False
    ) -> WaitEnd:
        """Let `seconds` pass with heartbeats; come back early when `until()` holds or, by default, at a trip.

        Raises:
            LinkLost: the port is gone.
        """
        trips = len(self.trips)

        def tripped() -> bool:
            return not through_trips and len(self.trips) > trips

        def done() -> bool:
            return tripped() or (until is not None and until())

        if not self._connection.wait(seconds, done):
            return WaitEnd.ELAPSED
        return WaitEnd.TRIPPED if tripped() else WaitEnd.UNTIL

    def close(self) -> None:
        """Stop the pen and close the port. Raises what `stop` raises; the port is closed all the same."""
        if not self.transport.is_open:
            return
        try:
            if self._had_session:
                self._stop_for_good()
        finally:
            self.transport.close()

    def _stop_for_good(self) -> None:
        """Stop; when a listener fails or a second Ctrl-C comes in between, stop all the same."""
        try:
            self.stop()
        except BaseException:
            self.inbox.silence()
            self.stop()
            raise

    def __enter__(self) -> Pen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        # The first error is the one to tell; the pen's own deadman is behind it.
        with contextlib.suppress(Exception):
            self.close()

    def _range(self) -> ModeRange:
        if self.mode not in self._ranges:
            raise Refused(Reason.MODE_INVALID, self.mode, layer="host")
        return self._ranges[self.mode]

    def _watch(self, what: str, seconds: float, done: Callable[[Status], bool]) -> Status:
        """Ask for the status every 10 ms until `done`, at most `seconds` long."""
        end_s = self.now_s() + seconds
        while not done(status := self.status()):
            if self.now_s() >= end_s:
                raise Unfinished(what, value=status.state.name, limit=f"{seconds:g} s")
            self._connection.wait(POLL_S, lambda: False)
        return status


def _role(name: object) -> Role:
    """The role of that name, in any case of letters. Raises PenError."""
    if isinstance(name, str) and name.upper() in Role.__members__:
        return Role[name.upper()]
    known = ", ".join(role.name.lower() for role in Role)
    raise PenError("There is no such role", repr(name), known, "Name one of these")


def _mode(name: object) -> Mode:
    """The mode of that name, in any case of letters. Raises Refused."""
    if isinstance(name, str) and name.upper() in Mode.__members__:
        return Mode[name.upper()]
    raise refusal("", Reason.MODE_INVALID, name, None, layer="host")

"""The part of a pen that everything else stands on: port, link, what was heard, asking and waiting."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import Enum
from typing import Any

from penctl.connection import Connection
from penctl.errors import PenError, Refused, SelfTestFailed, Unfinished
from penctl.hardware import limits_hash, load_limits
from penctl.inbox import Inbox
from penctl.key_store import KeyStore, NotPaired, Pairing, simulated_pairing
from penctl.keys import PROVISIONING_KEY
from penctl.opening import identify, ranges
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, Reason, Role, State
from penctl.protocol.link import HostLink, LinkQuality
from penctl.protocol.messages import Message
from penctl.protocol.session import KEY_SIZE
from penctl.refusals import refusal
from penctl.status import Identity, ModeRange, Status, Trip
from penctl.transport import Transport, open_url

SIMULATED_SERIAL = "PENSIM-"
POLL_S = 0.01
BUTTON_RETRY_S = 0.2
"""Between two tries while the button is held: pairing wants it held for 3 s."""
SELF_TEST_TIMEOUT_S = 5.0
"""The self-test takes at most 3 s."""


class WaitEnd(Enum):
    """Why `Pen.wait` came back."""

    ELAPSED = "the time is over"
    UNTIL = "the condition holds"
    TRIPPED = "a trip came in"


class PenCore:
    """A pen that can be asked and waited for; see `penctl.Pen`, which has the acts."""

    recorded = False
    """Whether this is the recording of a pen, `penctl.replay`, and no pen."""
    end_s = float("inf")
    """The end of a recording, s."""

    def __init__(
        self,
        port: str | Transport,
        key: bytes | None = None,
        role: str | Role = Role.CLINICIAN,
        slot: int = 0,
    ) -> None:
        self.role = role if isinstance(role, Role) else role_named(role)
        if key is not None and (not isinstance(key, bytes) or len(key) != KEY_SIZE):
            size = f"{len(key)} bytes" if isinstance(key, bytes) else repr(key)
            raise PenError("This is no pairing key", size, f"{KEY_SIZE} bytes", "Give the key of this pen")
        if not isinstance(port, (str, Transport)):
            raise PenError(
                "This is no port", repr(port), "a name or a URL", "List the ports with penctl ports"
            )
        self.transport = open_url(port) if isinstance(port, str) else port
        link = HostLink(
            key or PROVISIONING_KEY,
            int(self.role),
            self.transport.entropy or secrets.token_bytes,
            slot=slot,
            limits_hash=limits_hash(load_limits())[:8],
        )
        self._connection = Connection(self.transport, link)
        self._key_given = key is not None
        self.inbox = Inbox(self._connection.ledger)
        self._connection.listeners.append(self.inbox.take)
        self.on_wait = self._connection.on_wait
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
        """State, trip and warning events since the opening, by their numbers (the last 10,000)."""
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

    @property
    def link_quality(self) -> LinkQuality:
        """Round trip, repeats, damaged frames, missed heartbeats, and whether that is good, poor or lost."""
        return self._connection.link.quality(self._connection.now_us())

    # --- asking ---

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
            LinkLost: the port is gone. PenError: `seconds` is no finite time, or `until` cannot be called.
        """
        if until is not None and not callable(until):
            raise PenError("This is no condition to wait for", repr(until), "a function", "Give a function")
        trips = len(self.trips)

        def tripped() -> bool:
            return not through_trips and len(self.trips) > trips

        def done() -> bool:
            return tripped() or (until is not None and until())

        if not self._connection.wait(seconds, done):
            return WaitEnd.ELAPSED
        return WaitEnd.TRIPPED if tripped() else WaitEnd.UNTIL

    def wait_ready(self, timeout_s: float = SELF_TEST_TIMEOUT_S) -> Status:
        """Wait while the pen checks itself, at power-on or between two visits; it takes at most 3 s.

        Raises:
            SelfTestFailed: a check did not pass, with what it looked at and how to mend it.
            Unfinished: it goes on after `timeout_s`.
        """
        since = self.status().events_next
        return self._self_tested(since, timeout_s)

    def _self_tested(self, since: int, timeout_s: float = SELF_TEST_TIMEOUT_S) -> Status:
        status = self._watch(
            "The self-test did not end",
            timeout_s,
            lambda now: (
                now.state is not State.SELF_TEST
                or bool(self.inbox.warnings(enums.Warning.SELF_TEST_FAILED, since))
            ),
        )
        if Flags.SELF_TEST_PASSED not in status.flags:
            warnings = self.inbox.warnings(enums.Warning.SELF_TEST_FAILED, since)
            raise SelfTestFailed(warnings[-1]["value"] if warnings else status.self_test_check or None)
        return status

    def _watch(self, what: str, seconds: float, done: Callable[[Status], bool]) -> Status:
        """Ask for the status every 10 ms until `done`, at most `seconds` long."""
        end_s = self.now_s() + self._connection.checked_time(seconds)
        while not done(status := self.status()):
            if self.now_s() >= end_s:
                raise Unfinished(what, value=status.state.name, limit=f"{seconds:g} s")
            self._connection.wait(POLL_S, lambda: False)
        return status

    def _with_button(self, act: Callable[[], Any], timeout_s: float) -> None:
        """Do what needs the pen's button; with a time, wait so long for a person to press it.

        Raises:
            Refused: BUTTON_NOT_PRESSED, and whatever else the device refuses for.
        """
        end_s = self.now_s() + self._connection.checked_time(timeout_s)
        while True:
            try:
                act()
            except Refused as refused:
                if refused.reason != Reason.BUTTON_NOT_PRESSED.name or self.now_s() >= end_s:
                    raise
            else:
                return
            self._connection.wait(min(BUTTON_RETRY_S, max(0.0, end_s - self.now_s())), lambda: False)
            while Flags.BUTTON_PRESSED not in self.status().flags and self.now_s() < end_s:
                self._connection.wait(POLL_S, lambda: False)

    # --- keys ---

    def _pairing(self) -> Pairing:
        """The pairing with this pen. Raises NotPaired, HostFolderError."""
        serial = self.identity.serial_number
        if self.simulated:
            return simulated_pairing(serial, self.role)
        found = KeyStore().find(serial, self.role)
        if found is None:
            raise NotPaired(serial, self.role)
        return found

    def _take_pairing(self) -> None:
        """Let the link use the key of this pen, unless the caller gave one."""
        if not self._key_given:
            pairing = self._pairing()
            self._connection.link.use_pairing(pairing.key, pairing.slot)


def role_named(name: object) -> Role:
    """The role of that name, in any case of letters. Raises PenError."""
    if isinstance(name, str) and name.upper() in Role.__members__:
        return Role[name.upper()]
    known = ", ".join(role.name.lower() for role in Role)
    raise PenError("There is no such role", repr(name), known, "Name one of these")


def mode_named(name: object) -> Mode:
    """The mode of that name, in any case of letters. Raises Refused."""
    if isinstance(name, Mode):
        return name
    if isinstance(name, str) and name.upper() in Mode.__members__:
        return Mode[name.upper()]
    raise refusal("", Reason.MODE_INVALID, name, None, layer="host")

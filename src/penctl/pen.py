"""The pen that a script or a screen holds.

Every method lets time pass only as far as it needs, and never without a limit. Between the calls nothing is
sent: call `wait` while the pen works, for its heartbeats are deadlines of that wait.
"""

from __future__ import annotations

import contextlib
from types import TracebackType

from penctl import setpoints, signals
from penctl.errors import ReferenceFailed, Refused, Unfinished
from penctl.keys import PROVISIONING_KEY
from penctl.pen_core import SELF_TEST_TIMEOUT_S, WaitEnd, mode_named
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, Reason, State
from penctl.protocol.messages import Message, message_named
from penctl.protocol.pacing import STOP_FRAME
from penctl.reconnection import reconnect
from penctl.service import Service
from penctl.status import ModeRange, Status
from penctl.trip_memory import TripMemory
from penctl.visits import Visits

__all__ = ["PROVISIONING_KEY", "SELF_TEST_TIMEOUT_S", "Pen", "WaitEnd"]

SESSION_TIMEOUT_S = 0.5
OLD_SESSION_S = 0.6
STAGE_TIMEOUT_S = 3.0
REFERENCE_TIMEOUT_S = 6.0
STOP_SEEN_TIMEOUT_S = 0.5
REST_TIMEOUT_S = 0.5
AT_REST = frozenset({State.OFF, State.SELF_TEST, State.STANDBY, State.READY, State.SAFE})


class Pen(Visits, TripMemory, Service):
    """A pen on a port. Opening identifies it and refuses one that this program does not match.

    A context manager: once it has opened a link session it leaves the pen stopped by every way out. Without a
    link session it has started nothing, and stops nothing: another program may be at work on the pen.

    Args:
        port: a pyserial URL, or a transport that is open already.
        key: pairing key of 32 bytes. Without one a simulated pen is opened with the well-known
            PROVISIONING_KEY, any other with the key that `penctl pair` has put into this computer's key
            store.
        role: role of the link session: "operator", "clinician" or "service".
        slot: number of the pairing, where a key is given.

    Raises:
        PortError: the port cannot be opened.
        LinkLost: nothing answers. DeviceGarbage: something else answers.
        VersionMismatch, MessagesMismatch, LimitsMismatch: host and pen do not belong together.
        PenError: there is no such role, or the key has a wrong length.
    """

    _had_session = False

    def open_session(self) -> int:
        """Open a link session, or a new one, start the heartbeats and return the session's number.

        A visit that this program had open is taken up again, which consumes nothing of the cartridge. The
        device takes no new link session within 0.5 s of a heartbeat of the old one, so the heartbeats of
        this pen's own old session pause meanwhile: do it at rest.

        Raises:
            NotPaired: this computer has no key of the pen for that role.
            Refused: SESSION_IN_USE, another host sends heartbeats; NOT_PAIRED, the pen has forgotten the
                pairing; ROLE, the pairing is of a lesser role. BadProof: the pen has another pairing key.
            LinkLost, Unfinished: no answer, or the pen did not see the heartbeats within 0.5 s.
        """
        self._take_pairing()
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
        signals.works_with(self.transport)
        self._watch(
            "The pen did not see the heartbeats of the new link session",
            SESSION_TIMEOUT_S,
            lambda now: Flags.SESSION_ALIVE in now.flags,
        )
        self._take_up_visit()
        return opened.session_id

    def listen(self) -> int:
        """Open a link session without heartbeats, to look on, and return its number.

        In it the pen tells its cartridge, trips, events and telemetry. It cannot be armed, any other host may
        open its own link session at once, and `close` sends no STOP.

        Raises:
            Refused: SESSION_IN_USE, another host sends heartbeats. What `open_session` raises.
        """
        self._take_pairing()
        self._connection.beats = False
        return self._connection.open_session().session_id

    def reconnect(self, timeout_s: float = 30.0) -> Status:
        """After LinkLost: wait until the pen is back on its port, and take it up where it is.

        The pen is identified anew and must be the same one. If this program had a link session, a new one is
        opened with the pen's key, the visit is taken up again, and the pen tells the events that were
        missed. A pen that still works is stopped. Nothing is reset and nothing is armed: what it was told to
        do before, a person tells it again.

        Raises:
            PortError, LinkLost: it did not come back in `timeout_s`. AnotherPen: another pen did; the port is
                closed. What opening a pen and `open_session` raise.
        """
        return reconnect(self, timeout_s)

    def self_test(self) -> Status:
        """Run the self-test, which takes at most 3 s; one that runs already begins anew.

        Raises SelfTestFailed.
        """
        since = self.status().events_next
        self.command("SELF_TEST")
        return self._self_tested(since)

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

    def set_mode(self, mode: str | Mode, *, button_timeout_s: float = 0.0) -> None:
        """Change the mode ("home", "clinical"); only in STANDBY, and it clears both setpoints.

        CLINICAL needs a clinician's link session and the button at the pen: pressed now, or released less
        than 5 s ago. No program can press it. With `button_timeout_s` this call waits so long for a person
        to do so.

        Raises:
            Refused: BUTTON_NOT_PRESSED; MODE_INVALID; WRONG_STATE; ROLE; HOME_ONLY; TEST_BUILD.
        """
        member = mode_named(mode)
        self._with_button(lambda: self.command("SET_MODE", mode=int(member)), button_timeout_s)
        self.inbox.mode, self._chosen = member, None

    def set_depth_um(self, depth_um: float) -> None:
        """Set the depth in µm. Raises Refused outside the limits; nothing is ever clamped."""
        wire = setpoints.depth_um(depth_um, self._range())
        self.command("SET_DEPTH", depth_um=wire)
        self._choose("depth_um", wire)

    def set_rate_hz(self, rate_hz: float) -> None:
        """Set the stroke rate in Hz. Raises Refused outside the limits; nothing is ever clamped."""
        wire = setpoints.rate_mhz(rate_hz, self._range())
        self.command("SET_RATE", rate_mhz=wire)
        self._choose("rate_mhz", wire)

    def arm(self) -> Status:
        """STANDBY to READY, and wait until the depth stage is in position.

        Arming needs an open visit. When none is open (flag VISIT_OPEN) this call opens an anonymous one by
        itself: the cartridge is then bound to nobody in particular. Call `begin_visit` before, to bind it
        to a person.

        Raises:
            Refused: the device does not arm; the reason says why, a cartridge that may not be used among
                them.
            Unfinished: the stage is not in position after 3 s, or READY ended.
            SelfTestFailed: the self-test before the visit did not pass.
        """
        if self.session_open:
            self._ensure_visit()
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
        """READY to RUN. Raises Refused HOLD_NOT_PRESSED unless the hold-to-run switch at the pen is held.

        The first start of a visit writes the cartridge's tag: Refused CARTRIDGE_BINDING_FAILED when that
        fails.
        """
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
        self.transport.send_now(connection.link.stop(connection.now_us()))
        self.inbox.tell_command(message_named("STOP").message(), None)

    def send_stop(self) -> None:
        """One STOP, ahead of everything, from any thread and from a signal handler; nothing repeats it.

        It is what remains when the thread that holds this pen is dead or stands still. Raises LinkLost.
        """
        self.transport.send_now(STOP_FRAME)

    @property
    def stopping(self) -> bool:
        """Whether a STOP is out that the pen was not yet seen to take."""
        return self._connection.link.stopping

    def reset(self, interlock: int | None = None) -> None:
        """Release a latched trip; without a number, the one that the status names.

        Raises:
            Refused: NOT_LATCHED; CAUSE_PRESENT; ROLE; NEW_SESSION_NEEDED after a lost link (IL-26);
                SELF_TEST_NEEDED; CALIBRATION_NEEDED; POWER_CYCLE_NEEDED; BUTTON_NOT_PRESSED in service.
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

    def close(self) -> None:
        """Stop the pen and close the port. Raises what `stop` raises; the port is closed all the same."""
        if not self.transport.is_open:
            return
        try:
            if self._had_session:
                self._stop_for_good()
        finally:
            signals.has_left(self.transport)
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

"""What the driver needs of a pen and of a journal; both are given to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from penctl.protocol.telemetry import TelemetryBlock
    from penctl.status import Cartridge, Status, Trip
    from penctl.treatment.visit import Visit
    from penctl.treatment.visit_events import VisitEvent


class VisitJournal(Protocol):
    """Where a visit is kept. An event is on the disk before `add` comes back."""

    @property
    def visit(self) -> Visit:
        """The visit as its journal has it."""

    def add(self, event: VisitEvent) -> object:
        """Write the next event. Raises TreatmentRefused, or what the journal raises when it cannot write."""


class PenInbox(Protocol):
    """Where the pen's telemetry is told."""

    on_telemetry: list[Callable[[TelemetryBlock], None]]


class VisitPen(Protocol):
    """The acts of `penctl.Pen` that a visit uses, with its words, units and errors."""

    @property
    def simulated(self) -> bool:
        """Whether it is a simulated pen."""

    @property
    def session_open(self) -> bool:
        """Whether a link session is open."""

    @property
    def trips(self) -> list[Trip]:
        """Every trip since the opening."""

    @property
    def inbox(self) -> Any:
        """The inbox; see `PenInbox`."""

    def open_session(self) -> int:
        """Open a link session."""

    def status(self) -> Status:
        """State, setpoints, measured values."""

    def self_test(self) -> Status:
        """Run the self-test."""

    def reference(self) -> Status:
        """Let the depth stage find its zero."""

    def cartridge(self) -> Cartridge:
        """What the cartridge's tag says."""

    def set_mode(self, mode: str, *, button_timeout_s: float = 0.0) -> None:
        """Change the mode."""

    def begin_visit(
        self, person: str | None = None, visit_id: str | None = None, day: date | None = None
    ) -> object:
        """Open the visit at the pen."""

    def end_visit(self) -> None:
        """Close the visit at the pen."""

    def set_depth_um(self, depth_um: float) -> None:
        """Set the depth in µm."""

    def set_rate_hz(self, rate_hz: float) -> None:
        """Set the stroke rate in Hz."""

    def arm(self) -> Status:
        """STANDBY to READY."""

    def start(self) -> None:
        """READY to RUN."""

    def stop(self) -> object:
        """Stop; back when the pen is at rest."""

    def stop_now(self) -> None:
        """Send STOP and come back at once."""

    def retract(self) -> Status:
        """After a trip: pull in needles that stayed out."""

    def reset(self, interlock: int | None = None) -> None:
        """Release a latched trip."""

    def telemetry(self, period_us: int) -> None:
        """Ask for a sample every so many µs."""

    def wait(
        self, seconds: float, until: Callable[[], bool] | None = None, *, through_trips: bool = False
    ) -> object:
        """Let time pass with heartbeats."""

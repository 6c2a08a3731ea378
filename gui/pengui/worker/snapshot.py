"""What the worker tells the window: one picture of the pen, replaced as a whole, and notices in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from penctl.errors import PenError
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, State
from penctl.protocol.link import LinkQuality
from penctl.status import Cartridge, Identity, ModeRange, Status, Trip

if TYPE_CHECKING:
    from penctl.treating.progress import Progress

NO_FLAGS = Flags(0)


class Phase(Enum):
    """Where the link stands."""

    CLOSED = auto()
    OPENING = auto()
    OPEN = auto()
    LOST = auto()


@dataclass(frozen=True)
class HandView:
    """What the hand of the simulated pen does; force in N, speed in mm/s."""

    held: bool = False
    lifted: bool = True
    press_n: float = 0.0
    glide_mm_s: float = 0.0
    unplugged: bool = False
    charging: bool = False


@dataclass(frozen=True)
class ReplayView:
    """Where a recording stands, s of its own time, and how fast it is played."""

    time_s: float
    end_s: float
    playing: bool
    speed: float


@dataclass(frozen=True)
class Snapshot:
    """The pen as last heard. `status` is None until the pen has answered once."""

    phase: Phase = Phase.CLOSED
    url: str = ""
    simulated: bool = False
    busy: str = ""
    stopping: bool = False
    identity: Identity | None = None
    ranges: Mapping[Mode, ModeRange] = field(default_factory=dict)
    cartridge: Cartridge | None = None
    status: Status | None = None
    state: State = State.OFF
    flags: Flags = NO_FLAGS
    silent_s: float = 0.0
    time_s: float = 0.0
    lost_s: float = 0.0
    blocks_dropped: int = 0
    recording: str = ""
    hand: HandView | None = None
    latched: tuple[Trip, ...] = ()
    """Every trip that is latched, when there are several."""
    asks_button: Mode | None = None
    """The mode that waits for the button at the pen."""
    cause: int = 0
    """Interlock or command that caused the state, as the last event of the state told it."""
    self_test_s: float = 0.0
    link: LinkQuality | None = None
    """How good the link is; None of a recording."""
    replay: ReplayView | None = None
    """Where the recording stands that is shown instead of a pen."""
    nose_c: float | None = None
    handle_c: float | None = None
    progress: Progress | None = None
    """Where the pass under way stands, when the pen works in a visit."""

    @property
    def shown(self) -> tuple[object, ...]:
        """All but what changes with every sample: two pictures that are equal here show the same page."""
        return (
            *(self.phase, self.url, self.simulated, self.busy, self.stopping, self.identity, self.ranges),
            *(self.cartridge, self.status, self.state, self.flags, self.recording, self.hand, self.latched),
            *(self.asks_button, self.cause, self.self_test_s, self.replay, self.progress),
        )

    @property
    def open(self) -> bool:
        """A pen is there and answers."""
        return self.phase is Phase.OPEN and self.status is not None

    @property
    def recorded(self) -> bool:
        """Whether this is the past: a recording, which takes no commands."""
        return self.replay is not None

    @property
    def live(self) -> bool:
        """A pen is there, answers and takes commands."""
        return self.open and not self.recorded

    @property
    def range(self) -> ModeRange | None:
        """The device's limits of the mode that it is in."""
        return self.ranges.get(self.status.mode) if self.status is not None else None

    @property
    def trip(self) -> Trip | None:
        """The latched trip."""
        return self.status.trip if self.status is not None else None

    @property
    def moving(self) -> bool:
        """The needles move, or may."""
        return self.state in (State.RUN, State.STOPPING)


@dataclass(frozen=True)
class Done:
    """An act came to its end."""

    act: str


@dataclass(frozen=True)
class Failed:
    """An act was refused or did not finish."""

    act: str
    error: PenError


@dataclass(frozen=True)
class Lost:
    """The link was lost."""

    error: PenError


@dataclass(frozen=True)
class Warned:
    """The pen raised a warning."""

    warning: enums.Warning
    value: int
    limit: int


@dataclass(frozen=True)
class Stopped:
    """An interlock stopped the pen and released by itself."""

    trip: Trip


Notice = Done | Failed | Lost | Warned | Stopped

"""The numbered words of the link: states, modes, roles, stops, reasons. The number is what travels."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class State(IntEnum):
    """State of the pen."""

    OFF = 0
    SELF_TEST = 1
    STANDBY = 2
    READY = 3
    RUN = 4
    STOPPING = 5
    SAFE = 6
    SERVICE = 7


class Mode(IntEnum):
    """Mode of the pen; a reset comes up in HOME."""

    HOME = 1
    CLINICAL = 2
    SERVICE = 3


class Role(IntEnum):
    """Who holds a link session."""

    OPERATOR = 1
    CLINICIAN = 2
    SERVICE = 3


class CartridgeKind(IntEnum):
    """Kind of the cartridge that the tag reports."""

    NONE = 0
    HOME = 1
    CLINICAL = 2


class StopKind(IntEnum):
    """What a trip did: C0 drive power off at once, C1 needles retracted, then off, INHIBIT start refused."""

    NONE = 0
    C0 = 1
    C1 = 2
    INHIBIT = 3


class Input(IntEnum):
    """What a trip looked at."""

    NONE = 0
    ESTOP_A = 1
    ESTOP_B = 2
    HOLD = 3
    HEARTBEAT = 4
    BAR_DEPTH = 5
    STAGE_DEPTH = 6
    SHAFT_RATE = 7
    BAR_RATE = 8
    COMMAND = 9
    C1_TIMEOUT = 10
    SHAFT_SENSOR = 11
    BAR_SENSOR = 12
    STAGE_SENSOR = 13
    SUPPLY = 14


class Warning(IntEnum):  # noqa: A001 - the word of the glossary; nothing here warns by exception
    """What a warning tells; nothing stops because of it."""

    NONE = 0
    LIFT_HANDPIECE = 1
    READY_TIMEOUT = 2
    EVENTS_LOST = 3
    COMMAND_REFUSED = 4
    C1_TIMEOUT = 5
    SELF_TEST_FAILED = 6
    REFERENCE_FAILED = 7


class Flags(IntFlag):
    """Conditions of the pen, one bit each."""

    HOLD_PRESSED = 1
    ESTOP_CLOSED = 2
    REFERENCED = 4
    SELF_TEST_PASSED = 8
    STAGE_IN_POSITION = 16
    DRIVE_ENABLED = 32
    CONTACT = 64
    NEEDLES_CLEAR = 128
    SESSION_ALIVE = 256
    CARTRIDGE_OK = 512


class Reason(IntEnum):
    """Why a command was refused; NONE means that it was taken."""

    NONE = 0
    MALFORMED = 1
    UNKNOWN_COMMAND = 2
    VERSION = 3
    NO_SESSION = 4
    BAD_MAC = 5
    STALE_COUNTER = 6
    SESSION_IN_USE = 7
    EXPIRED = 8
    ROLE = 9
    WRONG_STATE = 10
    LATCHED = 11
    DEPTH_ABOVE_LIMIT = 12
    DEPTH_BELOW_LIMIT = 13
    RATE_ABOVE_LIMIT = 14
    RATE_BELOW_LIMIT = 15
    MODE_INVALID = 16
    DEPTH_NOT_SET = 17
    RATE_NOT_SET = 18
    NOT_REFERENCED = 19
    SELF_TEST_NOT_PASSED = 20
    NO_CARTRIDGE = 21
    CARTRIDGE_WRONG_FOR_MODE = 22
    HOLD_NOT_PRESSED = 23
    HOLD_PRESSED = 24
    STAGE_MOVING = 25
    INCREASE_WHILE_RUNNING = 26
    CAUSE_PRESENT = 27
    WRONG_INTERLOCK = 28
    ESTOP_OPEN = 29
    NEW_SESSION_NEEDED = 30
    ALREADY_ARMED = 31
    BUSY = 32
    GUARD_REFUSED = 33
    SELF_TEST_FAILED = 34
    REFERENCE_FAILED = 35
    TELEMETRY_PERIOD = 36
    NOT_LATCHED = 37


class Sounder(IntEnum):
    """What the sounder of the pen plays."""

    NONE = 0
    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


REASON_FIELDS: dict[Reason, tuple[str, str]] = {
    Reason.VERSION: ("version got", "version supported"),
    Reason.EXPIRED: ("age, ms", "200 ms"),
    Reason.ROLE: ("role of the link session", "role needed"),
    Reason.WRONG_STATE: ("state", "state needed"),
    Reason.LATCHED: ("interlock", ""),
    Reason.DEPTH_ABOVE_LIMIT: ("depth asked, µm", "maximum, µm"),
    Reason.DEPTH_BELOW_LIMIT: ("depth asked, µm", "minimum, µm"),
    Reason.RATE_ABOVE_LIMIT: ("rate asked, mHz", "maximum, mHz"),
    Reason.RATE_BELOW_LIMIT: ("rate asked, mHz", "minimum, mHz"),
    Reason.MODE_INVALID: ("mode", ""),
    Reason.CARTRIDGE_WRONG_FOR_MODE: ("kind of the cartridge", "kind needed"),
    Reason.STAGE_MOVING: ("stage, µm", "target, µm"),
    Reason.INCREASE_WHILE_RUNNING: ("value asked", "value now"),
    Reason.CAUSE_PRESENT: ("value", "limit"),
    Reason.WRONG_INTERLOCK: ("interlock asked", "interlock latched"),
    Reason.GUARD_REFUSED: ("value", "limit"),
    Reason.SELF_TEST_FAILED: ("number of the check", ""),
    Reason.REFERENCE_FAILED: ("difference, µm", "limit, µm"),
    Reason.TELEMETRY_PERIOD: ("period asked, µs", "minimum, µs"),
}
"""What `value` and `limit` of a RESPONSE hold for each reason; one that is missing here leaves both 0."""

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
    """What a trip did: C0 drive power off at once, C1 needles retracted, then off."""

    NONE = 0
    C0 = 1
    C1 = 2


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
    SHAFT_SENSOR = 8
    BAR_SENSOR = 9
    STAGE_SENSOR = 10
    SUPPLY = 11
    PRESS = 12
    MOTOR_CURRENT = 13
    HEAT_SUM = 14
    NOSE_TEMPERATURE = 15
    HANDLE_TEMPERATURE = 16
    CHARGE = 17
    CARTRIDGE_LOCK = 18
    CARTRIDGE_TAG = 19
    DRIVE_FEEDBACK = 20
    WINDING_SHORT = 21
    HOLD_CONTACTS = 22
    ESTOP_CONTACTS = 23
    CLOCK = 24
    TICK = 25
    SELF_CHECK = 26
    CONFIGURATION = 27
    REPEATS = 28
    DEPTH_DIFFERENCE = 29
    CONTACT = 30
    RATE_DIFFERENCE = 31
    SHAFT_MOTION = 32
    RESTART = 33


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
    HOLD_LONG = 8
    WARM = 9
    BATTERY_LOW = 10
    CARTRIDGE_NEARLY_USED = 11
    REFERENCE_LOST = 12
    SESSION_DROPPED = 13
    MEMORY_FAILED = 14
    CARTRIDGE_GONE = 15


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
    VISIT_OPEN = 1024
    BUTTON_PRESSED = 2048
    CHARGING = 4096
    HOME_ONLY = 8192
    PROVED = 16384


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
    TELEMETRY_PERIOD = 34
    NOT_LATCHED = 35
    BUTTON_NOT_PRESSED = 36
    HOME_ONLY = 37
    TEST_BUILD = 38
    NO_VISIT = 39
    SELF_TEST_NEEDED = 40
    CARTRIDGE_NOT_LOCKED = 41
    CARTRIDGE_UNKNOWN = 42
    CARTRIDGE_EXPIRED = 43
    CARTRIDGE_OTHER_PERSON = 44
    CARTRIDGE_USED = 45
    CARTRIDGE_WORN = 46
    CARTRIDGE_TOO_DEEP = 47
    CALIBRATION_OVERDUE = 48
    CONFIGURATION_DAMAGED = 49
    MEMORY_FAILED = 50
    CHARGING = 51
    BATTERY_CRITICAL = 52
    TOO_WARM = 53
    LIFT_FIRST = 54
    NOT_PAIRED = 55
    WRONG_CODE = 56
    LOCKED_OUT = 57
    POWER_CYCLE_NEEDED = 58
    CALIBRATION_NEEDED = 59
    FIRMWARE_NOT_GENUINE = 60
    HOST_MISMATCH = 61
    DATE_INVALID = 62
    NO_SUCH_ENTRY = 63
    VISIT_OPEN = 64
    OUT_OF_RANGE = 65
    SUPPLY_LOW = 66
    CARTRIDGE_BINDING_FAILED = 67
    STOPPED = 68


class SelfTestCheck(IntEnum):
    """A check of the self-test; the number of the first that failed is told."""

    NONE = 0
    SUPPLY = 1
    HOLD_RELEASED = 2
    BAR_SENSOR = 3
    STAGE_SENSOR = 4
    SHAFT_SENSOR = 5
    DRIVE_OFF = 6
    CURRENT = 7
    TEMPERATURE = 8
    CLOCK = 9
    HOLD_CONTACTS = 10
    SHUT_OFF = 11
    SECOND_PATH = 12
    WINDING_SHORT = 13
    SOUNDER = 14
    NEEDLES_INSIDE = 15
    DEPTH_TRAVEL = 16
    REFERENCE = 17
    MEMORY = 18
    CONFIGURATION = 19
    FIRMWARE = 20
    CONTROLLER = 21
    PRESS_SENSOR = 22


class SelfCheckPart(IntEnum):
    """A part of the controller that the port checks again and again while the pen is on."""

    NONE = 0
    CPU = 1
    RAM = 2
    ROM = 3
    STACK = 4
    CONTROL_FLOW = 5


class RestartCause(IntEnum):
    """Why the controller started; only POWER_ON is a power cycle."""

    POWER_ON = 0
    WATCHDOG = 1
    BROWN_OUT = 2
    SOFTWARE = 3


class CartridgeBinding(IntEnum):
    """Whose the cartridge is, for the visit that is open; who that is, the pen never knows."""

    NONE = 0
    THIS_PERSON = 1
    OTHER_PERSON = 2
    UNKNOWN = 3


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
    Reason.TELEMETRY_PERIOD: ("period asked, µs", "minimum, µs"),
    Reason.CARTRIDGE_EXPIRED: ("date today, days since 2020", "sterile until, days since 2020"),
    Reason.CARTRIDGE_USED: ("visits", "visits allowed"),
    Reason.CARTRIDGE_WORN: ("uses or strokes", "most"),
    Reason.CARTRIDGE_TOO_DEEP: ("mechanical limit, µm", "cap of the mode, µm"),
    Reason.CALIBRATION_OVERDUE: ("days, or strokes, since calibration", "most"),
    Reason.BATTERY_CRITICAL: ("charge, permille", "least"),
    Reason.TOO_WARM: ("temperature, m°C", "must be below, m°C"),
    Reason.WRONG_CODE: ("tries left", ""),
    Reason.LOCKED_OUT: ("tries used", "tries allowed"),
    Reason.DATE_INVALID: ("date given, days since 2020", "latest date seen"),
    Reason.NO_SUCH_ENTRY: ("entry asked for", "entries"),
    Reason.OUT_OF_RANGE: ("value", "limit"),
    Reason.SUPPLY_LOW: ("supply, mV", "least, mV"),
    Reason.SELF_TEST_NOT_PASSED: ("number of the check", ""),
}
"""What `value` and `limit` of a RESPONSE hold for each reason; one that is missing here leaves both 0."""

WARNING_FIELDS: dict[Warning, tuple[str, str]] = {
    Warning.LIFT_HANDPIECE: ("needle bar, µm; -2147483648 no reading", ""),
    Warning.READY_TIMEOUT: ("armed for, s", "limit, s"),
    Warning.EVENTS_LOST: ("events lost", "room for"),
    Warning.COMMAND_REFUSED: ("type of the command", "reason"),
    Warning.C1_TIMEOUT: ("needle bar, µm; -2147483648 no reading", ""),
    Warning.SELF_TEST_FAILED: ("number of the check", ""),
    Warning.REFERENCE_FAILED: ("difference, µm", "limit, µm"),
    Warning.HOLD_LONG: ("held for, µs", "stops at, µs"),
    Warning.WARM: ("temperature, m°C", "warns above, m°C"),
    Warning.BATTERY_LOW: ("charge, permille", "warns below, permille"),
    Warning.CARTRIDGE_NEARLY_USED: ("use, this one counted", "uses allowed"),
    Warning.REFERENCE_LOST: ("stage less its steps, µm; 2147483647 no reading", "limit, µm"),
    Warning.SESSION_DROPPED: ("frames that were not genuine", "within, µs"),
    Warning.MEMORY_FAILED: ("kind of the record", ""),
}
"""What `value` and `limit` of EVENT_WARNING hold; a warning that is missing here leaves both 0."""

"""Every error says what happened, the value, the limit, and what to do next."""

from __future__ import annotations

import math
import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penctl import errors
from penctl.errors import HardwareFileError, PenError, Refused
from penctl.protocol import enums
from penctl.reason_words import HOST_ONLY_REASONS, REFUSALS

UNITS = {"", "um", "mHz", "ms", "us", "interlock", "day", "days", "permille", "mdegC", "mV"}
WIRE_REASONS = set(enums.Reason.__members__) - {"NONE"}


def test_every_reason_of_the_protocol_has_its_words_and_no_other() -> None:
    """Requirement: a refusal says what, value, limit and remedy whichever reason it has."""
    assert set(REFUSALS) == WIRE_REASONS | HOST_ONLY_REASONS


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_the_words_of_a_reason_use_only_what_there_is(reason: str) -> None:
    """Requirement: the templates fill without a rest, and the remedy is a sentence of its own."""
    refusal = REFUSALS[reason]
    for template in (refusal.what, refusal.remedy):
        fields = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
        assert fields <= {"value", "limit"}
    text = str(Refused(reason, 1, 2))
    assert "{" not in text
    assert text.count(". ") >= 1
    assert text.endswith(".")


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_units_are_known_ones(reason: str) -> None:
    """Requirement: a unit that is the name of an enum is one of the protocol's."""
    unit = REFUSALS[reason].unit
    assert unit in UNITS or hasattr(enums, unit)


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (Refused("DEPTH_ABOVE_LIMIT", 2501, 2500), ("2.501 mm", "2.500 mm", "at most 2.500 mm")),
        (Refused("DEPTH_ABOVE_LIMIT", 251, 250), ("0.251 mm", "at most 0.250 mm")),
        (Refused("RATE_BELOW_LIMIT", 0, 50_000), ("0 Hz", "at least 50 Hz")),
        (Refused("RATE_ABOVE_LIMIT", 10_000_000, 150_000), ("10000 Hz", "150 Hz")),
        (Refused("EXPIRED", 260, 200), ("260 ms", "200 ms")),
        (Refused("EXPIRED", -4, 200), ("has not come yet, by 4 ms", "Ask for the status")),
        (Refused("LATCHED", 7), ("IL-07",)),
        (Refused("ROLE", enums.Role.OPERATOR, enums.Role.CLINICIAN), ("operator", "clinician")),
        (
            Refused(enums.Reason.WRONG_STATE, enums.State.SELF_TEST, enums.State.STANDBY),
            ("self test", "standby"),
        ),
        (Refused("INCREASE_WHILE_RUNNING", 1500, 1000, unit="um"), ("1.500 mm", "1.000 mm")),
        (Refused("CARTRIDGE_EXPIRED", 2281, 2280), ("31 Mar 2026", "30 Mar 2026")),
        (Refused("DATE_INVALID", -1, 2280), ("day -1", "30 Mar 2026")),
        (Refused("BATTERY_CRITICAL", 45, 50), ("4.5 %", "5 %")),
        (Refused("TOO_WARM", 43_250, 40_000), ("43.2 °C", "40.0 °C")),
        (Refused("SUPPLY_LOW", 5_900, 6_000), ("5.90 V", "6.00 V")),
        (Refused("CARTRIDGE_TOO_DEEP", 2_500, 250), ("2.500 mm", "0.250 mm")),
        (Refused("SELF_TEST_NOT_PASSED", 11), ("check 11", "removes drive power", "emergency stop")),
        (Refused("SELF_TEST_NOT_PASSED", 0), ("has not passed", "Run the self-test")),
        (Refused("NOT_A_NUMBER", math.nan), ("nan",)),
        (Refused("NOT_A_NUMBER", "deep"), ("'deep'",)),
        (Refused("DEPTH_ABOVE_LIMIT", 2500.4, 2500), ("Depth 2.5004 mm is above the limit of 2.500 mm",)),
        (Refused("RATE_BELOW_LIMIT", 49_999.5, 50_000), ("49.9995 Hz is below the limit of 50 Hz",)),
        (Refused("DEPTH_ABOVE_LIMIT", 10**400, 2500), ("far out of range", "2.500 mm")),
        (Refused("SOMETHING_NEW", 1, 2), ("SOMETHING_NEW", "Update")),
    ],
)
def test_a_refusal_reads_in_a_persons_units(refused: Refused, words: tuple[str, ...]) -> None:
    """Requirement: mm, Hz and names, never bare numbers of the wire."""
    for word in words:
        assert word in str(refused)


def test_a_refusal_keeps_reason_value_limit_and_remedy() -> None:
    """Requirement: a script reads reason, value, limit and remedy; the reason is a name."""
    refused = Refused(enums.Reason.DEPTH_ABOVE_LIMIT, 2501, 2500, layer="host")
    assert (refused.reason, refused.value, refused.limit, refused.layer) == (
        "DEPTH_ABOVE_LIMIT",
        2501,
        2500,
        "host",
    )
    assert refused.remedy == "Set a depth of at most 2.500 mm"
    assert Refused("BUSY", remedy="Wait two seconds").remedy == "Wait two seconds"


@given(
    st.sampled_from(sorted(REFUSALS)),
    st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans(), st.lists(st.integers())),
    st.one_of(st.none(), st.integers(), st.floats()),
)
def test_any_value_can_be_refused(reason: str, value: object, limit: object) -> None:
    """Requirement: making an error message never fails, whatever was asked for."""
    assert str(Refused(reason, value, limit)).endswith(".")


EXAMPLES: list[PenError] = [
    PenError("it broke", 3, 2, "mend it"),
    Refused("DEPTH_ABOVE_LIMIT", 2501, 2500, layer="host"),
    errors.LinkLost("The port pensim:// is gone", value="closed"),
    errors.LinkLost(),
    errors.DeviceGarbage("40 bytes"),
    errors.VersionMismatch(2, 1),
    errors.MessagesMismatch("0badc0de", "600dc0de"),
    errors.LimitsMismatch("00", "ff"),
    errors.BadProof(),
    errors.PortError("The port could not be opened", value="/dev/x", remedy="Check the name"),
    errors.PortNotFound("/dev/x", known="/dev/ttyUSB0"),
    errors.PortInUse("/dev/x"),
    errors.PortPermission("/dev/x"),
    errors.PortUrlInvalid("nonsense://"),
    HardwareFileError("limits.toml", "mode[HOME].depth_max_um", 300, "an integer from 0 to 250"),
    errors.ClockMisuse("reader", "main"),
    errors.SelfTestFailed(3),
    errors.ReferenceFailed(60, 50),
    errors.Unfinished("RUN was not reached", value="READY", limit="1 s"),
    errors.RecordingError(
        "nothing to plot", value="a recording without telemetry", remedy="record a longer run"
    ),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_says_what_to_do_and_survives_a_copy(error: PenError) -> None:
    """Requirement: every error has a remedy, and passes between processes unchanged."""
    assert error.remedy
    assert error.remedy.rstrip(".") in str(error) or error.remedy.capitalize().rstrip(".") in str(error)
    if error.value is not None and not isinstance(error, Refused):
        assert str(error.value) in str(error)
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own bytes)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


def test_an_older_pen_and_an_older_program_are_told_apart() -> None:
    """Requirement: a version mismatch shows both versions and which side to update."""
    assert "update penctl on this computer" in str(errors.VersionMismatch(2, 1))
    assert "update the pen's firmware" in str(errors.VersionMismatch(1, 2))


def test_a_file_name_at_the_start_of_an_error_keeps_its_case() -> None:
    """Requirement: a path can be copied out of the message."""
    assert str(HardwareFileError("limits.toml", "schema", 2, "1")).startswith(
        "limits.toml, schema: 2 (allowed: 1)."
    )

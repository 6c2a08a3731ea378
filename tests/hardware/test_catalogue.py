"""The interlock catalogue as data."""

from __future__ import annotations

import pytest

from penctl import hardware
from penctl.protocol import enums

CATALOGUE = hardware.load_interlocks()
BY_HOST = {24, 25, 41, 43}
BY_HARDWARE = {31}
NOT_FITTED = {24, 36, 37}
BUILT = set(range(1, 46)) - BY_HOST - BY_HARDWARE - NOT_FITTED


def test_the_catalogue_is_whole() -> None:
    """Requirement: 45 interlocks, IL-01 to IL-45, each once, in order."""
    assert list(CATALOGUE) == list(range(1, 46))
    assert [each.id for each in CATALOGUE.values()] == [f"IL-{number:02d}" for number in range(1, 46)]
    assert len({each.name for each in CATALOGUE.values()}) == 45


def test_every_interlock_of_the_firmware_is_built_unless_it_has_no_sensor() -> None:
    """Requirement: what the firmware holds is built; what the pen has no sensor for is not claimed."""
    firmware = {number for number, each in CATALOGUE.items() if each.held_by == "firmware"}
    assert {number for number in firmware if CATALOGUE[number].built} == BUILT
    assert {number for number, each in CATALOGUE.items() if not each.fitted} == NOT_FITTED
    assert {number for number, each in CATALOGUE.items() if each.held_by == "host"} == BY_HOST
    assert {number for number, each in CATALOGUE.items() if each.held_by == "hardware"} == BY_HARDWARE


def test_a_row_that_the_firmware_does_not_hold_says_where() -> None:
    """Requirement: rows of the host, of the hardware and without a sensor say what holds them."""
    assert [number for number in BY_HOST | BY_HARDWARE | NOT_FITTED if not CATALOGUE[number].where] == []


@pytest.mark.parametrize(
    ("number", "stop", "latch", "reaction_us"),
    [
        (1, "C0", True, 10_000),
        (2, "C1", False, 50_000),
        (7, "C0", True, 10_000),
        (11, "C0", True, 60_000),
        (26, "C1", True, 300_000),
        (28, "NONE", False, 0),
        (4, "C0", True, 210_000),
        (5, "C0", True, 10_000),
        (8, "C0", True, 60_000),  # three strokes, which last 60 ms at 50 Hz; 30 ms from 100 Hz on
        (9, "C0", True, 20_000),
        (12, "C1", False, 250_000),
        (13, "C0", True, 60_000),
        (14, "C0", True, 1_000),
        (15, "C0", True, 30_000),
        (16, "C1", False, 1_000_000),
        (17, "C0", True, 5_000),
        (19, "C0", True, 20_000),
        (23, "C1", False, 2_100_000),
        (32, "C0", True, 10_000),
        (45, "C0", True, 60_000),  # the same
    ],
)
def test_the_built_interlocks_stop_and_latch_as_specified(
    number: int, stop: str, latch: bool, reaction_us: int
) -> None:
    """Requirement: stop, latch and longest reaction time, as literals."""
    interlock = CATALOGUE[number]
    assert (interlock.stop, interlock.latch, interlock.reaction_us) == (stop, latch, reaction_us)


def test_thresholds_of_the_built_interlocks_are_the_specified_ones() -> None:
    """Requirement: over-travel 0.10 mm above the set depth, overspeed 10 % for 50 ms, silence 250 ms."""
    assert CATALOGUE[7]["set_margin_um"] == 100
    assert (CATALOGUE[11]["over_set_permille"], CATALOGUE[11]["window_us"]) == (100, 50_000)
    assert (CATALOGUE[26]["heartbeat_period_us"], CATALOGUE[26]["timeout_us"]) == (50_000, 250_000)


@pytest.mark.parametrize("interlock", CATALOGUE.values(), ids=lambda each: each.id)
def test_each_interlock_explains_itself_to_a_clinician(interlock: hardware.Interlock) -> None:
    """Requirement: a trip shows cause and remedy in whole sentences, with no placeholder left."""
    for text in (interlock.cause, interlock.remedy):
        assert text.endswith(".")
        assert text[0].isupper()
    for text in (interlock.trigger, interlock.cause, interlock.remedy):
        assert "{" not in text
    assert interlock.mark is hardware.Mark.DECIDED


@pytest.mark.parametrize("interlock", CATALOGUE.values(), ids=lambda each: each.id)
def test_each_parameter_is_named_in_the_trigger(interlock: hardware.Interlock) -> None:
    """Requirement: every threshold shows where the interlock is explained."""
    for parameter in interlock.parameters.values():
        assert parameter.text in interlock.trigger + interlock.cause


def test_reasons_are_the_words_of_the_protocol() -> None:
    """Requirement: an interlock that refuses shows itself by reasons that exist on the wire."""
    for each in CATALOGUE.values():
        assert [name for name in each.reasons if name not in enums.Reason.__members__] == []
        if each.stop == "INHIBIT" and each.held_by == "firmware":
            assert each.reasons, each.id


def test_stops_are_the_words_of_the_protocol() -> None:
    """Requirement: one word for a stop, in catalogue and on the wire; a refusal to start trips nothing."""
    from penctl.hardware.interlocks import STOPS

    assert set(STOPS) == set(enums.StopKind.__members__) | {"INHIBIT"}


def test_high_priority_is_only_for_lifting_the_handpiece() -> None:
    """Requirement: HIGH is kept for "lift the handpiece now"; everything else has stopped by itself."""
    high = {n for n, each in CATALOGUE.items() if "HIGH" in (each.priority, each.priority_not_clear)}
    assert high == {5, 7, 13}
    assert all("Lift the handpiece" in CATALOGUE[number].remedy for number in high)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("set_margin_um", 100, "0.1 mm"),
        ("window_us", 50_000, "50 ms"),
        ("timeout_us", 120_000_000, "120 s"),
        ("over_set_permille", 100, "10 %"),
        ("strokes_count", 3, "3"),
        ("ramp_um_per_s", 4000, "4 mm/s"),
        ("nose_stop_mdegc", 43_000, "43 °C"),
        ("strokes_count", 400000, "400,000"),
        ("strokes_count", 50000000, "50,000,000"),
    ],
)
def test_a_threshold_reads_in_a_persons_units(name: str, value: int, text: str) -> None:
    """Requirement: thresholds are shown in mm, ms, s and percent."""
    assert hardware.Parameter(name, value).text == text

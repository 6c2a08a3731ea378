"""Visits: what travels of a person, when a visit is opened, and that it is taken up again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from penctl.errors import PenError, Refused
from penctl.host_folder import HostFolderError, clinic_salt
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Reason, State
from penctl.visit import day_number, person_hash

NAME = "Patient 4711"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own."""
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _pen(foreign: Any) -> Pen:
    foreign.device.status["flags"] |= int(Flags.SELF_TEST_PASSED | Flags.STAGE_IN_POSITION)
    pen = Pen(foreign.transport)
    pen.open_session()
    pen.set_mode("clinical")
    return pen


def _sent(foreign: Any, name: str) -> list[Any]:
    return [message for message in foreign.device.commands if message.name == name]


def test_a_name_never_leaves_the_host(foreign: Any) -> None:
    """IL-21, H: the pen and the cartridge get a salted hash, and no byte of the name."""
    pen = _pen(foreign)
    foreign.port.written = b""
    visit = pen.begin_visit(NAME)
    [sent] = _sent(foreign, "BEGIN_VISIT")
    assert len(sent["person"]) == 16
    assert NAME.encode() not in foreign.port.written
    assert b"4711" not in foreign.port.written
    assert visit.person == NAME


def test_hashes_on_two_cartridges_cannot_be_linked_and_the_same_person_is_known_again(foreign: Any) -> None:
    """Contract: the hash is salted with the cartridge's number besides the clinic's salt."""
    pen = _pen(foreign)
    pen.begin_visit(NAME)
    pen.begin_visit("  Patient   4711 ")
    foreign.device.cartridge["cartridge_id"] = 78
    pen.begin_visit(NAME)
    pen.begin_visit("Patient 4712")
    first, again, elsewhere, another = (message["person"] for message in _sent(foreign, "BEGIN_VISIT"))
    assert first == again
    assert len({first, elsewhere, another}) == 3


def test_two_clinics_hash_the_same_person_differently() -> None:
    """The salt of a clinic keeps its hashes from being tried against a list of names."""
    assert person_hash(NAME, 77, bytes(32)) != person_hash(NAME, 77, bytes(31) + b"\1")


def test_the_salt_of_the_clinic_is_drawn_once_and_kept_private(folder: Path) -> None:
    """The salt lies in the host's data folder, readable by its user only."""
    salt = clinic_salt()
    assert len(salt) == 32
    assert clinic_salt() == salt
    assert (folder / "clinic.salt").stat().st_mode & 0o777 == 0o600


def test_a_salt_that_others_may_read_is_refused_with_the_command_that_mends_it(folder: Path) -> None:
    """Bad input: a folder copied with loose permissions."""
    clinic_salt()
    (folder / "clinic.salt").chmod(0o644)
    with pytest.raises(HostFolderError, match="chmod 600"):
        clinic_salt()


def test_a_damaged_salt_is_refused_and_not_replaced(folder: Path) -> None:
    """A new salt would make every cartridge another person's."""
    folder.mkdir()
    (folder / "clinic.salt").write_bytes(b"short")
    (folder / "clinic.salt").chmod(0o600)
    with pytest.raises(HostFolderError, match="5 bytes"):
        clinic_salt()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad input: the data folder's name is a file's."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "file"))
    with pytest.raises(HostFolderError, match="PENCTL_DATA"):
        clinic_salt()


def test_a_simulated_pen_leaves_the_data_folder_alone(foreign: Any, folder: Path) -> None:
    """A run in virtual time is a function of its seed, and of nothing on this computer."""
    _pen(foreign).begin_visit(NAME)
    assert not folder.exists()


def test_arming_opens_an_anonymous_visit_and_keeps_the_setpoints_of_this_arming(foreign: Any) -> None:
    """Contract: arm() opens a visit by itself when none is open; another visit clears the setpoints."""
    pen = _pen(foreign)
    pen.set_depth_um(1000)
    pen.set_rate_hz(110)
    foreign.device.status |= {"depth_set_um": -1, "rate_set_mhz": -1}
    pen.command("GET_STATUS")
    with pytest.raises(Exception, match="READY"):
        pen.arm()
    names = [message.name for message in foreign.device.commands]
    assert names.index("BEGIN_VISIT") < names.index("ARM")
    assert [message["depth_um"] for message in _sent(foreign, "SET_DEPTH")] == [1000, 1000]
    assert [message["rate_mhz"] for message in _sent(foreign, "SET_RATE")] == [110_000, 110_000]


def test_setpoints_of_one_visit_are_not_carried_into_the_next(foreign: Any) -> None:
    """Hazard: depth carried over from the zone or the person before."""
    pen = _pen(foreign)
    pen.set_depth_um(1000)
    pen.begin_visit(NAME)
    foreign.device.status |= {"depth_set_um": -1, "rate_set_mhz": -1}
    with pytest.raises(Exception, match="READY"):
        pen.arm()
    assert len(_sent(foreign, "SET_DEPTH")) == 1


def test_arming_in_an_open_visit_opens_no_other(foreign: Any) -> None:
    """A visit that another program has opened on this pen goes on."""
    pen = _pen(foreign)
    foreign.device.status["flags"] |= int(Flags.VISIT_OPEN)
    with pytest.raises(Exception, match="READY"):
        pen.arm()
    assert not _sent(foreign, "BEGIN_VISIT")


def test_a_new_cartridge_in_a_visit_gets_the_persons_hash_of_its_own(foreign: Any) -> None:
    """The hash on a cartridge is made for it: the visit is told again, with the same number."""
    pen = _pen(foreign)
    visit = pen.begin_visit(NAME)
    foreign.device.status["flags"] |= int(Flags.VISIT_OPEN)
    foreign.device.cartridge["cartridge_id"] = 99
    with pytest.raises(Exception, match="READY"):
        pen.arm()
    first, second = _sent(foreign, "BEGIN_VISIT")
    assert first["visit_id"] == second["visit_id"] == visit.raw_id
    assert first["person"] != second["person"]


def test_a_new_link_session_takes_the_visit_up_again(foreign: Any) -> None:
    """Contract: after power-off the host repeats BEGIN_VISIT with the same number; nothing is consumed."""
    pen = _pen(foreign)
    visit = pen.begin_visit(NAME)
    pen.wait(0.1)
    pen.open_session()
    assert [message["visit_id"] for message in _sent(foreign, "BEGIN_VISIT")] == [visit.raw_id] * 2
    foreign.device.status["flags"] |= int(Flags.VISIT_OPEN)
    pen.open_session()
    assert len(_sent(foreign, "BEGIN_VISIT")) == 2


def test_a_visit_that_was_ended_is_not_taken_up_again(foreign: Any) -> None:
    """After end_visit nothing of it is left in this program."""
    pen = _pen(foreign)
    pen.begin_visit(NAME)
    pen.end_visit()
    assert pen.visit is None
    pen.open_session()
    assert len(_sent(foreign, "BEGIN_VISIT")) == 1


def test_the_number_and_the_day_of_a_visit_travel_as_given(foreign: Any) -> None:
    """Another program takes a visit up by its number."""
    pen = _pen(foreign)
    visit = pen.begin_visit(NAME, visit_id="00112233AABBCCDD", day=date(2026, 3, 31))
    [sent] = _sent(foreign, "BEGIN_VISIT")
    assert sent["visit_id"].hex() == "00112233aabbccdd" == visit.visit_id
    assert sent["day"] == 2281 == day_number(date(2026, 3, 31))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"person": ""}, "pseudonym is empty"),
        ({"person": " \t"}, "pseudonym is empty"),
        ({"person": 7}, "no pseudonym"),
        ({"visit_id": "7"}, "16 hexadecimal digits"),
        ({"visit_id": "zz" * 8}, "16 hexadecimal digits"),
        ({"visit_id": b"12345678"}, "16 hexadecimal digits"),
        ({"day": date(2019, 12, 31)}, "date"),
        ({"day": "2026-01-01"}, "no date"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_before_anything_is_sent(
    foreign: Any, given: dict[str, Any], words: str
) -> None:
    """Bad input: our words, and nothing on the wire."""
    pen = _pen(foreign)
    with pytest.raises(PenError, match=words):
        pen.begin_visit(**given)
    assert not _sent(foreign, "BEGIN_VISIT")


def test_a_pen_that_refuses_the_visit_is_told_by_arming(foreign: Any) -> None:
    """The first refusal is the one to tell; nothing is armed."""
    pen = _pen(foreign)
    foreign.device.refuse["BEGIN_VISIT"] = (Reason.DATE_INVALID, 2000, 2281)
    with pytest.raises(Refused, match="31 Mar 2026"):
        pen.arm()
    assert not _sent(foreign, "ARM")


def test_in_other_states_arming_is_refused_by_the_pen_itself(foreign: Any) -> None:
    """No visit is begun in READY: ARM is refused, and says why."""
    pen = _pen(foreign)
    foreign.device.status["state"] = State.READY
    foreign.device.refuse["ARM"] = (Reason.ALREADY_ARMED, 0, 0)
    with pytest.raises(Refused, match="already armed"):
        pen.arm()
    assert not _sent(foreign, "BEGIN_VISIT")

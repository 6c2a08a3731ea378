"""Pairings of this computer: where they lie, who may read them, and what a damaged one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penctl.host_folder import HostFolderError
from penctl.key_store import FilePlace, KeyStore, NotPaired, Pairing, RingPlace
from penctl.keys import PROVISIONING_KEY
from penctl.pen import Pen
from penctl.protocol.enums import Role

KEY = bytes(range(32))
PAIRING = Pairing("PEN-0001", Role.CLINICIAN, 3, KEY)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own, and no key ring."""
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("penctl.key_store.system_ring", lambda: None)
    return tmp_path / "data"


class Ring:
    """A key ring in memory; `locked` makes it fail."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise RuntimeError("locked")

    def get_password(self, service: str, entry: str) -> str | None:
        self._check()
        return self.kept.get(entry)

    def set_password(self, service: str, entry: str, text: str) -> None:
        self._check()
        self.kept[entry] = text

    def delete_password(self, service: str, entry: str) -> None:
        self._check()
        del self.kept[entry]


def test_a_pairing_is_kept_for_its_user_only_and_found_again(folder: Path) -> None:
    """Contract: without a key ring a file with mode 0600 in the data folder."""
    KeyStore().keep(PAIRING)
    assert KeyStore().find("PEN-0001", Role.CLINICIAN) == PAIRING
    assert KeyStore().find("PEN-0001", Role.SERVICE) is None
    assert KeyStore().find("PEN-0002", Role.CLINICIAN) is None
    assert (folder / "pairings.json").stat().st_mode & 0o777 == 0o600
    assert not list(folder.glob("*.part"))


def test_a_pairing_is_forgotten(folder: Path) -> None:
    """`penctl unpair` leaves nothing here."""
    store = KeyStore()
    store.keep(PAIRING)
    assert store.forget("PEN-0001", Role.CLINICIAN)
    assert not store.forget("PEN-0001", Role.CLINICIAN)
    assert KEY.hex() not in (folder / "pairings.json").read_text()


def test_a_key_ring_goes_before_the_file(folder: Path) -> None:
    """Contract: the system's key ring when there is one."""
    ring = Ring()
    KeyStore([RingPlace(ring), FilePlace()]).keep(PAIRING)
    assert KeyStore([RingPlace(ring)]).find("PEN-0001", Role.CLINICIAN) == PAIRING
    assert not folder.exists()


def test_a_locked_key_ring_is_told_when_something_is_to_be_kept(folder: Path) -> None:
    """Never silently into another place than said."""
    ring = Ring()
    ring.locked = True
    with pytest.raises(HostFolderError, match="key ring did not take"):
        KeyStore([RingPlace(ring), FilePlace()]).keep(PAIRING)


def test_a_key_is_not_printed() -> None:
    """A pairing may be shown or logged; its key may not."""
    assert KEY.hex() not in repr(PAIRING)
    assert "CLINICIAN" in repr(PAIRING)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"a": 1}', '{"PEN-0001 CLINICIAN": "{}"}', '{"PEN-0001 CLINICIAN": "7"}'],
    ids=repr,
)
def test_a_damaged_file_says_what_to_do(folder: Path, content: str) -> None:
    """Bad input: never a traceback, and never taken for "not paired"."""
    folder.mkdir()
    (folder / "pairings.json").write_text(content)
    (folder / "pairings.json").chmod(0o600)
    with pytest.raises(HostFolderError, match="damaged"):
        KeyStore().find("PEN-0001", Role.CLINICIAN)


def test_a_file_that_others_may_read_is_refused(folder: Path) -> None:
    """A secret that others could read is not used as one."""
    KeyStore().keep(PAIRING)
    (folder / "pairings.json").chmod(0o640)
    with pytest.raises(HostFolderError, match="chmod 600"):
        KeyStore().find("PEN-0001", Role.CLINICIAN)


def test_a_simulated_pen_needs_no_pairing(foreign: Any, folder: Path) -> None:
    """Contract: simulated pens keep the provisioning key; slot 1 is the clinician's."""
    pen = Pen(foreign.transport)
    assert pen.simulated
    pen.open_session()
    assert (pen._pairing().key, pen._pairing().slot) == (PROVISIONING_KEY, 1)
    assert not folder.exists()


@pytest.mark.parametrize("act", ["open_session", "listen"])
def test_a_real_pen_without_a_pairing_says_how_to_pair(
    foreign: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Contract: a pen that is no simulated one uses the key store, filled by `penctl pair`."""
    monkeypatch.setattr(Pen, "simulated", property(lambda pen: False))
    pen = Pen(foreign.transport, role="service")
    with pytest.raises(NotPaired, match="penctl pair PORT --role service"):
        getattr(pen, act)()


def test_a_real_pen_is_opened_with_the_key_that_is_kept(
    foreign: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slot of the pairing is named in OPEN_SESSION, and its key proves the link session."""
    monkeypatch.setattr(Pen, "simulated", property(lambda pen: False))
    KeyStore().keep(Pairing("FOREIGN-0001", Role.CLINICIAN, 3, PROVISIONING_KEY))
    pen = Pen(foreign.transport)
    pen.open_session()
    assert pen.session_open
    assert pen._connection.link._session._slot == 3


def test_pairing_gives_key_slot_and_role(foreign: Any) -> None:
    """PAIR with the code and the name of this computer, filled up with zeros."""
    pen = Pen(foreign.transport)
    pairing = pen.pair("service", "AB12", "desk")
    [sent] = [message for message in foreign.device.commands if message.name == "PAIR"]
    assert (sent["role"], sent["code"], sent["host_name"]) == (
        Role.SERVICE,
        b"AB12" + bytes(12),
        b"desk" + bytes(12),
    )
    assert pairing == Pairing("FOREIGN-0001", Role.SERVICE, 3, KEY)

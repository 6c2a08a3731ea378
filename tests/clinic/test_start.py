"""The first screen, and records that cannot be opened: a sentence in its place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from penctl.errors import PenError
from penctl.records import create_store, open_store
from pengui import app
from pengui.clinic.start import Start, records_at


@pytest.fixture
def start(qapp):
    told = []

    def refuse(where, passphrase):
        told.append((where, passphrase))
        raise PenError("There are no records", where, remedy="Choose another file")

    made = Start(lambda: told.append("practise"), refuse, lambda: told.append("console"))
    made.show()
    yield made, told
    made.close()
    made.deleteLater()


def test_the_simulated_clinic_is_one_click_away(start):
    """Issue 7: with no pen connected the simulated one is offered in one click."""
    window, told = start
    window.practise_button.click()
    assert told == ["practise"]
    assert not window.isVisible()


def test_records_that_cannot_be_opened_are_told_in_their_place(start):
    """Bad input: no file, another file; the passphrase is forgotten either way."""
    window, told = start
    window.open_button.click()
    assert "Which records?" in window.refusal.text()
    window.path.setText("nowhere.penctl")
    window.passphrase.setText("secret words")
    window.open_button.click()
    assert told == [("nowhere.penctl", "secret words")]
    assert "no records: nowhere.penctl" in window.refusal.text()
    assert window.passphrase.text() == ""
    assert window.isVisible()


def test_real_records_that_cannot_be_opened_are_told_in_their_place(qapp, slots, tmp_path):
    """Bad input: no file, a folder, a text, another passphrase, no server; then the right ones."""
    where, opened = tmp_path / "clinic.penctl", []
    options = {"simulated": True, "time_zone": "UTC", "memory_kib": 1024}
    create_store(where, key="a long passphrase", admin=("chief", "chief-secret"), **options).close()
    (tmp_path / "letter.txt").write_text("Dear patient, " * 500)
    window = Start(list, lambda path, key: opened.append(open_store(records_at(path), key=key or None)), list)
    window.show()
    for path, passphrase, words in (
        (" ", "", "Which records?"),
        ("nowhere.penctl", "x", "cannot be reached: nowhere.penctl"),
        ("😀\n.penctl", "x", "cannot be reached"),
        (str(tmp_path), "x", "cannot be reached"),
        (str(tmp_path / "letter.txt"), "x", "does not open the records"),
        (str(where), "another passphrase", "does not open the records"),
        ("postgresql://somebody:secret@127.0.0.1:1/records", "x", "cannot be reached"),
    ):
        window.path.setText(path)
        window.passphrase.setText(passphrase)
        QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
        assert words in window.refusal.text(), path
        assert "secret" not in window.refusal.text()
        assert window.path.text().strip() == path.strip(), "what was typed stays"
        assert window.isVisible()
    window.path.setText(f"  {where} ")
    window.passphrase.setText("a long passphrase")
    for _ in range(5):  # Enter that is held opens them once
        QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
    assert len(opened) == 1
    assert not window.isVisible()
    opened[0].close()
    window.deleteLater()


def test_missing_packages_are_named(monkeypatch):
    """An installation without the extra says which one, and shows no traceback."""

    def missing(name):
        raise ImportError("no", name="sqlalchemy")

    monkeypatch.setattr(app.importlib, "import_module", missing)
    with pytest.raises(PenError, match=r"sqlalchemy.*penctl\[records\]"):
        app._check_records()


def test_new_records_are_made_on_the_first_screen(qapp, tmp_path):
    """Issue 7: nothing that was typed is lost by a refusal; the admin signs in to what was made."""
    where = tmp_path / "clinic.penctl"
    made = []

    def make(wanted):
        admin = (wanted.admin, wanted.password)
        options = {"simulated": wanted.simulated, "time_zone": wanted.time_zone, "memory_kib": 1024}
        made.append(create_store(where, key=wanted.passphrase, admin=admin, **options))

    window = Start(list, list, list, make=make)
    window.show()
    window.new_button.click()
    page = window.new
    for line, text, words in (
        (page.admin, "chief", "not said where the records are kept"),
        (page.path, str(where), "records are for is not said"),
        (page.passphrase.first, "a long passphrase", "Passphrase of the records: the two differ"),
        (page.passphrase.again, "a long passphrase", "too short"),
        (page.password.first, "chief-secret", "Password of the admin: the two differ"),
        (page.zone, "Nowhere", "differ"),
        (page.password.again, "chief-secret", "Nowhere"),
    ):
        line.setText(text)
        page.make_button.click()
        assert words in page.refusal.text()
        assert not made
        if line is page.path:
            page.kind.choose("simulated")
    assert page.passphrase.first.text() == "a long passphrase"
    page.zone.setText("Europe/Berlin")
    page.make_button.click()
    assert page.refusal.text() == ""
    assert not window.isVisible()
    assert made[0].sign_in("chief", "chief-secret").user.role.name == "ADMIN"
    made[0].close()
    window.deleteLater()

"""The first screen, and records that cannot be opened: a sentence in its place."""

from __future__ import annotations

import pytest

from penctl.errors import PenError
from pengui import app
from pengui.clinic.start import Start


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


def test_missing_packages_are_named(monkeypatch):
    """An installation without the extra says which one, and shows no traceback."""

    def missing(name):
        raise ImportError("no", name="sqlalchemy")

    monkeypatch.setattr(app.importlib, "import_module", missing)
    with pytest.raises(PenError, match=r"sqlalchemy.*penctl\[records\]"):
        app._check_records()

"""`penctl records` on the command line: what it makes, shows and refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from penctl import cli
from penctl.records import users


class Line:
    """The command line with secrets on a pipe."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: str
    ) -> None:
        self._monkeypatch, self._capsys, self.store = monkeypatch, capsys, store

    def __call__(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.main(["records", *arguments, "--store", self.store])
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def told(self, *arguments: str, typed: str = "") -> Any:
        code, out, err = self(*arguments, "--json", typed=typed)
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What argon2id costs is no part of these tests."""
    monkeypatch.setattr("penctl.records.keys.MEMORY_KIB", 64)
    cheap = users.hasher(64)
    monkeypatch.setattr("penctl.records.users.hasher", lambda memory_kib: cheap)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Line:
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("penctl.records.keys.system_ring", lambda: None)
    return Line(monkeypatch, capsys, str(tmp_path / "records.db"))


def test_records_are_made_and_worked_with(line: Line) -> None:
    """Contract: `penctl records init | users | patients | open-visits | verify | upgrade`."""
    made = line.told(
        "init", "--admin", "admin", "--time-zone", "Europe/Berlin", typed="long passphrase\nadmin pass\n"
    )
    assert (made["simulated"], made["time_zone"]) == (False, "Europe/Berlin")
    arguments = ("users", "--user", "admin", "--add", "dora", "--role", "clinician")
    users = line.told(*arguments, typed="long passphrase\nadmin pass\ndora password\n")["users"]
    assert [(one["name"], one["role"]) for one in users] == [("admin", "admin"), ("dora", "clinician")]
    dora = "long passphrase\ndora password\n"
    added = line.told("patients", "--user", "dora", "--add", "--name", "Ada", typed=dora)["patients"]
    assert line.told("patients", "ada", "--user", "dora", typed=dora)["patients"] == added
    assert line.told("open-visits", "--user", "dora", typed=dora) == {"visits": []}
    assert line.told("upgrade", typed=dora) == {"before": "0001", "after": "0001"}
    _note(line, added[0]["pseudonym"], dora)
    code, out, err = line("verify", typed=dora)
    assert (code, err) == (0, "")
    assert "All is as it was written." in out
    assert made["public_key"] in out
    last = out.split("Last row   ")[1].split()[0]
    assert line("verify", "--noted", last, typed=dora)[0] == 0
    code, out, _ = line("verify", "--noted", f"9999:{'0' * 64}", "--noted", f"1:{'0' * 64}", typed=dora)
    assert code == 1
    assert "TRUNCATED: row 9999" in out
    assert "CHANGED: row 1:" in out


def _note(line: Line, patient: str, typed: str) -> None:
    """What is noted beside visits is listed again, and stands in the trail."""
    user = ("--user", "dora")
    told = line.told(
        "elsewhere",
        patient,
        "--zone",
        "vertex",
        "--at",
        "2024-06-01",
        "--depth",
        "0.5 mm",
        *user,
        typed=typed,
    )
    assert [(one["zone"], one["depth_um"], one["tool"]) for one in told["elsewhere"]] == [
        ("VERTEX", 500, "UNKNOWN")
    ]
    told = line.told(
        "outcomes",
        patient,
        "--zone",
        "vertex",
        "--measure",
        "thickness_um",
        "--value",
        "61.5",
        *user,
        typed=typed,
    )
    assert [(one["measure"], one["value"]) for one in told["outcomes"]] == [("THICKNESS_UM", 61.5)]
    assert [(one["id"], one["treated"], one["control"]) for one in told["published"]] == [("O-08", 18, 6)]
    measure = ("outcomes", patient, "--zone", "vertex", "--measure", "thickness_um", *user)
    line.told(*measure, "--value", "63", typed=typed)
    told = line.told(*measure, "--value", "60", "--on", "2026-01-01", typed=typed)["outcomes"]
    assert [(one["value"], one["change"]) for one in told] == [(60, 0), (63, 3)], "63 corrects 61.5"
    line.told("adverse", patient, "--kind", "redness", "--severity", "1", *user, typed=typed)
    assert line.told("adverse", *user, typed=typed)["adverse"][0]["patient"] == patient
    line.told(
        "rule",
        "R-07",
        "10",
        "--why",
        "our practice",
        "--user",
        "admin",
        typed="long passphrase\nadmin pass\n",
    )
    rows = line.told("trail", "clinic_rules", *user, typed=typed)["rows"]
    assert [(row["user_id"], row["entity_id"], row["why"]) for row in rows] == [
        ("admin", "R-07", "our practice")
    ]
    for bad in (
        ("elsewhere", patient, "--zone", "vertex", "--at", "2024-06-01", "--depth", "0,5 mm"),
        ("elsewhere", patient, "--zone", "vertex", "--at", "yesterday"),
        ("elsewhere", patient, "--zone", "nose", "--at", "2024-06-01"),
        ("elsewhere", patient, "--zone", "vertex", "--at", "2094-06-01"),
        ("outcomes", patient, "--zone", "vertex", "--measure", "thickness_um", "--value", "61,5"),
        ("outcomes", patient, "--zone", "vertex", "--measure", "self_rating", "--value", "4"),
        ("outcomes", patient, "--zone", "vertex"),
        ("adverse", patient, "--kind", "redness"),
        ("adverse", "P-NOBODY"),
        ("rule", "R-07", "10", "--why", "our practice"),
        ("trail", "--last", "0"),
    ):
        code, out, err = line(*bad, *user, typed=typed)
        assert (code, out, err.count("\n")) == (2, "", 1), bad


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("verify",), "a passphrase\n", "cannot be reached"),
        (("init", "--key-ring", "--admin", "admin", "--time-zone", "UTC"), "admin pass\n", "no key ring"),
        (("verify",), "", "Passphrase of the records is missing"),
        (("init", "--admin", "A!", "--time-zone", "UTC"), "a passphrase\nadmin pass\n", "no name of a user"),
        (
            ("init", "--admin", "admin", "--time-zone", "Mars/Base"),
            "a passphrase\nadmin pass\n",
            "no such time zone",
        ),
        (("init", "--admin", "admin", "--time-zone", "UTC"), "short\nadmin pass\n", "too short"),
        (("init", "--admin", "admin", "--time-zone", "UTC"), "a passphrase\nshort\n", "too short"),
        (("users", "--user", "admin", "--add", "dora"), "", "a name and a role"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(
    line: Line, arguments: tuple[str, ...], typed: str, words: str
) -> None:
    """Bad input: what, the value, the limit, what to do next; nothing is left behind."""
    code, out, err = line(*arguments, typed=typed)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not Path(line.store).exists()

"""What leaves the records by the command line: secrets from a pipe, errors in one sentence."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from records_rig import Clinic, Play

from penctl.cli import main
from penctl.records import Adverse, Patient, Role, create_store
from penctl.records.opening import open_store
from penctl.treatment.outcomes import Measure, Outcome
from penctl.treatment.visit_events import AdverseKind

PHRASE, BACKUP_PHRASE = "the phrase of the records", "the phrase of the backup"
PASSWORDS = {"admin": "admin pass", "dora": "dora password", "alan": "alan password"}
NAME = "Zoë Ångström"


@pytest.fixture(scope="module")
def cheap_keys() -> Iterator[None]:
    """What argon2id costs is no part of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("penctl.records.keys.MEMORY_KIB", 64)
        patch.setattr("penctl.exchange.sealed_file.MEMORY_KIB", 64)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cheap_keys: None) -> tuple[Path, str, str]:
    """Records with one named patient and a whole visit; the numbers of both."""
    path = tmp_path_factory.mktemp("records") / "records.db"
    now = datetime.now(UTC) - timedelta(days=1)
    admin = ("admin", PASSWORDS["admin"])
    with create_store(
        path, key=PHRASE, simulated=True, time_zone="Europe/Berlin", admin=admin, memory_kib=64
    ) as store:
        desk = store.sign_in(*admin)
        desk.add_user("dora", PASSWORDS["dora"], Role.CLINICIAN)
        desk.add_user("alan", PASSWORDS["alan"], Role.ASSISTANT)
    clinic = Clinic(str(path), PHRASE)
    clinic.now = now
    patient = clinic.desk().add_patient(Patient(name=NAME, contact="zoe@example.org"))
    play = Play(clinic, clinic.desk().begin_visit(patient.id, "CLINICAL", simulated=True), "dora", 7)
    play.to_end()
    clinic.desk().add_outcome(
        patient.id, Outcome("VERTEX", Measure.HAIR_COUNT_PER_CM2, 91, clinic.now.date())
    )
    late = Adverse(
        patient.id, clinic.now, AdverseKind.BRUISING, 1, "VERTEX", "seen a day later", play.open.id
    )
    clinic.desk().add_adverse_event(late)
    clinic.store.close()
    return path, patient.id, play.open.id


@pytest.fixture
def penctl(
    made: tuple[Path, str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Any]:
    """Run `penctl records ACT …` on a copy of the records; returns exit code, output and errors."""
    shutil.copyfile(made[0], tmp_path / "records.db")
    monkeypatch.chdir(tmp_path)

    def run(act: str, *given: str, user: str = "dora", secrets: tuple[str, ...] = ()) -> tuple[int, str, str]:
        signed_in = () if act == "restore" else ("--user", user)
        lines = secrets if act == "restore" else (PHRASE, PASSWORDS[user], *secrets)
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        store = () if "--store" in given else ("--store", "records.db")
        code = main(["records", act, *store, *signed_in, *given])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith("records.db"))


def acts_in_the_trail(path: Path) -> list[str]:
    with open_store(path, key=PHRASE) as store:
        return [str(row["act"]) for row in store.audit.rows()]


def test_a_visit_leaves_as_report_sheet_and_bundle(
    penctl: Callable[..., Any], made: tuple[Path, str, str], tmp_path: Path
) -> None:
    """Issue 6, exchange: by the number that `visits` lists; each leaving stands in the audit trail."""
    _, listed, _ = penctl("visits", made[1])
    assert made[2] in listed
    Path("clinic.toml").write_text('schema = 1\n[letterhead]\nname = "Scalp Clinic"\nphone = "+49 30 1"\n')
    for act in ("report", "aftercare", "fhir"):
        code, out, errors = penctl(act, made[2], "--clinic", "clinic.toml")
        assert (code, errors) == (0, ""), act
        assert f"visit-{made[2]}-{act}-simulated" in out
    report = "".join(page.extract_text() for page in PdfReader(f"visit-{made[2]}-report-simulated.pdf").pages)
    assert NAME in report
    assert "bruising, mild" in report, "noted after the visit was signed"
    assert "Head of the audit trail at the signature" in report
    sheet = PdfReader(f"visit-{made[2]}-aftercare-simulated.pdf").pages[0].extract_text()
    assert "Scalp Clinic" in sheet
    bundle = json.loads(Path(f"visit-{made[2]}-fhir-simulated.json").read_bytes())
    assert bundle["entry"][-1]["resource"]["signature"][0]["data"]
    assert acts_in_the_trail(tmp_path / "records.db").count("EXPORT") == 3


def test_without_the_name_when_asked_for(penctl: Callable[..., Any], made: tuple[Path, str, str]) -> None:
    """--pseudonymous: nothing of the person is in the file."""
    assert penctl("fhir", made[2], "--pseudonymous", "--out", "bundle.json")[0] == 0
    assert NAME not in Path("bundle.json").read_text("utf-8")


def test_who_may_hand_out_what(
    penctl: Callable[..., Any], made: tuple[Path, str, str], tmp_path: Path
) -> None:
    """An assistant hands out the sheet, and exports nothing else; refused things leave no file."""
    assert penctl("aftercare", made[2], user="alan")[0] == 0
    before = files(tmp_path)
    for act, given in (("report", (made[2],)), ("table", ("--out", "tables")), ("backup", ("--out", "b"))):
        code, _, errors = penctl(act, *given, user="alan", secrets=(BACKUP_PHRASE,))
        assert code == 2
        assert "alan, assistant" in errors
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("act", "given", "message"),
    [
        ("report", ("0123456789abcdef",), "no such entry"),
        ("report", ("VISIT", "--out", "taken.pdf"), "There is a file of that name already"),
        ("report", ("VISIT", "--clinic", "bad.toml"), "has a key that nobody reads: fone"),
        ("report", ("VISIT", "--out", "nowhere/report.pdf"), "No such file or directory"),
        ("visits", ("--day", "1.6.2026"), "This is no date"),
        ("visits", ("P-NOBODY",), "no such entry"),
        ("table", ("--out", "taken.pdf"), "There is a file of that name already"),
        ("erase", ("P-NOBODY", "--why", "asked"), "no such entry"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(
    penctl: Callable[..., Any],
    made: tuple[Path, str, str],
    tmp_path: Path,
    act: str,
    given: tuple[str, ...],
    message: str,
) -> None:
    """Exit code 2, what is wrong, and what to do; no file, no traceback."""
    Path("taken.pdf").write_bytes(b"older")
    Path("bad.toml").write_text('schema = 1\n[letterhead]\nfone = "1"\n')
    code, _, errors = penctl(act, *(made[2] if one == "VISIT" else one for one in given), user="admin")
    assert code == 2
    assert message in errors
    assert errors.count("\n") == 1
    assert files(tmp_path) == ["bad.toml", "taken.pdf"]
    assert Path("taken.pdf").read_bytes() == b"older"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_have_the_dose_and_nobody_s_identity(
    penctl: Callable[..., Any], made: tuple[Path, str, str], form: str
) -> None:
    """Issue 6, exchange: CSV and Parquet without identities; no own id, name, date, user or free text."""
    code, out, _ = penctl("table", "--format", form, "--out", "tables")
    assert code == 0
    assert "not anonymous" in out
    if form == "csv":
        zones = list(csv.DictReader(io.StringIO(Path("tables/zones.csv").read_text("utf-8"))))
    else:
        import pyarrow.parquet as pq

        zones = pq.read_table("tables/zones.parquet").to_pylist()
    assert len(zones) == 1
    zone = {key: str(value) for key, value in zones[0].items()}
    assert (zone["zone"], zone["depth_set_um"], zone["needles"]) == ("VERTEX", "500", "12")
    assert (zone["punctures"], zone["density_mean_per_cm2"]) == ("36000", "600.0")
    assert (zone["passes_done"], zone["passes_planned"], zone["day"]) == ("2", "2", "0")
    raw = b"".join(path.read_bytes() for path in Path("tables").iterdir())
    year = str(datetime.now(UTC).year).encode()
    for word in (b"dora", made[1].encode(), made[2].encode(), b"P-", "Ångström".encode(), year + b"-"):
        assert word not in raw


def test_a_missing_package_is_told_with_how_to_install_it(
    penctl: Callable[..., Any],
    made: tuple[Path, str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without reportlab: which package, and the command; nothing is written."""
    monkeypatch.delitem(sys.modules, "penctl.exchange.report", raising=False)
    monkeypatch.setitem(sys.modules, "reportlab.platypus", None)
    code, _, errors = penctl("report", made[2])
    assert (code, errors.count("\n")) == (2, 1)
    assert "reportlab.platypus" in errors
    assert "pip install 'penctl[exchange]'" in errors
    assert files(tmp_path) == []


def test_codes_of_two_exports_do_not_match(penctl: Callable[..., Any]) -> None:
    """Two tables handed out cannot be joined."""
    for name in ("one", "two"):
        assert penctl("table", "--out", name)[0] == 0
    first, second = (
        list(csv.DictReader(io.StringIO(Path(f"{name}/visits.csv").read_text("utf-8"))))
        for name in ("one", "two")
    )
    assert first[0]["person"] != second[0]["person"]
    assert first[0]["age_band"] == "40-49"


def test_backup_check_and_restore_by_the_command_line(
    penctl: Callable[..., Any], made: tuple[Path, str, str], tmp_path: Path
) -> None:
    """Under a new passphrase; a restore over records is refused."""
    code, out, errors = penctl("backup", "--out", "b", user="admin", secrets=(BACKUP_PHRASE,))
    assert (code, errors) == (0, "")
    assert "1 patients, 1 visits" in out
    assert penctl("restore", "b", "--check", secrets=(BACKUP_PHRASE,))[0] == 0
    code, _, errors = penctl("restore", "b", "--check", secrets=("another phrase",))
    assert (code, "does not open the backup" in errors) == (2, True)
    code, _, errors = penctl("restore", "b", secrets=(BACKUP_PHRASE, "a new phrase"))
    assert (code, "There are records of that name already" in errors) == (2, True)
    code, out, errors = penctl("restore", "b", "--store", "new.db", secrets=(BACKUP_PHRASE, "a new phrase"))
    assert (code, errors) == (0, "")
    with open_store(tmp_path / "new.db", key="a new phrase") as store:
        assert store.audit.verify().ok
        assert store.sign_in("dora", PASSWORDS["dora"]).patient(made[1]).name == NAME


def test_a_person_is_erased_and_stays_so_after_restoring_an_older_backup(
    penctl: Callable[..., Any], made: tuple[Path, str, str], tmp_path: Path
) -> None:
    """Issue 6, exchange: erasing a person with the chain still valid; the list brings it to a restore."""
    assert penctl("backup", "--out", "b", user="admin", secrets=(BACKUP_PHRASE,))[0] == 0
    code, out, errors = penctl(
        *("erase", made[1], "--why", "asked for by the person", "--erased", "erased.txt"), user="admin"
    )
    assert (code, errors) == (0, "")
    assert "The audit trail is valid." in out
    assert Path("erased.txt").read_text() == f"{made[1]}\n"
    code, _, errors = penctl(
        *("restore", "b", "--store", "new.db", "--erased", "erased.txt"),
        secrets=(BACKUP_PHRASE, "a new phrase"),
    )
    assert (code, errors) == (0, "")
    for path, key in (("records.db", PHRASE), ("new.db", "a new phrase")):
        with open_store(tmp_path / path, key=key) as store:
            assert store.audit.verify().ok
            found = store.sign_in("dora", PASSWORDS["dora"]).patient(made[1])
            assert (found.name, found.erased) == ("", True)
    report = penctl("report", made[2], "--out", "report.pdf")
    assert report[0] == 0
    assert NAME not in "".join(page.extract_text() for page in PdfReader("report.pdf").pages)

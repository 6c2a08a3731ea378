"""Backups are proved by restoring them: from a file, from a server, into either."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from records_rig import KEY, MEMORY_KIB, Clinic
from sqlalchemy import select

from penctl.exchange import backup as backups
from penctl.exchange import restore as restores
from penctl.exchange.backup import back_up, read_backup
from penctl.exchange.errors import BackupDamaged, ExchangeError
from penctl.exchange.restore import restore
from penctl.records import opening, schema, upgrading
from penctl.records.errors import NotAllowed, RecordsError, StoreFull, WrongKey
from penctl.records.opening import open_store

PHRASE = "four words make a phrase"
OTHER_KEY = b"n" * 32


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What argon2id costs is no part of these tests."""
    monkeypatch.setattr("penctl.exchange.sealed_file.MEMORY_KIB", 64)


def fill(clinic: Clinic) -> str:
    """A patient with a name and a whole visit; returns the patient's id."""
    patient = clinic.patient(name="Zoë Example", contact="zoe@example.org")
    clinic.visit(patient).to_end()
    return patient.id


def kept(clinic: Clinic, path: Path) -> backups.Backup:
    return back_up(clinic.desk("admin"), path, PHRASE)


def content(store: Any) -> dict[str, list[Any]]:
    """Every row of every table, as plain values."""
    found = {}
    with store.reading() as connection:
        for table in schema.metadata.sorted_tables:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [
                tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in rows
            ]
    return found


def test_a_backup_that_is_restored_has_every_row_and_a_trail_that_holds(
    clinic: Clinic, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Issue 6, exchange: backup and restore, tested by restoring; file to server, server to file."""
    patient_id = fill(clinic)
    path = tmp_path / "clinic.penctl-backup"
    told = kept(clinic, path)
    before = content(clinic.store)
    assert (told.patients, told.visits, told.simulated) == (1, 1, True)
    if clinic.store.database.server:
        target = str(tmp_path / "restored.db")
    else:
        request.getfixturevalue("server").psql("CREATE DATABASE restored;")
        target = str(request.getfixturevalue("server").get_uri("restored"))
    done = restore(path, PHRASE, target, key=OTHER_KEY, clock=lambda: clinic.now)
    assert done == told
    with open_store(target, key=OTHER_KEY, clock=lambda: clinic.now, memory_kib=MEMORY_KIB) as again:
        assert again.audit.verify().ok
        assert again.audit.public_key == clinic.store.audit.public_key
        after = content(again)
        same = set(after) - {"store", "audit", "audit_tip", "audit_heads"}
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        assert after["audit"][: len(before["audit"])] == before["audit"]
        assert [row.act for row in audit_rows(again)[len(before["audit"]) :]] == ["RESTORE", "CREATE"]
        desk = again.sign_in("dora", "dora password")
        assert desk.patient(patient_id).name == "Zoë Example"
        assert [one.status for one in desk.visits(patient_id)] == ["CLOSED"]
        with pytest.raises(RecordsError):  # what was append-only is so again
            Clinic.sql(_Holder(again), "DELETE FROM visit_events")  # type: ignore[arg-type]
    with pytest.raises(WrongKey):
        open_store(target, key=KEY)


class _Holder:
    def __init__(self, store: Any) -> None:
        self.store = store


def audit_rows(store: Any) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(schema.audit).order_by(schema.audit.c.n)))


@pytest.fixture
def one(file_clinic: Clinic, tmp_path: Path) -> tuple[Clinic, Path]:
    """Records with a visit, and their backup."""
    fill(file_clinic)
    path = tmp_path / "clinic.penctl-backup"
    kept(file_clinic, path)
    return file_clinic, path


def leftovers(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if "restored" in one.name)


def test_nothing_of_the_person_stands_in_the_file(one: tuple[Clinic, Path]) -> None:
    """Issue 6, exchange: encrypted; neither a name nor the name of a table is readable."""
    raw = one[1].read_bytes()
    for word in (b"Example", b"example.org", b"visit_events", b"store_key", b"VERTEX"):
        assert word not in raw[200:]
    assert one[1].stat().st_mode & 0o077 == 0


def test_a_wrong_passphrase_is_told_as_such(one: tuple[Clinic, Path], tmp_path: Path) -> None:
    """Not as damage, and nothing is made."""
    with pytest.raises(BackupDamaged, match="This passphrase does not open the backup"):
        restore(one[1], PHRASE + "!", tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("part", [0.002, 0.2, 0.5, 0.999])
def test_a_changed_byte_anywhere_is_found_and_nothing_is_left(
    one: tuple[Clinic, Path], tmp_path: Path, part: float
) -> None:
    """A damaged backup is refused before there are records of it."""
    raw = bytearray(one[1].read_bytes())
    raw[int(len(raw) * part)] ^= 1
    one[1].write_bytes(raw)
    with pytest.raises((BackupDamaged, ExchangeError)):
        restore(one[1], PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("keep", [0, 5, 60, 400, -1])
def test_a_backup_that_was_cut_off_is_found(one: tuple[Clinic, Path], tmp_path: Path, keep: int) -> None:
    """A copy that a full stick has cut short."""
    raw = one[1].read_bytes()
    one[1].write_bytes(raw[:keep])
    with pytest.raises(BackupDamaged):
        restore(one[1], PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


def test_another_file_is_no_backup(tmp_path: Path) -> None:
    """A sentence, no traceback; also for a file that is not there."""
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear patient, " * 9)
    with pytest.raises(BackupDamaged, match="This is no backup of penctl"):
        read_backup(path, PHRASE)
    with pytest.raises(ExchangeError, match="No such file"):
        read_backup(tmp_path / "nowhere", PHRASE)


def test_records_are_never_restored_over(one: tuple[Clinic, Path], tmp_path: Path) -> None:
    """Issue 6, exchange: a restore over an existing database is refused, and it is as it was."""
    target = tmp_path / "restored.db"
    shutil.copyfile(one[0].where, target)
    before = target.read_bytes()
    with pytest.raises(ExchangeError, match="There are records of that name already"):
        restore(one[1], PHRASE, target, key=OTHER_KEY)
    assert target.read_bytes() == before


def test_a_server_with_tables_is_never_restored_over(
    one: tuple[Clinic, Path], new_database: Callable[[], str]
) -> None:
    """The same on a server."""
    with pytest.raises(ExchangeError, match="There are tables in this database already"):
        restore(one[1], PHRASE, new_database(), key=OTHER_KEY)


def test_a_damaged_backup_leaves_a_server_as_empty_as_it_was(one: tuple[Clinic, Path], server: Any) -> None:
    """The tables that the restore has made are gone, and a whole backup can be restored after it."""
    server.psql("CREATE DATABASE twice;")
    target, raw = str(server.get_uri("twice")), one[1].read_bytes()
    one[1].write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(BackupDamaged):
        restore(one[1], PHRASE, target, key=OTHER_KEY)
    one[1].write_bytes(raw)
    restore(one[1], PHRASE, target, key=OTHER_KEY)
    with open_store(target, key=OTHER_KEY) as again:
        assert again.audit.verify().ok


def test_a_backup_is_never_written_over_another(one: tuple[Clinic, Path]) -> None:
    """The older one may be the good one."""
    before = one[1].read_bytes()
    with pytest.raises(ExchangeError, match="There is a file of that name already"):
        kept(*one)
    assert one[1].read_bytes() == before


def test_a_short_passphrase_and_a_role_that_may_not_are_refused(file_clinic: Clinic, tmp_path: Path) -> None:
    """A backup leaves the house with every name and key; only an admin makes one."""
    with pytest.raises(ExchangeError, match="at least 12 letters"):
        back_up(file_clinic.desk("admin"), tmp_path / "b", "short")
    for name in ("alan", "dora", "ruth"):  # an auditor would get every name with it
        with pytest.raises(NotAllowed, match="an admin"):
            back_up(file_clinic.desk(name), tmp_path / "b", PHRASE)
    assert not (tmp_path / "b").exists()


def test_a_full_disk_while_restoring_leaves_nothing(
    one: tuple[Clinic, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 6, faults: SQLite is given no more pages than fit half of it; its own error is told."""
    real = restores.open_file

    def small(*given: Any, **named: Any) -> Any:
        database = real(*given, **named)
        database.engine.pool._creator = _limited(database.engine.pool._creator)  # type: ignore[attr-defined]
        return database

    monkeypatch.setattr(restores, "open_file", small)
    with pytest.raises(StoreFull):
        restore(one[1], PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


def _limited(creator: Any) -> Any:
    def connect(*given: Any) -> Any:
        connection = creator(*given)
        connection.execute("PRAGMA max_page_count = 60")
        return connection

    return connect


def test_a_record_changed_before_the_backup_is_found_when_it_is_restored(
    file_clinic: Clinic, tmp_path: Path
) -> None:
    """A backup does not launder what somebody changed with SQL."""
    fill(file_clinic)
    file_clinic.drop_triggers()
    file_clinic.sql("UPDATE visit_events SET content = replace(content, '1500', '150') WHERE number > 20")
    kept(file_clinic, tmp_path / "b")
    with pytest.raises(ExchangeError, match=r"audit trail of the backup does not hold: CHANGED"):
        restore(tmp_path / "b", PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


def test_a_backup_of_a_newer_form_is_refused(file_clinic: Clinic, tmp_path: Path) -> None:
    """An older penctl does not guess."""
    with file_clinic.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    kept(file_clinic, tmp_path / "b")
    with pytest.raises(BackupDamaged, match=r"newer form of the records: form 9999"):
        restore(tmp_path / "b", PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    assert not leftovers(tmp_path)


def test_a_backup_of_an_older_form_is_restored_and_brought_to_the_newest(
    one: tuple[Clinic, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup outlives releases: here a next form that has one column more, empty in old rows."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrading.FOLDER / "versions", folder / "versions")
    (folder / "versions" / "m9000_next.py").write_text(NEXT_FORM.format(before=upgrading.newest()))
    monkeypatch.setattr(restores, "newest", lambda: "9000")
    monkeypatch.setattr(
        restores, "upgrade", lambda database, to="head": upgrading.upgrade(database, folder, to)
    )
    restore(one[1], PHRASE, tmp_path / "restored.db", key=OTHER_KEY)
    monkeypatch.setattr(opening, "check_form", lambda database: None)
    with open_store(tmp_path / "restored.db", key=OTHER_KEY) as again:
        assert upgrading.form(again.database) == "9000"
        assert again.audit.verify().ok
        with again.reading() as connection:
            assert connection.exec_driver_sql("SELECT weather FROM visits").all() == [(None,)]


NEXT_FORM = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9000", "{before}"


def upgrade():
    op.add_column("visits", sa.Column("weather", sa.Text, nullable=True))
"""


def test_who_was_erased_since_the_backup_is_erased_again(file_clinic: Clinic, tmp_path: Path) -> None:
    """An old backup does not bring a person back."""
    patient_id = fill(file_clinic)
    kept(file_clinic, tmp_path / "b")
    restore(tmp_path / "b", PHRASE, tmp_path / "restored.db", key=OTHER_KEY, erased=[patient_id])
    with open_store(tmp_path / "restored.db", key=OTHER_KEY, memory_kib=MEMORY_KIB) as again:
        assert again.audit.verify().ok
        found = again.sign_in("dora", "dora password").patient(patient_id)
        assert (found.name, found.erased) == ("", True)


def test_a_person_is_erased_with_the_chain_still_valid(clinic: Clinic, tmp_path: Path) -> None:
    """Issue 6, exchange: nothing readable is left even with every key, and the trail still holds."""
    patient_id = fill(clinic)
    with clinic.store.reading() as connection:
        row = connection.execute(select(schema.persons).where(schema.persons.c.id == patient_id)).one()
    clinic.desk("admin").erase_person(patient_id, "asked for by the person")
    assert clinic.store.audit.verify().ok
    found = clinic.desk().patient(patient_id)
    assert (found.name, found.contact, found.erased) == ("", "", True)
    assert len(clinic.desk().visits(patient_id)) == 1
    for table in content(clinic.store).values():
        for values in table:
            assert bytes(row.sealed) not in values
            assert bytes(row.wrapped_key) not in values
            assert not any("Zoë" in str(value) or "example.org" in str(value) for value in values)
    path = tmp_path / "b"
    kept(clinic, path)
    restore(path, PHRASE, tmp_path / "restored.db", key=OTHER_KEY)

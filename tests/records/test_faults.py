"""What goes wrong with a file or a server: refused clearly, nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from records_rig import BEGIN, KEY, MEMORY_KIB, PASSWORDS, Clinic

from penctl.records import Patient, RecordsError, create_store, open_store, schema
from penctl.records.errors import (
    Busy,
    Damaged,
    MixedUp,
    NewerStore,
    OlderStore,
    StoreFull,
    Unreachable,
    WrongKey,
)
from penctl.records.opening import upgrade_store
from penctl.records.upgrading import FOLDER, form, upgrade
from penctl.treatment import visit_events as ev

STEP = """
import os
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "0001", None, None

def upgrade():
    op.execute("ALTER TABLE trips ADD COLUMN seen TEXT")
    op.execute("UPDATE alembic_version SET version_num = version_num")
    if {broken}:
        raise RuntimeError("the power went")
"""


def opened(where: str, key: Any = KEY, **kinds: Any) -> Any:
    return open_store(where, key=key, clock=lambda: BEGIN, memory_kib=MEMORY_KIB, **kinds)


def test_another_key_does_not_open(where: str) -> None:
    """A wrong passphrase: refused clearly."""
    with pytest.raises(WrongKey):
        opened(where, b"x" * 32)
    with pytest.raises(RecordsError, match="no key of records"):
        opened(where, b"short")
    opened(where).close()


def test_a_passphrase_opens_and_another_does_not(tmp_path: Path) -> None:
    """A passphrase through argon2id."""
    path = tmp_path / "records.db"
    kinds: dict[str, Any] = {"time_zone": "UTC", "admin": ("admin", "admin pass"), "memory_kib": MEMORY_KIB}
    create_store(path, key="one passphrase", simulated=False, **kinds).close()
    with pytest.raises(WrongKey, match="does not open"):
        opened(str(path), "one passphrasf")
    with pytest.raises(RecordsError, match="empty"):
        opened(str(path), "")
    with opened(str(path), "one passphrase") as store:
        assert not store.simulated
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(Unreachable, match="already"):
        create_store(path, key="one passphrase", simulated=False, **kinds)
    assert b"admin" not in path.read_bytes()


class Ring:
    """A key ring of the system that keeps what it is given."""

    name = "test ring"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, entry: str) -> str | None:
        return self.kept.get((service, entry))

    def set_password(self, service: str, entry: str, text: str) -> None:
        self.kept[service, entry] = text


def test_the_key_ring_has_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key in the system's key ring: found by what the file itself says, also where it was moved to."""
    ring = Ring()
    monkeypatch.setattr("penctl.records.keys.system_ring", lambda: ring)
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    admin = ("admin", "admin pass")
    create_store(first, simulated=True, time_zone="UTC", admin=admin, memory_kib=MEMORY_KIB).close()
    first.rename(second)
    opened(str(second), None).close()
    assert len(ring.kept) == 1
    ring.kept.clear()
    with pytest.raises(RecordsError, match="no key for these records"):
        opened(str(second), None)


def test_simulated_records_are_not_opened_as_real_ones(where: str) -> None:
    """Simulated visits live in a database of their own."""
    with pytest.raises(MixedUp, match="simulated"):
        opened(where, simulated=False)
    opened(where, simulated=True).close()


@pytest.mark.parametrize("content", ["nothing", "a text", "plain SQLite", "a folder", "missing"])
def test_what_is_no_file_of_records_is_refused(tmp_path: Path, content: str) -> None:
    """A damaged file: what it is, and what to do."""
    path = tmp_path / "records.db"
    if content == "nothing":
        path.touch()
    elif content == "a text":
        path.write_text("this is no database at all, it is only a long text\n" * 200)
    elif content == "plain SQLite":
        with sqlite3.connect(path) as plain:
            plain.execute("CREATE TABLE t (a)")
        plain.close()
    elif content == "a folder":
        path.mkdir()
    with pytest.raises(RecordsError) as refused:
        opened(str(path))
    assert str(path) in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize("place", ["first page", "middle", "end cut off"])
def test_a_damaged_file_is_refused_and_left_as_it_is(new_file: Callable[[], str], place: str) -> None:
    """A damaged file: every page carries a MAC, so that not one byte can be other than it was."""
    path = Path(new_file())
    content = bytearray(path.read_bytes())
    if place == "end cut off":
        del content[len(content) // 2 :]
    else:
        content[100 if place == "first page" else len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises((Damaged, WrongKey)):
        _used(str(path))
    assert path.read_bytes() == bytes(content)


def _used(where: str) -> None:
    with opened(where) as store:
        store.audit.verify()
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA integrity_check").all()


def test_a_newer_database_is_left_alone(where: str) -> None:
    """A newer database: refused by the older program, which changes nothing in it."""
    clinic = Clinic(where)
    clinic.sql("UPDATE alembic_version SET version_num = '9998'")
    clinic.store.database.close()
    for act in (lambda: opened(where), lambda: upgrade_store(where, key=KEY)):
        with pytest.raises(NewerStore, match="9998"):
            act()


def test_an_interrupted_migration_leaves_the_records_as_they_were(where: str, tmp_path: Path) -> None:
    """A migration interrupted: it is whole or it did not happen; nothing lost."""
    versions = tmp_path / "migrations" / "versions"
    shutil.copytree(FOLDER / "versions", versions, ignore=shutil.ignore_patterns("__pycache__"))
    step = versions / "m9999_next.py"
    clinic = Clinic(where)
    clinic.visit(clinic.patient()).to_end()
    database = clinic.store.database
    step.write_text(STEP.format(broken=True))
    with pytest.raises(RuntimeError):
        upgrade(database, tmp_path / "migrations")
    assert form(database) == "0001"
    assert clinic.store.audit.verify().ok
    with pytest.raises(RecordsError):
        clinic.sql("SELECT seen FROM trips")
    step.write_text(STEP.format(broken=False))
    upgrade(database, tmp_path / "migrations")
    assert (form(database), clinic.sql("SELECT seen FROM trips")) == ("9999", [])
    assert clinic.store.audit.verify().ok  # a column that is new and empty changes no hash
    clinic.store.close()


def test_older_records_are_upgraded_only_when_asked(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of an older form: opened after `upgrade`, never changed by the way."""
    monkeypatch.setattr("penctl.records.upgrading.newest", lambda: "0002")
    with pytest.raises(OlderStore, match="penctl records upgrade"):
        opened(where)


def _add_notes(play: Any, count: int) -> None:
    for _ in range(count):
        play.add(ev.Noted, text="a long note " * 100)


def test_a_full_disk_loses_nothing_that_was_kept(file_clinic: Clinic) -> None:
    """A full disk: refused clearly; what was kept is there, and the visit goes on when there is room."""
    play = file_clinic.visit(file_clinic.patient()).to_prepare()
    before = play.visit.events
    [(pages,)] = file_clinic.sql("PRAGMA page_count")
    file_clinic.sql(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreFull, match="no room"):
        _add_notes(play, 50)
    kept = play.visit.events
    assert kept[: len(before)] == before
    assert file_clinic.desk().visit_events(play.open.id) == kept
    file_clinic.sql("PRAGMA max_page_count = 1000000")
    play.add(ev.Noted, text="there is room again")
    assert file_clinic.store.audit.verify().ok


def test_a_file_that_became_read_only_is_told(file_clinic: Clinic) -> None:
    """The database made read-only in the middle: refused clearly, and the visit goes on when it may write."""
    play = file_clinic.visit(file_clinic.patient()).to_prepare()
    before = play.visit.events
    with file_clinic.store.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
    with pytest.raises(Unreachable, match="readonly"):
        play.add(ev.Noted, text="lost")
    assert play.visit.events == file_clinic.desk().visit_events(play.open.id) == before
    with file_clinic.store.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 0")
    play.add(ev.Noted, text="it may write again")
    assert file_clinic.store.audit.verify().ok


def test_a_file_that_is_taken_away_is_noticed_before_anything_is_written(file_clinic: Clinic) -> None:
    """The database gone in the middle: an open file can be written after it was removed, and all is lost."""
    play = file_clinic.visit(file_clinic.patient()).to_prepare()
    before, path = play.visit.events, Path(file_clinic.where)
    away = path.with_name("away.db")
    path.rename(away)
    with pytest.raises(
        Unreachable, match=r"is gone, and nothing can be kept: .*records-\d+.db. Put the file"
    ):
        play.add(ev.Noted, text="lost")
    shutil.copyfile(away, path)
    with pytest.raises(Unreachable, match="Another file is in its place"):
        play.add(ev.Noted, text="lost")
    away.replace(path)
    play.add(ev.Noted, text="it is back")
    assert file_clinic.desk().visit_events(play.open.id)[:-1] == before
    assert file_clinic.store.audit.verify().ok


def test_a_write_does_not_wait_for_ever(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workstation that froze in the middle of a write: the others are told, and go on when it is gone."""
    monkeypatch.setattr("penctl.records.database.BUSY_S", 0.1)
    frozen, other = Clinic(where), Clinic(where)
    desk = other.desk()
    with frozen.store.writing("dora"):
        with pytest.raises(Busy, match="Another program"):
            desk.add_patient(Patient())
        assert desk.find_patients("") == ()  # to look on is always possible
    assert desk.add_patient(Patient()).pseudonym
    frozen.store.database.close()
    other.store.close()


def test_a_server_without_the_database_is_told(server: Any) -> None:
    """Bad input: what the server says is told."""
    with pytest.raises(Unreachable, match="does not exist"):
        opened(server.get_uri("nowhere"))


def test_a_server_that_is_not_there_is_told() -> None:
    """Bad input: the server's address, without the password in it."""
    with pytest.raises(Unreachable) as refused:
        opened("postgresql://somebody:secret@127.0.0.1:1/records")
    assert "secret" not in str(refused.value)


def test_an_empty_database_of_a_server_has_no_records(server: Any) -> None:
    """Bad input: a database in which nobody has made records."""
    server.psql("CREATE DATABASE empty;")
    with pytest.raises(Damaged, match="no file of records"):
        opened(server.get_uri("empty"))


def test_what_was_not_made_whole_on_a_server_is_made_anew(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while records were made: the tables are there, and nobody is kept from using them."""
    server.psql("CREATE DATABASE halves;")
    where, admin = str(server.get_uri("halves")), ("admin", "admin pass")
    kinds: dict[str, Any] = {"simulated": True, "time_zone": "UTC", "admin": admin, "memory_kib": MEMORY_KIB}
    with monkeypatch.context() as patch:
        patch.setattr("penctl.records.opening.StoreKeys.new", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_store(where, key=KEY, **kinds)
    with pytest.raises(Damaged, match="not made whole"):
        opened(where)
    create_store(where, key=KEY, **kinds).close()
    with pytest.raises(Unreachable, match="already"):
        create_store(where, key=KEY, **kinds)
    opened(where).close()


def test_records_that_could_not_be_made_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all, when they are made, too."""

    def fails(*_: object) -> None:
        raise RecordsError("No more today")

    monkeypatch.setattr("penctl.records.users.add_user", fails)
    admin = ("admin", "admin pass")
    with pytest.raises(RecordsError, match="No more today"):
        create_store(tmp_path / "records.db", key=KEY, simulated=True, time_zone="UTC", admin=admin)
    assert list(tmp_path.iterdir()) == []


def test_nothing_personal_stands_in_the_file_or_its_journal(new_file: Callable[[], str]) -> None:
    """Encrypted: neither the file nor what lies beside it has a readable word."""
    path = new_file()
    clinic = Clinic(path)
    clinic.store.sign_in("dora", PASSWORDS["dora"]).add_patient(Patient(name="Ada Example"))
    found = b"".join(one.read_bytes() for one in Path(path).parent.glob("records-*"))
    assert len(list(Path(path).parent.glob(Path(path).name + "-wal"))) == 1
    assert b"Example" not in found  # not "Ada": three bytes come by chance, once in a hundred files
    assert b"CREATE TABLE" not in found
    clinic.store.close()


def test_the_migrations_make_the_tables_that_the_program_knows(where: str) -> None:
    """A column that no migration makes would be missing in every clinic's records."""
    clinic = Clinic(where)
    with clinic.store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    clinic.store.database.close()

"""Brings records back from a backup: into a new file or an empty database, whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.util.exc import CommandError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import MetaData, select

from penctl.exchange import dump
from penctl.exchange.backup import Backup, described, opened
from penctl.exchange.errors import BackupDamaged, ExchangeError
from penctl.exchange.whole_file import UNFINISHED, named
from penctl.records import schema
from penctl.records.audit import AuditTrail
from penctl.records.database import SALT_SIZE, Database, is_server, open_file, open_server
from penctl.records.keys import Key, StoreKeys, derived, new_root_key, unseal
from penctl.records.ledger import Ledger
from penctl.records.store import Clock, system_clock
from penctl.records.upgrading import has_tables, newest, upgrade

BY = "restore"
"""Who stands in the audit trail for bringing back: nobody can be signed in yet."""


def restore(
    backup: Path,
    passphrase: str,
    where: str | Path,
    *,
    key: Key = None,
    clock: Clock = system_clock,
    erased: Iterable[str] = (),
) -> Backup:
    """Bring a backup back and verify its audit trail before the records get their name.

    Args:
        backup, passphrase: the file, and what it was made with.
        where: a file that does not exist, or the URL of an empty PostgreSQL database.
        key: passphrase of the restored records; None draws a key and keeps it in the key ring. It need not
            be the old one.
        erased: ids of persons who were erased since the backup: they are erased again.

    Raises:
        ExchangeError: there are records already, or the audit trail does not hold. BackupDamaged: wrong
        passphrase, damage, a newer form. RecordsError: no room, no server. Nothing is left behind then.
    """
    with opened(backup, passphrase) as (manifest, lines):
        if is_server(where):
            return _into_server(manifest, lines, str(where), key, clock, tuple(erased))
        return _into_file(manifest, lines, Path(where), key, clock, tuple(erased))


def _into_file(
    manifest: dict[str, Any], lines: Any, path: Path, key: Key, clock: Clock, erased: tuple[str, ...]
) -> Backup:
    for end in ("", "-wal", "-journal"):
        if path.with_name(path.name + end).exists():
            raise ExchangeError(
                "There are records of that name already",
                path.with_name(path.name + end),
                None,
                "Restore under another name; nothing is ever written over records",
            )
    unfinished = path.with_name(path.name + UNFINISHED)
    _forget(unfinished)
    salt = secrets.token_bytes(SALT_SIZE)
    root = new_root_key(key, salt)
    try:
        database = open_file(unfinished, derived(root, "file"), salt, new=True)
        try:
            done = _fill(database, manifest, lines, (root, salt), clock, erased)
        finally:
            database.close()
        named(unfinished, path)
    except BaseException:
        _forget(unfinished)
        raise
    return done


def _into_server(
    manifest: dict[str, Any], lines: Any, url: str, key: Key, clock: Clock, erased: tuple[str, ...]
) -> Backup:
    database = open_server(url)
    try:
        if has_tables(database):
            raise ExchangeError(
                "There are tables in this database already",
                database.name,
                "an empty database",
                "Make a new database; nothing is ever written over records",
            )
        salt = secrets.token_bytes(SALT_SIZE)
        root = new_root_key(key, salt)
        try:
            return _fill(database, manifest, lines, (root, salt), clock, erased)
        except BaseException:
            _empty_again(database)
            raise
    finally:
        database.close()


def _fill(
    database: Database,
    manifest: dict[str, Any],
    lines: Any,
    new: tuple[bytes, bytes],
    clock: Clock,
    erased: tuple[str, ...],
) -> Backup:
    counts = _load(database, str(manifest.get("form")), lines)
    keys = _keys(database, manifest)
    report = AuditTrail(database, keys).verify()
    if not report.ok:
        first = report.findings[0]
        raise ExchangeError(
            "The audit trail of the backup does not hold",
            f"{first.kind} {first.where}: {first.text}",
            f"{len(report.findings)} findings",
            "Take an older backup; these records were changed before they were backed up",
        )
    _under_new_key(database, keys, manifest, new, clock, erased)
    return described(manifest, sum(counts.values()))


def _load(database: Database, form: str, lines: Any) -> dict[str, int]:
    """Tables of the backup's own form, its rows in them, then the form of this release."""
    try:
        upgrade(database, to=form)
    except CommandError as error:
        raise BackupDamaged(
            "The backup is of a newer form of the records",
            f"form {form}",
            f"this penctl has form {newest()}",
            "Update penctl",
        ) from error
    metadata = schema.metadata
    if form != newest():
        metadata = MetaData()
        with database.read() as connection:
            metadata.reflect(connection)
            metadata.remove(metadata.tables["alembic_version"])
    with database.write() as connection:
        counts = dump.load(connection, metadata, lines)
    upgrade(database)
    return counts


def _keys(database: Database, manifest: dict[str, Any]) -> StoreKeys:
    with database.read() as connection:
        row = connection.execute(select(schema.store)).one_or_none()
    if row is None:
        raise BackupDamaged("The backup is not of whole records", manifest.get("store_id"))
    store_key = bytes.fromhex(str(manifest.get("store_key", "")))
    private = unseal(derived(store_key, "signing"), row.sign_private, "signing key")
    return StoreKeys(store_key, Ed25519PrivateKey.from_private_bytes(private))


def _under_new_key(
    database: Database,
    keys: StoreKeys,
    manifest: dict[str, Any],
    new: tuple[bytes, bytes],
    clock: Clock,
    erased: tuple[str, ...],
) -> None:
    """Wrap the keys under the new one, erase again who was erased since, and say so in the trail."""
    from penctl.records import persons

    root, salt = new
    wrapped, private = keys.wrapped(root)
    why = f"restored from the backup of {manifest['made_at']}"
    with database.write() as connection:
        ledger = Ledger(connection, keys, BY, clock())
        changes = {"salt": salt.hex(), "wrapped_key": wrapped, "sign_private": private}
        ledger.change(schema.store, str(manifest["store_id"]), changes, act="RESTORE", why=why)
        for patient_id in erased:
            patient = persons.load(connection, keys, patient_id, personal_too=False)
            if not patient.erased:
                persons.erase(ledger, patient, "erased since the backup was made")
        ledger.sign_head("closed", None)
        ledger.close()
    if erased:
        database.overwrite()


def _empty_again(database: Database) -> None:
    """The tables that this restore has made are dropped; the database was empty before."""
    with database.write() as connection:
        schema.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")


def _forget(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)

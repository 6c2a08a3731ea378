"""Making and opening records: which key, which form, simulated or real."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from penctl.records import schema
from penctl.records.database import SALT_SIZE, Database, is_server, open_file, open_server, salt_of
from penctl.records.errors import Damaged, MixedUp, RecordsError, Unreachable
from penctl.records.keys import Key, StoreKeys, derived, new_root_key, root_key
from penctl.records.ledger import Ledger
from penctl.records.store import Clock, NewId, Store, system_clock
from penctl.records.upgrading import check_form, check_not_newer, form, has_tables, newest, upgrade

PASSWORD_MEMORY_KIB: Final = 64 * 1024


def create_store(
    where: str | Path,
    *,
    key: Key = None,
    simulated: bool,
    time_zone: str,
    admin: tuple[str, str],
    clock: Clock = system_clock,
    new_id: NewId = uuid.uuid4,
    memory_kib: int = PASSWORD_MEMORY_KIB,
) -> Store:
    """New records in a new file, or in an empty database of a PostgreSQL server.

    Args:
        where: path of the file, or a URL `postgresql://user@host/database`.
        key: a passphrase; None draws a key and keeps it in the key ring; or a root key of 32 bytes.
        simulated: whether these are records of simulated visits; that never changes.
        time_zone: the clinic's, as Europe/Berlin: it decides what a calendar day is.
        admin: name and password of the first user.
        memory_kib: memory of argon2id for passwords.

    Raises:
        RecordsError: there are records already, an unknown time zone, a short passphrase or password.
    """
    from penctl.records.users import check_new

    check_new(*admin)
    zone = _zone(time_zone)
    salt = secrets.token_bytes(SALT_SIZE)
    root = new_root_key(key, salt)
    database = _open(where, root, salt, new=True)
    try:
        _check_empty(database)
        upgrade(database)
        store_id = str(new_id())
        keys = StoreKeys.new()
        wrapped, private = keys.wrapped(root)
        store = Store(database, keys, (store_id, simulated, zone.key), clock, new_id, memory_kib)
        values: dict[str, Any] = {
            "id": store_id,
            "simulated": simulated,
            "time_zone": zone.key,
            "salt": salt.hex(),
            "wrapped_key": wrapped,
            "sign_public": keys.public,
            "sign_private": private,
        }
        with database.write() as connection:
            ledger = Ledger(connection, keys, admin[0], clock())
            ledger.create(schema.store, {**values, "created_at": ledger.at})
            ledger.close()
        store.add_first_admin(*admin)
    except BaseException:
        database.close()
        if not database.server:
            _forget_files(Path(where))
        raise
    return store


def _check_empty(database: Database) -> None:
    """Refuse a database in which there is anything but records that were not made whole."""
    if not has_tables(database):
        return
    with contextlib.suppress(Damaged), database.read() as connection:
        check_form(database)
        if connection.execute(select(schema.store.c.id)).first() is None:
            return
    raise Unreachable(
        "There is something in this database already", database.name, remedy="Name an empty one"
    )


def _forget_files(path: Path) -> None:
    """Records that were not made whole leave nothing behind."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def open_store(
    where: str | Path,
    *,
    key: Key = None,
    simulated: bool | None = None,
    clock: Clock = system_clock,
    new_id: NewId = uuid.uuid4,
    memory_kib: int = PASSWORD_MEMORY_KIB,
) -> Store:
    """Open records. `simulated` True or False insists on what they are; None takes them as they are.

    Raises:
        Unreachable: no such file, no answer of the server. WrongKey: another passphrase. Damaged: no
        records, or broken ones. NewerStore, OlderStore: their form. MixedUp: simulated and real.
    """
    if is_server(where):
        database = open_server(str(where))
        root = None
    else:
        salt = salt_of(Path(where))
        root = root_key(key, salt)
        database = _open(where, root, salt)
    try:
        row = _settings(database)
        root = root or root_key(key, bytes.fromhex(row.salt))
        keys = StoreKeys.unwrapped(root, row.wrapped_key, row.sign_private)
        _check_kind(bool(row.simulated), simulated)
    except BaseException:
        database.close()
        raise
    settings = (row.id, bool(row.simulated), row.time_zone)
    return Store(database, keys, settings, clock, new_id, memory_kib)


def _check_kind(simulated: bool, asked: bool | None) -> None:
    if asked is not None and simulated != asked:
        kinds = {True: "simulated", False: "real"}
        raise MixedUp(value=f"these records are {kinds[simulated]}", limit=f"asked: {kinds[asked]}")


def _open(where: str | Path, root: bytes, salt: bytes, *, new: bool = False) -> Database:
    if is_server(where):
        return open_server(str(where))
    return open_file(Path(where), derived(root, "file"), salt, new=new)


def _settings(database: Database) -> Any:
    check_form(database)
    with database.read() as connection:
        row = connection.execute(select(schema.store)).one_or_none()
    if row is None:
        raise Damaged("These records were not made whole", database.name, remedy="Make them anew")
    return row


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise RecordsError(
            "There is no such time zone", name, "as Europe/Berlin", "Name the clinic's"
        ) from error


def upgrade_store(where: str | Path, *, key: Key = None) -> tuple[str, str]:
    """Bring records to the form of this release; gives the form before and after.

    Raises:
        RecordsError: as `open_store`; interrupted or failed, they stay as they were.
    """
    if is_server(where):
        database = open_server(str(where))
    else:
        salt = salt_of(Path(where))
        database = _open(where, root_key(key, salt), salt)
    try:
        before = check_not_newer(database)
        if before != newest():
            upgrade(database)
        return before, form(database)
    finally:
        database.close()

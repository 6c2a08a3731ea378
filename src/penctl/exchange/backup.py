"""Encrypted backups of the records, and bringing them back: from any kind of database into any other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from penctl.exchange import dump
from penctl.exchange.errors import BackupDamaged, ExchangeError
from penctl.exchange.sealed_file import SealedWriter, check_passphrase, open_sealed
from penctl.exchange.whole_file import refuse_existing, whole_file
from penctl.records import schema
from penctl.records.desk import Desk
from penctl.records.entries import ALLOWED, Right
from penctl.records.errors import NotAllowed
from penctl.records.upgrading import form

FORMAT: Final = 1


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself: when it was made, of which records, how many rows it has."""

    made_at: datetime
    store_id: str
    simulated: bool
    form: str
    audit_rows: int
    audit_head: str
    patients: int
    visits: int
    rows: int


def back_up(desk: Desk, path: Path, passphrase: str) -> Backup:
    """Write all records into one encrypted file, then read it once more to its end.

    The file holds the key of the records: whoever has it and its passphrase has everything, and needs
    nothing else. That a backup was made stands in the audit trail, in the backup, too.

    Raises:
        NotAllowed: the user is no admin. ExchangeError: there is a file of that name, a short
        passphrase, no room. BackupDamaged: what was written cannot be read again; it is deleted.
    """
    _need_admin(desk)
    check_passphrase(passphrase)
    refuse_existing(path)
    store = desk.store
    with store.writing(desk.user.name) as ledger:
        ledger.note("BACKUP", "store", store.id, {"form": form(store.database)})
    with dump.one_moment(store.database) as connection, whole_file(path) as stream:
        manifest = _manifest(desk, connection)
        sealed = SealedWriter(stream, passphrase)
        with _packed(sealed) as packed:
            for piece in dump.dumped(connection, schema.metadata, manifest):
                packed.write(piece)
        sealed.finish()
    try:
        return read_backup(path, passphrase)
    except ExchangeError:
        path.unlink()
        raise


def _need_admin(desk: Desk) -> None:
    if Right.MANAGE not in ALLOWED[desk.user.role]:
        raise NotAllowed(
            "A backup holds every name and the key of the records",
            f"{desk.user.name}, {desk.user.role.name.lower()}",
            "an admin",
            "Let an admin make it",
        )


@contextlib.contextmanager
def _packed(sealed: SealedWriter) -> Iterator[IO[bytes]]:
    import zstandard

    target = cast("IO[bytes]", sealed)
    with zstandard.ZstdCompressor(level=3).stream_writer(target, closefd=False) as writer:
        yield cast("IO[bytes]", writer)


def _manifest(desk: Desk, connection: Any) -> dict[str, Any]:
    from sqlalchemy import func, select

    store = desk.store
    tip = connection.execute(select(schema.audit_tip)).one()
    counts = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (schema.patients, schema.visits)
    }
    return {
        "penctl_records": FORMAT,
        "made_at": store.clock().isoformat(),
        "store_id": store.id,
        "simulated": store.simulated,
        "form": form(store.database),
        "audit_rows": int(tip.n),
        "audit_head": bytes(tip.hash).hex(),
        "patients": int(counts["patients"]),
        "visits": int(counts["visits"]),
        "store_key": store.keys.store_key.hex(),
    }


@contextlib.contextmanager
def opened(path: Path, passphrase: str) -> Iterator[tuple[dict[str, Any], Iterator[Any]]]:
    """The manifest of a backup, and its lines behind it.

    Raises:
        ExchangeError: it cannot be read. BackupDamaged: no backup, another passphrase, damage.
    """
    try:
        with path.open("rb") as stream:
            lines = dump.parsed(_unpacked(open_sealed(stream, passphrase)))
            yield dump.manifest_of(lines), lines
    except OSError as error:
        raise ExchangeError(
            "The backup cannot be opened", f"{path} ({error.strerror})", None, "Name the file"
        ) from error


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    unpacker = zstandard.ZstdDecompressor().decompressobj()
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk)
    except zstandard.ZstdError as error:
        raise BackupDamaged("The backup is damaged", str(error)) from error


def read_backup(path: Path, passphrase: str) -> Backup:
    """Read a backup to its end, and count what is in it. Raises BackupDamaged, ExchangeError."""
    with opened(path, passphrase) as (manifest, lines):
        counts: dict[str, int] = {}
        told: dict[str, int] | None = None
        table = ""
        for line in lines:
            if isinstance(line, list):
                counts[table] += 1
            elif "rows" in line:
                told = line["rows"]
            else:
                table = str(line["table"])
                counts[table] = 0
        if told != counts:
            raise BackupDamaged("Rows are missing in the backup", f"{sum(counts.values())} there")
        return described(manifest, sum(counts.values()))


def described(manifest: dict[str, Any], rows: int) -> Backup:
    """The manifest as what it says. Raises BackupDamaged."""
    try:
        return Backup(
            made_at=datetime.fromisoformat(manifest["made_at"]),
            store_id=str(manifest["store_id"]),
            simulated=bool(manifest["simulated"]),
            form=str(manifest["form"]),
            audit_rows=int(manifest["audit_rows"]),
            audit_head=str(manifest["audit_head"]),
            patients=int(manifest["patients"]),
            visits=int(manifest["visits"]),
            rows=rows,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BackupDamaged("The manifest of the backup is damaged", str(error)) from error

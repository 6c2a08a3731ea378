"""The connection: a file under SQLCipher, or a PostgreSQL server. Reading, writing, and errors in our words.

A write takes the one lock that there is (`BEGIN IMMEDIATE`, or the row of the audit's tip), so that writes of
several workstations come one after another; it is whole on disk when it returns, or it did not happen.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as cipher
from sqlalchemy import Connection, Engine, create_engine, event, exc, select

from penctl.records import schema
from penctl.records.errors import (
    Busy,
    Damaged,
    RecordsError,
    StaleRow,
    StoreFull,
    Unreachable,
    WrongKey,
)

SALT_SIZE: Final = 16
BUSY_S = 10.0
"""How long a write waits for another workstation's."""
IDLE_S: Final = 60.0
"""A workstation that froze in the middle of a write is let go by the server, so that the others go on."""
PLAIN_HEAD: Final = b"SQLite format 3\0"
PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on disk: a power cut loses nothing that was told as kept
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what was erased is overwritten
    "PRAGMA cache_size = -65536",  # 64 MiB of pages that are decrypted already
    "PRAGMA temp_store = MEMORY",  # nothing in plain text beside the file
)
NO_CONNECTION: Final = ("57P", "08")
"""How codes of PostgreSQL begin when the server goes or went away."""


def is_server(where: str | Path) -> bool:
    """Whether this names a PostgreSQL server."""
    return isinstance(where, str) and where.startswith(
        ("postgresql://", "postgres://", "postgresql+psycopg://")
    )


class Database:
    """One database. `read` and `write` give a connection in a transaction."""

    def __init__(self, engine: Engine, name: str, file: Path | None = None) -> None:
        self.engine, self.name = engine, name
        self.server = engine.dialect.name == "postgresql"
        self._file = file
        self._same = _identity(file) if file is not None else None

    def _check_there(self) -> None:
        """A file that was removed can still be written by who has it open, and all of that would be lost."""
        if self._file is None or (now := _identity(self._file)) == self._same:
            return
        what = "The file of the records is gone" if now is None else "Another file is in its place"
        raise Unreachable(
            f"{what}, and nothing can be kept",
            self.name,
            remedy="Put the file of the records back, or open them anew where they are now",
        )

    @contextlib.contextmanager
    def read(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A look at the database; with `snapshot` all of it as it was at one moment. Raises RecordsError."""
        self._check_there()
        with errors_told(self.name), self.engine.connect() as connection:
            if snapshot and self.server:  # in a file every transaction is one
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A change, whole or not at all; nobody else writes meanwhile. Raises RecordsError."""
        self._check_there()
        with errors_told(self.name):
            connection = self.engine.connect().execution_options(penctl_writes=True)
            with connection, connection.begin():
                if self.server and self.has_tip(connection):
                    connection.execute(select(schema.audit_tip.c.n).with_for_update())
                yield connection

    def has_tip(self, connection: Connection) -> bool:
        """Whether there are tables yet."""
        return bool(self.engine.dialect.has_table(connection, "audit_tip"))

    def overwrite(self) -> bool:
        """Let what was erased vanish from the file's journal, too, or from the server's table of persons.

        False when somebody else was reading there all the time; then it has to be done again. Raises
        RecordsError.
        """
        try:
            with errors_told(self.name), self.engine.connect() as connection:
                if self.server:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                    connection.exec_driver_sql("VACUUM FULL persons")
                    return True
                driver: Any = connection.connection.driver_connection
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy
        except Busy:
            return False

    def check_pages(self, connection: Connection) -> None:
        """Check the MAC of every page of a file, those too that no table reads. Raises Damaged."""
        if self.server:
            return
        wrong = connection.exec_driver_sql("PRAGMA cipher_integrity_check").scalars().all()
        if wrong:
            raise Damaged(value=f"{self.name}, {len(wrong)} pages: {wrong[0]}")

    def close(self) -> None:
        """Close all connections; the file's journal is put into the file."""
        self.engine.dispose()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_file(path: Path, root: bytes, salt: bytes, *, new: bool = False) -> Database:
    """A file under SQLCipher, with the raw key and the salt of its first 16 bytes.

    Raises:
        Unreachable, WrongKey, Damaged, Busy.
    """
    _check_file(path, new=new)

    def connect() -> Any:
        connection = cipher.connect(
            str(path), timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.execute("PRAGMA cipher_log_level = NONE").fetchall()  # what is wrong we say ourselves
            connection.execute(f"PRAGMA key = \"x'{root.hex()}{salt.hex()}'\"")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            for pragma in PRAGMAS:
                connection.execute(pragma).fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite+pysqlite://", creator=connect, module=cipher, poolclass=_pool(), pool_size=2
    )
    event.listen(engine, "begin", _begin)
    return Database(engine, str(path), path)


def _pool() -> Any:
    from sqlalchemy.pool import QueuePool

    return QueuePool


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("penctl_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_file(path: Path, *, new: bool) -> None:
    if new:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            known = "There is a file of that name already" if isinstance(error, FileExistsError) else ""
            raise Unreachable(known, f"{path} ({error.strerror})", remedy="Name another file") from error
        return
    head = salt_of(path)
    if head == PLAIN_HEAD:
        raise Damaged(
            "This file is not encrypted, so it is no file of records", path, remedy="Name another file"
        )


def salt_of(path: Path) -> bytes:
    """The first 16 bytes of the file: the salt of its key. Raises Unreachable, Damaged."""
    try:
        with path.open("rb") as file:
            head = file.read(SALT_SIZE)
    except OSError as error:
        raise Unreachable(value=f"{path} ({error.strerror})") from error
    if len(head) < SALT_SIZE:
        raise Damaged("This file is too short for records", f"{path}, {len(head)} bytes")
    return head


def open_server(url: str) -> Database:
    """A PostgreSQL server. Raises Unreachable."""
    _, _, rest = url.partition("://")
    waits = f"-c lock_timeout={BUSY_S * 1000:.0f} -c idle_in_transaction_session_timeout={IDLE_S * 1000:.0f}"
    arguments = {"connect_timeout": max(1, int(BUSY_S)), "options": waits}
    engine = create_engine(f"postgresql+psycopg://{rest}", pool_pre_ping=True, connect_args=arguments)
    shown = engine.url.render_as_string(hide_password=True)
    return Database(engine, shown)


@contextlib.contextmanager
def errors_told(name: str) -> Iterator[None]:
    """Errors of the database in our words."""
    try:
        yield
    except (exc.DBAPIError, cipher.Error) as error:
        raise told(error, name) from error


_FILE_WORDS: Final = (
    ("not a database", WrongKey),
    ("malformed", Damaged),
    ("hmac", Damaged),
    ("disk i/o error", Unreachable),
    ("disk is full", StoreFull),
    ("locked", Busy),
    ("unable to open", Unreachable),
    ("readonly", Unreachable),
    ("append-only", Damaged),
)


_SERVER_CODES: Final[dict[str, type[RecordsError]]] = {
    "53100": StoreFull,  # disk_full
    "55P03": Busy,  # lock_not_available
    "40P01": Busy,  # deadlock_detected
}


def told(error: Exception, name: str) -> RecordsError:
    """An error of the database as one of ours."""
    original = getattr(error, "orig", None) or error
    code, words = str(getattr(original, "sqlstate", "") or ""), str(original).strip()
    if isinstance(error, exc.IntegrityError) or isinstance(original, cipher.IntegrityError):
        if "append-only" in words:
            return RecordsError(
                "This part of the records is never changed", words, remedy="Write a new entry"
            )
        return StaleRow(value=words.splitlines()[0] if words else name)
    kind = _kind(code, words)
    return kind(value=f"{name} ({words.splitlines()[0] if words else type(original).__name__})")


def _kind(code: str, words: str) -> type[RecordsError]:
    if code in _SERVER_CODES:
        return _SERVER_CODES[code]
    if code.startswith(NO_CONNECTION) or "connection" in words.lower():
        return Unreachable
    return next((kind for part, kind in _FILE_WORDS if part in words.lower()), RecordsError)

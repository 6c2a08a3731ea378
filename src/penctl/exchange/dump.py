"""The content of a backup: every row of every table as JSON lines, the same for each kind of database.

First line: the manifest. Then for each table a line with its name and columns, and a line for each row, bytes
as {"b": base64}. Last line: how many rows each table had.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table, insert, select

from penctl.exchange.errors import BackupDamaged
from penctl.records.database import Database, errors_told

AT_ONCE: Final = 2000


@contextlib.contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A look at all tables as they stood at one moment, also while others write. Raises RecordsError."""
    with errors_told(database.name), database.engine.connect() as connection:
        if database.server:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def dumped(connection: Connection, metadata: MetaData, manifest: Mapping[str, Any]) -> Iterator[bytes]:
    """The lines of a dump."""
    yield _line(manifest)
    counts: dict[str, int] = {}
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        yield _line({"table": table.name, "columns": names})
        counts[table.name] = 0
        found = connection.execution_options(yield_per=AT_ONCE).execute(
            select(table).order_by(*table.primary_key.columns)
        )
        for part in found.partitions(AT_ONCE):
            counts[table.name] += len(part)
            yield b"".join(_line([_plain(value) for value in row]) for row in part)
    yield _line({"rows": counts})


def _line(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    return value


def _value(content: Any) -> Any:
    return base64.b64decode(content["b"]) if isinstance(content, dict) else content


def manifest_of(lines: Iterator[Any]) -> dict[str, Any]:
    """The first line. Raises BackupDamaged."""
    first = next(lines, None)
    if not isinstance(first, dict) or "penctl_records" not in first:
        raise BackupDamaged("The backup has no manifest", None)
    return first


def parsed(content: Iterable[bytes]) -> Iterator[Any]:
    """The lines of a dump from pieces of any size. Raises BackupDamaged."""
    rest = b""
    for piece in content:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield _json(line)
    if rest:
        raise BackupDamaged("The backup ends too early", "in the middle of a line")


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise BackupDamaged("The backup is damaged", str(error)) from error


def load(connection: Connection, metadata: MetaData, lines: Iterator[Any]) -> dict[str, int]:
    """Insert all rows, and hold their number against that of the last line.

    Raises:
        BackupDamaged: a table or a column that the database does not have, or rows that are missing.
    """
    counts: dict[str, int] = {}
    told: Mapping[str, int] | None = None
    for table, rows in _tables(metadata, lines):
        if table is None:
            told = rows
            continue
        counts.setdefault(table.name, 0)
        if rows:
            connection.execute(insert(table), rows)
            counts[table.name] += len(rows)
    if told is None or dict(told) != counts:
        raise BackupDamaged("Rows are missing in the backup", f"{told} told, {counts} there")
    return counts


def _tables(metadata: MetaData, lines: Iterator[Any]) -> Iterator[tuple[Table | None, Any]]:
    """Rows of a table, some thousand at a time; at last None with the counts."""
    table: Table | None = None
    names: list[str] = []
    waiting: list[dict[str, Any]] = []
    for line in lines:
        if isinstance(line, list):
            waiting.append({name: _value(one) for name, one in zip(names, line, strict=True)})
        if isinstance(line, dict) or len(waiting) >= AT_ONCE:
            if table is not None:
                yield table, waiting
            waiting = []
        if isinstance(line, dict) and "rows" in line:
            yield None, line["rows"]
        elif isinstance(line, dict):
            table, names = _table(metadata, line), list(line["columns"])


def _table(metadata: MetaData, line: Mapping[str, Any]) -> Table:
    table = metadata.tables.get(str(line.get("table")))
    if table is None or set(line["columns"]) - set(table.columns.keys()):
        raise BackupDamaged(
            "The backup has a table that these records do not have",
            line.get("table"),
            None,
            "Restore it with the penctl that made it, then update",
        )
    return table

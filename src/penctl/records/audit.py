"""Reading the audit trail, and proving that nobody has changed it or what it tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, Table, select

from penctl.records import schema
from penctl.records.database import Database
from penctl.records.errors import RecordsError
from penctl.records.keys import StoreKeys, head_text
from penctl.records.ledger import GENESIS, chain_hash, row_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_FINDINGS: Final = 100
AT_ONCE: Final = 2000


@dataclass(frozen=True)
class AuditFinding:
    """One thing that is not as it was written.

    `kind` is CHANGED, DELETED, REORDERED, TRUNCATED, ADDED or FORGED.
    """

    kind: str
    where: str
    text: str


@dataclass
class AuditReport:
    """What a verification found. `rows` of the trail, `heads` signed, `entries` of data were looked at."""

    rows: int = 0
    heads: int = 0
    entries: int = 0
    last_hash: str = ""
    public_key: str = ""
    findings: list[AuditFinding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.findings

    def add(self, kind: str, where: str, text: str) -> None:
        """One finding; after many of them only the count would help, and is not kept."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(AuditFinding(kind, where, text))


@dataclass
class _Sums:
    """What the trail says of one table: its rows, and the sum of the numbers that wrote them last.

    A row that is set back to an older state, or deleted, lowers the sum. Nothing can raise it again: a live
    row must be the very one that its number tells of, and no row ever had a higher number than its true one.
    """

    rows: int = 0
    numbers: int = 0


class AuditTrail:
    """The audit trail of open records."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that check the signed heads; note them outside of the records."""
        return self._keys.public

    def rows(
        self, entity: str = "", entity_id: str = "", last: int | None = None
    ) -> tuple[Mapping[str, Any], ...]:
        """The rows of the trail, oldest first: of a kind of entry, of one entry, the last so many."""
        query = select(schema.audit).order_by(schema.audit.c.n.desc()).limit(last)
        if entity:
            query = query.where(schema.audit.c.entity == entity)
        if entity_id:
            query = query.where(schema.audit.c.entity_id == entity_id)
        with self._database.read() as connection:
            return tuple(dict(row) for row in connection.execute(query).mappings())[::-1]

    def verify(self, *, data: bool = True, noted: Mapping[int, str] | None = None) -> AuditReport:
        """Look at every row of the trail, every signed head, and with `data` at every row of data.

        `noted` are hashes by row that somebody wrote down elsewhere, from a report or an earlier
        verification: only so can it be found that the whole database was set back to an older one.

        Raises:
            Damaged: a page of the file is not as it was written. RecordsError: it cannot be read to its end.
        """
        with self._database.read(snapshot=True) as connection:
            if data:
                self._database.check_pages(connection)
            report = self.verify_on(connection, data=data)
            for n, digest in (noted or {}).items():
                self._check_noted(connection, report, n, digest)
        return report

    def _check_noted(self, connection: Connection, report: AuditReport, n: int, digest: str) -> None:
        query = select(schema.audit.c.hash).where(schema.audit.c.n == n)
        found = connection.execute(query).scalar_one_or_none()
        if found is None:
            report.add("TRUNCATED", f"row {n}", "it was noted elsewhere, and is not there")
        elif not (isinstance(found, bytes) and found.hex() == digest.lower()):
            report.add("CHANGED", f"row {n}", "it is not the row that was noted elsewhere")

    def verify_on(self, connection: Connection, *, data: bool = True) -> AuditReport:
        """The same inside a transaction that is open already, of which it sees what is not yet committed."""
        report = AuditReport(public_key=self.public_key.hex())
        heads = self._heads(connection)
        sums = _chain(connection, report, heads)
        self._tip(connection, report)
        self._check_heads(report, heads)
        if data:
            for table in schema.AUDITED:
                _entries(connection, report, table, sums[table.name])
        return report

    def _heads(self, connection: Connection) -> dict[int, Any]:
        return {int(row.n): row for row in connection.execute(select(schema.audit_heads))}

    def _check_heads(self, report: AuditReport, heads: dict[int, Any]) -> None:
        public = self._keys.signing.public_key()
        for n, head in heads.items():
            about = f"visit {head.visit_id}" if head.visit_id else "closed"
            try:
                public.verify(head.signature, head_text(n, head.hash, about))
            except InvalidSignature:
                report.add("FORGED", f"head at {n}", "the signature is not that of these records")
            if n > report.rows:
                report.add(
                    "TRUNCATED", f"head at {n}", f"signed over row {n}, and the trail ends at {report.rows}"
                )
        report.heads = len(heads)

    def _tip(self, connection: Connection, report: AuditReport) -> None:
        tip = connection.execute(select(schema.audit_tip)).one_or_none()
        if tip is None:
            report.add("TRUNCATED", "end of the trail", "the seal on its end is gone")
            return
        n, digest = int(tip.n), bytes(tip.hash)
        if self._keys.tip_mac(n, digest) != bytes(tip.mac):
            report.add("FORGED", "end of the trail", "the seal on its end is not that of these records")
        if n > report.rows:
            report.add("TRUNCATED", "end of the trail", f"it ended at row {n}, now at {report.rows}")
        elif n < report.rows:
            report.add("ADDED", "end of the trail", f"it ended at row {n}, now at {report.rows}")
        elif report.last_hash != digest.hex():
            report.add("CHANGED", f"row {n}", "the last row is another than was sealed")


def _stream(connection: Connection, query: Any) -> Iterator[tuple[Any, ...]]:
    """Rows a few thousand at a time, as plain tuples from the driver: a trail has millions of rows."""
    statement = str(query.compile(connection))
    driver: Any = connection.connection.driver_connection
    binary = {"name": "verify", "binary": True} if connection.dialect.name == "postgresql" else {}
    cursor = driver.cursor(**binary)
    try:
        cursor.execute(statement)
        while part := cursor.fetchmany(AT_ONCE):
            yield from part
    finally:
        cursor.close()


def _chain(connection: Connection, report: AuditReport, heads: dict[int, Any]) -> dict[str, _Sums]:
    """The chain itself: numbers without a gap, each hash right, each pointing to the one before."""
    sums: dict[str, _Sums] = defaultdict(_Sums)
    previous, expected = GENESIS, 1
    for row in _stream(connection, select(schema.audit).order_by(schema.audit.c.n)):
        n, entity, data_hash, prior, digest = row[0], row[4], row[9], row[10], row[12]
        if n != expected or row[11] != previous or not _is_sound(row) or n in heads:
            _tell_link(report, row, expected, previous, heads)
        if data_hash is not None and isinstance(prior, int | None):
            own = sums[entity]
            own.rows += prior is None
            own.numbers += n - (prior or 0)
        previous, expected = digest, n + 1
        report.rows += 1
    report.last_hash = bytes(previous).hex() if isinstance(previous, bytes) else str(previous)
    return sums


def _is_sound(row: tuple[Any, ...]) -> bool:
    """Whether its hash is that of its content; what somebody wrote into it may be of any type."""
    try:
        return bool(chain_hash(row[:-1]) == row[-1])
    except (TypeError, ValueError, AttributeError):
        return False


def _tell_link(
    report: AuditReport, row: tuple[Any, ...], expected: int, previous: bytes, heads: dict[int, Any]
) -> None:
    """What is wrong with a row of the trail; nothing, when it is only one that was signed."""
    n = row[0]
    if n != expected:
        report.add("DELETED", f"row {expected}", f"rows {expected} to {n - 1} are gone")
    elif row[11] != previous:
        report.add("REORDERED", f"row {n}", "it does not follow the row before it")
    if not _is_sound(row):
        report.add("CHANGED", f"row {n}", f"{row[3]} of {row[4]} {row[5]}: not what was written")
    if n in heads and heads[n].hash != row[12]:
        report.add("CHANGED", f"row {n}", "not the row over which the head was signed")


def _entries(connection: Connection, report: AuditReport, table: Table, wanted: _Sums) -> None:
    """Every row of a table is the one that its row of the trail tells of, and none is missing."""
    audit = schema.audit.c
    columns = sorted(table.columns, key=lambda column: column.name)
    query = select(*columns, audit.entity, audit.entity_id, audit.row_hash).outerjoin_from(
        table, schema.audit, table.c.audit_n == audit.n
    )
    names = [column.name for column in columns]
    id_at, number_at = names.index("id"), names.index("audit_n")
    found = _Sums()
    for row in _stream(connection, query):
        found.rows += 1
        found.numbers += row[number_at] if isinstance(row[number_at], int) else 0
        if row[-3] != table.name or row[-2] != row[id_at]:
            report.add("ADDED", f"{table.name} {row[id_at]}", "the audit trail tells of no such entry")
        elif not _is_as_told(names, row):
            report.add("CHANGED", f"{table.name} {row[id_at]}", "it is not what the audit trail tells of")
    report.entries += found.rows
    _compare(report, table.name, found, wanted)


def _is_as_told(names: list[str], row: tuple[Any, ...]) -> bool:
    try:
        return bool(row_hash(dict(zip(names, row, strict=False))) == row[-1])
    except (TypeError, ValueError, RecordsError):
        return False


def _compare(report: AuditReport, name: str, found: _Sums, wanted: _Sums) -> None:
    if found.rows < wanted.rows:
        report.add("DELETED", name, f"{wanted.rows} entries were written, {found.rows} are there")
    elif found.rows > wanted.rows:
        report.add("ADDED", name, f"{wanted.rows} entries were written, {found.rows} are there")
    elif found.numbers != wanted.numbers:
        report.add("CHANGED", name, "an entry was set back to an older state of itself")

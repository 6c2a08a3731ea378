"""Reading the audit trail, and proving that nobody has changed it or what it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, Table, select

from penctl.records import schema
from penctl.records.database import Database
from penctl.records.keys import StoreKeys, head_text
from penctl.records.ledger import AUDIT_COLUMNS, GENESIS, chain_hash, row_hash

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

    def rows(self, entity: str = "", entity_id: str = "") -> tuple[Mapping[str, Any], ...]:
        """The rows of the trail, oldest first; of one kind of entry, or of one entry."""
        query = select(schema.audit).order_by(schema.audit.c.n)
        if entity:
            query = query.where(schema.audit.c.entity == entity)
        if entity_id:
            query = query.where(schema.audit.c.entity_id == entity_id)
        with self._database.read() as connection:
            return tuple(dict(row) for row in connection.execute(query).mappings())

    def verify(self, *, data: bool = True) -> AuditReport:
        """Look at every row of the trail, every signed head, and with `data` at every row of data.

        Raises:
            RecordsError: the file cannot be read to its end.
        """
        report = AuditReport(public_key=self.public_key.hex())
        with self._database.read() as connection:
            heads = self._heads(connection)
            sums = _chain(connection, report, heads)
            self._tip(connection, report)
            self._check_heads(report, heads)
            if data:
                for table in schema.AUDITED:
                    _entries(connection, report, table, sums.get(table.name, _Sums()))
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


def _stream(connection: Connection, query: Any) -> Iterator[Any]:
    """Rows a few thousand at a time, as plain tuples."""
    result = connection.execution_options(yield_per=AT_ONCE, stream_results=True).execute(query)
    for part in result.partitions(AT_ONCE):
        yield from part


def _chain(connection: Connection, report: AuditReport, heads: dict[int, Any]) -> dict[str, _Sums]:
    """The chain itself: numbers without a gap, each hash right, each pointing to the one before."""
    sums: dict[str, _Sums] = {}
    previous, expected = GENESIS, 1
    place = {name: number for number, name in enumerate(AUDIT_COLUMNS)}
    n_at, act_at, entity_at, prior_at = (place[name] for name in ("n", "act", "entity", "prior_n"))
    hashed_at = place["row_hash"]
    for found in _stream(connection, select(schema.audit).order_by(schema.audit.c.n)):
        row = tuple(found)
        n, body, digest = row[n_at], row[:-1], bytes(row[-1])
        if n != expected:
            report.add("DELETED", f"row {expected}", f"rows {expected} to {n - 1} are gone")
        elif bytes(row[-2]) != previous:
            report.add("REORDERED", f"row {n}", "it does not follow the row before it")
        if chain_hash(body) != digest:
            report.add("CHANGED", f"row {n}", f"{row[act_at]} of {row[entity_at]}: not what was written")
        if n in heads and bytes(heads[n].hash) != digest:
            report.add("CHANGED", f"row {n}", "not the row over which the head was signed")
        if row[hashed_at] is not None:
            own = sums.setdefault(row[entity_at], _Sums())
            own.rows += row[prior_at] is None
            own.numbers += n - (row[prior_at] or 0)
        previous, expected = digest, n + 1
        report.rows += 1
    report.last_hash = previous.hex()
    return sums


def _entries(connection: Connection, report: AuditReport, table: Table, wanted: _Sums) -> None:
    """Every row of a table is the one that its row of the trail tells of, and none is missing."""
    audit = schema.audit.c
    query = select(*table.columns, audit.entity, audit.entity_id, audit.row_hash).outerjoin_from(
        table, schema.audit, table.c.audit_n == audit.n
    )
    names = [column.name for column in table.columns]
    id_at, number_at = names.index("id"), names.index("audit_n")
    found = _Sums()
    for row in _stream(connection, query):
        values = dict(zip(names, row, strict=False))
        entity, entity_id, digest = row[-3:]
        found.rows += 1
        found.numbers += row[number_at]
        if (entity, entity_id) != (table.name, row[id_at]):
            report.add("ADDED", f"{table.name} {row[id_at]}", "the audit trail tells of no such entry")
        elif digest is None or row_hash(values) != bytes(digest):
            report.add("CHANGED", f"{table.name} {row[id_at]}", "it is not what the audit trail tells of")
    report.entries += found.rows
    if found.rows < wanted.rows:
        report.add("DELETED", table.name, f"{wanted.rows} entries were written, {found.rows} are there")
    elif found.rows > wanted.rows:
        report.add("ADDED", table.name, f"{wanted.rows} entries were written, {found.rows} are there")
    elif found.numbers != wanted.numbers:
        report.add("CHANGED", table.name, "an entry was set back to an older state of itself")

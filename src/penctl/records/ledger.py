"""Writing: every change of a row goes through here, and each leaves a row in the audit trail.

A row of the trail says who, when, what act on which entry, old and new values, why, and the hash of the whole
data row as it is now; it is chained to the one before by SHA-256. Personal values are there as keyed hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Float, Integer, Table, insert, select, update

from penctl.records import schema
from penctl.records.errors import Damaged, NotFound, StaleRow
from penctl.records.keys import StoreKeys
from penctl.records.values import canonical, check_texts, utc_text

GENESIS: Final = bytes(32)
HIDDEN: Final[Mapping[str, frozenset[str]]] = {
    "users": frozenset({"password_hash"}),
    "persons": frozenset({"wrapped_key", "sealed"}),
    "visit_events": frozenset({"content"}),
    "screenings": frozenset({"answers"}),
    "plans": frozenset({"content"}),
    "store": frozenset({"wrapped_key", "sign_private"}),
}
"""Columns that the trail holds by the hash of the row only: secret, or long and never changed."""
_CHAIN: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_SELF: Final = frozenset({"audit_n"})
AUDIT_COLUMNS: Final = tuple(column.name for column in schema.audit.columns)


def row_hash(values: Mapping[str, Any]) -> bytes:
    """SHA-256 of a data row; NULLs and the number of its audit row do not enter it."""
    content = {name: value for name, value in values.items() if value is not None and name not in _SELF}
    return hashlib.sha256(canonical(content).encode()).digest()


def chain_hash(row: tuple[Any, ...]) -> bytes:
    """SHA-256 of an audit row: of its columns but the last, `hash`, as a JSON list in ASCII, bytes as hex."""
    *plain, data_hash, prior, previous = row
    plain += (data_hash.hex() if data_hash else None, prior, previous.hex())
    return hashlib.sha256(_CHAIN(plain).encode()).digest()


def typed(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the columns give them back, so that a row has the same hash before and after."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, Float):
            value = float(value)
        elif value is not None and isinstance(kind, Integer):
            value = int(value)
        found[name] = value
    return found


class Ledger:
    """One transaction's changes, by one user at one time. `close` seals the new end of the trail."""

    def __init__(self, connection: Connection, keys: StoreKeys, user: str, at: datetime) -> None:
        self.connection, self.user, self.at = connection, user, utc_text(at)
        self._keys = keys
        tip = connection.execute(select(schema.audit_tip.c.n, schema.audit_tip.c.hash)).one_or_none()
        self._has_tip = tip is not None
        self.n, self.hash = (0, GENESIS) if tip is None else (int(tip.n), bytes(tip.hash))
        self._began_at = self.n

    def create(
        self,
        table: Table,
        values: Mapping[str, Any],
        *,
        why: str = "",
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        """Insert a row; `shown` is told in the trail instead of hidden columns. Raises StaleRow."""
        row = typed(table, values)
        if "row_version" in table.columns:
            row["row_version"] = 1
        check_texts(row)
        told = {**_visible(table, row), **(shown or {})}
        n = self._append("CREATE", table.name, row["id"], None, told, why, row_hash(row), None)
        self.insert(table, {**row, "audit_n": n})

    def insert(self, table: Table, row: dict[str, Any]) -> None:
        """Write one row of a table; whoever fills records may gather them first."""
        self.connection.execute(insert(table), row)

    def change(
        self,
        table: Table,
        row_id: str,
        changes: Mapping[str, Any],
        *,
        row_version: int | None = None,
        why: str = "",
        act: str = "CHANGE",
        shown: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
    ) -> dict[str, Any]:
        """Change a row and return it as it is now.

        Raises:
            NotFound: there is none. StaleRow: it is no longer `row_version`.
        """
        found = self.connection.execute(select(table).where(table.c.id == row_id)).mappings().one_or_none()
        if found is None:
            raise NotFound(value=f"{table.name} {row_id}")
        present = dict(found)
        if row_version is not None and row_version != present["row_version"]:
            raise StaleRow(value=f"version {row_version}", limit=f"now version {present['row_version']}")
        wanted = typed(table, changes)
        check_texts(wanted)
        prior = int(present.pop("audit_n"))
        row = {**present, **wanted, "row_version": int(present["row_version"]) + 1}
        old = {**_visible(table, {name: present[name] for name in wanted}), **shown[0]}
        new = {**_visible(table, wanted), **shown[1]}
        n = self._append(act, table.name, row_id, old, new, why, row_hash(row), prior)
        self.connection.execute(update(table).where(table.c.id == row_id), {**row, "audit_n": n})
        return row

    def note(self, act: str, entity: str, entity_id: str, told: Mapping[str, Any], why: str = "") -> None:
        """Say in the trail that something was done that changes no row: a look at names, an export."""
        self._append(act, entity, entity_id, None, told, why, None, None)

    def sign_head(self, about: str, visit_id: str | None) -> None:
        """Sign the present end of the trail; the signature becomes a row of its own."""
        n, head = self.n, self.hash
        row = {"id": f"{n:012d}", "n": n, "hash": head, "visit_id": visit_id, "at": self.at}
        row["signature"] = self._keys.sign_head(n, head, about)
        self.create(schema.audit_heads, row, why=about)

    def close(self) -> None:
        """Seal the new end of the trail; to be called last in the transaction."""
        if self.n == self._began_at:
            return
        tip = {"n": self.n, "hash": self.hash, "mac": self._keys.tip_mac(self.n, self.hash)}
        if self._has_tip:
            done = self.connection.execute(
                update(schema.audit_tip).where(schema.audit_tip.c.n == self._began_at), tip
            )
            if done.rowcount != 1:
                raise Damaged("The end of the audit trail is not where it was", self._began_at)
        else:
            self.insert(schema.audit_tip, {"id": 1, **tip})

    def _append(
        self,
        act: str,
        entity: str,
        entity_id: str,
        old: Mapping[str, Any] | None,
        new: Mapping[str, Any] | None,
        why: str,
        data_hash: bytes | None,
        prior: int | None,
    ) -> int:
        said = (None if old is None else canonical(old), None if new is None else canonical(new))
        row = (
            self.n + 1,
            self.at,
            self.user,
            act,
            entity,
            entity_id,
            *said,
            why,
            data_hash,
            prior,
            self.hash,
        )
        digest = chain_hash(row)
        check_texts({"why": why, "id": entity_id})
        values = dict(zip(AUDIT_COLUMNS, (*row, digest), strict=True))
        self.insert(schema.audit, values)
        self.n, self.hash = self.n + 1, digest
        return self.n


def _visible(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    hidden = HIDDEN.get(table.name, frozenset())
    return {
        name: value
        for name, value in values.items()
        if name not in hidden and name not in ("id", "row_version") and value is not None
    }

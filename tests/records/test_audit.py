"""The audit trail finds any change, deletion, reordering and truncation, also one made with SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from records_rig import KEY, Clinic
from sqlalchemy import insert, select, text, update

from penctl.records import RecordsError, open_store, schema
from penctl.records.audit import AuditReport
from penctl.records.ledger import chain_hash


def kinds(report: AuditReport) -> set[str]:
    return {finding.kind for finding in report.findings}


def test_records_that_nobody_touched_are_as_they_were_written(visited: Clinic) -> None:
    """The other tests change this: it must be good before."""
    report = visited.store.audit.verify()
    assert report.findings == []
    assert report.rows > 80
    assert report.entries > 70
    assert report.heads >= 3
    again = open_store(visited.where, key=KEY, clock=lambda: visited.now)
    assert again.audit.verify().last_hash == report.last_hash
    again.close()


@pytest.fixture(scope="module")
def tampered(visited_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A copy without triggers, to which each change is made and taken back again."""
    opened = Clinic(visited_template(tmp_path_factory.mktemp("tampered")))
    opened.drop_triggers()
    yield opened
    assert opened.store.audit.verify().ok
    opened.store.close()


CHANGES = {
    "a value in the trail": ("UPDATE audit SET new='{}' WHERE n=20", "CHANGED"),
    "who did it": ("UPDATE audit SET user_id='nobody' WHERE n=20", "CHANGED"),
    "when it was": ("UPDATE audit SET at='2020-01-01T00:00:00.000000Z' WHERE n=20", "CHANGED"),
    "the reason": ("UPDATE audit SET why='because' WHERE n=12", "CHANGED"),
    "a row of the trail deleted": ("DELETE FROM audit WHERE n=20", "DELETED"),
    "the first row deleted": ("DELETE FROM audit WHERE n=1", "DELETED"),
    "the end cut off": ("DELETE FROM audit WHERE n > 60", "TRUNCATED"),
    "all rows deleted": ("DELETE FROM audit", "TRUNCATED"),
    "the seal deleted": ("DELETE FROM audit_tip", "TRUNCATED"),
    "two rows exchanged": (
        "UPDATE audit SET n=-1 WHERE n=9; UPDATE audit SET n=9 WHERE n=8; UPDATE audit SET n=8 WHERE n=-1",
        "CHANGED",
    ),
    "a depth": ("UPDATE passes SET deepest_um = 250", "CHANGED"),
    "a line of a journal": ("UPDATE visit_events SET content='{}' WHERE number=3", "CHANGED"),
    "a line of a journal deleted": ("DELETE FROM visit_events WHERE number=3", "DELETED"),
    "an adverse event deleted": ("DELETE FROM adverse_events", "DELETED"),
    "a lock forgotten": ("DELETE FROM zone_treatments", "DELETED"),
    "a lock made older": ("UPDATE zone_treatments SET at='2020-01-01T00:00:00.000000Z'", "CHANGED"),
    "a role": ("UPDATE users SET role='ADMIN' WHERE id='alan'", "CHANGED"),
    "a cartridge made new": ("UPDATE cartridges SET disposed=0", "CHANGED"),
    "simulated made real": ("UPDATE store SET simulated=0", "CHANGED"),
    "a rule of the clinic added": ("INSERT INTO clinic_rules VALUES ('R-05', 1, 1, 5)", "ADDED"),
    "a signed head": ("UPDATE audit_heads SET at='2020-01-01T00:00:00.000000Z'", "CHANGED"),
    "a signed head moved": ("UPDATE audit_heads SET n = n - 1", "FORGED"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_with_sql_is_found(tampered: Clinic, what: str) -> None:
    """`verify` finds any change, deletion, reordering or truncation, also one made with SQL."""
    statements, kind = CHANGES[what]
    with tampered.store.database.engine.connect() as connection, connection.begin() as transaction:
        for statement in statements.split(";"):
            assert connection.execute(text(statement)).rowcount
        report = tampered.store.audit.verify_on(connection)
        transaction.rollback()
    assert kind in kinds(report)


def test_the_database_itself_refuses_a_change(visited: Clinic) -> None:
    """Append-only: a trigger refuses UPDATE and DELETE, and TRUNCATE where there is one."""
    statements = ["UPDATE audit SET why='x'", "DELETE FROM audit", "UPDATE passes SET done=0"]
    statements += ["DELETE FROM visits", "UPDATE visit_events SET at='x'"]
    if visited.store.database.server:
        statements.append("TRUNCATE audit CASCADE")
    for statement in statements:
        with pytest.raises(RecordsError, match="never changed"):
            visited.sql(statement)
    assert visited.store.audit.verify().ok


def test_a_chain_that_was_computed_anew_is_found(visited: Clinic) -> None:
    """Who knows how the chain is made can mend it after a change, but not sign it."""
    visited.drop_triggers()
    with visited.store.database.write() as connection:
        previous = b""
        for row in [
            tuple(row) for row in connection.execute(select(schema.audit).order_by(schema.audit.c.n))
        ]:
            changed = ("mallory" if row[0] == 20 else row[2],)
            body = (*row[:2], *changed, *row[3:11], previous or row[11])
            previous = chain_hash(body)
            wanted: dict[str, Any] = {"user_id": body[2], "previous": body[11], "hash": previous}
            connection.execute(update(schema.audit).where(schema.audit.c.n == row[0]), wanted)
        connection.execute(update(schema.audit_tip), {"hash": previous})
    report = visited.store.audit.verify()
    assert kinds(report) == {"CHANGED", "FORGED"}


def test_a_trail_cut_off_with_its_seal_set_back_is_found(visited: Clinic) -> None:
    """Truncation, by somebody who also takes the heads away and moves the seal."""
    visited.drop_triggers()
    cut = 60
    visited.sql("DELETE FROM audit_heads WHERE n >= :cut", cut=cut)
    visited.sql("DELETE FROM audit WHERE n > :cut", cut=cut)
    [(digest,)] = visited.sql("SELECT hash FROM audit WHERE n = :cut", cut=cut)
    visited.sql("UPDATE audit_tip SET n = :cut, hash = :hash", cut=cut, hash=digest)
    report = visited.store.audit.verify(data=False)
    assert kinds(report) == {"FORGED"}


def test_an_entry_set_back_to_an_older_state_is_found(visited: Clinic) -> None:
    """A change: each state was once true, and only the newest is."""
    [present] = visited.sql("SELECT * FROM patients WHERE pseudonym='P-ADA'")
    assert present.row_version == 2
    [(n,)] = visited.sql(
        "SELECT n FROM audit WHERE entity='patients' AND entity_id=:id ORDER BY n LIMIT 1", id=present.id
    )
    visited.drop_triggers()
    visited.sql("UPDATE patients SET row_version=1, audit_n=:n WHERE id=:id", n=n, id=present.id)
    report = visited.store.audit.verify()
    assert [(one.kind, one.where) for one in report.findings] == [("CHANGED", "patients")]


def test_values_of_another_type_are_a_finding_and_no_crash(visited: Clinic) -> None:
    """A file takes any type in any column; the verification says so instead of breaking."""
    if visited.store.database.server:
        return
    visited.drop_triggers()
    visited.sql("UPDATE audit SET row_hash='text' WHERE n=20")
    visited.sql("UPDATE audit SET prior_n='text' WHERE n=21")
    visited.sql("UPDATE passes SET audit_n='text'")
    visited.sql("UPDATE visits SET mode=x'00'")
    assert kinds(visited.store.audit.verify()) >= {"CHANGED"}


def test_the_trail_tells_who_when_what_and_why(visited: Clinic) -> None:
    """Who, when, what, old, new, why; personal values only as hashes."""
    rows = visited.store.audit.rows("persons")
    [changed] = [row for row in rows if row["act"] == "CHANGE"]
    assert (changed["user_id"], changed["why"]) == ("dora", "married")
    assert changed["old"] != changed["new"]
    assert "hmac:" in changed["new"]
    with visited.store.database.read() as connection:
        whole = str(connection.execute(text("SELECT old, new, why FROM audit")).all())
    assert "Ada" not in whole


def test_a_row_that_somebody_added_is_found(visited: Clinic) -> None:
    """A row whose audit row tells of another entry was never written by the records."""
    visited.drop_triggers()
    with visited.store.database.write() as connection:
        row = dict(connection.execute(select(schema.passes)).mappings().first() or {})
        connection.execute(insert(schema.passes), {**row, "id": "another"})
    assert "ADDED" in kinds(visited.store.audit.verify())

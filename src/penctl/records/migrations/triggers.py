"""Triggers that keep rows: none is ever deleted, and rows of append-only tables are not changed either.

Whoever may drop a trigger can get around it; then the audit trail's chain tells.
"""

from __future__ import annotations

from alembic import op

_REFUSE = """
CREATE OR REPLACE FUNCTION penctl_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def guard(table: str, *, change: bool) -> None:
    """Refuse DELETE on a table, and unless `change` UPDATE as well."""
    acts = ("DELETE",) if change else ("DELETE", "UPDATE")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        events = " OR ".join(acts)
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE {events} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION penctl_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER keep_all_{table} BEFORE TRUNCATE ON {table} EXECUTE FUNCTION penctl_refuse()"
        )
        return
    for act in acts:
        op.execute(
            f"CREATE TRIGGER keep_{table}_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )

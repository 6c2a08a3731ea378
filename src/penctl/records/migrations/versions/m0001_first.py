"""The first form: all tables, and triggers that refuse to change or delete what was written."""

from __future__ import annotations

from alembic import op

from penctl.records.migrations.form_0001 import APPEND_ONLY, metadata
from penctl.records.migrations.triggers import guard

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and their triggers."""
    metadata.create_all(op.get_bind())
    for table in metadata.tables:
        guard(table, change=table not in APPEND_ONLY)

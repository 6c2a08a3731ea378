"""The tables as form 0001 made them; frozen. The present ones are in `penctl.records.schema`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, empty: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=empty)


def _whole(name: str, *, empty: bool = False) -> Column[Any]:
    return Column(name, Integer, nullable=empty)


def _table(name: str, *columns: Any, mutable: bool = False) -> Table:
    version = (_whole("row_version"),) if mutable else ()
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        *columns,
        *version,
        Column("audit_n", BigInteger, nullable=False),
    )


def _of(table: str, *, empty: bool = False, name: str = "") -> Column[Any]:
    return Column(name or f"{table[:-1]}_id", Text, ForeignKey(f"{table}.id"), nullable=empty)


store: Final = _table(
    "store",
    _whole("simulated"),
    _text("time_zone"),
    _text("created_at"),
    _text("salt"),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sign_public", LargeBinary, nullable=False),
    Column("sign_private", LargeBinary, nullable=False),
    mutable=True,
)
users: Final = _table(
    "users",
    _text("role"),
    _text("password_hash"),
    _whole("active"),
    _whole("tries"),
    _text("locked_until", empty=True),
    _text("created_at"),
    mutable=True,
)
patients: Final = _table(
    "patients",
    Column("pseudonym", Text, nullable=False, unique=True),
    _text("created_at"),
    _whole("erased"),
    mutable=True,
)
persons: Final = _table(
    "persons",
    Column("wrapped_key", LargeBinary, nullable=True),
    Column("sealed", LargeBinary, nullable=True),
    mutable=True,
)
devices: Final = _table(
    "devices", _text("name"), _text("firmware"), _whole("simulated"), _text("first_seen"), mutable=True
)
visits: Final = _table(
    "visits",
    _of("patients"),
    _text("mode"),
    _text("begun_at"),
    _text("day"),
    _text("by"),
    _of("devices", empty=True),
    _text("status"),
    _text("closed_at", empty=True),
    _text("ended_early"),
    Index(None, "patient_id", "begun_at"),
    Index(None, "day"),
    Index(
        "ix_visits_open", "status", sqlite_where=text("status='OPEN'"), postgresql_where=text("status='OPEN'")
    ),
    mutable=True,
)
visit_events: Final = _table(
    "visit_events",
    _of("visits"),
    _whole("number"),
    _text("at"),
    _text("by"),
    _text("kind"),
    _text("content"),
    UniqueConstraint("visit_id", "number"),
)


def _of_visit(name: str, *columns: Any, mutable: bool = False, visit_known: bool = True) -> Table:
    """A table of something that happened to a person, in a visit or outside of one."""
    return _table(
        name,
        _of("patients"),
        _of("visits", empty=not visit_known),
        _text("at"),
        _text("by"),
        *columns,
        Index(None, "patient_id"),
        Index(None, "visit_id"),
        mutable=mutable,
    )


screenings: Final = _of_visit("screenings", _text("answers"), _text("signatures"))
consents: Final = _of_visit("consents", _text("form"))
plans: Final = _of_visit("plans", _text("content"), _text("signatures"))
passes: Final = _of_visit(
    "passes",
    _text("zone"),
    _text("direction"),
    _text("begun_at"),
    _whole("done"),
    _whole("strokes"),
    _whole("strokes_air"),
    _whole("strokes_unseen"),
    _whole("deepest_um"),
    Column("contact_s", Float, nullable=False),
)
zone_treatments: Final = _of_visit(
    "zone_treatments",
    _text("zone"),
    _text("last_at"),
    _whole("planned_um"),
    _whole("deepest_um"),
    mutable=True,
)
zone_claims: Final = _of_visit(
    "zone_claims",
    _text("zone"),
    _whole("held"),
    Index(
        "uq_zone_claims_held",
        "patient_id",
        "zone",
        unique=True,
        sqlite_where=text("held=1"),
        postgresql_where=text("held=1"),
    ),
    mutable=True,
)
cartridges: Final = _table(
    "cartridges",
    _of("patients"),
    _text("kind"),
    _whole("needles"),
    _text("lot"),
    _text("sterile_until"),
    _text("first_read_at"),
    _whole("disposed"),
    Index(None, "patient_id"),
    Index(None, "lot"),
    mutable=True,
)
cartridge_uses: Final = _of_visit("cartridge_uses", _of("cartridges"), Index(None, "cartridge_id"))
trips: Final = _of_visit("trips", _text("interlock"), _text("text"))
adverse_events: Final = _of_visit(
    "adverse_events", _text("kind"), _whole("severity"), _text("zone"), _text("text"), visit_known=False
)
therapies: Final = _of_visit(
    "therapies", _text("therapy"), _text("used_at"), _text("said_by"), _text("text"), visit_known=False
)
photos: Final = _of_visit("photos", _text("moment"), _text("zone"), _text("reference"), visit_known=False)
outcomes: Final = _of_visit(
    "outcomes",
    _text("zone"),
    _text("measure"),
    Column("value", Float, nullable=False),
    _text("on_day"),
    _text("photo"),
    visit_known=False,
)
elsewhere: Final = _table(
    "elsewhere",
    _of("patients"),
    _text("at"),
    _text("by"),
    _text("zone"),
    _text("treated_at"),
    _whole("depth_um", empty=True),
    _text("tool"),
    _text("text"),
    Index(None, "patient_id"),
)
clinic_rules: Final = _table("clinic_rules", Column("value", BigInteger, nullable=False), mutable=True)

# --- the audit trail ---

audit: Final = Table(
    "audit",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    _text("at"),
    _text("user_id"),
    _text("act"),
    _text("entity"),
    _text("entity_id"),
    _text("old", empty=True),
    _text("new", empty=True),
    _text("why"),
    Column("row_hash", LargeBinary, nullable=True),
    Column("prior_n", BigInteger, nullable=True),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "entity", "entity_id"),
)
audit_tip: Final = Table(
    "audit_tip",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
audit_heads: Final = _table(
    "audit_heads",
    Column("n", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    _of("visits", empty=True),
    _text("at"),
    Column("signature", LargeBinary, nullable=False),
)

APPEND_ONLY: Final = (
    "audit",
    "audit_heads",
    "visit_events",
    "screenings",
    "consents",
    "plans",
    "passes",
    "cartridge_uses",
    "trips",
    "adverse_events",
    "therapies",
    "photos",
    "outcomes",
    "elsewhere",
)

"""The clinic's memory: patients, visits and their journals in an encrypted database, with an audit trail.

`create_store` makes one, `open_store` opens it, `Store.sign_in` gives a `Desk` to work at. The database is
the visit's journal: an event is on disk before it counts. Heavy packages load with the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penctl.records.audit import AuditReport as AuditReport
    from penctl.records.desk import Desk as Desk
    from penctl.records.entries import Adverse as Adverse
    from penctl.records.entries import Device as Device
    from penctl.records.entries import Elsewhere as Elsewhere
    from penctl.records.entries import Patient as Patient
    from penctl.records.entries import Role as Role
    from penctl.records.entries import VisitRow as VisitRow
    from penctl.records.errors import RecordsError as RecordsError
    from penctl.records.open_visit import OpenVisit as OpenVisit
    from penctl.records.opening import create_store as create_store
    from penctl.records.opening import open_store as open_store
    from penctl.records.store import Store as Store

_WHERE = {
    "Adverse": "entries",
    "AuditReport": "audit",
    "Desk": "desk",
    "Device": "entries",
    "Elsewhere": "entries",
    "OpenVisit": "open_visit",
    "Patient": "entries",
    "RecordsError": "errors",
    "Role": "entries",
    "Store": "store",
    "VisitRow": "entries",
    "create_store": "opening",
    "open_store": "opening",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"penctl.records has no {name}")
    return getattr(import_module(f"penctl.records.{_WHERE[name]}"), name)

"""Alarm conditions that are no interlock: reads hardware/alarms.toml.

The priority of an interlock stands in interlocks.toml, that of its warning stage too; here stands the rest,
so that a code has its priority in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.interlocks import PRIORITIES, load_interlocks
from penctl.hardware.limits import mark_of
from penctl.hardware.quantity import Mark

FILE: Final = "alarms.toml"
TOLD_BY: Final = ("pen", "host")
_KEYS: Final = (
    *("code", "told_by", "interlock", "priority", "priority_moving"),
    *("name", "cause", "remedy", "why", "mark"),
)


@dataclass(frozen=True)
class AlarmKind:
    """One alarm condition. `interlock` is the id of the row whose warning stage it is, "" for none.

    `priority_moving` holds while the needles move, or moved when the pen was heard last. `name`, `cause` and
    `remedy` are the host's; the pen's warnings have their words in `penctl.warning_words`.
    """

    code: str
    told_by: str
    interlock: str
    priority: str
    priority_moving: str
    name: str
    cause: str
    remedy: str
    why: str
    mark: Mark


def load_alarms(folder: Folder = None) -> dict[str, AlarmKind]:
    """Read alarms.toml; keys are the codes, in the file's order.

    Raises HardwareFileError: a key missing, a code twice, a priority beside a row that has it already.
    """
    table = read_table(FILE, folder)
    table.only(("schema", "alarm"))
    rows = {row.id: row.priority_warning for row in load_interlocks(folder).values()}
    found: dict[str, AlarmKind] = {}
    for row in table.tables("alarm"):
        kind = _kind(row, rows)
        if kind.code in found:
            raise row.error("code", kind.code, "each code once")
        found[kind.code] = kind
    return found


def _kind(row: Table, rows: dict[str, str]) -> AlarmKind:
    row.only(_KEYS)
    told_by = row.choice("told_by", TOLD_BY)
    interlock, priority = _priority(row, rows)
    return AlarmKind(
        code=row.text("code"),
        told_by=told_by,
        interlock=interlock,
        priority=priority,
        priority_moving=row.choice("priority_moving", PRIORITIES)
        if "priority_moving" in row.content
        else priority,
        name=_words(row, "name", told_by),
        cause=_words(row, "cause", told_by),
        remedy=_words(row, "remedy", told_by),
        why=row.text("why"),
        mark=mark_of(row),
    )


def _priority(row: Table, rows: dict[str, str]) -> tuple[str, str]:
    if "interlock" not in row.content:
        return "", row.choice("priority", PRIORITIES)
    if "priority" in row.content:
        raise row.error("priority", row.content["priority"], "none: the row of the interlock says it")
    interlock = row.choice("interlock", tuple(rows))
    return interlock, rows[interlock]


def _words(row: Table, key: str, told_by: str) -> str:
    """Words of the host's conditions; the pen's have theirs elsewhere."""
    if told_by == "host":
        return row.text(key)
    if key in row.content:
        raise row.error(key, row.content[key], "none: penctl/warning_words.py has the words of a warning")
    return ""

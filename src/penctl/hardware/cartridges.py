"""Needle cartridges: reads hardware/cartridges.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.limits import DEPTH_CEILING_UM, MODES, mark_of
from penctl.hardware.quantity import Mark

FILE: Final = "cartridges.toml"

_KEYS: Final = (
    "name",
    "kind",
    "needles",
    "needle_diameter_um",
    "tip_radius_um",
    "head_width_um",
    "stop_um",
    "mark",
    "source",
)


@dataclass(frozen=True)
class Cartridge:
    """One kind of cartridge. `kind` is HOME or CLINICAL; `stop_um` is its own mechanical depth limit."""

    name: str
    kind: str
    needles: int
    needle_diameter_um: int
    tip_radius_um: int
    head_width_um: int
    stop_um: int
    mark: Mark
    source: str


def load_cartridges(folder: Folder = None) -> dict[str, Cartridge]:
    """Read cartridges.toml; keys are the names. Raises HardwareFileError."""
    table = read_table(FILE, folder)
    table.only(("schema", "cartridge"))
    found: dict[str, Cartridge] = {}
    for row in table.tables("cartridge"):
        cartridge = _cartridge(row)
        if cartridge.name in found:
            raise row.error("name", cartridge.name, "each cartridge once")
        found[cartridge.name] = cartridge
    for kind in MODES:
        if not any(cartridge.kind == kind for cartridge in found.values()):
            raise table.error("cartridge", list(found), f"at least one of kind {kind}")
    return found


def _cartridge(row: Table) -> Cartridge:
    row.only(_KEYS)
    kind = row.choice("kind", MODES)
    return Cartridge(
        name=row.text("name"),
        kind=kind,
        needles=row.integer("needles", 1, 100),
        needle_diameter_um=row.integer("needle_diameter_um", 100, 500),
        tip_radius_um=row.integer("tip_radius_um", 1, 50),
        head_width_um=row.integer("head_width_um", 1000, 20_000),
        stop_um=row.integer("stop_um", 1, DEPTH_CEILING_UM[kind]),
        mark=mark_of(row),
        source=row.text("source"),
    )

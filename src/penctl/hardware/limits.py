"""The hard limits of each mode: reads hardware/limits.toml."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.quantity import Mark

FILE: Final = "limits.toml"
MODES: Final = ("HOME", "CLINICAL")

# The table says the limits in force; these ceilings say what no table may ever say. They are the requirement
# that the project exists for: an installed table that was edited to 3 mm is refused here, and not only by a
# test or by the firmware's hash. A narrower table passes, so this is no second copy of the limits.
DEPTH_CEILING_UM: Final = MappingProxyType({"HOME": 250, "CLINICAL": 2500})
# Rates are proposals still: only what the mechanism could ever do bounds them.
RATE_RANGE_MHZ: Final = (10_000, 180_000)

_KEYS: Final = (
    "name",
    "depth_min_um",
    "depth_max_um",
    "depth_mark",
    "depth_source",
    "rate_min_mhz",
    "rate_max_mhz",
    "rate_mark",
    "rate_source",
)


@dataclass(frozen=True)
class ModeLimits:
    """Hard limits of one mode: depth in µm, stroke rate in mHz, both ends allowed."""

    name: str
    depth_min_um: int
    depth_max_um: int
    depth_mark: Mark
    depth_source: str
    rate_min_mhz: int
    rate_max_mhz: int
    rate_mark: Mark
    rate_source: str


@dataclass(frozen=True)
class Limits:
    """The hard limits of all modes, in the order HOME, CLINICAL."""

    modes: tuple[ModeLimits, ...]

    def __getitem__(self, name: str) -> ModeLimits:
        """Limits of the mode called `name` (HOME or CLINICAL). Raises KeyError."""
        for mode in self.modes:
            if mode.name == name:
                return mode
        raise KeyError(name)


def load_limits(folder: Folder = None) -> Limits:
    """Read limits.toml from `folder` (default: the installed table). Raises HardwareFileError."""
    table = read_table(FILE, folder)
    table.only(("schema", "mode"))
    found: dict[str, ModeLimits] = {}
    for row in table.tables("mode"):
        mode = _mode(row)
        if mode.name in found:
            raise row.error("name", mode.name, "each mode once")
        found[mode.name] = mode
    for name in MODES:
        if name not in found:
            raise table.error("mode", MODES if not found else list(found), f"a table for {name}")
    limits = Limits(tuple(found[name] for name in MODES))
    _check_order(table, limits)
    return limits


def _mode(row: Table) -> ModeLimits:
    row.only(_KEYS)
    name = row.choice("name", MODES)
    depth_min_um = row.integer("depth_min_um", 0, DEPTH_CEILING_UM[name])
    rate_min_mhz = row.integer("rate_min_mhz", *RATE_RANGE_MHZ)
    return ModeLimits(
        name=name,
        depth_min_um=depth_min_um,
        depth_max_um=row.integer("depth_max_um", depth_min_um, DEPTH_CEILING_UM[name]),
        depth_mark=mark_of(row, "depth_mark"),
        depth_source=row.text("depth_source"),
        rate_min_mhz=rate_min_mhz,
        rate_max_mhz=row.integer("rate_max_mhz", rate_min_mhz, RATE_RANGE_MHZ[1]),
        rate_mark=mark_of(row, "rate_mark"),
        rate_source=row.text("rate_source"),
    )


def mark_of(row: Table, key: str = "mark") -> Mark:
    """The mark under `key`: R, M, D or A."""
    return Mark(row.choice(key, [mark.value for mark in Mark]))


def _check_order(table: Table, limits: Limits) -> None:
    home, clinical = limits["HOME"], limits["CLINICAL"]
    for key in ("depth_max_um", "rate_max_mhz"):
        at_home, in_clinic = getattr(home, key), getattr(clinical, key)
        if at_home > in_clinic:
            raise table.error(f"mode[HOME].{key}", at_home, f"at most the clinical {in_clinic}")


def limits_hash(limits: Limits) -> bytes:
    """SHA-256 of the table that host and device must share.

    One line a mode, HOME then CLINICAL, each ended by a line feed:
    ``MODE,depth_min_um,depth_max_um,rate_min_mhz,rate_max_mhz``.
    """
    lines = (
        f"{mode.name},{mode.depth_min_um},{mode.depth_max_um},{mode.rate_min_mhz},{mode.rate_max_mhz}\n"
        for mode in limits.modes
    )
    return hashlib.sha256("".join(lines).encode("ascii")).digest()

"""Reads tissue.toml into the skin's record and the tables by depth that the compiled needles look up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from penctl.hardware.files import Table, read_table
from pensim.plant.draws import drawn
from pensim.plant.skin import BINS_PER_M, EDGES, ROWS

FILE: Final = "tissue.toml"
PRESETS: Final = ("typical", "stiff", "air")
SOFT_EDGE_M: Final = 100e-6
"""Stiffness passes from one layer to the next over this length, so that no force jumps."""

_UNITS: Final = {
    "1": 1.0,
    "um": 1e-6,
    "mm": 1e-3,
    "s": 1.0,
    "Hz": 1.0,
    "mm/s": 1e-3,
    "m/s": 1.0,
    "N": 1.0,
    "N/mm": 1e3,
    "Ns/m": 1.0,
    "Ns/m2": 1.0,
    "um/N": 1e-6,
}
_HAND: Final = {"tremor_frequency": (5, 20), "tremor_part": (0, 0.5), "lift_speed": (0.01, 2)}
_TIP: Final = {
    "radius_reference": (1e-6, 50e-6),
    "radius": (1e-6, 50e-6),
    "radius_exponent": (0, 2),
    "wear_punctures": (1e3, 1e9),
}
_SKIN: Final = {
    "stiffening_depth": (1e-5, 1e-2),
    "relaxed_part": (0.05, 1),
    "relaxation_time": (0.01, 100),
    "puncture_speed": (0.1, 1e3),
    "cut_drag": (0, 1),
    "shaft_drag": (0, 1e4),
    "bulge": (0, 1e-4),
}
_LAYER: Final = {
    "thickness": (1e-6, 1e-2),
    "puncture": (0, 1e4),
    "cutting": (0, 1e4),
    "friction": (0, 1e4),
    "stiffness": (0, 1e6),
}
_FACTORS: Final = ("stiffness_factor", "puncture_factor", "cutting_factor", "friction_factor")

SKIN_DTYPE = np.dtype(
    [
        (name, "f8")
        for name in (
            "compliance",  # of the needle holder, m/N
            "stiffening",  # 1/u0, 1/m
            "surface_stiffness",  # N/m
            "relaxing_part",
            "relaxing_rate",  # 1/s
            "puncture_speed_inverse",
            "cut_drag",
            "shaft_drag",
            "bulge",
            "tip_radius",
            "tip_radius_reference",
            "tip_exponent",
            "wear_punctures",
            "needle_diameter",
            "tremor_hz",
            "tremor_part",
            "lift_speed",
        )
    ]
    + [("table", "f8", (ROWS, 3)), ("edges", "f8", (EDGES, 2))],
    align=True,
)


@dataclass(frozen=True)
class Layer:
    """One layer of skin: m, N and N/m of one needle; stiffness of the array of 12, N/m."""

    name: str
    thickness: float
    puncture: float
    cutting: float
    friction: float
    stiffness: float


@dataclass(frozen=True)
class Tissue:
    """Skin, tips and hand of one seed, in SI units."""

    layers: tuple[Layer, ...]
    figures: dict[str, float]


def load_tissue(preset: str, seed: int | None = None, folder: Path | None = None) -> Tissue:
    """Read one preset of tissue.toml and draw it for `seed` (None: the values). Raises HardwareFileError."""
    table = read_table(FILE, folder or Path(__file__).resolve().parent.parent)
    if preset not in PRESETS:
        raise table.error("preset", preset, "one of " + ", ".join(PRESETS))
    chosen = table.table(preset)
    base = table.table(chosen.choice("like", PRESETS)) if "like" in chosen.content else chosen
    figures = _figures(table.table("hand"), _HAND, seed)
    figures |= _figures(table.table("tip"), _TIP, seed)
    figures |= _figures(base, _SKIN, seed, ("text", "layer"))
    factors = dict.fromkeys(_FACTORS, 1.0)
    if base is not chosen:
        factors = _figures(chosen, dict.fromkeys(_FACTORS, (0.0, 100.0)), seed, ("text", "like"))
    layers = tuple(_layer(row, factors, seed) for row in base.tables("layer"))
    return Tissue(layers, figures)


def _figures(
    table: Table, names: dict[str, tuple[float, float]], seed: int | None, others: tuple[str, ...] = ()
) -> dict[str, float]:
    table.only((*names, *others))
    return {name: _figure(table, name, low, high, seed) for name, (low, high) in names.items()}


def _figure(table: Table, name: str, low: float, high: float, seed: int | None) -> float:
    row = table.table(name)
    row.only(("value", "unit", "tolerance", "mark", "source"))
    factor = _UNITS[row.choice("unit", _UNITS)]
    row.choice("mark", ("R", "M", "D", "A"))
    row.text("source")
    value = row.number("value", low / factor * (1 - 1e-9), high / factor * (1 + 1e-9)) * factor
    room = min(value - low, high - value) / factor * (1 + 1e-9)
    tolerance = row.number("tolerance", 0.0, max(room, 0.0)) * factor
    return drawn(value, tolerance, seed, row.path)


def _layer(row: Table, factors: dict[str, float], seed: int | None) -> Layer:
    figures = _figures(row, _LAYER, seed, ("name",))
    bone = figures["puncture"] >= 100.0
    return Layer(
        name=row.text("name"),
        thickness=figures["thickness"],
        puncture=figures["puncture"] * (1.0 if bone else factors["puncture_factor"]),
        cutting=figures["cutting"] * (1.0 if bone else factors["cutting_factor"]),
        friction=figures["friction"] * factors["friction_factor"],
        stiffness=figures["stiffness"] * (1.0 if bone else factors["stiffness_factor"]),
    )


def depth_table(layers: tuple[Layer, ...]) -> np.ndarray:
    """Rows every 10 um of depth, the last layer going on.

    Columns: cutting force of a needle (N), friction force on its shaft (N), array stiffness (N/m).
    """
    ends = np.cumsum([layer.thickness for layer in layers])
    depth = np.arange(ROWS) / BINS_PER_M
    which = np.minimum(np.searchsorted(ends, depth, side="right"), len(layers) - 1)
    cutting = np.array([layer.cutting for layer in layers])[which]
    slope = np.array([layer.friction for layer in layers])[which]
    friction = np.concatenate(([0.0], np.cumsum(slope[:-1]) / BINS_PER_M))
    stiffness = np.full(depth.shape, layers[0].stiffness)
    for before, after, edge in zip(layers, layers[1:], ends, strict=False):
        part = np.clip((depth - edge) / SOFT_EDGE_M + 1.0, 0.0, 1.0)
        stiffness += (after.stiffness - before.stiffness) * part
    return np.column_stack((cutting, friction, stiffness))


def edge_table(layers: tuple[Layer, ...]) -> np.ndarray:
    """Depth (m) and puncture force (N a needle) of each edge to puncture; the rest lies at infinity."""
    tops = np.concatenate(([0.0], np.cumsum([layer.thickness for layer in layers])))
    rows = [(top, layer.puncture) for top, layer in zip(tops, layers, strict=False) if layer.puncture > 0.0]
    table = np.full((EDGES, 2), np.inf)
    for row, edge in enumerate(rows):
        table[row] = edge
    return table


def skin_record(tissue: Tissue, compliance: float, needle_diameter: float) -> np.ndarray:
    """The skin's record for the compiled loop; `compliance` of the needle holder in m/N, diameter in m."""
    record = np.zeros(1, SKIN_DTYPE)
    figures = tissue.figures
    record["table"] = depth_table(tissue.layers)
    record["edges"] = edge_table(tissue.layers)
    record["compliance"] = compliance
    record["needle_diameter"] = needle_diameter
    record["stiffening"] = 1.0 / figures["stiffening_depth"]
    record["surface_stiffness"] = max(tissue.layers[0].stiffness, 1e-6)
    record["relaxing_part"] = 1.0 - figures["relaxed_part"]
    record["relaxing_rate"] = 1.0 / figures["relaxation_time"]
    record["puncture_speed_inverse"] = 1.0 / figures["puncture_speed"]
    record["tremor_hz"] = figures["tremor_frequency"]
    record["tip_radius"] = figures["radius"]
    record["tip_radius_reference"] = figures["radius_reference"]
    record["tip_exponent"] = figures["radius_exponent"]
    for name in ("cut_drag", "shaft_drag", "bulge", "wear_punctures", "tremor_part", "lift_speed"):
        record[name] = figures[name]
    return record

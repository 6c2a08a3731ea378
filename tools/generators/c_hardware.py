"""pen_limits.h, pen_interlocks.h and pen_device.h: what hardware/*.toml says, as integers for the firmware."""

from __future__ import annotations

from pathlib import Path

from generators import banner_c
from penctl import hardware

FOLDER = Path(__file__).resolve().parents[2] / "hardware"


def _guarded(name: str, source: str, includes: str, body: str) -> str:
    guard = name.upper().replace(".", "_")
    return f"{banner_c(source)}\n#ifndef {guard}\n#define {guard}\n\n{includes}{body}\n#endif\n"


def _defines(pairs: dict[str, int]) -> str:
    return "".join(
        f"#define {name} {value if value >= 0 else f'({value})'}\n" for name, value in pairs.items()
    )


def limits() -> str:
    """Text of pen_limits.h: the hard limits and their hash, as initialisers that each channel keeps a copy of."""
    table = hardware.load_limits(FOLDER)
    digest = hardware.limits_hash(table)
    rows = [", ".join(f"0x{byte:02x}" for byte in digest[at : at + 8]) for at in range(0, len(digest), 8)]
    modes = [
        f"{{PEN_MODE_{m.name}, {m.depth_min_um}, {m.depth_max_um}, {m.rate_min_mhz}, {m.rate_max_mhz}}}"
        for m in table.modes
    ]
    body = (
        "/* SHA-256 of the table: one line a mode, MODE,depth_min_um,depth_max_um,rate_min_mhz,rate_max_mhz. */\n"
        "#define PEN_LIMITS_HASH_INIT { \\\n    " + ", \\\n    ".join(rows) + "}\n\n"
        "/* mode, depth_min_um, depth_max_um, rate_min_mhz, rate_max_mhz: as pen_mode_limits_t. */\n"
        f"#define PEN_MODE_LIMITS_COUNT {len(modes)}\n"
        "#define PEN_MODE_LIMITS_INIT { \\\n    " + ", \\\n    ".join(modes) + "}\n"
    )
    return _guarded("pen_limits.h", "hardware/limits.toml", '#include "pen_messages.h"\n\n', body)


ROLES = ("NONE", "OPERATOR", "CLINICIAN", "SERVICE", "POWER_CYCLE")
PRIORITIES = ("NONE", "INFO", "LOW", "MEDIUM", "HIGH")


def _numbered(name: str, words: tuple[str, ...]) -> str:
    rows = [f"    PEN_{name.upper()}_{word} = {number}" for number, word in enumerate(words)]
    return f"enum pen_{name} {{\n" + ",\n".join(rows) + "\n};\n"


def _interlock_table(catalogue: dict[int, hardware.Interlock]) -> str:
    """One row a number: whether it latches, who may reset it, how loud it is; row 0 is no interlock."""
    rows = ["{0, PEN_RESET_ROLE_NONE, PEN_PRIORITY_NONE, PEN_PRIORITY_NONE}"]
    rows += [
        f"{{{int(row.latch)}, PEN_RESET_ROLE_{row.reset_role}, PEN_PRIORITY_{row.priority}, "
        f"PEN_PRIORITY_{row.priority_not_clear}}}"
        for row in catalogue.values()
    ]
    return (
        "/* Who may do the reset of a latched interlock; its numbers up to SERVICE are those of enum pen_role. */\n"
        + _numbered("reset_role", ROLES)
        + "\n/* Priority of an alarm. One of LOW or above counts for the limiter of repeats (IL-38). */\n"
        + _numbered("priority", PRIORITIES)
        + "\n/* latches, reset role, priority, priority while the needles are not seen inside; index: the number. */\n"
        + "#define PEN_INTERLOCKS_INIT { \\\n    "
        + ", \\\n    ".join(rows)
        + "}\n"
    )


def interlocks() -> str:
    """Text of pen_interlocks.h: the numbers of the interlocks, their thresholds, and who may reset what."""
    catalogue = hardware.load_interlocks(FOLDER)
    parts = [f"#define PEN_IL_COUNT {len(catalogue)}\n", _interlock_table(catalogue)]
    for interlock in catalogue.values():
        number = f"{interlock.number:02d}"
        pairs = {f"PEN_IL_{number}": interlock.number}
        for parameter in interlock.parameters.values():
            pairs[f"PEN_IL{number}_{parameter.name.upper()}"] = parameter.value
        parts.append(f"/* {interlock.id} {interlock.name} */\n{_defines(pairs)}")
    return _guarded("pen_interlocks.h", "hardware/interlocks.toml", "", "\n".join(parts))


def device() -> str:
    """Text of pen_device.h: figures of the reference pen, each with its unit in its name."""
    pen = hardware.load_pen(FOLDER)
    figures = hardware.device_constants(pen, hardware.load_interlocks(FOLDER))
    return _guarded("pen_device.h", "hardware/pen.toml", "", _defines(figures))

"""Write docs/hardware.md from the hardware files: `python -m penctl.hardware.document docs/hardware.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_type_hints

from penctl.hardware.alarms import load_alarms
from penctl.hardware.cartridges import load_cartridges
from penctl.hardware.files import Folder
from penctl.hardware.interlocks import load_interlocks
from penctl.hardware.limits import limits_hash, load_limits
from penctl.hardware.pen import Pen, load_pen
from penctl.hardware.quantity import Quantity
from penctl.hardware.reserve import (
    Need,
    highest_rate_hz,
    needed,
    required_cases,
    winding_resistance_ohm,
    with_motor_at_tolerance,
)

HEAD = """# The hardware as data

Written from `hardware/*.toml` by `python -m penctl.hardware.document docs/hardware.md`; a test holds that it
is up to date. Change the data, not this page.

Marks: **R** read in a source, **M** from memory, **D** decided or proposed by this project, **A** an
assumption that nobody has measured. A tolerance is plus or minus; the simulator draws pens from it.
"""


def markdown(folder: Folder = None) -> str:
    """Text of docs/hardware.md. Raises HardwareFileError."""
    pen = load_pen(folder)
    parts = [HEAD, _limits(folder), _cartridges(folder), _reserve(pen), _figures(pen), _interlocks(folder)]
    parts.append(_alarms(folder))
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)


def _limits(folder: Folder) -> str:
    limits = load_limits(folder)
    head = ("mode", "depth, mm", "mark", "source", "stroke rate, Hz", "mark", "source")
    rows = [
        (
            mode.name,
            f"{mode.depth_min_um / 1000:g} to {mode.depth_max_um / 1000:g}",
            mode.depth_mark.value,
            mode.depth_source,
            f"{mode.rate_min_mhz / 1000:g} to {mode.rate_max_mhz / 1000:g}",
            mode.rate_mark.value,
            mode.rate_source,
        )
        for mode in limits.modes
    ]
    digest = limits_hash(limits).hex()
    return f"## Hard limits\n\n{_table(head, rows)}\nHash that host and device must share: `{digest}`.\n"


def _cartridges(folder: Folder) -> str:
    head = ("name", "kind", "needles", "mechanical limit, mm", "mark", "source")
    rows = [
        (each.name, each.kind, each.needles, f"{each.stop_um / 1000:g}", each.mark.value, each.source)
        for each in load_cartridges(folder).values()
    ]
    return f"## Cartridges\n\n{_table(head, rows)}"


def _reserve(pen: Pen) -> str:
    case = pen.load_case
    force_n, hot_c = case.insertion_force.si, case.winding_temperature.value
    cold_c = pen.motor.data_temperature.value
    deep_mm, fast_hz = case.deep_depth.to("mm"), case.shallow_rate.si
    empty_v = pen.battery.empty_voltage.si
    worst = with_motor_at_tolerance(pen, 1, 1)
    cases = [("required", need) for need in required_cases(pen)]
    cases += [("winding cold", needed(pen, n.rate_hz, n.depth_mm, force_n, cold_c)) for _, n in list(cases)]
    cases += [("R and k at their upper tolerance", need) for need in required_cases(worst)]
    cases += [("not promised", needed(pen, fast_hz, deep_mm, force_n, hot_c))]
    head = ("case", "Hz", "mm", "winding, °C", "torque, mNm", "current, mA", "needed, V", "reserve, V")
    limit_hz = highest_rate_hz(pen, deep_mm, force_n, hot_c, empty_v)
    return f"""## Motor reserve

{pen.motor.type} with {force_n:g} N on the needles while they go in ({case.withdrawal_ratio.value:g} of it
while they come out), at the bridge, against an empty battery of {empty_v:.1f} V. Mean values over a turn:

    V = k w + (R + R_bridge) I,   I = (T_friction + T_skin + T_yoke) / k

with R = {winding_resistance_ohm(pen, hot_c):.2f} ohm at {hot_c:g} °C,
R_bridge = {pen.bridge.resistance.si:g} ohm and k = {pen.motor.torque_constant.value:g} mNm/A.
`penctl.hardware.reserve` says what each torque holds.

{_table(head, [_reserve_row(name, need) for name, need in cases])}
Both promised cases fit. With an empty battery the hot motor reaches {limit_hz:.0f} Hz at {deep_mm:g} mm.
A motor whose resistance and torque constant are both at their upper tolerance, with its winding at the
limit, reaches {_reached(worst)}.
"""


def _reached(pen: Pen) -> str:
    """The stroke rates that an empty battery carries in the promised cases."""
    empty_v = pen.battery.empty_voltage.si
    rates = []
    for need in required_cases(pen):
        hertz = highest_rate_hz(pen, need.depth_mm, need.force_n, need.winding_c, empty_v)
        rates.append(f"{hertz:.1f} of {need.rate_hz:g} Hz at {need.depth_mm:g} mm")
    return " and ".join(rates)


def _reserve_row(name: str, need: Need) -> tuple[str, ...]:
    return (
        name,
        f"{need.rate_hz:g}",
        f"{need.depth_mm:g}",
        f"{need.winding_c:g}",
        f"{need.torque_mnm:.2f}",
        f"{need.current_ma:.0f}",
        f"{need.voltage_v:.2f}",
        f"{need.reserve_v:+.2f}",
    )


def _figures(pen: Pen) -> str:
    head = ("figure", "value", "mark", "source")
    rows = [
        (f"`{section}.{name}`", _value(figure), figure.mark.value, figure.source)
        for section, name, figure in figures(pen)
    ]
    return f"## Figures of the pen\n\n{_table(head, rows)}"


def figures(pen: Pen) -> list[tuple[str, str, Quantity]]:
    """Every figure of the pen as (table, key, quantity), in the file's order."""
    found = []
    for section, kind in get_type_hints(type(pen)).items():
        values = getattr(pen, section)
        for name in get_type_hints(kind) if section != "name" else ():
            figure = getattr(values, name)
            if isinstance(figure, Quantity):
                found.append((section, name, figure))
    return found


def _value(figure: Quantity) -> str:
    unit = "" if figure.unit == "1" else f" {figure.unit}"
    tolerance = f" ± {figure.tolerance:g}" if figure.tolerance else ""
    return f"{figure.value:.10g}{tolerance}{unit}"


def _interlocks(folder: Folder) -> str:
    head = ("", "name", "trigger", "reaction", "stop", "latch", "priority", "held by", "built")
    rows = [
        (
            each.id,
            each.name,
            each.trigger,
            each.reaction,
            each.stop,
            "yes" if each.latch else "no",
            each.priority,
            each.held_by,
            "yes" if each.held else "no",
        )
        for each in load_interlocks(folder).values()
    ]
    note = "Every threshold is proposed (D) until it has been verified on a real pen.\n"
    return f"## Interlock catalogue\n\n{note}\n{_table(head, rows)}"


def _alarms(folder: Folder) -> str:
    head = ("code", "told by", "warning stage of", "priority", "while the needles move", "why")
    rows = [
        (
            f"{each.code} – {each.name}" if each.name else each.code,
            each.told_by,
            each.interlock or "–",
            each.priority,
            each.priority_moving if each.priority_moving != each.priority else "–",
            each.why,
        )
        for each in load_alarms(folder).values()
    ]
    note = "A code that is a row's warning stage has the priority that the row names for it. All proposed.\n"
    return f"## Alarm conditions beside the interlocks\n\n{note}\n{_table(head, rows)}"


def main(arguments: Sequence[str]) -> int:
    """Write the page to the file named, or to standard output."""
    text = markdown()
    if arguments:
        Path(arguments[0]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Values as a person reads them on paper: units always, no trailing zeros."""

from __future__ import annotations

from datetime import date, datetime, timedelta

DIRECTIONS = {
    "HORIZONTAL": "horizontal",
    "VERTICAL": "vertical",
    "DIAGONAL_LEFT": "diagonal left",
    "DIAGONAL_RIGHT": "diagonal right",
}
RULES_WITHOUT_ROW = {
    "R-ZONE": "Deeper than the usual cap of this zone.",
    "R-IND": "The indication is known not to respond.",
}


def not_before(value: datetime) -> datetime:
    """The next whole minute: a hold that is shown in minutes never ends too early."""
    whole = value.replace(second=0, microsecond=0)
    return whole if whole == value else whole + timedelta(minutes=1)


def mm(depth_um: float) -> str:
    """0.5 mm; never .5, never 0.50."""
    return f"{depth_um / 1000:g} mm"


def hz(rate_mhz: float) -> str:
    """100 Hz."""
    return f"{rate_mhz / 1000:g} Hz"


def seconds(value: float) -> str:
    """12 s, or 3 min 05 s."""
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def density(value: float) -> str:
    """600 /cm²."""
    return f"{value:,.0f} /cm²"


def directions(names: tuple[str, ...]) -> str:
    """horizontal, vertical, both diagonals."""
    if {"DIAGONAL_LEFT", "DIAGONAL_RIGHT"} <= set(names):
        others = [name for name in names if not name.startswith("DIAGONAL")]
        return ", ".join([*(DIRECTIONS.get(name, name.lower()) for name in others), "both diagonals"])
    return ", ".join(DIRECTIONS.get(name, name.lower()) for name in names)


def plain(name: str) -> str:
    """An id as words: TRAM_TRACK becomes tram track."""
    return name.replace("_", " ").lower()


def shortened(text: str, letters: int = 240) -> str:
    """A text for a place that has no room for a long one."""
    return text if len(text) <= letters else text[: letters - 2].rstrip() + " …"


def age(born: date, on: date) -> int:
    """Full years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

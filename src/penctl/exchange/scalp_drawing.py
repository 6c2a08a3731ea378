"""A sketch of the scalp from above and behind: which zones were treated. Shapes are no anatomy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reportlab.graphics.shapes import Circle, Drawing, Ellipse, Path, Polygon, String

from penctl.exchange.paper import ACCENT, QUIET, REGULAR, RULE, TINT

SIZE: Final = 100.0
"""Side of the square that the outlines below are given in; the nose points up."""
OUTLINES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "FRONTAL": ((37, 90), (50, 93), (63, 90), (62, 76), (38, 76)),
    "FRONTOTEMPORAL_LEFT": ((22, 80), (29, 86.5), (37, 90), (38, 76), (26, 71)),
    "FRONTOTEMPORAL_RIGHT": ((78, 80), (71, 86.5), (63, 90), (62, 76), (74, 71)),
    "MID_SCALP": ((26, 71), (38, 76), (62, 76), (74, 71), (76, 46), (24, 46)),
    "PARTING": ((47, 79), (53, 79), (53, 40), (47, 40)),
    "VERTEX": ((24, 46), (76, 46), (74, 32), (64, 23), (50, 20), (36, 23), (26, 32)),
    "TEMPORAL_LEFT": ((22, 80), (26, 71), (24, 46), (17, 40), (14, 58), (17, 72)),
    "TEMPORAL_RIGHT": ((78, 80), (74, 71), (76, 46), (83, 40), (86, 58), (83, 72)),
    "OCCIPITAL": (
        *((17, 40), (24, 46), (26, 32), (36, 23), (50, 20), (64, 23)),
        *((74, 32), (76, 46), (83, 40), (78, 22), (66, 9), (50, 5), (34, 9), (22, 22)),
    ),
}
ORDER: Final = (*(name for name in OUTLINES if name != "PARTING"), "PARTING")


def scalp(treated: Mapping[str, str], side: float) -> Drawing:
    """The sketch, `side` points wide; `treated` gives the label of each zone that is filled."""
    drawing, scale = Drawing(side, side), side / SIZE
    for part in _head(scale):
        drawing.add(part)
    for zone in ORDER:
        if zone == "PARTING" and zone not in treated:
            continue
        points = [coordinate * scale for point in OUTLINES[zone] for coordinate in point]
        drawing.add(
            Polygon(
                points,
                fillColor=ACCENT if zone in treated else TINT,
                strokeColor=RULE,
                strokeWidth=0.7,
                strokeLineJoin=1,
            )
        )
    for zone, label in treated.items():
        if zone in OUTLINES:
            x, y = _middle(zone)
            drawing.add(
                String(
                    *(x * scale, y * scale - 2.6, label),
                    textAnchor="middle",
                    fontName=REGULAR,
                    fontSize=7.5,
                    fillColor=TINT,
                )
            )
    words = String(side / 2, 0, "from above, nose at the top", textAnchor="middle")
    words.fontName, words.fontSize, words.fillColor = REGULAR, 5.6, QUIET
    drawing.add(words)
    return drawing


def _middle(zone: str) -> tuple[float, float]:
    if zone == "OCCIPITAL":
        return 50.0, 12.0
    points = OUTLINES[zone]
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _head(scale: float) -> list[Any]:
    nose = Path(fillColor=TINT, strokeColor=RULE, strokeWidth=0.7)
    nose.moveTo(45 * scale, 94 * scale)
    nose.lineTo(50 * scale, 99.5 * scale)
    nose.lineTo(55 * scale, 94 * scale)
    ears = [
        Ellipse(
            x * scale, 55 * scale, 4 * scale, 9 * scale, fillColor=TINT, strokeColor=RULE, strokeWidth=0.7
        )
        for x in (13, 87)
    ]
    return [nose, *ears, Circle(50 * scale, 50 * scale, 0.01)]

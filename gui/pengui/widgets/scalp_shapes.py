"""The drawn head: outlines and zones of four views as points, in a box of 200 × 240 units.

Seen from above the face looks up, so that the person's left is on the left. The outlines are a drawing, not
anatomy: which zones there are, their areas and overlaps stand in the table of zones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

Points = tuple[tuple[float, float], ...]
"""Points of a closed curve that goes smoothly through all of them."""

BOX: Final = (200.0, 240.0)


class View(Enum):
    """From where the head is seen."""

    TOP = "Top"
    LEFT = "Left"
    RIGHT = "Right"
    BACK = "Back"


@dataclass(frozen=True)
class Shape:
    """A zone in one view: its outline, and where its label stands."""

    outline: Points
    label: tuple[float, float]


@dataclass(frozen=True)
class Head:
    """One view of the head: outline, details that are only drawn, and zones (later ones lie on top)."""

    outline: Points
    details: tuple[Points, ...]
    zones: Mapping[str, Shape]


def mirrored(points: Points) -> Points:
    """The same on the other side."""
    return tuple((BOX[0] - x, y) for x, y in points)


_TOP_OUTLINE: Final = (
    *((100, 14), (132, 20), (158, 42), (172, 76), (178, 116), (174, 156), (160, 192), (134, 218)),
    *((100, 226), (66, 218), (40, 192), (26, 156), (22, 116), (28, 76), (42, 42), (68, 20)),
)
_NOSE: Final = ((92, 15), (96, 4), (104, 4), (108, 15))
_EAR: Final = ((22, 104), (12, 102), (8, 116), (11, 134), (22, 136))
_FT_LEFT: Final = ((44, 62), (54, 45), (70, 34), (76, 46), (72, 66), (66, 84), (50, 88), (42, 78))
_TEMPORAL_TOP: Final = ((38, 82), (48, 96), (46, 120), (44, 146), (34, 150), (27, 130), (27, 104), (31, 86))

TOP: Final = Head(
    outline=_TOP_OUTLINE,
    details=(_NOSE, _EAR, mirrored(_EAR)),
    zones=MappingProxyType(
        {
            "OCCIPITAL": Shape(
                ((42, 180), (64, 198), (100, 206), (136, 198), (158, 180), (146, 206), (100, 221), (54, 206)),
                (100, 213),
            ),
            "TEMPORAL_LEFT": Shape(_TEMPORAL_TOP, (37, 116)),
            "TEMPORAL_RIGHT": Shape(mirrored(_TEMPORAL_TOP), (163, 116)),
            "FRONTOTEMPORAL_LEFT": Shape(_FT_LEFT, (58, 62)),
            "FRONTOTEMPORAL_RIGHT": Shape(mirrored(_FT_LEFT), (142, 62)),
            "FRONTAL": Shape(
                (
                    (82, 36),
                    (100, 32),
                    (118, 36),
                    (126, 50),
                    (126, 70),
                    (118, 82),
                    (82, 82),
                    (74, 70),
                    (74, 50),
                ),
                (100, 57),
            ),
            "MID_SCALP": Shape(
                (
                    *((76, 88), (100, 86), (124, 88), (142, 96), (150, 116), (148, 136), (130, 146)),
                    *((100, 148), (70, 146), (52, 136), (50, 116), (58, 96)),
                ),
                (67, 104),
            ),
            "VERTEX": Shape(
                (
                    (100, 140),
                    (126, 144),
                    (146, 156),
                    (148, 174),
                    (132, 190),
                    (100, 198),
                    (68, 190),
                    (52, 174),
                    (54, 156),
                    (74, 144),
                ),
                (100, 176),
            ),
            "PARTING": Shape(
                (
                    (88, 90),
                    (100, 88),
                    (112, 90),
                    (114, 116),
                    (113, 142),
                    (108, 154),
                    (92, 154),
                    (87, 142),
                    (86, 116),
                ),
                (100, 128),
            ),
        }
    ),
)

_LEFT_OUTLINE: Final = (
    *((62, 40), (100, 20), (142, 26), (174, 56), (186, 100), (178, 140), (164, 168), (156, 196), (160, 226)),
    *((112, 232), (106, 212), (74, 214), (52, 208), (48, 194), (50, 184), (44, 178), (46, 168), (32, 160)),
    *((44, 136), (42, 122), (40, 96), (46, 62)),
)
_LEFT_EAR: Final = ((106, 132), (118, 124), (126, 134), (122, 152), (114, 166), (106, 158))
_LEFT_ZONES: Final[dict[str, Shape]] = {
    "OCCIPITAL": Shape(
        ((178, 106), (176, 136), (164, 160), (148, 172), (136, 160), (136, 134), (148, 116), (164, 106)),
        (156, 138),
    ),
    "TEMPORAL_LEFT": Shape(
        ((72, 82), (96, 78), (122, 84), (134, 104), (130, 122), (114, 118), (100, 126), (82, 122), (70, 104)),
        (101, 101),
    ),
    "FRONTOTEMPORAL_LEFT": Shape(
        ((58, 58), (72, 50), (86, 56), (86, 70), (70, 80), (60, 90), (52, 80)),
        (69, 68),
    ),
    "FRONTAL": Shape(((60, 46), (76, 34), (94, 27), (98, 42), (90, 52), (74, 46), (62, 53)), (82, 38)),
    "MID_SCALP": Shape(
        ((100, 25), (120, 23), (138, 28), (142, 46), (136, 72), (112, 72), (94, 66), (94, 52), (104, 42)),
        (119, 48),
    ),
    "VERTEX": Shape(
        ((144, 31), (160, 42), (174, 62), (180, 90), (172, 98), (154, 98), (142, 86), (143, 68), (148, 48)),
        (161, 72),
    ),
}
LEFT: Final = Head(_LEFT_OUTLINE, (_LEFT_EAR,), MappingProxyType(_LEFT_ZONES))
RIGHT: Final = Head(
    mirrored(_LEFT_OUTLINE),
    (mirrored(_LEFT_EAR),),
    MappingProxyType(
        {
            name.replace("_LEFT", "_RIGHT"): Shape(
                mirrored(shape.outline), (BOX[0] - shape.label[0], shape.label[1])
            )
            for name, shape in _LEFT_ZONES.items()
        }
    ),
)
_BACK_EAR: Final = ((26, 118), (16, 110), (10, 122), (15, 146), (26, 152))
_BACK_TEMPORAL: Final = ((36, 76), (44, 88), (46, 112), (42, 134), (32, 134), (27, 112), (29, 90))
BACK: Final = Head(
    outline=(
        *(
            (100, 20),
            (138, 28),
            (164, 56),
            (175, 96),
            (172, 134),
            (158, 168),
            (144, 192),
            (146, 226),
            (100, 232),
        ),
        *((54, 226), (56, 192), (42, 168), (28, 134), (25, 96), (36, 56), (62, 28)),
    ),
    details=(_BACK_EAR, mirrored(_BACK_EAR)),
    zones=MappingProxyType(
        {
            "TEMPORAL_LEFT": Shape(_BACK_TEMPORAL, (37, 108)),
            "TEMPORAL_RIGHT": Shape(mirrored(_BACK_TEMPORAL), (163, 108)),
            "OCCIPITAL": Shape(
                (
                    (56, 116),
                    (100, 110),
                    (144, 116),
                    (156, 134),
                    (144, 166),
                    (124, 184),
                    (100, 188),
                    (76, 184),
                    (56, 166),
                    (44, 134),
                ),
                (100, 148),
            ),
            "MID_SCALP": Shape(((66, 34), (100, 26), (134, 34), (126, 48), (100, 46), (74, 48)), (100, 38)),
            "VERTEX": Shape(
                (
                    (100, 52),
                    (128, 54),
                    (148, 68),
                    (152, 86),
                    (138, 102),
                    (100, 106),
                    (62, 102),
                    (48, 86),
                    (52, 68),
                    (72, 54),
                ),
                (100, 80),
            ),
        }
    ),
)

HEADS: Final[Mapping[View, Head]] = MappingProxyType(
    {View.TOP: TOP, View.LEFT: LEFT, View.RIGHT: RIGHT, View.BACK: BACK}
)
MAIN_VIEW: Final[Mapping[str, View]] = MappingProxyType(
    {
        "TEMPORAL_LEFT": View.LEFT,
        "TEMPORAL_RIGHT": View.RIGHT,
        "OCCIPITAL": View.BACK,
    }
)
"""Where a zone is seen best, when that is not from above."""

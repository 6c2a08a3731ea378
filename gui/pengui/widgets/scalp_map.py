"""The scalp map: a drawn head from four sides whose zones are touched, tabbed to and read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pengui.widgets.look import CAPTION, DARK, Look, color, font
from pengui.widgets.scalp_marks import Brushwork, Mark, ZoneLook, smooth
from pengui.widgets.scalp_shapes import BOX, HEADS, MAIN_VIEW, View

ALL_VIEWS: Final = (View.TOP, View.LEFT, View.RIGHT, View.BACK)
LABEL_SPACE: Final = 18.0
GRID_GAP: Final = 10.0
SIDE_PART: Final = 0.36
"""Part of the width that the column of the three smaller views takes."""


class ZoneButton(QAbstractButton):
    """A zone as keyboard and screen reader know it; the map draws it and takes the pointer."""

    def __init__(self, parent: QWidget, zone: str) -> None:
        super().__init__(parent)
        self.zone = zone
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The map draws the zone."""


@dataclass(frozen=True)
class _Place:
    """One view on the widget."""

    view: View
    area: QRectF
    to_map: QTransform


class ScalpMap(QWidget):
    """Shows zones and says which one was touched. It knows no rule: what to show is given to `show_zones`.

    Args:
        names: zone ids with their names, in the order of the Tab key.
        views: which sides are drawn; the first one is the large one.
    """

    touched = Signal(str)
    """A zone was touched or chosen by the keyboard: its id."""

    def __init__(
        self, names: Mapping[str, str], views: Sequence[View] = ALL_VIEWS, *, labels: bool = True
    ) -> None:
        super().__init__()
        self._looks = {zone: ZoneLook(name) for zone, name in names.items()}
        self._views, self._with_labels = tuple(views), labels
        self._look, self._scale = DARK, 1.0
        self._hover, self._chosen = "", ""
        self._places: list[_Place] = []
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Scalp map"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.buttons = {zone: ZoneButton(self, zone) for zone in names}
        for zone, button in self.buttons.items():
            button.clicked.connect(lambda _=False, zone=zone: self.touched.emit(zone))
            button.setAccessibleName(self._looks[zone].spoken)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(240 * self._scale), round(240 * self._scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, 160)

    # --- what it shows ---

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self._place()
        self.update()

    def show_zones(self, looks: Mapping[str, ZoneLook], chosen: str = "") -> None:
        """Show these zones; a zone that is not named stays as it was."""
        new = {**self._looks, **looks}
        if new == self._looks and chosen == self._chosen:
            return
        self._looks, self._chosen = new, chosen
        for zone, button in self.buttons.items():
            button.setAccessibleName(new[zone].spoken)
        self.update()

    def look_of(self, zone: str) -> ZoneLook:
        """What is shown of a zone."""
        return self._looks[zone]

    # --- places ---

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place()

    def _areas(self) -> list[QRectF]:
        width, height = float(self.width()), float(self.height())
        if len(self._views) == 1:
            return [QRectF(0, 0, width, height)]
        gap = GRID_GAP * self._scale
        rest = len(self._views) - 1
        if width >= height:
            large = (width - gap) * (1 - SIDE_PART)
            small = (height - gap * (rest - 1)) / rest
            return [
                QRectF(0, 0, large, height),
                *(
                    QRectF(large + gap, row * (small + gap), width - large - gap, small)
                    for row in range(rest)
                ),
            ]
        large = (height - gap) * 0.68
        small = (width - gap * (rest - 1)) / rest
        return [
            QRectF(0, 0, width, large),
            *(
                QRectF(column * (small + gap), large + gap, small, height - large - gap)
                for column in range(rest)
            ),
        ]

    def _place(self) -> None:
        self._places = []
        for view, area in zip(self._views, self._areas(), strict=True):
            label = LABEL_SPACE * self._scale if len(self._views) > 1 else 2.0
            inner = area.adjusted(4, label, -4, -4)
            factor = max(0.01, min(inner.width() / BOX[0], inner.height() / BOX[1]))
            move = QTransform()
            move.translate(inner.center().x() - BOX[0] * factor / 2, inner.center().y() - BOX[1] * factor / 2)
            move.scale(factor, factor)
            self._places.append(_Place(view, area, move))
        for zone, button in self.buttons.items():
            place = self._main_place(zone)
            button.setVisible(place is not None)
            if place is not None:
                outline = smooth(HEADS[place.view].zones[zone].outline)
                button.setGeometry(place.to_map.mapRect(outline.boundingRect()).toAlignedRect())

    def _main_place(self, zone: str) -> _Place | None:
        wanted = MAIN_VIEW.get(zone, View.TOP)
        shown = [place for place in self._places if zone in HEADS[place.view].zones]
        return next((place for place in shown if place.view is wanted), shown[0] if shown else None)

    def place_of(self, zone: str) -> QPointF:
        """A point inside the zone, in its best view. Raises KeyError for a zone that is not drawn."""
        place = self._main_place(zone)
        if place is None:
            raise KeyError(zone)
        return place.to_map.map(QPointF(*HEADS[place.view].zones[zone].label))

    def zone_at(self, point: QPointF) -> str:
        """The zone at a point of the widget, "" for none; of two that overlap the upper one."""
        for place in self._places:
            back, fine = place.to_map.inverted()
            if not fine or not place.area.contains(point):
                continue
            inside = back.map(point)
            for zone, shape in reversed(list(HEADS[place.view].zones.items())):
                if zone in self._looks and smooth(shape.outline).contains(inside):
                    return zone
        return ""

    # --- the pointer ---

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        zone = self.zone_at(event.position())
        if zone != self._hover:
            self._hover = zone
            self.setCursor(Qt.CursorShape.PointingHandCursor if zone else Qt.CursorShape.ArrowCursor)
            self.setToolTip(self._looks[zone].spoken if zone else "")
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        self._hover = ""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        zone = self.zone_at(event.position())
        if zone and event.button() is Qt.MouseButton.LeftButton:
            self.touched.emit(zone)

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in self._places:
            self._paint_head(painter, place)
        painter.end()

    def _paint_head(self, painter: QPainter, place: _Place) -> None:
        head, unit = HEADS[place.view], 1.0 / max(0.05, place.to_map.m11())
        large = place.view is self._views[0]
        if len(self._views) > 1:
            self._paint_title(painter, place)
        painter.save()
        painter.setTransform(place.to_map, True)
        brushwork = Brushwork(painter, self._look, unit * self._scale)
        painter.setPen(QPen(color(self._look.skin_line), 1.5 * unit * self._scale))
        painter.setBrush(color(self._look.skin))
        for outline in (*head.details, head.outline):
            painter.drawPath(smooth(outline))
        focused = self._focused()
        for zone, shape in head.zones.items():
            if zone in self._looks:
                lit = zone in (self._hover, self._chosen, focused)
                brushwork.zone(shape.outline, self._looks[zone], lit=lit)
        size = min((11.0 if large else 9.0) * unit * self._scale, 8.5)
        for zone, shape in head.zones.items():
            if zone in self._looks and (large or MAIN_VIEW.get(zone) is place.view):
                brushwork.badge(QPointF(*shape.label), self._looks[zone].mark, size)
        painter.restore()
        if self._with_labels:
            self._paint_labels(painter, place)

    def _best(self, zone: str, place: _Place) -> bool:
        """Whether this view shows the zone best, of those that are drawn."""
        return self._main_place(zone) is place

    def _focused(self) -> str:
        return next((zone for zone, button in self.buttons.items() if button.hasFocus()), "")

    def _paint_title(self, painter: QPainter, place: _Place) -> None:
        painter.setPen(color(self._look.quiet))
        painter.setFont(font(CAPTION * self._scale, font(1).Weight.DemiBold))
        painter.drawText(
            place.area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter, self.tr(place.view.value)
        )
        if place.view in (View.TOP, View.BACK) and self._with_labels:
            margin = place.area.adjusted(8 * self._scale, 0, -8 * self._scale, 0)
            for text, side in (("L", Qt.AlignmentFlag.AlignLeft), ("R", Qt.AlignmentFlag.AlignRight)):
                painter.drawText(margin, Qt.AlignmentFlag.AlignVCenter | side, text)

    def _paint_labels(self, painter: QPainter, place: _Place) -> None:
        """A few words below the badge of each zone that has something to say."""
        painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
        for zone, shape in HEADS[place.view].zones.items():
            zone_look = self._looks.get(zone)
            if zone_look is None or not zone_look.detail or not self._best(zone, place):
                continue
            at = place.to_map.map(QPointF(*shape.label)) + QPointF(0, 20 * self._scale)
            self._paint_chip(painter, at, zone_look)

    def _paint_chip(self, painter: QPainter, at: QPointF, zone_look: ZoneLook) -> None:
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(zone_look.detail) + 10 * self._scale, metrics.height() + 2
        left = min(max(2.0, at.x() - width / 2), self.width() - width - 2)
        box = QRectF(left, at.y() - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._look.card, 0.88))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(color(self._look.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, zone_look.detail)


def legend(look: Look) -> list[tuple[Mark, str]]:
    """Every mark with its word, in the order of a visit."""
    return [(mark, mark.value) for mark in Mark if mark is not Mark.NONE]

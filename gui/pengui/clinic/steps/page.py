"""What every step's page has: a heading, its content, a place for a refusal, one obvious next act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic.parts import Refusal, column, label, scrolled
from pengui.clinic.steps.next_act import NextAct
from pengui.clinic.visit_desk import VisitDesk
from pengui.said import said
from pengui.widgets.look import DARK, Look
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot


class StepPage(QWidget):
    """A step. `changed` is called when the visit went on.

    Subclasses build themselves in `build`, follow in `show_visit`, say what is next in `next_act` and do it
    in `act`.
    """

    TITLE = ""
    LEAD = ""

    def __init__(self, desk: VisitDesk, engine: Engine, step: Step, changed: Callable[[], None]) -> None:
        super().__init__()
        self.desk, self.engine, self.step, self._changed = desk, engine, step, changed
        self.look, self.scale = DARK, 1.0
        self.refusal = Refusal()
        self.content = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 12, 12, 8)
        outer.setSpacing(8)
        self._outer = outer
        inside = QWidget()
        page = column(gap=8)
        if self.TITLE:
            page.addWidget(label(self.tr(self.TITLE), "heading"))
        if self.LEAD:
            page.addWidget(label(self.tr(self.LEAD), "quiet", wrap=True))
        page.addWidget(self.content, 1)
        page.setContentsMargins(0, 0, 8, 0)
        inside.setLayout(page)
        self.area = scrolled(inside)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.refusal)  # below: nothing moves away under a finger when it comes or goes
        self.build()
        built = self.content.layout()
        if built is not None:  # one left edge on every page
            built.setContentsMargins(0, 0, 0, 0)

    def build(self) -> None:
        """Make what is in `content`."""

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme; a field that has a width of its own grows with the text."""
        self.look, self.scale = look, scale
        for field in self.findChildren(QLineEdit):
            if not field.accessibleName():
                field.setAccessibleName(field.placeholderText())
            width = field.property("width_px")
            if width:
                field.setFixedWidth(round(int(width) * scale))

    def show_visit(self, view: Snapshot) -> None:
        """Follow visit and pen; called often, so what did not change is not drawn again."""

    def next_act(self, view: Snapshot) -> NextAct:
        """What is next here."""
        return NextAct()

    def reason_to_end(self) -> str:
        """Why a visit that ends here ends, where the page knows it."""
        return ""

    def pressed(self) -> None:
        """The button of the next act went down; it acts when it comes up."""

    def act(self) -> None:
        """The next act was chosen."""

    def note(self, kind: type[ev.VisitEvent], /, **fields: Any) -> bool:
        """Note what happens; a refusal is told in its place. True when it was taken."""
        try:
            self.desk.note(kind, **fields)
        except PenError as error:
            self.refusal.tell(error)
            return False
        self.refusal.tell(None)
        self._changed()
        return True

    def missing(self) -> str:
        """The first thing that is missing, in words, and how many more."""
        found = self.desk.visit.missing(self.step)
        if not found:
            return ""
        more = self.tr(" and {0} more").format(len(found) - 1) if len(found) > 1 else ""
        return self.tr("Missing: {0}{1}").format(said(found[0]), more)


__all__ = ["NextAct", "StepPage"]

"""TREAT: everything of the pen and the zone in one look, and nothing that has to be touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout

from penctl.protocol.enums import Flags, State
from penctl.status import ModeRange, Status
from penctl.treatment.visit_steps import Step
from penctl.trip_words import catalogue
from pengui.clinic.parts import Folding, card, column, label, row, show_text
from pengui.clinic.steps.leave_out import LeaveOut
from pengui.clinic.steps.lot_reader import LotReader
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.steps.pen_link import PenLink
from pengui.clinic.steps.settings_card import SettingsCard
from pengui.clinic.steps.treat_prompts import direction_words, told_next
from pengui.clinic.treat_flow import Next, Target, TreatFlow
from pengui.clinic.visit_desk import VisitDesk
from pengui.clinic.zone_looks import visit_looks
from pengui.decimals import DEPTH, RATE
from pengui.said import said
from pengui.widgets.cross_section import CrossSection
from pengui.widgets.look import Look
from pengui.widgets.scalp_map import ScalpMap
from pengui.widgets.scalp_shapes import View
from pengui.widgets.strips import Lines, Strips
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

OVER_FORCE: Final = 15
"""Number of the interlock whose limit of the mean press is drawn in."""
MAP_LEAST: Final = (180, 180)
DRAWN_LEAST: Final = (170, 200)
"""Least sizes of what is drawn, px at 1280 × 800: below them the page scrolls."""
DOSE_S: Final = 0.25


class TreatPage(StepPage):
    """Numerals, map, cross-section, strips. The pen's button and switch do the rest (`treat_flow`)."""

    def __init__(self, desk: VisitDesk, engine: Engine, step: Step, changed: Callable[[], None]) -> None:
        self.flow, self.link = TreatFlow(engine, desk), PenLink(engine, desk)
        super().__init__(desk, engine, step, changed)

    def build(self) -> None:
        engine = self.engine
        self.depth_card = SettingsCard(DEPTH, ("0.00", "0.00"), self._set_depth, self._set_depth)
        self.rate_card = SettingsCard(RATE, ("000.0", "000"), self._set_rate, self._set_rate)
        known = self.desk.visit.knowledge
        self.map = ScalpMap(
            {zone.id: said(zone.name) for zone in known.scalp.zones.values()}, (View.TOP,), labels=False
        )
        self.section = CrossSection()
        self.strips = Strips(engine.ring)
        self.zone_text, self.pass_text = label("", "title", wrap=True), label("", "", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 100)
        self.dose_text = label("", "quiet", wrap=True)
        self._dose_told_s = 0.0
        self.cartridge_text = label("", "small", wrap=True)
        self.reader = LotReader(self.desk, engine, self.refusal)
        self.leave_out = LeaveOut(self._leave_out)
        left, middle, right = card(), card(), card()
        words = column(
            *(self.zone_text, self.pass_text, None, self.dose_text, self.bar, None),
            *(self.cartridge_text, self.reader, self.leave_out),
            gap=6,
        )
        inner = row(gap=8)
        inner.addWidget(self.map, 5)
        inner.addLayout(words, 3)
        inner.setContentsMargins(8, 10, 12, 10)
        left.setLayout(inner)
        middle.setLayout(column(self.section, margins=10))
        right.setLayout(column(self.strips, margins=10))
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Folding((self.depth_card, 1), (self.rate_card, 1)))
        layout.addWidget(Folding((left, 11), (middle, 6), (right, 9), below=800), 1)
        self.leave_out.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.map.touched.connect(self._touched)
        self._outer.setContentsMargins(10, 8, 2, 4)

    def dress(self, look: Look, scale: float) -> None:
        super().dress(look, scale)
        for widget in (self.depth_card, self.rate_card, self.map, self.section, self.strips):
            widget.dress(look, scale)
        for widget, size in ((self.map, MAP_LEAST), (self.section, DRAWN_LEAST), (self.strips, DRAWN_LEAST)):
            widget.setMinimumSize(*(round(side * scale) for side in size))
        self.bar.setFixedHeight(round(14 * scale))
        self.bar.setStyleSheet(
            f"QProgressBar {{ background: {look.ground}; border: 1px solid {look.line}; "
            f"border-radius: {round(6 * scale)}px; }}"
            f"QProgressBar::chunk {{ background: {look.accent}; border-radius: {round(5 * scale)}px; }}"
        )

    # --- settings ---

    def _zone_of_target(self) -> str:
        target = self.flow.target()
        return target.zone if target is not None else ""

    def _set_depth(self, depth_um: int) -> None:
        self.flow.depth_um[self._zone_of_target()] = depth_um
        self.engine.ask("set_depth_um", depth_um)

    def _set_rate(self, rate_mhz: int) -> None:
        self.flow.rate_mhz[self._zone_of_target()] = rate_mhz
        self.engine.ask("set_rate_hz", rate_mhz / 1000)

    def _leave_out(self, reason: str) -> None:
        if reason:
            self.engine.ask("leave_zone", self._zone_of_target(), reason)
        else:
            self.refusal.tell(self.tr("A zone that is left out needs a reason. Say why."))

    def _touched(self, zone: str) -> None:
        name = said(self.desk.visit.knowledge.scalp.zone(zone).name)
        if self.flow.choose(zone):
            self.refusal.tell(None)
        elif self.desk.visit.open_pass is not None:
            self.refusal.tell(
                self.tr("A pass is under way. End it with the button at the pen, then choose {0}.").format(
                    name
                )
            )
        else:
            self.refusal.tell(
                self.tr("{0} is not to be treated in this visit: it is not in the plan, or done.").format(
                    name
                )
            )

    # --- what the pen says ---

    def show_visit(self, view: Snapshot) -> None:
        target = self.flow.target()
        self.leave_out.setVisible(target is not None and not view.recorded)
        self.leave_out.setEnabled(self.link.attends(view) and not view.moving and not view.busy)
        self._show_settings(view, target)
        self._show_zone(view, target)
        self._show_strips(view)
        status = view.status if view.open else None
        limits = view.range
        self.section.show_depths(
            max(0, round(status.depth_measured_um, -1))
            if status is not None and view.state is State.RUN
            else 0,
            status.depth_set_um if status is not None and status.depth_set_um > 0 else None,
            limits.depth_max_um if limits is not None else None,
            contact=view.open and Flags.CONTACT in view.flags,
            moving=view.moving,
        )

    def frame(self, view: Snapshot) -> None:
        """Once a frame: the strips."""
        self.strips.redraw(view.time_s, heard=view.open)

    def _show_settings(self, view: Snapshot, target: Target | None) -> None:
        status, limits = (view.status, view.range) if view.open else (None, None)
        planned = (0, 0)
        if target is not None and self.desk.visit.plan is not None:
            zone = self.desk.visit.plan.zone(target.zone)
            planned = zone.depth_um, zone.rate_mhz
        armed = view.state in (State.READY, State.RUN)
        may_raise = view.live and view.state is State.READY and not view.busy
        running = view.state is State.RUN
        for card_, quantity, plan in (
            (self.depth_card, "depth", planned[0]),
            (self.rate_card, "rate", planned[1]),
        ):
            measured, setpoint, range_ = _values(status, limits, quantity)
            is_set = setpoint is not None and armed
            card_.show_values(
                measured if running or (quantity == "rate" and view.moving) else None,
                setpoint if is_set else plan or None,
                plan,
                range_,
                may_lower=is_set and not view.recorded,
                may_raise=may_raise and is_set,
            )

    def _show_zone(self, view: Snapshot, target: Target | None) -> None:
        visit, progress = self.desk.visit, view.progress
        if target is None or visit.plan is None:
            show_text(self.zone_text, self.tr("Every zone is done"))
            show_text(self.pass_text, "")
            self.map.show_zones(visit_looks(visit, self.desk.now()))
            return
        planned, zone = visit.plan.zone(target.zone), visit.knowledge.scalp.zone(target.zone)
        under_way = progress is not None and progress.zone == target.zone and visit.open_pass is not None
        density = progress.density if progress is not None and under_way else None
        self.map.show_zones(
            visit_looks(
                visit,
                self.desk.now(),
                zone_now=target.zone,
                direction_now=target.direction,
                density_per_cm2=density,
            ),
            target.zone,
        )
        number = len(visit.passes_done(target.zone)) + 1
        show_text(self.zone_text, said(zone.name))
        show_text(
            self.pass_text,
            self.tr("Pass {0} of {1}: {2}").format(
                number, len(planned.passes), direction_words(target.direction)
            ),
        )
        density = visit.density(target.zone) if density is None else density
        self._show_dose(view, density, planned.density_per_cm2)
        read = visit.cartridge
        words = (
            self.tr("Cartridge {0}, {1} needles, lot {2}").format(
                read.cartridge_id, read.needles, read.lot or "–"
            )
            if read
            else ""
        )
        show_text(self.cartridge_text, words)

    def _show_dose(self, view: Snapshot, density: float, target: int) -> None:
        """At rest at once, in RUN a few times a second: each new text lays the page out anew."""
        if view.moving and 0.0 <= view.time_s - self._dose_told_s < DOSE_S:
            return
        self._dose_told_s = view.time_s
        self.bar.setValue(round(min(1.0, density / target) * 100))
        words = self.tr("{0:.0f} of {1} punctures/cm², zone mean").format(density, target)
        show_text(self.dose_text, words)

    def _show_strips(self, view: Snapshot) -> None:
        status, limits = view.status, view.range
        if status is None or limits is None:
            return
        self.strips.mark(
            {
                "Stroke rate": Lines(
                    status.rate_set_mhz / 1000 if status.rate_set_mhz >= 0 else None,
                    limits.rate_min_mhz / 1000,
                    limits.rate_max_mhz / 1000,
                ),
                "Press force": Lines(high=catalogue()[OVER_FORCE]["mean_mn"] / 1000),
            }
        )

    # --- the next act ---

    def next_act(self, view: Snapshot) -> NextAct:
        target = self.flow.target()
        if target is None:
            return NextAct("", False, self.missing())
        due = self.link.next_act(view)
        if due is not None and not (view.open and view.moving):
            return due
        another = self.reader.next_act(view)
        if another is not None and not view.moving and not view.busy:
            return another
        return told_next(self.flow, target, view)

    def act(self) -> None:
        view = self.engine.snapshot
        if self.link.next_act(view) is not None:
            self.refusal.tell(self.link.act())
        elif self.flow.next_act(view) is Next.END_PASS:
            self.flow.go_on(view)
        else:
            self.flow.button(view)


def _values(
    status: Status | None, limits: ModeRange | None, quantity: str
) -> tuple[int | None, int | None, tuple[int, int]]:
    """Measured value, setpoint and the pen's limits of "depth" or "rate" on the wire; None for no value."""
    if status is None or limits is None:
        return None, None, (0, 0)
    if quantity == "depth":
        measured, setpoint = status.depth_measured_um, status.depth_set_um
        range_ = limits.depth_min_um, limits.depth_max_um
    else:
        measured, setpoint = status.rate_measured_mhz, status.rate_set_mhz
        range_ = limits.rate_min_mhz, limits.rate_max_mhz
    return measured, setpoint if setpoint >= 0 else None, range_

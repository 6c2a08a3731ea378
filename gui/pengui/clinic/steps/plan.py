"""The plan on the scalp map: touch a zone, set it, see at once what the rules find."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Due
from penctl.treatment.findings import Finding, Weight, open_findings
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan, check_plan
from pengui.clinic.parts import Folding, Picker, column, label, scrolled
from pengui.clinic.stage_chooser import StageChooser
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.steps.plan_editor import PlanEditor
from pengui.clinic.steps.signing import FindingList
from pengui.clinic.zone_looks import plan_looks
from pengui.said import said
from pengui.widgets.look import Look
from pengui.widgets.scalp_map import ScalpMap
from pengui.worker.snapshot import Snapshot

PANEL_WIDTH: Final = 432
"""The stages stand in one row beside a scroll bar, too: no step moves when it comes."""
MAP_LEAST: Final = 300
"""Least side of the map, px at 1280 × 800: below it the page scrolls."""
START_RATE_MHZ: Final = 100_000
START_DENSITY: Final = 300
"""What a zone begins with before somebody changes it; the clinician sets every figure. A proposal (D)."""


class PlanPage(StepPage):
    """Zones, settings, findings."""

    def build(self) -> None:
        known = self.desk.visit.knowledge
        self.zones: dict[str, ZonePlan] = {}
        self._unread = False
        self.chosen = ""
        self.map = ScalpMap({zone.id: said(zone.name) for zone in known.scalp.zones.values()})
        self.stages = StageChooser(known.scalp)
        self.indication = Picker()
        self.indication.setAccessibleName(self.tr("Indication"))
        for one in Indication:
            self.indication.addItem(said(one.value.replace("_", " ").capitalize()), one)
        self.editor = PlanEditor(self._edited, self._remove)
        self._outer.addWidget(self.editor.refusal)  # like the page's own: below, always in sight
        self.findings = FindingList(self.desk.by, self._judge, may_sign=self.desk.may_sign)
        self.hint = label(self.tr("Touch a zone to plan it, or choose a stage."), "quiet", wrap=True)
        panel = QWidget()
        side = QVBoxLayout(panel)
        side.setContentsMargins(0, 0, 8, 0)
        side.setSpacing(8)
        for widget in (self.stages, self.indication, self.hint, self.editor, self.findings):
            side.addWidget(widget)
        side.addStretch(1)
        self._side, self._panel = panel, scrolled(panel)
        self._panel.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._folding = Folding((self.map, 1), (self._panel, 0), gap=0, below=760)
        self._folding.refolded.connect(lambda _: self._make_room())
        self.content.setLayout(column(self._folding))
        self.map.touched.connect(self.touch)
        self.stages.chosen.connect(self._stage)
        self.indication.currentIndexChanged.connect(self._reset_signatures)
        if self.desk.visit.plan is not None:
            self.zones = {one.zone: one for one in self.desk.visit.plan.zones}
            self.indication.setCurrentIndex(list(Indication).index(self.desk.visit.plan.indication))
        self._judge()

    def dress(self, look: Look, scale: float) -> None:
        super().dress(look, scale)
        self.map.dress(look, scale)
        self.stages.dress(look, scale)
        self.map.setMinimumSize(round(MAP_LEAST * scale), round(MAP_LEAST * scale))
        self._panel.setFixedWidth(round(PANEL_WIDTH * scale))

    def _make_room(self) -> None:
        """Below the map the panel is as high as it needs; beside the map it scrolls by itself."""
        folded, policies = self._folding.folded, QSizePolicy.Policy
        self._panel.setSizePolicy(policies.Fixed, policies.Minimum if folded else policies.Ignored)
        self._panel.setMinimumHeight(self._side.sizeHint().height() if folded else 0)

    # --- the plan ---

    def plan(self) -> Plan | None:
        """The plan as it stands; None without a zone."""
        if not self.zones:
            return None
        visit = self.desk.visit
        return Plan(visit.begun.person, visit.mode, self.indication.currentData(), tuple(self.zones.values()))

    def touch(self, zone: str) -> None:
        """A zone was touched: plan it, or choose it. One that is locked is told, and stays out."""
        self.refusal.tell(None)
        if zone not in self.zones:
            visit = self.desk.visit
            state = visit.knowledge.course.state(zone, self.desk.now(), visit.begun.visit_id)
            if state.due is Due.LOCKED:
                found = visit.knowledge.course.check([zone], self.desk.now(), visit.begun.visit_id)
                self.refusal.tell(said(found[0].text))
                return
            self.zones[zone] = self._begin(zone)
            self._reset_signatures()
        self.chosen = zone
        self._judge()

    def _begin(self, zone: str) -> ZonePlan:
        """What a zone starts with: its last depth, or the first visit's by the rules."""
        visit, known = self.desk.visit, self.desk.visit.knowledge
        former = known.former.of(zone)
        cap = known.rules["depth_max_um", visit.mode].value
        first = "depth_usual_max_um" if visit.mode == "HOME" else "titration_start_um"
        start = known.rules[first, visit.mode].value
        rate = known.rules["rate_max_mhz", visit.mode].value
        return ZonePlan(
            zone,
            min(former or start, cap, known.scalp.zone(zone).depth_max_um),
            min(START_RATE_MHZ, rate),
            (Direction.HORIZONTAL, Direction.VERTICAL),
            START_DENSITY,
        )

    def _edited(self, planned: ZonePlan) -> None:
        before = self.zones[planned.zone]
        self.zones[planned.zone] = planned
        hard = [one for one in self._found() if one.weight is Weight.HARD and one.zone == planned.zone]
        if hard:
            self.zones[planned.zone] = before
            raise_finding(hard[0])
        self._reset_signatures()

    def _remove(self, zone: str) -> None:
        self.zones.pop(zone, None)
        self.chosen = ""
        self._reset_signatures()

    def _stage(self, scale: str, grade: int) -> None:
        try:
            stage = self.desk.visit.knowledge.scalp.suggested(scale, grade)
        except PenError as error:
            self.refusal.tell(error)
            return
        locked = []
        for zone in stage.zones:
            self.touch(zone)
            if zone not in self.zones:
                locked.append(said(self.desk.visit.knowledge.scalp.zone(zone).name))
        words = self.tr("{0} {1} suggests {2} zones.").format(said(scale.title()), grade, len(stage.zones))
        if locked:
            words += self.tr(" Locked today: {0}.").format(", ".join(locked))
        self.refusal.tell(None)
        self.hint.setText(f"{words} {said(stage.note)}".strip())

    def _reset_signatures(self) -> None:
        self.findings.forget()
        self._judge()

    # --- what the rules find ---

    def _found(self) -> tuple[Finding, ...]:
        plan, visit, known = self.plan(), self.desk.visit, self.desk.visit.knowledge
        if plan is None:
            return ()
        found = check_plan(plan, known.rules, known.scalp, known.former)
        return found + known.course.check(list(self.zones), self.desk.now(), visit.begun.visit_id)

    def _judge(self) -> None:
        try:
            found = self._found()
        except PenError as error:
            self.refusal.tell(error)
            found = ()
        notes = tuple(one for one in found if one.weight is Weight.NOTE)
        self._open = open_findings(found, self.findings.signatures)
        self.findings.show_findings((*self._open, *notes))
        name = said(self.desk.visit.knowledge.scalp.zone(self.chosen).name) if self.chosen else ""
        self.editor.show_zone(self.zones.get(self.chosen), name)
        self._make_room()
        self._draw()

    def _draw(self) -> None:
        visit = self.desk.visit
        looks = plan_looks(visit.knowledge, self.plan(), self.desk.now(), visit.begun.visit_id)
        self.map.show_zones(looks, self.chosen)

    def next_act(self, view: Snapshot) -> NextAct:
        if not self.zones:
            return NextAct(self.tr("Agree on the plan"), False, self.missing())
        words = self.tr("One zone") if len(self.zones) == 1 else self.tr("{0} zones").format(len(self.zones))
        if self._open:
            return NextAct(
                self.tr("Agree on the plan"), False, self.tr("To sign: {0} findings").format(len(self._open))
            )
        return NextAct(self.tr("Agree on the plan"), True, words)

    def pressed(self) -> None:
        self._unread = self.editor.unread

    def act(self) -> None:
        """Agree on what is seen: what is typed is taken first, and a refusal is read first."""
        if not self.editor.take_typed() or self._unread:
            return
        plan = self.plan()
        if plan is not None:
            self.note(ev.Planned, plan=plan, signatures=tuple(self.findings.signatures))


def raise_finding(finding: Finding) -> None:
    """A hard finding as the refusal that it is. Raises TreatmentRefused."""
    from penctl.treatment.findings import refuse_open

    refuse_open([finding])

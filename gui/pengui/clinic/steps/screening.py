"""The screening: every question of the table, and what its answers hold back."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import Finding, Weight, open_findings
from penctl.treatment.screening import NEVER, Answer, AnswerKind, Question, check_answer, findings_of, screen
from pengui.clinic.parts import Choice, Folding, button, column, label, row
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.steps.signing import FindingList
from pengui.said import said
from pengui.widgets.look import TOUCH_MM, Look, px_of_mm
from pengui.worker.snapshot import Snapshot

YES_NO: Final = {"NO": "No", "UNSURE": "Unsure", "YES": "Yes"}
SKIN_TYPES: Final = {str(number): str(number) for number in range(1, 7)}


class Asked(QFrame):
    """One question with its answer."""

    def __init__(self, question: Question, changed: object) -> None:
        super().__init__()
        self.question = question
        self.choice: Choice | None = None
        self.field: QLineEdit | None = None
        text = label(said(question.text), wrap=True)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = row(text, gap=12)
        if question.answer is AnswerKind.YES_NO:
            self.choice = Choice(
                {key: said(words) for key, words in YES_NO.items()}, name=said(question.text)
            )
        elif question.answer is AnswerKind.SKIN_TYPE:
            self.choice = Choice(SKIN_TYPES, name=said(question.text))
        elif question.answer is AnswerKind.MONTHS_SINCE:
            self.choice = Choice({NEVER: self.tr("Never")}, name=said(question.text))
        if question.answer in (AnswerKind.YEARS, AnswerKind.MONTHS_SINCE):
            self.field = QLineEdit()
            self.field.setMaxLength(8)
            self.field.setProperty("width_px", 110)
            self.field.setPlaceholderText(
                self.tr("years") if question.answer is AnswerKind.YEARS else self.tr("months")
            )
            self.field.setAccessibleName(said(question.text))
            self.field.textEdited.connect(self._typed)
            self.field.editingFinished.connect(changed)
            layout.addWidget(self.field)
        if self.choice is not None:
            self.choice.chosen.connect(self._chosen)
            self.choice.chosen.connect(changed)
            layout.addWidget(self.choice)
        self.setLayout(layout)

    def _typed(self) -> None:
        if self.choice is not None:
            self.choice.choose("")

    def _chosen(self, key: str) -> None:
        if self.field is not None:
            self.field.clear()

    def choice_if_empty(self, key: str) -> None:
        """Choose, unless something was typed."""
        if self.choice is not None and self.field is not None and not self.field.text():
            self.choice.choose(key)

    def answer(self) -> Answer | None:
        """The answer, None when there is none. Raises TreatmentRefused for one that does not fit."""
        text = self.field.text().strip() if self.field is not None else ""
        chosen = self.choice.value if self.choice is not None else ""
        if not text and not chosen:
            return None
        given: object = chosen or text
        if isinstance(given, str) and given.isascii() and given.isdigit():
            given = int(given)
        return check_answer(self.question, given)

    def show_answer(self, answer: Answer) -> None:
        """An answer that was noted."""
        if self.choice is not None:
            self.choice.choose(str(answer))
        if self.field is not None and isinstance(answer, int):
            self.field.setText(str(answer))


class ScreeningPage(StepPage):
    """Questions in two columns; findings with their signatures below them."""

    TITLE = "Screening"
    LEAD = "Asked before every visit. A question without an answer counts as a bad answer."

    def build(self) -> None:
        self.asked = {
            key: Asked(question, self._changed_answer)
            for key, question in self.desk.visit.knowledge.questions.items()
        }
        self.rest = button(self.tr("All others: No"))
        self.rest.clicked.connect(self._rest)
        self._held: tuple[Finding, ...] = ()
        self.findings = FindingList(self.desk.by, self._judge, may_sign=self.desk.may_sign)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(12)
        asked, rows = list(self.asked.values()), (len(self.asked) + 1) // 2
        halves = []
        for some in (asked[:rows], asked[rows:]):
            half = QWidget()
            half.setLayout(column(*some, None, gap=6))
            halves.append((half, 1))
        layout.addWidget(Folding(*halves, gap=28, below=860))
        layout.addLayout(row(None, self.rest))
        self._strut = QWidget()
        self._strut.setFixedWidth(1)
        layout.addLayout(row(self._strut, self.findings, gap=0))  # below: no question moves under a finger
        layout.addStretch(1)
        for event in self.desk.noted(ev.Screened)[-1:]:
            for key, answer in event.answers.items():
                self.asked[key].show_answer(answer)

    def dress(self, look: Look, scale: float) -> None:
        super().dress(look, scale)
        for asked in self.asked.values():  # the lines of both columns stand side by side
            asked.setMinimumHeight(px_of_mm(TOUCH_MM, scale, look.dpi))

    def answers(self) -> dict[str, Answer]:
        """Every answer that was given. Raises TreatmentRefused for one that does not fit its question."""
        given = {key: asked.answer() for key, asked in self.asked.items()}
        return {key: answer for key, answer in given.items() if answer is not None}

    def _rest(self) -> None:
        for asked in self.asked.values():
            if (
                asked.question.answer is AnswerKind.YES_NO
                and asked.choice is not None
                and not asked.choice.value
            ):
                asked.choice.choose("NO")
            elif asked.question.answer is AnswerKind.MONTHS_SINCE and asked.choice is not None:
                asked.choice_if_empty(NEVER)
        self._changed_answer()

    def _changed_answer(self) -> None:
        self.findings.forget()
        self._judge()

    def _judge(self) -> None:
        """What the answers so far hold back; questions that are not answered yet say nothing here."""
        known = self.desk.visit.knowledge
        try:
            answers = self.answers()
            judged = screen(known.questions, answers, known.rules, self.desk.visit.mode)
        except PenError as error:
            self.refusal.tell(error)
            return
        self.refusal.tell(None)
        found = findings_of(tuple(one for one in judged if one.answer is not None))
        self._held = open_findings(found, self.findings.signatures)
        self._keep_place()
        self.findings.show_findings(self._held)

    def _keep_place(self) -> None:
        """What is in sight stays there when findings go: the page does not get shorter than that."""
        seen = self.area.verticalScrollBar().value() + self.area.viewport().height()
        inside, page = self.area.widget(), self.content.layout()
        if inside is not None and page is not None:
            top = self.rest.mapTo(inside, self.rest.rect().bottomLeft()).y() + 1 + page.spacing()
            self._strut.setMinimumHeight(max(1, seen - top))

    def _open(self) -> int:
        return sum(
            1
            for asked in self.asked.values()
            if not ((asked.choice and asked.choice.value) or (asked.field and asked.field.text().strip()))
        )

    def next_act(self, view: Snapshot) -> NextAct:
        left = self._open()
        prompt = (
            self.tr("Missing: {0} answers").format(left) if left else self.tr("Every question is answered")
        )
        held = self._held_back()
        return NextAct(
            self.tr("Note the screening"),
            not left and not self._stopped,
            f"{held} {prompt}".strip() if left else held or prompt,
        )

    @property
    def _stopped(self) -> bool:
        return any(one.weight is Weight.HARD for one in self._held)

    def reason_to_end(self) -> str:
        """The findings that nobody lifts."""
        return " ".join(said(one.what) for one in self._held if one.weight is Weight.HARD)

    def _held_back(self) -> str:
        """What stands below the questions, which may be out of sight."""
        if self._stopped:
            return self.tr("STOP, said below the questions: do not treat. End early.")
        to_sign = sum(1 for one in self._held if one.weight is Weight.SOFT)
        return self.tr("To sign below the questions: {0}.").format(to_sign) if to_sign else ""

    def act(self) -> None:
        try:
            answers = self.answers()
        except PenError as error:
            self.refusal.tell(error)
            return
        if not self.note(ev.Screened, answers=answers, signatures=tuple(self.findings.signatures)):
            self.area.ensureWidgetVisible(self.findings)

"""Which page belongs to which step of a visit."""

from __future__ import annotations

from typing import Final

from penctl.treatment.visit_steps import Step
from pengui.clinic.steps.consent import ConsentPage
from pengui.clinic.steps.page import StepPage
from pengui.clinic.steps.photos import PhotosAfterPage, PhotosPage
from pengui.clinic.steps.plan import PlanPage
from pengui.clinic.steps.prepare import PreparePage
from pengui.clinic.steps.ready import ReadyPage
from pengui.clinic.steps.screening import ScreeningPage
from pengui.clinic.steps.simple import AfterCarePage, DisposePage, SignPage, TimeOutPage
from pengui.clinic.steps.treat import TreatPage

PAGES: Final[dict[Step, type[StepPage]]] = {
    Step.SCREENING: ScreeningPage,
    Step.CONSENT: ConsentPage,
    Step.PHOTOS_BEFORE: PhotosPage,
    Step.PLAN: PlanPage,
    Step.PREPARE: PreparePage,
    Step.TIME_OUT: TimeOutPage,
    Step.READY: ReadyPage,
    Step.TREAT: TreatPage,
    Step.DISPOSE: DisposePage,
    Step.PHOTOS_AFTER: PhotosAfterPage,
    Step.AFTER_CARE: AfterCarePage,
    Step.SIGN: SignPage,
}

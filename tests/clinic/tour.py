"""One walk through every screen of the program, with a stop at each: what is looked at there is given."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QMainWindow

from penctl.protocol.enums import State
from pengui.clinic import demo
from pengui.clinic.start import Start

from .look_checks import ACCENTS

Look = Callable[[str, QMainWindow], None]


class Pseudo(QTranslator):
    """A language that marks every text and makes it 40 % longer; notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[tuple[str, str]] = set()

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False

    def translate(self, context: str, text: str, disambiguation: str = "", n: int = -1) -> str:
        if not text.strip():
            return text
        self.asked.add((context, text))
        return f"{text.translate(ACCENTS)}{'~' * -(-len(text) * 2 // 5)}"


def start_screens(look: Look) -> None:
    """The first screen, and new records in its place."""
    start = Start(lambda: None, lambda where, key: None, lambda: None, make=lambda wanted: None)
    start.show()
    QApplication.processEvents()
    look("start", start)
    start.new_button.click()
    QApplication.processEvents()
    look("new records", start)
    start.close()
    start.deleteLater()


class Tour:
    """Walks as an admin, at home, and through a whole visit that ends early after a trip and a lost link."""

    def __init__(self, practice, look: Look) -> None:
        self.practice, self._look = practice, look

    def stop(self, name: str) -> None:
        self.practice.show()
        for _ in range(3):  # a text that takes another line moves what is around it, one layout after another
            QApplication.processEvents()
        self._look(name, self.practice.window)

    def walk(self) -> None:
        self.stop("sign-in")
        for part in (self._admin, self._patients, self._home, self._talk, self._prepare, self._treat):
            part()
        self._trouble()
        self._after()

    def _admin(self) -> None:
        p = self.practice
        p.sign_in(*demo.ADMIN)
        p.window.rooms.show_users()
        self.stop("users")
        p.window.rooms.show_patients()
        p.click(p.window.patients.new_button)
        self.stop("new patient")
        p.window.rooms.lock()
        self.stop("locked")
        p.sign_in()

    def _patients(self) -> None:
        p, patients = self.practice, self.practice.window.patients
        patients.search.setText("Hazel")
        for name, button in patients.pages.buttons.items():
            p.click(button)
            self.stop(f"patients, {name}")
        p.click(patients.pages.buttons["scalp"])
        patients.search.setText("Linden")
        self.stop("resume")
        patients.search.setText("nobody at all")
        self.stop("nobody")

    def _home(self) -> None:
        p = self.practice
        p.window.patients.search.setText("Juniper")
        p.click(p.window.patients.mode.buttons["HOME"])
        p.click(p.window.patients.begin_button)
        p.screening("58").consent().no_photo()
        p.page.touch("FRONTAL")
        self.stop("home, plan")
        p.next()
        self.stop("home, prepare")
        p.window.rooms.show_patients()

    def _talk(self) -> None:
        p = self.practice
        p.begin("Rowan")
        self.stop("screening")
        p.click(p.page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
        self.stop("screening, a caution")
        p.click(p.page.asked["BLOOD_THINNERS"].choice.buttons["NO"])
        p.screening("46")
        self.stop("consent")
        p.consent()
        self.stop("photos")
        p.no_photo()
        self.stop("plan, nothing yet")
        p.click(p.page.stages.stages["NORWOOD", 4])
        self.stop("plan")
        p.page.zones = {}
        p.page.chosen = ""
        p.plan("FRONTAL", "FRONTOTEMPORAL_LEFT", density=3)

    def _prepare(self) -> None:
        p = self.practice
        self.stop("prepare")
        p.prepare()
        p.pen()
        self.stop("time-out")
        p.time_out()
        self.stop("ready")
        p.ready()

    def _treat(self) -> None:
        p = self.practice
        self.stop("treat, READY")
        p.click(p.page.depth_card.less)
        p.act()
        p.run(0.1)
        p.click(p.page.depth_card.more)
        self.stop("treat, more to confirm")
        p.bench.hand.press(3.0)
        p.bench.hand.glide(20.0)
        p.run(0.1)
        p.bench.hand.hold(True)
        for state in (State.RUN, State.STOPPING):
            p.until(lambda state=state: p.view.state is state)
            self.stop(f"treat, {state.name}")
            if state is State.RUN:
                p.run(0.08)
                p.window.stop()
        p.until(lambda: p.view.state is State.STANDBY)
        p.hold(False)
        p.run(0.2)
        self.stop("treat, next pass")
        p.click(p.page.leave_out.ask)
        self.stop("treat, leave out")
        p.click(p.page.leave_out.cancel)
        p.click(p.screen.early)
        self.stop("treat, end early")
        p.click(p.screen.cancel)

    def _trouble(self) -> None:
        p = self.practice
        p.bench.hand.estop(True)
        p.run(0.3)
        self.stop("treat, tripped")
        p.click(p.window.banner.list_button)
        self.stop("alarms, list")
        p.click(p.window.banner.list_button)
        p.click(p.window.banner.acknowledge_button)
        self.stop("treat, acknowledged")
        p.bench.hand.estop(False)
        p.run(0.2)
        p.window.engine.ask("reset", 1)
        p.act()
        p.run(0.2)
        p.bench.cut_link()
        p.run(0.8)
        self.stop("treat, link lost")
        p.bench.restore_link()
        p.run(0.1)
        p.click(p.window.banner.reconnect_button)
        p.act()
        p.run(0.3)

    def _after(self) -> None:
        p = self.practice
        p.click(p.screen.unwell)
        p.screen.reason.setText("dizzy")
        p.click(p.screen.confirm)
        p.act()
        p.run(0.2)
        self.stop("dispose")
        p.click(p.page.checks["INTACT"])
        p.click(p.page.checks["SHARPS"])
        p.no_photo()
        self.stop("after-care")
        p.click(p.page.checks["GIVEN"])
        self.stop("sign")

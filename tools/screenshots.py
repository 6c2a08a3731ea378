"""Drive the real program through a whole visit in a real window, and write the pictures of README and docs.

usage: screenshots.py [--out DIR] [--size 1280x800] [--theme dark|light] [--no-film]

Needs a display; `make screenshots` gives it one by Xvfb. The clinic is the invented one, the pen the
simulated one, in real time. Nothing is clicked that a person could not click.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from penctl.protocol.enums import State
from penctl.treatment.visit_steps import TIME_OUT, Step, preparation
from pengui.app import Program
from pengui.clinic.window import Clinic
from pengui.console.player_bar import STEP_S
from pengui.widgets.marked_slider import Kind

LONGEST_S = 120.0
FILM_S = 30.0
FILM_HZ = 4.0
FILM_WIDTH = 560
MOST_ROUNDS = 20


class Director:
    """Clicks, waits for what must follow, and takes pictures."""

    def __init__(self, window: Clinic, out: Path, name: str) -> None:
        self.window, self._out, self._name = window, out, name
        self.frames: list[QImage] = []
        self.filming = False
        self._film_next_s = 0.0

    # --- hands and eyes ---

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Let the program run until `holds()`; what it waits for in vain is told."""
        end_s = time.monotonic() + LONGEST_S
        while not holds():
            if time.monotonic() > end_s:
                sys.exit(f"screenshots: not within {LONGEST_S:g} s: {what}. {self.told()}")
            self.breathe()

    def pause(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.breathe()

    def breathe(self) -> None:
        QTest.qWait(10)
        if self.filming and time.monotonic() >= self._film_next_s:
            self._film_next_s = time.monotonic() + 1 / FILM_HZ
            image = self.window.grab().toImage()
            self.frames.append(image.scaledToWidth(FILM_WIDTH, Qt.TransformationMode.SmoothTransformation))

    def click(self, widget: QWidget) -> None:
        self.wait(lambda: widget.isVisible() and widget.isEnabled(), f"a click on {widget.accessibleName()}")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.pause(0.15)

    def next(self) -> None:
        self.click(self.screen.next_button)

    def shot(self, name: str) -> None:
        """The window as it stands, with few colours so that it is small."""
        self.pause(0.3)
        path = self._out / f"{self._name}-{name}.png"
        picture = picture_of(self.window.grab().toImage())
        few = picture.quantize(200, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)  # a rare colour, as an alarm's, stays what it is
        print(path)

    def told(self) -> str:
        return self.page.refusal.text() if self.window.visit is not None else ""

    @property
    def screen(self):
        return self.window.visit

    @property
    def page(self):
        return self.screen.page(self.screen.seen)

    @property
    def view(self):
        return self.window.engine.snapshot

    # --- the visit ---

    def until_step(self, step: Step) -> None:
        self.wait(lambda: self.screen.here is step, f"step {step.name}")

    def arrive(self) -> None:
        self.click(self.window.sign_in.enter)
        self.window.patients.search.setText("Rowan")
        self.shot("patients")
        self.click(self.window.patients.begin_button)

    def talk(self) -> None:
        page = self.page
        page.asked["AGE"].field.setText("46")
        page.asked["SKIN_TYPE"].choice.choose("2")
        self.click(page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
        self.shot("screening")
        self.click(page.asked["BLOOD_THINNERS"].choice.buttons["NO"])
        self.click(page.rest)
        self.next()
        self.click(self.page.read)
        self.click(self.page.signed)
        self.next()
        self._no_photo()

    def _no_photo(self) -> None:
        self.page.reason.setText("not wanted")
        self.click(self.page.decline)

    def plan(self) -> None:
        page = self.page
        self.click(page.stages.stages["NORWOOD", 3])
        for zone in ("FRONTOTEMPORAL_RIGHT", "FRONTOTEMPORAL_LEFT", "FRONTAL"):
            place = page.map.place_of(zone).toPoint()
            QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=QPoint(place))
            self.pause(0.1)
        for _ in range(6):
            self.click(page.editor.steps["density", 1])
        self.shot("plan")
        self.next()

    def prepare(self) -> None:
        page = self.page
        for key in preparation("CLINICAL"):
            self.click(page.checks[key])
        self.click(page.without)
        self.click(page.pen_button)
        self.wait(lambda: self.view.open and self.view.state is State.STANDBY, "the pen")
        self.click(page.pen_button)
        self.pause(2.5)
        QTest.mousePress(self.window.hand.button, Qt.MouseButton.LeftButton)
        self.wait(page.read_button.isEnabled, "a checked pen")
        QTest.mouseRelease(self.window.hand.button, Qt.MouseButton.LeftButton)
        page.lot.setText("L77")
        self.shot("prepare")
        self.click(page.read_button)
        self.until_step(Step.TIME_OUT)
        for key in list(TIME_OUT)[:2]:
            self.click(self.page.checks[key])
        self.shot("time-out")
        for key in list(TIME_OUT)[2:]:
            self.click(self.page.checks[key])
        self.until_step(Step.READY)

    def treat(self, *, film: bool) -> None:
        self.window.alarm_desk.acknowledge()
        self.next()
        self.wait(lambda: self.view.state is State.READY, "READY")
        self.wait(lambda: self.screen.treat_flow is not None, "TREAT")
        self.click(self.window.hand.nose)
        self.filming = film
        for _ in range(MOST_ROUNDS):
            if self.screen.treat_flow.target().zone == "FRONTAL":
                break
            self._run_for(2.0)
        else:
            sys.exit(f"screenshots: the first zones did not end; the pen is in {self.view.state.name}")
        self.wait(lambda: self.view.state in (State.READY, State.STANDBY), "rest")
        if self.view.state is State.STANDBY:
            self._press_button()
        self.wait(lambda: self.view.state is State.READY, "READY")
        QTest.mousePress(self.window.hand.switch, Qt.MouseButton.LeftButton)
        self.wait(lambda: self.view.state is State.RUN, "RUN")
        self.pause(3.0)
        self.shot("treat")
        QTest.mouseRelease(self.window.hand.switch, Qt.MouseButton.LeftButton)
        self.wait(lambda: self.view.state is not State.RUN, "rest")
        self._run_for(FILM_S - 20.0 if film else 1.0)
        self.filming = False
        self.pause(0.5)

    def _run_for(self, seconds: float) -> None:
        """Hold the switch; when a pass ends by itself, press the button at the pen and go on."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self._reset_if_tripped()
            if self.view.state is State.STANDBY and not self.view.busy:
                self._press_button()
            if self.view.state is State.READY:
                QTest.mousePress(self.window.hand.switch, Qt.MouseButton.LeftButton)
                self.pause(min(4.0, max(0.5, end_s - time.monotonic())))
                QTest.mouseRelease(self.window.hand.switch, Qt.MouseButton.LeftButton)
            self.pause(0.5)

    def _reset_if_tripped(self) -> None:
        """A machine that is too busy to draw in time loses its heartbeats, and the pen stops, as it must."""
        if self.view.state is State.SAFE:
            self.pause(1.0)
            if self.window.banner.reset_button.isVisible():
                self.click(self.window.banner.reset_button)
            self.pause(1.0)

    def _press_button(self) -> None:
        QTest.mousePress(self.window.hand.button, Qt.MouseButton.LeftButton)
        self.pause(0.15)
        QTest.mouseRelease(self.window.hand.button, Qt.MouseButton.LeftButton)
        self.pause(0.6)

    def trip(self) -> None:
        self.window.engine.hand("estop", True)
        self.wait(lambda: self.view.state is State.SAFE, "SAFE")
        self.shot("alarm")
        self.window.engine.hand("estop", False)
        for _ in range(5):  # a reset that comes too early is refused, and done again
            self.pause(1.0)
            if self.view.state is State.SAFE:
                self.click(self.window.banner.reset_button)
        self.wait(lambda: self.view.state is State.STANDBY, f"the reset: {self.window.banner.title.text()}")

    def leave(self) -> None:
        self.click(self.screen.early)
        self.screen.reason.setText("the pictures are taken")
        self.click(self.screen.confirm)
        self.until_step(Step.DISPOSE)
        self.click(self.page.checks["INTACT"])
        self.click(self.page.checks["SHARPS"])
        self._no_photo()
        self.until_step(Step.AFTER_CARE)
        self.shot("after-care")
        self.click(self.page.checks["GIVEN"])
        self.until_step(Step.SIGN)
        self.shot("sign")
        self.next()
        self.wait(lambda: self.window.visit is None, "a signed visit")

    def past(self) -> None:
        """The course of one patient, and the visit of another played again."""
        patients = self.window.patients
        patients.search.setText("Rowan")
        self.click(patients.pages.buttons["course"])
        self.shot("course")
        patients.search.setText("Hazel")
        self.click(patients.pages.buttons["visits"])
        self.click(patients.past.replay_button)
        replay = self.window.replay
        self.wait(lambda: replay.past.marks() and replay.engine.snapshot.replay is not None, "a replay")
        trips = [mark for mark in replay.past.marks() if mark.kind is Kind.TRIP]
        self.click(replay.bar.play_button)
        replay.slider.setValue(round((trips[0].from_s + 0.1) / STEP_S))
        self.pause(0.5)
        self.shot("replay")
        self.click(replay.leave_button)

    def film(self) -> None:
        """The frames as an animation that browsers show."""
        pictures = [picture_of(frame).quantize(16, dither=Image.Dither.NONE) for frame in self.frames]
        path = self._out / f"{self._name}-treat.gif"
        pictures[0].save(
            path,
            save_all=True,
            append_images=pictures[1:],
            duration=round(1000 / FILM_HZ),
            loop=0,
            optimize=True,
        )
        print(path)


def picture_of(image: QImage) -> Image.Image:
    """A picture of Qt for Pillow."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    size = (rgb.width(), rgb.height())
    return Image.frombytes("RGB", size, bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--name", default="clinic", help="how the files begin")
    parser.add_argument("--no-film", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    program = Program(given.theme)
    program.worker.start()
    try:
        program.practise()
        window = program.window
        assert isinstance(window, Clinic)
        window.resize(*(int(part) for part in given.size.split("x")))
        director = Director(window, given.out, given.name)
        for act in (director.arrive, director.talk, director.plan, director.prepare):
            act()
        director.treat(film=not given.no_film)
        director.trip()
        director.leave()
        director.past()
        if not given.no_film:
            director.film()
    finally:
        program.close()
    return 0


if __name__ == "__main__":
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    sys.exit(main())

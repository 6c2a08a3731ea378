"""STOP is always on the screen: in no state does the window ask for more than 1280 x 800."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import State


def asks_for(desk):
    desk.show()
    QApplication.processEvents()
    hint = desk.window.minimumSizeHint()
    return hint.width(), hint.height()


def fits(desk):
    width, height = asks_for(desk)
    assert width <= 1280
    assert height <= 800


def test_no_state_asks_for_a_wider_window_than_the_smallest_screen(desk):
    """Issue 3: STOP always in the same place, on a screen of 1280 x 800 after one of 3840 x 2160 too."""
    desk.window.show()
    for size in ((3840, 2160), (1280, 800)):
        desk.window.resize(*size)
        QApplication.processEvents()
    assert (desk.window.width(), desk.window.height()) == (1280, 800)
    fits(desk)
    desk.connect().arm().start()
    fits(desk)
    desk.engine.pen.transport.bench.hand.estop(True)
    desk.until(lambda: desk.view.state is State.SAFE)
    fits(desk)
    desk.engine.ask("disconnect")
    desk.act()
    fits(desk)
    assert desk.window.stop_button.geometry().right() < 1280

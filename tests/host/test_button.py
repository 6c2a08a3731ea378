"""What needs the button at the pen: a clear refusal, or a wait for a person to press it."""

from __future__ import annotations

from typing import Any

import pytest

from penctl.errors import PenError, Refused
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Mode, Reason


def _pen(foreign: Any, role: str = "service") -> Pen:
    pen = Pen(foreign.transport, role=role)
    pen.open_session()
    foreign.device.refuse = dict.fromkeys(ACTS, (Reason.BUTTON_NOT_PRESSED, 0, 0))
    return pen


ACTS: dict[str, Any] = {
    "SET_MODE": lambda pen, seconds: pen.set_mode("clinical", button_timeout_s=seconds),
    "CALIBRATE": lambda pen, seconds: pen.calibrate(12, button_timeout_s=seconds),
    "CONFIGURE": lambda pen, seconds: pen.configure("home", 200, 90.0, button_timeout_s=seconds),
    "PAIR": lambda pen, seconds: pen.pair("clinician", "ABCD", button_timeout_s=seconds),
}


@pytest.mark.parametrize("name", ACTS)
def test_without_the_button_the_refusal_says_what_to_press(foreign: Any, name: str) -> None:
    """IL-30: the pen refuses, at once, and the remedy is the button."""
    pen = _pen(foreign)
    with pytest.raises(Refused, match="button") as refused:
        ACTS[name](pen, 0.0)
    assert "Press the button at the pen" in refused.value.remedy


@pytest.mark.parametrize("name", ACTS)
def test_with_a_time_the_host_waits_for_the_button(foreign: Any, name: str) -> None:
    """The command goes out again as soon as the pen reports its button pressed."""
    pen = _pen(foreign)
    beats = 0

    def press(command: Any, answer: Any) -> None:
        nonlocal beats
        beats += 1
        if beats > 20:
            foreign.device.refuse.clear()
            foreign.device.status["flags"] |= int(Flags.BUTTON_PRESSED)

    pen.inbox.on_command.append(press)
    ACTS[name](pen, 5.0)
    assert sum(message.name == name for message in foreign.device.commands) == 2


@pytest.mark.parametrize("name", ACTS)
def test_the_wait_for_the_button_has_an_end(foreign: Any, name: str) -> None:
    """Every wait has a limit and a reason."""
    pen = _pen(foreign)
    before_s = pen.now_s()
    with pytest.raises(Refused, match="button"):
        ACTS[name](pen, 2.0)
    assert 2.0 <= pen.now_s() - before_s < 2.3


@pytest.mark.parametrize("seconds", ["long", None, -1.0, float("nan")])
def test_a_wait_for_the_button_without_an_end_is_refused(foreign: Any, seconds: Any) -> None:
    """Bad input: our error, and nothing is sent."""
    pen = _pen(foreign)
    with pytest.raises(PenError, match="no time to wait"):
        pen.set_mode("clinical", button_timeout_s=seconds)
    assert pen.mode is Mode.HOME


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda pen: pen.calibrate(float("nan")), "not a number"),
        (lambda pen: pen.calibrate("12"), "not a number"),
        (lambda pen: pen.calibrate(40_000), "outside what is allowed"),
        (lambda pen: pen.configure("turbo", 200, 90.0), "no mode"),
        (lambda pen: pen.configure("home", 200, None), "not a number"),
        (lambda pen: pen.pair("nurse"), "no such role"),
        (lambda pen: pen.pair("service", "x" * 17), "at most 16"),
        (lambda pen: pen.pair("service", "€"), "at most 16"),
        (lambda pen: pen.pair("service", 1234), "at most 16"),
    ],
)
def test_what_service_cannot_do_is_refused_before_it_is_sent(foreign: Any, act: Any, words: str) -> None:
    """Bad input: our words, and nothing on the wire."""
    pen = _pen(foreign)
    before = len(foreign.device.commands)
    with pytest.raises(PenError, match=words):
        act(pen)
    assert len(foreign.device.commands) == before

"""A command whose answer was lost: the status tells what became of it, and no event is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penctl.errors import LinkLost, Refused, Unfinished
from penctl.pen import Pen
from penctl.protocol import frame
from penctl.protocol.enums import Mode, State
from penctl.protocol.messages import BY_NUMBER, SET_DEPTH, SET_RATE
from penctl.transport import Transport
from pensim import Bench
from pensim.serial_handlers.protocol_pensim import Serial


class Filtered:
    """A port whose frames from the pen, and writes to it, pass a test's own filter."""

    read_some = None
    """Every byte goes through `read`."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self._kept, self._ready = b"", b""
        self.keep: Callable[[frame.Frame], bool] = lambda found: True
        self.sends: Callable[[bytes], bool] = lambda data: True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def timeout(self) -> float:
        return float(self._port.timeout)

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._port.timeout = seconds

    @property
    def in_waiting(self) -> int:
        self._take(self._port.read(self._port.in_waiting) if self._port.in_waiting else b"")
        return len(self._ready)

    def _take(self, data: bytes) -> None:
        self._kept += data
        *whole, self._kept = self._kept.split(b"\0")
        for encoded in whole:
            if not encoded or self.keep(frame.decode_frame(encoded)):
                self._ready += encoded + b"\0"

    def read(self, size: int = 1) -> bytes:
        if not self._ready:
            self._take(self._port.read(1))
            if self._port.in_waiting:
                self._take(self._port.read(self._port.in_waiting))
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def write(self, data: bytes) -> int:
        return int(self._port.write(data)) if self.sends(data) else len(data)


def _filtered(bench: Bench) -> tuple[Pen, Filtered]:
    port = Filtered(Serial.on_bench(bench))
    pen = Pen(Transport(port, "pensim://filtered"))  # type: ignore[arg-type]
    pen.open_session()
    pen.wait_ready()
    return pen, port


def _response_to(found: frame.Frame, number: int) -> bool:
    return BY_NUMBER[found.number].name == "RESPONSE" and found.body[4] == number


def test_a_command_that_acted_although_its_answer_was_lost_is_told_to_have_acted() -> None:
    """Issue 5, 1: an uncertain outcome is resolved by a status query, and nothing is sent twice."""
    with Bench(seed=1) as bench:
        pen, port = _filtered(bench)
        port.keep = lambda found: not _response_to(found, SET_DEPTH.number)
        pen.set_depth_um(200)
        assert pen.status().depth_set_um == 200
        assert pen.link_quality.repeats > 10


def test_a_command_that_was_refused_although_its_answer_was_lost_is_told_to_be_refused() -> None:
    """Issue 5, 1: the reason is in the status."""
    with Bench(seed=1) as bench:
        pen, port = _filtered(bench)
        port.keep = lambda found: not _response_to(found, SET_DEPTH.number)
        with pytest.raises(Refused) as refused:
            pen.command("SET_DEPTH", depth_um=9_000)
        assert refused.value.reason == "DEPTH_ABOVE_LIMIT"


def test_a_command_that_never_arrived_is_told_not_to_have_acted() -> None:
    """Issue 5, 1: not acted is told apart from not known, so that it can be sent again."""
    with Bench(seed=1) as bench:
        pen, port = _filtered(bench)
        pen.set_depth_um(200)
        lost = {SET_RATE.number | 0x80}
        port.sends = lambda data: all(
            found.body[1] not in lost for found in frame.Deframer().feed(b"\0" + data)
        )
        with pytest.raises(Unfinished, match="did not act") as unfinished:
            pen.set_rate_hz(60.0)
        assert unfinished.value.acted is False
        assert pen.status().rate_set_mhz == -1
        lost.clear()
        pen.set_rate_hz(60.0)
        assert pen.status().rate_set_mhz == 60_000


def test_a_pen_that_says_nothing_at_all_is_lost_and_the_outcome_is_not_known() -> None:
    """Negative control: without a status nobody knows, and nobody pretends to."""
    with Bench(seed=1) as bench:
        pen, port = _filtered(bench)
        port.keep = lambda found: False
        with pytest.raises(LinkLost, match="SET_DEPTH"):
            pen.set_depth_um(200)


def _is_event(found: frame.Frame) -> bool:
    return BY_NUMBER[found.number].name.startswith("EVENT_")


def test_each_event_frame_is_lost_once_over_a_cut_cable_and_a_new_link_session_and_none_is_lost() -> None:
    """Issue 5, 1: events are asked for again; a treatment, IL-26, its reset, another one."""
    with Bench(seed=1, cartridge="HOME") as bench:
        pen, port = _filtered(bench)
        seen: set[int] = set()
        dropped = 0

        def keep(found: frame.Frame) -> bool:
            nonlocal dropped
            if not _is_event(found):
                return True
            number = int.from_bytes(found.content[:4], "little")
            first = number not in seen
            seen.add(number)
            dropped += first
            return not first

        port.keep = keep
        _run(pen, bench)
        bench.cut_link()
        bench.advance(1.0)
        bench.restore_link()
        assert pen.status().state is State.SAFE
        pen.open_session()
        bench.hand.hold(False)
        pen.wait(1.0, through_trips=True)
        pen.reset()
        bench.hand.lift()
        _run(pen, bench)
        pen.stop()
        pen.wait(2.0, through_trips=True)
        numbers = [event["number"] for event in pen.events]
        newest = pen.status().events_next - 1
        assert dropped >= 10
        assert sorted(numbers)[-dropped:] == list(range(newest - dropped + 1, newest + 1))
        assert len(set(numbers)) == len(numbers)
        assert pen.inbox.events_missed == 0
        bench.hand.hold(False)
        pen.close()


def _run(pen: Pen, bench: Bench) -> None:
    pen.set_depth_um(200)
    pen.set_rate_hz(60.0)
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.2)
    pen.start()
    pen.wait(1.0)
    assert pen.status().state is State.RUN


@pytest.mark.parametrize("lost", range(12))
def test_one_lost_event_of_twelve_is_asked_for_again_whichever_it_is(foreign: Any, lost: int) -> None:
    """Issue 5, 1: each single event, the first and the last too."""
    pen = Pen(foreign.transport)
    pen.open_session()
    for number in range(1, 13):
        fields = {"number": number, "time_us": number, "state": State.STANDBY, "previous": State.STANDBY}
        act = foreign.keep if number == lost + 1 else foreign.send
        act("EVENT_STATE", mode=Mode.HOME, cause=0, **fields)
        foreign.device.status["events_next"] = number + 1
        pen.wait(0.05)
    pen.wait(1.0)
    assert sorted(event["number"] for event in pen.events) == list(range(1, 13))
    assert pen.inbox.events_missed == 0

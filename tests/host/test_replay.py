"""A recording as a pen: a screen that holds it shows what the pen's own screen showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penctl import cli
from penctl.demo import Demo
from penctl.errors import LinkLost, PenError, RecordingError, Refused
from penctl.monitor.watch import Watch
from penctl.pen import Pen, WaitEnd
from penctl.protocol.enums import State
from penctl.recorded import read_run
from penctl.recording import record
from penctl.replay import REFUSED, ReplayPen


def test_a_replay_tells_what_the_pen_told(tmp_path: Path) -> None:
    """Issue 5, part 5: the same callbacks with the same events, trips, commands and samples, in order."""
    seen: dict[str, list[Any]] = {"live": [], "past": []}
    samples: dict[str, list[int]] = {"live": [], "past": []}

    def listen(pen: Pen, name: str) -> None:
        told = seen[name]
        pen.inbox.on_event.append(lambda message: told.append((message.name, _plain(message.values))))
        pen.inbox.on_trip.append(lambda trip: told.append(trip))
        pen.inbox.on_telemetry.append(lambda block: samples[name].extend(block.samples["bar_um"].tolist()))

    def _plain(values: Any) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key != "number"}

    with Pen("pensim://?seed=3") as pen:
        recorder = record(pen, tmp_path / "run.mcap")
        listen(pen, "live")
        with recorder:
            Demo(pen, lambda text, fraction: None).run()
    with ReplayPen(tmp_path / "run.mcap") as past:
        listen(past, "past")
        while not past.ended:
            past.wait(0.1, through_trips=True)
        assert past.trips[0].id == "IL-26"
        assert past.identity == pen.identity
        assert past.known_limits == pen.known_limits
        assert past.simulated
        assert past.recorded
    acts = [
        [told for told in seen[name] if not (isinstance(told, tuple) and told[0] == "EVENT_TRIP")]
        for name in seen
    ]
    assert acts[0] == acts[1]
    assert len(acts[0]) > 20
    assert len(samples["past"]) > 8000
    assert samples["live"][: len(samples["past"])] == samples["past"]


def _is_no_trip_event(told: Any) -> bool:
    return not (isinstance(told, tuple) and told[0] == "EVENT_TRIP")


def test_a_wait_comes_back_as_a_pens_does(treatment: Path) -> None:
    """Issue 5, part 5: elapsed, a condition, a trip; and time is the recording's."""
    pen = ReplayPen(treatment)
    begin_s = pen.now_s()
    assert pen.wait(0.25) is WaitEnd.ELAPSED
    assert pen.now_s() == pytest.approx(begin_s + 0.25)
    assert pen.wait(20.0, until=lambda: pen.status().state is State.RUN) is WaitEnd.UNTIL
    assert pen.wait(60.0) is WaitEnd.TRIPPED
    assert pen.wait(60.0) is WaitEnd.ELAPSED
    assert pen.ended
    with pytest.raises(PenError, match="no time to wait"):
        pen.wait(float("nan"))


def test_any_time_can_be_sought_back_and_forth(treatment: Path) -> None:
    """Issue 5, part 5: a screen's slider; the status is the one that held then."""
    pen, run = ReplayPen(treatment), read_run(treatment)
    [trip] = run.trips
    pen.seek(trip["time_s"] + 0.01)
    assert [told.id for told in pen.trips] == ["IL-26"]
    status = pen.seek(2.0)
    assert status is not None
    assert status.tripped == 0
    assert pen.trips == []
    pen.wait(0.1)
    assert pen.now_s() == pytest.approx(2.1)


def test_while_the_link_was_cut_the_pen_is_not_heard(treatment: Path, tmp_path: Path, clock: Any) -> None:
    """Issue 5, part 5: a recording does not pretend to know more than was heard."""
    pen, run = ReplayPen(treatment), read_run(treatment)
    gaps = np.diff(run.telemetry["time_s"])
    start = float(run.telemetry["time_s"][int(np.argmax(gaps))])
    pen.seek(start)
    pen.wait(0.4, through_trips=True)
    assert pen.silent_s() > 0.3
    pen.seek(run.end_s)
    pen.wait(2.0)
    with pytest.raises(LinkLost, match="not heard then"):
        pen.status()


@pytest.mark.parametrize("act", REFUSED)
def test_nothing_in_a_recording_can_be_commanded(act: str, treatment: Path) -> None:
    """Issue 5, part 5: refused with a clear error, and nothing looks as if it had been done."""
    pen = ReplayPen(treatment)
    with pytest.raises(Refused, match="This is a recording") as refused:
        getattr(pen, act)()
    assert refused.value.reason == "RECORDING"


def test_every_method_of_a_pen_is_a_recordings_own_or_refused(treatment: Path) -> None:
    """Issue 5, part 5: a method that a pen gets later reaches no port that is not there."""
    methods = {name for name in dir(Pen) if not name.startswith("_") and callable(getattr(Pen, name))}
    own = {name for name in vars(ReplayPen) if name in methods}
    assert methods - own == set()
    assert set(REFUSED) <= methods
    assert ReplayPen(treatment).wait_ready() == ReplayPen(treatment).status()


def test_the_live_view_shows_a_recording_and_says_so(treatment: Path) -> None:
    """Issue 5, part 5: `penctl monitor --replay` stands on the same watch as a pen."""
    pen = ReplayPen(treatment)
    watch = Watch(pen)
    pen.wait(4.0, through_trips=True)
    sight = watch.look()
    assert sight.recorded
    assert sight.simulated
    assert sight.readings is not None
    assert sight.link.samples_per_s == pytest.approx(1000.0, rel=0.05)
    assert sight.as_json()["recorded"] is True


def test_monitor_replays_a_recording_to_its_end(treatment: Path, capsys: Any) -> None:
    """Issue 5, part 5: a line a second of it, at a speed; then it ends by itself."""
    assert cli.main(["monitor", "--replay", str(treatment), "--json", "--from", "8", "--speed", "50"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) >= 2
    assert lines[0]["time_s"] < lines[-1]["time_s"]
    assert all(line["simulated"] and line["recorded"] for line in lines)
    assert cli.main(["log", "replay", str(treatment), "--once", "--from", "3"]) == 0
    out = capsys.readouterr().out
    assert "SIMULATED" in out
    assert "RECORDED" in out


def test_a_recording_that_lost_who_the_pen_was_is_not_replayed(tmp_path: Path, clock: Any) -> None:
    """Bad input: its head is damaged; what it still tells is shown by `penctl log show`."""
    from recording_rig import FACTS

    from penctl.recording import Recorder

    Recorder(tmp_path / "run.mcap", FACTS, now_s=clock.now_s, wall_s=clock.wall_s).close()
    with pytest.raises(RecordingError, match="does not say what pen"):
        ReplayPen(tmp_path / "run.mcap")


def test_a_recording_plays_on_from_any_time_that_was_sought(treatment: Path) -> None:
    """Issue 5, 5: forth, back, and on; what comes then is told in order and once."""
    pen = ReplayPen(treatment)
    whole = []
    pen.inbox.on_event.append(whole.append)
    while not pen.ended:
        pen.wait(0.5, through_trips=True)
    for time_s in (8.0, 2.0, 5.0):
        pen.inbox.on_event.clear()
        told: list[Any] = []
        pen.seek(time_s)
        pen.inbox.on_event.append(told.append)
        while not pen.ended:
            pen.wait(0.5, through_trips=True)
        assert told == whole[-len(told) :]
        assert len(pen.inbox.events) == len(whole) + len(ReplayPen(treatment).inbox.events)

"""Short forms of the cases of tools/abuse_link.py, on the real firmware; each fails on a planted defect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from link_campaign import (  # noqa: E402
    clocks,
    disks,
    flipped,
    flipped_live,
    frozen,
    garbage,
    restarted,
    scene,
    two_hosts,
    unplugged,
)
from link_campaign.outcome import Outcome  # noqa: E402

from penctl.event_ledger import EventLedger  # noqa: E402
from penctl.pen import Pen  # noqa: E402
from penctl.protocol import frame, host_link, pacing  # noqa: E402
from penctl.protocol.commands import Commands  # noqa: E402
from penctl.recording import Recorder  # noqa: E402

posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of a process and its signals are POSIX")
Run = Callable[[int, float], Outcome]
SHORT: dict[str, tuple[Run, float]] = {
    "unplugged": (unplugged.run, 40.0),
    "flipped": (flipped.run, 150.0),
    "flipped live": (flipped_live.run, 400.0),
    "garbage": (garbage.run, 3.0),
    "two hosts": (two_hosts.run, 2.0),
    "restarted": (restarted.run, 4.0),
    "clocks": (clocks.run, 10.0),
}


@pytest.mark.parametrize("case", SHORT)
def test_abuse_loses_nothing_and_leaves_the_pen_at_rest(case: str) -> None:
    """Issue 5, abuse: nothing lost, the pen at rest when it should be, a clear message."""
    run, size = SHORT[case]
    outcome = run(1, size)
    assert outcome.broken == []
    assert outcome.counts["checks"] > 10


@posix
def test_a_full_disk_and_a_read_only_folder_stop_no_treatment() -> None:
    """Issue 5, abuse: a disk that fills; a read-only folder."""
    outcome = disks.run(1, 0)
    assert outcome.broken == []
    assert outcome.counts["treatments on a full disk"] == 1
    assert outcome.counts["commands that could not write"] == 6
    assert any("File too large" in text for text in outcome.said)


@posix
def test_a_host_that_was_frozen_finds_the_pen_at_rest_and_says_so() -> None:
    """Issue 5, abuse: SIGSTOP of the host in RUN, until the pen has tripped by itself."""
    outcome = frozen.run(1, 0)
    assert outcome.broken == []
    assert outcome.counts["times the host was frozen"] == 1
    assert any("IL-26 is latched" in text for text in outcome.said)


def _without_asking_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(EventLedger, "wanted", lambda self, now_us: None)


def _arming_by_itself(patch: pytest.MonkeyPatch) -> None:
    back = Pen.reconnect

    def armed(pen: Pen, timeout_s: float) -> Any:
        back(pen, timeout_s)
        scene.ready_again(pen.transport.bench, pen)
        scene.setpoints(pen)
        return pen.arm()

    patch.setattr(Pen, "reconnect", armed)


def _without_crc(patch: pytest.MonkeyPatch) -> None:
    def take(self: frame.Deframer, size: int, decoded: bytes | None, frames: list[frame.Frame]) -> None:
        if decoded is not None and frame.FRAME_MIN <= len(decoded) <= frame.FRAME_MAX:
            frames.append(frame.Frame(decoded[: -frame.CRC_SIZE]))

    patch.setattr(frame.Deframer, "_take", take)


def _with_nothing_that_may_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(flipped.Firmware, "scratch", lambda self: self.memory != self.memory)


def _without_repeats(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Commands, "repeat", lambda self, now_us: b"")


def _with_stop_in_the_midst_of_a_frame(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pacing, "STOP_FRAME", pacing.STOP_FRAME.lstrip(b"\0"))


def _with_a_session_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(host_link, "_SESSION_GONE", frozenset())


def _without_seeing_restarts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(EventLedger, "_see_restart", lambda self, boot, device_us: None)


def _with_a_clock_that_goes_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clocks, "HOST_JUMPS_S", (-60.0,))
    patch.setattr("penctl.transport.SET_BACK_S", 1e9)


def _without_a_word_on_jumps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Recorder, "_watch_clock", lambda self: None)


DEFECTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], Run, float, str]] = {
    "events are not asked for again": (_without_asking_again, unplugged.run, 60.0, "never told"),
    "coming back arms the pen": (_arming_by_itself, unplugged.run, 40.0, "READY after the link came back"),
    "the host checks no CRC": (_without_crc, flipped.run, 60.0, "told the host"),
    "a byte of the pen changes": (_with_nothing_that_may_change, flipped.run, 8.0, "changed the pen at"),
    "nothing is sent again": (_without_repeats, flipped_live.run, 8.0, "byte 0 to pen"),
    "STOP ends no frame before it": (_with_stop_in_the_midst_of_a_frame, garbage.run, 1.0, "STOP was taken"),
    "a lost link session is not noticed": (_with_a_session_for_ever, two_hosts.run, 1.0, "still believes"),
    "restarts are not noticed": (_without_seeing_restarts, restarted.run, 3.0, "never told"),
    "a clock set back stops all deadlines": (
        _with_a_clock_that_goes_back,
        clocks.run,
        1.0,
        "ended by Unfinished",
    ),
    "jumps of the date are not told": (
        _without_a_word_on_jumps,
        clocks.run,
        0.0,
        "jumps of the date were told",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail proves nothing."""
    plant, run, size, found = DEFECTS[defect]
    plant(monkeypatch)
    broken = run(1, size).broken
    assert any(found in text for text in broken), broken


@posix
@pytest.mark.long
def test_a_recording_that_takes_the_treatment_down_with_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted defect of the full disk: the failure is raised where telemetry comes in."""
    fail = Recorder._fail

    def raised(recorder: Recorder, error: OSError) -> None:
        fail(recorder, error)
        assert recorder.failure is not None
        raise recorder.failure

    monkeypatch.setattr(Recorder, "_fail", raised)
    assert any("ended by RecordingError" in text for text in disks.run(1, 0).broken)


def test_a_host_that_woke_and_lost_an_event_is_found() -> None:
    """The planted defects of the frozen host, without freezing one."""
    good: dict[str, Any] = {
        "end": "TRIPPED",
        "trips": ["IL-26"],
        "message": "latched",
        "state": "SAFE",
        "drive": False,
        "missing": [],
        "lost": 0,
        "samples": 5,
        "recorded": 5,
        "events": 1,
        "blocks_lost": 0,
        "blocks_dropped": 0,
        "logged": [],
    }
    defects = {"missing": [3], "end": "ELAPSED", "state": "RUN", "drive": True, "recorded": 4, "message": ""}
    for name, value in ({"none": 0} | defects).items():
        outcome = Outcome()
        frozen.woke("pty", {**good, name: value}, outcome)
        assert len(outcome.broken) == (0 if name == "none" else 1), name


def test_the_tool_writes_its_evidence_goes_on_and_says_what_did_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """tools/abuse_link.py: pieces add up, what is there is not done again, and a failure is the exit code."""
    import abuse_link
    from link_campaign.cases import CASES, Case

    asked: list[int] = []

    def case(seed: int, size: float) -> Outcome:
        asked.append(seed)
        outcome = Outcome()
        outcome.check(seed != 3, "the third did not hold")
        return outcome

    out = tmp_path / "link.json"
    monkeypatch.setitem(CASES, "two-hosts", Case(case, 2, 1.0))
    assert abuse_link.main(["--only", "two-hosts", "--out", str(out)]) == 0
    monkeypatch.setitem(CASES, "two-hosts", Case(case, 3, 1.0))
    assert abuse_link.main(["--only", "two-hosts", "--out", str(out)]) == 1
    assert asked == [1, 2, 3]
    assert "3 checks, 1 did not hold" in capsys.readouterr().out


def test_a_command_that_ends_with_a_traceback_or_well_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted defects of the read-only folder."""
    from penctl import cli

    def raised(arguments: list[str]) -> int:
        raise PermissionError(13, "Permission denied")

    for main, found in ((raised, "PermissionError from penctl"), (lambda arguments: 0, "ended well")):
        monkeypatch.setattr(cli, "main", main)
        outcome = Outcome()
        disks.command(outcome, "read-only", "demo", "--out", str(tmp_path), folder=tmp_path)
        assert any(found in text for text in outcome.broken), found

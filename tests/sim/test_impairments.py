"""A bad line: late, lost, damaged, doubled and slow bytes, each shown to do what it says; and RFC 2217."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from served_rig import served

from penctl import Pen
from penctl.errors import PortUrlInvalid
from penctl.protocol.enums import State
from pensim.bench import Bench
from pensim.errors import BenchError
from pensim.hand_command import told_lines
from pensim.impairments import Impairments, Way

FRAMES = b"".join(bytes([1 + n % 200]) * 9 + b"\0" for n in range(2000))


def _through(seed: int = 1, **values: float) -> bytes:
    way = Way(Impairments(**values), seed)
    way.put(FRAMES, 0.0)
    return way.take(1e9)


def test_a_good_line_changes_nothing() -> None:
    """Negative control."""
    assert _through() == FRAMES


def test_loss_takes_whole_frames_in_its_share() -> None:
    """Issue 5, 4: loss."""
    came = _through(loss=0.1)
    assert 0.07 < 1 - len(came) / len(FRAMES) < 0.13
    assert {len(frame) for frame in came.split(b"\0")[:-1]} == {9}


def test_doubling_repeats_whole_frames_in_its_share() -> None:
    """Issue 5, 4: duplication."""
    came = _through(duplicate=0.1).split(b"\0")[:-1]
    doubled = sum(first == second for first, second in pairwise(came))
    assert 140 < doubled < 260
    assert len(came) == 2000 + doubled


def test_damage_changes_single_bytes_in_its_share() -> None:
    """Issue 5, 4: corruption."""
    changed = sum(a != b for a, b in zip(_through(corrupt=0.05), FRAMES, strict=True))
    assert 0.04 < changed / len(FRAMES) < 0.06


def test_latency_jitter_and_speed_make_bytes_late_and_keep_their_order() -> None:
    """Issue 5, 4: latency, jitter, a limit of the rate."""
    way = Way(Impairments(latency_ms=20.0, jitter_ms=10.0), 1)
    for n in range(100):
        way.put(bytes([n]), n * 1e-4)
    assert way.take(0.0199) == b""
    assert way.take(0.0401) == bytes(range(100))
    slow = Way(Impairments(baud=9600.0), 1)
    slow.put(b"x" * 96, 0.0)
    slow.put(b"y" * 96, 0.0)
    assert slow.take(0.099) == b""
    assert slow.take(0.101) == b"x" * 96
    assert slow.take(0.201) == b"y" * 96


def test_a_seed_repeats_the_line_and_another_does_not() -> None:
    """Issue 5, 4: seeded."""
    assert _through(corrupt=0.05) == _through(corrupt=0.05)
    assert _through(corrupt=0.05) != _through(seed=2, corrupt=0.05)


@pytest.mark.parametrize(
    "values", [{"loss": 1.1}, {"loss": -0.1}, {"baud": float("nan")}, {"latency_ms": "x"}, {"noise": 1}]
)
def test_an_impairment_that_cannot_be_is_refused(values: dict[str, float]) -> None:
    """Bad input: name, value, and what is allowed."""
    with pytest.raises(BenchError):
        Impairments.of(values)


@pytest.mark.filterwarnings("ignore:set.*is deprecated:DeprecationWarning")  # pyserial's client
def test_a_pen_behind_a_bad_line_and_rfc_2217_is_held_and_the_line_is_mended_while_it_is_served(
    tmp_path: Path,
) -> None:
    """Issue 5, 4: options and run time; commands get through, and link quality tells the latency."""
    bad = ("--latency-ms", "20", "--duplicate", "0.2", "--loss", "0.02", "--rfc2217", "127.0.0.1:0")
    with served(tmp_path, *bad) as server, Pen(server.told["rfc2217"]) as pen:
        pen.open_session()
        pen.wait_ready()
        for depth in range(100, 1100, 100):
            pen.set_depth_um(depth % 250)
        quality = pen.link_quality
        assert quality.round_trip_us is not None
        assert quality.round_trip_us >= 40_000
        told = server.hand.ask("line", latency_ms=0.0)["line"]
        assert (told["latency_ms"], told["loss"]) == (0.0, 0.0)
        assert pen.status().state is State.STANDBY


# --- the same on a bench, in virtual time ---


@pytest.mark.parametrize(
    "values",
    [
        {"latency_ms": 20.0, "jitter_ms": 5.0},
        {"loss": 0.1},
        {"corrupt": 0.005},
        {"duplicate": 0.5},
        {"baud": 57_600.0},
    ],
    ids=lambda values: next(iter(values)),
)
def test_each_impairment_is_a_fault_of_a_bench_that_takes_effect_and_clears(values: dict[str, float]) -> None:
    """Issue 5, 4: commands get through and act once; the link tells what it costs, and is good again."""
    with Bench(seed=4) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.wait_ready()
        good = pen.link_quality
        fault = bench.inject("line", "impaired", **values)
        for depth in range(100, 250, 10):
            pen.set_depth_um(depth)
            assert pen.status().depth_set_um == depth
        bad = pen.link_quality
        assert fault.took_effect_s is not None
        assert fault.took_effect_s >= fault.onset_s
        late = {"latency_ms", "baud"} & values.keys()
        assert bad.round_trip_us is not None
        assert good.round_trip_us is not None
        worse = bad.round_trip_us - good.round_trip_us > 2_000 if late else bad.frames > good.frames
        assert worse
        if values.keys() & {"loss", "corrupt"}:
            assert bad.repeats > good.repeats
        fault.clear()
        pen.wait(0.2)
        before = pen.link_quality.repeats
        for depth in range(100, 250, 10):
            pen.set_depth_um(depth)
        assert pen.link_quality.repeats == before
        assert bench.line._impaired is None


def test_a_fault_of_the_line_begins_and_ends_by_itself_and_a_saved_bench_repeats_it() -> None:
    """Issue 5, 4: after_s and for_s as of any fault; seeded, so that a run is a function of its seed."""
    with Bench(seed=4) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.wait_ready()
        begin_s = bench.time_s
        fault = bench.inject("line", "impaired", after_s=0.5, for_s=0.5, loss=0.3)
        saved = bench.save()
        told = []
        for _ in range(2):
            pen.wait(0.4)
            assert fault.took_effect_s is None
            pen.wait(1.1)
            told.append((fault.took_effect_s, pen.link_quality.beats_missed, pen.link_quality.frames))
            bench.restore(saved)
        assert told[0] == told[1]
        took_effect_s, missed, _ = told[0]
        assert took_effect_s is not None
        assert begin_s + 0.5 <= took_effect_s < begin_s + 1.0
        assert missed > 0


def test_a_bad_line_stands_in_the_url_of_a_simulated_pen() -> None:
    """Issue 5, 4: the served pen's options, in virtual time; bad values are refused with what is allowed."""
    with Pen("pensim://?seed=1&latency_ms=10&loss=0.02") as pen:
        pen.open_session()
        pen.wait_ready()
        assert (pen.link_quality.round_trip_us or 0) > 20_000
    for url, words in (("loss=2", "0 to 1"), ("loss=x", "a number"), ("noise=1", "unknown parameter")):
        with pytest.raises(PortUrlInvalid, match=words):
            Pen(f"pensim://?{url}")


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("off", {}, "impaired"),
        ("impaired", {}, "change nothing"),
        ("impaired", {"loss": 0.0}, "change nothing"),
        ("impaired", {"loss": 1.5}, "0 to 1"),
        ("impaired", {"noise": 1.0}, "latency_ms"),
        ("impaired", {"loss": 0.1, "after_s": -1.0}, "no time"),
    ],
)
def test_a_fault_of_the_line_that_would_do_nothing_is_refused(
    kind: str, values: dict[str, float], words: str
) -> None:
    """Complaint 10: nothing is accepted that does nothing; a second one needs the first cleared."""
    bench = Bench(seed=1)
    with pytest.raises(BenchError, match=words):
        bench.inject("line", kind, **values)
    bench.inject("line", "impaired", loss=0.1)
    with pytest.raises(BenchError, match="has a fault already"):
        bench.inject("line", "impaired", loss=0.1)


def test_the_hand_says_what_the_line_is_like_now() -> None:
    """Issue 5, 4: by name and value, or that it is good."""
    bad = {"time_s": 1.0, "line": {**Impairments(latency_ms=30.0, loss=0.01).as_dict()}}
    assert told_lines("line", {}, bad) == ["1.000 s  line latency_ms 30, loss 0.01"]
    assert told_lines("line", {}, {"time_s": 1.0, "line": Impairments().as_dict()}) == ["1.000 s  line good"]

"""The black box of a run: written, read again, refused; a full disk stops it and not the treatment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recording_rig import FACTS, Clock, block

from penctl.errors import RecordingError
from penctl.logs import channels
from penctl.logs.ready import check_ready
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.recorded import read_run
from penctl.recording import Level, Recorder, record
from pensim.bench import Bench


def _recorder(path: Path, clock: Clock, **options: Any) -> Recorder:
    return Recorder(path, FACTS, now_s=clock.now_s, **{"wall_s": clock.wall_s, **options})


def test_a_recording_reads_back_as_it_was_written(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: telemetry, commands, events and log come back, at their times."""
    path = tmp_path / "run.mcap"
    with _recorder(path, clock) as recorder:
        for number in range(50):
            clock.s = number * 0.02
            recorder.telemetry(block(number))
        recorder.write(channels.COMMANDS, {"command": "ARM", "fields": {}, "reason": "NONE"})
        clock.s = 1.1
        recorder.write(channels.EVENTS, {"event": "STATE", "time_us": 1_100_000, "state": "READY"})
        recorder.log(Level.WARNING, "a sentence")
    run = read_run(path)
    assert run.complete
    assert run.lost_bytes == 0
    assert run.metadata["seed"] == "7"
    assert run.telemetry["bar_um"].tolist() == [number for number in range(50) for _ in range(20)]
    assert run.telemetry["rate_mhz"][-1] == 100_019
    assert np.allclose(run.telemetry["time_s"], np.arange(1000) * 1e-3)
    assert [entry["command"] for entry in run.commands] == ["ARM"]
    assert [(event["state"], event["time_s"]) for event in run.events] == [("READY", pytest.approx(1.1))]
    assert [(line["level"], line["message"]) for line in run.logs] == [(3, "a sentence")]
    assert run.began_s == pytest.approx(1.8e9)


def test_a_gap_a_change_of_state_and_a_dropped_block_begin_a_new_piece(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: nothing is drawn through a time of which nothing is known."""
    path = tmp_path / "run.mcap"
    with _recorder(path, clock) as recorder:
        for taken in (
            block(0),
            block(1),
            block(2, State.STOPPING),
            block(9, State.STOPPING),
            block(10, dropped=3),
        ):
            recorder.telemetry(taken)
    told = [(piece.number, piece.state, piece.count, piece.dropped) for piece in read_run(path).blocks]
    assert told == [(1, "RUN", 40, 0), (3, "STOPPING", 20, 0), (10, "STOPPING", 20, 0), (11, "RUN", 20, 3)]


def test_a_pen_that_restarts_does_not_turn_time_back(tmp_path: Path, clock: Clock) -> None:
    """Issue 5: a device that restarts in the middle begins its time anew; the recording's time goes on."""
    path = tmp_path / "run.mcap"
    with _recorder(path, clock) as recorder:
        for number in (100, 101, 0, 1):
            recorder.telemetry(block(number))
            clock.s += 1.0
    run = read_run(path)
    assert run.clock.restarts == 1
    assert np.all(np.diff(run.telemetry["time_s"]) > 0.0)


def test_a_recording_carries_its_final_name_only_when_it_is_closed(tmp_path: Path, clock: Clock) -> None:
    """No half file is silently left: until the end it is called .part, and then it is readable."""
    recorder = _recorder(tmp_path / "run.mcap", clock)
    assert [file.name for file in tmp_path.iterdir()] == ["run.mcap.part"]
    recorder.close()
    assert [file.name for file in tmp_path.iterdir()] == ["run.mcap"]


def test_all_but_the_last_second_is_on_the_disk_at_any_time(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: what a kill can lose is below a second; an event is there at once."""
    recorder = _recorder(tmp_path / "run.mcap", clock)
    for number in range(200):
        clock.s = number * 0.02
        recorder.telemetry(block(number))
        run = read_run(recorder.part_path)
        assert not run.complete
        last_s = run.telemetry["time_s"][-1] if run.telemetry else 0.0
        assert clock.s - last_s < 0.85
    recorder.write(channels.EVENTS, {"event": "STATE", "time_us": 5, "state": "READY"})
    assert read_run(recorder.part_path).events
    recorder.close()


def test_what_was_gathered_is_written_when_nothing_comes_any_more(foreign: Any, tmp_path: Path) -> None:
    """Issue 5, part 5: the last samples before a cut cable reach the disk while the host waits on."""
    with Pen(foreign.transport) as pen, record(pen, tmp_path / "run.mcap") as recorder:
        recorder.telemetry(block(0))
        assert not read_run(recorder.part_path).telemetry
        pen.wait(0.9)
        assert len(read_run(recorder.part_path).telemetry["bar_um"]) == 20


def test_two_runs_of_one_seed_leave_the_same_bytes(treatment: Path, tmp_path: Path) -> None:
    """DESIGN: a run is a function of scenario, firmware and seed; so is its recording."""
    from penctl.demo import Demo

    path = tmp_path / "again.mcap"
    with Pen("pensim://?seed=1") as pen, record(pen, path, seed="1"):
        Demo(pen, lambda text, fraction: None).run()
    assert path.read_bytes() == treatment.read_bytes()


def test_a_recording_of_a_simulated_pen_says_so_in_each_part_of_it(treatment: Path) -> None:
    """Issue 5, part 5: metadata, every topic, every message."""
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    seen = set()
    with treatment.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        assert next(reader.iter_metadata()).metadata["simulated"] == "true"
        for schema, channel, message in reader.iter_messages():
            seen.add(channel.topic)
            assert channel.topic.startswith("/simulated/")
            assert channel.metadata == {"simulated": "true"}
            if channel.message_encoding == "json":
                assert json.loads(message.data)["simulated"] is True
            else:
                decoded = DecoderFactory().decoder_for("cdr", schema)
                assert decoded is not None
                assert decoded(message.data).simulated == 1
    assert {"/simulated/telemetry", "/simulated/trips", "/simulated/log", "/simulated/status"} <= seen


def test_the_mark_of_a_simulated_pen_survives_the_loss_of_the_files_facts(copy: Any) -> None:
    """Issue 5, part 5: a damaged or altered fact makes no real pen of a simulated one."""
    path = copy()
    path.write_bytes(
        path.read_bytes().replace(b"simulated\x04\x00\x00\x00true", b"simulated\x05\x00\x00\x00fals")
    )
    assert read_run(path).simulated


def test_other_peoples_readers_decode_what_we_wrote(treatment: Path) -> None:
    """Issue 5, part 5: schemas that Foxglove and PlotJuggler understand: ROS 2 numbers and JSON."""
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    ours = read_run(treatment)
    bars: list[int] = []
    with treatment.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True, decoder_factories=[DecoderFactory()])
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics is not None
        encodings = {schema.name: schema.encoding for schema in summary.schemas.values()}
        assert encodings["penctl_msgs/msg/Telemetry"] == "ros2msg"
        assert encodings["foxglove.Log"] == "jsonschema"
        for _, _, message, decoded in reader.iter_decoded_messages(["/simulated/telemetry"]):
            bars += decoded.bar_um
            assert message.log_time == message.publish_time
    assert bars == ours.telemetry["bar_um"].tolist()


def test_the_overview_holds_the_extremes_of_what_it_stands_for(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: a tool that plots one number a message shows no swing too small."""
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    with _recorder(tmp_path / "run.mcap", clock) as recorder:
        for number in range(12):
            recorder.telemetry(block(number))
    with (tmp_path / "run.mcap").open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        rows = [row for *_, row in reader.iter_decoded_messages(["/simulated/overview"])]
    told = [(row.bar_um_min, row.bar_um_mean, row.bar_um_max) for row in rows]
    assert told == [(0, 4, 9), (10, 10, 11)]
    assert [row.device_time_us for row in rows] == [0, 200_000]


def test_a_jump_of_the_clock_is_told_and_moves_no_time_of_the_recording(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, abuse: a clock that jumps."""
    path = tmp_path / "run.mcap"
    with _recorder(path, clock) as recorder:
        for number in range(200):
            clock.s = number * 0.02
            if number == 100:
                clock.ahead_s -= 7200.0
            recorder.telemetry(block(number))
    run = read_run(path)
    assert np.allclose(np.diff(run.telemetry["time_s"]), 1e-3)
    told = [line["message"] for line in run.logs]
    assert len(told) == 1
    assert "jumped by -7200 s" in told[0]


def test_a_clock_that_drifts_a_little_is_not_told(tmp_path: Path, clock: Clock) -> None:
    """The twin of the jump: a second that a time server corrects is no jump."""
    with _recorder(tmp_path / "run.mcap", clock) as recorder:
        clock.ahead_s += 1.0
        clock.s += 1.0
        recorder.poll()
    assert read_run(tmp_path / "run.mcap").logs == []


def test_a_recording_never_overwrites_another(tmp_path: Path, clock: Clock) -> None:
    """A name that exists is refused, and what lies there is untouched."""
    path = tmp_path / "run.mcap"
    path.write_bytes(b"another one")
    with pytest.raises(RecordingError, match="exists"):
        _recorder(path, clock)
    assert path.read_bytes() == b"another one"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write into any folder")
def test_a_read_only_folder_is_refused_before_the_treatment(tmp_path: Path) -> None:
    """IL-41: the visit is refused before it begins."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RecordingError, match="read-only"):
            check_ready(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_the_system_calls_read_only_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    """IL-41: the same for somebody whom no permission stops."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(RecordingError, match="read-only"):
        check_ready(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """IL-41: a file is in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be made"):
        check_ready(tmp_path / "file" / "folder")


def test_a_disk_with_too_little_room_is_refused_before_the_treatment(tmp_path: Path) -> None:
    """IL-41: value, limit and what to do."""
    with pytest.raises(RecordingError, match=r"at least 1000000000000 MB.*Make room"):
        check_ready(tmp_path, least_free_bytes=10**18)
    check_ready(tmp_path, least_free_bytes=1)


@pytest.mark.parametrize(("now_s", "words"), [(0.0, "is not set"), (1.75e9, "has gone back")])
def test_a_clock_that_cannot_be_right_refuses_the_next_visit(
    now_s: float, words: str, tmp_path: Path
) -> None:
    """IL-41: time invalid. A recording that lies there is of 2030."""
    recording = tmp_path / "run.mcap"
    recording.write_bytes(b"")
    os.utime(recording, (1.9e9, 1.9e9))
    with pytest.raises(RecordingError, match=words):
        check_ready(tmp_path, wall_s=lambda: now_s)
    check_ready(tmp_path, wall_s=lambda: 1.9e9)


FILLER = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from recording_rig import Clock, block
from penctl.recording import Recorder
import numpy as np
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
clock, told = Clock(), []
recorder = Recorder(Path(sys.argv[1]), {"simulated": "true"}, now_s=clock.now_s, wall_s=clock.wall_s,
                    on_failure=told.append)
draw = np.random.default_rng(1)
for number in range(1000):
    clock.s = number * 0.02
    taken = block(number)
    taken.samples["press_mn"] = draw.integers(-30000, 30000, 20)
    recorder.telemetry(taken)
recorder.close()
assert len(told) == 1 and recorder.failure is told[0]
print(told[0])
"""


@pytest.mark.skipif(
    sys.platform == "win32", reason="a limit on a file's size needs Unix; untested on Windows"
)
def test_a_full_disk_ends_the_recording_and_not_the_treatment(tmp_path: Path) -> None:
    """IL-41: one clear error to whom it concerns, nothing is raised, and what was written stays readable."""
    path = tmp_path / "run.mcap"
    command = [sys.executable, "-c", FILLER, str(path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "The recording stopped" in done.stdout
    assert "This visit may be finished" in done.stdout
    assert f'penctl log repair "{path}.part"' in done.stdout
    assert not path.exists()
    assert len(read_run(path.with_name("run.mcap.part")).telemetry["bar_um"]) > 1000


def test_a_failure_that_nobody_was_told_comes_out_when_the_recording_is_closed(
    tmp_path: Path, clock: Clock, monkeypatch: Any
) -> None:
    """IL-41: a script learns of it, and after its treatment."""
    recorder = _recorder(tmp_path / "run.mcap", clock)

    def full(entries: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorder._mcap, "chunk", full)
    recorder.write(channels.EVENTS, {"event": "STATE"})
    recorder.telemetry(block(0))
    with pytest.raises(RecordingError, match="No space left"):
        recorder.close()


def test_a_pen_is_recorded_with_its_commands_events_and_refusals(foreign: Any, tmp_path: Path) -> None:
    """The black box holds acts with their answers, trips once, who the pen was, and the story in words."""
    from penctl.protocol.enums import Reason

    foreign.device.refuse["SET_DEPTH"] = (Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)
    with Pen(foreign.transport) as pen, record(pen, tmp_path / "run.mcap", seed="1"):
        pen.open_session()
        pen.set_mode("clinical")
        with pytest.raises(Exception, match="limit"):
            pen.command("SET_DEPTH", depth_um=2501)
        foreign.send(
            *("EVENT_TRIP",),
            number=1,
            time_us=777,
            interlock=7,
            input=5,
            stop=1,
            value=1120,
            limit=1100,
            latched=1,
        )
        pen.wait(0.1)
        pen.stop()
    run = read_run(tmp_path / "run.mcap")
    told = [(entry["command"], entry["reason"]) for entry in run.commands]
    assert told == [("SET_MODE", "NONE"), ("SET_DEPTH", "DEPTH_ABOVE_LIMIT"), ("STOP", "NONE")]
    assert [(trip["id"], trip["value_text"]) for trip in run.trips] == [("IL-07", "1.12 mm")]
    assert run.simulated
    assert run.metadata["seed"] == "1"
    assert json.loads(run.metadata["limits"])["CLINICAL"]["depth_max_um"] == 2500
    words = [line["message"] for line in run.logs]
    assert any("Depth 2.501 mm is above the limit of 2.500 mm" in line for line in words)
    assert any("trip IL-07" in line for line in words)


def test_secrets_and_who_is_treated_are_in_no_recording(foreign: Any, tmp_path: Path) -> None:
    """Security: a recording goes to a manufacturer; codes and persons do not."""
    with Pen(foreign.transport) as pen, record(pen, tmp_path / "run.mcap"):
        pen.open_session()
        pen.command("BEGIN_VISIT", visit_id=b"visit-01", person=b"0123456789abcdef", day=2500)
    run = read_run(tmp_path / "run.mcap")
    [begun] = [entry for entry in run.commands if entry["command"] == "BEGIN_VISIT"]
    assert begun["fields"]["person"] == "withheld"
    everything = json.dumps([run.commands, run.logs, run.metadata])
    assert b"0123456789abcdef".hex() not in everything


def test_a_recording_tells_when_the_link_got_poor_and_when_it_was_good_again(tmp_path: Path) -> None:
    """Issue 5, 1 and 5: what happened can be told afterwards, with the counts."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        with record(pen, tmp_path / "run.mcap"):
            pen.open_session()
            pen.wait(1.0)
            fault = bench.inject("line", "impaired", loss=0.2)
            pen.wait(3.0)
            fault.clear()
            pen.wait(6.0)
    told = [line["message"] for line in read_run(tmp_path / "run.mcap").logs]
    about = [line for line in told if line.startswith("the link is ")]
    assert about[0].startswith("the link is poor: ")
    assert about[-1].startswith("the link is good (so far ")

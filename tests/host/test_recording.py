"""The black box of a run: written, read again, cut off by a crash, and refused by a full disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penctl.errors import RecordingError
from penctl.pen import Pen
from penctl.plot import plot_run
from penctl.protocol.enums import Reason
from penctl.recorded import read_run
from penctl.recording import Recorder, record

FACTS = {"simulated": "true", "seed": "7"}
SAMPLES = {"bar_um": list(range(20)), "stroke_count": [0] * 20}


def _block(number: int) -> dict[str, Any]:
    first_us = number * 20_000
    return {
        "number": number,
        "dropped": 0,
        "first_time_us": first_us,
        "period_us": 1000,
        "state": "RUN",
        "samples": SAMPLES,
    }


def test_a_recording_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Issue 2: MCAP recording of telemetry, commands and events."""
    path = tmp_path / "run.mcap"
    with Recorder(path, FACTS) as recorder:
        for number in range(50):
            recorder.write("/telemetry", number * 0.02, _block(number))
        recorder.write("/commands", 1.0, {"command": "ARM", "fields": {}, "reason": "NONE"})
        recorder.write("/events", 1.1, {"event": "STATE", "time_us": 5, "state": "READY"})
    run = read_run(path)
    assert run.complete
    assert run.metadata == FACTS
    assert len(run.telemetry["bar_um"]) == 1000
    assert np.allclose(np.diff(run.telemetry["time_s"]), 0.001)
    assert [entry["command"] for entry in run.commands] == ["ARM"]
    assert [event["state"] for event in run.events] == ["READY"]


def test_a_recording_carries_its_final_name_only_when_it_is_closed(tmp_path: Path) -> None:
    """No half file is silently left: until the end it is called .part, and then it is readable."""
    path = tmp_path / "run.mcap"
    recorder = Recorder(path, FACTS)
    assert [file.name for file in tmp_path.iterdir()] == ["run.mcap.part"]
    recorder.close()
    assert [file.name for file in tmp_path.iterdir()] == ["run.mcap"]


def test_any_mcap_tool_reads_the_recording(tmp_path: Path) -> None:
    """The file has an index and a JSON schema for each topic, as general tools want it."""
    from mcap.reader import make_reader

    path = tmp_path / "run.mcap"
    with Recorder(path, FACTS) as recorder:
        recorder.write("/telemetry", 0.5, _block(1))
    with path.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        [(schema, channel, message)] = list(reader.iter_messages())
        assert schema is not None
        assert (schema.encoding, channel.message_encoding, channel.topic) == (
            "jsonschema",
            "json",
            "/telemetry",
        )
        assert json.loads(schema.data)["properties"]["period_us"]["type"] == "integer"
        assert json.loads(message.data)["samples"] == SAMPLES
        assert message.log_time == 500_000_000


WRITER = """
import sys, time
from pathlib import Path
from penctl.recording import Recorder
recorder = Recorder(Path(sys.argv[1]), {"simulated": "true"})
for number in range(500):
    block = {"number": number, "first_time_us": number * 20000, "period_us": 1000, "state": "RUN"}
    recorder.write("/telemetry", number * 0.02, {**block, "samples": {"bar_um": [number] * 20}})
print("written", flush=True)
time.sleep(60)
"""


def test_a_killed_writer_leaves_a_readable_file(tmp_path: Path) -> None:
    """After kill -9 all but the last second is readable, and the name says that it is unfinished."""
    path = tmp_path / "run.mcap"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert not path.exists()
    run = read_run(path.with_name("run.mcap.part"))
    assert not run.complete
    assert run.telemetry["time_s"][-1] > 8.9
    assert run.telemetry["bar_um"][-1] == pytest.approx(run.telemetry["time_s"][-1] / 0.02, abs=1)


@pytest.mark.parametrize("cut", [1, 7, 100, 3000])
def test_a_recording_cut_anywhere_is_read_up_to_there(tmp_path: Path, cut: int) -> None:
    """A file that ends in the middle of a record is no error."""
    path = tmp_path / "run.mcap"
    with Recorder(path, FACTS) as recorder:
        for number in range(200):
            recorder.write("/telemetry", number * 0.02, _block(number))
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    run = read_run(path)
    assert not run.complete
    assert len(run.telemetry["bar_um"]) >= 1000


@pytest.mark.parametrize(
    "content", [b"", b"no recording at all", b"\x89MCAP0\r\n"], ids=["empty", "text", "bare"]
)
def test_a_file_that_is_no_recording_is_told(tmp_path: Path, content: bytes) -> None:
    """Bad input never gives a traceback."""
    path = tmp_path / "x.mcap"
    path.write_bytes(content)
    if content.startswith(b"\x89"):
        assert read_run(path).telemetry == {}
        return
    with pytest.raises(RecordingError, match="no recording"):
        read_run(path)


def test_a_missing_recording_is_told(tmp_path: Path) -> None:
    """Bad input names the file."""
    with pytest.raises(RecordingError, match="nothing-here"):
        read_run(tmp_path / "nothing-here.mcap")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Bad input: a folder that cannot be written says so and leaves nothing."""
    blocker = tmp_path / "file"
    blocker.write_text("x")
    with pytest.raises(RecordingError, match="--out"):
        Recorder(blocker / "run.mcap", FACTS)


def test_a_recording_never_overwrites_another(tmp_path: Path) -> None:
    """A run's record is never lost to the next one."""
    path = tmp_path / "run.mcap"
    Recorder(path, FACTS).close()
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="exists"):
        Recorder(path, FACTS)
    assert path.read_bytes() == before


FILLER = """
import resource, signal, sys
from pathlib import Path
from penctl.errors import RecordingError
from penctl.recording import Recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
recorder = Recorder(Path(sys.argv[1]), {"simulated": "true"})
try:
    for number in range(100_000):
        block = {"number": number, "first_time_us": number * 20000, "period_us": 1000, "state": "RUN"}
        noise = [(number * 7919 + i * 104729) % 65521 for i in range(20)]
        recorder.write("/telemetry", number * 0.02, {**block, "samples": {"bar_um": noise}})
except RecordingError as error:
    recorder.write("/telemetry", 0.0, {})
    recorder.close()
    print(error)
"""


def test_a_full_disk_ends_the_recording_with_a_reason_and_keeps_what_was_written(tmp_path: Path) -> None:
    """A full disk gives a clear error; the rest stays readable under its .part name."""
    path = tmp_path / "run.mcap"
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "The recording stopped" in done.stdout
    assert "make room" in done.stdout.lower()
    assert not path.exists()
    assert len(read_run(path.with_name("run.mcap.part")).telemetry["bar_um"]) > 1000


def test_a_pen_is_recorded_with_its_commands_events_and_refusals(foreign: Any, tmp_path: Path) -> None:
    """The black box holds acts with their answers, trips once, and who the pen was."""
    foreign.device.refuse["SET_DEPTH"] = (Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)
    with Pen(foreign.transport) as pen, record(pen, tmp_path / "run.mcap", seed="1"):
        pen.open_session()
        pen.set_mode("clinical")
        with pytest.raises(Exception, match="limit"):
            pen.command("SET_DEPTH", depth_um=2501)
        foreign.send(
            "EVENT_TRIP",
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
    assert [(event["event"], event.get("id")) for event in run.events] == [("TRIP", "IL-07")]
    assert run.metadata["simulated"] == "true"
    assert run.metadata["seed"] == "1"
    assert json.loads(run.metadata["limits"])["CLINICAL"]["depth_max_um"] == 2500


def test_a_recording_without_telemetry_is_not_plotted(tmp_path: Path) -> None:
    """Bad input: nothing to draw is told, no empty picture is left."""
    path = tmp_path / "run.mcap"
    Recorder(path, FACTS).close()
    with pytest.raises(RecordingError, match="no telemetry"):
        plot_run(read_run(path), tmp_path / "run.png")
    assert not (tmp_path / "run.png").exists()

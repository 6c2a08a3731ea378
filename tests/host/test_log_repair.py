"""A recording that was cut off or damaged anywhere: what is whole is read, and repaired into a whole file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader

from penctl.errors import RecordingError
from penctl.logs.repair import repair
from penctl.logs.scan import scan
from penctl.recorded import read_run

Copy = Callable[[], Path]
SUPPORT = str(Path(__file__).parent)


def _ends(path: Path) -> list[tuple[int, bool]]:
    """Where each record of the file ends, and whether it is a chunk."""
    data, place, ends = path.read_bytes(), 8, []
    while place < len(data) - 8:
        is_chunk = data[place] == 6
        place += 9 + int.from_bytes(data[place + 1 : place + 9], "little")
        ends.append((place, is_chunk))
    return ends


def _assert_whole(path: Path, messages: int) -> None:
    """A file that a strict reader of other people takes, index, checksums and all, with so many messages."""
    with path.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        assert sum(1 for _ in reader.iter_messages()) == messages
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics is not None
        assert summary.statistics.message_count == messages
    assert scan(path).complete


def test_a_file_cut_at_the_end_of_any_record_keeps_all_before_it(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: every chunk boundary; what is whole before the cut is all there, and no more."""
    data, path, out = treatment.read_bytes(), tmp_path / "run.mcap.part", tmp_path / "run.mcap"
    chunks, kept = scan(treatment).chunks, 0
    for end, is_chunk in _ends(treatment)[:-1]:
        path.write_bytes(data[:end])
        found = scan(path)
        kept += is_chunk
        assert found.chunks == chunks[:kept]
        assert not found.complete
        assert not found.damage
        if is_chunk:
            out.unlink(missing_ok=True)
            repaired = repair(path)
            assert repaired.path == out
            assert repaired.kept_messages == sum(1 for _ in found.messages())
            _assert_whole(out, repaired.kept_messages)
    assert kept == len(chunks) > 90


def test_a_file_cut_at_any_byte_keeps_every_whole_chunk(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: 300 random places, and the first and last bytes."""
    data, path, out = treatment.read_bytes(), tmp_path / "run.mcap.part", tmp_path / "run.mcap"
    ends, draw = [end for end, is_chunk in _ends(treatment) if is_chunk], random.Random(5)
    sizes = [draw.randrange(60, len(data)) for _ in range(300)]
    sizes += [*range(8, 60), *range(len(data) - 40, len(data))]
    for number, size in enumerate(sizes):
        path.write_bytes(data[:size])
        found = scan(path)
        assert not found.complete
        assert len(found.chunks) == sum(end <= size for end in ends)
        if number % 10 == 0:
            out.unlink(missing_ok=True)
            _assert_whole(repair(path).path or path, sum(1 for _ in found.messages()))


def test_damage_anywhere_costs_one_chunk_at_most(treatment: Path, copy: Copy) -> None:
    """Issue 5, part 5: 300 random bytes altered, one at a time: no crash, nothing false, little lost."""
    data, draw = treatment.read_bytes(), random.Random(6)
    chunks = scan(treatment).chunks
    path = copy()
    for _ in range(300):
        place = draw.randrange(8, len(data))
        spoilt = bytearray(data)
        spoilt[place] ^= draw.randrange(1, 256)
        path.write_bytes(spoilt)
        found = scan(path)
        assert len(found.chunks) >= len(chunks) - 1
        assert set(found.chunks) <= set(chunks)
        read_run(path)


def test_a_hole_in_the_middle_is_skipped_and_the_rest_repaired(copy: Copy) -> None:
    """Issue 5, part 5: a sector that the disk lost; what lies behind it is found again."""
    path = copy()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = bytes(4096)
    path.write_bytes(data)
    before = read_run(path)
    assert not before.complete
    assert 4096 <= before.lost_bytes < 20_000
    assert before.end_s > 9.0
    repaired = repair(path)
    assert repaired.path == path.with_name("copy.repaired.mcap")
    assert repaired.lost_bytes == before.lost_bytes
    after = read_run(repaired.path)
    assert after.complete
    assert after.metadata["repaired"] == "true"
    assert after.simulated
    assert np.array_equal(after.telemetry["bar_um"], before.telemetry["bar_um"])
    assert after.events == before.events


def test_a_file_that_lost_its_definitions_is_read_by_ours(copy: Copy) -> None:
    """Issue 5, part 5: the head is damaged, the columns behind it are not lost."""
    path = copy()
    data = bytearray(path.read_bytes())
    data[20:400] = bytes(380)
    path.write_bytes(data)
    run = read_run(path)
    assert len(run.telemetry["bar_um"]) > 5000
    assert run.simulated


def test_a_whole_file_is_left_alone(treatment: Path) -> None:
    """Nothing to do is told, and nothing is written."""
    repaired = repair(treatment)
    assert repaired.path is None
    assert [path.name for path in treatment.parent.iterdir()] == [treatment.name]


def test_a_repair_overwrites_nothing(copy: Copy) -> None:
    """The name that the repaired file would have is taken."""
    path = copy()
    part = path.with_name("copy.mcap.part")
    part.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(RecordingError, match="exists already"):
        repair(part)
    assert scan(path).complete


@pytest.mark.parametrize(
    "content", [b"", b"\x89MCAP0\r", b"time,depth\n0,1\n", b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_what_is_no_recording_is_told(content: bytes, tmp_path: Path) -> None:
    """Bad input: what, which file, what to do; never a traceback."""
    path = tmp_path / "run.mcap"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="This file is no recording"):
        repair(path)


WRITER = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from recording_rig import block
from penctl.recording import Recorder
recorder = Recorder(Path(sys.argv[1]), {"simulated": "true"})
start_s = time.monotonic()
print("begun", flush=True)
for number in range(100_000):
    while time.monotonic() - start_s < number * 0.02:
        time.sleep(0.002)
    recorder.telemetry(block(number))
    if number % 10 == 9:
        print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of Unix; untested on Windows")
@pytest.mark.parametrize("seed", range(4))
def test_a_process_that_is_killed_at_any_moment_loses_less_than_a_second(seed: int, tmp_path: Path) -> None:
    """Issue 5, part 5: kill -9 of a real process that records 1 kHz; then a repair makes a whole file."""
    path = tmp_path / "run.mcap"
    command = [sys.executable, "-c", WRITER, str(path), SUPPORT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        told = "0"
        for _ in range(3 + random.Random(seed).randrange(8)):
            told = writer.stdout.readline()
        time.sleep(random.Random(seed).random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        told = writer.stdout.read().split()[-1:] or [told]
    part = path.with_name("run.mcap.part")
    assert not path.exists()
    recorded = read_run(part)
    kept = int(recorded.telemetry["bar_um"][-1]) if recorded.telemetry else -1
    assert kept > int(told[0]) - 50
    _assert_whole(repair(part).path or part, sum(1 for _ in scan(part).messages()))

"""A disk that fills, a folder that is read-only: the treatment goes on, what was recorded can be read."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from link_campaign.outcome import Outcome
from link_campaign.scene import ready_again, setpoints, standby, start
from penctl.errors import PenError, RecordingError
from penctl.logs.listener import facts_of, listen
from penctl.logs.repair import repair
from penctl.protocol.enums import State
from penctl.recorded import read_run
from penctl.recording import Recorder, record
from pensim import Bench

if os.name == "posix":
    import resource

NOBODY = 65_534
FULL_BYTES = 600_000
"""About 40 s of a recording; as a file that may not grow beyond it, and as the whole disk."""
LOST_S = 1.0


@contextlib.contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size`: writing ends as on a disk that is full (EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def small_disk(size: int) -> Iterator[Path | None]:
    """A disk of its own that is soon full (ENOSPC); None where this account may not mount one."""
    with tempfile.TemporaryDirectory() as name:
        asked = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", name]
        try:
            mounted = subprocess.run(asked, capture_output=True, check=False).returncode == 0
        except OSError:
            mounted = False
        try:
            yield Path(name) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", name], check=True)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """As an account without rights; nothing changes where this one is no superuser."""
    if os.name != "posix" or os.getuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def filled(seed: int, folder: Path, how: str, outcome: Outcome) -> tuple[Path, float]:
    """A treatment whose recording meets the end of the disk in RUN; the file, and the s it should hold."""
    told: list[tuple[float, RecordingError]] = []
    with Bench(seed=seed, cartridge="HOME") as bench:
        pen = standby(bench)
        path = folder / "run.mcap"
        recorder = Recorder(
            path,
            facts_of(pen),
            now_s=pen.now_s,
            wall_s=None,
            on_failure=lambda error: told.append((pen.now_s(), error)),
            least_free_bytes=0,
        )
        listen(pen, recorder)
        began_s = pen.now_s()
        start(bench, pen)
        for _ in range(120):
            pen.wait(1.0)
            if told:
                break
        outcome.check(len(told) == 1, f"{how}: told {len(told)} times that the recording stopped")
        pen.wait(2.0)
        outcome.check(
            pen.status().state is State.RUN, f"{how}: {pen.status().state.name} after the disk was full"
        )
        pen.stop()
        outcome.check(pen.inbox.events_missed == 0, f"{how}: events missed")
        ready_again(bench, pen)
        setpoints(pen)
        start(bench, pen)
        outcome.check(
            pen.status().state is State.RUN, f"{how}: the pen cannot be started after the disk was full"
        )
        pen.stop()
        recorder.close()
    for _, error in told:
        outcome.say(str(error).replace(str(folder), "FOLDER"))
    outcome.count("treatments on a full disk")
    return recorder.part_path, (told[0][0] if told else began_s) - began_s


def readable(part: Path, held_s: float, how: str, outcome: Outcome) -> None:
    """What was written before is all there but for the last second, as it lies and mended elsewhere."""
    with tempfile.TemporaryDirectory() as name:
        mended = Path(name) / "mended.mcap"
        repair(part, mended)
        for path in (part, mended):
            run = read_run(path)
            until_s = float(run.telemetry["time_s"][-1])
            outcome.largest("s lost at the end of a full disk", held_s - until_s)
            outcome.check(held_s - until_s <= LOST_S, f"{how}: {held_s - until_s:.2f} s lost in {path.name}")
            outcome.count("s readable of full disks", until_s)
        outcome.check(read_run(mended).complete, f"{how}: the mended file is not whole")


def command(outcome: Outcome, what: str, *arguments: str, folder: Path) -> None:
    """A command of penctl that cannot write: a sentence, an exit code, no traceback."""
    from penctl.cli import main

    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException as error:
            outcome.check(False, f"{what}: {type(error).__name__} from penctl {' '.join(arguments)}: {error}")
            return
    text = said.getvalue().replace(str(folder), "FOLDER")
    outcome.check(code != 0, f"{what}: penctl {arguments[0]} ended well: {text}")
    outcome.check("Traceback" not in text, f"{what}: a traceback from penctl {arguments[0]}")
    outcome.check("FOLDER" in text, f"{what}: penctl {arguments[0]} does not name the folder: {text}")
    outcome.say(text.splitlines()[-1] if text else "")
    outcome.count("commands that could not write")


def commands(outcome: Outcome, what: str, folder: Path, source: Path) -> None:
    """All commands that write where they are told."""
    command(outcome, what, "demo", "--out", str(folder / "demo"), folder=folder)
    command(outcome, what, "log", "export", str(source), "--out", str(folder / "run.csv"), folder=folder)
    command(outcome, what, "log", "repair", str(source), "--out", str(folder / "mended.mcap"), folder=folder)


def read_only(seed: int, outcome: Outcome) -> None:
    """A folder that one may not write into."""
    with tempfile.TemporaryDirectory() as name, Bench(seed=seed, cartridge="HOME") as bench:
        top = Path(name)
        folder, source = top / "read-only", top / "source.mcap"
        folder.mkdir()
        pen = standby(bench)
        with record(pen, source):
            pen.wait(1.0)
        os.truncate(source, source.stat().st_size - 100)  # so that there is something to repair
        commands(outcome, "a file in the folder's place", source, source)  # imports what they need, besides
        top.chmod(0o755)
        source.chmod(0o644)
        folder.chmod(0o555)
        with as_nobody():
            try:
                record(pen, folder / "run.mcap").close()
                outcome.check(False, "a recording was begun in a read-only folder")
            except RecordingError as error:
                outcome.say(str(error).replace(str(folder), "FOLDER"))
                outcome.count("recordings refused")
            commands(outcome, "read-only", folder, source)
        outcome.check(not list(folder.iterdir()), "something lies in the read-only folder")


def run(seed: int, size: float) -> Outcome:
    """`size` 0: the limit of a file and the read-only folder; 1: a small disk of its own besides."""
    outcome = Outcome()
    if sys.platform == "win32":
        return outcome
    try:
        with tempfile.TemporaryDirectory() as name:
            with no_file_beyond(FULL_BYTES):
                part, held_s = filled(seed, Path(name), "a file at its limit", outcome)
            readable(part, held_s, "a file at its limit", outcome)
        read_only(seed, outcome)
        if size >= 1:
            with small_disk(FULL_BYTES) as disk:
                outcome.check(disk is not None, "no small disk could be mounted")
                if disk is not None:
                    on_small_disk(seed, disk, outcome)
    except PenError as error:
        outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
    return outcome


def on_small_disk(seed: int, disk: Path, outcome: Outcome) -> None:
    """The recording that fills it, then every command that writes, and the next visit."""
    readable(*filled(seed, disk, "a full disk", outcome), "a full disk", outcome)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source.mcap"
        source.write_bytes((disk / "run.mcap.part").read_bytes())
        commands(outcome, "full disk", disk, source)
    with Bench(seed=seed, cartridge="HOME") as bench:
        try:
            record(bench.pen(), disk / "next.mcap").close()
            outcome.check(False, "the next visit was begun on a full disk")
        except RecordingError as error:
            outcome.say(str(error).replace(str(disk), "FOLDER"))
            outcome.count("recordings refused")

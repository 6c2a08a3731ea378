"""The command line: what it prints, how it fails, and what it does not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from penctl import cli
from penctl.demo import Demo
from penctl.recorded import read_run

HEAVY = (
    "numpy",
    "numba",
    "serial",
    "rich",
    "construct",
    "matplotlib",
    "mcap",
    "pensim.kernel",
    "pensim.bench",
    "cobs",
    "PySide6",
)


def _penctl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder`."""
    command = [sys.executable, "-m", "penctl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=folder)


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["--version"], []], ids=str)
def test_asking_for_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Issue 2: heavy imports are lazy, so that help comes at once."""
    code = (
        "import sys\n"
        "from penctl.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as ending:\n    assert not ending.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("HEAVY []\n")
    assert "penctl" in done.stdout


def test_info_says_who_the_pen_is_and_what_it_may_do(capsys: pytest.CaptureFixture[str]) -> None:
    """`penctl info`: identity, limits, state, cartridge, with units."""
    assert cli.main(["info", "--port", "pensim://?seed=5"]) == 0
    text = capsys.readouterr().out
    for words in (
        "PENSIM-000000005",
        "simulated",
        "0 mm to 0.25 mm",
        "2.5 mm",
        "150 Hz",
        "CLINICAL, 12 needles",
    ):
        assert words in text


def test_info_is_one_json_object_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """`penctl info --json` is for programs."""
    assert cli.main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["simulated"] is True
    limits = {row["mode"]: (row["depth_max_um"], row["rate_max_mhz"]) for row in found["limits"]}
    assert limits == {"HOME": (250, 100_000), "CLINICAL": (2500, 150_000)}


def test_ports_lists_the_simulated_pen(capsys: pytest.CaptureFixture[str]) -> None:
    """`penctl ports` names what can be given as a port."""
    assert cli.main(["ports"]) == 0
    assert "pensim://" in capsys.readouterr().out
    assert cli.main(["ports", "--json"]) == 0
    assert "pensim://" in [port["name"] for port in json.loads(capsys.readouterr().out)["ports"]]


def _demo(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.main(["demo", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_demo_prints_its_stable_keys_and_keeps_within_tolerance(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Issue 2: `penctl demo --json` has exactly these keys, treats at three depths and meets one hazard."""
    found = _demo(capsys, "--out", str(tmp_path))
    assert set(found) == {"parts", "trips", "files", "firmware", "seed"}
    assert set(found["firmware"]) == {"version", "limits_hash"}
    assert found["seed"] == 1
    part_keys = {"depth_set_um", "depth_measured_um", "rate_set_hz", "rate_measured_hz", "strokes"}
    assert all(set(part) == part_keys for part in found["parts"])
    assert {part["depth_set_um"] for part in found["parts"]} == {500, 1000, 1500}
    for part in found["parts"]:
        assert 100 <= part["rate_set_hz"] <= 120
        assert abs(part["depth_measured_um"] - part["depth_set_um"]) <= 50
        assert abs(part["rate_measured_hz"] / part["rate_set_hz"] - 1) <= 0.02
        assert part["strokes"] > 50
    [trip] = found["trips"]
    assert set(trip) == {"id", "cause", "value", "limit", "reaction_ms"}
    assert trip["id"] == "IL-26"
    assert trip["value"] > trip["limit"] > 0
    assert 0 < trip["reaction_ms"] <= 300


def test_the_demo_leaves_a_whole_recording_and_a_plot(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Issue 2: the recording and one PNG plot of the run lie where the demo says."""
    files = _demo(capsys, "--out", str(tmp_path))["files"]
    assert Path(files["plot"]).read_bytes().startswith(b"\x89PNG")
    run = read_run(Path(files["recording"]))
    assert run.complete
    assert run.metadata["simulated"] == "true"
    acts = [entry["command"] for entry in run.commands]
    assert acts.count("START") == 4
    assert acts.count("RESET") == 1
    assert [event["id"] for event in run.events if event["event"] == "TRIP"] == ["IL-26"]
    assert len(run.telemetry["bar_um"]) > 5000


def test_two_demos_of_one_seed_differ_only_in_their_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Issue 2: two runs with one seed differ only in `files`; another seed differs in more."""
    first, again = (_demo(capsys, "--seed", "7", "--out", str(tmp_path)) for _ in range(2))
    assert first.pop("files") != again.pop("files")
    assert first == again
    other = _demo(capsys, "--seed", "8", "--out", str(tmp_path))
    assert other["parts"] != first["parts"]


def test_the_demo_prints_its_table_and_its_trip_in_plain_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Issue 2: set against measured, the trip with cause, value, limit and reaction time, and the files."""
    assert cli.main(["demo", "--out", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    for words in (
        "0.5 mm",
        "1.5 mm",
        "110 Hz",
        "IL-26 Communications loss",
        "limit 250 ms",
        "run.png",
    ):
        assert words in text
    assert "drive off" in text
    assert ".5 mm" not in text.replace("0.5 mm", "").replace("1.5 mm", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["info", "--port", "/dev/ttyNOWHERE9"], "penctl ports"),
        (["info", "--port", "gibberish://"], "socket://"),
        (["info", "--port", "pensim://?seed=x"], "whole number"),
        (["info", "--port", "loop://"], "not as a pen does"),
        (["demo", "--port", "loop://"], "only a simulated pen"),
        (["demo", "--seed", "-1"], "seed"),
        (["demo", "--seed", "x"], "seed"),
        (["demo", "--seed", "1", "--port", "pensim://"], "not allowed with"),
        (["fly"], "invalid choice"),
        (["demo", "--out", "/dev/null/x"], "--out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_gives_one_message_and_no_traceback(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    """Bad input never gives a traceback on the command line, and leaves no file behind."""
    done = _penctl(tmp_path, *arguments)
    assert not list(tmp_path.iterdir())
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert done.stdout == ""


def test_an_interrupted_demo_stops_the_pen(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the needles run: the pen is told to stop and the recording is closed."""
    benches: list[Any] = []

    def interrupt(demo: Demo, seconds: float) -> None:
        benches.append(demo._bench)
        assert demo._bench.kernel.outputs.drive_enable == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(Demo, "_glide", interrupt)
    assert cli.main(["demo", "--out", str(tmp_path)]) == 130
    assert benches[0].kernel.outputs.drive_enable == 0
    assert "stop" in capsys.readouterr().err
    [recording] = tmp_path.glob("*/run.mcap*")
    assert recording.suffix == ".mcap"


def test_a_full_disk_during_the_demo_ends_the_recording_and_not_the_treatment(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IL-41: the treatment is finished, and one message and the exit code tell that it was not recorded."""
    from penctl import recording

    real = recording.Recorder.flush

    def fail(recorder: Any) -> None:
        if recorder.time_s > 6.0 and not recorder._closed:
            recorder._fail(OSError(28, "No space left on device"))
        real(recorder)

    monkeypatch.setattr(recording.Recorder, "flush", fail)
    assert cli.main(["demo", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "No space left on device" in told.err
    assert "3, link cut" in told.out
    [part] = tmp_path.glob("*/run.mcap.part")
    assert not read_run(part).complete

"""`penctl log`: what happened in words, pictures, exports, pieces, differences; simulated ones marked."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recording_rig import FACTS, Clock, block

from penctl import cli
from penctl.errors import RecordingError
from penctl.logs import channels, summary
from penctl.logs.compare import compare
from penctl.logs.export import export
from penctl.logs.piece import Stretch, cut
from penctl.plot import plot_run
from penctl.plot_data import POINTS_MAX, series, states, thinned
from penctl.recorded import read_run
from penctl.recording import Recorder

Copy = Callable[[], Path]


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["log", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_show_tells_the_parts_the_trip_and_the_story(treatment: Path, capsys: Any) -> None:
    """Issue 5, part 5: summary, events, trips in words, and that it was simulated."""
    code, out, _ = _run(capsys, "show", treatment, "--all")
    assert code == 0
    assert out.splitlines()[0].split() == ["run.mcap", "SIMULATED"]
    assert "Trip 1: IL-26 Communications loss" in out
    assert "The link to the host was lost" in out
    assert "set depth 1.5 mm" in out
    assert "set stroke rate 120 Hz (7200/min)" in out


def test_show_measures_each_run_of_the_needles(treatment: Path) -> None:
    """Issue 5, part 5: the demo's four parts, as they were set, within the pen's tolerance."""
    parts = summary.parts(read_run(treatment))
    assert [(part.depth_set_um, part.rate_set_hz) for part in parts] == [
        *((500, 100.0), (1000, 110.0)),
        *((1500, 120.0), (1500, 120.0)),
    ]
    for part in parts:
        assert part.depth_um == pytest.approx(part.depth_set_um, abs=50)
        assert part.rate_hz == pytest.approx(part.rate_set_hz, rel=0.02)
    assert [part.ended_by == "IL-26" for part in parts] == [False, False, True, False]


def test_a_trip_is_recorded_with_its_snapshot(treatment: Path, capsys: Any) -> None:
    """Issue 5, part 5: trips with snapshots: the inputs around it, each row at its own time, and told so."""
    run = read_run(treatment)
    [trip] = run.trips
    rows = [row for row in run.snapshots if row["trip_time_us"] == trip["time_us"]]
    assert len(rows) >= 20
    assert {row["interlock"] for row in rows} == {26}
    times = [row["time_us"] for row in rows]
    assert times == sorted(times)
    assert times[0] < 0 < times[-1]
    at = [row["time_s"] for row in rows]
    assert at == sorted(at)
    assert at[0] < run.at_s(trip) < at[-1]
    assert at[-1] - at[0] == pytest.approx((times[-1] - times[0]) * 1e-6)
    _, out, _ = _run(capsys, "show", treatment)
    assert f"{len(rows)} rows" in out


def test_show_as_json_has_the_same(treatment: Path, capsys: Any) -> None:
    """A program reads it too."""
    code, out, _ = _run(capsys, "show", treatment, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["simulated"], found["complete"], found["serial_number"]) == (True, True, "PENSIM-000000001")
    assert [trip["id"] for trip in found["trips"]] == ["IL-26"]
    assert len(found["parts"]) == 4


def test_show_tells_a_recording_that_was_cut_off_and_how_to_mend_it(copy: Copy, capsys: Any) -> None:
    """Issue 5, part 5: nobody takes a half run for a whole one."""
    path = copy()
    path.write_bytes(path.read_bytes()[:-2000])
    _, out, _ = _run(capsys, "show", path)
    assert "CUT OFF" in out or "DAMAGED" in out
    assert "penctl log repair" in " ".join(out.split())


@pytest.mark.parametrize("act", ["show", "plot", "export", "slice", "replay", "repair"])
def test_a_file_that_is_no_recording_is_told_in_one_line(act: str, tmp_path: Path, capsys: Any) -> None:
    """Bad input: never a traceback."""
    path = tmp_path / "notes.txt"
    path.write_text("no recording")
    more = ["--once"] if act == "replay" else ["--trip", "1"] if act == "slice" else []
    code, _, err = _run(capsys, act, path, *more)
    assert code == 2
    assert err.startswith("penctl: This file is no recording")
    code, _, err = _run(capsys, act, tmp_path / "missing.mcap", *more)
    assert code == 2
    assert "No such file" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plot", "--from", "99"], "holds nothing"),
        (["plot", "--from", "5", "--to", "4"], "holds nothing"),
        (["plot", "--from", "nan"], "is no time"),
        (["plot", "--trip", "IL-07"], "There is no such trip"),
        (["plot", "--trip", "2"], "trips: 1: IL-26"),
        (["slice"], "not said what is to be cut"),
        (["slice", "--trip", "1", "--to", "3"], "exclude each other"),
        (["export", "--table", "all"], "CSV holds one table"),
        (["export", "--format", "mcap", "--table", "events"], "a message a sample"),
        (["replay", "--once", "--speed", "0"], "no speed"),
    ],
)
def test_what_cannot_be_is_told_with_what_can(
    arguments: list[str], words: str, treatment: Path, tmp_path: Path, capsys: Any
) -> None:
    """Bad input: what, value, limit, what to do next."""
    out = [] if arguments[0] == "replay" else ["--out", str(tmp_path / "out")]
    code, _, err = _run(capsys, arguments[0], treatment, *arguments[1:], *out)
    assert code == 2
    assert words in err
    assert not list(tmp_path.iterdir())


# --- plot ---


def test_a_plot_of_a_stretch_knows_setpoints_and_state_at_its_beginning(
    treatment: Path, tmp_path: Path
) -> None:
    """Issue 5, part 5: slice by time; the picture of a stretch begins with what held then."""
    run = read_run(treatment)
    part = summary.parts(run)[1]
    stretch = (part.start_s + 0.5, part.end_s - 0.3)
    data = series(run, stretch)
    assert [state for *_, state in states(run, data)] == ["RUN"]
    plot_run(run, tmp_path / "run.png", stretch)
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")


def test_a_long_recording_is_drawn_with_every_extreme_in_it(tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: overview by least and largest; one sample of 200,000 that is off is seen."""
    path = tmp_path / "run.mcap"
    with Recorder(path, FACTS, now_s=clock.now_s, wall_s=clock.wall_s) as recorder:
        for number in range(10_000):
            clock.s = number * 0.02
            taken = block(number)
            if number == 7_777:
                taken.samples["press_mn"][3] = 9_999
                taken.samples["motor_ma"][3] = -4_321
            recorder.telemetry(taken)
    data = series(read_run(path))
    assert len(data.press_n.values) <= POINTS_MAX
    assert np.nanmax(data.press_n.values) == pytest.approx(9.999)
    assert np.nanmin(data.motor_a.low) == pytest.approx(-4.321)
    at = data.press_n.time_s[np.nanargmax(data.press_n.values)]
    assert at == pytest.approx(7_777 * 0.02, abs=0.2)
    plot_run(read_run(path), tmp_path / "run.png")


def test_dots_that_lie_on_each_other_are_thinned_and_the_extreme_ones_stay() -> None:
    """Issue 5, part 5: 200,000 strokes are drawn in no time, and the deepest of them is among them."""
    values = np.zeros(200_000)
    values[123_456] = 7.0
    values[45_678] = -7.0
    curve = thinned(np.arange(200_000) * 0.01, values)
    assert len(curve.values) <= POINTS_MAX
    assert (curve.values.max(), curve.values.min()) == (7.0, -7.0)


def test_a_gap_stays_a_gap_when_the_curve_is_thinned(tmp_path: Path, clock: Clock) -> None:
    """No curve is drawn through a time of which nothing is known."""
    path = tmp_path / "run.mcap"
    with Recorder(path, FACTS, now_s=clock.now_s, wall_s=clock.wall_s) as recorder:
        for number in [*range(500), *range(1000, 1500)]:
            clock.s = number * 0.02
            recorder.telemetry(block(number))
    data = series(read_run(path))
    [(start, end)] = data.gaps
    assert (start, end) == (pytest.approx(9.999), pytest.approx(20.0))
    inside = (data.press_n.time_s > start + 1e-6) & (data.press_n.time_s < end - 1e-6)
    assert not inside.any()
    assert np.isnan(data.press_n.values).sum() == 1


def test_a_recording_without_telemetry_is_not_plotted(tmp_path: Path, clock: Clock) -> None:
    """Bad input: nothing to draw is told, no empty picture is left."""
    path = tmp_path / "run.mcap"
    Recorder(path, FACTS, now_s=clock.now_s, wall_s=clock.wall_s).close()
    with pytest.raises(RecordingError, match="no telemetry"):
        plot_run(read_run(path), tmp_path / "run.png")
    assert not (tmp_path / "run.png").exists()


# --- export ---


def test_csv_holds_every_sample_with_units_and_the_mark(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: an export is marked in each row, and its numbers are the recording's."""
    run = read_run(treatment)
    count = export(run, tmp_path / "run.csv", "csv")
    with (tmp_path / "run.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == len(run.telemetry["time_s"])
    assert {row["simulated"] for row in rows} == {"true"}
    assert [int(row["bar_um"]) for row in rows] == run.telemetry["bar_um"].tolist()
    assert {row["state"] for row in rows} >= {"RUN", "READY", "STANDBY"}


def test_json_holds_everything(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: one object with facts, tables and columns."""
    export(read_run(treatment), tmp_path / "run.json", "json", "all")
    found = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert found["simulated"] is True
    assert {"telemetry", "status", "events", "commands", "snapshots", "log"} <= found.keys()
    assert all(row["simulated"] is True for row in found["events"])


def test_parquet_holds_the_columns_in_their_types(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: Parquet for analysis, by the optional pyarrow."""
    parquet = pytest.importorskip("pyarrow.parquet")
    run = read_run(treatment)
    export(run, tmp_path / "run.parquet", "parquet")
    table = parquet.read_table(tmp_path / "run.parquet")
    assert table.schema.metadata[b"penctl.simulated"] == b"true"
    assert str(table.schema.field("bar_um").type) == "int16"
    assert table["bar_um"].to_pylist() == run.telemetry["bar_um"].tolist()
    export(run, tmp_path / "events.parquet", "parquet", "events")
    assert parquet.read_table(tmp_path / "events.parquet").num_rows == len(run.events)


def test_mcap_of_samples_has_one_message_a_sample(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: PlotJuggler and Foxglove plot each sample; the topic says that it was simulated."""
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    run = read_run(treatment)
    export(run, tmp_path / "samples.mcap", "mcap")
    with (tmp_path / "samples.mcap").open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        rows = [(channel.topic, decoded) for _, channel, _, decoded in reader.iter_decoded_messages()]
    assert {topic for topic, _ in rows} == {"/simulated/samples"}
    assert [row.depth_um for _, row in rows] == run.telemetry["depth_um"].tolist()


@pytest.mark.parametrize("table", ["status", "events", "commands", "snapshots", "log"])
def test_each_table_goes_into_csv(table: str, treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: not telemetry only."""
    count = export(read_run(treatment), tmp_path / "table.csv", "csv", table)
    lines = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("simulated,time_s")
    assert len(lines) >= count + 1
    assert all(line.startswith("True,") for line in lines[1 : count + 1])


def test_the_name_of_what_leaves_us_says_simulated(copy: Copy, capsys: Any) -> None:
    """Issue 5, part 5: a file that lies about alone says what it is."""
    for arguments in (["export"], ["slice", "--trip", "1", "--around", "0.5"]):
        code, out, _ = _run(capsys, arguments[0], copy(), *arguments[1:])
        assert code == 0
        assert ".simulated." in Path(out.split()[0]).name


def test_an_export_overwrites_nothing(treatment: Path, tmp_path: Path) -> None:
    """The name is taken."""
    (tmp_path / "run.csv").write_text("mine")
    with pytest.raises(RecordingError, match="exists already"):
        export(read_run(treatment), tmp_path / "run.csv", "csv")
    assert (tmp_path / "run.csv").read_text() == "mine"


# --- slice ---


def test_a_piece_holds_exactly_the_samples_of_its_stretch(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: cut to the sample, at the same times, and still a whole recording."""
    run = read_run(treatment)
    cut(treatment, tmp_path / "piece.mcap", Stretch(3.0, 4.5))
    piece = read_run(tmp_path / "piece.mcap")
    assert piece.complete
    assert piece.simulated
    assert piece.metadata["piece_of"] == "run.mcap"
    times = piece.telemetry["time_s"]
    first = int(np.searchsorted(run.telemetry["time_s"], times[0] - 5e-4))
    wanted = slice(first, first + len(times))
    assert np.allclose(times, run.telemetry["time_s"][wanted], atol=1e-3)
    assert np.array_equal(piece.telemetry["bar_um"], run.telemetry["bar_um"][wanted])
    assert times[0] == pytest.approx(3.0, abs=0.002)
    assert times[-1] == pytest.approx(4.5, abs=0.002)
    assert piece.events == [event for event in run.events if 3.0 <= event["time_s"] <= 4.5]


def test_a_piece_knows_what_held_before_it(treatment: Path, tmp_path: Path) -> None:
    """Issue 5, part 5: setpoints and state at its beginning, from the last STATUS before."""
    cut(treatment, tmp_path / "piece.mcap", Stretch(3.2, 3.4))
    first = read_run(tmp_path / "piece.mcap").statuses[0]
    assert first["time_s"] == pytest.approx(3.2)
    assert first["depth_set_um"] == 500


# --- diff ---


def test_a_recording_does_not_differ_from_itself(treatment: Path, capsys: Any) -> None:
    """Issue 5, part 5: exit code 0, and how much was compared."""
    code, out, _ = _run(capsys, "diff", treatment, treatment)
    assert code == 0
    assert "Nothing differs" in out


def test_one_sample_that_differs_is_found(copy: Copy, treatment: Path, tmp_path: Path, clock: Clock) -> None:
    """Issue 5, part 5: which column, when, and by how much."""
    for name, odd in (("a.mcap", 0), ("b.mcap", 3)):
        clock.s = 0.0
        with Recorder(tmp_path / name, FACTS, now_s=clock.now_s, wall_s=clock.wall_s) as recorder:
            for number in range(100):
                clock.s = number * 0.02
                taken = block(number)
                taken.samples["press_mn"][7] += odd if number == 60 else 0
                recorder.telemetry(taken)
    found = compare(read_run(tmp_path / "a.mcap"), read_run(tmp_path / "b.mcap"))
    [column] = found.columns
    assert (column.name, column.samples, column.largest) == ("press_mn", 1, 3)
    assert column.first_s == pytest.approx(1.207, abs=1e-4)
    assert found.story is None


def test_another_act_and_another_fact_are_told(tmp_path: Path, clock: Clock, capsys: Any) -> None:
    """Issue 5, part 5: what was done otherwise, first; exit code 1."""
    for name, depth_um in (("a", 1000), ("b", 1200)):
        facts = {**FACTS, "firmware_version": f"1.0.{depth_um}"}
        path = tmp_path / f"{name}.mcap"
        with Recorder(path, facts, now_s=clock.now_s, wall_s=clock.wall_s) as recorder:
            for command, fields in (("ARM", {}), ("SET_DEPTH", {"depth_um": depth_um})):
                entry = {"command": command, "fields": fields, "reason": "NONE"}
                recorder.write(channels.COMMANDS, entry)
    code, out, _ = _run(capsys, "diff", tmp_path / "a.mcap", tmp_path / "b.mcap")
    assert code == 1
    assert "SET_DEPTH depth_um 1000" in out
    assert "SET_DEPTH depth_um 1200" in out
    assert "1.0.1200" in out
    assert "ARM" not in out
    code, out, _ = _run(capsys, "diff", tmp_path / "a.mcap", tmp_path / "b.mcap", "--json")
    assert json.loads(out)["same"] is False

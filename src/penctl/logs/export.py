"""Gives a recording to other programs: CSV, JSON, Parquet, or MCAP with a message a sample.

What comes from a simulated pen says so in each of them: a column, a key, the facts of the file, each topic.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from penctl.errors import PenError, RecordingError
from penctl.logs import summary

if TYPE_CHECKING:
    from penctl.recorded import Run

FORMATS: Final = ("csv", "json", "parquet", "mcap")
TABLES: Final = ("telemetry", "status", "events", "commands", "snapshots", "log")
ROWS: Final = 20_000
"""Rows that are turned into text at once."""


def export(run: Run, path: Path, form: str, table: str = "telemetry") -> int:
    """Write one table of `run`, or with JSON the whole of it, and return how many rows.

    Args:
        run: the recording.
        path: the new file; must not exist.
        form: one of FORMATS.
        table: one of TABLES; "all" with JSON only. MCAP holds telemetry.

    Raises:
        RecordingError: there is nothing to write, the file exists, or it cannot be written.
        PenError: the form cannot hold this table, or needs a package that is not installed.
    """
    writers: Mapping[str, Callable[[Run, Path, str], int]] = {
        "csv": _csv,
        "json": _json,
        "parquet": _parquet,
        "mcap": _mcap,
    }
    if path.exists():
        raise _unwritten(path, "a file of that name exists already")
    try:
        return writers[form](run, path, table)
    except OSError as error:
        raise _unwritten(path, error.strerror or str(error)) from error


def _unwritten(path: Path, why: str) -> RecordingError:
    return RecordingError(
        "The export cannot be written", f"{path}: {why}", remedy="Name another file with --out FILE"
    )


def _needs_telemetry(run: Run) -> None:
    if not run.telemetry:
        raise RecordingError(
            "There is nothing to export: the recording has no telemetry",
            str(run.path),
            remedy="Export another table, for example --table events",
        )


def rows_of(run: Run, table: str) -> list[dict[str, Any]]:
    """The rows of a table other than telemetry; `simulated` and `time_s` come first.

    Raises:
        PenError: there is no such table.
    """
    tables: dict[str, list[dict[str, Any]]] = {
        "status": run.statuses,
        "events": run.events,
        "commands": run.commands,
        "snapshots": run.snapshots,
        "log": [vars(line) for line in summary.story(run)],
    }
    if table not in tables:
        raise PenError("There is no such table", table, f"tables: {', '.join(TABLES)}", "Name one of these")
    head = {"simulated": run.simulated}
    return [{**head, "time_s": round(row["time_s"], 6), **_others(row)} for row in tables[table]]


def _others(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "time_s"}


def _csv(run: Run, path: Path, table: str) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        if table == "telemetry":
            _needs_telemetry(run)
            return _csv_of_telemetry(run, file)
        rows = rows_of(run, table)
        names = list(dict.fromkeys(name for row in rows for name in row)) or ["simulated", "time_s"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(
            {
                name: json.dumps(value) if isinstance(value, (dict, list)) else value
                for name, value in row.items()
            }
            for row in rows
        )
        return len(rows)


def _csv_of_telemetry(run: Run, file: TextIO) -> int:
    names = [name for name in run.telemetry if name != "time_s"]
    file.write(",".join(["simulated", "time_s", "state", *names]) + "\n")
    mark, count = str(run.simulated).lower(), len(run.telemetry["time_s"])
    states = _states(run)
    for start in range(0, count, ROWS):
        piece = slice(start, start + ROWS)
        columns = [[f"{time_s:.6f}" for time_s in run.telemetry["time_s"][piece].tolist()], states[piece]]
        columns += [list(map(str, run.telemetry[name][piece].tolist())) for name in names]
        file.writelines(f"{mark},{','.join(row)}\n" for row in zip(*columns, strict=True))
    return count


def _states(run: Run) -> list[str]:
    """The state at each sample, as its block says."""
    return [block.state for block in run.blocks for _ in range(block.count)]


def _json(run: Run, path: Path, table: str) -> int:
    if table == "all":
        found: dict[str, Any] = {**summary.facts(run), "metadata": run.metadata}
        found |= {name: rows_of(run, name) for name in TABLES if name != "telemetry"}
        found["telemetry"] = {name: column.tolist() for name, column in run.telemetry.items()}
        count = len(found["telemetry"].get("time_s", []))
    elif table == "telemetry":
        _needs_telemetry(run)
        columns = {name: column.tolist() for name, column in run.telemetry.items()}
        found = {"simulated": run.simulated, "metadata": run.metadata, "telemetry": columns}
        count = len(columns["time_s"])
    else:
        rows = rows_of(run, table)
        found, count = {"simulated": run.simulated, "metadata": run.metadata, table: rows}, len(rows)
    with path.open("w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False)
        file.write("\n")
    return count


def _parquet(run: Run, path: Path, table: str) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise PenError(
            "Parquet needs the package pyarrow", remedy='Install it: pip install "penctl[parquet]"'
        ) from error
    facts = {f"penctl.{name}": value for name, value in run.metadata.items()}
    facts["penctl.simulated"] = str(run.simulated).lower()
    if table == "telemetry":
        _needs_telemetry(run)
        columns: dict[str, Any] = {"simulated": pa.array([run.simulated] * len(run.telemetry["time_s"]))}
        columns |= {"time_s": run.telemetry["time_s"], "state": pa.array(_states(run)).dictionary_encode()}
        columns |= {name: column for name, column in run.telemetry.items() if name != "time_s"}
        made = pa.table(columns)
    else:
        made = pa.Table.from_pylist(_same_kinds(rows_of(run, table)))
    split = [field.name for field in made.schema if field.type in (pa.int16(), pa.uint16(), pa.int32())]
    pq.write_table(
        made.replace_schema_metadata(facts),
        path,
        compression="zstd",
        use_dictionary=["simulated", "state"] if table == "telemetry" else True,
        column_encoding=dict.fromkeys(split, "BYTE_STREAM_SPLIT") if table == "telemetry" else None,
    )
    return int(made.num_rows)


def _same_kinds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each column of one kind: lists and mappings as JSON, and numbers beside texts as texts."""
    plain = [
        {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in row.items()}
        for row in rows
    ]
    texts = {name for row in plain for name, value in row.items() if isinstance(value, str)}
    return [
        {name: str(value) if name in texts and value is not None else value for name, value in row.items()}
        for row in plain
    ]


def _mcap(run: Run, path: Path, table: str) -> int:
    """One message a sample and nothing else: for tools that plot one number a message."""
    if table != "telemetry":
        raise PenError(
            "MCAP holds telemetry, a message a sample",
            table,
            remedy="The other tables are in the recording itself; open that",
        )
    _needs_telemetry(run)
    from mcap.records import Channel, Schema

    from penctl.logs import channels
    from penctl.logs.mcap_file import Entry, McapFile
    from penctl.logs.rosmsg import Form, definition
    from penctl.protocol.messages import SAMPLE

    text = definition([channels.MARK, *SAMPLE])
    form = Form(text)
    topic = (channels.SIMULATED if run.simulated else "") + "/samples"
    facts = {"simulated": str(run.simulated).lower()}
    with path.open("xb") as stream:
        mcap = McapFile(stream, level=3)
        mcap.start(
            [Schema(id=1, data=text.encode(), encoding="ros2msg", name="penctl_msgs/msg/Sample")],
            [Channel(id=1, topic=topic, message_encoding="cdr", metadata=facts, schema_id=1)],
            {channels.METADATA_NAME: {**run.metadata, "format": "samples"}},
        )
        count = 0
        for entries in _sample_entries(run, form, Entry):
            mcap.chunk(entries)
            count += len(entries)
        mcap.finish()
    return count


def _sample_entries(run: Run, form: Any, entry: Any) -> Iterator[list[Any]]:
    began_ns = round(run.began_s * 1e9)
    names = [name for name in form.names if name in run.telemetry]
    columns = [run.telemetry[name].tolist() for name in names]
    times = [began_ns + round(time_s * 1e9) for time_s in run.telemetry["time_s"].tolist()]
    filled = dict.fromkeys(form.names, 0) | {"simulated": run.simulated}
    for start in range(0, len(times), ROWS):
        rows = zip(*(column[start : start + ROWS] for column in columns), strict=True)
        yield [
            entry(1, time_ns, form.pack({**filled, **dict(zip(names, row, strict=True))}))
            for time_ns, row in zip(times[start : start + ROWS], rows, strict=True)
        ]

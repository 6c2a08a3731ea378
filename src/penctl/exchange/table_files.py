"""Writes tables into a new folder, whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from penctl.exchange.errors import ExchangeError
from penctl.exchange.whole_file import UNFINISHED, refuse_existing, write_whole

FORMATS: Final = ("csv", "parquet")


def write_tables(
    folder: Path,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    columns: Mapping[str, Mapping[str, str]],
    form: str,
) -> list[str]:
    """Write each table as a file of its name, and return the names.

    Raises:
        ExchangeError: the folder exists, it cannot be written, or pyarrow is missing for Parquet.
    """
    refuse_existing(folder)
    unfinished = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    make = {"csv": _csv, "parquet": _parquet}[form]
    try:
        unfinished.mkdir(mode=0o700)
        for name, kinds in columns.items():
            write_whole(unfinished / f"{name}.{form}", make(tables[name], kinds))
        unfinished.replace(folder)
    except OSError as error:
        _drop(unfinished)
        raise ExchangeError(
            "The tables cannot be written", f"{folder} ({error.strerror})", None, "Name another folder"
        ) from error
    except BaseException:
        _drop(unfinished)
        raise
    return [f"{name}.{form}" for name in columns]


def _drop(folder: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)


def _csv(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(kinds)
    writer.writerows([["" if row[name] is None else row[name] for name in kinds] for row in rows])
    return text.getvalue().encode()


def _parquet(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> bytes:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExchangeError(
            "Parquet needs pyarrow", None, None, "Install penctl[parquet], or write CSV"
        ) from error
    types = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}
    arrays = [pa.array([row[name] for row in rows], types[kind]) for name, kind in kinds.items()]
    target = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(kinds)), target)
    return target.getvalue()

"""Writes a recording anew from what was read of one: a repair, or a piece of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from penctl.errors import RecordingError
from penctl.logs import channels
from penctl.logs.mcap_file import Entry, McapFile
from penctl.logs.topics import records

if TYPE_CHECKING:
    from mcap.records import Channel, Schema

    from penctl.logs.scan import Scan

UNFINISHED = ".unfinished"


def write_anew(
    found: Scan,
    path: Path,
    chunks: Iterable[list[Entry]],
    facts: Mapping[str, str],
    *,
    simulated: bool,
) -> None:
    """Write `chunks` with the definitions of `found` into `path`, whole or not at all.

    Args:
        found: the recording that they come from; definitions that it lost are ours.
        path: must not exist.
        chunks: messages, chunk by chunk.
        facts: added to the facts of the recording.
        simulated: what the channels say when the file's own are lost.

    Raises:
        RecordingError: the file exists already, or cannot be written.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    metadata = {name: dict(values) for name, values in found.metadata.items()}
    metadata.setdefault(channels.METADATA_NAME, {}).update(facts)
    metadata[channels.METADATA_NAME].setdefault("format", channels.FORMAT)
    try:
        if path.exists():
            raise FileExistsError(17, "a file of that name exists already", str(path))
        with unfinished.open("wb") as stream:
            mcap = McapFile(stream)
            mcap.start(*_definitions(found, simulated=simulated), metadata)
            for entries in chunks:
                mcap.chunk(entries)
            mcap.finish()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise RecordingError(
            "The recording cannot be written",
            f"{path}: {error.strerror}",
            remedy="Name another file with --out FILE",
        ) from error


def _definitions(found: Scan, *, simulated: bool) -> tuple[list[Schema], list[Channel]]:
    """The file's schemas and channels; those that it lost, as we write them."""
    schemas, ours = records(simulated=simulated)
    return (
        list(({schema.id: schema for schema in schemas} | found.schemas).values()),
        list(({channel.id: channel for channel in ours} | found.channels).values()),
    )

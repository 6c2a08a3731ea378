"""Gathers telemetry blocks into columns, and tells their least, mean and largest values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penctl.logs.channels import OVERVIEW, OVERVIEW_LEFT_OUT, OVERVIEW_US, TELEMETRY, form
from penctl.logs.mcap_file import Entry

if TYPE_CHECKING:
    import numpy as np

    from penctl.protocol.telemetry import TelemetryBlock


class Gatherer:
    """Takes blocks in order and gives messages. `channels` maps the topics to the channels of the file."""

    def __init__(self, telemetry: int, overview: int, *, simulated: bool) -> None:
        self._telemetry, self._overview, self._simulated = telemetry, overview, simulated
        self._blocks: list[TelemetryBlock] = []
        self._time_ns = 0
        self._done: list[tuple[Entry, list[Entry]]] = []

    def take(self, block: TelemetryBlock, time_ns: int) -> None:
        """Keep a block that came at `time_ns`; what does not follow the last one begins a new message."""
        if self._blocks and not _follows(self._blocks[-1], block):
            self._close()
        if not self._blocks:
            self._time_ns = time_ns
        self._blocks.append(block)

    def flush(self) -> tuple[list[Entry], list[Entry]]:
        """What has been gathered, as messages of `/telemetry` and of `/overview`; then it is forgotten."""
        self._close()
        done, self._done = self._done, []
        return [entry for entry, _ in done], [entry for _, entries in done for entry in entries]

    def _close(self) -> None:
        if not self._blocks:
            return
        import numpy as np

        blocks, self._blocks = self._blocks, []
        samples = np.concatenate([block.samples for block in blocks])
        head = {
            "simulated": self._simulated,
            "state": blocks[0].state,
            "number": blocks[0].number,
            "dropped": blocks[0].dropped,
            "first_time_us": blocks[0].first_time_us,
            "period_us": blocks[0].period_us,
        }
        columns = {name: np.ascontiguousarray(samples[name]) for name in samples.dtype.names or ()}
        entry = Entry(self._telemetry, self._time_ns, form(TELEMETRY).pack(head, columns))
        self._done.append((entry, self._look_over(head, columns)))

    def _look_over(self, head: dict[str, Any], columns: dict[str, np.ndarray[Any, Any]]) -> list[Entry]:
        """Least, mean and largest of each column over 200 ms; the last stretch may be shorter."""
        import numpy as np

        count = len(next(iter(columns.values())))
        if not count:
            return []
        starts = np.arange(0, count, max(1, OVERVIEW_US // max(1, head["period_us"])))
        sizes = np.diff(np.append(starts, count))
        rows: dict[str, list[int]] = {}
        for name, column in columns.items():
            if name not in OVERVIEW_LEFT_OUT:
                rows[f"{name}_min"] = np.minimum.reduceat(column, starts).tolist()
                mean = np.add.reduceat(column.astype(np.int64), starts) / sizes
                rows[f"{name}_mean"] = np.rint(mean).astype(np.int64).tolist()
                rows[f"{name}_max"] = np.maximum.reduceat(column, starts).tolist()
        entries = []
        for number, start in enumerate(starts.tolist()):
            offset_us = start * head["period_us"]
            values = {name: column[number] for name, column in rows.items()}
            values |= {"simulated": self._simulated, "state": head["state"]}
            values["device_time_us"] = head["first_time_us"] + offset_us
            data = form(OVERVIEW).pack(values)
            entries.append(Entry(self._overview, self._time_ns + offset_us * 1000, data))
        return entries


def _follows(before: TelemetryBlock, block: TelemetryBlock) -> bool:
    """Whether both are one piece: no gap, no other state, no other period, nothing dropped in between."""
    return (
        block.first_time_us == before.first_time_us + before.period_us * len(before.samples)
        and block.number == before.number + 1
        and block.period_us == before.period_us
        and block.state is before.state
        and block.dropped == before.dropped
    )

"""Makes a whole file of a recording that was cut off or damaged: every chunk whose checksum holds is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penctl.logs.mcap_file import Entry
from penctl.logs.rewrite import write_anew
from penctl.logs.scan import Damage, Scan, messages_of, scan
from penctl.recorded import check_format, read_run
from penctl.recording import PART_SUFFIX


@dataclass(frozen=True)
class Repaired:
    """What a repair did. `path` is the new file, None when the recording was whole already."""

    source: Path
    path: Path | None
    kept_messages: int
    kept_s: float
    damage: tuple[Damage, ...]

    @property
    def lost_bytes(self) -> int:
        """Bytes of the source that could not be used."""
        return sum(damage.length for damage in self.damage)


def repair(path: Path, out: Path | None = None) -> Repaired:
    """Write what can be read of `path` into a whole file; `path` itself is left as it is.

    Args:
        path: the recording.
        out: the new file; without it the name without `.part`, or with `.repaired`.

    Raises:
        RecordingError: it is no recording, or the new file exists or cannot be written.
    """
    found = scan(path)
    check_format(found)
    run = read_run(path)
    count = sum(1 for _ in found.messages())
    told = Repaired(path, None, count, run.end_s, tuple(found.damage))
    if found.complete:
        return told
    target = out or _name(path)
    facts = {"repaired": "true", "lost_bytes": str(told.lost_bytes)}
    write_anew(found, target, _chunks(found), facts, simulated=run.simulated)
    return Repaired(path, target, count, run.end_s, told.damage)


def _chunks(found: Scan) -> list[list[Entry]]:
    return [
        [Entry(message.channel, message.log_time, message.data) for message in messages_of(body)]
        for body in found.chunks
    ]


def _name(path: Path) -> Path:
    if path.name.endswith(PART_SUFFIX):
        return path.with_name(path.name.removesuffix(PART_SUFFIX))
    return path.with_name(f"{path.stem}.repaired{path.suffix}")

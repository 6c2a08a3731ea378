"""The file of the evidence: docs/evidence/link.json, from which docs/evidence/link.md is written."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from link_campaign import ROOT

FILE = ROOT / "docs" / "evidence" / "link.json"
HOST_PARTS = (
    *("connection.py", "event_ledger.py", "inbox.py", "opening.py", "outcome.py", "pen.py", "pen_core.py"),
    *("reconnection.py", "recording.py", "stopping.py", "transport.py"),
)


def host_digest(root: Path = ROOT) -> str:
    """First digits of a SHA-256 over what of the host stands between a screen and the pen."""
    host = root / "src" / "penctl"
    parts = [host / name for name in HOST_PARTS if (host / name).is_file()]
    return _digest([*parts, *sorted((host / "protocol").glob("*.py")), *sorted((host / "logs").glob("*.py"))])


def core_digest(root: Path = ROOT) -> str:
    """The same over the firmware core's sources."""
    return _digest(sorted((root / "firmware_proto" / "core").rglob("*.[ch]")))


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def read(path: Path = FILE) -> dict[str, Any]:
    """What was measured so far."""
    if not path.is_file():
        return {"cases": {}}
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def write(evidence: dict[str, Any], path: Path = FILE) -> None:
    """Write it whole, by way of a second file, so that an interrupted campaign leaves the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    text = json.dumps(evidence, indent=1, sort_keys=True, ensure_ascii=False)
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


@contextlib.contextmanager
def changed(path: Path = FILE) -> Iterator[dict[str, Any]]:
    """Read, change and write it, one campaign at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        evidence = read(path)
        yield evidence
        write(evidence, path)

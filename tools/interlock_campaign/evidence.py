"""The file of the evidence: docs/evidence/interlocks.json."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interlock_campaign import ROOT
from penctl.hardware import load_interlocks

FILE = ROOT / "docs" / "evidence" / "interlocks.json"


def core_digest(root: Path = ROOT) -> str:
    """First digits of a SHA-256 over the firmware core's sources, without the numbers of the catalogue."""
    return _digest(root / "firmware_proto" / "core")


def firmware_digest(root: Path = ROOT) -> str:
    """The same with the generated headers, in which the numbers of the catalogue and all limits stand."""
    return _digest(root / "firmware_proto" / "core", root / "firmware_proto" / "generated")


def _digest(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.[ch]")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def parameters(interlock: int) -> dict[str, int]:
    """Numbers of a row of the catalogue: what they are changed to is another interlock."""
    return {name: each.value for name, each in load_interlocks()[interlock].parameters.items()}


def read(path: Path = FILE) -> dict[str, Any]:
    """What was measured so far."""
    if not path.is_file():
        return {"reactions": {}, "false_trips": {}}
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def write(evidence: dict[str, Any], path: Path = FILE) -> None:
    """Write it whole, by way of a second file, so that an interrupted campaign leaves the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(evidence, indent=1, sort_keys=True) + "\n", encoding="utf-8")
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


def firmware_version() -> str:
    """The version that the firmware core says of itself."""
    from interlock_rig import Rig

    pen = Rig(1).pen
    version = pen.identity.firmware_version
    pen.close()
    return version

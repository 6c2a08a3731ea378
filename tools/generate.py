#!/usr/bin/env python3
"""Write firmware_proto/generated/ from the definitions; `--check` only compares and exits 1 on drift.

Generating twice changes nothing: the text depends on the definitions alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]
if __name__ == "__main__":
    # The editable install compiles the C whenever penctl is imported, and fails when it does not compile.
    # But a generated header that is missing or spoilt, or C that uses what is still to be generated, is just
    # the time to generate: the definitions are read from the source tree instead.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "MesonpyMetaFinder"]

from generators import c_hardware, c_io, c_messages, c_tag, protocol_md  # noqa: E402

GENERATED = ROOT / "firmware_proto" / "generated"
FILES: dict[str, Callable[[], str]] = {
    "pen_messages.h": c_messages.header,
    "pen_messages.c": c_messages.source,
    "pen_io.h": c_io.header,
    "pen_tag.h": c_tag.header,
    "pen_limits.h": c_hardware.limits,
    "pen_interlocks.h": c_hardware.interlocks,
    "pen_device.h": c_hardware.device,
    "PROTOCOL.md": protocol_md.document,
}


def write(directory: Path) -> list[str]:
    """Write every file that differs; return the names that changed."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = drifted(directory)
    for name in changed:
        (directory / name).write_text(FILES[name](), encoding="utf-8")
    return changed


def drifted(directory: Path) -> list[str]:
    """Names of the files that are missing or differ from what the definitions give."""
    return [name for name, text in FILES.items() if not _holds(directory / name, text())]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when a file differs")
    parser.add_argument("--directory", type=Path, default=GENERATED, help="where the generated files lie")
    options = parser.parse_args(arguments)
    if not options.check:
        for name in write(options.directory):
            print(f"wrote {options.directory / name}")
        return 0
    names = drifted(options.directory)
    for name in names:
        path = options.directory / name
        print(
            f"{path} is not what its source gives: run `make generate` and commit the result", file=sys.stderr
        )
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())

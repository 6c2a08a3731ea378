"""Which lines, branches and conditions of the firmware core the tests run: `tools/measure_coverage.py`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORE = ROOT / "firmware_proto" / "core"
OPEN = ROOT / "firmware_proto" / "tests" / "open_conditions.toml"
EVIDENCE = ROOT / "docs" / "evidence" / "coverage.json"

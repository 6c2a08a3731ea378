"""The acceptance tests share one rig: a treatment on the bench, told in mm and Hz that stand in the tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

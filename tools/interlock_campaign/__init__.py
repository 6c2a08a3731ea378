"""The campaigns behind docs/interlocks.md: reaction times of every interlock, and false trips."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The stimuli are those of the tests, so that page and tests speak of the same.
sys.path.insert(0, str(ROOT / "tests" / "interlocks"))

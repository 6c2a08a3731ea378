"""How the plant is compiled: one decorator, and a cache folder that no edited body can leave stale.

numba's cache notices a change of the file that holds the compiled entry only, not of the bodies that it
calls. The folder's name therefore carries a hash of all sources of the plant and the versions that compile
them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np


def cache_folder() -> Path:
    """Folder for compiled code of exactly these sources, below $XDG_CACHE_HOME or ~/.cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    plant = Path(__file__).resolve().parent
    for source in [
        *sorted(plant.glob("*.py")),
        *(plant.parent / name for name in ("loop.py", "line.py", "native.py")),
    ]:
        digest.update(source.read_bytes())
    return base / "penctl" / "numba" / digest.hexdigest()[:16]


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(cache_folder())


def compiled(function: Callable[..., Any]) -> Any:
    """Compile to machine code, cached on disk; division as in C (no exception)."""
    return numba.njit(cache=True, error_model="numpy", forceinline=True)(function)

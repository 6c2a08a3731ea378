"""The compiled helper of the link, where it was built: undoes the framing of a read in one call.

Without it `penctl.protocol.frame` does the same in Python. Tests hold that both agree on any bytes.
"""

from __future__ import annotations

import ctypes
import sys
from importlib import resources
from typing import Final

from penctl.protocol.frame import Unframe

LIBRARY: Final = {"win32": "penfast.dll", "darwin": "libpenfast.dylib"}.get(sys.platform, "libpenfast.so")
LONGEST: Final = 16_384
"""Bytes that one call takes: a read, and what was kept of the one before."""
_BROKEN: Final = 0xFFFFFFFF


def unframe() -> Unframe | None:
    """The compiled function; None where the library was not built or does not load."""
    try:
        found = resources.files("penctl").joinpath("data").joinpath(LIBRARY)
        function = ctypes.CDLL(str(found)).penctl_unframe
    except (OSError, AttributeError):
        return None
    most = LONGEST // 2 + 1
    out = bytearray(LONGEST)
    pieces = (ctypes.c_uint32 * (3 * most))()
    view = memoryview(out)
    function.argtypes = [ctypes.c_char_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    function.restype = ctypes.c_int32
    kept = (ctypes.c_uint8 * LONGEST).from_buffer(out)  # holds the buffer where it is
    place, table = ctypes.addressof(kept), ctypes.addressof(pieces)

    def split(data: bytes) -> list[tuple[int, bytes | None]]:
        if len(data) > LONGEST or kept is None:
            raise ValueError(f"{len(data)} bytes are more than {LONGEST}")
        count = function(data, len(data), place, table, most)
        told = iter(pieces[: 3 * count])
        return [
            (encoded, None if size == _BROKEN else view[begin : begin + size].tobytes())
            for begin, size, encoded in zip(told, told, told, strict=True)
        ]

    return split

"""Loads a firmware core, compiled as a shared library, and refuses one that does not fit this simulator."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from penctl.errors import PenError
from penctl.protocol.tick import ABI, INPUTS_DTYPE, OUTPUTS_DTYPE
from pensim.world import WORLD_DTYPE

LIBRARY: Final = {"win32": "pencore.dll", "darwin": "libpencore.dylib"}.get(sys.platform, "libpencore.so")
CORE_VARIABLE: Final = "PENSIM_CORE"
KEY_SIZE: Final = 32
SERIAL_SIZE: Final = 16
CODE_SIZE: Final = 16
PAIRINGS: Final = 3
"""Pairings of the factory: slot 0 OPERATOR, 1 CLINICIAN, 2 SERVICE."""

_SIZES: Final = (
    "pen_host_size",
    "pen_abi",
    "pen_sizeof_inputs",
    "pen_sizeof_outputs",
    "pen_sizeof_world",
    "pen_offset_control",
    "pen_sizeof_control",
    "pen_offset_guard",
    "pen_sizeof_guard",
)
_ACTS: Final = (
    *("pen_host_init", "pen_host_provision", "pen_host_tick"),
    *("pen_host_rx", "pen_host_tx", "pen_host_background"),
)


class FirmwareError(PenError):
    """The library is no firmware core, or one of another layout of inputs and outputs."""

    WHAT = "This file is no firmware core that fits this simulator"
    REMEDY = "Build the package again, so that library and Python come from the same source."


class Firmware:
    """One firmware core; many pens may run on it, each with its own memory.

    Raises FirmwareError when the library is missing, lacks a function, or has another ABI.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._library = ctypes.CDLL(str(self.path))
            functions = {name: getattr(self._library, name) for name in (*_SIZES, *_ACTS)}
        except (OSError, AttributeError) as error:
            raise FirmwareError(value=str(error)) from error
        sizes = {name: self._ask(name) for name in _SIZES}
        wanted = {
            "pen_abi": ABI,
            "pen_sizeof_inputs": INPUTS_DTYPE.itemsize,
            "pen_sizeof_outputs": OUTPUTS_DTYPE.itemsize,
            "pen_sizeof_world": WORLD_DTYPE.itemsize,
        }
        for name, value in wanted.items():
            if sizes[name] != value:
                raise FirmwareError(
                    what=f"The firmware core's {name}() differs", value=sizes[name], limit=value
                )
        self.memory_size = sizes["pen_host_size"]
        self.control_span = (sizes["pen_offset_control"], sizes["pen_sizeof_control"])
        """Offset and size of control's memory, for tests that overwrite it."""
        self.guard_span = (sizes["pen_offset_guard"], sizes["pen_sizeof_guard"])
        """Offset and size of guard's memory."""
        self._addresses = {
            name: ctypes.cast(function, ctypes.c_void_p).value or 0 for name, function in functions.items()
        }

    def _ask(self, name: str) -> int:
        function = getattr(self._library, name)
        function.restype = ctypes.c_int64
        function.argtypes = []
        return int(function())

    def address(self, name: str) -> int:
        """Address of one of the functions, for the compiled loop."""
        return self._addresses[name]

    def provision(
        self,
        world: int,
        serial_number: bytes,
        pairing_keys: Sequence[bytes],
        codes: Sequence[bytes],
        *,
        home_only: bool = False,
        calibration_day: int = 0,
    ) -> None:
        """Write a fresh memory into the world at this address, as the factory does.

        `pairing_keys` are those of OPERATOR, CLINICIAN and SERVICE, `codes` the pairing codes of CLINICIAN
        and SERVICE, `calibration_day` counts from 2020-01-01. Raises ValueError for a wrong length,
        FirmwareError when the memory does not keep what is written.
        """
        keys, papers = b"".join(pairing_keys), b"".join(codes)
        _check_length("pairing_keys", keys, PAIRINGS * KEY_SIZE)
        _check_length("codes", papers, (PAIRINGS - 1) * CODE_SIZE)
        _check_length("serial_number", serial_number, SERIAL_SIZE)
        act = self._library.pen_host_provision
        act.restype = ctypes.c_int64
        act.argtypes = [ctypes.c_void_p, *[ctypes.c_char_p] * 3, ctypes.c_int64, ctypes.c_int64]
        if act(world, serial_number, keys, papers, int(home_only), calibration_day) != 1:
            raise FirmwareError(
                what="The pen's memory did not keep what the factory wrote",
                value="provisioning failed",
                remedy="Clear the fault of the memory before the pen is provisioned.",
            )

    def start(self, memory: int, world: int, seed: bytes, tag_key: bytes, serial_number: bytes) -> None:
        """Initialise a pen in the memory at this address, in the world at that.

        Raises ValueError for a wrong length.
        """
        _check_length("seed", seed, KEY_SIZE)
        _check_length("tag_key", tag_key, KEY_SIZE)
        _check_length("serial_number", serial_number, SERIAL_SIZE)
        init = self._library.pen_host_init
        init.restype = None
        init.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_char_p] * 3]
        init(memory, world, seed, tag_key, serial_number)


def _check_length(name: str, given: bytes, size: int) -> None:
    if len(given) != size:
        raise ValueError(f"{name}: {len(given)} bytes, need {size}")


def load_core(path: str | Path | None = None) -> Firmware:
    """The firmware core at `path`, else at PENSIM_CORE of the environment, else the installed one.

    Raises FirmwareError.
    """
    if path is not None:
        return Firmware(path)
    if named := os.environ.get(CORE_VARIABLE):
        try:
            return Firmware(named)
        except FirmwareError as error:
            remedy = (
                f"{CORE_VARIABLE} names it: build it as firmware_proto/README.md says, or unset the variable"
            )
            raise FirmwareError(
                what=error.what, value=error.value, limit=error.limit, remedy=remedy
            ) from error
    from importlib import resources

    found = resources.files("pensim").joinpath(LIBRARY)
    if not found.is_file():
        raise FirmwareError(what="The firmware core is not installed", value=str(found))
    return Firmware(str(found))

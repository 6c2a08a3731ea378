"""What outlives the controller's restart: memory, tag, what the self-check sees, and how they fail.

The same layout as pen_host_world_t in firmware_proto/port/host/host_world.h; its size is compared when a
core is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np

from penctl.protocol.enums import SelfCheckPart
from penctl.protocol.tag import TAG_SIZE
from pensim.errors import BenchError

MEMORY_SIZE: Final = 4096
"""Bytes of the pen's non-volatile memory."""
WRITE_MOST: Final = 64
"""A write moves at most so many bytes."""

CALIBRATED_DAY: Final = 2190
"""30 December 2025, some days before the date of virtual time (penctl.transport.SIMULATED_DAY)."""

_CELL = np.dtype([("writes", "u4"), ("cut_at", "u4"), ("cut_bytes", "u4"), ("way", "u4")])
WORLD_DTYPE = np.dtype(
    [
        ("memory", "u1", (MEMORY_SIZE,)),
        ("tag", "u1", (TAG_SIZE,)),
        ("rom", "u1", (1024,)),
        ("ram", "u1", (256,)),
        ("ram_stuck", "u1", (256,)),
        ("rom_check", "u4", (16,)),
        ("memory_cell", _CELL),
        ("tag_cell", _CELL),
        ("canary", "u4"),
        ("check_step", "u4"),
        ("flow", "u4"),
        ("built", "u1"),
        ("cpu_wrong", "u1"),
        ("flow_wrong", "u1"),
        ("tag_there", "u1"),
        ("power_lost", "u1"),
        ("restart_cause", "u1"),
        ("firmware_genuine", "u1"),
        ("test_build", "u1"),
    ],
    align=True,
)


@dataclass(frozen=True)
class Factory:
    """How a simulated pen leaves the factory.

    `home_only` for good; the day of its calibration counts from 2020-01-01; `firmware_genuine` is the boot
    loader's verdict, and a `test_build` is refused in CLINICAL.
    """

    home_only: bool = False
    calibration_day: int = CALIBRATED_DAY
    firmware_genuine: bool = True
    test_build: bool = False


def new_world(factory: Factory = Factory()) -> np.ndarray[Any, np.dtype[np.void]]:
    """One world (shape (1,)): the memory is still empty, and no tag is in the reader's field."""
    world = np.zeros(1, WORLD_DTYPE)
    world["firmware_genuine"] = int(factory.firmware_genuine)
    world["test_build"] = int(factory.test_build)
    return world


class Way(IntEnum):
    """How a memory answers."""

    WELL = 0
    SILENT = 1
    REFUSE = 2
    FORGET = 3


class Cells:
    """A memory with its faults: the pen's own (4096 bytes), or that of the tag in the reader's field (256).

    `content` are its bytes, to be read and written between two stretches of time.
    """

    def __init__(self, content: np.ndarray, cell: Any) -> None:
        self.content = content
        self._cell = cell

    @property
    def writes(self) -> int:
        """Writes that were tried so far."""
        return int(self._cell["writes"][0])

    def fail(self, how: str) -> None:
        """Let it be "silent", or "refuse" every write, or "forget" what it was given; or be "well" again.

        Raises:
            BenchError: there is no such way.
        """
        names = [way.name.lower() for way in Way]
        if how not in names:
            raise BenchError("A memory cannot fail in this way", how, ", ".join(names), "Name one of these")
        self._cell["way"] = Way[how.upper()]

    def cut_at(self, write: int | None, written: int = 0) -> None:
        """Let the power go in the write of this number, counted from now (1 is the next); None: never.

        `written` bytes of it reach the memory, and the next one is damaged.
        """
        if write is None:
            self._cell["cut_at"] = 0
            return
        if write < 1 or not 0 <= written <= WRITE_MOST:
            raise BenchError(
                "There is no such write to cut",
                f"{write}, {written} bytes",
                f"from 1, 0 to {WRITE_MOST}",
                "Correct it",
            )
        self._cell["cut_at"] = self.writes + write
        self._cell["cut_bytes"] = written

    def flip(self, address: int, bit: int = 0) -> None:
        """Turn one bit over. Raises BenchError when the memory has no such bit."""
        if not (0 <= address < len(self.content) and 0 <= bit < 8):
            limit = f"0 to {len(self.content) - 1}, bit 0 to 7"
            raise BenchError("The memory has no such bit", f"{address}, bit {bit}", limit, "Correct it")
        self.content[address] ^= 1 << bit


def damage(world: Any, part: SelfCheckPart) -> None:
    """Break a part of the controller that its self-check looks at; it stays broken."""
    if part is SelfCheckPart.ROM:
        world["rom"][0, 517] ^= 0x10
    elif part is SelfCheckPart.RAM:
        world["ram_stuck"][0, 77] = 0x08
    elif part is SelfCheckPart.CPU:
        world["cpu_wrong"] = 0x01
    elif part is SelfCheckPart.STACK:
        world["canary"] ^= 0xFF
    elif part is SelfCheckPart.CONTROL_FLOW:
        world["flow_wrong"] = 1

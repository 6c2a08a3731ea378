"""What lies around the controller and stays when it loses power: memory, the cartridge's tag, faults of both.

The hooks of firmware_proto/port/host/host_port.c read and write it; its layout is pen_host_world_t.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

MEMORY_SIZE: Final = 4096
TAG_SIZE: Final = 256
WORLD_DTYPE: Final = np.dtype(
    [
        ("memory", np.uint8, (MEMORY_SIZE,)),
        ("tag", np.uint8, (TAG_SIZE,)),
        ("memory_written", "<u4"),  # bytes so far
        ("tag_written", "<u4"),
        ("memory_dead", np.uint8),  # 1: does not answer; 2: can be read and keeps nothing that is written
        ("tag_there", np.uint8),  # 1: the tag answers
        ("tag_stuck", np.uint8),  # 1: cannot be written
        ("self_check", np.uint8),  # SelfCheckPart that has failed
        ("restart_cause", np.uint8),  # RestartCause of the next start
        ("firmware_genuine", np.uint8),  # verdict of the boot loader
        ("test_build", np.uint8),
        ("reserved", np.uint8),
    ],
    align=True,
)


def new_world() -> np.ndarray[Any, np.dtype[np.void]]:
    """One world (shape (1,)) as the pen leaves the line: memory empty, no tag, genuine firmware."""
    world = np.zeros(1, WORLD_DTYPE)
    world["firmware_genuine"] = 1
    return world

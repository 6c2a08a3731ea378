"""Cartridges with the memory of their tag, as the simulated maker signs them.

A cartridge object keeps its tag while it lies on the table: fitted again, also to another pen, it is what it
was.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from penctl.hardware import Cartridge as CartridgeFigures
from penctl.hardware import load_cartridges
from penctl.keys import TAG_KEY
from penctl.protocol.enums import CartridgeKind
from penctl.protocol.schema import Record, ValueRefused
from penctl.protocol.tag import (
    BLOCK_SIZE,
    MAC_SIZE,
    MAGIC,
    MAKER_AT,
    TAG_MAKER,
    TAG_SIZE,
    TAG_USE,
    USE_AT,
    VERSION,
    maker_mac,
    use_mac,
)
from pensim.errors import BenchError

USUAL: Final = {"HOME": "HOME-12", "CLINICAL": "CLINICAL-12"}
STERILE_UNTIL_DAY: Final = 20_000
"""Days since 2020-01-01: October 2074."""
EXPIRED_DAY: Final = 1
OTHER_KEY: Final = bytes(32)
"""The key of another maker."""
_SIGNATURES: Final = ("maker", "other", "none")


@lru_cache(maxsize=1)
def known_cartridges() -> dict[str, CartridgeFigures]:
    """The cartridges of hardware/cartridges.toml by name."""
    return load_cartridges()


class Cartridge:
    """One cartridge: what it is, its tag's memory, and how often its needles have punctured.

    Args:
        kind: "HOME", "CLINICAL", or a name of cartridges.toml such as "CLINICAL-36".
        id: number on the tag.
        sequence: how often its use block was written; a pen that wrote to this number more often refuses it.
        uses, strokes, person, visit_id, first_day, last_day: what its use block says.
        expired: its day of sterility has passed.
        signed: "maker", "other" for another maker's key, "none" for a MAC of zeros.
        locked: whether the hand closes the lock; a cartridge may be put in and left unlocked.
        tag: False for one whose tag does not answer at all.

    Raises:
        BenchError: there is no such cartridge, or a figure does not fit the tag.
    """

    def __init__(
        self,
        kind: str,
        *,
        id: int = 1,  # noqa: A002 - the word on the tag
        sequence: int = 1,
        uses: int = 0,
        strokes: int = 0,
        person: bytes = bytes(16),
        visit_id: bytes = bytes(8),
        first_day: int = 0,
        last_day: int = 0,
        expired: bool = False,
        sterile_until_day: int | None = None,
        signed: str = "maker",
        locked: bool = True,
        tag: bool = True,
    ) -> None:
        name = USUAL.get(kind, kind)
        if name not in known_cartridges():
            raise BenchError(
                "There is no such cartridge",
                kind,
                ", ".join((*USUAL, *known_cartridges())),
                "Name a kind, or a cartridge of cartridges.toml",
            )
        if signed not in _SIGNATURES:
            raise BenchError(
                "A tag is not signed in this way", signed, ", ".join(_SIGNATURES), "Name one of these"
            )
        self.name = name
        self.figures = known_cartridges()[name]
        self.locked = locked
        self.has_tag = tag
        self.punctures = 0.0
        """Punctures that each of its needles has made."""
        self.memory = np.zeros(TAG_SIZE, np.uint8)
        """What the tag holds; while it is fitted the pen holds the newer copy."""
        day = EXPIRED_DAY if expired else STERILE_UNTIL_DAY
        maker = _block(
            TAG_MAKER,
            magic=MAGIC,
            version=VERSION,
            kind=CartridgeKind[self.figures.kind],
            needles=self.figures.needles,
            id=id,
            stop_um=self.figures.stop_um,
            length_um=self.figures.stop_um,
            sterile_until_day=day if sterile_until_day is None else sterile_until_day,
            lot=b"SIM-0001",
        )
        key = OTHER_KEY if signed == "other" else TAG_KEY
        maker = maker[:-MAC_SIZE] + (bytes(MAC_SIZE) if signed == "none" else maker_mac(maker, key))
        use = _block(
            TAG_USE,
            sequence=sequence,
            uses=uses,
            first_day=first_day,
            last_day=last_day,
            strokes=strokes,
            visit_id=visit_id,
            person=person,
        )
        use = use[:-MAC_SIZE] + (bytes(MAC_SIZE) if signed == "none" else use_mac(use, maker, key))
        self._put(MAKER_AT, maker)
        self._put(USE_AT[0], use)

    def _put(self, at: int, block: bytes) -> None:
        self.memory[at : at + BLOCK_SIZE] = np.frombuffer(block, np.uint8)

    @property
    def maker(self) -> Mapping[str, Any]:
        """Fields of the maker's block."""
        return TAG_MAKER.decode(self._block_at(MAKER_AT))

    @property
    def use(self) -> Mapping[str, Any]:
        """Fields of the use block that counts: of the copies with a right MAC the newer one.

        Raises:
            BenchError: neither copy is valid.
        """
        maker = self._block_at(MAKER_AT)
        copies = [self._block_at(at) for at in USE_AT]
        valid = [TAG_USE.decode(copy) for copy in copies if use_mac(copy, maker, TAG_KEY) == copy[-MAC_SIZE:]]
        if not valid:
            raise BenchError("No copy of the tag's use block is valid", self.name)
        return max(valid, key=lambda use: use["sequence"])

    def _block_at(self, at: int) -> bytes:
        return self.memory[at : at + BLOCK_SIZE].tobytes()


def _block(record: Record, **fields: Any) -> bytes:
    """A block with these fields, zeros elsewhere, its MAC too."""
    zeros = record.decode(bytes(record.size))
    try:
        return record.encode({**zeros, **fields})
    except ValueRefused as error:
        raise BenchError("This does not fit a cartridge's tag", str(error)) from error

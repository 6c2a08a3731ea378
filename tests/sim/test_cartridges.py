"""Cartridges keep the memory of their tag: on the table, in another pen, without power."""

from __future__ import annotations

import pytest

from penctl.keys import TAG_KEY
from penctl.protocol.tag import BLOCK_SIZE, MAC_SIZE, TAG_USE, USE_AT, maker_mac, use_mac
from pensim.bench import Bench
from pensim.cartridges import Cartridge
from pensim.errors import BenchError
from pensim.world import TAG_SIZE


def test_a_new_cartridge_is_signed_and_unused() -> None:
    """IL-20: the maker's block and the use block carry right MACs, and the second copy is empty."""
    fresh = Cartridge("HOME", id=9)
    block = fresh.memory[:BLOCK_SIZE].tobytes()
    assert maker_mac(block, TAG_KEY) == block[-MAC_SIZE:]
    assert (fresh.maker["id"], fresh.maker["kind"].name, fresh.maker["stop_um"]) == (9, "HOME", 250)
    assert (fresh.use["uses"], fresh.use["strokes"], fresh.use["person"]) == (0, 0, bytes(16))
    assert not fresh.memory[USE_AT[1] :].any()


def test_of_two_valid_copies_the_newer_one_counts() -> None:
    """IL-21: a write goes to the other copy, and the higher sequence is what the cartridge says."""
    used = Cartridge("CLINICAL", uses=1)
    block = bytearray(TAG_USE.encode({**used.use, "sequence": 2, "uses": 2}))
    maker = used.memory[:BLOCK_SIZE].tobytes()
    block[-MAC_SIZE:] = use_mac(bytes(block), maker, TAG_KEY)
    used.memory[USE_AT[1] : USE_AT[1] + BLOCK_SIZE] = list(block)
    assert used.use["uses"] == 2
    used.memory[USE_AT[1]] ^= 1
    assert used.use["uses"] == 1
    used.memory[USE_AT[0]] ^= 1
    with pytest.raises(BenchError, match="No copy"):
        _ = used.use


@pytest.mark.parametrize("signed", ["other", "none"])
def test_a_cartridge_of_another_maker_has_a_wrong_mac(signed: str) -> None:
    """IL-20's stimulus."""
    foreign = Cartridge("CLINICAL", signed=signed)
    block = foreign.memory[:BLOCK_SIZE].tobytes()
    assert maker_mac(block, TAG_KEY) != block[-MAC_SIZE:]


def test_a_cartridge_keeps_its_tag_when_it_is_taken_out_and_fitted_to_another_pen() -> None:
    """IL-21: what the pen wrote is on the tag, whatever pen it is fitted to next, and power is no matter."""
    first, second = Bench(seed=1), Bench(seed=2)
    own = first.hand.cartridge("CLINICAL", uses=1)
    assert own is not None
    first.advance(0.01)
    first.tag.content[200] = 0x42  # as the pen would write it
    first.power_off()
    first.hand.cartridge(None)
    first.tag.content[200] = 0x99  # no longer this cartridge's
    assert own.memory[200] == 0x42
    assert second.hand.cartridge(own) is own
    assert second.tag.content[200] == 0x42
    second.advance(0.01)
    assert second.kernel.inputs.tag_present == 1
    with pytest.raises(BenchError, match="signed this cartridge already"):
        second.hand.cartridge(own, uses=3)


def test_each_new_cartridge_has_a_number_of_its_own() -> None:
    """Two cartridges of one kind are told apart."""
    bench = Bench(seed=1)
    numbers = [bench.hand.cartridge(kind).maker["id"] for kind in ("HOME", "HOME", "CLINICAL-36")]
    assert len({1, *numbers}) == 4


def test_lock_tag_and_presence_are_three_inputs() -> None:
    """IL-19: a cartridge may be fitted without being locked, and without a tag that answers."""
    bench = Bench(seed=1)
    seen = []
    for options in ({}, {"locked": False}, {"tag": False}):
        bench.hand.cartridge("CLINICAL", **options)
        bench.advance(0.001)
        seen.append((int(bench.kernel.inputs.cartridge_locked), int(bench.kernel.inputs.tag_present)))
    bench.hand.lock(False)
    bench.hand.cartridge(None)
    bench.advance(0.001)
    seen.append((int(bench.kernel.inputs.cartridge_locked), int(bench.kernel.inputs.tag_present)))
    assert seen == [(1, 1), (0, 1), (1, 0), (0, 0)]
    with pytest.raises(BenchError, match="Fit one first"):
        bench.hand.lock(True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"uses": -1}, "does not fit"),
        ({"uses": 1 << 16}, "does not fit"),
        ({"person": b"short"}, "does not fit"),
        ({"signed": "me"}, "maker, other, none"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(options: dict[str, object], words: str) -> None:
    """Bad input to a cartridge."""
    with pytest.raises(BenchError, match=words):
        Cartridge("HOME", **options)  # type: ignore[arg-type]


def test_wear_goes_with_the_cartridge() -> None:
    """Its needles are as blunt when it comes back as when it was taken out."""
    bench = Bench(seed=1)
    own = bench.hand.cartridge("CLINICAL")
    assert own is not None
    bench.kernel.state.punctures = 5000.0
    bench.hand.cartridge("CLINICAL")
    assert bench.kernel.state.punctures == 0.0
    bench.hand.cartridge(own)
    assert bench.kernel.state.punctures == 5000.0


def test_a_memory_fails_as_it_is_told() -> None:
    """Issue 4, memory: refused writes, silent, forgetful; a write that the power cuts; a flipped bit."""
    bench = Bench(seed=1)
    assert len(bench.tag.content) == TAG_SIZE
    before = int(bench.memory.content[100])
    bench.memory.flip(100, 3)
    assert int(bench.memory.content[100]) == before ^ 8
    for way in ("silent", "refuse", "forget", "well"):
        bench.memory.fail(way)
    with pytest.raises(BenchError, match="silent"):
        bench.memory.fail("sulk")
    with pytest.raises(BenchError, match="0 to 4095"):
        bench.memory.flip(5000)
    with pytest.raises(BenchError, match="0 to 64"):
        bench.memory.cut_at(0)

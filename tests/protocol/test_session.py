from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penctl.protocol.frame import header
from penctl.protocol.session import (
    COUNTER_MAX,
    WINDOW,
    RisingCounter,
    SealBroken,
    SendCounter,
    WindowCounter,
    derive_keys,
    open_seal,
    seal,
)

KEYS = derive_keys(bytes(32), 2, bytes(16), b"\x01" * 16, 1)


def test_every_part_that_opens_a_link_session_changes_its_keys() -> None:
    """Holds that keys depend on pairing key, role, both nonces and the number of the session."""
    others = [
        derive_keys(b"\x01" * 32, 2, bytes(16), b"\x01" * 16, 1),
        derive_keys(bytes(32), 1, bytes(16), b"\x01" * 16, 1),
        derive_keys(bytes(32), 2, b"\x02" * 16, b"\x01" * 16, 1),
        derive_keys(bytes(32), 2, bytes(16), b"\x03" * 16, 1),
        derive_keys(bytes(32), 2, bytes(16), b"\x01" * 16, 2),
    ]
    keys = [KEYS, *others]
    for part in ("to_device", "to_host", "proof"):
        assert len({getattr(each, part) for each in keys}) == len(keys)
    assert KEYS.to_device != KEYS.to_host


@given(payload=st.binary(max_size=200), counter=st.integers(1, COUNTER_MAX), at=st.integers(0, 10_000))
def test_a_seal_holds_until_any_bit_changes(payload: bytes, counter: int, at: int) -> None:
    """Holds that the MAC covers header, payload and counter."""
    body = seal(KEYS.to_device, header(7, 9, sealed=True) + payload, counter)
    assert open_seal(KEYS.to_device, body) == (payload, counter)
    changed = bytearray(body)
    changed[at % len(changed)] ^= 1
    with pytest.raises(SealBroken):
        open_seal(KEYS.to_device, bytes(changed))
    with pytest.raises(SealBroken):
        open_seal(KEYS.to_host, body)


@pytest.mark.parametrize("n", [0, 1, 4, 27])
def test_a_body_too_short_for_a_seal_is_no_seal(n: int) -> None:
    """Holds that a short sealed frame is refused and not read past its end."""
    with pytest.raises(SealBroken):
        open_seal(KEYS.to_device, bytes(n))


def test_counters_start_at_one_and_are_never_used_twice() -> None:
    """Holds that a sender stops rather than repeat a counter."""
    sent = SendCounter()
    assert [sent.next(), sent.next()] == [1, 2]
    sent.last = COUNTER_MAX
    with pytest.raises(OverflowError):
        sent.next()


@given(counters=st.lists(st.integers(0, 40), max_size=60))
def test_a_device_takes_only_rising_counters(counters: list[int]) -> None:
    """Holds the replay rule of the device against a plain model."""
    rising, highest = RisingCounter(), 0
    for counter in counters:
        assert rising.take(counter) is (counter > highest)
        highest = max(highest, counter)


@given(counters=st.lists(st.integers(0, 4 * WINDOW), max_size=200))
def test_a_host_takes_each_counter_once_and_none_far_behind(counters: list[int]) -> None:
    """Holds the replay rule of the host against a plain model."""
    window, highest, seen = WindowCounter(), 0, set[int]()
    for counter in counters:
        expected = counter >= 1 and counter not in seen and counter > highest - WINDOW
        assert window.take(counter) is expected
        if expected:
            seen.add(counter)
            highest = max(highest, counter)

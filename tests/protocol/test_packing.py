"""The quick packing of records agrees with construct, which defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penctl.protocol import messages as m
from penctl.protocol.messages import MESSAGES
from penctl.protocol.schema import Record, ValueRefused
from penctl.protocol.tick import INPUTS, OUTPUTS

RECORDS = (*(each.record for each in MESSAGES.values()), m.SAMPLE, INPUTS, OUTPUTS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_what_is_packed_is_what_construct_builds_and_reads(
    record: Record, values_of: Callable[[Record], st.SearchStrategy[dict[str, Any]]]
) -> None:
    """Holds that bytes and values are those of the definition in construct, for every record of the link."""

    @settings(max_examples=20)
    @given(values_of(record))
    def agree(values: dict[str, Any]) -> None:
        data = record.encode(values)
        assert data == record.wire.build(record.check(values))
        assert record.wire.build(record.wire.parse(data)) == data
        assert record.decode(data) == values

    agree()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
@settings(max_examples=60)
@given(noise=st.data())
def test_any_bytes_are_refused_or_come_back_as_they_were(record: Record, noise: st.DataObject) -> None:
    """Holds that decoding loses nothing: bytes that are taken encode to the same bytes, in construct too."""
    data = noise.draw(st.binary(min_size=record.size, max_size=record.size))
    try:
        values = record.decode(data)
    except ValueRefused:
        return
    assert record.encode(values) == data == record.wire.build(record.check(values))

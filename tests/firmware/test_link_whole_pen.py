"""Pairing and link sessions on the whole pen: firmware, plant, hand and the host library."""

from __future__ import annotations

import pytest

from penctl.errors import Refused
from penctl.keys import PAIRING_CODES, PROVISIONING_KEY
from penctl.protocol.enums import Role
from pensim import Bench

HELD_S = 3.1


def test_a_host_pairs_with_a_pen_whose_button_is_held() -> None:
    """Requirement: pairing needs a button held for 3 s and the code; it stands in memory."""
    with Bench(seed=3) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        code = PAIRING_CODES[0].decode()
        bench.hand.button(True)
        bench.run(1.0)
        with pytest.raises(Refused, match="button"):
            pen.pair("clinician", code, "clinic two")
        bench.run(HELD_S - 1.0)
        with pytest.raises(Refused) as refused:
            pen.pair("clinician", "not the code", "clinic two")
        assert (refused.value.reason, refused.value.value) == ("WRONG_CODE", 4)
        pairing = pen.pair("clinician", code, "clinic two")
        assert (pairing.role, pairing.slot) == (Role.CLINICIAN, 3)
        assert pairing.key != PROVISIONING_KEY
        assert pairing.key in bytes(bench.kernel.world["memory"][0])
        bench.hand.button(False)
        assert all(code not in bytes(bench.kernel.world["memory"][0]) for code in PAIRING_CODES)

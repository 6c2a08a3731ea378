"""A STOP that comes after a command and before its seal is proved wins over that command."""

from __future__ import annotations

import pytest

from penctl.errors import PenError
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.protocol.messages import MESSAGES, SEALED
from penctl.protocol.pacing import STOP_FRAME
from pensim.bench import Bench


def ready_to_arm(bench: Bench) -> Pen:
    """A pen at home in STANDBY, with setpoints and, where the pen asks for one, a visit."""
    bench.hand.cartridge("HOME")
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    pen.begin_visit("nobody")
    pen.set_depth_um(100)
    pen.set_rate_hz(80.0)
    return pen


def followed_by_stop(pen: Pen, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """This command waits behind frames that the pen answers first, and has a STOP right behind it.

    Those frames are repeats of one that the pen has taken already. The host knows nothing of all this.
    """
    write, number = pen.transport.write, MESSAGES[command].number | SEALED
    before: list[bytes] = []

    def crowded(data: bytes) -> None:
        frames = [piece for piece in data.split(b"\0") if piece]
        if any(piece[2] == number for piece in frames):  # COBS code, version, type
            write(3 * (before[-1] + b"\0") + data + STOP_FRAME)
        else:
            write(data)
        before.extend(frames)

    monkeypatch.setattr(pen.transport, "write", crowded)


@pytest.mark.parametrize("command", ["ARM", "START"])
def test_a_stop_right_behind_a_command_wins_over_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement: STOP never waits for a hash.

    An ARM or START that is still being proved when it comes is void.
    """
    with Bench(seed=1) as bench:
        pen = ready_to_arm(bench)
        if command == "START":
            pen.arm()
            bench.hand.hold(True)
            bench.run(0.1)
        followed_by_stop(pen, command, monkeypatch)
        bench.run(0.06)
        with pytest.raises(PenError):
            pen.command(command)
        bench.run(0.2)
        assert pen.status().state is State.STANDBY
        assert bench.kernel.outputs.drive_enable == 0
        assert not bench.stops


def test_a_command_after_a_stop_is_taken() -> None:
    """Requirement: a STOP that came before a command is no reason to refuse it."""
    with Bench(seed=1) as bench:
        pen = ready_to_arm(bench)
        pen.stop()
        pen.arm()
        assert pen.status().state is State.READY

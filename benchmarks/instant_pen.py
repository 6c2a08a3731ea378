"""A simulated pen behind a pty that answers as soon as its firmware has computed the answer.

usage: python instant_pen.py          prints the pty's path; ends with its standard input

The served pen keeps the wall clock's pace: a command is on its wire of 921,600 baud, the firmware hashes a
block each 100 µs. Here that virtual time passes as quickly as it is computed: what a host measures is the
host, the pty and the computing, and no line. While nobody asks, time passes by the wall clock.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import time
import tty

from pensim import Bench

BOOTED_S = 4.0
STEP_TICKS, ANSWER_TICKS, TICKS_S = 10, 80, 10_000
IDLE_S = 0.001


def serve(bench: Bench, master: int) -> None:
    """Until the standard input ends."""
    kernel, began_s, first_ticks = bench.kernel, time.monotonic(), bench.kernel.time_us // 100
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [], IDLE_S)
        if sys.stdin in ready and not sys.stdin.read(1):
            return
        if master in ready:
            kernel.host_write(os.read(master, 4096))
            kernel.advance_to_data(ANSWER_TICKS, 1)
            while kernel.host_out_waiting:
                kernel.advance(1)
        due = first_ticks + int((time.monotonic() - began_s) * TICKS_S)
        if (late := due - kernel.time_us // 100) > 0:
            kernel.advance(int(late))
        while kernel.host_in_waiting or unfinished(kernel):
            os.write(master, kernel.host_read())
            kernel.advance(1)


def unfinished(kernel: object) -> bool:
    """Whether a frame is half on its way to the host: nothing tells, so a while without a byte does."""
    before = kernel.host_in_waiting  # type: ignore[attr-defined]
    kernel.advance(2)  # type: ignore[attr-defined]
    return bool(kernel.host_in_waiting > before)  # type: ignore[attr-defined]


def main() -> int:
    """Bring the pen to STANDBY, tell the pty, serve."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with Bench(seed=1, cartridge="HOME") as bench:
        bench.advance(BOOTED_S)
        print(os.ttyname(slave), flush=True)
        serve(bench, master)
    return 0


if __name__ == "__main__":
    sys.exit(main())

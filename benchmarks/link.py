"""Measure the link in real time over a pty; writes benchmarks/link.md.

usage: python benchmarks/link.py [--commands 20000] [--stops 1000]

Command to acknowledgement, with a pen that answers at once and with the served pen; and STOP of a served pen
in RUN with telemetry at 1 kHz and a full queue of commands. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from served import Result, percentile, served

from penctl import Pen
from penctl.errors import PenError
from penctl.protocol.commands import WAITING_MAX
from penctl.protocol.enums import State
from penctl.transport import open_url
from pensim.served_pens import FOLDER_VARIABLE
from pensim.side_channel import SideChannelClient, choose

HERE = Path(__file__).resolve().parent
OUT = HERE / "link.md"
ACK_MS, SEEN_MS, OFF_MS = 2.0, 10.0, 60.0
PAUSE_S = 0.002
HEAD = """# The link in real time

Written by `python benchmarks/link.py`; do not edit. {system}, {machine}, {cores} processor cores, Python
{python}. Wall time, over a pty, of host and pen in two processes; scheduling: {policy};
load average of the machine at the end {load}. What others do on the machine is in the tails: the
first row is what it gives to any two programs, and no row below can be better.

Times in ms.

| what | count | median | 99 % | 99.9 % | longest | aim | |
|---|---|---|---|---|---|---|---|
"""
BROKEN = """
Runs that ended before their STOP because this machine stood still for 250 ms (IL-26): {broken}.
"""
TAIL = """
*Answers at once*: the firmware core and its simulated line are computed as quickly as this machine can, so
what is left is the host, the pty and that computing. *Served*: the pen keeps the wall clock's pace in steps
of 1 ms, the command and its answer take 0.9 ms on a wire of 921,600 baud, and the firmware hashes one block
each 100 µs.

STOP is timed from the call of `stop_now` until the host has seen the pen stopping, so the way back is in it;
the drive is off after that time and what the plant says from the end of RUN on. In virtual time, where no
other program is in the tail, see [docs/evidence/link.md](../docs/evidence/link.md).
"""
POLICIES = {
    0: "as any program's",
    1: "FIFO, before all ordinary programs",
    2: "round robin, before all ordinary programs",
}


ECHO = """
import os, pty, select, tty
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
os.close(slave)
while True:
    select.select([master], [], [])
    try:
        os.write(master, os.read(master, 4096))
    except OSError:
        pass
"""
"""What this machine gives to any two programs on a pty."""
FRAME_BYTES = 44


@contextlib.contextmanager
def instant() -> Iterator[str]:
    """The pty of a pen that answers at once."""
    command = [sys.executable, str(HERE / "instant_pen.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pen:
        assert pen.stdout is not None
        assert pen.stdin is not None
        try:
            yield pen.stdout.readline().strip()
        finally:
            pen.stdin.close()


def acknowledged(pen: Pen, count: int) -> list[float]:
    """Times from a command to its answer, s; every one is sealed and acts."""
    pen.open_session()
    pen.wait_ready()
    times = []
    for number in range(count):
        asked_s = time.perf_counter()
        pen.set_depth_um(100 + number % 10 * 10)
        times.append(time.perf_counter() - asked_s)
        pen.wait(PAUSE_S)
    return times


def echoed(count: int) -> list[float]:
    """Times from writing a frame's bytes to having read them back from another process, s."""
    times = []
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True) as echo:
        assert echo.stdout is not None
        with contextlib.closing(open_url(echo.stdout.readline().strip())) as port:
            for _ in range(count):
                begun_s, left = time.perf_counter(), FRAME_BYTES
                port.write(bytes(FRAME_BYTES))
                while left > 0:
                    left -= len(port.read(timeout_s=1.0))
                times.append(time.perf_counter() - begun_s)
                time.sleep(PAUSE_S)
        echo.kill()
    return times


def run_again(pen: Pen, hand: SideChannelClient) -> None:
    """From STANDBY to RUN with telemetry at 1 kHz."""
    hand.ask("hold", on=False)
    pen.wait(0.1)
    pen.set_depth_um(200)
    pen.set_rate_hz(60.0)
    pen.arm()
    hand.ask("hold", on=True)
    pen.wait(0.1)
    pen.start()
    pen.telemetry(1000)
    pen.wait(0.1)


def settled(pen: Pen, hand: SideChannelClient) -> None:
    """After a trip by IL-26, because the machine stood still for 250 ms: a new link session, the reset."""
    hand.ask("hold", on=False)
    pen.reconnect(10.0)
    tripped = pen.status().tripped
    if tripped:
        pen.reset(tripped)
    pen.wait_ready()


def stopped(pen: Pen, hand: SideChannelClient) -> tuple[float, float]:
    """One stop: times until the host has seen it, and until the drive is off, s."""
    connection = pen._connection
    run_again(pen, hand)
    for _ in range(WAITING_MAX):
        data, _ticket = connection.link.command("GET_CARTRIDGE", connection.now_us())
        pen.transport.write(data)
    begun_s = time.perf_counter()
    pen.stop_now()
    connection.wait(1.0, lambda: not connection.link.stopping)
    seen_s = time.perf_counter() - begun_s
    pen.wait(0.15)
    states = [event for event in pen.events if event.name == "EVENT_STATE"]
    stopping = [event["time_us"] for event in states if event["state"] is State.STOPPING]
    off_s = hand.ask("stops")["stops"][-1]["drive_off_s"]
    return seen_s, seen_s + off_s - stopping[-1] * 1e-6  # both of the pen's own time


def stops(pen: Pen, hand: SideChannelClient, count: int) -> tuple[list[float], list[float], int]:
    """So many stops: both times of each, and how many runs the machine broke off."""
    seen, off, broken = [], [], 0
    hand.ask("press", n=3.0)
    pen.open_session()
    pen.wait_ready()
    while len(seen) < count:
        try:
            seen_s, off_s = stopped(pen, hand)
        except PenError:
            broken += 1
            settled(pen, hand)
        else:
            seen.append(seen_s)
            off.append(off_s)
    hand.ask("hold", on=False)
    return seen, off, broken


def row(what: str, times_s: list[float], percent: float, aim_ms: float | None) -> str:
    """A line of the table; the aim is for so many percent."""
    quantiles = [1e3 * percentile(times_s, each) for each in (50, 99, 99.9, 100)]
    cells = " | ".join(f"{each:.2f}" for each in quantiles)
    if aim_ms is None:
        return f"| {what} | {len(times_s):,} | {cells} | | |\n"
    met = "met" if 1e3 * percentile(times_s, percent) < aim_ms else "MISSED"
    return f"| {what} | {len(times_s):,} | {cells} | {percent:g} % below {aim_ms:g} | {met} |\n"


def policy() -> str:
    """How the system schedules this process and its children."""
    if not hasattr(os, "sched_getscheduler"):
        return POLICIES[0]
    return POLICIES.get(os.sched_getscheduler(0), "of another kind")


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--commands", type=int, default=20_000, help="commands to the pen that answers at once"
    )
    parser.add_argument("--stops", type=int, default=1000, help="stops of the served pen, 0.8 s each")
    given = parser.parse_args()
    text = row("an echo of 44 bytes between two programs", echoed(given.commands), 99, None)
    with instant() as port, Pen(port) as pen:
        text += row(
            "command to acknowledgement, answers at once", acknowledged(pen, given.commands), 99, ACK_MS
        )
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        with (
            served(Result(), "--cartridge", "home") as told,
            SideChannelClient(choose(told["name"])) as hand,
            Pen(told["pty"]) as pen,
        ):
            text += row(
                "command to acknowledgement, served", acknowledged(pen, given.commands // 10), 99, None
            )
            seen, off, broken = stops(pen, hand, given.stops)
    text += row("STOP to STOPPING, as the host sees it, served", seen, 99.9, SEEN_MS)
    text += row("STOP to needles in and drive off, served", off, 100, OFF_MS)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    page = HEAD.format(
        system=platform.system(),
        machine=platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        policy=policy(),
        load=load,
    )
    page += text + BROKEN.format(broken=broken) + TAIL
    OUT.write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())

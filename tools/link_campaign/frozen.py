"""The host frozen (SIGSTOP) while the pen runs; the simulated pen is a process of its own and goes on."""

from __future__ import annotations

import os
import signal
import sys
import time

from link_campaign.outcome import Outcome
from link_campaign.scene import LINK_LOSS_S
from link_campaign.served import host, line, served, wait_for

HOST = """
import json, sys, tempfile
from pathlib import Path
from penctl import Pen
from penctl.errors import PenError
from penctl.recorded import read_run
from penctl.recording import record
from pensim.side_channel import SideChannelClient, choose

def say(**values):
    print(json.dumps(values), flush=True)

numbers, samples = [], 0
def count(block):
    global samples
    samples += len(block.samples)

with SideChannelClient(choose(sys.argv[2])) as hand, tempfile.TemporaryDirectory() as name:
    pen = Pen(sys.argv[1])
    pen.open_session()
    pen.wait_ready()
    first = pen.status().events_next
    pen.inbox.on_event.append(lambda message: numbers.append(message["number"]))
    pen.inbox.on_telemetry.append(count)
    recorder = record(pen, Path(name) / "run.mcap")
    pen.set_depth_um(200)
    pen.set_rate_hz(60.0)
    pen.arm()
    hand.ask("press", n=3.0)
    hand.ask("hold", on=True)
    pen.wait(0.1)
    pen.start()
    pen.telemetry(1000)
    pen.wait(0.3)
    say(state=pen.status().state.name)
    end = pen.wait(60.0)  # it is frozen in here
    woke_s, trips = pen.now_s(), [trip.id for trip in pen.trips]
    message = ""
    try:
        pen.set_depth_um(100)
    except PenError as error:
        message = str(error)
    status = pen.reconnect(10.0)
    pen.wait(0.5, through_trips=True)
    events_next = pen.status().events_next
    missing = sorted(set(range(first, events_next)) - set(numbers))
    quality = pen.link_quality
    recorder.close()
    run = read_run(Path(name) / "run.mcap")
    say(end=end.name, trips=trips, message=message, state=status.state.name,
        drive="DRIVE_ENABLED" in str(status.flags),
        missing=missing, events=events_next - first, lost=pen.inbox.events_missed, samples=samples,
        recorded=sum(block.count for block in run.blocks), blocks_lost=quality.blocks_lost,
        blocks_dropped=quality.blocks_dropped,
        logged=[log["message"] for log in run.logs if log["level"] >= 3])
    hand.ask("hold", on=False)
    status = pen.status()
    if status.tripped:
        pen.reset(status.tripped)
    say(state=pen.status().state.name)
    pen.close()
"""
TRIP = "IL-26"


def freeze(port: str, seconds: float, outcome: Outcome) -> None:
    """One host on this port, frozen for so long, or until the pen has tripped when that comes later."""
    with served("--cartridge", "home") as (told, hand), host(HOST, told[port], told["name"]) as process:
        outcome.check(line(process)["state"] == "RUN", "the pen does not run")
        frozen_s = hand.ask("status")["time_s"]
        os.kill(process.pid, signal.SIGSTOP)
        begun_s = time.monotonic()
        try:
            wait_for(lambda: hand.ask("status")["pen"]["state"] == "SAFE", "the pen trips by itself")
            wait_for(lambda: hand.ask("stops")["stops"][-1]["rest_s"], "the pen comes to rest")
            off_s = hand.ask("stops")["stops"][-1]["drive_off_s"] - frozen_s
            outcome.largest("ms from SIGSTOP to the drive off", 1e3 * off_s)
            outcome.check(off_s <= LINK_LOSS_S, f"{port}: the drive went off after {off_s:.3f} s")
            wait_for(lambda: time.monotonic() >= begun_s + seconds, "the time is over")
        finally:
            os.kill(process.pid, signal.SIGCONT)
        outcome.largest("s that the host stood still", time.monotonic() - begun_s)
        outcome.count("times the host was frozen")
        woke(port, line(process), outcome)
        outcome.check(line(process)["state"] == "STANDBY", f"{port}: not in STANDBY after the reset")
        stops = hand.ask("stops")["stops"]
        outcome.check(len(stops) == 1, f"{port}: the drive fell {len(stops)} times")


def woke(port: str, said: dict[str, object], outcome: Outcome) -> None:
    """What the host knew and did when it went on."""
    outcome.check(
        said["end"] == "TRIPPED" and said["trips"] == [TRIP],
        f"{port}: woke to {said['end']}, {said['trips']}",
    )
    outcome.say(said["message"])
    outcome.check(bool(said["message"]), f"{port}: a depth could be set after the freeze")
    outcome.check(
        said["state"] == "SAFE" and not said["drive"], f"{port}: {said['state']} after the host went on"
    )
    outcome.check(
        not said["missing"] and not said["lost"], f"{port}: events {said['missing']} were never told"
    )
    outcome.check(
        said["samples"] == said["recorded"],
        f"{port}: {said['recorded']} of {said['samples']} samples recorded",
    )
    for name in ("events", "samples", "blocks_lost", "blocks_dropped"):
        outcome.count(name.replace("_", " "), int(said[name]))  # type: ignore[call-overload]
    for message in said["logged"]:  # type: ignore[attr-defined]
        outcome.say(message)


def run(seed: int, size: float) -> Outcome:
    """A host on the pty and one on TCP, each frozen for `size` seconds."""
    del seed  # real time repeats nothing
    outcome = Outcome()
    if sys.platform == "win32":
        return outcome
    try:
        for port in ("pty", "tcp") if size >= 1 else ("pty",):
            freeze(port, size, outcome)
    except TimeoutError as error:
        outcome.check(False, str(error))
    return outcome

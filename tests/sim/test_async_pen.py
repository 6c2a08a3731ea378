"""`AsyncPen` on the real firmware, served in real time by another process; nothing here runs the drive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from served_rig import Served, served

from penctl.aio import AsyncPen
from penctl.errors import Refused
from penctl.protocol.enums import Flags, Mode, State
from penctl.recorded import read_run
from penctl.recording import record


def test_a_visit_a_stream_and_a_trip_on_asyncio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 5, 7: the whole of a treatment's acts but the run itself, recorded; no key is needed for it."""
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    with served(tmp_path, "--cartridge", "HOME") as server:
        asyncio.run(_use(server, tmp_path / "run.mcap"))
        assert server.pen_state() == "STANDBY"
    run = read_run(tmp_path / "run.mcap")
    assert (run.simulated, run.complete) == (True, True)
    assert [trip["interlock"] for trip in run.trips] == [1]
    assert "BEGIN_VISIT" in [entry["command"] for entry in run.commands]
    assert len(run.snapshots) > 10


async def _use(server: Served, path: Path) -> None:
    async with await AsyncPen.open(server.tcp) as pen:
        with record(pen, path):
            await pen.open_session()
            assert pen.simulated
            await pen.wait_ready()
            await pen.reference()
            async with pen.telemetry(1000) as blocks:
                samples = 0
                async for block in blocks:
                    samples += len(block.samples)
                    if samples >= 200:
                        break
            visit = await pen.begin_visit("Patient 1")
            assert Flags.VISIT_OPEN in (await pen.status()).flags
            await pen.open_session()  # the visit goes on
            assert pen.visit == visit
            await pen.set_depth_um(200)
            await pen.set_rate_hz(60.0)
            assert (await pen.status()).depth_set_um == 200
            with pytest.raises(Refused) as refused:
                await pen.set_mode("clinical")
            assert refused.value.reason == "BUTTON_NOT_PRESSED"
            await _trip_and_reset(pen, server)
            await pen.end_visit()
            assert (await pen.cartridge()).kind.name == "HOME"
            await pen.stop()
    assert pen.mode is Mode.HOME


async def _trip_and_reset(pen: AsyncPen, server: Served) -> None:
    async with pen.changes() as changes:
        server.hand.ask("estop", on=True)
        async for change in changes:
            if change.name == "EVENT_TRIP":
                break
    assert [trip.id for trip in pen.trips] == ["IL-01"]
    assert (await pen.status()).state is State.SAFE
    [kept] = await pen.trip_log()
    assert kept.latched
    for _ in range(100):  # the inputs after the trip belong to it, too
        if kept.snapshot_parts:
            break
        await pen.wait(0.02)
        [kept] = await pen.trip_log()
    assert len((await pen.snapshot(kept.index)).rows) > 10
    server.hand.ask("estop", on=False)
    await pen.wait(0.2)
    await pen.reset()
    assert (await pen.status()).state is State.STANDBY

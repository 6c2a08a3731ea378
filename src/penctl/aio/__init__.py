"""A pen for programs on asyncio: the same sans-IO link, no threads.

    async with await AsyncPen.open("/dev/ttyACM0") as pen:
        await pen.open_session()
        await pen.begin_visit("Patient 4711")
        await pen.set_depth_um(200)
        async with pen.telemetry(1000) as blocks:
            async for block in blocks:
                ...

A port that has a file descriptor (POSIX serial ports and pty, socket://) is waited for by the event loop.
Heartbeats, repeats, STOP and questions for missed events are a task of that loop: a program that blocks it
stops the pen.
"""

from __future__ import annotations

from penctl.aio.pen import AsyncPen
from penctl.aio.stream import Stream

__all__ = ["AsyncPen", "Stream"]

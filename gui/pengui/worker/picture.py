"""The worker's picture of the pen for the window, taken as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pengui.worker.snapshot import Snapshot

if TYPE_CHECKING:
    from pengui.worker.engine import Engine


def picture_of(engine: Engine, busy: str) -> Snapshot:
    """What is known now; `busy` is the act in hand, "" for none."""
    pen, heard, follower = engine.pen, engine.heard, engine.follower
    if pen is None:
        return Snapshot(phase=engine.phase, url=engine.url, busy=busy)
    status = pen.inbox.status
    if status is not None:
        heard.see_state(status.device_time_us, status.state)
    nose_c, handle_c = heard.warmth()
    return Snapshot(
        latched=follower.latched,
        link=None if pen.recorded else heard.link_quality(pen),
        replay=engine.player.view if engine.player is not None else None,
        cause=heard.cause,
        asks_button=follower.asked.mode if follower.asked is not None else None,
        self_test_s=follower.self_test_s(heard.state, pen.now_s()),
        nose_c=nose_c,
        handle_c=handle_c,
        phase=engine.phase,
        url=pen.transport.url,
        simulated=pen.simulated,
        busy=busy,
        stopping=pen.stopping,
        identity=pen.identity,
        ranges=engine.ranges,
        cartridge=follower.cartridge,
        status=status,
        state=heard.state,
        flags=heard.flags(status),
        silent_s=pen.silent_s(),
        time_s=pen.now_s(),
        lost_s=engine.lost_s,
        blocks_dropped=heard.blocks_dropped,
        recording=str(engine.recorder.path) if engine.recorder is not None else "",
        hand=engine.hand_of_pen.view if engine.hand_of_pen is not None else None,
        progress=engine.progress,
    )

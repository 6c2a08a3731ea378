"""What the firmware's link sends: answers, the STATUS after a STOP, events and telemetry."""

from __future__ import annotations

from link_rig import KEY, LIMITS_HASH, STOP, RawHost, Rig, decode, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason
from penctl.protocol.enums import Warning as PenWarning
from penctl.protocol.frame import Frame
from penctl.protocol.link import HostLink, SessionOpened


def active_host(rig: Rig) -> RawHost:
    """A host whose link session is active."""
    host = RawHost(rig)
    host.ask("GET_STATUS")
    return host


def opened(host: RawHost, frames: list[Frame]) -> list[m.Message]:
    """The messages in sealed frames."""
    return [host.open(frame) for frame in frames]


def test_a_refusal_of_the_tick_comes_with_value_and_limit(rig: Rig) -> None:
    """Requirement: a command is answered with the result and the reason."""
    host = RawHost(rig)
    rig.answer(Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)
    answer = host.ask("SET_DEPTH", 40, depth_um=2501)
    assert (answer["command"], answer["command_sequence"]) == (m.SET_DEPTH.number, 40)
    assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)
    assert 0 < answer["device_time_us"] <= rig.now_us


def test_values_beyond_the_range_of_the_tick_do_not_turn_small(rig: Rig) -> None:
    """Requirement: a telemetry period that does not fit is passed on as one that is too long."""
    host = RawHost(rig)
    host.ask("SET_TELEMETRY", period_us=0xFFFFFFFF)
    host.ask("SET_DEPTH", depth_um=-(1 << 31))
    assert [rig.executed(index).value for index in range(2)] == [(1 << 31) - 1, -(1 << 31)]


def test_a_status_is_sealed_like_its_request(rig: Rig) -> None:
    """Requirement: GET_STATUS is answered without a session, and sealed inside one."""
    rig.rx(unsealed("GET_STATUS", 3))
    (frame,) = rig.frames_ms(2)
    status = decode(frame)
    assert (frame.sequence, status["supply_mv"], status["events_next"]) == (3, 7400, 1)
    assert (rig.executed(0).role, rig.executed(0).session_id) == (0, 0)
    host = RawHost(rig)
    rig.rx(b"\x05noise\0")
    assert host.ask("GET_STATUS")["frames_bad"] == 1
    assert host.ask("HEARTBEAT", liveness=1).name == "STATUS"
    assert host.ask("GET_CARTRIDGE")["stop_um"] == 250


def test_a_busy_command_slot_makes_commands_wait_in_their_order(rig: Rig) -> None:
    """Requirement: a command is not dropped because the tick is busy."""
    host = active_host(rig)
    rig.hold(True)
    wires = [host.sealed("SET_DEPTH", sequence, depth_um=sequence) for sequence in range(1, 5)]
    rig.rx(b"".join(wires))
    assert rig.frames_ms(20) == []
    rig.hold(False)
    answers = opened(host, rig.frames_ms(10))
    assert [answer["command_sequence"] for answer in answers] == [1, 2, 3, 4]
    assert [rig.executed(index).value for index in range(1, 5)] == [1, 2, 3, 4]


def test_a_stop_is_answered_by_an_unsealed_status(rig: Rig) -> None:
    """Requirement: whoever sends STOP sees the pen's state at once, without a link session."""
    rig.rx(STOP)
    (frame,) = rig.frames_ms(1)
    assert (frame.number, frame.sequence, frame.sealed) == (m.STATUS.number, 0, False)
    assert decode(frame)["device_time_us"] > 0


def test_stops_are_answered_every_5_ms_at_most(rig: Rig) -> None:
    """Requirement: a STOP each millisecond is counted each time and answered once in 5 ms."""
    frames = []
    for _ in range(100):
        rig.rx(STOP)
        frames += rig.frames_ms(1)
    assert rig.seen.stops == 100
    assert len(frames) == 20


def test_a_stop_in_a_held_up_tick_is_answered_before_a_waiting_command(rig: Rig) -> None:
    """Requirement: the STATUS after a STOP is asked for before the commands that wait."""
    host = active_host(rig)
    rig.hold(True)
    rig.rx(host.sealed("SET_DEPTH", 1, depth_um=1) + host.sealed("SET_DEPTH", 2, depth_um=2))
    rig.run_ms(2)
    rig.rx(STOP)
    rig.hold(False)
    rig.run_ms(3)
    assert [rig.executed(index).type for index in range(1, 4)] == [0x07, 0x03, 0x07]


def test_the_status_after_a_stop_leaves_at_the_next_end_of_a_frame(rig: Rig) -> None:
    """Requirement: a full outbox does not hold back the STATUS after a STOP."""
    host = active_host(rig)
    for count in range(60):
        rig.sample(count, time_us=count * 1000)
    for _ in range(100):  # nothing leaves: the queue fills
        rig.tick()
        rig.poll()
    begun = rig.tx(10)
    rig.rx(STOP)
    for _ in range(5):
        rig.tick()
        rig.poll()
    frames = rig.take(begun + rig.run_ms(5))
    assert [frame.number for frame in frames[:2]] == [m.TELEMETRY.number, m.STATUS.number]
    assert [frame.sealed for frame in frames[:2]] == [True, False]
    assert host.open(frames[0])["number"] == 1


def test_events_are_numbered_and_come_in_order(rig: Rig) -> None:
    """Requirement: events count from 1, in the order in which they happened, with all that they hold."""
    host = active_host(rig)
    rig.event(m.EVENT_STATE.number, 5, 0)
    rig.event(m.EVENT_TRIP.number, 26, 251)
    rig.event(m.EVENT_WARNING.number, 1, 7)
    state, trip, warning = opened(host, rig.frames_ms(5))
    assert [each["number"] for each in (state, trip, warning)] == [1, 2, 3]
    assert (state["state"], state["previous"], state["mode"], state["cause"]) == (5, 3, 2, 26)
    assert (trip["interlock"], trip["input"], trip["stop"]) == (26, 4, 2)
    assert (trip["value"], trip["limit"]) == (251, -5)
    assert (warning["warning"], warning["value"], warning["limit"]) == (1, 7, -5)
    assert host.ask("GET_STATUS")["events_next"] == 4


def test_events_wait_for_a_session(rig: Rig) -> None:
    """Requirement: nothing but answers is sent without a link session, and events are kept."""
    for code in range(5):
        rig.event(m.EVENT_WARNING.number, code)
    assert rig.frames_ms(50) == []
    host = RawHost(rig)
    assert rig.frames_ms(50) == []
    rig.rx(host.sealed("GET_STATUS"))
    events = [each for each in opened(host, rig.frames_ms(10)) if each.name == "EVENT_WARNING"]
    assert [(event["number"], event["warning"]) for event in events] == [(n + 1, n) for n in range(5)]


def test_lost_events_are_told(rig: Rig) -> None:
    """Requirement: when the ring overflows, the host learns how many events are lost."""
    kept = [rig.event(m.EVENT_STATE.number, 2) for _ in range(19)]
    assert kept == [True] * 16 + [False] * 3
    host = RawHost(rig)
    rig.rx(host.sealed("GET_STATUS"))
    events = [each for each in opened(host, rig.frames_ms(30)) if each.name.startswith("EVENT")]
    assert [event["number"] for event in events] == list(range(1, 18))
    last = events[-1]
    assert (last["warning"], last["value"], last["limit"]) == (PenWarning.EVENTS_LOST, 3, 64)
    assert rig.frames_ms(100) == []


def test_an_answer_goes_before_events_and_events_before_telemetry(rig: Rig) -> None:
    """Requirement: answers, then events, then telemetry."""
    host = active_host(rig)
    for count in range(20):
        rig.sample(count, time_us=count * 1000)
    rig.event(m.EVENT_STATE.number, 4)
    rig.event(m.EVENT_STATE.number, 5)
    rig.rx(host.sealed("GET_STATUS"))
    for _ in range(3):  # the answer is known before the first event is sealed
        rig.poll(2)
        rig.tick()
    names = [message.name for message in opened(host, rig.frames_ms(20))]
    assert names.index("STATUS") < 2
    assert names[-1] == "TELEMETRY"
    assert sorted(names) == ["EVENT_STATE", "EVENT_STATE", "STATUS", "TELEMETRY"]


def test_a_telemetry_block_holds_twenty_samples(rig: Rig) -> None:
    """Requirement: samples come in blocks of 20, with the time of the first and the period."""
    host = active_host(rig)
    frames = []
    for count in range(40):
        assert rig.sample(-100 + count, time_us=5_000_000 + 1000 * count)
        frames += rig.frames_ms(1)
    frames += rig.frames_ms(2)
    first, second = opened(host, frames)
    assert [block["number"] for block in (first, second)] == [1, 2]
    assert [block["first_time_us"] for block in (first, second)] == [5_000_000, 5_020_000]
    assert (first["count"], first["period_us"], first["dropped"], first["state"]) == (20, 1000, 0, 4)
    assert [sample["bar_um"] for sample in first["samples"] + second["samples"]] == list(range(-100, -60))
    assert first["samples"][7]["rate_mhz"] == 110_000
    assert first["samples"][7]["duty_q15"] == -32767


def test_slow_telemetry_is_not_late(rig: Rig) -> None:
    """Requirement: a block leaves 50 ms after its first sample though not full; the rest of it is zero."""
    host = active_host(rig)
    frames = []
    for count in range(11):
        rig.sample(count + 1, period_us=10_000)
        frames += rig.frames_ms(10)
    blocks = opened(host, frames)
    assert [block["count"] for block in blocks] == [5, 5]
    assert all(block["period_us"] == 10_000 for block in blocks)
    assert [sample["bar_um"] for sample in blocks[0]["samples"]] == [1, 2, 3, 4, 5] + [0] * 15


def test_a_short_block_holds_nothing_of_the_block_before(rig: Rig) -> None:
    """Requirement: samples that are not filled are zero."""
    host = active_host(rig)
    for count in range(23):
        rig.sample(500, time_us=1000 * count)
    full, short = opened(host, rig.frames_ms(60))
    assert (full["count"], short["count"]) == (20, 3)
    assert {value for sample in short["samples"][3:] for value in sample.values()} == {0}


def test_a_gap_or_a_new_state_starts_a_new_block(rig: Rig) -> None:
    """Requirement: the time of each sample follows from its block, and a block is of one state."""
    host = active_host(rig)
    times = [1000, 2000, 3000, 7000, 8000, 9000, 10_000]
    states = [4, 4, 4, 4, 4, 5, 5]
    for count, (time_us, state) in enumerate(zip(times, states, strict=True)):
        rig.sample(count, state, time_us=time_us)
    blocks = opened(host, rig.frames_ms(60))
    assert [(block["first_time_us"], block["count"], block["state"]) for block in blocks] == [
        (1000, 3, 4),
        (7000, 2, 4),
        (9000, 2, 5),
    ]


def test_telemetry_that_cannot_leave_is_dropped_and_counted(rig: Rig) -> None:
    """Requirement: telemetry waits for nobody; the block that comes next says how many were not sent."""
    host = active_host(rig)
    count = 0
    for count in range(200):  # nobody reads the line
        assert rig.sample(count, time_us=1000 * count)
        rig.tick()
        rig.poll(20)
    for count in range(200, 260):
        rig.sample(count, time_us=1000 * count)
        rig.tick()
        rig.poll(20)
        host.heard.append(0)
    blocks = opened(host, rig.frames_ms(60))
    numbers = [block["number"] for block in blocks]
    missing = set(range(1, max(numbers) + 1)) - set(numbers)
    assert numbers == sorted(numbers)
    assert missing
    assert blocks[-1]["dropped"] == len(missing)
    assert rig.seen.frames_bad == 0


def test_without_a_session_telemetry_is_thrown_away(rig: Rig) -> None:
    """Requirement: samples of a time without a link session are not sent later."""
    for count in range(100):
        assert rig.sample(count, time_us=1000 * count)
        assert rig.frames_ms(1) == []
    host = active_host(rig)
    assert rig.frames_ms(100) == []
    rig.sample(1, time_us=900_000)
    (block,) = opened(host, rig.frames_ms(60))
    assert (block["first_time_us"], block["number"], block["dropped"]) == (900_000, 1, 0)


def test_a_new_session_gets_nothing_sealed_for_the_old_one_half_way(rig: Rig) -> None:
    """Requirement: an event that was being sealed for the old link session goes to the new one, once."""
    first = active_host(rig)
    second = RawHost(rig, nonce=bytes(range(30, 46)))
    wire = second.sealed("GET_STATUS")
    rig.rx(wire)
    rig.poll(1)  # the frame is taken up, its seal not proved yet
    rig.event(m.EVENT_STATE.number, 5)
    frames = rig.frames_ms(10)
    assert sorted(frame.number for frame in frames) == [m.STATUS.number, m.EVENT_STATE.number]
    events = [each for each in opened(second, frames) if each.name == "EVENT_STATE"]
    assert [event["number"] for event in events] == [1]
    assert first.keys.session_id != second.keys.session_id


def test_an_idle_link_sends_and_hashes_nothing(rig: Rig) -> None:
    """Requirement: a poll with nothing to do does nothing."""
    active_host(rig)
    before = rig.blocks
    assert rig.run_ms(200) == b""
    assert rig.blocks == before


def test_bytes_leave_in_any_pieces(rig: Rig) -> None:
    """Requirement: a port that takes one byte at a time gets the same bytes."""
    rig.rx(unsealed("IDENTIFY", 1) + unsealed("GET_LIMITS", 2))
    for _ in range(20):
        rig.tick()
        rig.poll()
    sent = b""
    while piece := rig.tx(1):
        sent += piece
    assert rig.tx(0) == b""
    assert [frame.sequence for frame in rig.take(sent)] == [1, 2]


def test_the_host_library_and_the_firmware_understand_each_other(rig: Rig) -> None:
    """Requirement: the two ends that ship open a link session, command, beat and stop together."""
    nonces = iter(range(1, 1000))
    link = HostLink(KEY, 2, lambda n: next(nonces).to_bytes(n, "little"), slot=1, limits_hash=LIMITS_HASH)
    events = []

    def carry(data: bytes, time_ms: float) -> None:
        rig.rx(data)
        for _ in range(round(time_ms * 10)):
            rig.tick()
            rig.poll()
            events.extend(link.receive(rig.tx(), rig.now_us))
            rig.rx(link.poll(rig.now_us))

    carry(link.open_session(rig.now_us)[0], 5)
    assert any(isinstance(event, SessionOpened) for event in events)
    link.heartbeat_enabled = True
    carry(link.command("SET_DEPTH", rig.now_us, depth_um=1000)[0], 500)
    rig.event(m.EVENT_STATE.number, 5)
    carry(link.stop(rig.now_us), 20)
    assert rig.seen.heartbeats >= 9
    assert rig.seen.stops >= 1
    assert not link.stopping
    assert not link.outstanding
    assert not any(type(event).__name__ in ("Rejected", "Uncertain", "SessionLost") for event in events)

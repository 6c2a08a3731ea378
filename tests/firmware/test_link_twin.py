"""The device's end of the link in Python against the firmware's: the same bytes, the same answers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Protocol

import pytest
from link_rig import KEY, LIMITS_HASH, Rig, unsealed

from penctl.protocol import messages as m
from penctl.protocol.device_link import Command, DeviceLink
from penctl.protocol.device_session import Pairing
from penctl.protocol.enums import Reason, Role
from penctl.protocol.frame import Deframer, Frame, encode_body, header
from penctl.protocol.messages import Message
from penctl.protocol.session import derive_keys, open_seal, seal

ANSWER_MS = 5
STORIES = 20
WAITS_MS = (0, 37, 151, 463, 521, 2003, 5101)
ACTS = (
    "open",
    "open",
    "beat",
    "beat",
    "beat",
    "depth",
    "old",
    "false",
    "other role",
    "inside",
    "wait",
    "wait",
)
STATUS = m.STATUS.decode(bytes(9) + b"\x01" + bytes(m.STATUS.size - 10))
"""Of a pen in HOME, all else zero."""
SLOTS = {slot: Pairing(slot + 1, KEY) for slot in range(3)}


class Device(Protocol):
    """Whatever has the device's end."""

    def send(self, wire: bytes) -> list[Frame]:
        """What it answers within ANSWER_MS."""

    def wait_ms(self, time_ms: int) -> None:
        """Let time pass."""


class Firmware:
    """The C core's link in its rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def send(self, wire: bytes) -> list[Frame]:
        """Bytes in, frames out."""
        self._rig.rx(wire)
        return self._rig.frames_ms(ANSWER_MS)

    def wait_ms(self, time_ms: int) -> None:
        """Let time pass."""
        if time_ms:
            self._rig.jump(time_ms * 1000)


class Twin:
    """The end in Python."""

    def __init__(self) -> None:
        self._now_us = 0
        self._link = DeviceLink(
            bytes(32), bytes, self._answer, lambda: None, pairings=SLOTS, limits_hash=LIMITS_HASH
        )
        self._deframer = Deframer()

    def _answer(self, command: Command) -> Message:
        if command.name == "HEARTBEAT":
            return STATUS
        return command.response()

    def send(self, wire: bytes) -> list[Frame]:
        """Bytes in, frames out."""
        frames = self._deframer.feed(self._link.receive(wire, self._now_us))
        self._now_us += ANSWER_MS * 1000
        return frames

    def wait_ms(self, time_ms: int) -> None:
        """Let time pass."""
        self._now_us += time_ms * 1000


class Host:
    """A host of one slot that says anything at any time, also with keys that are no longer in force."""

    def __init__(self, device: Device, slot: int, nonce: int) -> None:
        self.device, self.slot, self.role = device, slot, Role(slot + 1)
        self.nonce = nonce
        self.keys = derive_keys(KEY, self.role, bytes(16), bytes(16), 99)
        self.counter = 0

    def open(self, role: Role | None = None) -> list[str]:
        """OPEN_SESSION, for its own role unless another is given."""
        self.nonce += 1
        nonce = self.nonce.to_bytes(16, "little")
        asked = role or self.role
        frames = self.device.send(unsealed("OPEN_SESSION", 9, host_nonce=nonce, role=asked, slot=self.slot))
        for frame in frames:
            if frame.number == m.SESSION.number:
                session = m.SESSION.decode(frame.content)
                device_nonce, number = session["device_nonce"], session["session_id"]
                self.keys, self.counter = derive_keys(KEY, asked, nonce, device_nonce, number), 0
        return self.told(frames)

    def say(self, name: str, *, step: int = 1, key: bytes | None = None, **fields: object) -> list[str]:
        """A sealed command; `step` is how far its counter goes on."""
        message = m.MESSAGES[name].message(**fields)
        self.counter = max(1, self.counter + step)
        head = header(message.type.number, 3, sealed=True) + message.encode()
        return self.told(self.device.send(encode_body(seal(key or self.keys.to_device, head, self.counter))))

    def told(self, frames: list[Frame]) -> list[str]:
        """Names and reasons of answers; an event may come before or behind an answer."""
        return sorted(" ".join(self._told(frame)) for frame in frames)

    def _told(self, frame: Frame) -> Iterator[str]:
        content = open_seal(self.keys.to_host, frame.body)[0] if frame.sealed else frame.content
        yield "sealed" if frame.sealed else "open"
        yield m.BY_NUMBER[frame.number].name
        if frame.number == m.RESPONSE.number:
            answer = m.RESPONSE.decode(content)
            yield answer["reason"].name
            if answer["reason"] is not Reason.SESSION_IN_USE:  # its value is a time
                yield str(answer["value"])
            yield str(answer["limit"])

    def inside(self) -> list[str]:
        """OPEN_SESSION where it does not belong."""
        fields = {"messages_hash": m.MESSAGES_HASH, "limits_hash": LIMITS_HASH}
        return self.say("OPEN_SESSION", host_nonce=bytes(16), role=self.role, slot=self.slot, **fields)


def act(host: Host, what: str, wait_ms: int) -> list[str]:
    """One step of a host; the answers in words."""
    if what == "wait":
        host.device.wait_ms(wait_ms)
        return []
    acts = {
        "open": host.open,
        "other role": lambda: host.open(Role.SERVICE),
        "beat": lambda: host.say("HEARTBEAT", liveness=1),
        "depth": lambda: host.say("SET_DEPTH", depth_um=1),
        "old": lambda: host.say("SET_DEPTH", step=-1, depth_um=2),
        "false": lambda: host.say("SET_DEPTH", key=bytes(32), depth_um=3),
        "inside": host.inside,
    }
    return acts[what]()


def story(device: Device, seed: int) -> list[tuple[int, str, list[str]]]:
    """What three hosts were told in steps drawn from `seed`."""
    draw = random.Random(seed)
    hosts = [Host(device, slot, 1000 * slot) for slot in range(3)]
    steps = []
    for _ in range(30):
        host, what, wait_ms = draw.choice(hosts), draw.choice(ACTS), draw.choice(WAITS_MS)
        steps.append((host.slot, what, act(host, what, wait_ms)))
    return steps


@pytest.mark.parametrize("seed", range(STORIES))
def test_the_twin_answers_as_the_firmware_does(rig: Rig, seed: int) -> None:
    """Requirement: takeover, expiry, repeats and refusals of link sessions are the same in both."""
    rig.run_ms(1)
    assert story(Twin(), seed) == story(Firmware(rig), seed)


def test_the_stories_meet_what_they_are_for() -> None:
    """Holds that the drawn steps reach each way in which a link session can be refused."""
    told = {words for seed in range(STORIES) for _, _, answers in story(Twin(), seed) for words in answers}
    reasons = {words.split()[2] for words in told if "RESPONSE" in words}
    assert reasons >= {
        "NONE",
        "SESSION_IN_USE",
        "STALE_COUNTER",
        "BAD_MAC",
        "NO_SESSION",
        "ROLE",
        "MALFORMED",
    }

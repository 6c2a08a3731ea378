from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import run_elsewhere
from cobs import cobs
from compiled import compile_once

from penctl.protocol import frame
from penctl.protocol import messages as m
from penctl.protocol.device_link import DeviceLink
from penctl.protocol.device_session import DeviceSessions, DeviceSide, Verdict
from penctl.protocol.schema import ArrayKind, BytesKind, EnumKind, FlagsKind, Record, ValueRefused
from penctl.protocol.session import derive_keys, open_seal, seal

Vectors = Callable[[str], Any]


def native(record: Record, values: dict[str, Any]) -> dict[str, Any]:
    """Values of the JSON as the codec takes them."""
    turned = {}
    for each in record:
        kind, value = each.kind, values[each.name]
        if isinstance(kind, EnumKind):
            value = kind.members[value]
        elif isinstance(kind, FlagsKind):
            value = kind.members(sum(kind.members[name] for name in value))
        elif isinstance(kind, BytesKind):
            value = bytes.fromhex(value)
        elif isinstance(kind, ArrayKind):
            value = [native(kind.element, item) for item in value]
        turned[each.name] = value
    return turned


def test_every_message_has_golden_payloads(vectors: Vectors) -> None:
    """Holds that no message is left out of the vectors."""
    assert {vector["message"] for vector in vectors("messages")["good"]} == set(m.MESSAGES)


def test_python_encodes_and_decodes_the_golden_payloads(vectors: Vectors) -> None:
    """Holds that the codec of the host agrees with the golden vectors."""
    for vector in vectors("messages")["good"]:
        message, payload = m.MESSAGES[vector["message"]], bytes.fromhex(vector["payload"])
        values = native(message.record, vector["values"])
        assert message.record.encode(values) == payload, vector["what"]
        assert message.record.decode(payload) == values, vector["what"]


def test_python_refuses_the_malformed_payloads(vectors: Vectors) -> None:
    """Holds that wrong lengths, unknown enum values and unnamed flags are malformed."""
    for vector in vectors("messages")["malformed"]:
        with pytest.raises(ValueRefused):
            m.MESSAGES[vector["message"]].decode(bytes.fromhex(vector["payload"]))


def test_python_frames_agree_with_the_golden_frames(vectors: Vectors) -> None:
    """Holds COBS, CRC-32 and header against bytes that are not made anew."""
    for vector in vectors("frames")["good"]:
        wire, payload = bytes.fromhex(vector["wire"]), bytes.fromhex(vector["payload"])
        assert frame.encode_frame(vector["type"], vector["sequence"], payload) == wire, vector["what"]
        [found] = frame.Deframer().feed(wire)
        assert (found.version, found.number, found.sequence, found.content, found.sealed) == (
            vector["version"],
            vector["type"],
            vector["sequence"],
            payload,
            False,
        )


def test_python_drops_the_bad_frames_and_finds_the_next(vectors: Vectors) -> None:
    """Holds that a broken frame is counted by its cause and hides nothing behind it."""
    stop = frame.encode_frame(m.STOP.number, 0)
    for vector in vectors("frames")["bad"]:
        deframer = frame.Deframer()
        [found] = deframer.feed(bytes.fromhex(vector["wire"]) + stop)
        assert found.number == m.STOP.number
        counts = {
            "cobs": deframer.bad_cobs,
            "crc": deframer.bad_crc,
            "too_long": deframer.too_long,
            "too_short": deframer.too_short,
        }
        assert counts == {name: int(name == vector["fault"]) for name in counts}, vector["what"]


def test_python_reads_the_golden_streams(vectors: Vectors) -> None:
    """Holds what a 0x00 in front of a frame and empty frames mean."""
    for vector in vectors("frames")["streams"]:
        deframer = frame.Deframer()
        frames = deframer.feed(bytes.fromhex(vector["wire"]))
        assert [m.BY_NUMBER[each.number].name for each in frames] == vector["messages"]
        assert deframer.bad == vector["bad"]


def test_keys_and_seals_agree_with_the_golden_link_session(vectors: Vectors) -> None:
    """Holds key derivation, MAC, counters and repeats against fixed nonces."""
    sealed = vectors("sealed")
    given = [bytes.fromhex(sealed[name]) for name in ("pairing_key", "host_nonce", "device_nonce")]
    keys = derive_keys(given[0], sealed["role"], given[1], given[2], sealed["session_id"])
    assert (keys.to_device.hex(), keys.to_host.hex(), keys.proof.hex()) == (
        sealed["key_h2d"],
        sealed["key_d2h"],
        sealed["proof"],
    )
    sessions = DeviceSessions(given[0], lambda n: bytes(n))
    sessions.active = DeviceSide(keys)
    verdicts = {"": Verdict.FRESH, "REPEAT": Verdict.REPEAT, "BAD_MAC": Verdict.BAD_MAC}
    for step in sealed["steps"]:
        [found] = frame.Deframer().feed(bytes.fromhex(step["wire"]))
        verdict, content = sessions.judge(found.body, 0)
        assert verdict is verdicts.get(step["refused"], Verdict.STALE), step["what"]
        assert m.BY_NUMBER[found.number].name == step["message"]
        if verdict is Verdict.FRESH:
            sessions.active.keep(found.body, b"answer")
            assert content.hex() == step["payload"]


def test_c_agrees_with_the_golden_vectors(vectors: Vectors, source_root: Path, tmp_path: Path) -> None:
    """Holds the generated codec and the framing of the firmware core against the same vectors."""
    firmware, program = source_root / "firmware_proto", tmp_path / "test_vectors"
    sources = [
        firmware / part for part in ("tests/test_vectors.c", "generated/pen_messages.c", "core/frame.c")
    ]
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", "-fsanitize=undefined"]
    flags += ["-fno-sanitize-recover=all", *(f"-I{firmware / part}" for part in ("generated", "core"))]
    command = ["cc", *flags, *map(str, sources), "-o", str(program)]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    lines = list(as_lines(vectors))
    text = "\n".join(lines) + "\n"
    run = subprocess.run([str(program)], input=text, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) == len(lines)
    assert len(lines) > 120


@pytest.mark.parametrize("target", run_elsewhere.OTHERS, ids=lambda target: target.name)
def test_c_agrees_with_the_golden_vectors_on_other_targets(
    vectors: Vectors, tmp_path: Path, target: run_elsewhere.Target
) -> None:
    """Holds codec and framing with words of 32 bits and on a Cortex-M4F against the same vectors."""
    if why := run_elsewhere.lacking(target):
        pytest.skip(why)
    program = run_elsewhere.build(target, ["test_vectors"], tmp_path / "vectors", core="frame")
    lines = list(as_lines(vectors))
    assert int(run_elsewhere.run(target, program, told="\n".join(lines) + "\n")) == len(lines) > 120


def as_lines(vectors: Vectors) -> list[str]:
    """The vectors as lines of text, as the C program reads them."""
    payloads, frames = vectors("messages"), vectors("frames")
    lines = []
    for kind, word in (("good", "payload"), ("malformed", "malformed")):
        for vector in payloads[kind]:
            if m.MESSAGES[vector["message"]].size:
                lines.append(f"{word} {vector['message'].lower()} {vector['payload'] or '-'}")
    for vector in frames["good"]:
        decoded = cobs.decode(bytes.fromhex(vector["wire"])[:-1])
        lines.append(f"frame {decoded.hex()} {vector['wire']}")
    return lines + [f"bad {vector['wire']}" for vector in frames["bad"]]


def test_the_device_twin_takes_no_harm_from_the_hostile_frames(vectors: Vectors) -> None:
    """Holds the twin against the golden bad frames: reasons, counts, and nothing executed."""
    sealed, done = vectors("sealed"), []
    keys = derive_keys(
        *(
            bytes.fromhex(sealed[name]) if name != "role" else sealed[name]
            for name in ("pairing_key", "role", "host_nonce", "device_nonce")
        ),
        sealed["session_id"],
    )
    for vector in vectors("hostile")["frames"]:
        device = DeviceLink(
            bytes(32), bytes, lambda command: done.append(command), lambda: done.append("STOP")
        )
        device.sessions.active = DeviceSide(keys)
        device.sessions.active.received.take(1)
        answer = frame.Deframer().feed(device.receive(bytes.fromhex(vector["wire"]), 0))
        assert device.frames_bad == vector["bad"], vector["what"]
        assert [each.sealed for each in answer] == [vector["sealed"]] * bool(vector["reason"]), vector["what"]
        for each in answer:
            payload = open_seal(keys.to_host, each.body)[0] if each.sealed else each.content
            assert m.RESPONSE.decode(payload)["reason"].name == vector["reason"], vector["what"]
        assert done == []
        device.receive(
            frame.encode_body(seal(keys.to_device, frame.header(7, 1, sealed=True) + bytes(4), 1000)), 1
        )
        assert [command.name for command in done] == ["SET_DEPTH"]
        done.clear()

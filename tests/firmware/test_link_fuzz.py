"""The firmware's link under random bytes, broken frames and a bad host, with the sanitizers watching."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FLAGS = ("-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ROUNDS = 30_000


@pytest.fixture(scope="module")
def fuzzer(link_build: Callable[..., Path]) -> Path:
    """The fuzz program with the address and undefined-behaviour sanitizers."""
    return link_build("link_fuzz", ("link_rig", "link_fuzz"), *FLAGS)


@pytest.mark.parametrize("seed", range(1, 5))
def test_no_bytes_make_the_link_misbehave(fuzzer: Path, seed: int) -> None:
    """Requirement: no input makes the link read or write astray, hash twice in a poll, or miss a STOP."""
    command = [str(fuzzer), str(seed), str(ROUNDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    stops_sent, stops_seen = int(words[1]), int(words[2])
    assert stops_sent == stops_seen > 1000
    numbers = dict(zip(words[3::2], map(int, words[4::2]), strict=True))
    assert min(numbers[name] for name in ("executed", "frames_out", "bad", "sealed_in", "proved")) > 1000
    assert numbers["opened"] > 200

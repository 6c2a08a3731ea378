"""Tick, serial line and main loop at once: the thread sanitizer finds what they share without an atomic."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from guard_rig import copy_core, plant

pytestmark = pytest.mark.long

FLAGS = ("-std=c11", "-O1", "-g", "-fwrapv", "-ffp-contract=off", "-fsanitize=thread", "-pthread")
SEED, TICKS = "1", "30000"
RACE = 66
OURS = "race:some_entropy\n"
"""The world draws nonces from the random numbers that its plant uses; a board does not."""


def build(firmware: Path, target: Path) -> Path:
    """Core and contexts with the thread sanitizer; skips where the compiler has none."""
    sources = [*sorted((firmware / "core").glob("*.c")), firmware / "generated" / "pen_messages.c"]
    sources.append(firmware / "tests" / "core_contexts.c")
    include = [f"-I{firmware / part}" for part in ("core", "generated", "tests")]
    command = ["cc", *FLAGS, *include, *map(str, sources), "-lm", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    if "tsan" in done.stderr:
        pytest.skip("the compiler has no thread sanitizer")
    assert done.returncode == 0, done.stderr
    return target


def live(program: Path) -> subprocess.CompletedProcess[str]:
    """Run it; exit status 66 when the sanitizer found a race."""
    hushed = program.with_suffix(".hushed")
    hushed.write_text(OURS, encoding="ascii")
    options = f"exitcode={RACE} suppressions={hushed} print_suppressions=0"
    command = [str(program), SEED, TICKS]
    own = os.environ | {"TSAN_OPTIONS": options}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200, env=own)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("the thread sanitizer does not run on this kernel")
    return done


def test_the_three_contexts_share_nothing_without_an_atomic(source_root: Path, tmp_path: Path) -> None:
    """Requirement: tick, line and main loop may meet at any place: one writer, or handed over."""
    done = live(build(source_root / "firmware_proto", tmp_path / "contexts"))
    assert done.returncode == 0, done.stderr[-4000:]
    runs, told = map(int, done.stdout.split()[1::2])
    assert runs >= 1
    assert told > 1000


def test_a_command_that_is_handed_over_too_early_is_found(source_root: Path, tmp_path: Path) -> None:
    """Requirement: the sanitizer sees a command that the tick may read before it is whole."""
    firmware = copy_core(source_root, tmp_path)
    plant(
        firmware,
        "link.c",
        "&mailbox->command_state, MAILBOX_POSTED, memory_order_release",
        "&mailbox->command_state, MAILBOX_POSTED, memory_order_relaxed",
    )
    done = live(build(firmware, tmp_path / "contexts"))
    assert done.returncode == RACE
    assert "data race" in done.stderr

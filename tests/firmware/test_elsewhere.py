"""The core on other targets: words of 32 bits, unsigned char, short enums, a Cortex-M4F."""

from __future__ import annotations

from pathlib import Path

import pytest
import run_elsewhere
from guard_rig import copy_core, plant
from run_elsewhere import CORTEX, DIGEST, HERE, NARROW, OTHERS, Target

SEED, TICKS = 3, 100_000

pytestmark = pytest.mark.long


def needs(target: Target) -> None:
    """Skip with the reason where this machine lacks the tools."""
    if why := run_elsewhere.lacking(target):
        pytest.skip(why)


def digest(target: Target, program: Path, *more: str) -> dict[str, int]:
    """What a build of core_digest says."""
    words = run_elsewhere.run(target, program, str(SEED), str(TICKS), *more).split()
    assert words[0::2][:3] == ["runs", "trips", "digest"]
    return {"runs": int(words[1]), "trips": int(words[3]), "high": int(words[5]), "low": int(words[6])}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digest, built for this computer."""
    return run_elsewhere.build(HERE, DIGEST, tmp_path_factory.mktemp("here") / "digest")


@pytest.fixture(scope="module")
def here(program: Path) -> dict[str, int]:
    """What this computer says."""
    return digest(HERE, program)


@pytest.mark.parametrize(
    ("late_us", "jitter_us"), [("0", "0"), ("37", "0"), ("0", "1"), ("11", "20"), ("0", "60")]
)
def test_clocks_are_read_when_a_board_comes_to_it(program: Path, late_us: str, jitter_us: str) -> None:
    """IL-11, IL-32, self-test: clocks read some us late, by another amount in each tick, stop nothing."""
    met = digest(HERE, program, late_us, jitter_us)
    assert met["runs"] >= 2
    assert met["trips"] == 0


@pytest.mark.parametrize("target", OTHERS, ids=lambda target: target.name)
def test_each_target_gives_the_same_bits(here: dict[str, int], tmp_path: Path, target: Target) -> None:
    """Requirement: outputs of each tick, what guard holds and each byte sent are the same on every target."""
    needs(target)
    assert here["runs"] >= 2
    assert here["trips"] >= 2
    assert digest(target, run_elsewhere.build(target, DIGEST, tmp_path / "digest")) == here


def test_a_tick_takes_less_than_half_of_its_time_on_the_microcontroller(tmp_path: Path) -> None:
    """Requirement: in every state at most 4,200 instructions, 8,400 of 16,800 cycles at two each."""
    needs(CORTEX)
    program = run_elsewhere.build(CORTEX, ["core_instructions"], tmp_path / "instructions")
    lines = run_elsewhere.run(CORTEX, program, "3", "60000", counted=True).splitlines()
    states = {int(line.split()[1]): int(line.split()[7]) for line in lines}
    assert {1, 2, 3, 4, 5} <= states.keys()
    assert max(states.values()) <= 4_200


def test_a_char_whose_sign_counts_is_found(source_root: Path, tmp_path: Path) -> None:
    """Requirement: a core that depends on whether char has a sign does not give the same bits."""
    needs(NARROW)
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, "bytes.h", "(uint16_t)(in[0] |", "(uint16_t)((char)in[0] |")
    one, other = (
        digest(target, run_elsewhere.build(target, DIGEST, tmp_path / target.name, firmware=firmware))
        for target in (HERE, NARROW)
    )
    assert one != other

"""The alarm conditions beside the interlocks: each priority once, each with its reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penctl.errors import HardwareFileError
from penctl.hardware import load_alarms, load_interlocks

HARDWARE = Path(__file__).resolve().parents[2] / "hardware"


def test_a_warning_stage_has_the_priority_of_its_row():
    """Issue 7: one source for which code has which priority."""
    rows = {row.id: row for row in load_interlocks().values()}
    for kind in load_alarms().values():
        assert kind.why
        if kind.interlock:
            assert kind.priority == rows[kind.interlock].priority_warning


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('interlock = "IL-16"', 'interlock = "IL-16"\npriority = "HIGH"', "the row of the interlock says it"),
        ('priority_moving = "HIGH"', 'priority_moving = "URGENT"', "URGENT"),
        ('code = "LINK_WEAK"', 'code = "LINK"', "each code once"),
        ('interlock = "IL-18"', 'interlock = "IL-98"', "IL-98"),
        ('code = "WARM"', 'code = "WARM"\nname = "Warm"', "warning_words"),
    ],
)
def test_what_contradicts_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A priority said twice, a code twice, a row that is not there: file, key, value and what is allowed."""
    shutil.copy(HARDWARE / "interlocks.toml", tmp_path)
    text = (HARDWARE / "alarms.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "alarms.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HardwareFileError, match=said):
        load_alarms(tmp_path)


def test_every_hardware_file_is_installed():
    """An installed penctl has no source tree: a file that the build does not name would be missing there."""
    build = (HARDWARE / "meson.build").read_text(encoding="utf-8")
    files = sorted(path.name for path in HARDWARE.glob("*.toml"))
    assert len(files) >= 6
    assert [name for name in files if f"'{name}'" not in build] == []

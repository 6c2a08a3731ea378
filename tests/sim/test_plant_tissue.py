"""tissue.toml: each figure is marked and inside its range; a broken file is refused with key and value."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from penctl.errors import HardwareFileError
from pensim.kernel import Kernel
from pensim.plant import tissue
from pensim.plant.skin import BINS_PER_M

SOURCE = Path(tissue.__file__).resolve().parent.parent / tissue.FILE


@pytest.mark.parametrize("preset", tissue.PRESETS)
def test_every_preset_can_be_read_and_drawn(preset: str) -> None:
    """Tissue: presets typical, stiff and air, for every seed."""
    nominal = tissue.load_tissue(preset)
    assert [layer.name for layer in nominal.layers][::5] == ["stratum corneum", "skull"]
    for seed in range(50):
        drawn = tissue.load_tissue(preset, seed)
        assert drawn.figures.keys() == nominal.figures.keys()
        assert all(layer.thickness > 0.0 for layer in drawn.layers)


def test_every_figure_says_how_far_it_can_be_trusted() -> None:
    """Tissue: value, unit, tolerance, mark and source; most are assumptions and say so."""
    marks = []

    def walk(table: object) -> None:
        if isinstance(table, list):
            for row in table:
                walk(row)
        elif isinstance(table, dict) and "value" in table:
            assert set(table) == {"value", "unit", "tolerance", "mark", "source"}
            marks.append(table["mark"])
        elif isinstance(table, dict):
            for row in table.values():
                walk(row)

    walk(tomllib.loads(SOURCE.read_text(encoding="utf-8")))
    assert len(marks) > 50
    assert set(marks) <= {"R", "M", "D", "A"}
    assert marks.count("A") > marks.count("R")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('value = 9.0, unit = "Hz"', 'value = -9.0, unit = "Hz"', "hand.tremor_frequency.value"),
        ('value = 9.0, unit = "Hz"', 'value = nan, unit = "Hz"', "hand.tremor_frequency.value"),
        ('value = 9.0, unit = "Hz"', 'value = 9.0, unit = "inch"', "hand.tremor_frequency.unit"),
        ('value = 0.3, unit = "s"', 'value = 0.0001, unit = "s"', "typical.relaxation_time.value"),
        ("cut_drag =", "cut_dreg =", "typical.cut_dreg"),
        ('mark = "R", source = "10-40 um', 'mark = "X", source = "10-40 um', "thickness.mark"),
        ('name = "dermis"', 'title = "dermis"', "typical.layer[2].title"),
        ("schema = 1", "schema = 2", "schema"),
    ],
)
def test_a_broken_file_names_the_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """Bad input: the error names file, key, value and what is allowed."""
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (tmp_path / tissue.FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HardwareFileError) as found:
        tissue.load_tissue("typical", 1, tmp_path)
    assert complaint in str(found.value)


def test_a_skin_that_is_not_there_is_refused() -> None:
    """Bad input: the presets are named in the error."""
    with pytest.raises(HardwareFileError, match="typical"):
        Kernel(skin="leather")


def test_tables_follow_the_layers() -> None:
    """Tissue: friction grows with depth, cutting belongs to the layer, edges are punctured where they lie."""
    layers = tissue.load_tissue("typical").layers
    table, edges = tissue.depth_table(layers), tissue.edge_table(layers)
    depth = round(1.0e-3 * BINS_PER_M)
    assert table[depth, 0] == pytest.approx(0.08)
    assert table[depth, 1] == pytest.approx(0.14, abs=0.002)
    assert (np.diff(table[:, 1]) >= 0.0).all()
    tops = np.cumsum([0.0, *(layer.thickness for layer in layers)])
    assert edges[:3, 0] == pytest.approx([0.0, tops[4], tops[5]])
    assert edges[:3, 1] == pytest.approx([0.10, 0.5, 1000.0])
    assert np.isinf(edges[3:]).all()

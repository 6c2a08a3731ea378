"""The reader refuses every file that is not whole, and names file, key, value and what is allowed."""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penctl import hardware
from penctl.errors import HardwareFileError

SOURCE = Path(__file__).resolve().parents[2] / "hardware"
LOADERS: dict[str, Callable[[Path], object]] = {
    "limits.toml": hardware.load_limits,
    "pen.toml": hardware.load_pen,
    "interlocks.toml": hardware.load_interlocks,
    "cartridges.toml": hardware.load_cartridges,
    "hazards.toml": hardware.load_hazards,
}
TABLES = {name: tomllib.loads((SOURCE / name).read_text(encoding="utf-8")) for name in LOADERS}
OPTIONAL = {"parameters", "priority_not_clear", "priority_warning", "reasons", "where"}
OPTIONAL_ROWS = {("interlocks.toml", "tests")}
"""`tests` of an interlock is what the host's tests are; a hazard's is not optional."""

Steps = tuple[str | int, ...]


def leaves(table: Any, path: Steps = ()) -> Iterator[Steps]:
    """Path of every value that is neither a table nor an array of tables; a list of texts is one value."""
    items = table.items() if isinstance(table, dict) else enumerate(table)
    for key, value in items:
        if isinstance(value, dict) or (isinstance(value, list) and not is_texts(value)):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def is_texts(value: list[Any]) -> bool:
    """Whether this is a list of texts, or empty."""
    return all(isinstance(each, str) for each in value)


LEAVES = [(name, path) for name, table in TABLES.items() for path in leaves(table)]


def at(table: Any, path: Steps) -> Any:
    for step in path:
        table = table[step]
    return table


NUMBERS = [(name, path) for name, path in LEAVES if type(at(TABLES[name], path)) in (int, float)]


def toml(value: Any) -> str:
    """Write a value as TOML; tables inside a table are written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def load(name: str, table: dict[str, Any]) -> object:
    """Write `table` as the file `name` into a folder of its own and read it with its loader."""
    text = "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in table.items())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(text, encoding="utf-8")
        return LOADERS[name](Path(folder))


def refused(name: str, table: dict[str, Any]) -> HardwareFileError:
    """The refusal that must come, with file, allowed values and a remedy in its text."""
    with pytest.raises(HardwareFileError) as caught:
        load(name, table)
    error = caught.value
    assert Path(error.file).name == name
    assert error.allowed
    assert error.key in str(error)
    assert error.allowed in str(error)
    assert "Correct" in str(error)
    return error


@pytest.mark.parametrize("name", LOADERS)
def test_a_whole_file_is_read(name: str) -> None:
    """Requirement: what the mutations below start from is good, and is the installed data."""
    assert load(name, TABLES[name]) == LOADERS[name](SOURCE)
    assert LOADERS[name](SOURCE) == LOADERS[name](None)  # type: ignore[arg-type]


@settings(max_examples=400)
@given(
    st.sampled_from(
        [
            (name, path)
            for name, path in LEAVES
            if not {path[-1], *path} & OPTIONAL and (name, path[-1]) not in OPTIONAL_ROWS
        ]
    )
)
def test_a_missing_key_is_named(leaf: tuple[str, Steps]) -> None:
    """Requirement: a TOML with a missing key is refused by that key's name."""
    name, path = leaf
    table = copy.deepcopy(TABLES[name])
    del at(table, path[:-1])[path[-1]]
    assert str(path[-1]) in refused(name, table).key


@settings(max_examples=400)
@given(
    st.sampled_from(LEAVES),
    st.sampled_from(
        [True, [], [1], {}, {"value": 1}, "", "  ", "\u0000", 10**30, -(10**30), float("nan"), float("inf")]
    ),
)
def test_a_value_of_the_wrong_type_is_named(leaf: tuple[str, Steps], wrong: Any) -> None:
    """Requirement: a bool is no number, NaN and infinity are none, a table is no text."""
    name, path = leaf
    good = at(TABLES[name], path)
    if (
        type(good) is type(wrong)
        and not (isinstance(wrong, str) and not wrong.strip())
        and isinstance(good, str | bool)
    ):
        return  # another text, or another bool: not a wrong type
    if wrong == [] and path[-1] == "tests":
        return  # a hazard may have no test of its own
    table = copy.deepcopy(TABLES[name])
    at(table, path[:-1])[path[-1]] = wrong
    error = refused(name, table)
    assert str(path[-1]) in error.key


@settings(max_examples=400)
@given(
    st.sampled_from([leaf for leaf in NUMBERS if "parameters" not in leaf[1]]),
    st.sampled_from([-1e9, 1e9, 10**9]),
)
def test_a_number_out_of_range_is_named_with_the_range(leaf: tuple[str, Steps], wrong: float) -> None:
    """Requirement: a figure that cannot be is refused with the range that is allowed."""
    name, path = leaf
    table = copy.deepcopy(TABLES[name])
    at(table, path[:-1])[path[-1]] = wrong
    error = refused(name, table)
    assert str(path[-1]) in error.key
    assert error.value == wrong


@settings(max_examples=400)
@given(st.sampled_from(LEAVES), st.text(alphabet="abcxyz_", min_size=1, max_size=12))
def test_an_unknown_key_is_named(leaf: tuple[str, Steps], extra: str) -> None:
    """Requirement: a mistyped key must not be a figure without effect."""
    name, path = leaf
    table = copy.deepcopy(TABLES[name])
    inner = at(table, path[:-1])
    if extra in inner or "parameters" in path:
        return
    inner[extra] = 1
    error = refused(name, table)
    assert error.key.endswith(extra)


@given(st.sampled_from(list(LOADERS)), st.binary(max_size=200))
def test_a_file_of_noise_is_refused_and_raises_nothing_else(name: str, noise: bytes) -> None:
    """Requirement: whatever lies in the file, the error is ours."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(noise)
        with pytest.raises(HardwareFileError):
            LOADERS[name](Path(folder))


@given(st.sampled_from(list(LOADERS)), st.data())
def test_a_damaged_file_is_refused_or_read_and_raises_nothing_else(name: str, data: st.DataObject) -> None:
    """Requirement: a file with some bytes changed gives objects or our error, never a traceback."""
    content = bytearray((SOURCE / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        with contextlib.suppress(HardwareFileError):
            LOADERS[name](Path(folder))


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    """Requirement: a folder without the file is refused with its name."""
    with pytest.raises(HardwareFileError, match=name) as caught:
        LOADERS[name](tmp_path)
    assert caught.value.key == "file"


@pytest.mark.parametrize("name", LOADERS)
def test_a_folder_in_place_of_the_file_is_refused(name: str, tmp_path: Path) -> None:
    """Requirement: what cannot be read as a file is our error."""
    (tmp_path / name).mkdir()
    with pytest.raises(HardwareFileError):
        LOADERS[name](tmp_path)


@pytest.mark.parametrize(
    "text", ["schema = ", "a = 1\na = 2", "x = [" * 3000, "schema = " + "9" * 5000, "[a\n"]
)
def test_broken_toml_is_refused(text: str, tmp_path: Path) -> None:
    """Requirement: broken TOML is refused with what the parser says."""
    (tmp_path / "limits.toml").write_text(text, encoding="utf-8")
    with pytest.raises(HardwareFileError, match="valid TOML"):
        hardware.load_limits(tmp_path)


@pytest.mark.parametrize(
    ("row", "key", "wrong"),
    [
        (0, "depth_max_um", 251),
        (1, "depth_max_um", 2501),
        (1, "depth_max_um", 3000),
        (0, "depth_min_um", -1),
        (0, "depth_min_um", 251),
        (1, "rate_max_mhz", 180_001),
        (1, "rate_min_mhz", 9_999),
        (1, "rate_max_mhz", 49_999),
        (0, "rate_max_mhz", 150_001),
        (1, "depth_max_um", 249),
        (1, "depth_max_um", 2500.0),
    ],
)
def test_limits_beyond_the_absolute_ceiling_are_refused(row: int, key: str, wrong: float) -> None:
    """Requirement: no table may ever allow more than 0.25 mm in HOME or 2.5 mm in CLINICAL."""
    table = copy.deepcopy(TABLES["limits.toml"])
    table["mode"][row][key] = wrong
    error = refused("limits.toml", table)
    assert key in error.key or key.replace("min", "max") in error.key


@pytest.mark.parametrize(("row", "wrong"), [(0, 251), (0, 0), (1, 2501), (2, 2501)])
def test_a_cartridge_that_reaches_beyond_its_mode_is_refused(row: int, wrong: int) -> None:
    """Requirement: a HOME cartridge is mechanically limited to 0.25 mm, a CLINICAL one to 2.5 mm."""
    table = copy.deepcopy(TABLES["cartridges.toml"])
    table["cartridge"][row]["stop_um"] = wrong
    error = refused("cartridges.toml", table)
    assert error.key.endswith("stop_um")
    assert error.value == wrong


@pytest.mark.parametrize("kind", ["HOME", "CLINICAL"])
def test_a_missing_kind_of_cartridge_is_refused(kind: str) -> None:
    """Requirement: there is a cartridge for each mode."""
    table = copy.deepcopy(TABLES["cartridges.toml"])
    table["cartridge"] = [row for row in table["cartridge"] if row["kind"] != kind]
    assert kind in refused("cartridges.toml", table).allowed


@pytest.mark.parametrize(("row", "key", "narrower"), [(0, "depth_max_um", 200), (1, "rate_max_mhz", 120_000)])
def test_narrower_limits_are_read(row: int, key: str, narrower: int) -> None:
    """Requirement: just inside the ceilings nothing is refused; the hash changes."""
    table = copy.deepcopy(TABLES["limits.toml"])
    table["mode"][row][key] = narrower
    limits = load("limits.toml", table)
    assert isinstance(limits, hardware.Limits)
    assert hardware.limits_hash(limits) != hardware.limits_hash(hardware.load_limits())


@pytest.mark.parametrize(
    ("name", "rows", "key"),
    [
        ("limits.toml", "mode", "name"),
        ("cartridges.toml", "cartridge", "name"),
        ("interlocks.toml", "interlock", "id"),
    ],
)
def test_a_row_that_stands_twice_is_refused(name: str, rows: str, key: str) -> None:
    """Requirement: each mode, cartridge and interlock once."""
    table = copy.deepcopy(TABLES[name])
    table[rows].append(copy.deepcopy(table[rows][0]))
    error = refused(name, table)
    assert error.key.endswith(key)
    assert error.value == table[rows][0][key]


@pytest.mark.parametrize("row", range(2))
def test_a_missing_mode_is_refused(row: int) -> None:
    """Requirement: both modes have their limits."""
    table = copy.deepcopy(TABLES["limits.toml"])
    gone = table["mode"].pop(row)["name"]
    assert gone in refused("limits.toml", table).allowed


def test_a_gap_in_the_catalogue_is_refused() -> None:
    """Requirement: a row of the catalogue cannot get lost."""
    table = copy.deepcopy(TABLES["interlocks.toml"])
    del table["interlock"][6]
    assert "IL-07" in str(refused("interlocks.toml", table).value)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("id", "IL-00"),
        ("id", "IL-7"),
        ("id", "07"),
        ("held_by", "software"),
        ("stop", "C2"),
        ("priority", "high"),
        ("value_unit", "inch"),
        ("mark", "X"),
        ("built", 1),
        ("latch", "yes"),
        ("trigger", "more than {nothing_um}"),
        ("cause", "{}"),
    ],
)
def test_a_word_that_is_not_in_the_list_is_refused(key: str, wrong: object) -> None:
    """Requirement: unknown ids, holders, stops, priorities, units and placeholders are refused."""
    table = copy.deepcopy(TABLES["interlocks.toml"])
    table["interlock"][6][key] = wrong
    error = refused("interlocks.toml", table)
    assert error.key.endswith(key)
    assert error.value == wrong


@pytest.mark.parametrize("name", ["margin", "margin_inch", "MARGIN_um", "_um", "a b_um"])
def test_a_parameter_without_a_known_unit_is_refused(name: str) -> None:
    """Requirement: units stand in names."""
    table = copy.deepcopy(TABLES["interlocks.toml"])
    table["interlock"][27]["parameters"] = {name: 1}
    assert refused("interlocks.toml", table).key.endswith(name)


@pytest.mark.parametrize("unit", ["furlong", "kg", "", 1])
def test_a_unit_of_another_dimension_is_refused(unit: object) -> None:
    """Requirement: a stroke in kilograms is refused, and the units that fit are named."""
    table = copy.deepcopy(TABLES["pen.toml"])
    table["yoke"]["stroke"]["unit"] = unit
    error = refused("pen.toml", table)
    assert error.key == "yoke.stroke.unit"
    assert "mm" in error.allowed


def test_a_figure_may_be_given_in_another_unit_of_its_dimension() -> None:
    """Requirement: the range follows the unit; 3000 um are 3 mm, 3000 mm are refused."""
    table = copy.deepcopy(TABLES["pen.toml"])
    table["yoke"]["stroke"].update(value=3000, unit="um", tolerance=5)
    pen = load("pen.toml", table)
    assert isinstance(pen, hardware.Pen)
    assert pen.yoke.stroke.to("mm") == 3.0
    table["yoke"]["stroke"].update(unit="mm")
    assert refused("pen.toml", table).key == "yoke.stroke.value"


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("battery", "empty_voltage", 8.5),
        ("battery", "supply_min", 7.1),
        ("battery", "supply_max", 8.3),
        ("stage", "end_min", -0.4),
        ("needle_bar", "needle_mass", 2.5),
    ],
)
def test_figures_in_the_wrong_order_are_refused(section: str, key: str, value: float) -> None:
    """Requirement: an empty battery above a full one, an end stop before home: refused."""
    table = copy.deepcopy(TABLES["pen.toml"])
    table[section][key]["value"] = value
    assert refused("pen.toml", table).key.startswith(section)


def test_a_tolerance_that_leaves_the_range_is_refused() -> None:
    """Requirement: no drawn pen has a figure that could not be written in the file."""
    table = copy.deepcopy(TABLES["pen.toml"])
    table["yoke"]["stroke"]["tolerance"] = 2.5
    assert refused("pen.toml", table).key == "yoke.stroke.tolerance"


def test_the_default_folder_and_a_named_folder_give_the_same(tmp_path: Path) -> None:
    """Requirement: a copy of the folder reads as the installed data does, by text or by Path."""
    folder = tmp_path / "copy"
    shutil.copytree(SOURCE, folder)
    assert hardware.load_limits(str(folder)) == hardware.load_limits(folder) == hardware.load_limits()

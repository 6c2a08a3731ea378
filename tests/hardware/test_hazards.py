"""The risk file, and the check that no link of it dangles: each test plants one dangling link."""

from __future__ import annotations

import shutil
from pathlib import Path

import check_risks
import pytest

from penctl import hardware
from penctl.errors import HardwareFileError

RISKS = hardware.load_hazards()
ASKED_FOR = {
    "H1": "Over-depth",
    "H5": "Unexpected start",
    "H6": "Run-on",
    "H9": "Cross-contamination",
    "H17": "Needle stick",
    "H18": "Hair entanglement",
    "H19": "Depth carried over from the zone before",
    "H20": "Habituation to nuisance trips",
    "H21": "Simulated data mistaken for real",
    "H22": "Clinical mode in the wrong hands",
    "H23": "What the pen keeps is lost",
    "H24": "Wrong date or clock",
    "H25": "Alarm not noticed",
    "H26": "Treatment not recorded, or altered afterwards",
}


@pytest.fixture
def tree(tmp_path: Path, source_root: Path) -> Path:
    """A copy of hardware/, with the rest of the source tree beside it."""
    shutil.copytree(source_root / "hardware", tmp_path / "hardware")
    for name in ("docs", "firmware_proto", "src", "tests"):
        (tmp_path / name).symlink_to(source_root / name)
    return tmp_path


def spoil(tree: Path, file: str, old: str, new: str) -> list[str]:
    """Replace `old`, which must stand in the file, and return what the check then says anew."""
    before = set(check_risks.defects(tree))
    path = tree / "hardware" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return sorted(set(check_risks.defects(tree)) - before)


def test_the_hazards_of_the_facts_and_those_besides_are_there() -> None:
    """Risk file: H1 to H16, the five that were asked for, and five that the parts themselves have shown."""
    assert list(RISKS.hazards) == [f"H{number}" for number in range(1, 27)]
    assert {key: RISKS.hazards[key].name for key in ASKED_FOR} == ASKED_FOR


@pytest.mark.parametrize("hazard", RISKS.hazards.values(), ids=lambda each: each.id)
def test_each_hazard_says_how_it_comes_about_and_what_is_left(hazard: hardware.Hazard) -> None:
    """Risk file: sequence and residual risk are sentences; sequence, harm, severity and controls stand."""
    for text in (hazard.sequence, hazard.residual):
        assert text.endswith(".")
        assert len(text.split()) > 5
    assert hazard.interlocks
    assert hazard.features


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("hazards.toml", '"IL-07", "IL-08"', '"IL-07", "IL-97"', "H1 names IL-97"),
        ("hazards.toml", '"nose-stop", "hard-limits"', '"nose-stops", "hard-limits"', "feature nose-stops"),
        ("hazards.toml", "test_plant_heat.py", "test_plant_cold.py", "there is no such file"),
        ("hazards.toml", "::test_letting_go_is_no_alarm", "::test_letting_go", "no such test"),
        ("hazards.toml", "tests/sim/test_retract.py", "tests/sim/plant_rig.py", "holds no test"),
        ("hazards.toml", "tests/acceptance/test_stops.py", "docs/stops.md", "there is no such file"),
        ("hazards.toml", "0022-return-spring-and-yoke.md", "0022-spring.md", "no such file"),
        ("hazards.toml", "so IL-36 is not fitted", "so it is not", "H9 names IL-36"),
        (
            "interlocks.toml",
            '"tests/treatment/test_course.py"]',
            '"tests/test_curse.py"]',
            "IL-25 names tests/",
        ),
    ],
)
def test_a_link_that_dangles_forwards_is_found(tree: Path, file: str, old: str, new: str, words: str) -> None:
    """Risk file: a hazard or a feature that names what does not exist."""
    found = spoil(tree, file, old, new)
    assert any(words in defect for defect in found), found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('["IL-24", "IL-23", ', '["IL-23", ', "IL-24 stands in the catalogue"),
        ('features = ["simulated-mark"]', 'features = ["nose-stop"]', "feature simulated-mark: no hazard"),
        ('features = ["alarm-order", ', "features = [", "feature alarm-order: no hazard"),
    ],
)
def test_a_link_that_dangles_backwards_is_found(tree: Path, old: str, new: str, words: str) -> None:
    """Risk file: an interlock of the catalogue, or a feature, that no hazard names."""
    assert any(words in defect for defect in spoil(tree, "hazards.toml", old, new))


def test_an_interlock_that_joins_the_catalogue_needs_a_hazard(tree: Path) -> None:
    """Risk file: a 46th row is named by nobody."""
    path = tree / "hardware" / "interlocks.toml"
    text = path.read_text(encoding="utf-8")
    row = text[text.index('[[interlock]]\nid = "IL-45"') :]
    path.write_text(text + "\n" + row.replace("IL-45", "IL-46"), encoding="utf-8")
    assert any(defect.startswith("IL-46 stands in the catalogue") for defect in check_risks.defects(tree))


def test_a_hazard_whose_controls_are_all_planned_is_found(tree: Path) -> None:
    """Risk file: what is planned counts for nothing."""
    path = tree / "hardware" / "interlocks.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("built = true", "built = false"), encoding="utf-8")
    assert "H18: none of its controls stands" in list(check_risks.defects(tree))


def test_a_built_interlock_without_a_test_is_found(tree: Path) -> None:
    """Risk file: the tests of an interlock are those that carry its name."""
    path = tree / "hardware" / "interlocks.toml"
    text = path.read_text(encoding="utf-8")
    begin = text.index('id = "IL-36"')
    path.write_text(text[:begin] + text[begin:].replace("built = false", "built = true", 1), encoding="utf-8")
    assert any(defect.startswith("IL-36 is built, and no test") for defect in check_risks.defects(tree))


def test_an_interlock_of_the_host_that_no_test_holds_is_found(tree: Path) -> None:
    """Risk file: what is fitted is held: by cells, or by tests of the host that its row names."""
    path = tree / "hardware" / "interlocks.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith('tests = ["tests/host/test_visit_inhibited.py"]')]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), encoding="utf-8")
    assert any(defect.startswith("IL-41 is fitted, and neither") for defect in check_risks.defects(tree))


def test_a_broken_file_ends_in_a_sentence(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Risk file: the check says which key of which file is wrong; no traceback."""
    path = tree / "hardware" / "hazards.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('said_in = ["docs/gui.md"]', "said_in = []", 1), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["check_risks.py", str(tree)])
    assert check_risks.main() == 1
    assert "said_in" in capsys.readouterr().out


def test_a_risk_file_that_shrank_is_no_risk_file(tree: Path) -> None:
    """Risk file: a check that sees less than there is must not pass."""
    path = tree / "hardware" / "hazards.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index('[[hazard]]\nid = "H21"')], encoding="utf-8")
    assert any("saw 20 hazards" in defect for defect in check_risks.defects(tree))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('severity = "IRREVERSIBLE"', 'severity = "BAD"', "severity"),
        ('onset = "PROMPT"', 'onset = "SOON"', "onset"),
        ('order = "design"', 'order = "luck"', "order"),
        ('id = "H2"', 'id = "H1"', "each id once"),
        ('id = "H2"', 'id = "H27"', "in order"),
        ('residual = "', 'left = "', "left"),
        ("built = false", "built = true", "until"),
        ('"IL-39", "IL-38"', '"IL-38", "IL-38"', "each once"),
    ],
)
def test_a_broken_risk_file_is_named_by_key_and_value(tree: Path, old: str, new: str, words: str) -> None:
    """Hardware files: a complaint names the file, the key, the value and what is allowed."""
    path = tree / "hardware" / "hazards.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HardwareFileError, match=words):
        hardware.load_hazards(path.parent)

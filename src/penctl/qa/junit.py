"""Adds the table to the JUnit file that pytest wrote, one test case a cell: a gap is a failure there too."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from penctl.qa.cells import CellResult, Outcome, Verdict

SUITE_NAME = "cells"


def add_cells(path: Path, verdict: Verdict, properties: dict[str, str]) -> None:
    """Append a test suite named "cells" to the file; one is written where pytest left none.

    Cells that nobody asked for are not in it. Problems outside the table are failed cases of their own.
    """
    root = _read(path)
    suite = ET.SubElement(root, "testsuite", name=SUITE_NAME)
    told = ET.SubElement(suite, "properties")
    for name, value in properties.items():
        ET.SubElement(told, "property", name=name, value=value)
    results = [result for result in verdict.results.values() if result.outcome is not Outcome.NOT_ASKED]
    for result in results:
        _add_cell(suite, result)
    for problem in verdict.problems:
        case = ET.SubElement(suite, "testcase", classname=f"{SUITE_NAME}.problems", name=problem)
        ET.SubElement(case, "failure", message=problem)
    counts = {"tests": "testcase", "failures": "testcase/failure", "skipped": "testcase/skipped"}
    for name, wanted in counts.items():
        suite.set(name, str(len(suite.findall(wanted))))
    suite.set("errors", "0")
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def join(parts: list[Path], path: Path) -> None:
    """One file from what the processes of pytest wrote, with one test suite; none where none wrote any.

    The parts are removed.
    """
    suites = [suite for part in parts if part.is_file() for suite in _read(part).iter("testsuite")]
    for part in parts:
        part.unlink(missing_ok=True)
    if not suites:
        path.unlink(missing_ok=True)
        return
    whole, *others = suites
    for other in others:
        whole.extend(other.findall("testcase"))
        for name in ("tests", "failures", "errors", "skipped"):
            whole.set(name, str(int(whole.get(name, "0")) + int(other.get(name, "0"))))
        whole.set("time", f"{max(float(whole.get('time', '0')), float(other.get('time', '0'))):.3f}")
    root = ET.Element("testsuites")
    root.append(whole)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _read(path: Path) -> ET.Element:
    """What pytest wrote: our own file of a moment ago."""
    try:
        return ET.parse(path).getroot()  # noqa: S314 - written by our own process
    except (OSError, ET.ParseError):
        return ET.Element("testsuites")


def _add_cell(suite: ET.Element, result: CellResult) -> None:
    interlock, kind = result.cell
    case = ET.SubElement(suite, "testcase", classname=f"{SUITE_NAME}.{interlock}", name=kind)
    told = ET.SubElement(case, "properties")
    for name, value in (("interlock", interlock), ("cell kind", kind), ("tests", str(result.tests))):
        ET.SubElement(told, "property", name=name, value=value)
    if result.outcome is Outcome.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", type="not applicable", message=result.why)
    elif not result.outcome.held:
        ET.SubElement(case, "failure", type=result.outcome.value, message=result.why)

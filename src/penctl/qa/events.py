"""From the events of a run to evidence: what each test did, and what went wrong besides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from penctl.qa.cells import Cell, CellTest, Evidence, Outcome
from penctl.qa.source import Written

Event = dict[str, Any]
PHASES: Final = ("setup", "call", "teardown")
NO_TEST: Final = 5
_ENDINGS: Final = {
    1: "",
    0: "",
    2: "pytest was interrupted",
    3: "pytest broke down; its log says where",
    4: "pytest refused its arguments; its log says why",
    NO_TEST: "pytest found no test",
}


@dataclass
class Progress:
    """What is known so far; `take` events in their order."""

    tests: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    requirements: dict[str, str] = field(default_factory=dict)
    reports: dict[str, list[Event]] = field(default_factory=dict)
    not_applicable: dict[Cell, str] = field(default_factory=dict)
    deselected: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    properties: list[tuple[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    exits: dict[int, int] = field(default_factory=dict)

    def take(self, line: str, part: int = 0) -> None:
        """One line of the event file of this part of the run."""
        event: Event = json.loads(line)
        match event["event"]:
            case "collected":
                self._collected(event)
            case "deselected":
                self.deselected |= {test["id"]: _cells(test) for test in event["tests"]}
            case "not applicable":
                self.not_applicable |= {(one, kind): reason for one, kind, reason in event["cells"]}
            case "collection":
                self.problems.append(f"{event['id']}: {event['outcome']} as a whole: {event['message']}")
            case "report":
                self.reports.setdefault(event["id"], []).append(event)
                self.properties += [(str(name), value) for name, value in event["properties"]]
            case "finished":
                self.exits[part] = event["exitstatus"]

    def _collected(self, event: Event) -> None:
        for test in event["tests"]:
            if test["id"] in self.tests:
                self.problems.append(f"{test['id']}: collected twice")
            self.tests[test["id"]] = _cells(test)
            self.requirements[test["id"]] = test["requirement"]

    @property
    def done(self) -> int:
        """How many tests have ended."""
        return sum(reports[-1]["when"] == "teardown" for reports in self.reports.values())

    @property
    def failed(self) -> int:
        """How many tests have a part that failed."""
        return sum(any(part["outcome"] == "failed" for part in parts) for parts in self.reports.values())

    def evidence(self, written: Written, process_statuses: Sequence[int]) -> Evidence:
        """Everything together, when the processes of the parts have ended so."""
        tests = [self._test(name, cells) for name, cells in self.tests.items()]
        tests += [
            CellTest(name, cells, Outcome.DESELECTED) for name, cells in self.deselected.items() if cells
        ]
        problems = [*written.problems, *self.problems]
        for part, status in enumerate(process_statuses):
            if part not in self.exits:
                problems.append(f"pytest ended before its run was over (exit status {status})")
        problems += [text for code in sorted(set(self.exits.values())) if (text := self._ending(code))]
        if 1 in self.exits.values() and all(test.outcome is Outcome.PASSED for test in tests):
            problems.append("pytest reports a failure that belongs to no test; its log says which")
        return Evidence(tests, written.marks, self.not_applicable, problems)

    def _ending(self, code: int) -> str:
        """What an exit status of pytest says that is wrong; a part may hold no test that was asked for."""
        if code == NO_TEST and self.tests:
            return ""
        return _ENDINGS.get(code, "pytest ended badly")

    def _test(self, name: str, cells: tuple[Cell, ...]) -> CellTest:
        outcome, message = _outcome(self.reports.get(name, []))
        return CellTest(name, cells, outcome, message)


def _cells(test: Event) -> tuple[Cell, ...]:
    return tuple((interlock, kind) for interlock, kind in test["cells"])


def _outcome(reports: Iterable[Event]) -> tuple[Outcome, str]:
    """A test passed when its three parts passed once each, and nothing was expected to fail."""
    parts = list(reports)
    for outcome, wanted in ((Outcome.FAILED, ("call",)), (Outcome.ERROR, ("setup", "teardown"))):
        for part in parts:
            if part["outcome"] == "failed" and part["when"] in wanted:
                return outcome, part["message"]
    skipped = [part for part in parts if part["outcome"] == "skipped" or part["expected"]]
    if skipped:
        return Outcome.SKIPPED, skipped[0]["message"] or "expected to fail"
    phases = [part["when"] for part in parts]
    if phases == list(PHASES):
        return Outcome.PASSED, ""
    if len(phases) > len(PHASES):
        return Outcome.TWICE, "run more than once"
    return Outcome.NOT_RUN, "the run ended before it"

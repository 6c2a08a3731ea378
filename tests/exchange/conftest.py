"""One visit with everything in it, made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # visit_example
sys.path.insert(0, str(Path(__file__).parents[1] / "records"))  # records_rig
sys.path.insert(0, str(Path(__file__).parents[1] / "treatment"))  # visit_script

from visit_example import Example, example_facts

from penctl.exchange.facts import VisitFacts


@pytest.fixture(scope="session")
def facts() -> VisitFacts:
    return example_facts()


@pytest.fixture(scope="session")
def unwell() -> VisitFacts:
    return example_facts(Example(simulated=False).unwell())

"""Every public name says what it is, and every error what to do next."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import penctl
from penctl import errors
from penctl.errors import PenError, Refused, VersionMismatch
from penctl.key_store import NotPaired
from penctl.protocol.enums import Role

MIGRATIONS = "penctl.records.migrations."
"""Scripts that alembic runs inside a migration; nobody imports them."""
MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(penctl.__path__, "penctl.")
    if not name.endswith("__main__") and "._" not in name and not name.startswith(MIGRATIONS)
]


def _names(module: Any) -> Iterator[tuple[str, Any]]:
    """Public classes and functions that the module defines, and their public members."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for member, inner in vars(value).items():
                inner = inner.fget if isinstance(inner, property) else getattr(inner, "__func__", inner)
                if inspect.isfunction(inner) and not member.startswith("_"):
                    yield f"{name}.{member}", inner
        elif inspect.isfunction(value):
            yield name, value


def test_there_are_modules_to_look_at() -> None:
    """A walk that finds nothing would hold nothing."""
    assert len(MODULES) > 40
    assert {"penctl.pen", "penctl.errors", "penctl.qa.cells"} <= set(MODULES)


@pytest.mark.parametrize("module", ["pen", "status", "errors", "transport", "recording", "recorded", "inbox"])
def test_every_name_of_the_library_has_its_docstring(module: str) -> None:
    """Issue 3: what a script holds is documented to its last member."""
    found = dict(_names(importlib.import_module(f"penctl.{module}")))
    assert found
    bare = [name for name, value in found.items() if not (value.__doc__ or "").strip()]
    assert bare == []


@pytest.mark.parametrize("module", MODULES)
def test_every_module_class_and_function_has_its_docstring(module: str) -> None:
    """A reader of any module learns from its first lines what lives there."""
    loaded = importlib.import_module(module)
    assert (loaded.__doc__ or "").strip()
    bare = [name for name, value in _names(loaded) if "." not in name and not (value.__doc__ or "").strip()]
    assert bare == []


def test_what_penctl_offers_by_name_is_there() -> None:
    """`from penctl import …` gives each name of __all__, documented."""
    assert set(penctl.__all__) >= {"Pen", "Recorder", "Transport", "open_url"}
    for name in penctl.__all__:
        assert (getattr(penctl, name).__doc__ or "").strip(), name
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", penctl.__version__)


def _classes(base: type[PenError]) -> Iterator[type[PenError]]:
    yield base
    for sub in base.__subclasses__():
        yield from _classes(sub)


def _made(kind: type[PenError]) -> PenError:
    """One of that class, as it is raised."""
    if kind is Refused:
        return Refused("BUSY")
    if kind is VersionMismatch:
        return VersionMismatch(2, 1)
    if kind is NotPaired:
        return NotPaired("PEN-1", Role.CLINICIAN)
    if kind is errors.HardwareFileError:
        return kind("pen.toml", "motor.resistance", -1, "above 0")  # type: ignore[arg-type]
    return kind("COM9") if issubclass(kind, errors.PortNotFound) else kind()  # type: ignore[call-arg]


GENERAL = {PenError, errors.LinkError, errors.RecordingError, errors.WordedError}
"""Bases, and classes whose every place of use brings its own words."""
WORDED = {kind for kind in _classes(PenError) if kind.__module__.startswith("penctl.")} - GENERAL


@pytest.mark.parametrize(
    "kind", sorted(WORDED, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__
)
def test_an_error_reads_as_what_happened_and_what_to_do(kind: type[PenError]) -> None:
    """Issue 3: errors from one catalogue, each with its cause and its remedy, in sentences."""
    error = _made(kind)
    assert error.what
    assert error.remedy
    text = str(error)
    assert text[0].isupper() or text.split()[0].endswith(".toml,")
    assert text.endswith(".")
    assert "  " not in text
    assert "{" not in text
    assert ". " in text
    assert "None" not in text
    assert (kind.__doc__ or "").strip()

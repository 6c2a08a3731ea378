"""Files that a person wrote: plans, forms, treatments elsewhere. TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.errors import PenError
from penctl.treatment.plan import Plan, plan_from

if TYPE_CHECKING:
    from penctl.treatment.zones import Scalp

SIZE_MAX: Final = 1_000_000
SCHEMA: Final = 1


class InputFileError(PenError):
    """A file that a person wrote cannot be read."""

    WHAT = "The file cannot be read"
    REMEDY = "Correct the file, or name another"


def read_input(path: str | Path, what: str) -> dict[str, Any]:
    """The content of a TOML file, or of a JSON file by its ending; its `schema` is checked and left out.

    Raises:
        InputFileError: it is missing, too large, neither TOML nor JSON in UTF-8, or of another schema.
    """
    where = Path(path)
    try:
        data = where.read_bytes()
    except OSError as error:
        raise InputFileError(
            f"{what} cannot be read", f"{where}: {error.strerror}", remedy="Name a file that is there"
        ) from error
    if len(data) > SIZE_MAX:
        raise InputFileError(f"{what} is too large", f"{where}: {len(data)} bytes", f"{SIZE_MAX} bytes")
    content = _parsed(where, data, what)
    if content.pop("schema", None) != SCHEMA:
        raise InputFileError(
            f"{what} does not say its schema, or another one", str(where), f"schema = {SCHEMA}", "Correct it"
        )
    return content


def _parsed(where: Path, data: bytes, what: str) -> dict[str, Any]:
    try:
        text = data.decode("utf-8")
        content = json.loads(text) if where.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(
            f"{what} is not written as it should be",
            f"{where}: {error}",
            "TOML, or JSON in a file that ends in .json; UTF-8",
            "Correct that place. A decimal number has a point, 0.5, and stands in quotes with its unit",
        ) from error
    if not isinstance(content, dict):
        raise InputFileError(f"{what} is no table", str(where), "keys with values", "Correct it")
    return content


def read_plan(path: str | Path, scalp: Scalp) -> Plan:
    """A plan from its file. Raises InputFileError, TreatmentRefused."""
    return plan_from(read_input(path, "The plan"), scalp)


def text_of(content: Mapping[str, Any], key: str, where: str, *, needed: bool = True) -> str:
    """A text of a table, stripped; "" when it may be missing and is. Raises InputFileError."""
    value = content.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        raise InputFileError(f"{where} lacks {key}, or it is no text", value, "a text", f"Write {key}")
    return value.strip()


def only(content: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Raise InputFileError for a key that nobody reads."""
    for key in content:
        if key not in keys:
            raise InputFileError(f"{where} has a key that nobody reads", key, ", ".join(keys), "Delete it")

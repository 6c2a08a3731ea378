"""Every code that the pen may tell has a place in the core that produces it: no alarm that nothing raises.

A code is produced where it is written as a value: an argument, an initialiser, the right side of an
assignment, a branch of `? :`, a return. It is not produced where it is only asked for: a case label, a
comparison, an argument of a function that answers a question (is_…, has_…, …_latched).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from firmware_core import Core, without_comments

#: Families of codes in the generated headers, by the prefix of their members.
FAMILIES = (
    *("PEN_REASON_", "PEN_WARNING_", "PEN_INPUT_", "PEN_SELF_TEST_CHECK_", "PEN_STOP_KIND_"),
    *("PEN_FLAGS_", "PEN_SOUNDER_", "PEN_CARTRIDGE_BINDING_"),
)
#: What tells of a row that neither stops with its own number nor refuses with a reason of its own.
TOLD_BY = {"IL-27": ("PEN_WARNING_SESSION_DROPPED",)}
QUESTION = re.compile(
    r"^(is|has|was|may|needs|can|count)_|_(is|has|was|of|latched|known|counts)$|latched|find"
)
TOKEN = re.compile(r"[A-Za-z_]\w*|==|!=|<=|>=|<<|>>|->|&&|\|\||[^\s\w]|\d\w*")
COMPARISONS = {"==", "!=", "<", ">", "<=", ">="}


def produced(source: str) -> set[str]:
    """Give the codes that a piece of C writes as values."""
    tokens = TOKEN.findall(without_comments(source))
    found: set[str] = set()
    calls: list[str] = []
    for place, word in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        if word == "(":
            calls.append(before if re.match(r"[A-Za-z_]", before) else "")
        elif word == ")" and calls:
            calls.pop()
        elif word.startswith("PEN_"):
            after = tokens[place + 1] if place + 1 < len(tokens) else ""
            asked = before == "case" or before in COMPARISONS or after in COMPARISONS
            if not asked and not (calls and QUESTION.search(calls[-1])):
                found.add(word)
    return found


def told(core: Core) -> Iterator[str]:
    """Give the codes of the generated headers but NONE, which a field holds that tells nothing."""
    for path in sorted((core.root / "firmware_proto" / "generated").glob("*.h")):
        text = without_comments(path.read_text(encoding="utf-8"))
        for code in re.findall(r"^\s*(PEN_\w+) = \d", text, re.MULTILINE):
            if code.startswith(FAMILIES) and not code.endswith("_NONE"):
                yield code


def owed(row: dict[str, object]) -> list[str]:
    """Give the codes that an interlock needs, all of them: reasons, and its number unless it only refuses."""
    name = str(row["id"])
    reasons = [f"PEN_REASON_{reason}" for reason in row.get("reasons", ())]  # type: ignore[attr-defined]
    number = [f"PEN_IL_{name.removeprefix('IL-')}"]
    if name in TOLD_BY:
        return [*TOLD_BY[name], *reasons]
    return reasons if row["stop"] in ("INHIBIT", "NONE") and reasons else [*number, *reasons]


def rows(catalogue: Path) -> list[dict[str, object]]:
    """Give the rows of the catalogue that the firmware of this release claims to hold."""
    if not catalogue.exists():
        return []
    with catalogue.open("rb") as file:
        read = tomllib.load(file)["interlock"]
    return [row for row in read if row["held_by"] == "firmware" and row["built"]]


def producers(core: Core) -> Iterator[str]:
    """Every code of the generated headers, and every built interlock, has its producer in the core."""
    written = [path for path in core.sources if path.parent.name == "core"]
    written += sorted({path for source in written for path in source.parent.glob("*.h")})
    made: set[str] = set()
    for path in written:
        made |= produced(path.read_text(encoding="utf-8"))
    for code in told(core):
        if code not in made:
            yield f"{code}: nothing in the core produces it; do so, or take it out of penctl.protocol.enums"
    for row in rows(core.root / "hardware" / "interlocks.toml"):
        for code in owed(row):
            if code not in made:
                yield f"{row['id']}: is said to be built, and nothing in the core produces {code}"


def claims(core: Core) -> int:
    """Count what `producers` looks for, so that a check which finds no codes at all is noticed."""
    return len(list(told(core))) + sum(len(owed(row)) for row in rows(core.root / "hardware/interlocks.toml"))

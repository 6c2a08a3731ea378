"""The panel's line for a fault: `bar_sensor wrong value=150 for=2`, with completion."""

from __future__ import annotations

from typing import Any

from pensim.errors import BenchError

Failures = dict[str, dict[str, str]]


def parse(text: str) -> dict[str, Any]:
    """The values of the act `fault`. Raises BenchError for what is no such line."""
    words = text.split()
    if len(words) < 2:
        raise BenchError("A fault is a target, a kind and its values", text, "bar_sensor wrong value=150")
    values: dict[str, float] = {}
    for word in words[2:]:
        name, _, number = word.partition("=")
        try:
            values[name] = float(number)
        except ValueError:
            raise BenchError("This is no name=value with a number", word) from None
    after_s, for_s = values.pop("after", 0.0), values.pop("for", None)
    return {"target": words[0], "kind": words[1], "parameters": values, "after_s": after_s, "for_s": for_s}


def complete(text: str, failures: Failures) -> str:
    """The text with its last word completed as far as only one continuation is left."""
    found = options(text, failures)
    word = _last_word(text)
    if not found:
        return text
    common = found[0]
    for option in found[1:]:
        while not option.startswith(common):
            common = common[:-1]
    return text[: len(text) - len(word)] + common + (" " if len(found) == 1 else "")


def options(text: str, failures: Failures) -> list[str]:
    """What the last word may become: targets, then the kinds of the target."""
    words = text.split()
    number = len(words) - (0 if text.endswith(" ") else 1)
    if number <= 0:
        known = list(failures)
    elif number == 1:
        known = list(failures.get(words[0], ()))
    else:
        known = []
    return [name for name in known if name.startswith(_last_word(text))]


def meaning(text: str, failures: Failures) -> str:
    """What the fault that is being typed does, once target and kind are there."""
    words = text.split()
    return failures.get(words[0], {}).get(words[1], "") if len(words) >= 2 else ""


def _last_word(text: str) -> str:
    return "" if not text or text.endswith(" ") else text.split()[-1]

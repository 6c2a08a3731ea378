"""The firmware check passes a small clean core and rejects a planted defect of each rule."""

from __future__ import annotations

import shutil
from pathlib import Path

import check_firmware
import firmware_producers
import firmware_readers
import pytest

CLEAN = {
    "generated/pen_messages.h": (
        "enum pen_reason {\n    PEN_REASON_NONE = 0,\n    PEN_REASON_EXPIRED = 8\n};\n"
    ),
    "../hardware/interlocks.toml": (
        '[[interlock]]\nid = "IL-07"\nheld_by = "firmware"\nbuilt = true\nstop = "C0"\n'
        '[[interlock]]\nid = "IL-41"\nheld_by = "host"\nbuilt = true\nstop = "INHIBIT"\n'
    ),
    "core/pen.h": "#include <stdint.h>\nint32_t pen_step(int32_t value);\n",
    "core/pen.c": (
        '#include "pen.h"\n#include "guard.h"\n#include "pen_messages.h"\n'
        "static const int32_t step_um[2] = {3, 4}; /* a double comment is no double */\n"
        "int32_t pen_step(int32_t value) { return guard_clamp(value + step_um[value & 1]); }\n"
    ),
    "core/guard.h": "#include <stdint.h>\nint32_t guard_clamp(int32_t value);\n"
    "int32_t guard_age(int32_t ms);\nint32_t guard_depth(int32_t um);\n",
    "core/guard.c": (
        '#include "guard.h"\n#include "pen_messages.h"\nenum { PEN_IL_07 = 7 };\n'
        "int32_t guard_clamp(int32_t value) { return value > 250 ? 250 : value; }\n"
        "int32_t guard_age(int32_t ms) { return ms > 200 ? PEN_REASON_EXPIRED : PEN_REASON_NONE; }\n"
        "static int32_t trip(int32_t interlock) { return interlock; }\n"
        "int32_t guard_depth(int32_t um) { return um > 250 ? trip(PEN_IL_07) : 0; }\n"
    ),
    "core/stroke.h": "#include <stdint.h>\nfloat stroke_gain(int32_t rate);\n",
    "core/stroke.c": (
        '#include "stroke.h"\nfloat stroke_gain(int32_t rate) { return 0.5f * (float)rate; }\n'
    ),
}

PROTOTYPE = "int32_t planted(int32_t value);\n"
BRANCHES = "".join(f"    if (value == {n}) {{ return {n + 1}; }}\n" for n in range(11))
SWITCH = (
    "enum way { WAY_IN, WAY_OUT, WAY_BACK };\nint32_t planted(enum way way);\n"
    "int32_t planted(enum way way) {\n    switch (way) {\n"
)

#: The rule that must reject it: each file to which text is added, and the text.
PLANTED = {
    "a conversion that may lose bits": (
        "warnings",
        "core/pen.c",
        "int8_t p(int32_t v);\nint8_t p(int32_t v) { return v; }",
    ),
    "a switch that leaves a member out": (
        "warnings",
        "core/pen.c",
        SWITCH + "    case WAY_IN: return 1;\n    case WAY_OUT:\n    default: return 0;\n    }\n}",
    ),
    "an array whose length is not known": (
        "warnings",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) { int32_t a[value]; a[0] = 1; return a[0]; }",
    ),
    "a header of the heap": ("headers", "core/pen.c", "#include <stdlib.h>"),
    "a double": ("doubles", "core/stroke.c", "double d(void);\ndouble d(void) { return (double)1.0f; }"),
    "a variable that lives on": ("symbols", "core/pen.c", "int32_t planted_count;"),
    "a static inside a function": (
        "symbols",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) { static int32_t sum; sum += value; return sum; }",
    ),
    "memory from the heap": (
        "symbols",
        "core/pen.c",
        "#include <stddef.h>\nvoid *malloc(size_t n);\n"
        "void *planted(void);\nvoid *planted(void) { return malloc(4); }",
    ),
    "a function of libm": (
        "symbols",
        "core/stroke.c",
        "float sinf(float x);\nfloat planted(float x);\nfloat planted(float x) { return sinf(x); }",
    ),
    "a float in guard": (
        "guard_is_integer",
        "core/guard.c",
        PROTOTYPE + "int32_t planted(int32_t value) { return (int32_t)((float)value * 0.5f); }",
    ),
    "a function that calls itself": (
        "recursion",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) { return value < 1 ? 0 : 2 * planted(value - 1) + 1; }",
    ),
    "two functions that call each other": (
        "recursion",
        "core/pen.c",
        "int32_t a(int32_t v);\nint32_t b(int32_t v);\n"
        "int32_t a(int32_t v) { return v < 1 ? 0 : b(v - 1); }\n"
        "int32_t b(int32_t v) { return 2 * a(v - 1); }",
    ),
    "eleven branches": (
        "complexity",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) {\n" + BRANCHES + "    return 0;\n}",
    ),
    "a reading beyond an array": (
        "cppcheck",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) {\n    int32_t at = 0;\n    if (value > 5) {\n"
        "        at = 2;\n    }\n    return step_um[at];\n}",
    ),
    "the size of a pointer for that of what it points to": (
        "clang_tidy",
        "core/pen.c",
        "#include <string.h>\nvoid planted(int32_t *value);\n"
        "void planted(int32_t *value) { memset(value, 0, sizeof value); }",
    ),
    "a check that is told to look away": (
        "hushed",
        "core/pen.c",
        PROTOTYPE + "int32_t planted(int32_t value) { return value; } // NOLINT",
    ),
    "a reason that nothing gives": (
        "producers",
        "generated/pen_messages.h",
        "enum pen_planted {\n    PEN_REASON_PLANTED = 70\n};",
    ),
    "an interlock that is said to be built": (
        "producers",
        "../hardware/interlocks.toml",
        '[[interlock]]\nid = "IL-08"\nheld_by = "firmware"\nbuilt = true\nstop = "C0"',
    ),
    "an interlock that refuses without its reason": (
        "producers",
        "../hardware/interlocks.toml",
        '[[interlock]]\nid = "IL-44"\nheld_by = "firmware"\nbuilt = true\nstop = "INHIBIT"\n'
        'reasons = ["EXPIRED", "TEST_BUILD"]',
    ),
}

#: Codes that stand in the source and that nothing produces.
ONLY_ASKED_FOR = {
    "in a comment": "/* PEN_REASON_PLANTED */",
    "as a case": "int32_t p(int32_t v) { switch (v) { case PEN_REASON_PLANTED: return 1; } return 0; }",
    "in a comparison": "int32_t p(int32_t v) { return v == PEN_REASON_PLANTED; }",
    "in a comparison that begins with it": "int32_t p(int32_t v) { return PEN_REASON_PLANTED != v; }",
    "in a question": "int32_t p(int32_t v) { return is_refused(v, PEN_REASON_PLANTED); }",
}
PRODUCED = {
    "returned": "int32_t p(void) { return PEN_REASON_PLANTED; }",
    "passed on": "int32_t p(int32_t v) { return is_odd(v) ? refuse(PEN_REASON_PLANTED, v) : 0; }",
    "assigned": "void p(int32_t *v) { *v = PEN_REASON_PLANTED; }",
    "in a table": "static const int32_t table[] = {PEN_REASON_PLANTED};",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small clean core."""
    if shutil.which("gcc") is None:
        pytest.fail("the firmware check needs gcc: install it")
    for name, text in CLEAN.items():
        path = tmp_path / "firmware_proto" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_clean_core_has_no_defect(tree: Path) -> None:
    """Requirement: the firmware check accepts a core that keeps the rules: a rejection means something."""
    assert check_firmware.check(tree, fewest=3, fewest_codes=2) == (3, {})


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_defect_is_rejected(tree: Path, case: str) -> None:
    """Requirement: each firmware rule is held by a check that finds its violation."""
    rule, name, text = PLANTED[case]
    with (tree / "firmware_proto" / name).open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    held = tuple(one for one in check_firmware.RULES if one.__name__ == rule)
    _, defects = check_firmware.check(tree, fewest=3, fewest_codes=2, rules=held)
    assert list(defects) == [rule]


def test_every_rule_has_a_planted_defect() -> None:
    """Requirement: no firmware rule stands in the table that was never seen to reject anything."""
    assert {rule.__name__ for rule in check_firmware.RULES} == {rule for rule, _, _ in PLANTED.values()}


def test_a_total_switch_counts_as_one_decision(tree: Path) -> None:
    """Requirement: naming every member of an enum costs no complexity, or the two rules would fight."""
    members = [f"WAY_{n}" for n in range(14)]
    cases = "".join(f"    case {member}: return {n};\n" for n, member in enumerate(members))
    text = f"enum way {{ {', '.join(members)} }};\nint32_t planted(enum way way);\n"
    text += (
        f"int32_t planted(enum way way) {{\n    switch (way) {{\n{cases}    default: return 99;\n    }}\n}}\n"
    )
    with (tree / "firmware_proto/core/pen.c").open("a", encoding="utf-8") as file:
        file.write(text)
    rules = (check_firmware.complexity, check_firmware.warnings)
    assert check_firmware.check(tree, fewest=3, fewest_codes=2, rules=rules) == (3, {})


@pytest.mark.parametrize("case", ONLY_ASKED_FOR)
def test_a_code_that_is_only_asked_for_has_no_producer(case: str) -> None:
    """Requirement: a case, a comparison, a question or a comment is no place that produces a code."""
    assert "PEN_REASON_PLANTED" not in firmware_producers.produced(ONLY_ASKED_FOR[case])


@pytest.mark.parametrize("case", PRODUCED)
def test_a_code_that_is_written_as_a_value_has_its_producer(case: str) -> None:
    """Requirement: the twin: a code that is returned, passed on, assigned or tabled counts as produced."""
    assert "PEN_REASON_PLANTED" in firmware_producers.produced(PRODUCED[case])


def test_a_reader_that_is_not_installed_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement: without cppcheck or clang-tidy the check does not pass and says what to do."""
    monkeypatch.setattr(firmware_readers.sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FileNotFoundError, match="run make setup"):
        firmware_readers.program("cppcheck")


def test_a_check_that_finds_no_codes_fails(tree: Path) -> None:
    """Requirement: the rule of producers does not pass because it looked in the wrong headers."""
    _, defects = check_firmware.check(tree, fewest=3, fewest_codes=150, rules=(check_firmware.producers,))
    assert "sources" in defects


def test_a_check_that_sees_too_few_sources_fails(tmp_path: Path) -> None:
    """Requirement: an empty folder does not pass the firmware check."""
    count, defects = check_firmware.check(tmp_path)
    assert count == 0
    assert "sources" in defects

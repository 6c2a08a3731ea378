"""Holds what no tracked file may say: paths of one machine, how it was made, words that we do not use.

usage: check_text.py [FILE …]     without files: every text file that git tracks or would add

The project must read the same to everybody who clones it, so it names no folder of the machine it was written
on and no package server. In Markdown the field's words are held too (RULES tells which).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FEWEST_FILES = 300  # a check that sees less than there is must not pass


@dataclass(frozen=True)
class Rule:
    """A pattern that may not occur, in files whose name ends with one of `endings`, or in any file."""

    name: str
    pattern: re.Pattern[str]
    why: str
    endings: tuple[str, ...] = ()


def words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of whole words, in either case."""
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


# Each pattern is written so that it does not match its own text: this file is checked like any other.
RULES = (
    Rule(
        "machine path",
        re.compile(r"(?<![\w.<-])/(?:work|root|home/[a-z]\w*|Users/\w+)/"),
        "a path of one machine means nothing on another",
    ),
    Rule("outside path", re.compile(r"\.\./(?:[s]hared|[.]library)\b"), "it lies outside the repository"),
    Rule(
        "package server",
        re.compile(
            r"(?:index-url|find-links|trusted-host)[ =]+\S*:/"
            r"|registry *= *\"?https?:|\"resolved\": *\"https?:"
            r"|(?:py)pi\.org/simple|python[h]osted\.org|registry\.npm[j]s",
            re.IGNORECASE,
        ),
        "versions and hashes name a package; where it comes from is each machine's own setting",
    ),
    Rule(
        "how it was made",
        words(
            r"[c]laude|[a]nthropic|[c]hatgpt|[c]opilot|[o]penai|[g]emini|[l]lms?|[l]anguage models?"
            r"|[s]ub-?agents?|[c]oding agents?|[a]i[- ](?:agents?|assistants?|generated|written|tools?)"
            r"|(?:[t]his|[l]ast|[p]revious|[e]arlier|[n]ext) session"
        ),
        "the text speaks of the pen, not of who wrote it",
    ),
    Rule(
        "plain session",
        re.compile(r"(?<!link )(?<!link-)\b[Ss]essions?\b"),
        "say 'link session' for the wire's, 'visit' for the patient's",
        (".md",),
    ),
    Rule("alarm words", words(r"[m]uted?|[s]noozed?"), "say 'audio paused' (IEC 60601-1-8)", (".md",)),
)


def prose(text: str) -> str:
    """Blank what Markdown marks as code, keeping the lines: names of messages and functions are not prose."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())  # noqa: E731
    text = re.sub(r"^```.*?^```", blank, text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", blank, text)


def defects(path: str, text: str) -> Iterator[str]:
    """Yield a sentence for each thing in the text of a file that a rule forbids."""
    for rule in RULES:
        if rule.endings and not path.endswith(rule.endings):
            continue
        searched = prose(text) if rule.endings else text
        for number, line in enumerate(searched.splitlines(), start=1):
            if found := rule.pattern.search(line):
                yield f"{path}:{number}: {rule.name}: {found.group()!r}: {rule.why}"


def tracked_files(root: Path) -> list[Path]:
    """List what git tracks or would add in the source tree `root`."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    if listing.returncode:
        sys.exit(f"check_text: {root} is no git checkout, so there is no list of files: name them")
    return [root / name for name in listing.stdout.split("\0") if name and (root / name).is_file()]


def read_text(path: Path) -> str | None:
    """Read a file as UTF-8; None for one that is not text."""
    data = path.read_bytes()
    return None if b"\0" in data else data.decode("utf-8", errors="replace")


def check(paths: list[Path], root: Path) -> tuple[int, list[str]]:
    """Check files below `root`. Return how many were text, and one sentence for each defect."""
    found: list[str] = []
    seen = 0
    for path in paths:
        text = read_text(path)
        if text is not None:
            seen += 1
            found += defects(str(path.relative_to(root)), text)
    return seen, found


def main() -> int:
    """Print the defects of the files named, or of all; exit status 1 when there are any."""
    root = Path(__file__).resolve().parent.parent
    named = [Path(name).resolve() for name in sys.argv[1:]]
    seen, found = check(named or tracked_files(root), root)
    if not named and seen < FEWEST_FILES:
        found.append(f"saw {seen} text files, at least {FEWEST_FILES} exist: is this the right folder?")
    for defect in found:
        print(defect)
    print(f"check_text: {seen} files, {len(RULES)} rules, {len(found)} defects")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

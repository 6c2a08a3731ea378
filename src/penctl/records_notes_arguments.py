"""The arguments of `penctl records elsewhere | outcomes | adverse | rule | trail`: notes beside visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Act = Callable[..., Any]
HANDLERS = "penctl.commands.records_notes"


def add_notes(acts: Any, act: Act) -> None:
    """What is noted beside visits; `act` makes one act of `penctl records`."""
    for add in (_elsewhere, _outcomes, _adverse, _rule, _trail):
        add(acts, act)


def _elsewhere(acts: Any, act: Act) -> None:
    made = act(
        acts,
        "elsewhere",
        "list treatments elsewhere or with another tool, or note one",
        f"{HANDLERS}:run_elsewhere",
        "They lock a zone as one's own do; one of unknown depth counts as deep.",
    )
    made.add_argument("patient", help="pseudonym")
    made.add_argument("--zone", help="note one in this zone, as vertex")
    made.add_argument(
        "--at", metavar="TIME", help="when, as 2026-06-01 or 2026-06-01T10:00, by the clinic's clock"
    )
    made.add_argument(
        "--depth", metavar="DEPTH", help='how deep, with its unit, as "0.5 mm" (default: unknown)'
    )
    made.add_argument(
        "--tool", default="unknown", help="pen, other_pen, derma_roller, stamp, unknown (default)"
    )
    made.add_argument("--text", default="", help="what else was told")


def _outcomes(acts: Any, act: Act) -> None:
    made = act(acts, "outcomes", "list a patient's measures, or note one", f"{HANDLERS}:run_outcomes")
    made.add_argument("patient", help="pseudonym")
    made.add_argument("--zone", help="note one in this zone, as vertex")
    made.add_argument(
        "--measure",
        help="hair_count_per_cm2, density_per_cm2, thickness_um, self_rating (-3 to 3), satisfaction "
        "(0 to 10)",
    )
    made.add_argument("--value", metavar="NUMBER", help="the value, with a decimal point")
    made.add_argument("--on", metavar="DATE", help="the day of the measure (default: today)")
    made.add_argument("--photo", default="", metavar="REFERENCE", help="a photo that is kept elsewhere")


def _adverse(acts: Any, act: Act) -> None:
    made = act(
        acts,
        "adverse",
        "list adverse events, or note one that shows after the visit",
        f"{HANDLERS}:run_adverse",
    )
    made.add_argument("patient", nargs="?", default="", help="pseudonym (default: everybody)")
    made.add_argument("--kind", help="note one: redness, infection, scarring, tram_track, …")
    made.add_argument("--severity", type=int, choices=(1, 2, 3), help="1 mild, 2 moderate, 3 severe")
    made.add_argument("--zone", default="", help="in this zone")
    made.add_argument("--visit", default="", help="after this visit")
    made.add_argument("--text", default="", help="in words")


def _rule(acts: Any, act: Act) -> None:
    made = act(
        acts,
        "rule",
        "give the clinic a stricter figure for a rule",
        f"{HANDLERS}:run_rule",
        "A looser one is refused. penctl rules tells the rules with their units.",
    )
    made.add_argument("rule", help="as R-05")
    made.add_argument("value", type=int, help="a whole number in the rule's own unit")
    made.add_argument("--why", required=True, help="the reason, for the audit trail")


def _trail(acts: Any, act: Act) -> None:
    made = act(acts, "trail", "show the audit trail: who, when, what, old, new, why", f"{HANDLERS}:run_trail")
    made.add_argument(
        "entity", nargs="?", default="", help="of this kind of entry: visits, users, persons, …"
    )
    made.add_argument("id", nargs="?", default="", help="of this entry only")
    made.add_argument("--last", type=int, default=50, metavar="N", help="so many rows at most (default: 50)")

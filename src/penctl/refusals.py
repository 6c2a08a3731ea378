"""Turns the numbers of a refusal into `penctl.errors.Refused`, with the protocol's words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from penctl.errors import Refused
from penctl.protocol.enums import CartridgeKind, Mode, Reason, Role, State
from penctl.reason_words import REFUSALS, UNKNOWN

_ENUMS: Final[Mapping[str, type[IntEnum]]] = MappingProxyType(
    {"Role": Role, "State": State, "Mode": Mode, "CartridgeKind": CartridgeKind}
)
_SETPOINT_UNITS: Final[Mapping[str, str]] = MappingProxyType({"SET_DEPTH": "um", "SET_RATE": "mHz"})


def refusal(command: str, reason: Reason, value: Any, limit: Any, *, layer: str = "device") -> Refused:
    """A refusal of `command`; `layer` says who noticed first, "host" or "device"."""
    unit = REFUSALS.get(reason.name, UNKNOWN).unit
    members = _ENUMS.get(unit)
    if members is not None:
        value, limit = _named(members, value), _named(members, limit)
    if reason is Reason.INCREASE_WHILE_RUNNING:
        unit = _SETPOINT_UNITS.get(command, unit)
    return Refused(reason, value, limit, unit=unit, layer=layer)


def _named(members: type[IntEnum], number: Any) -> Any:
    """The member with that number, or the value as it came."""
    known = isinstance(number, int) and number in {int(member) for member in members}
    return members(number) if known else number

"""What the hand may do at a served pen, by name and as plain values: one table for panel and side channel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from penctl.protocol.enums import Mode, State
from pensim.cartridges import Cartridge
from pensim.errors import BenchError
from pensim.faults import NAMES, TARGETS, Fault
from pensim.plant.fault_points import SUPPORTED

if TYPE_CHECKING:
    from pensim.bench import Bench

Values = Mapping[str, Any]
CAUSES: Final = ("firmware", "emergency stop chain", "hold-to-run path", "reset of the controller")
STOPS_SHOWN: Final = 8
CARTRIDGE_OPTIONS: Final[Mapping[str, type]] = {
    **dict.fromkeys(("id", "uses", "strokes", "first_day", "last_day", "sterile_until_day"), int),
    **dict.fromkeys(("expired", "locked", "tag"), bool),
    "signed": str,
}
_KINDS: Final = {int: "a whole number", bool: "on or off", str: "a word"}


class Acts:
    """Performs acts on a bench. Every answer has `time_s`, the virtual time at which the act was done."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._faults: dict[str, Fault] = {}
        self._ends_s: dict[str, float] = {}
        self._last: Cartridge | None = bench.kernel.cartridge
        self._table: dict[str, Callable[[Values], Any]] = {
            "hold": lambda given: bench.hand.hold(_switch(given)),
            "press": lambda given: bench.hand.press(_number(given, "n")),
            "glide": lambda given: bench.hand.glide(_number(given, "mm_s")),
            "lift": lambda given: bench.hand.lift(),
            "button": lambda given: bench.hand.button(_switch(given)),
            "estop": lambda given: bench.hand.estop(_switch(given)),
            "cartridge": self._cartridge,
            "charger": lambda given: bench.hand.charger(_switch(given)),
            "lock": lambda given: bench.hand.lock(_switch(given)),
            "power": self._power,
            "restart": lambda given: bench.restart(_cause(given), booted=False),
            "charge": lambda given: bench.set_charge(_number(given, "percent") / 100.0),
            "warm": self._warm,
            "link": lambda given: bench.restore_link() if _switch(given) else bench.cut_link(),
            "fault": self._fault,
            "clear": self._clear,
            "failures": lambda given: failures(),
            "stops": lambda given: self._stops(),
        }

    def perform(self, act: str, given: Values) -> dict[str, Any]:
        """Do it. Raises BenchError: unknown act, unfit value; FaultUnsupported. Nothing was done then."""
        if act not in self._table:
            raise BenchError("The hand knows no such act", act, ", ".join(self._table), "Name one of these")
        time_s = self._bench.time_s
        result = self._table[act](given)
        return {"time_s": time_s} if result is None else {"time_s": time_s, act: result}

    def _cartridge(self, given: Values) -> None:
        name = str(given.get("kind", "")).upper()
        hand, options = self._bench.hand, cartridge_options(given.get("options", {}))
        if name == "AGAIN":
            if self._last is None:
                raise BenchError("No cartridge was fitted before", remedy="Name a kind")
            hand.cartridge(self._last, **options)
        else:
            hand.cartridge(None if name == "NONE" else name, **options)
        self._last = self._bench.kernel.cartridge or self._last

    def _power(self, given: Values) -> None:
        on = _switch(given)
        if not on:
            self._bench.power_off()
        elif self._bench.kernel.powered:
            raise BenchError("The pen is on", remedy="Switch it off first, or use restart")
        else:
            self._bench.restart("POWER_ON", booted=False)

    def _warm(self, given: Values) -> None:
        for name in given:
            if name not in ("nose_c", "handle_c", "room_c"):
                raise BenchError("Nothing of this name can be warmed", name, "nose_c, handle_c, room_c")
        told = {name: None if value is None else _finite(name, value) for name, value in given.items()}
        if "room_c" in told:
            self._bench.room(told.pop("room_c"))
        if told:
            control = self._bench.kernel.control
            now = {name: float(control[name]) for name in ("nose_c", "handle_c")}
            kept = {name: None if math.isnan(value) else value for name, value in now.items()}
            self._bench.warm(**{**kept, **told})

    def _fault(self, given: Values) -> None:
        target, kind = str(given.get("target", "")), str(given.get("kind", ""))
        values = given.get("parameters", {})
        parameters = {str(name): _finite(str(name), value) for name, value in dict(values).items()}
        after_s = _finite("after_s", given.get("after_s", 0.0))
        for_s = None if given.get("for_s") is None else _finite("for_s", given["for_s"])
        if self._is_over(target):
            self._faults.pop(target).clear()
        self._faults[target] = self._bench.inject(target, kind, after_s=after_s, for_s=for_s, **parameters)
        self._ends_s[target] = math.inf if for_s is None else self._bench.time_s + after_s + for_s

    def _is_over(self, target: str) -> bool:
        return target in self._faults and self._bench.time_s >= self._ends_s[target]

    def _clear(self, given: Values) -> list[str]:
        target = given.get("target")
        if target is not None and target not in TARGETS:
            raise BenchError("The plant has no such target", target, ", ".join(TARGETS), "Name one of these")
        cleared = [name for name, fault in self._faults.items() if fault.active and target in (None, name)]
        for name in cleared:
            self._faults.pop(name).clear()
        return cleared

    def _stops(self) -> list[dict[str, Any]]:
        """The newest falls of the drive; times in s of virtual time, None for what has not happened yet."""
        return [
            {
                "drive_off_s": row["off_us"] * 1e-6,
                "cause": CAUSES[int(row["cause"])],
                "further_strokes": int(row["strokes_after"]),
                "needles_clear_s": _moment(row["clear_us"]),
                "rest_s": _moment(row["rest_us"]),
            }
            for row in self._bench.kernel.stops()[-STOPS_SHOWN:]
        ]

    def status(self) -> dict[str, Any]:
        """How hand, pen and faults are now, as the simulator knows it."""
        kernel = self._bench.kernel
        control, outputs, state = kernel.control, kernel.outputs, kernel.state
        stroke = kernel.last_stroke
        return {
            "time_s": self._bench.time_s,
            "pen": {
                "state": State(int(outputs.state)).name,
                "mode": Mode(int(outputs.mode)).name if outputs.mode else "",
                "tripped": int(outputs.tripped),
                "drive": bool(state.gate),
                "strokes": kernel.stroke_count,
                "rate_hz": float(state.omega) / math.tau,
                "depth_um": float(stroke.peak_tip_um) if stroke is not None else None,
                "press_n": float(state.nose_force),
                "power": kernel.powered,
                "charge_percent": float(state.charge) * 100.0,
                "nose_c": float(state.nose_c),
                "handle_c": float(state.handle_c),
            },
            "hand": {
                "hold": bool(control.hold),
                "estop": bool(control.estop),
                "lifted": bool(control.lifted),
                "press_n": float(control.press_n),
                "glide_mm_s": float(control.glide_mm_s),
                "button": bool(control.button),
                "charger": bool(control.charger),
                "cartridge": self._fitted(),
                "locked": bool(control.cartridge_locked),
            },
            "link": bool(control.link_up),
            "faults": [self._told(fault) for fault in self._faults.values() if fault.active],
        }

    def _told(self, fault: Fault) -> dict[str, Any]:
        return {
            "target": fault.target,
            "kind": fault.kind,
            "onset_s": fault.onset_s,
            "took_effect_s": fault.took_effect_s,
            "over": self._is_over(fault.target),
        }

    def _fitted(self) -> str:
        fitted = self._bench.kernel.cartridge
        if fitted is None:
            return "none"
        number = fitted.maker["id"]
        return f"{fitted.figures.kind}, {fitted.figures.needles} needles, number {number}"


def cartridge_options(given: Values) -> dict[str, Any]:
    """Options of `Cartridge` from plain values, as a command or a program gives them.

    Raises:
        BenchError: an option that a hand cannot choose, or of another kind.
    """
    options = {}
    for name, value in dict(given).items():
        kind = CARTRIDGE_OPTIONS.get(name)
        if kind is None:
            known = ", ".join(CARTRIDGE_OPTIONS)
            raise BenchError("A cartridge has no such option", name, known, "Name one of these")
        if type(value) is not kind:
            raise BenchError(f"The option {name} of a cartridge is {_KINDS[kind]}", value, None, "Correct it")
        options[name] = value
    return options


def _cause(given: Values) -> str:
    return str(given.get("cause", "SOFTWARE")).upper()


def failures() -> dict[str, dict[str, str]]:
    """Every target and every way in which it can fail, in words."""
    return {
        NAMES[target]: {kind.name.lower(): meaning for kind, meaning in ways.items()}
        for target, ways in SUPPORTED.items()
    }


def _moment(time_us: int) -> float | None:
    return None if time_us < 0 else float(time_us) * 1e-6


def _switch(given: Values) -> bool:
    on = given.get("on")
    if not isinstance(on, bool):
        raise BenchError("A switch is on or off", on, "on, off", "Give one of these")
    return on


def _number(given: Values, name: str) -> float:
    return _finite(name, given.get(name))


def _finite(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BenchError(f"{name} is no number", value, "a finite number", "Correct it")
    return float(value)

"""Guard alone, through ctypes: what the sensors show goes in tick by tick, what guard decides comes out.

Limits are written here as numbers, never taken from the generated headers or hardware/.
"""

from __future__ import annotations

import ctypes
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from compiled import compile_once

TICK_US = 100
STROKE_UM = 3000
COUNTS = 4096
INVALID_UM = -2147483648
STEP_UM = 3.125
HOME, CLINICAL = 1, 2
CAP_UM = {HOME: 250, CLINICAL: 2500}
LOWEST_MHZ = {HOME: 50_000, CLINICAL: 50_000}
CAP_MHZ = {HOME: 100_000, CLINICAL: 150_000}
OFF, ARMED, RUN, STOPPING, LATCHED = range(5)
C0, C1 = 1, 2
NONE = 0
(
    SET_MODE,
    SET_DEPTH,
    SET_RATE,
    SET_REFERENCE,
    REQUEST_STAGE,
    ARM,
    START,
    STOP,
    DISARM,
    RESET,
    BEGIN_PROOF,
    NOTE_SELF_TEST,
    NOTE_CALIBRATION,
    NOTE_PROOF,
    CLEAR_SETPOINTS,
) = range(15)
OPERATOR, CLINICIAN, SERVICE = 1, 2, 3
AS_ASKED = 2
"""Feedback of the shut-off path that follows what guard asked in the tick before."""

INPUTS = np.dtype(
    [
        ("time_us", "u8"),
        ("clock2_us", "u4"),
        ("shaft_counts", "i4"),
        ("bar_um", "i4"),
        ("stage_um", "i4"),
        ("stage_steps", "i4"),
        ("motor_ma", "i4"),
        ("supply_mv", "i4"),
        ("press_mn", "i4"),
        ("nose_mc", "i4"),
        ("handle_mc", "i4"),
        ("heartbeats", "u4"),
        ("stops", "u4"),
        ("session_id", "u4"),
        ("charge_permille", "u2"),
        ("estop_a_closed", "u1"),
        ("estop_b_closed", "u1"),
        ("hold_pressed", "u1"),
        ("hold_released", "u1"),
        ("button_pressed", "u1"),
        ("stage_home", "u1"),
        ("drive_feedback", "u1"),
        ("short_feedback", "u1"),
        ("cartridge_locked", "u1"),
        ("tag_present", "u1"),
        ("charger_present", "u1"),
        ("self_check", "u1"),
        ("configuration_damaged", "u1"),
    ],
    align=True,
)
HEALTHY = {
    "session_id": 1,
    "estop_a_closed": 1,
    "estop_b_closed": 1,
    "bar_um": -3400,
    "motor_ma": 20,
    "supply_mv": 7400,
    "press_mn": 3000,
    "nose_mc": 25_000,
    "handle_mc": 25_000,
    "charge_permille": 800,
    "drive_feedback": AS_ASKED,
    "short_feedback": AS_ASKED,
    "cartridge_locked": 1,
    "tag_present": 1,
}
SEEN = np.dtype(
    [
        ("time_us", "u8"),
        ("trip_time_us", "u8"),
        ("trip_value", "i4"),
        ("trip_limit", "i4"),
        ("allowed_nm", "i4"),
        ("stroke_mhz", "i4"),
        ("window_mhz", "i4"),
        ("stroke_depth_um", "i4"),
        ("strokes", "u4"),
        ("drive_enable", "u1"),
        ("stage_enable", "u1"),
        ("state", "u1"),
        ("stop", "u1"),
        ("trip_count", "u1"),
        ("tripped", "u1"),
        ("trip_input", "u1"),
        ("trip_stop", "u1"),
        ("warning", "u1"),
        ("second", "u1"),
        ("supply_enable", "u1"),
        ("watchdog", "u1"),
        ("cause", "u1"),
        ("unlatched", "u1"),
        ("unlatched_input", "u1"),
        ("unlatched_stop", "u1"),
        ("referenced", "u1"),
        ("proof", "u1"),
        ("proof_check", "u1"),
        ("unlatched_value", "i4"),
        ("unlatched_limit", "i4"),
        ("warning_value", "i4"),
        ("warning_limit", "i4"),
    ],
    align=True,
)
SETTINGS = np.dtype(
    [
        ("depth_max_um", "i4", (2,)),
        ("rate_max_mhz", "i4", (2,)),
        ("bar_offset_um", "i4"),
        ("home_only", "u1"),
        ("restart_cause", "u1"),
    ],
    align=True,
)
TRIP = np.dtype(
    [
        ("interlock", "u1"),
        ("input", "u1"),
        ("stop", "u1"),
        ("latched", "u1"),
        ("restored", "u1"),
        ("answered", "u1"),
        ("mode", "u1"),
        ("value", "i4"),
        ("limit", "i4"),
        ("time_us", "u8"),
        ("session_id", "u4"),
    ],
    align=True,
)
PROVED, PROOF_FAILED = 2, 3
POWER_ON, WATCHDOG, BROWN_OUT, SOFTWARE = range(4)

STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


def copy_core(source_root: Path, folder: Path) -> Path:
    """Copy the firmware's C folders, so that a defect can be planted in the copy; returns the copy."""
    for part in ("core", "generated", "port", "tests"):
        shutil.copytree(source_root / "firmware_proto" / part, folder / part)
    return folder


def plant(firmware: Path, file: str, source: str, planted: str) -> None:
    """Put a defect into a copy of the core; `file` may be a pattern, the source must stand there once."""
    found = [path for path in (firmware / "core").glob(file) if source in path.read_text(encoding="utf-8")]
    assert len(found) == 1, f"the piece of source is gone, or stands in more than one file: {source}"
    text = found[0].read_text(encoding="utf-8")
    assert text.count(source) == 1, f"the piece of source stands there more than once: {source}"
    found[0].write_text(text.replace(source, planted), encoding="utf-8")


def compile_guard(firmware: Path, target: Path, *flags: str) -> Path:
    """Compile guard and its rig from a firmware folder into a library."""
    core = firmware / "core"
    sources = [*sorted(core.glob("guard*.c")), core / "rate_meter.c", firmware / "tests" / "guard_rig.c"]
    include = [f"-I{firmware / part}" for part in ("core", "generated")]
    command = [
        "cc",
        "-shared",
        "-fPIC",
        *include,
        *(flags or ("-O1",)),
        "-o",
        str(target),
        *map(str, sources),
    ]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    return target


class GuardLibrary:
    """The compiled functions of firmware_proto/tests/guard_rig.c."""

    def __init__(self, path: Path) -> None:
        self.c = ctypes.CDLL(str(path))
        sizes = {"inputs": INPUTS, "seen": SEEN, "settings": SETTINGS, "trip": TRIP}
        for name in ("size", "trips", *(f"sizeof_{name}" for name in sizes)):
            getattr(self.c, f"guard_rig_{name}").restype = ctypes.c_int64
        for name, dtype in sizes.items():
            assert getattr(self.c, f"guard_rig_sizeof_{name}")() == dtype.itemsize, name

    def new(self, trips: np.ndarray | None = None, **settings: Any) -> Guard:
        """A guard that was just powered on, with settings and latched trips that its memory kept."""
        return Guard(self, trips, settings)


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def _settings(given: dict[str, Any]) -> np.ndarray:
    settings = np.zeros(1, dtype=SETTINGS)
    for name, value in given.items():
        settings[name] = value
    return settings


def reading_um(depth_um: Any) -> Any:
    """What sensor A reads at a depth: it counts from power-on, when the stage stood at 1.0 mm."""
    return depth_um - 1000


@dataclass(frozen=True)
class Answer:
    """What guard said to a request."""

    reason: int
    value: int
    limit: int


class Guard:
    """One guard. `now` is what the sensors show until it is changed; a heartbeat comes every 50 ms.

    At power-on the stage stood at 1.0 mm: sensor A counts from there, and reads −1500 µm at the home switch.
    """

    def __init__(self, library: GuardLibrary, trips: np.ndarray | None, settings: dict[str, Any]) -> None:
        self._c = library.c
        self._memory = (ctypes.c_uint64 * (self._c.guard_rig_size() // 8 + 1))()
        self._c.guard_rig_init(self._memory, _address(_settings(settings)))
        if trips is not None:
            self._c.guard_rig_restore(self._memory, _address(trips), ctypes.c_int64(len(trips)))
        self.now = np.zeros((), dtype=INPUTS)
        self.set(**HEALTHY)
        self.depth_um = -450.0
        self.angle = 0.0
        self.beating = True
        self.seen = np.zeros(0, dtype=SEEN)

    @property
    def last(self) -> Any:
        """What was seen in the last tick."""
        return self.seen[-1]

    def ask(self, what: int, value: int = 0, role: int = SERVICE) -> Answer:
        """A request between two ticks; a reset is asked for by a role."""
        answer = (ctypes.c_int32 * 3)()
        self._c.guard_rig_ask(
            self._memory, ctypes.c_int64(what), ctypes.c_int64(value), ctypes.c_int64(role), answer
        )
        return Answer(*answer)

    def accept(self, what: int, value: int = 0, role: int = SERVICE) -> None:
        """A request that must be accepted."""
        answer = self.ask(what, value, role)
        assert answer.reason == NONE, answer

    def configure(self, **settings: Any) -> Answer:
        """New settings, as after CONFIGURE or CALIBRATE."""
        answer = (ctypes.c_int32 * 3)()
        self._c.guard_rig_configure(self._memory, _address(_settings(settings)), answer)
        return Answer(*answer)

    @property
    def trips(self) -> np.ndarray:
        """Everything that is latched, oldest first."""
        trips = np.zeros(8, dtype=TRIP)
        return trips[: self._c.guard_rig_trips(self._memory, _address(trips))]

    def rows(
        self, ticks: int, rate_hz: float | Sequence[float] | np.ndarray = 0.0, **columns: Any
    ) -> np.ndarray:
        """Inputs of the next ticks: the shaft at a rate (or one for each tick), the rest as now or given."""
        rows = np.empty(ticks, dtype=INPUTS)
        rows[:] = self.now
        steps = np.arange(1, ticks + 1, dtype=np.int64)
        rows["time_us"] = int(self.now["time_us"]) + steps * TICK_US
        if self.beating:
            edges = rows["time_us"] // 50_000
            rows["heartbeats"] = int(self.now["heartbeats"]) + (edges - int(self.now["time_us"]) // 50_000)
        turns = (
            self.angle + np.cumsum(np.broadcast_to(np.asarray(rate_hz, dtype=float), ticks)) * TICK_US * 1e-6
        )
        rows["shaft_counts"] = np.floor(turns * COUNTS).astype(np.int64) % COUNTS
        travel = STROKE_UM / 2 * (1 - np.cos(2 * math.pi * turns))
        rows["bar_um"] = np.round(self.depth_um - STROKE_UM + travel)
        rows["clock2_us"] = rows["time_us"]
        for name, values in columns.items():
            rows[name] = values
        if "hold_released" not in columns:
            rows["hold_released"] = rows["hold_pressed"] == 0
        if "stage_steps" not in columns:
            seen = np.where(rows["stage_um"] == INVALID_UM, self.now["stage_um"], rows["stage_um"])
            rows["stage_steps"] = np.round(seen / STEP_UM)
        self.angle = float(turns[-1])
        return rows

    def feed(self, rows: np.ndarray) -> np.ndarray:
        """Run ticks with these inputs; returns what guard decided in each."""
        rows = np.ascontiguousarray(rows)
        seen = np.zeros(len(rows), dtype=SEEN)
        self._c.guard_rig_run(
            self._memory,
            rows.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int64(len(rows)),
            seen.ctypes.data_as(ctypes.c_void_p),
        )
        self.now = rows[-1].copy()
        self.seen = seen
        return seen

    def run(self, ticks: int, rate_hz: Any = 0.0, **columns: Any) -> np.ndarray:
        """As `rows` and `feed`."""
        return self.feed(self.rows(ticks, rate_hz, **columns))

    def set(self, **fields: int) -> None:
        """What the sensors show from now on."""
        for name, value in fields.items():
            self.now[name] = value

    def reference(self) -> None:
        """The stage passes the home switch upwards and comes back."""
        self.set(stage_um=reading_um(-450), stage_home=0)
        self.run(5)
        self.set(stage_um=reading_um(-500), stage_home=1)
        self.run(5)
        self.accept(SET_REFERENCE)
        self.set(stage_um=reading_um(-450), stage_home=0)

    def stage_to(self, depth_um: float) -> None:
        """Put the depth stage somewhere, for the eyes of both sensors."""
        self.depth_um = depth_um
        self.set(stage_um=reading_um(round(depth_um)))

    def turn_to(self, turn: float, rate_hz: float = 100.0) -> np.ndarray:
        """The shaft turns on to a place in the turn and stands there."""
        way = (turn - self.angle) % 1.0
        ticks = max(1, math.ceil(way / (rate_hz * TICK_US * 1e-6)))
        return self.run(ticks, way / ticks / (TICK_US * 1e-6))

    def slide(self, depth_um: float, rate_hz: float = 100.0, um_per_tick: float = 0.6) -> np.ndarray:
        """The depth stage moves in RUN to another depth, for the eyes of both sensors."""
        way = depth_um - self.depth_um
        ticks = max(1, math.ceil(abs(way) / um_per_tick))
        rows = self.rows(ticks, rate_hz)
        moved = way * np.arange(1, ticks + 1) / ticks
        rows["bar_um"] += np.round(moved).astype(np.int32)
        rows["stage_um"] = reading_um(np.round(self.depth_um + moved))
        rows["stage_steps"] = np.round(rows["stage_um"] / STEP_UM)
        seen = self.feed(rows)
        self.stage_to(depth_um)
        return seen

    def prove(self) -> None:
        """The shut-off path is proved, as in a self-test."""
        self.accept(BEGIN_PROOF)
        self.run(200)
        assert self.last["proof"] == PROVED, self.last["proof_check"]

    def arm(self, mode: int = CLINICAL, depth_um: int = 1000, rate_mhz: int = 100_000) -> Guard:
        """Power on to ARMED, with the stage at depth."""
        self.run(600)
        self.prove()
        self.reference()
        self.accept(SET_MODE, mode)
        self.accept(SET_DEPTH, depth_um)
        self.accept(SET_RATE, rate_mhz)
        self.accept(ARM)
        self.stage_to(min(depth_um, CAP_UM[mode] - 25))
        self.run(10)
        assert self.last["state"] == ARMED
        return self

    def start(self, mode: int = CLINICAL, depth_um: int = 1000, rate_mhz: int = 100_000) -> Guard:
        """Power on to RUN; the shaft stands at the top."""
        self.arm(mode, depth_um, rate_mhz)
        self.set(hold_pressed=1)
        self.run(40)
        self.accept(START)
        self.run(2)
        assert self.last["drive_enable"] == 1
        return self


NewGuard = Callable[..., Guard]


def when_off(seen: np.ndarray) -> int:
    """Index of the first tick with the drive off; -1 when it stays on."""
    off = np.flatnonzero(seen["drive_enable"] == 0)
    return int(off[0]) if len(off) else -1

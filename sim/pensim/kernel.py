"""The compiled closed loop: plant -> sensors -> firmware -> plant, a tick of 100 us at a time.

A run is a pure function of parameters, seed, firmware, and what was written to control, faults and line
before which tick; how the ticks are grouped into calls of `advance` changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from penctl.keys import PAIRING_CODES, TAG_KEY
from penctl.protocol.enums import RestartCause
from penctl.protocol.tick import INPUTS_DTYPE, OUTPUTS_DTYPE
from pensim.cartridges import Cartridge, known_cartridges
from pensim.firmware import KEY_SIZE, PAIRINGS, SERIAL_SIZE, Firmware
from pensim.loop import STEPS, advance
from pensim.plant.fault_points import no_faults
from pensim.plant.motor import warm_winding
from pensim.plant.noise import normal_table
from pensim.plant.parameters import draw_parameters
from pensim.plant.records import (
    CONTROL_DTYPE,
    IN_BYTES,
    LINE_DTYPE,
    OUT_BYTES,
    SENSED_DTYPE,
    STATE_DTYPE,
    STOPS_DTYPE,
    STROKES_DTYPE,
    TICK_S,
    TRACE_DTYPE,
)
from pensim.plant.skin import wear
from pensim.plant.tissue import Tissue, load_tissue, skin_record
from pensim.saved import SavedRing
from pensim.world import Factory, new_world

STROKE_ROWS = 1 << 16
STOP_ROWS = 1 << 8


def _bytes_from(seed: int, what: str, count: int) -> bytes:
    return hashlib.sha256(f"{seed} {what}".encode()).digest()[:count]


class Kernel:
    """One simulated pen with its firmware, hand and skin. See `plant.records` for the fields.

    `skin` is a preset of tissue.toml or a tissue of one's own. `seed` draws the pen, the skin and all noise;
    `nominal` leaves every figure at its value. `firmware` None runs the plant alone: `outputs` then stay as
    they are written. `parameters` replaces figures of the pen (SI units, °C). Raises HardwareFileError for
    broken data files, KeyError for an unknown parameter.
    """

    def __init__(
        self,
        seed: int = 1,
        skin: str | Tissue = "typical",
        firmware: Firmware | None = None,
        pairing_key: bytes = bytes(KEY_SIZE),
        serial_number: bytes = b"PENSIM\0\0\0\0\0\0\0\0\0\0",
        trace_decimation: int = 10,
        trace_rows: int = 1 << 16,
        nominal: bool = False,
        parameters: Mapping[str, float] | None = None,
        factory: Factory | None = None,
    ) -> None:
        self.seed = seed
        self._factory = factory or Factory()
        self.firmware = firmware
        drawn_seed = None if nominal else seed
        self.tissue = load_tissue(skin, drawn_seed) if isinstance(skin, str) else skin
        """The skin that this seed drew."""
        self._params = draw_parameters(drawn_seed, STEPS, parameters)
        diameter = next(iter(known_cartridges().values())).needle_diameter_um * 1e-6
        self._skin = skin_record(self.tissue, float(self._params["compliance"][0]), diameter)
        self._state = np.zeros(1, STATE_DTYPE)
        self._control = np.zeros(1, CONTROL_DTYPE)
        self._faults = no_faults()
        self._inputs = np.zeros(1, INPUTS_DTYPE)
        self._outputs = np.zeros(1, OUTPUTS_DTYPE)
        self._trace = np.zeros(trace_rows, TRACE_DTYPE)
        self._strokes = np.zeros(STROKE_ROWS, STROKES_DTYPE)
        self._stops = np.zeros(STOP_ROWS, STOPS_DTYPE)
        self._line = np.zeros(1, LINE_DTYPE)
        self._open_views()
        self._start_state(trace_decimation)
        self._start_firmware(pairing_key, serial_number)
        self._sensed = np.zeros(1, SENSED_DTYPE)
        self._sensed["normals"] = normal_table()
        self._arguments = (
            self._state,
            self._params,
            self._control,
            self._skin,
            self._faults,
            self._sensed,
            self._line,
            self._inputs,
            self._outputs,
            self._trace,
            self._strokes,
            self._stops,
        )

    def _open_views(self) -> None:
        """What Python asks again and again, ten times as quick as through a record of numpy."""
        self._now_us, self._powered, self._running, self._restart = (
            self._state[name].data for name in ("time_us", "powered", "running", "restart")
        )
        self._in_head, self._in_tail, self._out_head, self._out_tail = (
            self._state[name].data for name in ("in_head", "in_tail", "out_head", "out_tail")
        )
        self._in_ring, self._out_ring = (self._line[name][0].data for name in ("in_ring", "out_ring"))

    def _start_state(self, trace_decimation: int) -> None:
        state, params = self._state[0], self._params[0]
        state["random"] = int.from_bytes(_bytes_from(self.seed, "noise", 8), "little")
        state["theta"] = params["start_angle"]
        state["cos"], state["sin"] = np.cos(params["start_angle"]), np.sin(params["start_angle"])
        for name in ("screw", "nut", "depth", "depth_start"):
            state[name] = params["start_depth"]
        for name in ("winding_c", "housing_c", "handle_c", "nose_c", "handle_sensor_c", "nose_sensor_c"):
            state[name] = params["ambient"]
        state["charge"] = params["start_charge"]
        state["open_circuit"] = params["battery_v"] - (1.0 - params["start_charge"]) * params["battery_swing"]
        state["source"] = state["open_circuit"]
        state["powered"] = state["running"] = 1
        state["puncture_factor"] = 1.0
        state["top_us"] = -1.0
        state["peak_bar"] = state["peak_tip"] = state["bar"] = state["tip"] = -1.0
        state["off_ticks"] = 1 << 30
        state["estop_contact_a"] = state["estop_contact_b"] = state["released_contact"] = state["short"] = 1
        state["hold_since"] = state["hold_open_ticks"] = (
            1 << 20
        )  # released long ago: its path holds the bridge off
        control = self._control[0]
        control["gap_mm"], control["lifted"], control["link_up"], control["tremor"] = 20.0, 1, 1, 1.0
        control["trace_decimation"] = trace_decimation
        for name in ("ambient_c", "nose_c", "handle_c"):
            control[name] = np.nan
        state["gap"] = 20e-3
        warm_winding(state, params, TICK_S / STEPS)
        wear(state, self._skin[0])

    def _start_firmware(self, pairing_key: bytes, serial_number: bytes) -> None:
        firmware = self.firmware
        self.memory = aligned(firmware.memory_size if firmware else 1)
        """The firmware's memory, for tests that overwrite control's part of it."""
        self.world = new_world(self._factory)
        """What stays when the power goes (WORLD_DTYPE): memory, tag, what the self-check sees."""
        self.cartridge: Cartridge | None = None
        """The cartridge that is fitted."""
        self._boots = 0
        self.moment: SavedKernel | None = None
        """The moment from which the run goes on: the last that was saved, or gone back to."""
        if firmware is None:
            self._outputs["supply_enable"] = 1
            self._state["supply"] = self._state["source"]
            return
        if len(serial_number) != SERIAL_SIZE:
            raise ValueError(f"serial_number: {len(serial_number)} bytes, need {SERIAL_SIZE}")
        self._line["calls"][0] = (
            self.memory.ctypes.data,
            self._inputs.ctypes.data,
            self._outputs.ctypes.data,
            firmware.address("pen_host_tick"),
            firmware.address("pen_host_rx"),
            firmware.address("pen_host_tx"),
            self._line["in_chunk"].ctypes.data,
            self._line["out_chunk"].ctypes.data,
            firmware.address("pen_host_background"),
        )
        self._serial_number = serial_number
        firmware.provision(
            self.world.ctypes.data,
            serial_number,
            (pairing_key,) * PAIRINGS,
            PAIRING_CODES,
            home_only=self._factory.home_only,
            calibration_day=self._factory.calibration_day,
        )
        self._boot(RestartCause.POWER_ON)

    def _boot(self, cause: RestartCause) -> None:
        """Start the firmware with nothing in its RAM; its clocks and its counts of steps begin anew."""
        if self.firmware is None:
            return
        state = self._state[0]
        self._boots += 1
        entropy = _bytes_from(self.seed, f"entropy {self._boots}", KEY_SIZE)
        self.world["restart_cause"] = cause
        self.firmware.start(
            self.memory.ctypes.data, self.world.ctypes.data, entropy, TAG_KEY, self._serial_number
        )
        self._outputs.view(np.uint8)[:] = 0
        self._inputs.view(np.uint8)[:] = 0
        state["running"], state["restart"], state["boot_ticks"] = 1, 0, 0
        state["boot_us"] = state["time_us"]
        state["pulse_command"] = 0
        state["depth_start"] = state["depth"]
        for name in ("watch_armed", "watch_ticks", "watch_edges", "watch_last", "low_ticks"):
            state[name] = 0

    def advance(self, ticks: int) -> None:
        """Let `ticks` ticks of 100 us pass."""
        while (ticks := ticks - self._stretch(ticks, 0)) > 0:
            pass

    def advance_to_data(self, ticks: int, slice_ticks: int) -> int:
        """Let at most `ticks` ticks pass, looking for bytes once in `slice_ticks`; returns how many did."""
        return self._stretch(ticks, slice_ticks)

    def _stretch(self, ticks: int, slice_ticks: int) -> int:
        """Let ticks pass until the firmware starts anew, which is done then; returns how many did."""
        done = int(advance(ticks, slice_ticks, *self._arguments))
        asked = self._restart[0]
        if asked:
            self._boot(RestartCause(asked - 1))
        return done

    def save(self) -> SavedKernel:
        """Everything as it is now; `restore` goes back to it."""
        return SavedKernel(self)

    def redraw_noise(self, number: int) -> None:
        """From now on another noise of sensors, skin and contacts: that of this seed and number."""
        drawn = _bytes_from(self.seed, f"noise {number}", 8)
        self._state["random"] = int.from_bytes(drawn, "little")

    @property
    def powered(self) -> bool:
        """Whether the pen is switched on."""
        return bool(self._powered[0])

    @property
    def running(self) -> bool:
        """Whether the controller executes: on, and out of reset."""
        return bool(self._running[0])

    def switch_off(self) -> None:
        """Take the power from controller and bridge at once. What only its RAM knew is lost."""
        state = self._state[0]
        state["powered"] = state["running"] = state["restart"] = 0
        self._outputs.view(np.uint8)[:] = 0
        self._drop_bytes()

    def reset(self, cause: RestartCause) -> None:
        """Give power if there is none and hold the controller in reset; it starts with this cause."""
        self.switch_off()
        state = self._state[0]
        state["powered"] = 1
        state["cause"] = cause
        state["boot_ticks"] = int(self._params["boot_time"][0] / TICK_S)

    def _drop_bytes(self) -> None:
        """Bytes on their way to the pen meet no controller that listens."""
        state = self._state[0]
        state["in_tail"] = state["in_head"]
        state["in_credit"] = 0.0

    @property
    def time_us(self) -> int:
        """Virtual time since power-on, us."""
        return int(self._now_us[0])

    @property
    def control(self) -> Any:
        """What the hand and the bench set (CONTROL_DTYPE); write its fields between two advances."""
        return self._control.view(np.recarray)[0]

    @property
    def faults(self) -> Any:
        """One row a Target (FAULT_DTYPE); write a row with `set_fault`."""
        return self._faults["of"][0].view(np.recarray)

    @property
    def state(self) -> Any:
        """The truth (STATE_DTYPE), as a record that follows the run."""
        return self._state.view(np.recarray)[0]

    @property
    def params(self) -> Any:
        """The pen that this seed drew (PARAMS_DTYPE)."""
        return self._params.view(np.recarray)[0]

    @property
    def inputs(self) -> Any:
        """What the firmware was given in the last tick."""
        return self._inputs.view(np.recarray)[0]

    @property
    def outputs(self) -> Any:
        """What the firmware asked in the last tick."""
        return self._outputs.view(np.recarray)[0]

    def fit_cartridge(self, cartridge: Cartridge | str | None) -> None:
        """Fit a cartridge, or a new one by its name in cartridges.toml, or none. Raises BenchError.

        The one that was fitted takes its tag's memory with it. Only a HOME cartridge has the nose stop: a
        clinical one is limited by the pen alone, so that a run shows what the pen does.
        """
        self._take_out()
        if cartridge is None:
            return
        fitted = Cartridge(cartridge) if isinstance(cartridge, str) else cartridge
        control, figures = self._control[0], fitted.figures
        control["cartridge_fitted"] = 1
        control["cartridge_locked"] = int(fitted.locked)
        control["tag_there"] = int(fitted.has_tag)
        control["stop_mechanical_um"] = figures.stop_um if figures.kind == "HOME" else 0.0
        self.world["tag"] = fitted.memory
        fitted.memory = self.world["tag"][0]
        self._state["fitted_needles"] = figures.needles
        self._state["punctures"] = fitted.punctures
        self._skin["needle_diameter"] = figures.needle_diameter_um * 1e-6
        wear(self._state[0], self._skin[0])
        self.cartridge = fitted

    def _take_out(self) -> None:
        """Nothing is fitted any more; the cartridge keeps its tag and its wear."""
        control = self._control[0]
        for field in ("cartridge_fitted", "cartridge_locked", "tag_there"):
            control[field] = 0
        control["stop_mechanical_um"] = 0.0
        self._state["fitted_needles"] = 0
        if self.cartridge is not None:
            self.cartridge.memory = self.cartridge.memory.copy()
            self.cartridge.punctures = float(self._state["punctures"][0])
            self.cartridge = None

    def host_write(self, data: bytes) -> int:
        """Put bytes into the line to the pen; returns how many it took (its buffer may be full)."""
        head = self._in_head[0]
        taken = data[: IN_BYTES - self.host_out_waiting]
        begin = head % IN_BYTES
        till_end = taken[: IN_BYTES - begin]
        self._in_ring[begin : begin + len(till_end)] = till_end
        self._in_ring[: len(taken) - len(till_end)] = taken[len(till_end) :]
        self._in_head[0] = head + len(taken)
        return len(taken)

    def host_read(self, max_bytes: int | None = None) -> bytes:
        """Take what has arrived at the host."""
        count = self.host_in_waiting
        if max_bytes is not None:
            count = min(count, max_bytes)
        if count == 0:
            return b""
        tail = self._out_tail[0]
        begin = tail % OUT_BYTES
        over = max(begin + count - OUT_BYTES, 0)
        self._out_tail[0] = tail + count
        data = self._out_ring[begin : begin + count - over].tobytes()
        return data + self._out_ring[:over].tobytes() if over else data

    @property
    def host_in_waiting(self) -> int:
        """Bytes that have arrived at the host."""
        return int(self._out_head[0] - self._out_tail[0])

    @property
    def host_out_waiting(self) -> int:
        """Bytes that are still on their way to the pen."""
        return int(self._in_head[0] - self._in_tail[0])

    @property
    def stroke_count(self) -> int:
        """Whole strokes since power-on."""
        return int(self._state["stroke_count"][0])

    @property
    def stop_count(self) -> int:
        """Falls of the drive since power-on."""
        return int(self._state["stop_count"][0])

    def trace(self) -> np.ndarray:
        """Rows of the trace that are still kept, oldest first (TRACE_DTYPE)."""
        return _newest(self._trace, int(self._state["trace_count"][0]))

    def strokes(self) -> np.ndarray:
        """Whole strokes that are still kept, oldest first (STROKES_DTYPE)."""
        return _newest(self._strokes, self.stroke_count)

    @property
    def last_stroke(self) -> Any:
        """The newest row of `strokes` without a copy of the others; None before the first stroke."""
        count = self.stroke_count
        return self._strokes.view(np.recarray)[(count - 1) % STROKE_ROWS] if count else None

    def stops(self) -> np.ndarray:
        """Falls of the drive that are still kept, oldest first (STOPS_DTYPE)."""
        return _newest(self._stops, self.stop_count)


class SavedKernel:
    """Plant, firmware, world and line of a kernel at one moment."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        arrays = [*kernel._arguments[:9], kernel.memory, kernel.world]
        self._contents = [(array, array.copy()) for array in arrays]
        self._rings = [
            (count, SavedRing(ring, int(kernel._state[count][0])))
            for count, ring in (
                ("trace_count", kernel._trace),
                ("stroke_count", kernel._strokes),
                ("stop_count", kernel._stops),
            )
        ]
        self._boots, self._cartridge = kernel._boots, kernel.cartridge
        kernel.moment = self

    def restore(self) -> None:
        """Put everything back, in place."""
        kernel = self._kernel
        for count, ring in self._rings:
            ring.restore(int(kernel._state[count][0]), onward=kernel.moment is self)
        kernel.moment = self
        for array, content in self._contents:
            array[...] = content
        kernel._boots, kernel.cartridge = self._boots, self._cartridge


def aligned(size: int) -> np.ndarray:
    """`size` bytes of zeros at an address that 64 divides."""
    block = np.zeros(size + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + size]


def _newest(ring: np.ndarray, count: int) -> np.ndarray:
    if count <= len(ring):
        return ring[:count].copy()
    return np.roll(ring, -(count % len(ring)))

"""The bench: one simulated pen with its real firmware, one hand, one scalp, in virtual time.

    with Bench(seed=1) as bench:
        pen = bench.pen()
        bench.hand.press(n=3.0)
        bench.run(0.5)

Virtual time passes only in `run`, in `advance` and in the pen's own waits, and only for the thread that first
let it pass. What the hand does and what fails reaches the pen by the plant, never over the wire.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

from penctl.errors import ClockMisuse, PenError
from penctl.pen import PROVISIONING_KEY, Pen
from penctl.protocol.enums import RestartCause, SelfCheckPart
from penctl.transport import Transport
from pensim import bench_line, faults
from pensim.bench_line import BenchLine
from pensim.errors import BenchError
from pensim.firmware import Firmware, load_core
from pensim.hand import Hand
from pensim.kernel import Kernel
from pensim.plant.parameters import SETTABLE
from pensim.saved import SavedObjects
from pensim.trace import Onset, Stop, Trace, describe_stops
from pensim.world import Cells, Factory, damage

if TYPE_CHECKING:
    import numpy as np

TICK_S = 100e-6
SKINS = ("typical", "stiff", "air")
SEED_MAX = (1 << 63) - 1


@lru_cache(maxsize=1)
def installed_core() -> Firmware:
    """The firmware core that is installed with the simulator, loaded once."""
    return load_core()


class Bench:
    """A simulated pen and everything around it. A context manager: it leaves the pen stopped.

    Args:
        seed: draws the pen, the skin, all noise and the nonces; a run is a pure function of it.
        skin: "typical", "stiff" or "air".
        cartridge: kind or name of the cartridge that is fitted at power-on, None for none.
        firmware: another firmware core than the installed one.
        nominal: every figure at its value, no tolerances; noise stays.
        parameters: figures of the pen to replace, as the plant names them.
        factory: how the pen leaves the factory: HOME-only, day of calibration, genuine or test firmware.

    Raises:
        BenchError: a bad seed, skin, cartridge, figure or step of the trace.
        FirmwareError: the core is missing or does not fit.
    """

    def __init__(
        self,
        seed: int = 1,
        skin: str = "typical",
        *,
        cartridge: str | None = "CLINICAL",
        firmware: Firmware | None = None,
        nominal: bool = False,
        parameters: Mapping[str, float] | None = None,
        trace_decimation: int = 10,
        factory: Factory | None = None,
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MAX:
            raise BenchError(
                "This is no seed", seed, f"a whole number from 0 to {SEED_MAX}", "Give such a number"
            )
        if skin not in SKINS:
            raise BenchError("The simulator has no such skin", skin, ", ".join(SKINS), "Name one of these")
        if trace_decimation < 1:
            raise BenchError("This is no step of the trace", trace_decimation, "1 tick or more", "Correct it")
        _check_figures(parameters or {})
        self.seed = seed
        self.skin = skin
        self.kernel = Kernel(
            seed=seed,
            skin=skin,
            firmware=firmware or installed_core(),
            pairing_key=PROVISIONING_KEY,
            serial_number=b"PENSIM-%09d" % (seed % 10**9),
            trace_decimation=trace_decimation,
            nominal=nominal,
            parameters=parameters,
            factory=factory,
        )
        self.line = BenchLine(self.kernel, seed, lambda: self.time_s)
        self.hand = Hand(self.kernel, self._note)
        self.hand.cartridge(cartridge)
        self._onsets: list[Onset] = []
        self._faults: list[faults.Fault] = []
        self._pen: Pen | None = None
        self._owner: int | None = None
        self._nonces = 0

    # --- time ---

    @property
    def time_s(self) -> float:
        """Virtual time since power-on, s."""
        return self.kernel.time_us * 1e-6

    def run(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass; an open pen keeps up its heartbeats, through trips too."""
        if self.kernel.running and self._pen is not None and self._pen.transport.is_open:
            self._pen.wait(seconds, through_trips=True)
        else:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let virtual time pass without the host, as if it hung.

        Raises:
            BenchError: `seconds` is no finite time. ClockMisuse: another thread owns the clock.
        """
        if not (math.isfinite(seconds) and seconds >= 0.0):
            raise BenchError("This is no time to pass", seconds, "0 s or more", "Give a finite time")
        self._own_clock()
        self.line.advance(round(seconds / TICK_S))

    def advance_to_data(self, seconds: float) -> None:
        """Let at most `seconds` pass, less when bytes come for the host; at least one tick when above 0."""
        self._own_clock()
        ticks = max(1, round(seconds / TICK_S)) if seconds > 0.0 else 0
        self.line.advance_to_data(ticks)

    # --- power ---

    def power_off(self) -> None:
        """Switch the pen off at once. Memory and tag keep what they hold; the cable stays plugged in."""
        if self.kernel.powered:
            self._note("switched off")
        self.kernel.switch_off()

    def power_on(self, cause: str = "POWER_ON") -> None:
        """Switch the pen on, and let the time pass that its controller needs to boot; see `restart`."""
        if self.kernel.powered:
            raise BenchError("The pen is on", remedy="Switch it off first, or use restart")
        self.restart(cause)

    def restart(self, cause: str = "SOFTWARE", *, booted: bool = True) -> None:
        """Let the controller restart: POWER_ON, WATCHDOG, BROWN_OUT or SOFTWARE.

        RAM is lost: link session, visit, reference. Memory and tag stay. Returns when it has booted, about
        20 ms later, or at once if not `booted`.

        Raises:
            BenchError: there is no such cause.
        """
        names = [known.name for known in RestartCause]
        if cause not in names:
            raise BenchError("A controller does not restart so", cause, ", ".join(names), "Name one of these")
        if self.kernel.powered:
            self._note(f"restart by {cause}")
        self.kernel.reset(RestartCause[cause])
        while booted and not self.kernel.running:
            self.advance(TICK_S)

    @property
    def memory(self) -> Cells:
        """The pen's non-volatile memory: its bytes, and how it can fail."""
        return Cells(self.kernel.world["memory"][0], self.kernel.world["memory_cell"])

    @property
    def tag(self) -> Cells:
        """The memory of the tag in the reader's field: its bytes, and how it can fail."""
        return Cells(self.kernel.world["tag"][0], self.kernel.world["tag_cell"])

    def damage(self, part: str) -> None:
        """Break a part of the controller: CPU, RAM, ROM, STACK or CONTROL_FLOW. It stays broken.

        Raises:
            BenchError: there is no such part.
        """
        names = [known.name for known in SelfCheckPart if known]
        if part not in names:
            raise BenchError("The controller has no such part", part, ", ".join(names), "Name one of these")
        self._note(f"{part} damaged")
        damage(self.kernel.world, SelfCheckPart[part])

    # --- surroundings ---

    def set_charge(self, part: float) -> None:
        """Set the battery's charge, 0 empty to 1 full. Raises BenchError."""
        self.kernel.state.charge = _between("charge", part, 0.0, 1.0)

    def warm(self, *, nose_c: float | None = None, handle_c: float | None = None) -> None:
        """Lay a body of this temperature in °C on nose and handle; None takes it away. Raises BenchError."""
        control = self.kernel.control
        what = "temperature in °C"
        control.nose_c = math.nan if nose_c is None else _between(what, nose_c, -20.0, 120.0)
        control.handle_c = math.nan if handle_c is None else _between(what, handle_c, -20.0, 120.0)

    def room(self, temperature_c: float | None) -> None:
        """Set the room's temperature in °C; None: as the seed has drawn it. Raises BenchError."""
        given = temperature_c is not None
        self.kernel.control.ambient_c = (
            _between("temperature in °C", temperature_c, -20.0, 60.0) if given else math.nan
        )

    # --- clock ---

    def _own_clock(self) -> None:
        caller = threading.get_ident()
        if self._owner is None:
            self._owner = caller
        if caller != self._owner:
            raise ClockMisuse(f"thread {caller}", f"thread {self._owner}")

    # --- host ---

    def pen(self, **options: Any) -> Pen:
        """Open the pen of this bench from the host's side; `options` are those of `penctl.Pen`.

        Raises:
            BenchError: the pen is open already. What `penctl.Pen` raises.
        """
        from pensim.serial_handlers.protocol_pensim import Serial

        if self._pen is not None and self._pen.transport.is_open:
            raise BenchError(
                "The pen of this bench is open already", remedy="Close it first, or use that one"
            )
        port = Serial.on_bench(self)
        self._pen = Pen(Transport(port, port.url), **options)
        return self._pen

    def entropy(self, size: int) -> bytes:
        """Bytes for the host's nonces: a function of the seed, so that a run can be repeated."""
        self._nonces += 1
        return hashlib.sha256(b"host nonce %d %d" % (self.seed, self._nonces)).digest()[:size]

    def cut_link(self) -> None:
        """Cut the cable: bytes are lost both ways."""
        if self.kernel.control.link_up:
            self._note("link cut")
        self.kernel.control.link_up = 0

    def restore_link(self) -> None:
        """Plug the cable in again."""
        self.kernel.control.link_up = 1

    # --- back to a moment ---

    def save(self) -> SavedBench:
        """The bench with its pen as they are now, for `restore`. Costs about 2 ms and 2 MB."""
        return SavedBench(self)

    def restore(self, saved: SavedBench, noise: int | None = None) -> None:
        """Go back to that moment: plant, firmware, memory, tags, hand, faults, and the host's pen.

        Every object stays the one it was. `noise` None repeats what came after, to the byte; a number draws
        the noise of sensors, contacts and skin anew from the seed and this number.

        Raises:
            BenchError: it was saved on another bench.
        """
        saved.restore(self)
        if noise is not None:
            self.kernel.redraw_noise(noise)

    # --- faults ---

    def inject(
        self, target: str, kind: str, *, after_s: float = 0.0, for_s: float | None = None, **parameters: float
    ) -> faults.Fault:
        """Let a part of the pen fail, from `after_s` on and for `for_s` seconds (None: until it is cleared).

        The target "line" with the kind "impaired" is the line as a whole, both ways: `latency_ms`,
        `jitter_ms`, `loss`, `corrupt`, `duplicate`, `baud`, the options of a served pen.

        Raises:
            FaultUnsupported: the plant cannot do that; the text lists what it can.
            BenchError: an impairment of the line that it does not have, or outside its range.
        """
        if target == bench_line.TARGET:
            line_fault = self.line.inject(kind, parameters, after_s, for_s)
            self._faults.append(line_fault)
            return line_fault
        fault = faults.inject(
            self.kernel.faults,
            target,
            kind,
            lambda: self.kernel.time_us,
            after_s=after_s,
            for_s=for_s,
            parameters=parameters,
        )
        self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Clear every fault that is still there."""
        for fault in self._faults:
            fault.clear()

    # --- what happened ---

    @property
    def trace(self) -> Trace:
        """Truth and readings over the last 65 s, a row a millisecond."""
        return Trace(self.kernel.trace())

    @property
    def strokes(self) -> np.ndarray:
        """One row a whole stroke: time, deepest tip and bar, rate, peak force, contact."""
        return self.kernel.strokes()

    @property
    def stops(self) -> list[Stop]:
        """Every fall of the drive with its cause and its moments."""
        began = [
            Onset(fault.took_effect_s, f"{fault.target} {fault.kind}")
            for fault in self._faults
            if fault.took_effect_s is not None
        ]
        onsets = sorted([*self._onsets, *began], key=lambda onset: onset.time_s)
        return describe_stops(self.kernel.stops(), self.trace, onsets)

    def _note(self, what: str) -> None:
        self._onsets.append(Onset(self.time_s, what))

    # --- end ---

    def close(self) -> None:
        """Stop and close the pen, if one is open; a pen that cannot be reached has its own deadman."""
        if self._pen is not None:
            with contextlib.suppress(PenError):
                self._pen.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SavedBench:
    """A bench at one moment; see `Bench.save`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._objects = SavedObjects([bench], [bench.kernel])
        self._kernel = bench.kernel.save()

    def restore(self, bench: Bench) -> None:
        """Put everything back. Raises BenchError for another bench than the one that was saved."""
        if bench is not self._bench:
            raise BenchError("This was saved on another bench", remedy="Restore it on the bench it came from")
        self._objects.restore()
        self._kernel.restore()


def _between(what: str, value: float | None, low: float, high: float) -> float:
    number = float(value if value is not None else math.nan)
    if not (math.isfinite(number) and low <= number <= high):
        raise BenchError(f"This {what} cannot be", value, f"{low:g} to {high:g}", "Give a value inside")
    return number


def _check_figures(given: Mapping[str, float]) -> None:
    """Refuse a figure that the pen does not have, and a value that is no number. Raises BenchError."""
    for name, value in given.items():
        if name not in SETTABLE:
            raise BenchError("The pen has no such figure", name, ", ".join(SETTABLE), "Name one of these")
        if not math.isfinite(value):
            raise BenchError(f"Not a finite number for {name}", value, None, "Give a finite number")

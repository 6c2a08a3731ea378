"""Rigs whose way into STANDBY, READY, RUN or past a time-out is gone once: the next test goes on from there.

A run is a pure function of scenario, firmware and seed, and a bench goes back to a moment byte for byte
(tests/sim/test_saved.py). So a test cannot tell a rig that went back from one that went the whole way, which
tests/interlocks/test_warm_rigs.py holds. A rig that a test touches before its way is built anew.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from interlock_rig import Rig

from pensim.bench import SavedBench, installed_core

KEPT = 8
"""Benches that wait for a test at most; each holds a trace of some MB."""
SWITCHED_ON = ("switched on",)
_OWN = ("warm_key", "warm", "made_of")
Way = tuple[Hashable, ...]


@dataclass
class Kept:
    """A bench, and the moments to which it can go back: by the way that led there, with the rig as it was."""

    moments: dict[Way, tuple[SavedBench, dict[str, Any]]] = field(default_factory=dict)


class WarmRigs:
    """The benches that no test uses at the moment, the longest unused first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def rig(self, seed: int, role: Any, bench: dict[str, Any]) -> WarmRig:
        """A pen that was just switched on; `give_back` it when its test is over."""
        parts = (installed_core(), seed, role, *sorted(bench.items()))
        key = parts if _hashable(parts) else None
        kept = self._kept.pop(key, None) if key is not None else None
        return WarmRig(key, kept or Kept(), (seed, role, bench))

    def give_back(self, rig: WarmRig) -> None:
        """Its test is over. What it did to the bench is undone when somebody goes back to a moment."""
        key = rig.warm_key
        if key is None:
            return
        self._kept[key] = rig.warm
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class WarmRig(Rig):
    """A rig that is made when somebody needs it: at a saved moment, or else by the whole way."""

    def __init__(self, key: Hashable, kept: Kept, made_of: tuple[int, Any, dict[str, Any]]) -> None:
        self.warm_key, self.warm, self.made_of = key, kept, made_of

    def __getattr__(self, name: str) -> Any:
        """The first touch of a rig that is not there yet makes it."""
        if "bench" in self.__dict__ or name.startswith("__"):
            raise AttributeError(name)
        if not self._go_back(SWITCHED_ON):
            seed, role, bench = self.made_of
            super().__init__(seed, role, **bench)
            self._keep(SWITCHED_ON)
        return getattr(self, name)

    def standby(self, *args: Any, **kwargs: Any) -> Rig:
        """As `Rig.standby`."""
        return self._go("standby", *args, **kwargs)

    def ready(self, *args: Any, **kwargs: Any) -> Rig:
        """As `Rig.ready`."""
        return self._go("ready", *args, **kwargs)

    def running(self, *args: Any, **kwargs: Any) -> Rig:
        """As `Rig.running`."""
        return self._go("running", *args, **kwargs)

    def ready_for(self, *args: Any, **kwargs: Any) -> Rig:
        """As `Rig.ready_for`."""
        return self._go("ready_for", *args, **kwargs)

    def running_for(self, *args: Any, **kwargs: Any) -> Rig:
        """As `Rig.running_for`."""
        return self._go("running_for", *args, **kwargs)

    def _go(self, name: str, *args: Any, **kwargs: Any) -> Rig:
        """The way of this name, from switched on; a rig that was touched goes it as any other does."""
        untouched = "bench" not in self.__dict__
        way = (name, *_arguments(name, args, kwargs))
        if untouched and self._go_back(way):
            return self
        getattr(super(), name)(*args, **kwargs)
        if untouched:
            self._keep(way)
        return self

    def _go_back(self, way: Way) -> bool:
        moment = self.warm.moments.get(way)
        if moment is None:
            return False
        saved, fields = moment
        self.__dict__.update(fields)
        self.bench.restore(saved)
        return True

    def _keep(self, way: Way) -> None:
        if self.warm_key is None:
            return
        fields = {name: value for name, value in self.__dict__.items() if name not in _OWN}
        self.warm.moments[way] = (self.bench.save(), fields)


def _hashable(thing: object) -> bool:
    try:
        hash(thing)
    except TypeError:
        return False
    return True


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(getattr(Rig, name))


def _arguments(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Hashable, ...]:
    """All arguments of the way, whether they were given or not."""
    bound = _signature(name).bind(None, *args, **kwargs)
    bound.apply_defaults()
    return tuple(bound.arguments.values())[1:]

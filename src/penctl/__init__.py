"""penctl controls a motorised microneedling pen, real or simulated.

    import penctl
    with penctl.Pen("pensim://?seed=1") as pen: ...

Nothing heavy is imported until it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penctl.pen import Pen
    from penctl.recording import Recorder
    from penctl.transport import Transport, open_url

__all__ = ["Pen", "Recorder", "Transport", "open_url"]

_HOME = {
    "Pen": "penctl.pen",
    "Recorder": "penctl.recording",
    "Transport": "penctl.transport",
    "open_url": "penctl.transport",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("penctl")
    if name not in _HOME:
        raise AttributeError(f"module 'penctl' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

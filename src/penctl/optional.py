"""Parts of penctl that stand on packages which not every installation has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from penctl.errors import PenError


class PackageMissing(PenError):
    """A package that a part of penctl stands on is not installed."""

    WHAT = "A package that this needs is not installed"
    REMEDY = "Install penctl with the part that is named"


@contextlib.contextmanager
def needs(name: str) -> Iterator[None]:
    """What runs inside needs an optional part of penctl, by its name in pyproject.toml.

    Raises:
        PackageMissing: one of its packages is not installed; says which, and how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "penctl").split(".")[0] in ("penctl", "pensim", "pengui"):
            raise  # a mistake of ours, not of the installation
        raise PackageMissing(
            value=error.name, remedy=f"Install it: python -m pip install 'penctl[{name}]'"
        ) from error

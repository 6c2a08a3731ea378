"""What the exchange refuses."""

from __future__ import annotations

from typing import ClassVar

from penctl.errors import PenError


class ExchangeError(PenError):
    """Something cannot be handed out, kept or brought back; nothing was changed."""

    WHAT: ClassVar[str] = "This cannot be exchanged"
    REMEDY: ClassVar[str] = "Correct what was asked for; nothing was changed"


class BackupDamaged(ExchangeError):
    """A backup cannot be read: another passphrase, or bytes that were changed or are missing."""

    WHAT: ClassVar[str] = "The backup cannot be read"
    REMEDY: ClassVar[str] = "Take another backup"

"""What the records refuse, each with what happened, the value, the limit and what to do next."""

from __future__ import annotations

from penctl.errors import PenError


class RecordsError(PenError):
    """The records cannot be used as asked; nothing was changed."""

    WHAT = "The records cannot be used"
    REMEDY = "Correct what was asked for; the records are as before"


class WrongKey(RecordsError):
    """The passphrase or key does not open the records."""

    WHAT = "This passphrase does not open the records, or their first page is damaged"
    REMEDY = "Give the right passphrase; if it is right, restore a backup"


class Damaged(RecordsError):
    """The file or its content is damaged."""

    WHAT = "The records are damaged"
    REMEDY = "Leave the file as it is, keep a copy of it, and restore the last backup"


class NewerStore(RecordsError):
    """The records were written by a newer penctl."""

    WHAT = "The records were written by a newer penctl"
    REMEDY = "Update penctl on this computer; an older one leaves such records alone"


class OlderStore(RecordsError):
    """The records have an older form."""

    WHAT = "The records have the form of an older penctl"
    REMEDY = "Make a backup, then: penctl records upgrade"


class MixedUp(RecordsError):
    """Simulated and real records were mixed up."""

    WHAT = "Simulated and real visits are kept apart"
    REMEDY = "Open the records that this visit belongs to"


class StaleRow(RecordsError):
    """Somebody else has changed this meanwhile. `value` is the version given, `limit` the present one."""

    WHAT = "Another workstation has changed this meanwhile"
    REMEDY = "Look at it anew, then change it again"


class InUse(RecordsError):
    """A zone or a cartridge is in use by another visit."""

    WHAT = "This is in use by another visit"
    REMEDY = "End and sign that visit first, or take another"


class NotAllowed(RecordsError):
    """The role of this user does not allow it."""

    WHAT = "The role of this user does not allow it"
    REMEDY = "Let a user with the right role sign in"


class SignInRefused(RecordsError):
    """The user did not get in."""

    WHAT = "This user and password do not fit"
    REMEDY = "Try again; after too many wrong passwords a user has to wait"


class NotFound(RecordsError):
    """There is no such row."""

    WHAT = "There is no such entry in the records"
    REMEDY = "Look it up with penctl records patients, or open-visits"


class ClockSetBack(RecordsError):
    """The clock stands before what was written last."""

    WHAT = "The clock stands before what was written last"
    REMEDY = "Set the clock of this computer"


class StoreFull(RecordsError):
    """There is no room to write."""

    WHAT = "There is no room to write the records; this was not kept, all before it is"
    REMEDY = "Make room on the disk, then do it again"


class Busy(RecordsError):
    """Another program holds the records for too long."""

    WHAT = "Another program holds the records"
    REMEDY = "Try again; if it stays so, end the other program"


class Unreachable(RecordsError):
    """The file or the server cannot be reached."""

    WHAT = "The records cannot be reached"
    REMEDY = "Check the path or the server's address and that it runs"

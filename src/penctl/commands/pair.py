"""`penctl pair` and `penctl unpair`: which pens this computer may command, and as whom."""

from __future__ import annotations

import argparse
import getpass
import platform
import sys

from penctl.errors import PenError
from penctl.key_store import KeyStore, Pairing
from penctl.pen import Pen
from penctl.pen_core import role_named
from penctl.protocol.enums import Role
from penctl.service import NAME_SIZE

BUTTON_S = 30.0
SIMULATED = "A simulated pen keeps its well-known key, so there is nothing to pair"
SIMULATED_REMEDY = "Use it as it is; every role opens it"


def run(given: argparse.Namespace) -> int:
    """Pair with the pen on the port, and keep the key."""
    role = role_named(given.role)
    with Pen(given.port, role=role) as pen:
        _refuse_simulated(pen)
        code = "" if role is Role.OPERATOR else _code(role)
        sys.stderr.write(f"Hold the button at the pen for 3 s. Waiting up to {BUTTON_S:g} s.\n")
        pairing = pen.pair(role, code, _name(), button_timeout_s=BUTTON_S)
        place = _keep(pen, pairing)
    told = f"Paired with {pairing.serial_number} as {pairing.role.name.lower()}, slot {pairing.slot}."
    sys.stdout.write(f"{told}\nThe key is kept in {place}.\n")
    return 0


def run_unpair(given: argparse.Namespace) -> int:
    """Let the pen forget the pairing of this computer, then forget its key here."""
    role = role_named(given.role)
    store = KeyStore()
    with Pen(given.port, role=role) as pen:
        _refuse_simulated(pen)
        serial = pen.identity.serial_number
        pairing = store.find(serial, role)
        if pairing is None:
            raise PenError(
                "This computer is not paired with the pen",
                serial,
                f"role {role.name.lower()}",
                "Name the role of the pairing with --role",
            )
        if not given.here_only:
            pen.listen()
            pen.unpair(pairing.slot)
    store.forget(serial, role)
    left = " The pen still knows it: it was forgotten here only." if given.here_only else ""
    sys.stdout.write(f"Forgot the pairing with {serial} as {role.name.lower()}.{left}\n")
    return 0


def _refuse_simulated(pen: Pen) -> None:
    if pen.simulated:
        raise PenError(SIMULATED, pen.identity.serial_number, remedy=SIMULATED_REMEDY)


def _keep(pen: Pen, pairing: Pairing) -> str:
    """Keep the key; when that fails the pen forgets the pairing again, for nobody could use it."""
    try:
        return KeyStore().keep(pairing)
    except PenError:
        with Pen(pen.transport, key=pairing.key, role=pairing.role, slot=pairing.slot) as again:
            again.listen()
            again.unpair(pairing.slot)
        raise


def _code(role: Role) -> str:
    """The code of the role, asked for without showing it; from a pipe the first line."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Code for {role.name.lower()}, from the pen's papers: ").strip()
    return sys.stdin.readline().strip()


def _name() -> str:
    """This computer's name as the pen lists it."""
    letters = "".join(letter for letter in platform.node() if letter.isascii() and letter.isprintable())
    return letters[:NAME_SIZE] or "penctl"

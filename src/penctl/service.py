"""What is done to a pen rather than with it: pairing, calibration, settings."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from penctl.errors import PenError, Refused
from penctl.key_store import Pairing
from penctl.pen_core import PenCore, mode_named, role_named
from penctl.protocol.enums import Mode, Reason, Role
from penctl.visit import day_number

CODE_SIZE: Final = 16
NAME_SIZE: Final = 16
OFFSET_MAX_UM: Final = 0x7FFF


class Service(PenCore):
    """The part of a pen that service and set-up need."""

    def pair(
        self, role: str | Role, code: str = "", name: str = "penctl", *, button_timeout_s: float = 0.0
    ) -> Pairing:
        """Pair with the pen over the pairing cable, in STANDBY, while a person holds its button for 3 s.

        The key that comes back travels in clear: the pairing cable is trusted, and nothing else may be
        plugged into it. Nothing is kept; `penctl pair` puts the key into the key store.

        Args:
            role: of the pairing; link sessions may have this role or a lesser one.
            code: of the role, from the pen's papers; none for "operator". Wrong ones are counted by the pen.
            name: of this computer, at most 16 letters of ASCII, for the pen's list of pairings.
            button_timeout_s: how long to wait for the button, s.

        Raises:
            Refused: BUTTON_NOT_PRESSED; WRONG_CODE, with the tries that are left; LOCKED_OUT; WRONG_STATE.
            PenError: role, code or name do not fit.
        """
        number = role if isinstance(role, Role) else role_named(role)
        fields = {
            "role": int(number),
            "code": _ascii("code", code, CODE_SIZE),
            "host_name": _ascii("name of this computer", name, NAME_SIZE),
        }
        answers: list[Any] = []
        self._with_button(lambda: answers.append(self.command("PAIR", **fields)), button_timeout_s)
        paired = answers[0]
        return Pairing(self.identity.serial_number, Role(paired["role"]), paired["slot"], paired["key"])

    def unpair(self, slot: int) -> None:
        """Let the pen forget the pairing in a slot; needs SERVICE, or that pairing's own role.

        Raises:
            Refused: ROLE; NO_SUCH_ENTRY; NO_SESSION.
        """
        self.command("UNPAIR", slot=slot)

    def calibrate(
        self, bar_offset_um: int, day: date | None = None, *, button_timeout_s: float = 0.0
    ) -> None:
        """Store the calibration of the depth sensors; SERVICE only, with the pen's button pressed.

        Args:
            bar_offset_um: added to every reading of the needle bar's sensor, whole µm.
            day: of the calibration, today unless it is given.
            button_timeout_s: how long to wait for the button, s.

        Raises:
            Refused: ROLE; BUTTON_NOT_PRESSED; OUT_OF_RANGE; WRONG_STATE; NOT_A_NUMBER.
        """
        offset = _whole(bar_offset_um, OFFSET_MAX_UM)
        on = day_number(day or self.transport.today())
        self._with_button(lambda: self.command("CALIBRATE", bar_offset_um=offset, day=on), button_timeout_s)

    def configure(
        self,
        mode: str | Mode,
        depth_max_um: int,
        rate_max_hz: float,
        *,
        home_only: bool = False,
        button_timeout_s: float = 0.0,
    ) -> None:
        """Store narrower limits of a mode, in place of damaged settings too; SERVICE only, with the button.

        Args:
            mode: "home" or "clinical".
            depth_max_um: largest depth, at most the hard limit.
            rate_max_hz: largest stroke rate, at most the hard limit.
            home_only: True makes this a pen for HOME for good; nothing over the wire takes it back.
            button_timeout_s: how long to wait for the button, s.

        Raises:
            Refused: ROLE; BUTTON_NOT_PRESSED; OUT_OF_RANGE; MODE_INVALID; WRONG_STATE; NOT_A_NUMBER.
        """
        fields = {
            "mode": int(mode_named(mode)),
            "depth_max_um": _whole(depth_max_um, 0x7FFF_FFFF),
            "rate_max_mhz": _whole(_hertz(rate_max_hz) * 1000, 0x7FFF_FFFF),
            "home_only": int(bool(home_only)),
        }
        self._with_button(lambda: self.command("CONFIGURE", **fields), button_timeout_s)
        self.limits()


def _ascii(what: str, text: object, size: int) -> bytes:
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or len(text) > size:
        raise PenError(
            f"This is no {what}",
            repr(text),
            f"at most {size} letters and digits of ASCII",
            "Type it as it is printed",
        )
    return text.encode("ascii").ljust(size, b"\0")


def _hertz(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("NOT_A_NUMBER", value, layer="host")
    return float(value)


def _whole(value: Any, most: int) -> int:
    """A whole number from -`most` to `most`. Raises Refused."""
    number = _hertz(value)
    if number != number:  # NaN
        raise Refused("NOT_A_NUMBER", value, layer="host")
    if abs(number) > most:
        raise Refused(Reason.OUT_OF_RANGE, value, most, layer="host")
    return round(number)

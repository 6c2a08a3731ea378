"""The pairings of this computer: which key opens which pen, for which role.

They are kept in the system's key ring where there is one (the package `keyring`, an extra), else in a file
that only the user may read. A simulated pen is never in it: it keeps the well-known PROVISIONING_KEY.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

from penctl.errors import PenError
from penctl.host_folder import HostFolderError, data_folder, read_private, write_private
from penctl.keys import PROVISIONING_KEY
from penctl.protocol.enums import Role
from penctl.protocol.session import KEY_SIZE

SERVICE: Final = "penctl"
FILE: Final = "pairings.json"


class NotPaired(PenError):
    """This computer has no key for that pen and role.

    `value` is the pen's serial number, `limit` the role.
    """

    WHAT = "This computer is not paired with the pen"

    def __init__(self, value: str, limit: Role) -> None:
        role = limit.name.lower()
        super().__init__("", value, f"role {role}", f"Pair it once: penctl pair PORT --role {role}")
        self.args = (value, limit)


@dataclass(frozen=True)
class Pairing:
    """A key of 32 bytes in a slot of a pen, for a role."""

    serial_number: str
    role: Role
    slot: int
    key: bytes

    def as_text(self) -> str:
        """As it is kept."""
        return json.dumps({"slot": self.slot, "key": self.key.hex()})

    @classmethod
    def of(cls, serial_number: str, role: Role, text: str) -> Pairing:
        """From what was kept. Raises ValueError when it is damaged."""
        found = json.loads(text)
        try:
            slot, key = int(found["slot"]), bytes.fromhex(found["key"])
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error
        if len(key) != KEY_SIZE or not 0 <= slot <= 255:
            raise ValueError("slot or key")
        return cls(serial_number, role, slot, key)

    def __repr__(self) -> str:
        """Without the key: a pairing may be printed or logged."""
        return f"Pairing({self.serial_number!r}, {self.role.name}, slot {self.slot})"


def simulated_pairing(serial_number: str, role: Role) -> Pairing:
    """The pairing that every simulated pen is provisioned with: slots 0 OPERATOR, 1 CLINICIAN, 2 SERVICE."""
    return Pairing(serial_number, role, int(role) - 1, PROVISIONING_KEY)


class Place(Protocol):
    """Where pairings are kept; `name` says it to a person."""

    name: str

    def get(self, entry: str) -> str | None:
        """What is kept under that name."""

    def put(self, entry: str, text: str | None) -> None:
        """Keep it, or with None forget it."""


class FilePlace:
    """A file of mode 0600 in the data folder."""

    def __init__(self) -> None:
        self.name = str(data_folder() / FILE)

    def _all(self) -> dict[str, str]:
        content = read_private(FILE)
        if content is None:
            return {}
        try:
            found = json.loads(content)
        except ValueError as error:
            raise self._damaged(str(error)) from error
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise self._damaged("no table of texts")
        return found

    def _damaged(self, why: str) -> HostFolderError:
        return HostFolderError(
            "The file of the pairings is damaged",
            f"{self.name} ({why})",
            remedy="Put it back from a copy, or remove it and pair again",
        )

    def get(self, entry: str) -> str | None:
        """What the file has under that name. Raises HostFolderError."""
        return self._all().get(entry)

    def put(self, entry: str, text: str | None) -> None:
        """Write the file anew. Raises HostFolderError."""
        found = self._all()
        if text is None:
            found.pop(entry, None)
        else:
            found[entry] = text
        write_private(FILE, json.dumps(found, indent=1, sort_keys=True).encode())


class RingPlace:
    """The key ring of the system."""

    def __init__(self, ring: Any) -> None:
        self._ring = ring
        self.name = f"the system's key ring ({getattr(ring, 'name', type(ring).__name__)})"

    def get(self, entry: str) -> str | None:
        """What the ring has under that name, None also when it is locked."""
        try:
            found: str | None = self._ring.get_password(SERVICE, entry)
        except Exception:
            return None
        return found

    def put(self, entry: str, text: str | None) -> None:
        """Keep it in the ring. Raises HostFolderError."""
        try:
            if text is not None:
                self._ring.set_password(SERVICE, entry, text)
            elif self._ring.get_password(SERVICE, entry) is not None:
                self._ring.delete_password(SERVICE, entry)
        except Exception as error:
            raise HostFolderError(
                "The system's key ring did not take the pairing",
                f"{type(error).__name__}: {error}",
                remedy="Unlock the key ring, or set PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring",
            ) from error


def system_ring() -> Any | None:
    """The system's key ring; None where there is none that keeps anything."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    try:
        ring = keyring.get_keyring()
    except Exception:
        return None
    return None if isinstance(ring, (fail.Keyring, null.Keyring)) else ring


class KeyStore:
    """The pairings of this computer. `places` are asked in order; the first takes what is new."""

    def __init__(self, places: list[Place] | None = None) -> None:
        if places is None:
            ring = system_ring()
            places = [FilePlace()] if ring is None else [RingPlace(ring), FilePlace()]
        self._places = places

    def find(self, serial_number: str, role: Role) -> Pairing | None:
        """The pairing with that pen for that role, or None.

        Raises:
            HostFolderError: what is kept cannot be read, or is damaged.
        """
        for place in self._places:
            text = place.get(_entry(serial_number, role))
            if text is not None:
                try:
                    return Pairing.of(serial_number, role, text)
                except ValueError as error:
                    raise HostFolderError(
                        "The pairing that is kept is damaged",
                        f"{serial_number}, role {role.name.lower()}, in {place.name}",
                        remedy="Forget it with penctl unpair, then pair again",
                    ) from error
        return None

    def keep(self, pairing: Pairing) -> str:
        """Keep a pairing instead of an older one; says where. Raises HostFolderError."""
        place = self._places[0]
        place.put(_entry(pairing.serial_number, pairing.role), pairing.as_text())
        return place.name

    def forget(self, serial_number: str, role: Role) -> bool:
        """Forget a pairing; False when there was none. Raises HostFolderError."""
        entry = _entry(serial_number, role)
        known = [place for place in self._places if place.get(entry) is not None]
        for place in known:
            place.put(entry, None)
        return bool(known)


def _entry(serial_number: str, role: Role) -> str:
    return f"{serial_number} {role.name}"

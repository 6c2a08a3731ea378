"""The pairing key of pens that were never paired.

Every pen leaves the house with this key, so it protects nothing against people; it lets the link use its
final interface. Pairing, with the button held and over the pairing cable, puts a key of its own in its place.
"""

from __future__ import annotations

import hashlib
from typing import Final

PROVISIONING_KEY: Final = hashlib.sha256(b"penctl provisioning key, not a secret").digest()
"""32 bytes, the same in every unpaired pen."""
TAG_KEY: Final = hashlib.sha256(b"penctl cartridge maker key, not a secret").digest()
"""32 bytes with which the simulated maker signs the tags of cartridges, and a simulated pen checks them."""
PAIRING_CODES: Final = (b"CLINICIAN-SIM-01", b"SERVICE---SIM-01")
"""Pairing codes of CLINICIAN and SERVICE, 16 bytes each, in the papers of a simulated pen."""

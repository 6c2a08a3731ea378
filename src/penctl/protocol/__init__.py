"""The link between host and pen, sans-IO: bytes in, events out. No port, clock or file is touched here."""

"""The link between host and pen, sans-IO: bytes in, events out. No port, no clock, no file is touched here."""

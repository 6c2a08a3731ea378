"""Recordings: the file's form, reading what a crash left, and what `penctl log` does with them.

`channels` says what is in a file, `mcap_file` writes it, `scan` reads it record by record and skips what is
damaged. `penctl.recording` writes a run as it happens, `penctl.recorded` reads one into memory.
"""

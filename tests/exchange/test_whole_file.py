"""A file that leaves the records is there whole, or not at all."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from penctl.exchange.errors import ExchangeError
from penctl.exchange.whole_file import whole_file, write_whole


def test_a_file_is_whole_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    """Patients' data is nobody else's on this computer."""
    path = tmp_path / "report.pdf"
    write_whole(path, b"content")
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["report.pdf"]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Issue 6, faults: a full disk; the file that was there before stays."""
    path = tmp_path / "table.csv"
    path.write_bytes(b"before")

    def fill() -> None:
        with whole_file(path, replace=True) as stream:
            stream.write(b"half of it")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ExchangeError, match=r"No space left on device.*nothing was left behind"):
        fill()
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("table.csv", b"before")]


def test_any_other_error_leaves_nothing_half_written_either(tmp_path: Path) -> None:
    """Ctrl-C, too."""

    def stop() -> None:
        with whole_file(tmp_path / "backup") as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert not list(tmp_path.iterdir())


def test_a_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    """An older report is somebody's record."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"older")
    with pytest.raises(ExchangeError, match="There is a file of that name already"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"older"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The path and the reason, no traceback."""
    with pytest.raises(ExchangeError, match="No such file or directory"):
        write_whole(tmp_path / "nowhere" / "report.pdf", b"content")

"""Where Linux, macOS and Windows differ: said here and nowhere else, each tested or said to be untested.

| | Linux | macOS | Windows |
|---|---|---|---|
| tested | yes, by the tests | **untested** | **untested** |
| ports | /dev/ttyUSB0, /dev/ttyACM0; /dev/penctl-… with the udev rule | /dev/cu.usbserial-… | COM3 |
| who may open one | its group, or the udev rule | everybody | everybody |
| opened twice | refused, not for root | refused | refused |
| latency timer of FTDI | /sys/bus/usb-serial/… | not to be set | Device Manager |
| modem lines | raised by the first opening, then never moved: docs/ports.md | the same | both kept low |
| plugged in again | by its name, or by its USB serial number | the same | the same |
| unplugged | OSError, SerialException or termios.error | the same | OSError, SerialException |
| a simulated pen in real time | pty, TCP | pty, TCP | TCP only |
| penctl's data | ~/.local/share/penctl | ~/Library/Application Support/penctl | %LOCALAPPDATA%/penctl |
| the window | xcb or wayland; libraries by name | cocoa | windows |

Every function takes the system's name, so that each branch is tested everywhere as far as it can be: what a
system answers was seen on Linux only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from penctl.hardware.pen import Usb

LINUX, MACOS, WINDOWS = "linux", "darwin", "win32"
NAMES: Final[Mapping[str, str]] = MappingProxyType({LINUX: "Linux", MACOS: "macOS", WINDOWS: "Windows"})
TESTED: Final = frozenset({LINUX})

FTDI_VENDOR: Final = 0x0403
LATENCY_MS: Final = 1
"""FTDI's latency timer comes up at 16 ms: so long a short answer waits in the bridge."""
UDEV_RULE: Final = "70-penctl.rules"
UDEV_FOLDERS: Final = tuple(f"{place}/udev/rules.d" for place in ("/etc", "/run", "/usr/lib", "/lib"))
QT_LIBRARIES: Final = (
    "libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0"
)
"""What Qt needs besides its own packages, by the names of Debian 12."""


@dataclass(frozen=True)
class Mend:
    """What mends something: a sentence, and the command where there is one."""

    text: str
    command: str = ""


def system() -> str:
    """This system: "linux", "darwin", "win32", or another name that Python gives."""
    return sys.platform


def system_text(name: str) -> str:
    """The system's name, and whether penctl was tested on it."""
    known = NAMES.get(name, name)
    return known if name in TESTED else f"{known}: penctl was not tested on it"


def is_pen(vendor: int | None, product: int | None, text: str | None) -> bool:
    """Whether a USB device says that it is the pen of the reference design: `[usb]` of hardware/pen.toml."""
    if vendor is None or product is None:
        return False
    usb = _pen_usb()
    ids = (f"{vendor:04x}", f"{product:04x}")
    return ids == (usb.vendor_id, usb.product_id) and (text or "").startswith(usb.product_text)


@lru_cache(maxsize=1)
def _pen_usb() -> Usb:
    from penctl.hardware import load_pen

    return load_pen().usb


def data_folder(name: str, home: Path, environment: Mapping[str, str]) -> Path:
    """Where penctl keeps what belongs to this user."""
    if name == WINDOWS:
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "penctl"
    if name == MACOS:
        return home / "Library" / "Application Support" / "penctl"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "penctl"


def permission(name: str, group: str | None) -> Mend:
    """What lets this user open a port that belongs to `group`, None where groups are not known."""
    if name == LINUX:
        return Mend(
            "Join the group that owns it, then log in again; or install the udev rule: penctl doctor --udev",
            f"sudo usermod -aG {group or 'dialout'} $USER",
        )
    if name == MACOS:
        return Mend("Unplug the pen and plug it in again; another user's program may hold it")
    return Mend("Close the program that holds the port; Windows asks for no permission")


def group_of(path: str) -> str | None:
    """The group that owns a device file; None where the system has none."""
    try:
        import grp

        return grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (ImportError, OSError, KeyError):
        return None


def may_open(path: str) -> bool | None:
    """Whether this user may read and write a device file; None where there is no file to ask."""
    return os.access(path, os.R_OK | os.W_OK) if Path(path).exists() else None


def latency_ms(device: str, root: Path = Path("/sys/bus/usb-serial/devices")) -> int | None:
    """The latency timer of an FTDI bridge in ms; None where the system does not tell it."""
    try:
        return int((root / Path(device).name / "latency_timer").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def mend_latency(name: str, device: str) -> Mend:
    """What sets the latency timer of an FTDI bridge to 1 ms."""
    if name == LINUX:
        file = f"/sys/bus/usb-serial/devices/{Path(device).name}/latency_timer"
        return Mend(
            "Set it now with the command, or for ever with the udev rule: penctl doctor --udev",
            f"echo {LATENCY_MS} | sudo tee {file}",
        )
    if name == WINDOWS:
        return Mend(
            f"Device Manager, {device}, Port Settings, Advanced: set the latency timer to {LATENCY_MS} ms"
        )
    return Mend("macOS does not let it be set; every answer of the pen takes up to 16 ms longer")


def udev_rule() -> str:
    """The text of the udev rule that is shipped."""
    from penctl.hardware.files import shipped_text

    return shipped_text(f"reference_design/{UDEV_RULE}")


def installed_udev_rule(folders: tuple[str, ...] = UDEV_FOLDERS) -> str | None:
    """The text of the rule that is installed here, None when there is none."""
    for folder in folders:
        try:
            return (Path(folder) / UDEV_RULE).read_text(encoding="utf-8")
        except OSError:
            continue
    return None


INSTALL_UDEV: Final = (
    f"penctl doctor --udev | sudo tee /etc/udev/rules.d/{UDEV_RULE} >/dev/null && "
    "sudo udevadm control --reload && sudo udevadm trigger"
)


def mend_clock(name: str) -> Mend:
    """What sets the computer's clock and keeps it right."""
    if name == LINUX:
        return Mend("Let the computer set its clock from the network", "sudo timedatectl set-ntp true")
    if name == MACOS:
        return Mend(
            "Let the computer set its clock from the network", "sudo systemsetup -setusingnetworktime on"
        )
    return Mend("Let the computer set its clock from the network", "w32tm /resync")


def clock_command(name: str) -> list[str] | None:
    """What asks whether the clock is kept right, where that can be asked without rights."""
    return ["timedatectl", "show", "--property=NTPSynchronized", "--value"] if name == LINUX else None


def mend_screen(name: str, said: str) -> Mend:
    """What lets Qt show a window, by what it said when it could not."""
    if name == LINUX and ("cannot open shared object" in said or "xcb" in said):
        return Mend(
            "Install the libraries that Qt needs (Debian's names)", f"sudo apt-get install {QT_LIBRARIES}"
        )
    if name == LINUX:
        return Mend("Log in to a desktop, or forward a display: ssh -X")
    return Mend("Install the window anew", 'pip install --force-reinstall "penctl[gui]"')

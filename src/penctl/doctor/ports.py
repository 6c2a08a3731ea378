"""The serial ports of this computer: which is a pen's, who may open it, how fast its USB bridge is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from penctl import platforms
from penctl.discovery import Port, serial_ports
from penctl.doctor.finding import Finding, good, note, wrong
from penctl.platforms import Mend

__all__ = ["Port", "ports", "serial_ports"]

AREA = "ports"


def ports(found: list[Port]) -> Iterator[Finding]:
    """All checks of the ports."""
    name = platforms.system()
    if not found:
        yield note(
            AREA, "ports", "no serial port: no pen is plugged in", Mend("Plug the pen in, or use pensim://")
        )
    for port in found:
        yield from _port(name, port)
    if name == platforms.LINUX:
        yield _rule(any(port.is_pen for port in found))


def _port(name: str, port: Port) -> Iterator[Finding]:
    what = "a pen" if port.is_pen else port.text.replace("n/a", "a serial port that is no USB device")
    if platforms.may_open(port.device) is False:
        group = platforms.group_of(port.device)
        owner = f"; it belongs to the group {group}" if group else ""
        yield wrong(
            AREA, port.device, f"{what}: this user may not open it{owner}", platforms.permission(name, group)
        )
    else:
        yield good(AREA, port.device, what)
    if port.is_ftdi:
        yield _latency(name, port)


def _latency(name: str, port: Port) -> Finding:
    label = f"{Path(port.device).name} timer"
    timer = platforms.latency_ms(port.device)
    if timer is None:
        return note(
            AREA, label, "the latency timer is not told here", platforms.mend_latency(name, port.device)
        )
    if timer > platforms.LATENCY_MS:
        found = f"the latency timer is {timer} ms: each answer of the pen takes so much longer"
        return wrong(AREA, label, found, platforms.mend_latency(name, port.device))
    return good(AREA, label, f"the latency timer is {timer} ms")


def _rule(needed: bool) -> Finding:
    """The udev rule; without a pen of the reference design it is only worth knowing."""
    installed = platforms.installed_udev_rule()
    mend = Mend("Install it once", platforms.INSTALL_UDEV)
    if installed is None:
        found = "not installed: a pen may need rights, and has no name that stays the same"
        return wrong(AREA, "udev rule", found, mend) if needed else note(AREA, "udev rule", found, mend)
    if installed != platforms.udev_rule():
        return wrong(AREA, "udev rule", "another version than this penctl's is installed", mend)
    return good(AREA, "udev rule", "installed")

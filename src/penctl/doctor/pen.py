"""A pen: who it is, whether it fits this program and which side to update, how quickly it answers."""

from __future__ import annotations

from collections.abc import Iterator

from penctl import __version__
from penctl.doctor.finding import Finding, good, note, wrong
from penctl.errors import LinkLost, MessagesMismatch, PenError, VersionMismatch
from penctl.key_store import KeyStore
from penctl.pen import Pen
from penctl.platforms import Mend
from penctl.protocol.enums import Flags, Role
from penctl.trip_words import told_trip

QUESTIONS = 20
SLOW_S = 0.010
"""A longer answer leaves little of the 250 ms that the pen waits for a heartbeat when one is lost."""


def pen(port: str) -> Iterator[Finding]:
    """All checks of the pen on that port. It is asked, and nothing is changed."""
    area = f"pen on {port}"
    try:
        with Pen(port, role=Role.OPERATOR) as opened:
            yield from _of(area, opened)
    except (VersionMismatch, MessagesMismatch) as error:
        yield wrong(area, "versions", f"{error.what} (pen {error.value}, here {error.limit})", _update(error))
    except PenError as error:
        shown = f"{error.what}: {error.value}" if error.value is not None else error.what
        yield wrong(area, "answer", shown, Mend(error.remedy or ""))


def _update(error: PenError) -> Mend:
    """Which side is to be updated; penctl is updated by a command, a pen by its maker's papers."""
    remedy = error.remedy or ""
    here = "penctl on this computer" in remedy or "penctl to the same" in remedy
    return Mend(remedy, "pip install --upgrade penctl" if here else "")


def _of(area: str, opened: Pen) -> Iterator[Finding]:
    identity = opened.identity
    kind = ", simulated" if opened.simulated else ""
    found = f"{identity.serial_number}{kind}, firmware {identity.firmware_version}"
    if identity.test_build:
        yield note(area, "pen", f"{found}, a test build: not for use on people")
    else:
        yield good(area, "pen", found)
    yield good(area, "versions", _versions(identity.firmware_version))
    yield good(area, "limits", f"its table of hard limits is this program's, {identity.limits_hash[:16]}")
    yield _pairing(area, opened)
    yield from _condition(area, opened)
    yield _answers(area, opened)


def _versions(firmware: str) -> str:
    """Both fit together, else opening would have told; which is the older is worth a word."""
    return f"firmware {firmware} and penctl {__version__} speak the same messages"


def _pairing(area: str, opened: Pen) -> Finding:
    if opened.simulated:
        return good(area, "pairing", "a simulated pen needs none")
    serial = opened.identity.serial_number
    roles = [role.name.lower() for role in Role if KeyStore().find(serial, role) is not None]
    if roles:
        return good(area, "pairing", f"this computer is paired as {', '.join(roles)}")
    url = opened.transport.url
    mend = Mend("Hold the pen's button for 3 s while this runs", f"penctl pair {url} --role operator")
    return wrong(area, "pairing", "this computer is not paired with it", mend)


def _condition(area: str, opened: Pen) -> Iterator[Finding]:
    status = opened.wait_ready() if opened.simulated else opened.status()
    if status.trip is not None:
        told = told_trip(status.trip)
        mend = Mend(f"{told['remedy']} Reset: {told['reset']}.")
        yield wrong(area, "state", f"stopped by {told['id']} {told['name']}. {told['cause']}", mend)
    elif Flags.SELF_TEST_PASSED not in status.flags:
        yield wrong(
            area, "state", "its self-test has not passed", Mend("Switch it off and on, then ask again")
        )
    else:
        yield good(area, "state", f"{status.state.name}, self-test passed")


def _answers(area: str, opened: Pen) -> Finding:
    times = []
    bad = opened.status().frames_bad
    for _ in range(QUESTIONS):
        begin_s = opened.now_s()
        try:
            status = opened.status()
        except LinkLost:
            continue
        times.append(opened.now_s() - begin_s)
    if len(times) < QUESTIONS or status.frames_bad > bad or opened.frames_bad:
        lost = QUESTIONS - len(times)
        found = (
            f"{lost} of {QUESTIONS} answers lost, {opened.frames_bad + status.frames_bad - bad} bad frames"
        )
        return wrong(area, "link", found, Mend("Try another cable, a shorter one, or another USB port"))
    middle_s = sorted(times)[len(times) // 2]
    found = f"answers in {middle_s * 1e3:.1f} ms, at most {max(times) * 1e3:.1f} ms"
    if middle_s > SLOW_S:
        slow = Mend("Look at the latency timer above; over a network use a cable")
        return wrong(area, "link", f"slow: {found}", slow)
    return good(area, "link", found)

"""Visits on a pen: whose needles these are. The name stays on the host; see `penctl.visit`."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from datetime import date

from penctl.errors import RecordingError, Refused, SelfTestFailed, VisitInhibited
from penctl.host_folder import clinic_salt
from penctl.logs.ready import check_clock_set
from penctl.pen_core import PenCore
from penctl.protocol.enums import Flags, State
from penctl.status import Cartridge, Status
from penctl.visit import SIMULATED_SALT, Visit, day_number, make_visit, person_hash


class Visits(PenCore):
    """The part of a pen that opens and closes visits."""

    _visit: Visit | None = None
    _hashed_for: int | None = None
    _chosen: dict[str, int] | None = None
    visit_check: Callable[[], None] | None = None
    """What else must hold before a visit begins; `penctl.recording.record` sets it. Raises RecordingError."""

    @property
    def visit(self) -> Visit | None:
        """The visit that this program has opened, or None."""
        return self._visit

    def cartridge(self) -> Cartridge:
        """What the tag of the cartridge says; needs a link session (Refused NO_SESSION)."""
        return Cartridge.of(self.command("GET_CARTRIDGE"))

    def check_recordable(self) -> None:
        """Whether a visit may begin: IL-41 inhibits one that could not be recorded, or not at the right time.

        With a recording its folder, its disk, the computer's clock, and that it did not fail; without one the
        clock alone, which gives the visit its day.

        Raises:
            VisitInhibited: what is wrong, and what to do. A visit that is open may be finished.
        """
        now_s = self.transport.wall_s()
        try:
            if self.visit_check is not None:
                self.visit_check()
            elif now_s is not None:
                check_clock_set(now_s)
        except RecordingError as error:
            raise VisitInhibited.because(error) from error

    def begin_visit(
        self, person: str | None = None, visit_id: str | None = None, day: date | None = None
    ) -> Visit:
        """Open a visit, in STANDBY; another visit that was open ends. Both setpoints are cleared.

        If the drive has run since the pen last passed its self-test, the pen checks itself now, for at most
        3 s, and this call waits for it.

        Args:
            person: a pseudonym. It never leaves this computer: the cartridge gets a hash, salted with the
                salt of this clinic and with the cartridge's number, so that hashes on two cartridges cannot
                be linked. None is nobody in particular, and the same nobody each time.
            visit_id: `Visit.visit_id` of a visit to take up again, after power-off too: the cartridge
                counts it once. None begins a new one.
            day: the date, today by this computer's clock unless it is given.

        Raises:
            Refused: WRONG_STATE; NO_SESSION; DATE_INVALID, the pen has seen a later date.
            PenError: `person`, `visit_id` or `day` is none. HostFolderError: the clinic's salt cannot be
                kept.
            SelfTestFailed: the pen did not pass its self-test.
            VisitInhibited: `check_recordable` refuses a visit that this program does not have open.
        """
        if self._visit is None or visit_id != self._visit.visit_id:
            self.check_recordable()
        draw = self.transport.entropy or secrets.token_bytes
        visit = make_visit(person, visit_id, day, self.transport.today(), draw)
        self._send_visit(visit)
        self._chosen = None
        return visit

    def end_visit(self) -> None:
        """Close the visit, in STANDBY or SAFE; what the needles did is written to the cartridge.

        Raises:
            Refused: WRONG_STATE; NO_VISIT.
        """
        self.command("END_VISIT")
        self._visit, self._hashed_for, self._chosen = None, None, None

    def _send_visit(self, visit: Visit) -> Status:
        since = self.status().events_next
        cartridge_id = self.cartridge().cartridge_id
        salt = SIMULATED_SALT if self.transport.has_own_clock else clinic_salt()
        self.command(
            "BEGIN_VISIT",
            visit_id=visit.raw_id,
            person=person_hash(visit.person, cartridge_id, salt),
            day=day_number(visit.day),
        )
        self._visit, self._hashed_for = visit, cartridge_id
        return self._self_tested(since)

    def _take_up_visit(self) -> None:
        """After a new link session: a visit that this program had open goes on, after power-off too."""
        if self._visit is None:
            return
        with contextlib.suppress(Refused, SelfTestFailed):  # in SAFE, say; arming then says what is missing
            if Flags.VISIT_OPEN not in self.status().flags:
                self._send_visit(self._visit)

    def _ensure_visit(self) -> None:
        """Before arming: a visit is open, and it knows its person by the cartridge that is fitted now."""
        status = self.status()
        if status.state is not State.STANDBY:
            return  # arming is refused, and says why
        is_open = Flags.VISIT_OPEN in status.flags
        if is_open and (self._visit is None or self._hashed_for == self.cartridge().cartridge_id):
            return
        chosen = self._chosen
        if self._visit is None:
            self.begin_visit()
        else:
            self._send_visit(self._visit)
        self._choose_again(chosen, status)

    def _choose_again(self, chosen: dict[str, int] | None, before: Status) -> None:
        """Set what this program had set for this arming, and no other visit, if the pen has cleared it."""
        now = self.status()
        if chosen is None or now.mode is not before.mode:
            return
        for name, field, is_set in (
            ("SET_DEPTH", "depth_um", now.depth_set_um),
            ("SET_RATE", "rate_mhz", now.rate_set_mhz),
        ):
            if is_set < 0 and field in chosen:
                self.command(name, **{field: chosen[field]})
        self._chosen = chosen

    def _choose(self, field: str, value: int) -> None:
        self._chosen = {**(self._chosen or {}), field: value}

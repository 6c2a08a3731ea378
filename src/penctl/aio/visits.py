"""Visits, cartridge and the memory of trips of a pen on asyncio; the words are those of `penctl.Pen`."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from datetime import date

from penctl.aio.core import AsyncCore
from penctl.errors import RecordingError, Refused, SelfTestFailed, VisitInhibited
from penctl.host_folder import clinic_salt
from penctl.logs.ready import check_clock_set
from penctl.pen_core import SELF_TEST_TIMEOUT_S
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Reason, State
from penctl.status import Cartridge, Status
from penctl.trip_memory import KeptTrip, Snapshot, SnapshotRow, kept_trip, snapshot_row
from penctl.visit import Visit, day_number, make_visit, person_hash


class AsyncVisits(AsyncCore):
    """The part of a pen that opens and closes visits and tells its trips."""

    _visit: Visit | None = None
    visit_check: Callable[[], None] | None = None
    """What else must hold before a visit begins; `penctl.recording.record` sets it."""

    @property
    def visit(self) -> Visit | None:
        """The visit that this program has opened, or None."""
        return self._visit

    async def cartridge(self) -> Cartridge:
        """What the tag of the cartridge says; needs a link session (Refused NO_SESSION)."""
        return Cartridge.of(await self.command("GET_CARTRIDGE"))

    def check_recordable(self) -> None:
        """Whether a visit may begin, as `penctl.Pen.check_recordable`. Raises VisitInhibited (IL-41)."""
        now_s = self.transport.wall_s()
        try:
            if self.visit_check is not None:
                self.visit_check()
            elif now_s is not None:
                check_clock_set(now_s)
        except RecordingError as error:
            raise VisitInhibited.because(error) from error

    async def begin_visit(
        self, person: str | None = None, visit_id: str | None = None, day: date | None = None
    ) -> Visit:
        """Open a visit, in STANDBY; arguments and errors are those of `penctl.Pen.begin_visit`."""
        if self._visit is None or visit_id != self._visit.visit_id:
            self.check_recordable()
        visit = make_visit(person, visit_id, day, self.transport.today(), secrets.token_bytes)
        await self._send_visit(visit)
        return visit

    async def end_visit(self) -> None:
        """Close the visit, in STANDBY or SAFE. Raises Refused: WRONG_STATE; NO_VISIT."""
        await self.command("END_VISIT")
        self._visit = None

    async def _send_visit(self, visit: Visit) -> None:
        since = (await self.status()).events_next
        cartridge_id = (await self.cartridge()).cartridge_id
        await self.command(
            "BEGIN_VISIT",
            visit_id=visit.raw_id,
            person=person_hash(visit.person, cartridge_id, clinic_salt()),
            day=day_number(visit.day),
        )
        self._visit = visit
        await self._self_tested(since)

    async def _take_up_visit(self) -> None:
        """After a new link session: a visit that this program had open goes on."""
        if self._visit is None:
            return
        with contextlib.suppress(Refused, SelfTestFailed):  # in SAFE, say; arming then says what is missing
            if Flags.VISIT_OPEN not in (await self.status()).flags:
                await self._send_visit(self._visit)

    async def wait_ready(self, timeout_s: float = SELF_TEST_TIMEOUT_S) -> Status:
        """Wait while the pen checks itself, at most 3 s. Raises SelfTestFailed, Unfinished."""
        return await self._self_tested((await self.status()).events_next, timeout_s)

    async def _self_tested(self, since: int, timeout_s: float = SELF_TEST_TIMEOUT_S) -> Status:
        def failed() -> list[int]:
            told = self.inbox.warnings(enums.Warning.SELF_TEST_FAILED, since)
            return [warning["value"] for warning in told]

        status = await self.watch(
            "The self-test did not end",
            timeout_s,
            lambda now: now.state is not State.SELF_TEST or bool(failed()),
        )
        if Flags.SELF_TEST_PASSED not in status.flags:
            raise SelfTestFailed(failed()[-1] if failed() else status.self_test_check or None)
        return status

    async def trip_log(self) -> list[KeptTrip]:
        """The last trips that the pen keeps, the newest first. Raises Refused NO_SESSION."""
        found: list[KeptTrip] = []
        count = 1
        while len(found) < count:
            try:
                answer = await self.command("GET_TRIP", index=len(found))
            except Refused as refused:
                if refused.reason != Reason.NO_SUCH_ENTRY.name:
                    raise
                break
            count = answer["count"]
            if not answer["interlock"]:
                break
            found.append(kept_trip(answer))
        return found

    async def snapshot(self, index: int = 0) -> Snapshot:
        """The inputs around one of the last trips, 0 the newest. Raises Refused NO_SUCH_ENTRY."""
        rows: list[SnapshotRow] = []
        part, parts = 0, 1
        while part < parts:
            answer = await self.command("GET_SNAPSHOT", index=index, part=part)
            parts = answer["parts"]
            rows += [snapshot_row(row) for row in answer["rows"][: answer["count"]]]
            part += 1
        return Snapshot(index, tuple(rows))

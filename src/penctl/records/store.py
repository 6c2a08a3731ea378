"""The store: open records, with their keys, their clock and their audit trail."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from penctl import dates
from penctl.records import schema, users
from penctl.records.audit import AuditTrail
from penctl.records.database import Database
from penctl.records.entries import Role, User
from penctl.records.errors import ClockSetBack, SignInRefused
from penctl.records.keys import StoreKeys
from penctl.records.ledger import Ledger
from penctl.records.searching import Searching
from penctl.records.values import moment_of, utc_text

if TYPE_CHECKING:
    from penctl.records.desk import Desk

Clock = Callable[[], datetime]
NewId = Callable[[], uuid.UUID]
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""Workstations never agree to the second."""


def system_clock() -> datetime:
    """The clock of this computer, in UTC."""
    return datetime.now(UTC)


class Store:
    """Open records; made by `create_store` and `open_store`. A context manager that closes them.

    `simulated` was fixed when they were made; `time_zone` is the clinic's and decides what a day is.
    """

    def __init__(
        self,
        database: Database,
        keys: StoreKeys,
        settings: tuple[str, bool, str],
        clock: Clock,
        new_id: NewId,
        memory_kib: int,
    ) -> None:
        self.database, self.keys, self.clock, self.new_id = database, keys, clock, new_id
        self.id, self.simulated = settings[0], settings[1]
        self.time_zone = ZoneInfo(settings[2])
        self.memory_kib = memory_kib
        self.audit = AuditTrail(database, keys)
        self.searching = Searching(keys)
        self._written = False

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def writing(self, user: str) -> Iterator[Ledger]:
        """One transaction in a user's name: data and audit trail, both or neither. Raises RecordsError."""
        with self.database.write() as connection:
            ledger = Ledger(connection, self.keys, user, self.clock())
            yield ledger
            ledger.close()
        self._written = True

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at one moment. Raises RecordsError."""
        with self.database.read() as connection:
            yield connection

    def sign_in(self, name: str, password: str) -> Desk:
        """A desk to work at. Each attempt stands in the audit trail.

        Raises:
            SignInRefused: no such user, a wrong password, or too many wrong ones before.
        """
        from penctl.records.desk import Desk

        found: User | SignInRefused | None = None
        while found is None:
            with self.reading() as connection:
                row = users.find(connection, name)
            fitting = users.fits(row, password, self.memory_kib)  # slow, so nobody waits for it
            with self.writing(name if users.NAME.fullmatch(name) else "?") as ledger:
                if users.find(ledger.connection, name) == row:  # else another try was counted meanwhile
                    now = self.clock().astimezone(self.time_zone)
                    found = users.sign_in(ledger, name, row, fitting, now)
        if isinstance(found, SignInRefused):
            raise found
        return Desk(self, found)

    def users(self) -> tuple[User, ...]:
        """All users, by name."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.users).order_by(schema.users.c.id))
            return tuple(users.user_of(row) for row in rows)

    def add_first_admin(self, name: str, password: str) -> None:
        """The first user of new records. Raises RecordsError when there are users."""
        from penctl.records.errors import NotAllowed

        with self.writing(name) as ledger:
            count = select(func.count()).select_from(schema.users)
            if ledger.connection.execute(count).scalar_one():
                raise NotAllowed("There are users already", name, remedy="Let an admin add the user")
            users.add_user(ledger, name, password, Role.ADMIN, self.memory_kib)

    def check_clock(self, connection: Connection, now: datetime) -> None:
        """Refuse a clock that was set back behind what is kept.

        Raises:
            ClockSetBack.
        """
        visits = schema.visits.c
        last_day = select(func.max(visits.day)).scalar_subquery()  # found by its index
        query = select(func.max(visits.begun_at)).where(visits.day == last_day)
        last = connection.execute(query).scalar_one()
        if last is not None and utc_text(now + CLOCKS_DIFFER) < last:
            shown = dates.moment(now.astimezone(self.time_zone))
            raise ClockSetBack(
                value=shown,
                limit=f"a visit was begun at {dates.moment(moment_of(last).astimezone(self.time_zone))}",
            )

    def close(self) -> None:
        """Sign the end of the audit trail if anything was written, and let go of the database."""
        from penctl.records.errors import RecordsError

        if self._written:
            with contextlib.suppress(RecordsError), self.writing("system") as ledger:
                ledger.sign_head("closed", None)
            self._written = False
        self.database.close()

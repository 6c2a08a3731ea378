"""Where `penctl run` keeps a visit: a folder of its own for a simulated one, or the clinic's records."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from penctl.clinic import load_clinic
from penctl.elsewhere import read_elsewhere
from penctl.errors import PenError
from penctl.folders import RUNS, run_folder
from penctl.treating.folder import VisitFolder
from penctl.treating.form import Form
from penctl.treating.visit_file import NAME, VisitFile
from penctl.treatment.course import Punctured
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.visit import Knowledge
from penctl.treatment.visit_events import RecordingBegun, VisitBegun

if TYPE_CHECKING:
    from penctl.records.desk import Desk
    from penctl.records.store import Store
    from penctl.treating.ports import VisitJournal


class Keeping(Protocol):
    """What a run needs of the place where visits are kept."""

    now: Callable[[], datetime] | None
    """The clock of the run, once it is known."""
    names_recording: bool
    """Whether the visit names its recording, which then has a name of its own."""

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""

    @property
    def folder(self) -> Path:
        """Where the recording of this run goes."""

    def by(self, form: Form) -> Form:
        """The form in the name of whoever works here."""

    def knowledge(self, begun: VisitBegun) -> Knowledge:
        """What a visit would be held against."""

    def after_last(self, person: str) -> datetime:
        """A moment after all that is kept of a person: virtual time runs ahead of the computer's clock."""

    def cut_off(self, person: str) -> str:
        """How to name the visit of this person that is open, "" for none."""

    def begin(self, begun: VisitBegun, device: str) -> VisitJournal:
        """A new visit."""

    def take_up(self, name: str) -> VisitJournal:
        """A visit that was cut off."""

    def name_of(self, journal: VisitJournal) -> str:
        """What to give to --resume or --end."""

    def recording_stem(self, journal: VisitJournal) -> str:
        """How the file of the recording is called, without its number and its ending."""

    def warnings(self) -> tuple[str, ...]:
        """What is wrong here, and hinders nothing."""


class FolderKeeping:
    """Simulated visits, each in a folder below `--out`, with the recording beside the journal."""

    names_recording = False

    def __init__(self, given: argparse.Namespace) -> None:
        self.now: Callable[[], datetime] | None = None
        self._clinic = load_clinic(given.clinic)
        self._out = Path(given.out or RUNS)
        named = given.resume or given.end
        self._folder = Path(named) if named else None
        around = self._folder.resolve().parent if self._folder else self._out
        self._visits = VisitFolder(around, self._clinic, _elsewhere(given, self._clinic.zone))

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return self._clinic.zone

    @property
    def folder(self) -> Path:
        """The folder of the visit; it is made when it is first asked for."""
        if self._folder is None:
            self._folder = run_folder(self._out)
        return self._folder

    def by(self, form: Form) -> Form:
        """As the form says."""
        return form

    def knowledge(self, begun: VisitBegun) -> Knowledge:
        """By the visits beside it and what was done elsewhere."""
        return self._visits.knowledge(begun)

    def after_last(self, person: str) -> datetime:
        """A moment after the last event of this person's simulated visits."""
        visits = self._visits.visits(person, simulated=True)
        return max((visit.events[-1].at for _, visit in visits), default=datetime.min.replace(tzinfo=UTC))

    def cut_off(self, person: str) -> str:
        """The folder of an open visit."""
        return next((str(path.parent) for path, _ in self._visits.cut_off(person)), "")

    def begin(self, begun: VisitBegun, device: str) -> VisitJournal:
        """A new file. Raises TreatmentRefused for a real visit, VisitFileError."""
        if not begun.simulated:
            raise TreatmentRefused(
                "A visit with a real pen is kept in the clinic's records",
                "none named",
                None,
                "Name them with --store and --user; penctl records init makes them",
            )
        return VisitFile.begin(self.folder / NAME, begun, self.knowledge(begun))

    def take_up(self, name: str) -> VisitJournal:
        """The file of a folder."""
        return VisitFile.take_up(Path(name) / NAME, self._visits.knowledge)

    def name_of(self, journal: VisitJournal) -> str:
        """The folder."""
        return str(self.folder)

    def recording_stem(self, journal: VisitJournal) -> str:
        """The folder is the visit's own."""
        return "run"

    def warnings(self) -> tuple[str, ...]:
        """Journals beside this one that cannot be read."""
        return tuple(map(str, self._visits.damaged))


def _elsewhere(given: argparse.Namespace, zone: tzinfo) -> Callable[[VisitBegun], tuple[Punctured, ...]]:
    def read(begun: VisitBegun) -> tuple[Punctured, ...]:
        day = begun.at.astimezone(zone).date()
        return read_elsewhere(given.elsewhere, zone, day, begun.person)

    return read if given.elsewhere else lambda begun: ()


class StoreKeeping:
    """The clinic's records; the database is the visit's journal."""

    names_recording = True

    def __init__(self, given: argparse.Namespace) -> None:
        self.now: Callable[[], datetime] | None = None
        self.store: Store
        self.desk: Desk
        self._out = Path(given.out or RUNS)
        self._made: Path | None = None
        for option in ("clinic", "elsewhere"):
            if getattr(given, option):
                raise TreatmentRefused(
                    f"--{option} and records do not go together",
                    getattr(given, option),
                    None,
                    "The records hold the clinic's rules, its time zone and treatments elsewhere",
                )

    def clock(self) -> datetime:
        """The clock of the run, for the records."""
        return (self.now() if self.now is not None else datetime.now(UTC)).astimezone(UTC)

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return self.store.time_zone

    @property
    def folder(self) -> Path:
        """A new folder for the recording."""
        if self._made is None:
            self._made = run_folder(self._out)
        return self._made

    def by(self, form: Form) -> Form:
        """Events and reasons are in the name of who is signed in."""
        name = self.desk.user.name
        signed = tuple(replace(one, user_id=name) for one in form.signatures)
        return replace(form, by=name, signatures=signed)

    def knowledge(self, begun: VisitBegun) -> Knowledge:
        """By the records. Raises NotFound: there is no such patient."""
        return self.desk.knowledge(begun.person, begun.mode, begun.at, begun.visit_id)

    def after_last(self, person: str) -> datetime:
        """A moment after the last event of this person's visits."""
        rows = self.desk.visits(person)
        ends = [self.desk.visit_events(row.id)[-1].at for row in rows[-1:]]
        return max(ends, default=datetime.min.replace(tzinfo=UTC))

    def cut_off(self, person: str) -> str:
        """The number of an open visit."""
        return next((one.id for one in self.desk.open_visits() if one.pseudonym == person), "")

    def begin(self, begun: VisitBegun, device: str) -> VisitJournal:
        """A new visit in the records."""
        patient = self.desk.patient(begun.person)
        return self.desk.begin_visit(patient.id, begun.mode, begun.simulated, device, begun.visit_id)

    def take_up(self, name: str) -> VisitJournal:
        """A visit by its number."""
        return self.desk.resume_visit(name)

    def name_of(self, journal: VisitJournal) -> str:
        """The number of the visit."""
        return journal.visit.begun.visit_id

    def recording_stem(self, journal: VisitJournal) -> str:
        """The visit's own and no other part's, wherever the file is put: a replay finds it by this name."""
        before = sum(isinstance(event, RecordingBegun) for event in journal.visit.events)
        part = f"_part_{before + 1}" if before else ""
        return f"visit_{journal.visit.begun.visit_id}{part}"

    def warnings(self) -> tuple[str, ...]:
        """None: what is wrong with records is refused."""
        return ()


@contextlib.contextmanager
def keeping_of(given: argparse.Namespace, *, simulated: bool | None) -> Iterator[Keeping]:
    """Where the arguments say: the records of --store, else folders. Raises RecordsError, SignInRefused."""
    if not given.store:
        yield FolderKeeping(given)
        return
    if not given.user:
        raise PenError("Nobody signs in at the records", remedy="Name who with --user")
    from penctl.commands.records_opening import key_of, secret, where_of
    from penctl.records.opening import open_store

    keeping = StoreKeeping(given)
    with open_store(where_of(given), key=key_of(given), simulated=simulated, clock=keeping.clock) as store:
        keeping.store = store
        keeping.desk = store.sign_in(given.user, secret(f"Password of {given.user}"))
        yield keeping

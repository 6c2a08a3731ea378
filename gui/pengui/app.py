"""The desktop program's frame: application, worker thread, windows, and a tidy end."""

from __future__ import annotations

import importlib
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from penctl import signals
from penctl.errors import PenError
from penctl.protocol.enums import State
from pengui.collecting import PERIOD_MS, QuietCollector
from pengui.console.window import SIMULATED_URL, Console, documents, new_recording
from pengui.theme import PALETTES
from pengui.worker.thread import PenThread

if TYPE_CHECKING:
    from penctl.records import Store
    from pengui.clinic.new_records import Wanted

SWITCH_S: Final = 0.0005
"""How long one thread may keep the interpreter while another wants it: STOP does not wait for drawing."""


def application(arguments: Sequence[str] = ("penctl",)) -> QApplication:
    """The one application object."""
    existing = QApplication.instance()
    made = existing if isinstance(existing, QApplication) else QApplication(list(arguments))
    made.setApplicationName("penctl")
    made.setStyle("Fusion")
    sys.setswitchinterval(SWITCH_S)
    return made


class Program:
    """The windows of one run. One thread owns the pen, whichever window is shown."""

    def __init__(self, theme: str) -> None:
        self.qt = application(sys.argv[:1])
        self.qt.setQuitOnLastWindowClosed(True)
        self.theme = theme
        self.worker = PenThread()
        self.window: QMainWindow | None = None
        self._store: Store | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._collector: QuietCollector | None = None
        self._quiet_timer = QTimer()
        for number in (signal.SIGINT, signal.SIGTERM):  # the window's timers let Python see them
            signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        """Ctrl-C, or a request to end: STOP goes out at once, then the windows close, which stops again."""
        signals.stop_all()
        QTimer.singleShot(0, self.qt.closeAllWindows)

    def show(self, window: QMainWindow) -> None:
        """Show a window in place of the one before."""
        self.window = window
        window.resize(window.size().boundedTo(self.qt.primaryScreen().availableGeometry().size()))
        window.show()

    def start(self) -> None:
        """The first screen."""
        from pengui.clinic.start import Start
        from pengui.widgets.look import LOOKS

        look = LOOKS[self.theme]
        self.show(Start(self.practise, self.open_records, self.console, look, make=self.make_records))

    def console(self) -> Console:
        """The engineer's console."""
        window = Console(
            self.worker.engine,
            PALETTES[self.theme],
            closed=self.worker.close,
            recordings=documents(),
        )
        self.show(window)
        return window

    def practise(self) -> None:
        """The invented clinic, in a folder that goes with the program. Raises PenError."""
        _check_records()
        from pengui.clinic import demo, demo_recorded

        self._folder = tempfile.TemporaryDirectory(prefix="penctl-clinic-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        known, recordings = (demo.USER, demo.PASSWORD), folder / demo_recorded.FOLDER
        self.clinic(demo.make_clinic(folder), demo.HINT, known, recordings)

    def open_records(self, where: str, passphrase: str) -> None:
        """A clinic's own records. Raises PenError."""
        _check_records()
        from penctl.records import open_store
        from pengui.clinic.start import records_at

        self.clinic(open_store(records_at(where), key=passphrase or None))

    def make_records(self, wanted: Wanted) -> None:
        """New records, and the clinician's window on them. Raises PenError."""
        _check_records()
        from penctl.records import create_store
        from pengui.clinic.start import records_at

        store = create_store(
            records_at(wanted.where),
            key=wanted.passphrase or None,
            simulated=wanted.simulated,
            time_zone=wanted.time_zone,
            admin=(wanted.admin, wanted.password),
        )
        self.clinic(store)

    def clinic(
        self,
        store: Store,
        hint: str = "",
        known: tuple[str, str] | None = None,
        recordings: Path | None = None,
    ) -> None:
        """The clinician's window on records that are open; recordings go to the user's documents."""
        from pengui.clinic.window import Clinic
        from pengui.widgets.look import LOOKS

        self._store = store
        engine = self.worker.engine
        folder = recordings or documents()
        engine.new_recording = lambda: new_recording(folder, engine.snapshot.simulated)
        closed, look = self.worker.close, LOOKS[self.theme]
        window = Clinic(engine, store, look, closed=closed, hint=hint, recordings=folder)
        if known is not None:
            window.sign_in.fill(*known)
        self.show(window)

    def run(self) -> int:
        """Until the last window is closed; the pen is stopped then."""
        self.begin()
        try:
            return self.qt.exec()
        finally:
            self.close()

    def begin(self) -> None:
        """The worker works; from now on garbage is looked for when nobody waits."""
        self.worker.start()
        self._collector = QuietCollector(self._quiet)
        self._quiet_timer.timeout.connect(self._collector.look)
        self._quiet_timer.start(PERIOD_MS)

    def _quiet(self) -> bool:
        view = self.worker.engine.snapshot
        return view.state not in (State.READY, State.RUN, State.STOPPING) and not view.busy

    def close(self) -> None:
        """Stop the pen, then close window and records."""
        self.worker.close()
        self._quiet_timer.stop()
        if self._collector is not None:
            self._collector.remove()
            self._collector = None
        if self.window is not None:
            self.window.close()
        if self._store is not None:
            self._store.close()
        if self._folder is not None:
            self._folder.cleanup()


def _check_records() -> None:
    """The packages of the records are an extra of their own. Raises PenError."""
    try:
        importlib.import_module("penctl.records.opening")
    except ImportError as error:
        raise PenError(
            "The clinic's records need packages that are not installed",
            error.name or str(error),
            remedy='Install them with: pip install "penctl[records]"',
        ) from error


def run(
    port: str | None = None,
    *,
    simulated: bool = False,
    replay: str | None = None,
    theme: str = "dark",
    demo: bool = False,
    console: bool = False,
    records: str | None = None,
) -> int:
    """Show the program until it is closed; all but `demo` and `records` open the console."""
    program = Program(theme)
    if console or port or simulated or replay is not None:
        window = program.console()
        if replay is not None:
            window.show_recording(replay)
        elif port or simulated:
            window.connect_pen(port or SIMULATED_URL)
    elif demo:
        program.practise()
    elif records is not None:
        program.open_records(records, "")
    else:
        program.start()
    return program.run()

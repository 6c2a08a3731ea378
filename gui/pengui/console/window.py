"""The console window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from penctl.hardware import load_pen
from penctl.protocol.enums import State
from penctl.trip_words import catalogue
from pengui.console import wording
from pengui.console.actions import Actions
from pengui.console.banner import Banner
from pengui.console.conditions import Conditions
from pengui.console.connect_bar import ConnectBar
from pengui.console.hand_panel import HandPanel
from pengui.console.keys import SafetyKeys
from pengui.console.marks import Marks
from pengui.console.parts import Numerals, StopButton, card, label, scale_layouts, show_text
from pengui.console.player_bar import PlayerBar
from pengui.decimals import DEPTH, RATE
from pengui.theme import DARK, LIGHT, Palette, scale_of, stop_height_px, style_sheet
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Done, Failed, Lost, Notice, Phase, Snapshot, Stopped, Warned

FRAME_MS: Final = 17
BEAT_MS: Final = 20
SIDE_WIDTH: Final = 348
STOP_WIDTH: Final = 232
OVER_FORCE: Final = 15
"""Number of the interlock whose limit of the mean press is drawn in."""
SIMULATED_URL: Final = "pensim://?seed=1"


class Console(QMainWindow):
    """One pen on one screen.

    Args:
        engine: the worker's half; another thread turns it, or a test does.
        palette: colours at the start.
        live: run by timers of its own; a test calls `beat` and `refresh` instead.
        closed: called when the window closes, after STOP was asked for.
        recordings: folder in which every visit is recorded; None: only what a person asks for.
    """

    def __init__(
        self,
        engine: Engine,
        palette: Palette = DARK,
        *,
        live: bool = True,
        closed: Callable[[], object] | None = None,
        simulated_url: str = SIMULATED_URL,
        recordings: Path | None = None,
    ) -> None:
        from pengui.console.plots import Plots  # takes half as long to import as the rest of the program

        super().__init__()
        self.engine = engine
        self._recordings = recordings
        if recordings is not None:
            engine.new_recording = self._new_recording
        self._closed = closed
        self._palette, self._scale = palette, 0.0
        self._view: Snapshot | None = None
        self._shut = False
        self.setWindowTitle("penctl")
        self.conditions = Conditions()
        self.bar = ConnectBar(simulated_url, self.conditions.link)
        self.state_card = card()
        self.state_word, self.state_text = label("", "state"), label("", "sentence", wrap=True)
        self.depth_card, self.rate_card = Numerals(DEPTH), Numerals(RATE)
        self.stop_button = StopButton()
        self.banner = Banner(
            lambda number: engine.ask("reset", number),
            lambda: engine.ask("reconnect"),
            lambda: engine.ask("retract"),
            lambda: engine.ask("cancel_mode"),
        )
        self.controls = Actions(engine, self.banner.refuse_field)
        self.hand = HandPanel(engine)
        self.plots = Plots(engine.ring)
        self.player = PlayerBar(engine.ask)
        self.legend = label("", "quiet")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.footer = label("", "quiet")
        self.footer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._lay_out()
        self._connect()
        self.keys = SafetyKeys(self, self.stop, self._space_stops, self._hold)
        self._fixed_marks = [
            Marks(high=catalogue()[OVER_FORCE]["mean_mn"] / 1000),
            Marks(high=float(load_pen().bridge.current_limit.value)),
        ]
        self._timers = [self._timer(BEAT_MS, self.beat), self._timer(FRAME_MS, self.refresh)] if live else []
        self.resize(1280, 800)
        self.bar.simulate_button.setFocus()
        self.refresh()

    def _timer(self, period_ms: int, what: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(what)
        timer.start(period_ms)
        return timer

    def _lay_out(self) -> None:
        ground = QWidget()
        ground.setObjectName("ground")
        self.setCentralWidget(ground)
        # A size of its own: what a large screen asked for must not keep the window large on a small one.
        self.setMinimumSize(1024, 640)
        outer = QVBoxLayout(ground)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.bar)
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 10, 12, 6)
        inner.setSpacing(10)
        outer.addLayout(inner, 1)
        state = QVBoxLayout(self.state_card)
        state.addWidget(self.state_word)
        state.addStretch(1)
        state.addWidget(self.state_text)
        self._head = QHBoxLayout()
        self._head.setSpacing(10)
        self._head.addWidget(self.state_card)
        self._head.addWidget(self.depth_card, 1)
        self._head.addWidget(self.rate_card, 1)
        self._head.addWidget(self.stop_button)
        inner.addLayout(self._head)
        body = QHBoxLayout()
        body.setSpacing(10)
        self._side = QWidget()
        self._side.setObjectName("ground")
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(8)
        side.addWidget(self.controls)
        side.addWidget(self.hand)
        side.addStretch(1)
        self._side_view = QScrollArea()
        self._side_view.setWidgetResizable(True)
        self._side_view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._side_view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._side_view.setWidget(self._side)
        body.addWidget(self._side_view)
        frame = card()
        around = QVBoxLayout(frame)
        around.setContentsMargins(4, 4, 4, 4)
        around.addWidget(self.legend)
        around.addWidget(self.plots)
        main = QVBoxLayout()
        main.setSpacing(10)
        main.addWidget(self.banner)
        main.addWidget(self.conditions)
        main.addWidget(self.player)
        main.addWidget(frame, 1)
        body.addLayout(main, 1)
        inner.addLayout(body, 1)
        inner.addWidget(self.footer)

    def _connect(self) -> None:
        self.stop_button.pressed.connect(self.stop)
        self.bar.connect_to.connect(self.connect_pen)
        self.bar.disconnect_pen.connect(lambda: self.engine.ask("disconnect"))
        self.bar.begin_visit.connect(lambda person: self.engine.ask("begin_visit", person))
        self.bar.end_visit.connect(lambda: self.engine.ask("end_visit"))
        self.bar.record.connect(self._record)
        self.bar.show_recording.connect(self._choose_recording)
        self.bar.change_theme.connect(self._other_theme)

    # --- looks ---

    def dress(self, palette: Palette) -> None:
        """Take another theme, or the same one in the size of the window."""
        self._palette = palette
        self._scale = scale_of(self.width(), self.height())
        self.setStyleSheet(style_sheet(palette, self._scale))
        scale_layouts(self, self._scale)
        height = stop_height_px(self._scale)
        self.stop_button.setFixedSize(round(STOP_WIDTH * self._scale), height)
        for widget in (self.state_card, self.depth_card, self.rate_card):
            widget.setFixedHeight(height)
        self.state_card.setFixedWidth(round(SIDE_WIDTH * self._scale))
        self._side_view.setFixedWidth(round(SIDE_WIDTH * self._scale))
        self.plots.dress(palette, self._scale)
        self.legend.setText(
            f'<span style="color:{palette.measured}">━</span> measured &nbsp;&nbsp;&nbsp; '
            f'<span style="color:{palette.setpoint}">━</span> set &nbsp;&nbsp;&nbsp; '
            f'<span style="color:{palette.limit}">╍</span> limit'
        )
        show_text(self.bar.theme_button, "Light" if palette is DARK else "Dark")
        self._view = None

    def _other_theme(self) -> None:
        self.dress(LIGHT if self._palette is DARK else DARK)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if scale_of(self.width(), self.height()) != self._scale:
            self.dress(self._palette)

    # --- what a person does ---

    def stop(self) -> None:
        """STOP, from the button, from Esc, from Space."""
        self.engine.stop()

    def connect_pen(self, url: str) -> None:
        """Open the pen behind a port or URL."""
        self.hand.forget()
        self.engine.ask("connect", url)

    def show_recording(self, path: str) -> None:
        """Show a recording in the place of a pen."""
        self.hand.forget()
        self.engine.ask("replay", path)

    def _choose_recording(self) -> None:
        place = str(self._recordings or documents())
        path, _ = QFileDialog.getOpenFileName(
            self, "Show a recording", place, "Recordings (*.mcap *.mcap.part)"
        )
        if path:
            self.show_recording(path)

    def _space_stops(self) -> bool:
        view = self.engine.snapshot
        there = view.phase is not Phase.CLOSED and not view.recorded
        return there and view.state in (State.READY, State.RUN, State.STOPPING)

    def _hold(self, pressed: bool) -> None:
        if self.engine.snapshot.hand is not None or not pressed:
            self.hand.hold(pressed)

    def _record(self, wanted: bool) -> None:
        if not wanted:
            self.engine.ask("end_recording")
            return
        self.engine.ask("begin_recording", self._new_recording())

    def _new_recording(self) -> str:
        """Where the next recording goes; the worker's thread asks too."""
        return new_recording(self._recordings or documents(), self.engine.snapshot.simulated)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing the window stops the pen."""
        self.engine.stop()
        self._shut = True
        for timer in self._timers:
            timer.stop()
        self.keys.remove()
        if self._closed is not None:
            self._closed()
        self.plots.close()
        super().closeEvent(event)

    # --- what the pen says ---

    def beat(self) -> None:
        """The event loop runs: the heartbeats may say so."""
        self.engine.liveness.beat()

    def refresh(self) -> None:
        """Show the worker's latest picture; a window that was closed shows nothing any more."""
        if self._shut:
            return
        for notice in self.engine.take_notices():
            self._take(notice)
        view = self.engine.snapshot
        if view is not self._view:
            self._view = view
            self._show(view)
        self.plots.redraw(view.time_s)

    def _take(self, notice: Notice) -> None:
        if isinstance(notice, Done):
            self.banner.succeed()
        elif isinstance(notice, Failed):
            self.banner.refuse(notice.act, notice.error)
        elif isinstance(notice, Lost):
            self.banner.lose(notice.error)
        elif isinstance(notice, Warned):
            self.banner.warn(notice)
        elif isinstance(notice, Stopped):
            self.banner.stopped(notice.trip)
        if isinstance(notice, (Done, Failed)):
            self.controls.finished(notice.act)

    def _show(self, view: Snapshot) -> None:
        self.bar.show_view(view)
        self.banner.show_view(view)
        self.controls.show_view(view)
        self.hand.show_view(view)
        self.conditions.show_view(view)
        self.player.show_view(view)
        self.plots.mark_as(wording.marks(view))
        self._show_state(view)
        self._show_numerals(view)
        self._show_marks(view)
        show_text(self.stop_button.keys, "Esc or Space" if self._space_stops() else "Esc")
        show_text(self.footer, _footer(view))
        mark = "".join(f" – {word}" for word in wording.marks(view))
        if self.windowTitle() != f"penctl{mark}":
            self.setWindowTitle(f"penctl{mark}")

    def _show_state(self, view: Snapshot) -> None:
        shown = State.SAFE if view.phase is Phase.LOST else view.state
        ground, text = self._palette.states[shown if view.phase is not Phase.CLOSED else State.OFF]
        sheet = f"QFrame#card {{ background: {ground}; }} QLabel {{ color: {text}; }}"
        if self.state_card.styleSheet() != sheet:
            self.state_card.setStyleSheet(sheet)
        show_text(self.state_word, wording.state_word(view))
        show_text(self.state_text, wording.state_sentence(view))

    def _show_numerals(self, view: Snapshot) -> None:
        status, limits = view.status, view.range
        if status is None or not view.open or limits is None:
            self.depth_card.show_values(None, None, "")
            self.rate_card.show_values(None, None, "")
            return
        depth_set = status.depth_set_um if status.depth_set_um >= 0 else None
        rate_set = status.rate_set_mhz if status.rate_set_mhz >= 0 else None
        most = f"Limit {DEPTH.set_text(limits.depth_max_um)} mm in {status.mode.name}"
        self.depth_card.show_values(
            status.depth_measured_um if status.stroke_count else None, depth_set, most
        )
        a_minute = f"{status.rate_measured_mhz * 60 / 1000:.0f} strokes/min"
        self.rate_card.show_values(status.rate_measured_mhz, rate_set, a_minute)

    def _show_marks(self, view: Snapshot) -> None:
        status, limits = view.status, view.range
        if status is None or limits is None:
            return
        depth = Marks(
            status.depth_set_um / 1000 if status.depth_set_um >= 0 else None,
            limits.depth_min_um / 1000,
            limits.depth_max_um / 1000,
        )
        rate = Marks(
            status.rate_set_mhz / 1000 if status.rate_set_mhz >= 0 else None,
            limits.rate_min_mhz / 1000,
            limits.rate_max_mhz / 1000,
        )
        self.plots.mark([depth, rate, *self._fixed_marks])


def documents() -> Path:
    """The folder `penctl` of this user's documents, where recordings go."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(place or ".") / "penctl"


def new_recording(folder: Path, simulated: bool) -> str:
    """The name of a recording that begins now."""
    now = datetime.now(tz=UTC).astimezone().strftime("%Y-%m-%d_%H%M%S")
    mark = f"_{wording.SIMULATED}" if simulated else ""
    return str(folder / f"{now}{mark}.mcap")


def _footer(view: Snapshot) -> str:
    status = view.status
    if status is None or view.phase is Phase.CLOSED:
        return "No pen"
    parts = [view.url, f"Supply {status.supply_mv / 1000:.1f} V", f"Strokes {status.stroke_count}"]
    if view.link is not None:
        parts.append(wording.link_line(view.link))
    if view.recording:
        parts.append(f"Recording {view.recording}")
    parts += wording.marks(view)
    return "    ".join(parts)

"""The thread that runs the engine beside a living window."""

from __future__ import annotations

import threading
import traceback
from typing import Final

from pengui.worker.engine import Engine
from pengui.worker.pace import WallPace

JOIN_TIMEOUT_S: Final = 3.0


class PenThread:
    """Runs `engine`, by default one of its own, until `close`, which leaves the pen stopped."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(WallPace)
        self._thread = threading.Thread(target=self._run, name="pen", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        engine = self.engine
        try:
            while not engine.closing:
                self._turn(engine)
        finally:
            engine.finish()

    def _turn(self, engine: Engine) -> None:
        """A defect of this program ends no thread: the pen rests, the window is told, Reconnect goes on."""
        try:
            engine.turn()
        except Exception as error:
            traceback.print_exc()
            engine.failed(error)

    @property
    def thread_id(self) -> int:
        """The thread as the system's clocks know it; 0 before it runs."""
        return self._thread.ident or 0

    def close(self) -> bool:
        """Stop the pen and end the thread; False when it did not end in 3 s; the pen has its own deadman."""
        self.engine.close()
        self._thread.join(JOIN_TIMEOUT_S)
        return not self._thread.is_alive()

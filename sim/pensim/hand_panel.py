"""The hand's panel: keys and a picture in a terminal, at a served pen.

It is a program of its own that talks to the server through the side channel, so that drawing never makes the
pen's steps late. A terminal tells no release of a key: hold-to-run is switched by one, and shown; it is
released when the panel ends.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from penctl.errors import PenError
from pensim import fault_entry
from pensim.errors import BenchError
from pensim.panel_keys import DELETE, ENTER, ESCAPE, TAB, single_keys
from pensim.panel_view import view
from pensim.served_pens import ServedPen
from pensim.side_channel import ServedPenGone, SideChannelClient, choose

REDRAW_S: Final = 0.15
FORCE_STEP_N: Final = 0.5
FORCE_MAX_N: Final = 15.0
GLIDE_STEP_MM_S: Final = 5.0
GLIDE_MAX_MM_S: Final = 100.0
CARTRIDGES: Final = ("HOME", "CLINICAL", "none")
NOT_A_TERMINAL: Final = 2


class HandPanel:
    """Keys in, acts out. `owner` is whether the pen ends with the panel."""

    def __init__(self, client: SideChannelClient, *, owner: bool) -> None:
        self._client = client
        self.owner = owner
        self.force_n = 3.0
        self.glide_mm_s = 20.0
        self.entry: str | None = None
        """The fault that is being typed; None while no fault is."""
        self.message = ""
        self.failures: fault_entry.Failures = client.ask("failures")["failures"]
        self.notice = 0
        self.status: dict[str, Any] = {}
        self.new_notices: list[str] = []
        self._keys: dict[str, Callable[[str], None]] = {
            **dict.fromkeys(" h", self._hold),
            **dict.fromkeys("pl", self._touch),
            **dict.fromkeys("+=-", self._force),
            **dict.fromkeys("g<>", self._glide),
            **dict.fromkeys("fF", self._fault),
            "e": self._estop,
            "b": self._button,
            "k": self._charger,
            "o": self._power,
            "r": self._restart,
            **dict.fromkeys("cC", self._cartridge),
            "u": self._lock,
            "x": self._cable,
        }
        self.refresh()

    def refresh(self) -> None:
        """Ask how things are. Raises ServedPenGone."""
        self.status = self._client.ask("status", since=self.notice)
        for number, text in self.status["notices"]:
            self.notice = number
            self.new_notices.append(text)

    def take(self, key: str) -> bool:
        """Act on a key; False ends the panel. Raises ServedPenGone."""
        try:
            if self.entry is not None:
                self._type(key)
                return True
            return self._act(key)
        except ServedPenGone:
            raise
        except PenError as error:
            self.message = str(error)
            return True

    def _act(self, key: str) -> bool:
        self.message = ""
        if key == "q":
            if self.owner:
                self._client.ask("quit")
            return False
        act = self._keys.get(key)
        if act is not None:
            act(key)
        return True

    def _hold(self, key: str) -> None:
        self._client.ask("hold", on=not self.status["hand"]["hold"], while_connected=True)

    def _estop(self, key: str) -> None:
        self._client.ask("estop", on=not self.status["hand"]["estop"])

    def _button(self, key: str) -> None:
        self._client.ask("button", on=not self.status["hand"]["button"], while_connected=True)

    def _charger(self, key: str) -> None:
        self._client.ask("charger", on=not self.status["hand"]["charger"])

    def _power(self, key: str) -> None:
        self._client.ask("power", on=not self.status["pen"]["power"])

    def _restart(self, key: str) -> None:
        self._client.ask("restart")

    def _lock(self, key: str) -> None:
        self._client.ask("lock", on=not self.status["hand"]["locked"])

    def _cable(self, key: str) -> None:
        self._client.ask("link", on=not self.status["link"])

    def _touch(self, key: str) -> None:
        if key == "l" or not self.status["hand"]["lifted"]:
            self._client.ask("lift")
        else:
            self._client.ask("press", n=self.force_n)

    def _force(self, key: str) -> None:
        change_n = -FORCE_STEP_N if key == "-" else FORCE_STEP_N
        self.force_n = min(max(self.force_n + change_n, 0.0), FORCE_MAX_N)
        if not self.status["hand"]["lifted"]:
            self._client.ask("press", n=self.force_n)

    def _glide(self, key: str) -> None:
        now = self.status["hand"]["glide_mm_s"]
        if key != "g":
            change = GLIDE_STEP_MM_S if key == ">" else -GLIDE_STEP_MM_S
            self.glide_mm_s = min(max(self.glide_mm_s + change, -GLIDE_MAX_MM_S), GLIDE_MAX_MM_S)
        if key == "g" or now:
            self._client.ask("glide", mm_s=0.0 if key == "g" and now else self.glide_mm_s)

    def _cartridge(self, key: str) -> None:
        if key == "C":
            self._client.ask("cartridge", kind="again")
            return
        fitted = self.status["hand"]["cartridge"].split(",")[0]
        place = CARTRIDGES.index(fitted) if fitted in CARTRIDGES else -1
        self._client.ask("cartridge", kind=CARTRIDGES[(place + 1) % len(CARTRIDGES)])

    def _fault(self, key: str) -> None:
        if key == "f":
            self.entry = ""
        else:
            cleared = self._client.ask("clear")["clear"]
            self.message = f"well again: {', '.join(cleared)}" if cleared else "nothing fails"

    def _type(self, key: str) -> None:
        entry = self.entry or ""
        if key in ENTER:
            self.entry = None
            if entry.strip():
                self._client.ask("fault", **fault_entry.parse(entry))
                self.message = f"fault: {entry.strip()}"
        elif key == ESCAPE:
            self.entry = None
        elif key in DELETE:
            self.entry = entry[:-1]
        elif key == TAB:
            self.entry = fault_entry.complete(entry, self.failures)
        elif key.isprintable():
            self.entry = entry + key


def show(pen: ServedPen, *, owner: bool = False) -> int:
    """Run the panel in this terminal until q, Ctrl-C, or the end of the pen. Returns the exit code.

    Raises:
        BenchError: this is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BenchError("The panel needs a terminal", remedy="Use penctl sim hand with an act instead")
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    try:
        with SideChannelClient(pen) as client, single_keys() as key_within:
            panel = HandPanel(client, owner=owner)
            with Live(view(panel), console=console, auto_refresh=False) as live:
                _run(panel, key_within, live)
    except (KeyboardInterrupt, EOFError):
        return 0
    except ServedPenGone:
        if not owner:
            console.print("The served pen has ended.")
    return 0


def _run(panel: HandPanel, key_within: Any, live: Any) -> None:
    while True:
        keys = key_within(REDRAW_S)
        for key in [keys] if keys.startswith(ESCAPE) else keys:
            if not panel.take(key):
                return
        panel.refresh()
        for text in panel.new_notices:
            live.console.print(text, markup=False)
        panel.new_notices.clear()
        live.update(view(panel), refresh=True)


def main() -> int:
    """`python -m pensim.hand_panel NAME [--owner]`, started by `penctl sim serve`."""
    try:
        return show(choose(sys.argv[1]), owner="--owner" in sys.argv[2:])
    except PenError as error:
        sys.stderr.write(f"penctl: {error}\n")
        return NOT_A_TERMINAL
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())

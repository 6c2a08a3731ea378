"""`penctl pair`, `penctl unpair`, `penctl trips` and what `penctl info` tells, on a foreign device."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from penctl import cli
from penctl.key_store import KeyStore, Pairing
from penctl.keys import PROVISIONING_KEY
from penctl.pen import Pen
from penctl.protocol.enums import CartridgeBinding, Flags, Input, Reason, Role, State, StopKind

SERIAL = "FOREIGN-0001"


@pytest.fixture
def port(foreign: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A port with the foreign device behind it, no key ring, and a data folder of its own."""
    monkeypatch.setattr("penctl.pen_core.open_url", lambda url: foreign.transport)
    monkeypatch.setattr("penctl.key_store.system_ring", lambda: None)
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return "foreign://"


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is no simulated pen."""
    monkeypatch.setattr(Pen, "simulated", property(lambda pen: False))


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(("role", "typed"), [("operator", ""), ("clinician", "AB12\n"), ("service", "ZZ\n")])
def test_pairing_keeps_the_key_and_says_where(
    port: str,
    foreign: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    role: str,
    typed: str,
) -> None:
    """Contract: `penctl pair PORT --role` fills the key store; the key itself is never printed."""
    _type(monkeypatch, typed)
    assert cli.main(["pair", port, "--role", role]) == 0
    told = capsys.readouterr()
    pairing = KeyStore().find(SERIAL, Role[role.upper()])
    assert pairing == Pairing(SERIAL, Role[role.upper()], 3, bytes(range(32)))
    assert "pairings.json" in told.out
    assert bytes(range(32)).hex() not in told.out + told.err
    assert "Hold the button" in told.err
    [sent] = [message for message in foreign.device.commands if message.name == "PAIR"]
    assert sent["code"] == typed.strip().encode().ljust(16, b"\0")


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    ("reason", "value", "limit", "words"),
    [
        (Reason.WRONG_CODE, 4, 0, "tries that are left: 4"),
        (Reason.LOCKED_OUT, 5, 5, "only the factory"),
        (Reason.WRONG_STATE, State.RUN, State.STANDBY, "standby"),
        (Reason.BUTTON_NOT_PRESSED, 0, 0, "button"),
    ],
)
def test_a_refused_pairing_keeps_nothing(
    port: str,
    foreign: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reason: Reason,
    value: int,
    limit: int,
    words: str,
) -> None:
    """Bad input: one message, exit code 2, and nothing is kept."""
    foreign.device.refuse["PAIR"] = (reason, value, limit)
    _type(monkeypatch, "AB12\n")
    assert cli.main(["pair", port, "--role", "service"]) == 2
    assert words in capsys.readouterr().err
    assert KeyStore().find(SERIAL, Role.SERVICE) is None


@pytest.mark.usefixtures("real")
def test_a_key_that_cannot_be_kept_is_taken_back_from_the_pen(
    port: str,
    foreign: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A pairing that nobody can use would take a slot for ever."""
    (tmp_path / "data").write_text("a file in the folder's place")
    foreign.device.link.sessions._pairing_key = bytes(range(32))
    assert cli.main(["pair", port]) == 2
    assert "PENCTL_DATA" in capsys.readouterr().err
    assert [message["slot"] for message in foreign.device.commands if message.name == "UNPAIR"] == [3]


@pytest.mark.parametrize("act", ["pair", "unpair"])
def test_a_simulated_pen_is_told_to_need_no_pairing(
    port: str, capsys: pytest.CaptureFixture[str], act: str
) -> None:
    """Contract: simulated pens keep the well-known key and are said to."""
    assert cli.main([act, port]) == 2
    assert "simulated pen keeps its well-known key" in capsys.readouterr().err


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("here_only", [False, True])
def test_unpairing_forgets_on_both_sides(
    port: str, foreign: Any, capsys: pytest.CaptureFixture[str], here_only: bool
) -> None:
    """The pen first: were the key gone here first, the pen's slot could not be freed."""
    KeyStore().keep(Pairing(SERIAL, Role.OPERATOR, 3, PROVISIONING_KEY))
    assert cli.main(["unpair", port, *(["--here-only"] if here_only else [])]) == 0
    assert KeyStore().find(SERIAL, Role.OPERATOR) is None
    sent = [message["slot"] for message in foreign.device.commands if message.name == "UNPAIR"]
    assert sent == ([] if here_only else [3])
    assert ("still knows it" in capsys.readouterr().out) is here_only


@pytest.mark.usefixtures("real")
def test_unpairing_what_was_never_paired_is_told(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input: which pen, which role, what to do."""
    assert cli.main(["unpair", port, "--role", "service"]) == 2
    told = capsys.readouterr().err
    assert SERIAL in told
    assert "--role" in told


@pytest.mark.usefixtures("real")
def test_info_of_a_pen_that_is_not_paired_says_so_and_tells_the_rest(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who the pen is needs no link session; the cartridge does."""
    assert cli.main(["info"]) == 0
    told = capsys.readouterr().out
    assert SERIAL in told
    assert "penctl pair PORT --role clinician" in told


def _trip(**other: Any) -> dict[str, Any]:
    usual = {"interlock": 7, "latched": 1, "input": Input.BAR_DEPTH, "stop": StopKind.C0, "value": 1120}
    return {**usual, "limit": 1100, "time_us": 12_345_678, "boot": 4, **other}


@pytest.fixture
def tripped(foreign: Any) -> None:
    """Two trips, of the newer a snapshot."""
    foreign.device.trips = [_trip(snapshot_parts=5), _trip(interlock=1, latched=0, input=Input.ESTOP_A)]
    foreign.device.snapshots[0] = [
        {
            "time_us": 1000 * (row - 30),
            "bar_um": 1100 if row == 29 else -500,
            "contacts": 2051,
            "state": State.RUN,
        }
        for row in range(40)
    ]
    foreign.device.snapshots[0][3]["bar_um"] = -32768


@pytest.mark.usefixtures("tripped")
def test_the_trips_are_shown_with_value_limit_rows_and_picture(
    port: str, foreign: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Contract: `penctl trips`: the log with values, limits and the snapshot as table and picture."""
    assert cli.main(["trips", port]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for words in ("IL-07", "1.12 mm", "1.1 mm", "latched", "IL-01", "SIMULATED", "-1.0 1.100", "AB···D"):
        assert words in told, words
    [picture] = Path().glob("penctl-runs/*/trip-0-IL-07.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert foreign.device.stops == 0, "looking on stops nobody"


@pytest.mark.usefixtures("tripped")
def test_the_trips_come_as_json(port: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Stable keys: raw value and limit besides those with units, all rows of the snapshot."""
    assert cli.main(["trips", port, "--json", "--out", str(tmp_path / "pictures")]) == 0
    found = json.loads(capsys.readouterr().out)
    first, second = found["trips"]
    assert (first["id"], first["raw_value"], first["raw_limit"], first["boot"]) == ("IL-07", 1120, 1100, 4)
    assert len(first["snapshot"]) == 40
    assert first["snapshot"][0]["contacts"] == ["ESTOP_A", "ESTOP_B", "DRIVE_ENABLE"]
    assert Path(first["picture"]).is_file()
    assert (second["snapshot"], second["picture"]) == (None, None)


def test_a_pen_without_trips_says_so_and_leaves_no_folder(
    port: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing to show is no error."""
    assert cli.main(["trips", port]) == 0
    assert "no trip is kept" in capsys.readouterr().out
    assert not (tmp_path / "penctl-runs").exists()


@pytest.mark.usefixtures("tripped")
def test_pictures_that_cannot_be_written_give_one_message(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input: a folder that is a file."""
    assert cli.main(["trips", port, "--out", "/dev/null/x"]) == 2
    assert "--out" in capsys.readouterr().err


def test_info_tells_visit_battery_use_of_the_cartridge_and_kept_trips(
    port: str, foreign: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a clinician asks before a visit, in words."""
    foreign.device.trips = [_trip()]
    foreign.device.status |= {"charge_permille": 873, "self_test_check": 14}
    foreign.device.status["flags"] |= int(Flags.VISIT_OPEN | Flags.CHARGING)
    foreign.device.cartridge |= {"uses": 2, "strokes": 5000, "binding": CartridgeBinding.OTHER_PERSON}
    foreign.device.cartridge["verdict"] = Reason.CARTRIDGE_OTHER_PERSON
    foreign.device.identity["home_only"] = 1
    assert cli.main(["info"]) == 0
    told = capsys.readouterr().out
    for words in (
        "HOME only",
        "87.3 %, charging",
        "used on another person, visits 2, strokes 5000",
        "NOT usable now. The cartridge was used on another person. Throw the cartridge away",
        "sterile until 19 Mar 2028",
        "visit        open",
        "1: penctl trips PORT shows them",
        "Self-test failed at sounder",
    ):
        assert words in told, words
    assert foreign.device.stops == 0


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left", "/data/x"), ValueError("ours"), KeyError("x")], ids=repr
)
def test_no_mistake_ends_in_a_traceback(
    port: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    """Requirement: never a traceback, not even for what nobody has foreseen; the cause is named."""

    def fail(pen: Pen) -> None:
        raise error

    monkeypatch.setattr(Pen, "listen", fail)
    monkeypatch.setattr("penctl.cli._print_nowhere", lambda: None)
    assert cli.main(["info"]) == 2
    told = capfd.readouterr().err
    assert "Traceback" not in told
    assert type(error).__name__ in told or "No space left" in told
    monkeypatch.setenv("PENCTL_TRACEBACK", "1")
    if not isinstance(error, OSError):
        with pytest.raises(type(error)):
            cli.main(["info"])

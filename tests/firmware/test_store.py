"""The pen's memory: two copies of each record; power cut at, and damage of, every byte; failure."""

from __future__ import annotations

import ctypes
import hashlib
import struct
import zlib
from pathlib import Path

import pytest
from compiled import compile_once

KINDS = {0: "configuration", 1: "counters", 2: "calibration", 3: "trips", 4: "pairings", 5: "cartridges"}
CONFIGURATION, COUNTERS, CALIBRATION, TRIPS, PAIRINGS, CARTRIDGES = KINDS
COPY, COPY_B, HEADER, CRC = 256, 2048, 12, 4
CUT_MODES = {
    0: "the rest stays old",
    1: "the rest is damaged",
    2: "all of it is damaged",
    3: "the end came first",
}
MEMORY = 4096
every_kind = pytest.mark.parametrize("kind", KINDS, ids=KINDS.values())


class Store:
    """One store with its memory."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        self._rig = (ctypes.c_uint64 * (library.store_rig_size() // 8 + 1))()
        self._memory = (ctypes.c_uint8 * MEMORY).from_address(library.store_rig_memory(self._rig))
        self.bad(-1)
        self.mute(-1)
        self.deaf(0, 0)
        self.power_on()

    def _call(self, name: str, *numbers: int) -> int:
        return int(getattr(self._c, f"store_rig_{name}")(self._rig, *map(ctypes.c_int64, numbers)))

    @property
    def memory(self) -> bytes:
        """All of the memory."""
        return bytes(self._memory)

    @memory.setter
    def memory(self, content: bytes) -> None:
        self._memory[:] = content

    def power_on(self, hooks: bool = True) -> None:
        self._call("power_on", hooks)

    def cut_after(self, count: int, mode: int) -> None:
        """Take the power away when `count` more bytes have been written."""
        self._call("cut", count, mode)

    def dead(self, how: int) -> None:
        self._call("dead", how)

    def bad(self, block: int) -> None:
        """Let one block of 256 bytes keep nothing that is written to it; -1 for none."""
        self._call("bad", block)

    def mute(self, block: int) -> None:
        """Leave every read of one block of 256 bytes unanswered; -1 for none."""
        self._call("mute", block)

    def deaf(self, after: int, reads: int) -> None:
        """Answer so many reads, then leave so many unanswered."""
        self._call("deaf", after, reads)

    def step(self) -> tuple[int, int]:
        """One poll; returns how many hooks it called and the most bytes of one."""
        longest = ctypes.c_uint32()
        return int(self._c.store_rig_step(self._rig, ctypes.byref(longest))), longest.value

    def run(self) -> int:
        """Polls until it rests or the power goes."""
        return self._call("run")

    def write(self, kind: int, generation: int) -> None:
        self._call("write", kind, generation)

    def holds(self, kind: int, generation: int) -> bool:
        return bool(self._call("is", kind, generation))

    def check(self, kind: int) -> None:
        self._call("check", kind)

    def intact(self, kind: int) -> bool:
        return bool(self._call("intact", kind))

    def waits(self, kind: int) -> bool:
        return bool(self._call("waits", kind))

    @property
    def failed(self) -> bool:
        return bool(self._call("failed"))

    def set_sequence(self, kind: int, sequence: int) -> None:
        self._call("set_sequence", kind, sequence)

    def damage_ram(self) -> None:
        self._call("damage_ram")

    def flip(self, at: int, mask: int = 0x40) -> None:
        self._memory[at] ^= mask

    def provision(self, serial: bytes, codes: bytes, home_only: bool = False, offset_um: int = 0) -> bool:
        numbers = (ctypes.c_int64(home_only), ctypes.c_int64(offset_um))
        return bool(self._c.store_rig_provision(self._rig, serial, codes, *numbers))

    def configuration(self) -> tuple[bytes, bytes, list[int]]:
        """Serial number, hashes of codes; home_only, depths, rates, role of the third pairing."""
        serial, hashes = ctypes.create_string_buffer(16), ctypes.create_string_buffer(64)
        numbers = (ctypes.c_int64 * 6)()
        self._c.store_rig_configuration(self._rig, serial, hashes, numbers)
        return serial.raw, hashes.raw, list(numbers)


@pytest.fixture(scope="module")
def store_library(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Store, layout and provisioning with a memory of the test's."""
    firmware = source_root / "firmware_proto"
    target = tmp_path_factory.mktemp("store") / "libstore.so"
    names = ("store", "record_layout", "provision", "frame", "sha256")
    sources = [firmware / "core" / f"{name}.c" for name in names] + [firmware / "tests" / "store_rig.c"]
    include = [f"-I{firmware / part}" for part in ("core", "generated")]
    strict = (
        "-std=c11",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Wshadow",
        "-Werror",
        "-shared",
        "-fPIC",
    )
    command = ["cc", *strict, *include, "-o", str(target), *map(str, sources)]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    library = ctypes.CDLL(str(target))
    for name in ("size", "step", "run", "is", "intact", "waits", "failed", "length", "provision"):
        getattr(library, f"store_rig_{name}").restype = ctypes.c_int64
    library.store_rig_memory.restype = ctypes.c_void_p
    return library


@pytest.fixture
def store(store_library: ctypes.CDLL) -> Store:
    """A store on an empty memory."""
    return Store(store_library)


def used(library: ctypes.CDLL, kind: int) -> int:
    """Bytes of one copy."""
    return HEADER + int(library.store_rig_length(ctypes.c_int64(kind))) + CRC


def test_an_empty_memory_has_no_valid_record_and_nothing_is_written_to_it(store: Store) -> None:
    """Requirement: a pen that was never provisioned does not pass for a provisioned one."""
    assert not any(store.intact(kind) for kind in KINDS)
    assert store.run() == 0
    assert store.memory == bytes(MEMORY)
    assert not store.failed


@every_kind
def test_a_record_comes_back_after_power_off_with_every_field(store: Store, kind: int) -> None:
    """Requirement: what is marked is there at the next power-on, in both copies alike."""
    for generation in (1, 2, 249, 1000):
        store.write(kind, generation)
        assert store.waits(kind)
        assert store.run() > 0
        assert not store.waits(kind)
        store.power_on()
        assert store.intact(kind)
        assert store.holds(kind, generation)
        assert store.run() == 0
    a, b = (store.memory[kind * COPY + at :][:COPY] for at in (0, COPY_B))
    assert a == b


def test_a_copy_lies_in_memory_as_the_header_says(store: Store, store_library: ctypes.CDLL) -> None:
    """Requirement: the layout is magic, kind, version, length, sequence, payload, CRC-32, little endian."""
    store.write(COUNTERS, 0x1234)
    store.run()
    copy = store.memory[COPY : COPY + used(store_library, COUNTERS)]
    head = struct.pack("<4sBBHI", b"PNM1", COUNTERS, 1, 11, 1)
    payload = struct.pack("<IIHB", 0x1234, 0x1234, 0x1234, 1 + 0x1234 % 250)
    assert copy == head + payload + struct.pack("<I", zlib.crc32(head + payload))


def bytes_of_an_update(library: ctypes.CDLL, kind: int) -> int:
    """How many bytes one update writes: both copies, each with its mark wiped first."""
    return 2 * (4 + used(library, kind))


@every_kind
@pytest.mark.parametrize("mode", CUT_MODES, ids=CUT_MODES.values())
def test_power_cut_at_every_byte_leaves_the_old_or_the_new_record(
    store_library: ctypes.CDLL, kind: int, mode: int
) -> None:
    """Requirement: power cut at any write leaves a valid record, the old or the new one."""
    store = Store(store_library)
    for generation in (7, 8):
        store.write(kind, generation)
        store.run()
    before, seen = store.memory, set()
    for cut in range(bytes_of_an_update(store_library, kind)):
        store.memory = before
        store.power_on()
        store.write(kind, 9)
        store.cut_after(cut, mode)
        store.run()
        store.power_on()
        assert store.intact(kind), cut
        old, new = store.holds(kind, 8), store.holds(kind, 9)
        assert old or new, cut
        seen.add("new" if new else "old")
        store.run()
        store.power_on()
        assert store.holds(kind, 9 if new else 8), cut
        a, b = (store.memory[kind * COPY + at :][: used(store_library, kind)] for at in (0, COPY_B))
        assert a == b, cut
    assert seen == {"old", "new"}


@every_kind
def test_a_record_that_changes_while_it_is_written_survives_a_cut_at_every_byte(
    store_library: ctypes.CDLL, kind: int
) -> None:
    """Requirement: a second change in the middle of a write does not cost the record."""
    store = Store(store_library)
    store.write(kind, 1)
    store.run()
    before = store.memory
    for changed_at in range(2, 24, 3):
        for cut in range(0, 2 * bytes_of_an_update(store_library, kind), 7):
            store.memory = before
            store.power_on()
            store.write(kind, 2)
            store.cut_after(cut, 1)
            for _ in range(changed_at):
                store.step()
            store.write(kind, 3)
            store.run()
            store.power_on()
            assert any(store.holds(kind, g) for g in (1, 2, 3)), (changed_at, cut)
            assert store.intact(kind)


def test_what_was_in_one_copy_is_never_lost_to_a_later_write(
    store: Store, store_library: ctypes.CDLL
) -> None:
    """Requirement: a write goes over the older copy, so the newest whole record survives the next cut."""
    store.write(TRIPS, 1)
    store.run()
    one_copy = 4 + used(store_library, TRIPS)
    store.write(TRIPS, 2)
    store.cut_after(one_copy + 20, 1)
    store.run()
    store.power_on()
    assert store.holds(TRIPS, 2)
    store.write(TRIPS, 3)
    store.cut_after(30, 1)
    store.run()
    store.power_on()
    assert store.holds(TRIPS, 2)


@every_kind
@pytest.mark.parametrize("copy", [0, COPY_B], ids=["A", "B"])
def test_damage_of_every_byte_of_one_copy_is_healed_at_power_on(
    store_library: ctypes.CDLL, kind: int, copy: int
) -> None:
    """Requirement: one copy with a wrong byte costs nothing, and is written again from the other."""
    store = Store(store_library)
    store.write(kind, 5)
    store.run()
    before = store.memory
    for at in range(used(store_library, kind)):
        for mask in (0x01, 0xFF):
            store.memory = before
            store.flip(kind * COPY + copy + at, mask)
            store.power_on()
            assert store.intact(kind)
            assert store.holds(kind, 5)
            assert store.waits(kind)
            store.run()
            assert store.memory == before


@every_kind
@pytest.mark.parametrize("copy", [0, COPY_B], ids=["A", "B"])
def test_damage_of_every_byte_of_one_copy_is_healed_by_a_check(
    store_library: ctypes.CDLL, kind: int, copy: int
) -> None:
    """Requirement: memory is looked through while the pen is on, too."""
    store = Store(store_library)
    store.write(kind, 5)
    store.run()
    before = store.memory
    for at in range(used(store_library, kind)):
        store.flip(kind * COPY + copy + at)
        store.check(kind)
        store.run()
        assert store.intact(kind)
        assert store.memory == before


@every_kind
def test_damage_of_both_copies_is_found_and_not_papered_over(store_library: ctypes.CDLL, kind: int) -> None:
    """Interlock IL-29: both copies bad is told, at power-on and by the check; RAM makes nothing up."""
    store = Store(store_library)
    store.write(kind, 5)
    store.run()
    before, length = store.memory, used(store_library, kind)
    for at in range(length):
        store.memory = before
        store.flip(kind * COPY + at)
        store.flip(kind * COPY + COPY_B + (at * 7 + 3) % length)
        damaged = store.memory
        store.check(kind)
        store.run()
        assert not store.intact(kind)
        assert store.memory == damaged
        store.power_on()
        assert not store.intact(kind)
        assert not store.holds(kind, 5)
        store.memory = before
        store.power_on()
    store.flip(kind * COPY)
    store.flip(kind * COPY + COPY_B)
    store.power_on()
    store.write(kind, 6)
    store.run()
    assert store.intact(kind)
    store.power_on()
    assert store.holds(kind, 6)


def test_one_poll_moves_at_most_64_bytes_in_one_call(store: Store) -> None:
    """Requirement: memory never holds the background loop up: all work is cut into pieces."""
    seen = 0
    for kind in KINDS:
        store.write(kind, 3)
        store.check(kind)
    for _ in range(400):
        calls, longest = store.step()
        assert calls <= 1
        assert longest <= 64
        seen += calls
    assert seen > 80
    store.flip(CONFIGURATION * COPY + 30)
    store.check(CONFIGURATION)
    for _ in range(60):
        calls, longest = store.step()
        assert calls <= 1
        assert longest <= 64


def test_the_newer_copy_is_known_beyond_the_wrap_of_the_sequence(
    store: Store, store_library: ctypes.CDLL
) -> None:
    """Requirement: a sequence that wraps at 2^32 does not bring an old record back."""
    store.write(COUNTERS, 1)
    store.run()
    store.set_sequence(COUNTERS, 0xFFFFFFFE)
    for generation in range(2, 6):
        store.write(COUNTERS, generation)
        store.run()
        store.power_on()
        assert store.holds(COUNTERS, generation)
        store.write(COUNTERS, 99)
        store.cut_after(4 + used(store_library, COUNTERS) + 2, 1)
        store.run()
        store.power_on()
        assert store.holds(COUNTERS, 99)


def test_a_memory_that_does_not_answer_is_told_and_written_when_it_answers_again(store: Store) -> None:
    """Requirement: MEMORY_FAILED has a cause; a record that could not be written is not forgotten."""
    store.write(COUNTERS, 1)
    store.run()
    store.dead(1)
    store.write(COUNTERS, 2)
    for _ in range(20):
        store.step()
    assert store.failed
    assert store.waits(COUNTERS)
    store.dead(0)
    assert store.run() > 0
    assert not store.failed
    store.power_on()
    assert store.holds(COUNTERS, 2)


def test_a_memory_that_keeps_nothing_is_found_by_reading_back(store: Store) -> None:
    """Requirement: a write counts when it has been read back; the older copy stays valid meanwhile."""
    store.write(CALIBRATION, 1)
    store.run()
    store.dead(2)
    store.write(CALIBRATION, 2)
    for _ in range(2100):
        store.step()
    assert store.failed
    assert store.waits(CALIBRATION)
    assert store.intact(CALIBRATION)
    store.check(COUNTERS)
    for _ in range(50):
        store.step()
    assert store.failed
    store.power_on()
    assert store.holds(CALIBRATION, 1)


def test_a_port_without_memory_has_no_valid_record_and_says_so(store: Store) -> None:
    """Requirement: missing hooks do not pass for a memory."""
    store.power_on(hooks=False)
    store.write(COUNTERS, 1)
    for _ in range(50):
        assert store.step() == (0, 0)
    assert store.failed
    assert not store.intact(COUNTERS)


def test_a_bit_of_the_configuration_that_turns_over_in_ram_is_put_right_by_the_check(store: Store) -> None:
    """Requirement: what counts is what stands in memory with a right CRC."""
    store.write(CONFIGURATION, 4)
    store.run()
    store.damage_ram()
    assert not store.holds(CONFIGURATION, 4)
    store.check(CONFIGURATION)
    store.run()
    assert store.holds(CONFIGURATION, 4)


def rewrite(
    store: Store, at: int, field: bytes, copies: tuple[int, ...] = (0, COPY_B), kind: int = CONFIGURATION
) -> None:
    """Put other bytes into the payload of these copies, with a right CRC."""
    for copy in copies:
        begin = kind * COPY + copy
        (length,) = struct.unpack_from("<H", store.memory, begin + 6)
        image = bytearray(store.memory[begin : begin + HEADER + length])
        image[HEADER + at : HEADER + at + len(field)] = field
        whole = store.memory[:begin] + bytes(image) + struct.pack("<I", zlib.crc32(image))
        store.memory = whole + store.memory[len(whole) :]


@pytest.mark.parametrize("offset_um", [201, -201, 300, -300, 32767, -32768])
def test_a_calibration_out_of_range_is_not_valid_even_with_a_right_crc(store: Store, offset_um: int) -> None:
    """Interlock IL-29: no record shifts sensor B by more than 200 um, at power-on or later."""
    store.write(CALIBRATION, 4)
    store.run()
    rewrite(store, 0, struct.pack("<h", offset_um), kind=CALIBRATION)
    store.check(CALIBRATION)
    store.run()
    assert not store.intact(CALIBRATION)
    store.power_on()
    assert not store.intact(CALIBRATION)


@pytest.mark.parametrize("offset_um", [200, -200])
def test_a_calibration_at_the_edge_of_its_range_is_valid(store: Store, offset_um: int) -> None:
    """Interlock IL-29: 200 um are still taken."""
    store.write(CALIBRATION, 4)
    store.run()
    rewrite(store, 0, struct.pack("<h", offset_um), kind=CALIBRATION)
    store.power_on()
    assert store.intact(CALIBRATION)


@pytest.mark.parametrize(("offset_um", "done"), [(200, True), (201, False), (-201, False)])
def test_the_factory_gives_no_pen_a_calibration_out_of_range(
    store: Store, offset_um: int, done: bool
) -> None:
    """Requirement: what is out of range would be missing at the next power-on, so the station is told.

    The pen is then what it was.
    """
    for kind in KINDS:
        store.write(kind, 1)
    store.run()
    before = store.memory
    assert store.provision(b"S" * 16, bytes(32), offset_um=offset_um) is done
    assert (store.memory == before) is not done


@pytest.mark.parametrize(("at", "value"), [(0, 46), (0, 255), (2, 3), (3, 3 << 1), (24 + 3, 0x80)])
def test_a_trip_that_this_firmware_cannot_hold_makes_the_record_invalid(
    store: Store, at: int, value: int
) -> None:
    """Requirement: a latch of an interlock, stop or mode that nobody knows here is not quietly forgotten."""
    store.write(TRIPS, 4)
    store.run()
    rewrite(store, at, bytes([value]), kind=TRIPS)
    store.power_on()
    assert not store.intact(TRIPS)


@pytest.mark.parametrize(
    ("at", "value"),
    [(16, 2), (17, 0), (21, 0), (17, 251), (21, 2501), (25, 100_001), (29, 150_001), (25, 49_999), (17, -1)],
    ids=[
        "home_only",
        "depth HOME 0",
        "depth CLINICAL 0",
        "depth HOME",
        "depth CLINICAL",
        "rate HOME",
        "rate CLINICAL",
        "rate too low",
        "depth below 0",
    ],
)
def test_a_configuration_out_of_range_is_not_valid_even_with_a_right_crc(
    store: Store, at: int, value: int
) -> None:
    """Interlock IL-29: settings may only be narrower than the hard limits, whoever wrote them."""
    assert store.provision(b"S" * 16, bytes(32))
    rewrite(store, at, bytes([value]) if at == 16 else struct.pack("<i", value))
    store.power_on()
    assert not store.intact(CONFIGURATION)
    assert store.intact(PAIRINGS)
    for _ in range(3):
        store.check(CONFIGURATION)
        store.run()
        assert not store.intact(CONFIGURATION), "a check looks at the same range as the power-on"


def test_a_configuration_that_leaves_its_range_later_is_found_by_the_check(store: Store) -> None:
    """Interlock IL-29: dual copy, CRC and range, once a second and not at power-on alone."""
    store.write(CONFIGURATION, 4)
    store.run()
    rewrite(store, 17, struct.pack("<i", 251))
    store.check(CONFIGURATION)
    store.run()
    assert not store.intact(CONFIGURATION)


def test_one_copy_out_of_range_is_made_good_from_the_other(store: Store) -> None:
    """Requirement: a copy that is out of range is no copy."""
    store.write(CONFIGURATION, 4)
    store.run()
    whole = store.memory
    rewrite(store, 17, struct.pack("<i", 251), copies=(0,))
    store.check(CONFIGURATION)
    store.run()
    assert store.intact(CONFIGURATION)
    assert store.memory == whole


@pytest.mark.parametrize("kind", [CONFIGURATION, CALIBRATION], ids=["configuration", "calibration"])
def test_a_record_that_was_lost_at_power_on_is_not_intact_before_it_is_written(
    store: Store, kind: int
) -> None:
    """Interlock IL-29: bits that are right again later were never what counts."""
    store.write(kind, 4)
    store.run()
    whole = store.memory
    store.memory = bytes(MEMORY)
    store.power_on()
    store.memory = whole
    store.check(kind)
    store.run()
    assert not store.intact(kind)
    store.write(kind, 5)
    store.run()
    assert store.intact(kind)
    store.power_on()
    assert store.holds(kind, 5)


def test_provisioning_writes_what_the_papers_say_and_codes_only_as_hashes(store: Store) -> None:
    """Requirement: the factory writes number, limits, pairings; no code stands in the memory."""
    serial, codes = b"PEN-0000-000001\0", b"CLINICIAN-CODE-1" + b"SERVICE-CODE-002"
    assert store.provision(serial, codes, home_only=True)
    store.power_on()
    assert all(store.intact(kind) for kind in KINDS)
    assert store.run() == 0
    told_serial, hashes, numbers = store.configuration()
    assert told_serial == serial
    assert numbers == [1, 250, 2500, 100_000, 150_000, 3]
    for index, role in enumerate((2, 3)):
        code = codes[16 * index :][:16]
        expected = hashlib.sha256(b"penctl code" + bytes([role]) + serial + code).digest()
        assert hashes[32 * index :][:32] == expected
        assert code not in store.memory


def test_provisioning_that_is_cut_at_any_byte_leaves_the_old_memory_or_no_configuration_or_the_new_memory(
    store_library: ctypes.CDLL,
) -> None:
    """Requirement: a pen whose provisioning was cut is inhibited; old and new are never mixed."""
    store = Store(store_library)
    assert store.provision(b"OLD-PEN-00000000", b"o" * 32)
    store.power_on()
    store.write(PAIRINGS, 3)
    store.run()
    before, seen = store.memory, set()
    total = MEMORY + sum(bytes_of_an_update(store_library, kind) for kind in KINDS)
    for cut in range(0, total, 3):
        store.memory = before
        store.power_on()
        store.cut_after(cut, 1)
        assert not store.provision(b"NEW-PEN-00000000", b"n" * 32)
        store.power_on()
        if store.intact(CONFIGURATION):
            assert all(store.intact(kind) for kind in KINDS), cut
            new = store.configuration()[0] == b"NEW-PEN-00000000"
            assert store.holds(PAIRINGS, 3) != new, cut
            seen.add("new" if new else "old")
        else:
            seen.add("none")
    assert seen == {"old", "none", "new"}
    store.memory = before
    store.power_on()
    assert store.provision(b"NEW-PEN-00000000", b"n" * 32)


@every_kind
def test_what_did_not_read_at_power_on_never_comes_back_as_the_newer_record(
    store_library: ctypes.CDLL, kind: int
) -> None:
    """Requirement: memory that is silent at power-on and then answers: what is written next is the newest.

    The power goes again between its two copies, at every byte.
    """
    store = Store(store_library)
    for generation in range(1, 6):
        store.write(kind, generation)
        store.run()
    before = store.memory
    for cut in range(bytes_of_an_update(store_library, kind)):
        store.memory = before
        store.dead(1)
        store.power_on()
        assert not store.intact(kind)
        store.dead(0)
        store.write(kind, 7)
        store.cut_after(cut, 0)
        store.run()
        store.power_on()
        first_copy_done = cut >= 4 + used(store_library, kind)
        assert store.holds(kind, 7) or (store.holds(kind, 5) and not first_copy_done), cut


@pytest.mark.parametrize("bad", [CONFIGURATION, COUNTERS, CALIBRATION])
@pytest.mark.parametrize("copy", [0, COPY_B // COPY], ids=["A", "B"])
def test_a_record_that_cannot_be_written_does_not_keep_a_trip_from_being_written(
    store: Store, bad: int, copy: int
) -> None:
    """Requirement: one bad cell is told as failed memory, all the time, and costs no other record."""
    for kind in KINDS:
        store.write(kind, 1)
    store.run()
    store.bad(bad + copy)
    store.write(bad, 2)
    for _ in range(60):
        store.step()
    assert store.failed
    store.write(TRIPS, 3)
    for _ in range(3000):
        store.step()
        assert store.failed
    assert not store.waits(TRIPS)
    store.bad(-1)
    store.power_on()
    assert store.holds(TRIPS, 3)


@every_kind
@pytest.mark.parametrize("bad", [0, COPY_B], ids=["A", "B"])
@pytest.mark.parametrize("mode", CUT_MODES, ids=CUT_MODES.values())
def test_power_cut_while_a_damaged_copy_is_mended_costs_nothing(
    store_library: ctypes.CDLL, kind: int, bad: int, mode: int
) -> None:
    """Requirement: a bit flips in one copy, and the power goes at any byte of its mending."""
    store = Store(store_library)
    for generation in (4, 5):
        store.write(kind, generation)
        store.run()
    before = store.memory
    for cut in range(0, 4 + used(store_library, kind), 3):
        store.memory = before
        store.flip(kind * COPY + bad + 17)
        store.power_on()
        store.cut_after(cut, mode)
        store.run()
        store.power_on()
        assert store.holds(kind, 5), cut
        store.run()
        assert store.memory == before, cut


@every_kind
def test_a_read_that_fails_at_power_on_is_tried_again(store_library: ctypes.CDLL, kind: int) -> None:
    """Requirement: the power went when only one copy was new, and the bus stumbles at the next power-on.

    Taken for damaged, the newer copy would be mended from the older one.
    """
    store = Store(store_library)
    for generation in (4, 5):
        store.write(kind, generation)
        store.run()
    for newest_written in (6, 7):
        store.write(kind, newest_written)
        store.cut_after(4 + used(store_library, kind), 0)
        store.run()
        before = store.memory
        for after in range(60):
            store.memory = before
            store.deaf(after, 2)
            store.power_on()
            store.deaf(0, 0)
            store.run()
            store.power_on()
            assert store.holds(kind, newest_written), after


@every_kind
def test_a_lost_record_is_written_though_copy_a_cannot_be_read(store: Store, kind: int) -> None:
    """Requirement: a latch outlives power-off also when both copies were damaged and A never answers again.

    B is written first.
    """
    for generation in (1, 2):
        store.write(kind, generation)
        store.run()
    store.flip(kind * COPY + 17)
    store.flip(kind * COPY + COPY_B + 17)
    store.mute(kind)
    store.power_on()
    assert not store.intact(kind)
    store.write(kind, 3)
    for _ in range(20_000):
        store.step()
    store.power_on()
    assert store.holds(kind, 3)

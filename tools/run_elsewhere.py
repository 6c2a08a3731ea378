"""Runs programs of firmware_proto/tests on other targets than this computer, and compares what they say.

usage: run_elsewhere.py [SEED [TICKS]]     the core among mishaps on each target: the same to the last bit
       run_elsewhere.py --instructions     how many instructions a tick takes on the Cortex-M4F, by state

Targets: this computer; this computer with words of 32 bits, unsigned char and short enums (gcc -m32, needs
gcc-multilib); a Cortex-M4F that QEMU plays (needs gcc-arm-none-eabi, libnewlib-arm-none-eabi and
qemu-system-arm). A target whose tools this machine lacks is named and left out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

from penctl.protocol.enums import State  # noqa: E402

FIRMWARE = ROOT / "firmware_proto"
CORE = ("-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fwrapv")
M4F = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
LONGEST_S = 300


@dataclass(frozen=True)
class Target:
    """Where a program may run: how it is compiled, and what runs it."""

    name: str
    compiler: str
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ("-lm",)
    machine: str = ""
    needs: str = ""
    """Debian's packages, for the message."""

    @property
    def on_m4(self) -> bool:
        """Whether QEMU's board runs it."""
        return self.machine != ""


HERE = Target("this computer", "cc", ("-O1",))
NARROW = Target(
    "32 bits",
    "gcc",
    # Without SSE gcc computes with 80 bits, which no microcontroller does.
    ("-O1", "-m32", "-msse2", "-mfpmath=sse", "-funsigned-char", "-fshort-enums"),
    needs="gcc-multilib",
)
CORTEX = Target(
    "Cortex-M4F",
    "arm-none-eabi-gcc",
    ("-O2", *M4F),
    ("--specs=rdimon.specs", "-Wl,--section-start=.vectors=0", "-lm"),
    "mps2-an386",
    "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
)
OTHERS = (NARROW, CORTEX)
DIGEST = ("core_world", "core_digest")


@cache
def lacking(target: Target) -> str:
    """Why this machine cannot build and run for a target; empty when it can."""
    tools = [target.compiler] + (["qemu-system-arm"] if target.on_m4 else [])
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed: {target.needs}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text('#include <stdio.h>\nint main(void) { return printf(""); }\n', encoding="ascii")
        done = _compile(target, [source], Path(folder) / "empty", ())
    return "" if done.returncode == 0 else f"{target.compiler} has no C library for it: {target.needs}"


def _compile(
    target: Target, sources: Iterable[Path], program: Path, flags: Iterable[str]
) -> subprocess.CompletedProcess[str]:
    starts = [FIRMWARE / "tests" / "m4_start.c"] if target.on_m4 else []
    command = [target.compiler, *CORE, *target.flags, *flags]
    command += [*map(str, [*sources, *starts]), *target.libraries, "-o", str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)


def build(
    target: Target,
    names: Iterable[str],
    program: Path,
    *,
    core: str = "*",
    firmware: Path = FIRMWARE,
    flags: Iterable[str] = (),
) -> Path:
    """Compile programs of firmware_proto/tests with the files of the core of that name, by default with all.

    Raises RuntimeError with what the compiler says.
    """
    sources = [*sorted((firmware / "core").glob(f"{core}.c")), firmware / "generated" / "pen_messages.c"]
    sources += [firmware / "tests" / f"{name}.c" for name in names]
    include = [f"-I{firmware / part}" for part in ("core", "generated", "tests")]
    done = _compile(target, sources, program, ("-Wall", "-Wextra", "-Werror", *include, *flags))
    if done.returncode != 0:
        raise RuntimeError(f"{target.name}: {done.stderr[-1000:]}")
    return program


def run(target: Target, program: Path, *arguments: str, told: str = "", counted: bool = False) -> str:
    """What the program prints when it is told `told`; `counted`: each instruction takes 1 ns in QEMU.

    Raises RuntimeError when its exit status is not 0.
    """
    command = [str(program), *arguments]
    if target.on_m4:
        given = ",".join(f"arg={word}" for word in (program.name, *arguments))
        command = ["qemu-system-arm", "-M", target.machine, "-display", "none", "-monitor", "none"]
        command += ["-serial", "none", "-semihosting-config", f"enable=on,target=native,{given}"]
        command += ["-kernel", str(program), *(["-icount", "shift=0"] if counted else [])]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    if done.returncode != 0:
        raise RuntimeError(f"{target.name}: exit status {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout


def instructions() -> int:
    """Print how many instructions a tick takes, by state."""
    if why := lacking(CORTEX):
        print(f"{CORTEX.name}: {why}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        program = build(CORTEX, ["core_instructions"], Path(folder) / "instructions")
        for line in run(CORTEX, program, "3", "60000", counted=True).splitlines():
            _, state, _, ticks, _, mean, _, most = line.split()
            print(f"{State(int(state)).name}: {mean} on average, {most} at most, of {ticks} ticks")
    return 0


def main() -> int:
    """Print what each target gives; exit status 1 when two of them differ."""
    if sys.argv[1:] == ["--instructions"]:
        return instructions()
    seed, ticks = (sys.argv[1:] + ["1", "300000"][len(sys.argv) - 1 :])[:2]
    said = {}
    with tempfile.TemporaryDirectory() as folder:
        for target in (HERE, *OTHERS):
            if why := lacking(target):
                print(f"{target.name}: left out, {why}")
                continue
            program = build(target, DIGEST, Path(folder) / target.name.replace(" ", "-"))
            said[target.name] = run(target, program, seed, ticks)
            print(f"{target.name}: {said[target.name].strip()}")
    return 0 if len(set(said.values())) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())

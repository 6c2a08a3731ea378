from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import generate
import numpy as np
import pytest

from penctl.protocol.dtypes import aligned_dtype
from penctl.protocol.schema import Record
from penctl.protocol.tick import INPUTS, OUTPUTS


def test_generating_twice_changes_nothing(tmp_path: Path) -> None:
    """Holds that make generate is idempotent."""
    assert sorted(generate.write(tmp_path)) == sorted(generate.FILES)
    assert generate.write(tmp_path) == []


def test_the_checked_in_files_are_what_the_definitions_give() -> None:
    """Holds that no generated file has drifted."""
    assert generate.drifted(generate.GENERATED) == []


def test_the_text_does_not_depend_on_the_run(tmp_path: Path, source_root: Path) -> None:
    """Holds that generating gives the same text on any machine: another process, another hash seed."""
    command = [sys.executable, str(source_root / "tools" / "generate.py"), "--directory", str(tmp_path)]
    subprocess.run(command, check=True, timeout=120, env={"PYTHONHASHSEED": "7", "PATH": "/usr/bin:/bin"})
    assert generate.drifted(tmp_path) == []


def test_what_does_not_compile_can_be_generated_anew(source_root: Path, tmp_path: Path) -> None:
    """Holds that make generate mends a spoilt header, with which the editable install cannot compile."""
    planted = """
import runpy, sys
class MesonpyMetaFinder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "penctl":
            raise ImportError("rebuilding the package failed")
sys.meta_path.insert(0, MesonpyMetaFinder())
try:
    import penctl
except ImportError as error:
    print(error)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    command = [sys.executable, "-c", planted, str(source_root / "tools" / "generate.py")]
    command += ["--directory", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("rebuilding the package failed\n")
    assert generate.drifted(tmp_path) == []


def test_a_planted_drift_is_named_with_its_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Holds that the check rejects a file that was edited, and one that is missing."""
    generate.write(tmp_path)
    limits = tmp_path / "pen_limits.h"
    limits.write_text(limits.read_text(encoding="utf-8").replace("2500", "2501"), encoding="utf-8")
    (tmp_path / "PROTOCOL.md").unlink()
    assert generate.main(["--check", "--directory", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "pen_limits.h" in said
    assert "PROTOCOL.md" in said
    assert "make generate" in said
    assert "pen_io.h" not in said


def test_a_tree_without_drift_passes_the_check(tmp_path: Path) -> None:
    """Holds that the check does not cry wolf."""
    generate.write(tmp_path)
    assert generate.main(["--check", "--directory", str(tmp_path)]) == 0


@pytest.mark.parametrize("standard", ["c11", "c17"])
def test_every_generated_header_compiles_alone_without_a_warning(
    standard: str, source_root: Path, tmp_path: Path
) -> None:
    """Holds that generated C is clean, and that the C layout of a tick is the agreed one (static asserts)."""
    generated = source_root / "firmware_proto" / "generated"
    flags = [
        f"-std={standard}",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Wpedantic",
        "-Werror",
        f"-I{generated}",
    ]
    for header in sorted(generated.glob("*.h")):
        source = tmp_path / f"{header.stem}_alone.c"
        source.write_text(f'#include "{header.name}"\nextern int unused;\n', encoding="utf-8")
        command = ["cc", *flags, "-c", str(source), "-o", str(tmp_path / "alone.o")]
        subprocess.run(command, check=True, timeout=60)


@pytest.mark.parametrize("record", [INPUTS, OUTPUTS], ids=["inputs", "outputs"])
def test_the_numpy_dtype_of_a_tick_has_the_offsets_of_the_c_struct(
    record: Record, source_root: Path, tmp_path: Path
) -> None:
    """Holds that the core and the compiled plant share inputs and outputs byte for byte."""
    rows = "".join(
        f'printf("{each.name} %zu\\n", offsetof(pen_{record.name}_t, {each.name}));' for each in record
    )
    source, program = tmp_path / "offsets.c", tmp_path / "offsets"
    source.write_text(
        f'#include <stdio.h>\n#include "pen_io.h"\nint main(void) {{ {rows} return 0; }}\n', encoding="utf-8"
    )
    include = f"-I{source_root / 'firmware_proto' / 'generated'}"
    command = ["cc", include, str(source), "-o", str(program)]
    subprocess.run(command, check=True, timeout=60)
    said = subprocess.run([str(program)], check=True, capture_output=True, text=True, timeout=60).stdout
    in_c = {name: int(offset) for name, offset in (row.split() for row in said.splitlines())}
    fields = aligned_dtype(record).fields
    assert fields is not None
    assert in_c == {name: place[1] for name, place in fields.items()}
    assert np.dtype(aligned_dtype(record)).isalignedstruct

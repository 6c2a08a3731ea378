"""A served pen in a process of its own, and a host in another, for what must happen in real time."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from link_campaign import ROOT
from pensim.served_pens import FOLDER_VARIABLE
from pensim.side_channel import SideChannelClient, choose

LIMIT_S = 60.0
LOOK_S = 0.01


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until it holds; the limit only keeps a defect from hanging the campaign. Raises TimeoutError."""
    end_s = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"in {LIMIT_S:g} s never: {what}")
        time.sleep(LOOK_S)


@contextlib.contextmanager
def served(*arguments: str) -> Iterator[tuple[dict[str, Any], SideChannelClient]]:
    """The server; what it tells of itself, and the simulated hand."""
    before = os.environ.get(FOLDER_VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        command = [sys.executable, "-m", "pensim", "serve", "--json", "--tcp", "127.0.0.1:0", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
            try:
                assert server.stdout is not None
                told = json.loads(server.stdout.readline())
                with SideChannelClient(choose(told["name"])) as hand:
                    yield told, hand
            finally:
                server.terminate()
                os.environ.pop(FOLDER_VARIABLE)
                if before is not None:
                    os.environ[FOLDER_VARIABLE] = before


@contextlib.contextmanager
def host(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A host in a process of its own, that is killed when it is left."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> Any:
    """The next line of the host, as JSON."""
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        raise TimeoutError("the host ended before it said what was due")
    return json.loads(said)

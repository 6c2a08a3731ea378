"""The form of the tables: Alembic migrations, each whole or not at all."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from penctl.records.database import Database
from penctl.records.errors import Damaged, NewerStore, OlderStore

FOLDER: Final = Path(__file__).resolve().parent / "migrations"


def configuration(folder: Path = FOLDER) -> Config:
    """What Alembic needs to know; nothing is read from a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(folder / "versions"))
    return config


@lru_cache(maxsize=4)
def _scripts(folder: Path) -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration(folder))


def newest(folder: Path = FOLDER) -> str:
    """The form that this release writes."""
    head = _scripts(folder).get_current_head()
    return head or ""


def form(database: Database) -> str:
    """The form that the records have, "" for none. Raises RecordsError."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def has_tables(database: Database) -> bool:
    """Whether there is anything in the database."""
    with database.read() as connection:
        return bool(inspect(connection).get_table_names())


def check_form(database: Database) -> None:
    """Refuse records of another form.

    Raises:
        Damaged: no records. NewerStore, OlderStore.
    """
    present, wanted = check_not_newer(database), newest()
    if present != wanted:
        raise OlderStore(value=f"form {present}", limit=f"this penctl has form {wanted}")


def check_not_newer(database: Database) -> str:
    """The form that the records have. Raises Damaged for no records, NewerStore."""
    present = form(database)
    if not present:
        raise Damaged("This is no file of records", database.name, remedy="Make records: penctl records init")
    if present not in {script.revision for script in _scripts(FOLDER).walk_revisions()}:
        raise NewerStore(value=f"form {present}", limit=f"this penctl has form {newest()}")
    return present


def upgrade(database: Database, folder: Path = FOLDER, to: str = "head") -> None:
    """Bring the tables to the newest form, in one transaction: interrupted, they stay as they were.

    Raises:
        RecordsError.
    """
    with database.write() as connection:
        config = configuration(folder)
        config.attributes["connection"] = connection
        command.upgrade(config, to)

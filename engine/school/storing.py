"""One SQLite file with tables of a known form: opened, written in whole transactions, and its refusals told as problems."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..problems import Place, Problem, Source, Unusable

_PATIENCE = 15.0
"""So many seconds a terminal waits for another one to end its writing, which takes milliseconds."""

_WRITABLE = "make the file and its folder writable for you, or name another folder"
# What SQLite says when it cannot: the code, and the way out.
_REFUSED = {
    "locked": ("M107", "another program holds it; close that one, then try again"),
    "readonly": ("M106", _WRITABLE),
    "unable to open": ("M106", _WRITABLE),
    "full": ("M108", "make room on the disk, then go on: what was kept before is still there"),
    "I/O": ("M108", "look whether the disk is full or gone, then go on: what was kept before is still there"),
    "not a database": ("M104", "name another folder, or move the file away"),
}
_DAMAGED = ("M109", "move the file away and begin a new one, or put a copy of it back")


@dataclass(frozen=True)
class Form:
    """What a file of this kind holds: the number by which it is known from other databases, its version, what makes its tables.

    `changes` are, for each version before, the statements that bring a file of it to the next.
    """

    application: int
    version: int
    tables: tuple[str, ...]
    changes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class Store:
    """A file open for reading and writing; everything raises Unusable where the file system or SQLite refuses."""

    def __init__(self, path: Path, form: Form):
        """Open a file, and make it with its folder where there is none. Raises Unusable where it is no such file."""
        self.path, self._form = path, form
        with self._telling():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._file.close()
                raise

    def close(self) -> None:
        self._file.close()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with self._telling():
            return self._file.execute(query, values).fetchall()

    @contextlib.contextmanager
    def writing(self, lock: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing; others may read meanwhile, and wait with what they write."""
        with self._telling():
            self._file.execute(f"BEGIN {lock}")
            try:
                yield self._file
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing, and write the file anew so that nothing of what was deleted is left in it."""
        with self._telling():
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")  # nobody gets in between the two
            try:
                with self.writing("EXCLUSIVE") as file:
                    yield file
                self._file.execute("VACUUM")
            finally:
                self._file.execute("PRAGMA locking_mode = NORMAL")
                self._file.execute("SELECT count(*) FROM sqlite_master")  # the lock goes with the next look into the file

    def problem(self, code: str, message: str, help: str) -> Problem:
        """Return a problem with the file."""
        return Problem(code, message, (Place(Source(str(self.path))),), help)

    def _prepare(self) -> None:
        """Make the tables of a new file; raise Unusable where it is another kind of file, or one of a newer program."""
        # The rollback journal, SQLite's default, and no write-ahead log: a file may lie on a shared drive, where a log
        # does not work, and what is erased must not live on in a second file.
        self._file.execute("PRAGMA foreign_keys = ON")
        self._file.execute("PRAGMA secure_delete = ON")
        if self._empty():
            with self.writing() as file:
                if self._empty():  # another terminal may have made them just now
                    for statement in self._form.tables:
                        file.execute(statement)
                    file.execute(f"PRAGMA application_id = {self._form.application}")
                    file.execute(f"PRAGMA user_version = {self._form.version}")
        version, known = self._number("user_version"), self._form.version
        if self._number("application_id") != self._form.application:
            raise Unusable([self.problem("M104", "this is a database of another program", _REFUSED["not a database"][1])])
        if version > known:
            message = f"the file was written by a newer program (form {version}; this one knows {known})"
            raise Unusable([self.problem("M105", message, "bring this program up to date; the file is left as it is")])
        if version < known:
            with self.writing() as file:
                for before in range(self._number("user_version"), known):  # another terminal may have done it just now
                    for statement in self._form.changes[before]:
                        file.execute(statement)
                file.execute(f"PRAGMA user_version = {known}")

    def _empty(self) -> bool:
        return not self._number("application_id") and self._file.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)

    def _number(self, pragma: str) -> int:
        return int(self._file.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the file system or SQLite refuses into a problem with the way out."""
        try:
            yield
        except OSError as error:
            message = f"the file cannot be opened: {(error.strerror or str(error)).lower()}"
            raise Unusable([self.problem("M106", message, _WRITABLE)]) from error
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):  # a mistake of ours
            raise
        except sqlite3.DatabaseError as error:
            code, help = next((found for word, found in _REFUSED.items() if word in str(error)), _DAMAGED)
            raise Unusable([self.problem(code, f"the file cannot be read or written: {error}", help)]) from error

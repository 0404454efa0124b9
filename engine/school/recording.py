"""Keeps the record of training: who answered what and what it earned, in one file that several terminals share.

Every answer is a transaction of its own, so that a crash costs at most the answer in hand. What follows from the answers
(mastery, what is due) is worked out from them when asked for and never stored: there is nothing that could disagree.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

from ..problems import Place, Problem, Source, Unusable, nearest
from .marks import HINTED, Attempt, History, Mark, Session
from .naming import name_key, trainee_name
from .storing import Form, Store

# AUTOINCREMENT: the number of a forgotten session is never given again, so that a terminal which still holds it can not
# write into somebody else's. The first index lets two terminals that begin the same case go on in one session.
_FORM = Form(
    application=0x74724D6B,
    version=2,
    tables=(
        "CREATE TABLE trainee (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL)",
        "CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, trainee INTEGER NOT NULL REFERENCES trainee ON DELETE CASCADE,"
        " case_id TEXT NOT NULL, knowledge TEXT NOT NULL, begun TEXT NOT NULL, finished TEXT,"
        " graded INTEGER NOT NULL DEFAULT -1)",
        "CREATE UNIQUE INDEX session_open ON session (trainee, case_id, knowledge) WHERE finished IS NULL",
        "CREATE INDEX session_trainee ON session (trainee)",
        "CREATE TABLE mark (id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,"
        " step INTEGER NOT NULL, item TEXT NOT NULL, answer TEXT NOT NULL, got INTEGER NOT NULL, of INTEGER NOT NULL,"
        " hints INTEGER NOT NULL, topics TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (session, step, item))",
    ),
    changes={
        1: (
            "ALTER TABLE session ADD COLUMN graded INTEGER NOT NULL DEFAULT -1",
            # whoever is on a step has seen those before it
            "UPDATE session SET graded = (SELECT max(step) - 1 FROM mark WHERE session = session.id) WHERE EXISTS"
            " (SELECT 1 FROM mark WHERE session = session.id)",
        )
    },
)
_MARK = "m.step, m.item, m.answer, m.got, m.of, m.hints, m.topics"
_READ = (
    f"SELECT t.key, t.name, s.id, s.case_id, s.knowledge, s.begun, s.finished, s.graded, m.at, {_MARK}"
    " FROM trainee t JOIN session s ON s.trainee = t.id LEFT JOIN mark m ON m.session = s.id"
)


@dataclass(frozen=True)
class Forgotten:
    """What was removed with a name."""

    name: str
    sessions: int
    answers: int


class Record:
    """A record in a file; use it in a `with`. Every call raises Unusable where the file cannot be read or written.

    Times are passed in, and know their zone; they are kept in UTC.
    """

    def __init__(self, path: Path, new: bool = True):
        """Open the record of a file; where there is none yet, begin one if `new`, else raise Unusable."""
        if not new and not path.exists():
            help = "there is a record once somebody has begun a session"
            raise Unusable([Problem("M103", "nobody has trained here yet", (Place(Source(str(path))),), help)])
        self._store = Store(path, _FORM)
        self._given: dict[tuple[int, int, str], Mark] = {}

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    # --- one session

    def begin(self, name: str, case: str, knowledge: str, at: datetime.datetime) -> int:
        """Return the session of a trainee on a case: the one left open with the same knowledge, else a new one.

        Raises Unusable where the name is none.
        """
        name, begun = trainee_name(name), _written(at)
        with self._store.writing() as file:
            file.execute("INSERT INTO trainee (key, name) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", (name_key(name), name))
            (trainee,) = file.execute("SELECT id FROM trainee WHERE key = ?", (name_key(name),)).fetchone()
            values = (trainee, case, knowledge)
            sought = "SELECT id FROM session WHERE trainee = ? AND case_id = ? AND knowledge = ? AND finished IS NULL"
            found = file.execute(sought, values).fetchone()
            if found is None:
                new = "INSERT INTO session (trainee, case_id, knowledge, begun) VALUES (?, ?, ?, ?)"
                found = (file.execute(new, (*values, begun)).lastrowid,)
            return int(found[0])

    def answered(self, session: int, mark: Mark, at: datetime.datetime) -> bool:
        """Keep a mark at once; return whether it counts.

        It takes the place of an answer to the same item that was given here, and of hints that were taken anywhere, where it counts
        as many. It does not count beside an answer that was given elsewhere, nor once its step is graded: whoever sits here may
        have seen the solution. Raises Unusable where the session is gone.
        """
        # a terminal may hand over half a character
        mark = dataclasses.replace(mark, answer=mark.answer.encode("utf-8", "replace").decode("utf-8"))
        key = (session, mark.step, mark.item)
        values = (mark.answer, mark.got, mark.of, mark.hints, json.dumps(mark.topics, ensure_ascii=False), _written(at))
        with self._store.writing() as file:
            if mark.step <= self._graded(session):
                return False
            found = file.execute(f"SELECT {_MARK} FROM mark m WHERE (session, step, item) = (?, ?, ?)", key).fetchone()
            if found is not None and not self._gives_way(_mark(found), mark, key):
                return False
            file.execute("DELETE FROM mark WHERE (session, step, item) = (?, ?, ?)", key)
            new = "INSERT INTO mark (session, step, item, answer, got, of, hints, topics, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            file.execute(new, (*key, *values))
        self._given[key] = mark
        return True

    def _gives_way(self, found: Mark, mark: Mark, key: tuple[int, int, str]) -> bool:
        return found == self._given.get(key) or (found.answer == HINTED and found.hints <= mark.hints)

    def answers(self, session: int) -> list[Mark]:
        """Return what is already graded in a session, in the order it was answered."""
        return [_mark(row) for row in self._store.rows(f"SELECT {_MARK} FROM mark m WHERE m.session = ? ORDER BY m.id", session)]

    def graded(self, session: int, step: int) -> None:
        """Keep that the points of a step were told. Raises Unusable where the session is gone."""
        with self._store.writing() as file:
            if step > self._graded(session):
                file.execute("UPDATE session SET graded = ? WHERE id = ?", (step, session))

    def finish(self, session: int, at: datetime.datetime) -> None:
        """Close a session; the next one on its case begins anew. Raises Unusable where it is no longer there."""
        finished = _written(at)
        with self._store.writing() as file:
            self._graded(session)
            file.execute("UPDATE session SET finished = ? WHERE id = ? AND finished IS NULL", (finished, session))

    def _graded(self, session: int) -> int:
        """Return the last step of a session that is graded. Raises Unusable where the session is gone."""
        found = self._store.rows("SELECT graded FROM session WHERE id = ?", session)
        if not found:
            message = "the session is gone: its name was removed from the record"
            raise Unusable([self._store.problem("M110", message, "the last answer is not kept; begin again")])
        return int(found[0][0])

    # --- all sessions

    def histories(self) -> tuple[History, ...]:
        """Return every trainee with all sessions, in the order of the names."""
        return tuple(self._histories("ORDER BY t.key, s.id, m.id"))

    def history(self, name: str) -> History:
        """Return a trainee with all sessions; with none where nobody has the name yet. Raises Unusable where it is no name."""
        name = trainee_name(name)
        found = self._histories("WHERE t.key = ? ORDER BY s.id, m.id", name_key(name))
        return next(found, History(name))

    def known(self, name: str) -> str:
        """Return the name of somebody in the record as it was first written. Raises Unusable where nobody has it."""
        name = trainee_name(name)
        names = dict(self._store.rows("SELECT key, name FROM trainee ORDER BY key"))
        if name_key(name) in names:
            return str(names[name_key(name)])
        near = nearest(name, names.values())
        listed = f"in it are {', '.join(names.values())}" if 0 < len(names) <= 24 else f"there are {len(names) or 'no'} names in it"
        help = f"did you mean {near}? {listed}" if near else listed
        raise Unusable([self._store.problem("M102", f"nobody in the record is called {name!r}", help)])

    def forget(self, name: str) -> Forgotten:
        """Remove a name with all that was kept under it, so that nothing of it is left in the file; return what was removed.

        Raises Unusable where nobody has the name.
        """
        with self._store.erasing() as file:
            history = self.history(self.known(name))
            file.execute("DELETE FROM trainee WHERE key = ?", (name_key(history.name),))
        return Forgotten(history.name, len(history.sessions), len(history.marks))

    def _histories(self, which: str, *values: object) -> Iterator[History]:
        for (_, name), of_one in groupby(self._store.rows(f"{_READ} {which}", *values), key=lambda row: row[:2]):
            yield History(name, tuple(_session(list(rows)) for _, rows in groupby(of_one, key=lambda row: row[2])))


def _written(at: datetime.datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no zone")
    return at.astimezone(datetime.timezone.utc).isoformat(timespec="seconds")


def _session(rows: list[tuple[Any, ...]]) -> Session:
    _, _, number, case, knowledge, begun, finished, graded, *_ = rows[0]
    attempts = tuple(Attempt(_mark(row[9:]), _time(row[8])) for row in rows if row[8] is not None)
    return Session(number, case, knowledge, _time(begun), _time(finished) if finished else None, attempts, graded)


def _mark(row: tuple[Any, ...]) -> Mark:
    step, item, answer, got, of, hints, topics = row
    return Mark(step, item, answer, got, of, hints, tuple(json.loads(topics)))


def _time(written: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(written)

"""Training kept in a record: which case comes next for whom, a session that goes on where it stopped, how everybody stands."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..blocks import Block, Page, Paragraph
from ..opening import opened_case
from ..problems import Problem, Unusable
from ..reading.cases import Case, readable_cases
from ..rules import Knowledge
from .choosing import next_case
from .classbook import Classbook
from .exercising import exercised, named
from .exporting import exported
from .markbook import Markbook, counted
from .marks import History, Mark
from .mastery import standings
from .recording import Record
from .training import Keep, Training


@dataclass(frozen=True)
class School:
    """The stored cases and the record of a place.

    `record` is the file of the record, `clock` tells the time with its zone, `train` the command that trains on a case (for
    a trainee, or without one), `look` the command that opens a conclusion of a case's file.
    """

    knowledge: Knowledge
    stored: Path
    record: Path
    clock: Callable[[], datetime.datetime]
    train: Callable[[str, str | None], str]
    look: Callable[[str], str]

    @contextlib.contextmanager
    def session(self, word: str | None, name: str | None) -> Iterator[Training]:
        """Open a session on a case (chosen where none is named), recorded where there is a name; closed when it is finished.

        Raises Unusable where there is no such case, the name is none, or the record cannot be written.
        """
        if name is None:
            case, why = self._case(word, History(""))
            yield self._training(case, why, None, lambda mark: mark, ())
            return
        with Record(self.record) as record:
            case, why = self._case(word, record.history(name).shown)
            session = record.begin(name, case.id, self.knowledge.sha256, self.clock())

            def keep(mark: Mark) -> Mark:
                if record.answered(session, mark, self.clock()):
                    return mark
                return next(m for m in record.answers(session) if (m.step, m.item) == (mark.step, mark.item))

            training = self._training(case, why, name, keep, record.answers(session), lambda step: record.graded(session, step))
            yield training
            if training.finished:
                record.finish(session, self.clock())

    def _training(
        self, case: Case, why: str, name: str | None, keep: Keep, kept: Sequence[Mark], graded: Callable[[int], None] = lambda step: None
    ) -> Training:
        again = self.train(case.id, name) if name else ""
        return Training(case, self.knowledge, keep, kept, self.look(case.place.source.file), why, again, graded)

    def _case(self, word: str | None, history: History) -> tuple[Case, str]:
        """Return the case that is meant, or the one that serves best, with why."""
        if word is not None:
            return opened_case(word, self.stored, self.knowledge), ""
        now = self.clock()
        choice = next_case([history], [standings(history, now.tzinfo)], self.topics, now, self.knowledge.sha256)
        if choice is None:
            raise Unusable([Problem("M111", f"there is no stored case in {self.stored}", (), "name the file of a case")])
        return next(case for case in self.cases if case.id == choice.case), self.markbook.because(choice)

    @cached_property
    def cases(self) -> list[Case]:
        return readable_cases(self.stored, self.knowledge)

    @cached_property
    def topics(self) -> Mapping[str, frozenset[str]]:
        return {case.id: exercised(case, self.knowledge) for case in self.cases}

    @cached_property
    def markbook(self) -> Markbook:
        return Markbook(self.topics, named(self.knowledge), self.clock(), self.train, self.knowledge.sha256)

    # --- the record

    def report(self, name: str | None) -> Page:
        """Return how a trainee stands and what to do next, or without a name the class. Raises Unusable."""
        with Record(self.record, new=False) as record:
            if name is None:
                return Classbook(self.markbook, [history.shown for history in record.histories()]).page()
            return self.markbook.page(record.history(record.known(name)).shown)

    def exported(self, name: str | None) -> str:
        """Return the record, or one trainee's, as the text of a CSV file. Raises Unusable."""
        with Record(self.record, new=False) as record:
            histories = [record.history(record.known(name))] if name is not None else record.histories()
            return exported(history.shown for history in histories)

    def forget(self, name: str) -> list[Block]:
        """Remove a name with all that was kept under it, and return what was removed. Raises Unusable."""
        with Record(self.record, new=False) as record:
            gone = record.forget(name)
        removed = f"Removed {gone.name}: {counted(gone.sessions, 'session')}, {counted(gone.answers, 'answer')}."
        return [Paragraph(f"{removed} Nothing of it is left in the record; what was exported before is yours to delete.")]

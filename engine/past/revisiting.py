"""Works a step of a case out with the rules as they stood on its day, beside the rules of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..advising import Consultation, consult
from ..differing import Difference, difference
from ..problems import Problem, Unusable
from ..reading.cases import Step
from ..reading.fitting import LeftOut, fitted
from ..reading.locks import LOCK
from ..reading.past import Commit, Past
from ..rules import Knowledge
from .causing import Causes
from .revising import Change, changes


@dataclass(frozen=True)
class Absent:
    """That there is nothing to set beside today's advice: the rules of the day (`commit`, if there is one) cannot be read, or
    there were none yet."""

    commit: Commit | None
    problems: tuple[Problem, ...] = ()


@dataclass
class Then:
    """A step worked out with the rules of its day (`before`) and those of today (`after`)."""

    commit: Commit
    before: Consultation
    after: Consultation
    left_out: Sequence[LeftOut]
    changes: Sequence[Change]

    @property
    def same(self) -> bool:
        """Whether the rule base is the same still."""
        return self.before.knowledge.sha256 == self.after.knowledge.sha256

    @cached_property
    def difference(self) -> Difference:
        return difference(self.before, self.after)

    @cached_property
    def causes(self) -> Causes:
        return Causes(self.before, self.after, self.changes)


class Revisiting:
    """Today's rule base and its history; each earlier state is read once."""

    def __init__(self, knowledge: Knowledge, past: Past):
        self.knowledge = knowledge
        self.past = past
        self._read: dict[str, tuple[Knowledge, list[Change]] | Absent] = {}

    def then(self, step: Step) -> Then | Absent:
        """Return a step then and now."""
        commit = self.past.at(step.on)
        if commit is None:
            return Absent(None)
        past = self._past(commit)
        if isinstance(past, Absent):
            return past
        old, changed = past
        dossier, left_out = fitted(step.dossier, self.knowledge.vocabulary, old.vocabulary)
        return Then(commit, consult(old, dossier, step.on), consult(self.knowledge, step.dossier, step.on), left_out, changed)

    def _past(self, commit: Commit) -> tuple[Knowledge, list[Change]] | Absent:
        """Return the rule base after a commit and what changed since. Locks guard the rules of today: what was committed then
        was so, whoever had recorded it."""
        if commit.id not in self._read:
            try:
                old = self.past.base(commit).usable(forgiven={LOCK})
                self._read[commit.id] = old, changes(old, self.knowledge)
            except Unusable as error:
                self._read[commit.id] = Absent(commit, tuple(error.problems))
        return self._read[commit.id]

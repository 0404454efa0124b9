"""What answers earn: a mark for each item, the session it was given in, and all sessions of one trainee."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

HINTED = "?"
"""Kept in place of an answer while there is none: only hints were taken, or it was taken back."""


@dataclass(frozen=True)
class Mark:
    """One graded item of a step: what was answered, the points it got of those there were, how many hints it took.

    `topics` is what the item exercises. Nothing here looks into `item` or `topics`; they are compared, and shown by a label.
    """

    step: int
    item: str
    answer: str
    got: int
    of: int
    hints: int = 0
    topics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.got <= self.of or not self.of or self.hints < 0:
            raise ValueError(f"{self.got} of {self.of} points with {self.hints} hints are no mark")


@dataclass(frozen=True)
class Attempt:
    """A mark and when it was given."""

    mark: Mark
    at: datetime.datetime


@dataclass(frozen=True)
class Session:
    """One trainee on one case, with one state of the knowledge; `finished` is None while it can be gone on with, `graded` the last
    step of which the points were told."""

    number: int
    case: str
    knowledge: str
    begun: datetime.datetime
    finished: datetime.datetime | None
    attempts: tuple[Attempt, ...]
    graded: int = -1

    @property
    def shown(self) -> Session:
        """The session without the answers of a step that is not graded: their points would tell whether they are right."""
        told = tuple(attempt for attempt in self.attempts if self.finished or attempt.mark.step <= self.graded)
        return replace(self, attempts=told)

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(attempt.mark for attempt in self.attempts)

    @property
    def last(self) -> datetime.datetime:
        """When something was last done in it."""
        return max([self.begun, *(attempt.at for attempt in self.attempts)])


@dataclass(frozen=True)
class History:
    """A trainee by the chosen name, with all sessions in the order they were begun."""

    name: str
    sessions: tuple[Session, ...] = ()

    @property
    def shown(self) -> History:
        """The history as others may see it: without what is not graded yet."""
        return replace(self, sessions=tuple(session.shown for session in self.sessions))

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(mark for session in self.sessions for mark in session.marks)


def mean(marks: Iterable[Mark]) -> Fraction | None:
    """Return the share of the points, each item weighing the same however many points it has; None without items."""
    marks = list(marks)
    if not marks:
        return None
    whole = math.lcm(*(mark.of for mark in marks))  # in whole numbers, as adding fractions one by one takes most of a report
    return Fraction(sum(mark.got * whole // mark.of for mark in marks), whole * len(marks))

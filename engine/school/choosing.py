"""Chooses the case to train on next: where a trainee, or a class, is weakest and what is due, and none that was just done."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .marks import History
from .mastery import SHAKY, Standing

REST_DAYS = 7
"""A case rests for a week, if another one serves."""

OPEN, FIRST, AGAIN, DUE, WEAK, UNMET, AHEAD = "open", "first", "due_and_shaky", "due", "shaky", "new", "ahead"
NEEDS = (AGAIN, DUE, WEAK, UNMET)
"""Why a topic should be exercised, the strongest reason first."""


@dataclass(frozen=True)
class Choice:
    """A case to go on with. `why` is

    - open: the trainee left it unfinished;
    - first: nothing was answered yet, and no case exercises fewer topics;
    - due_and_shaky, due, shaky, new: it exercises the most topics that need it for this reason, the strongest there is;
      `topics` are these, those first that most of a class need;
    - ahead: nothing needs exercise before the day `due`; it is the case that was left alone longest.

    `rested` is False where the case was done in the last days and no other one serves.
    """

    case: str
    why: str
    topics: tuple[str, ...] = ()
    rested: bool = True
    due: datetime.date | None = None


def next_case(
    histories: Sequence[History],
    found: Sequence[Mapping[str, Standing]],
    cases: Mapping[str, frozenset[str]],
    at: datetime.datetime,
    knowledge: str = "",
) -> Choice | None:
    """Return the case that serves one trainee best, or several together; None where there are no cases.

    `found` are the standings of each, `cases` the topics that each case exercises; the order of the cases decides where all
    else is equal. A trainee alone first goes on with what was left open with the same `knowledge`. Else the case is taken which
    exercises the most topics that are due and shaky, one never done before one that was; among equals the most that are due,
    then shaky, then new; then the one left alone longest, then the one with the fewest topics.
    """
    sessions = [session for history in histories for session in history.sessions]
    left = [s.case for s in sessions if s.finished is None and s.knowledge == knowledge and s.case in cases]
    if left and len(histories) == 1:
        return Choice(left[-1], OPEN)
    if cases and not any(session.attempts for session in sessions):
        order = list(cases)
        return Choice(min(cases, key=lambda case: (len(cases[case]), order.index(case))), FIRST)
    return _Choosing(histories, found, cases, at).choice() if cases else None


@dataclass(frozen=True)
class _Choosing:
    histories: Sequence[History]
    standings: Sequence[Mapping[str, Standing]]
    cases: Mapping[str, frozenset[str]]
    at: datetime.datetime

    def choice(self) -> Choice:
        rested = [case for case in self.cases if self._rested(case)]
        serving = [c for c in rested if any(self._worth(c))] or [c for c in self.cases if any(self._worth(c))]
        case = min(serving or rested or self.cases, key=self._key)
        why = next((need for need, many in zip(NEEDS, self._worth(case), strict=True) if many), AHEAD)
        if why == AHEAD:
            dues = [s.due for of_one in self.standings for s in of_one.values() if s.due]
            return Choice(case, AHEAD, (), case in rested, min(dues, default=None))
        needed = self.needed[why]
        topics = sorted(self.cases[case] & needed.keys(), key=lambda topic: (-needed[topic], topic))
        return Choice(case, why, tuple(topics), case in rested)

    @cached_property
    def needed(self) -> dict[str, dict[str, int]]:
        """For each reason, the topics and how many of the trainees need them for it."""
        found: dict[str, dict[str, int]] = {need: {} for need in NEEDS}
        for of_one in self.standings:
            for topic in frozenset().union(*self.cases.values()):
                if need := self._need(of_one.get(topic, Standing(topic))):
                    found[need][topic] = found[need].get(topic, 0) + 1
        return found

    def _need(self, standing: Standing) -> str:
        if standing.due is None:
            return UNMET
        if standing.is_due(self.at.date()):
            return AGAIN if standing.state == SHAKY else DUE
        return WEAK if standing.state == SHAKY else ""

    @cached_property
    def done(self) -> dict[str, datetime.date]:
        """The day on which each case was last gone through by any of them."""
        found: dict[str, datetime.date] = {}
        for session in (session for history in self.histories for session in history.sessions):
            day = session.last.astimezone(self.at.tzinfo).date()
            found[session.case] = max(day, found.get(session.case, day))
        return found

    def _rested(self, case: str) -> bool:
        return case not in self.done or (self.at.date() - self.done[case]).days >= REST_DAYS

    def _worth(self, case: str) -> tuple[int, ...]:
        return tuple(sum(self.needed[need].get(topic, 0) for topic in self.cases[case]) for need in NEEDS)

    def _key(self, case: str) -> tuple[object, ...]:
        alone = self.done[case].toordinal() if case in self.done else 0
        return (case in self.done, tuple(-many for many in self._worth(case)), alone, len(self.cases[case]), list(self.cases).index(case))

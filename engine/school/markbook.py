"""What the record of training says of one trainee, as a page: how firm what is, what comes next, and why."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..blocks import Block, Heading, Items, Page, Paragraph, Table, command
from ..wording import listed
from .choosing import AGAIN, AHEAD, DUE, FIRST, OPEN, UNMET, Choice, next_case
from .grading import kind
from .marks import History, Mark, Session, mean
from .mastery import STATES, Standing, standings
from .scoresheet import KINDS

FEW, LAST = 3, 10
"""So many topics are named in a sentence, and so many sessions stand in a table; the rest are counted."""


@dataclass(frozen=True)
class Markbook:
    """Writes pages as of a time, in whose zone the days are.

    `cases` are the topics that each case exercises, `labels` what people call a topic (else it is shown as it is),
    `train` the command that trains on a case, for a trainee or, with None, for whoever; `knowledge` that of an open session.
    """

    cases: Mapping[str, frozenset[str]]
    labels: Mapping[str, str]
    at: datetime.datetime
    train: Callable[[str, str | None], str]
    knowledge: str = ""

    @property
    def today(self) -> datetime.date:
        return self.at.date()

    def page(self, history: History) -> Page:
        """Return how one trainee stands, and what to do next."""
        found = standings(history, self.at.tzinfo)
        choice = next_case([history], [found], self.cases, self.at, self.knowledge)
        blocks: list[Block] = [Heading(f"{history.name}, {self.today}"), Paragraph(self.summary(history.sessions))]
        blocks += self.to_do(choice, history.name)
        blocks += self._mastery(found)
        blocks += self._kinds(history.marks)
        blocks += self._sessions(history.sessions)
        data = {
            "trainee": history.name, "on": self.today.isoformat(), "next": choice_json(choice),
            "topics": [_standing_json(s) for s in _weakest(found.values())], "not_met": self._unmet(found),
            "kinds": [{"kind": name, **marks_json(marks)} for name, marks in _by_kind(history.marks)],
            "sessions": [_session_json(session) for session in history.sessions],
        }  # fmt: skip
        return Page(tuple(blocks), data)

    def summary(self, sessions: Sequence[Session]) -> str:
        """Return in a sentence how much was done and how well."""
        if not sessions:
            return "No sessions yet."
        left = sum(s.finished is None for s in sessions)
        cases = counted(len({s.case for s in sessions}), "case")
        began = min(self.day(s.begun) for s in sessions)
        said = f"{counted(len(sessions), 'session')} on {cases} since {began}" + (f", {left} left open" if left else "")
        marks = [mark for session in sessions for mark in session.marks]
        if not marks:
            return f"{said}; no step graded yet."
        return f"{said}; {counted(len(marks), 'answer')}, {percent(mean(marks))} of the points."

    def to_do(self, choice: Choice | None, name: str | None) -> Iterator[Block]:
        """Yield the command for the next case, with why it is that one; nothing where there are no cases."""
        if choice:
            yield Heading("Do next", 2)
            yield Items(((command(self.train(choice.case, name)), (self.because(choice),)),), numbered=False)

    def because(self, choice: Choice) -> str:
        """Return why a case comes next, as a sentence."""
        if choice.why == OPEN:
            return "It was left unfinished, and goes on where it stopped."
        if choice.why == FIRST:
            return "To begin with: no case exercises fewer topics."
        if choice.why == AHEAD:
            until = f" before {choice.due}" if choice.due else ""
            return f"Nothing is due{until}; this case was left alone longest."
        said = {AGAIN: "due and shaky", DUE: "due", UNMET: "not met yet"}.get(choice.why, "shaky")
        topics = [topic for topic in choice.topics if "=" not in topic]  # how a decision comes out would tell an answer
        sentence = f"It exercises what is {said}: {self._named(topics)}." if topics else f"It exercises what is {said}."
        return sentence if choice.rested else f"{sentence} It was done in the last days; no other case serves."

    def label(self, name: str) -> str:
        return self.labels.get(name, name)

    def day(self, at: datetime.datetime) -> str:
        return at.astimezone(self.at.tzinfo).date().isoformat()

    # --- parts of the page

    def _mastery(self, found: Mapping[str, Standing]) -> Iterator[Block]:
        if not found:
            return
        yield Heading("What is mastered, the weakest first", 2)
        rows = ((self.label(s.topic), s.state, percent(s.share), str(s.days), self._due(s)) for s in _weakest(found.values()))
        yield Table(("Topic", "Mastery", "Points", "Days", "Due"), tuple(rows), (40, 7, 6, 4, 10))
        yield Paragraph(
            "Points are those of the last three days with the topic. Shaky: less than half was right the last time. "
            "Firm: it need not come back for three weeks."
        )
        if unmet := self._unmet(found):
            yield Paragraph(f"Not met yet: {self._named(unmet)}.")

    def _kinds(self, marks: Sequence[Mark]) -> Iterator[Block]:
        rows = [
            (KINDS.get(name, name), str(len(found)), percent(mean(found)), str(sum(mark.hints for mark in found)))
            for name, found in _by_kind(marks)
        ]
        if rows:
            yield Heading("By what was asked, the weakest first", 2)
            yield Table(("Asked", "Answers", "Points", "Hints"), tuple(rows), (40, 7, 6, 5))

    def _sessions(self, sessions: Sequence[Session]) -> Iterator[Block]:
        if sessions:
            yield Heading("Sessions, the latest first", 2)
            rows = tuple(
                (self.day(s.last), s.case, str(len(s.marks)), percent(mean(s.marks)), "finished" if s.finished else "left open")
                for s in sorted(sessions, key=lambda s: (s.last, s.number), reverse=True)[:LAST]
            )
            yield Table(("Last", "Case", "Answers", "Points", ""), rows, (10, 34, 7, 6, 9))
        if len(sessions) > LAST:
            yield Paragraph(f"And {len(sessions) - LAST} earlier.")

    def _unmet(self, found: Mapping[str, Standing]) -> list[str]:
        return sorted(frozenset().union(*self.cases.values()) - found.keys())

    def _named(self, topics: Sequence[str]) -> str:
        named = [self.label(topic) for topic in topics[:FEW]]
        return listed([*named, f"{len(topics) - FEW} more"] if len(topics) > FEW else named)

    def _due(self, standing: Standing) -> str:
        return "now" if standing.is_due(self.today) else str(standing.due)


def counted(many: int, what: str) -> str:
    """Return a number with what it counts: 1 case, 2 cases."""
    return f"{many} {what}{'s' * (many != 1)}"


def percent(share: Fraction | None) -> str:
    """Return a share in whole per cent; nothing where there is none."""
    return "" if share is None else f"{int(share * 100 + Fraction(1, 2))} %"


def rounded(share: Fraction | None) -> float | None:
    """Return a share as data has it."""
    return None if share is None else round(float(share), 4)


def marks_json(marks: Sequence[Mark]) -> dict[str, Any]:
    """Return how many answers there are and how they went, as data."""
    return {"answers": len(marks), "share": rounded(mean(marks)), "hints": sum(mark.hints for mark in marks)}


def choice_json(choice: Choice | None) -> dict[str, Any] | None:
    """Return the next case as data; None where there is none."""
    if choice is None:
        return None
    due = choice.due.isoformat() if choice.due else None
    return {"case": choice.case, "why": choice.why, "topics": list(choice.topics), "rested": choice.rested, "due": due}


def _weakest(found: Iterable[Standing]) -> list[Standing]:
    return sorted(found, key=lambda s: (STATES.index(s.state), s.share or 0, s.due or datetime.date.max, s.topic))


def _by_kind(marks: Sequence[Mark]) -> list[tuple[str, list[Mark]]]:
    """Return the marks of each kind of question, the kind with the fewest points first."""
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        found.setdefault(kind(mark.item), []).append(mark)
    return sorted(found.items(), key=lambda entry: (mean(entry[1]) or 0, entry[0]))


def _standing_json(standing: Standing) -> dict[str, Any]:
    due = standing.due.isoformat() if standing.due else None
    return {"topic": standing.topic, "mastery": standing.state, "share": rounded(standing.share), "days": standing.days, "due": due}


def _session_json(session: Session) -> dict[str, Any]:
    return {
        "case": session.case, "knowledge": session.knowledge, "begun": session.begun.isoformat(),
        "finished": session.finished.isoformat() if session.finished else None, **marks_json(session.marks),
    }  # fmt: skip

"""What the record of training says of a class, as a page: who stands how, where most are weak, and the case for the room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..blocks import Block, Heading, Page, Paragraph, Table
from .choosing import next_case
from .markbook import LAST, Markbook, choice_json, counted, marks_json, percent, rounded
from .marks import History, mean
from .mastery import FIRM, NEW, SHAKY, Standing, standings


@dataclass(frozen=True)
class Classbook:
    """Writes the page of several trainees in the words of a markbook."""

    book: Markbook
    histories: Sequence[History]

    @cached_property
    def found(self) -> list[dict[str, Standing]]:
        return [standings(history, self.book.at.tzinfo) for history in self.histories]

    def page(self) -> Page:
        """Return a row for each trainee, where the class is weakest, and the case that serves most of them."""
        book = self.book
        choice = next_case(self.histories, self.found, book.cases, book.at)
        summary = book.summary([session for history in self.histories for session in history.sessions])
        blocks: list[Block] = [Heading(f"The class, {book.today}"), Paragraph(f"{counted(len(self.histories), 'trainee')}. {summary}")]
        if self.histories:
            blocks += [*book.to_do(choice, None), *self._roll(), *self._weak()]
        data = {
            "on": book.today.isoformat(), "next": choice_json(choice),
            "trainees": [self._roll_json(h, s) for h, s in zip(self.histories, self.found, strict=True)],
            "topics": [self._topic_json(topic) for topic in self.weakest],
        }  # fmt: skip
        return Page(tuple(blocks), data)

    @cached_property
    def weakest(self) -> list[str]:
        """The topics that anybody has met, those first that are shaky for most, then those with the fewest points."""
        return sorted(frozenset().union(*self.found), key=lambda t: (-self._counts(self._of(t))[0], _share(self._of(t)) or 0, t))

    def _roll(self) -> Iterator[Block]:
        yield Heading("Trainees", 2)
        rows = []
        for history, standing in zip(self.histories, self.found, strict=True):
            last = max((self.book.day(session.last) for session in history.sessions), default="")
            counts = (str(number) for number in self._counts(standing.values()))
            rows.append((history.name, str(len(history.sessions)), last, percent(mean(history.marks)), *counts))
        yield Table(("Trainee", "Sessions", "Last", "Points", "Shaky", "Firm", "Due"), tuple(rows), (26, 8, 10, 6, 5, 4, 3))

    def _weak(self) -> Iterator[Block]:
        if not self.weakest:
            return
        yield Heading("Where the class is weakest", 2)
        rows = []
        for topic in self.weakest[:LAST]:
            of_all = self._of(topic)
            counts = (str(number) for number in self._counts(of_all))
            rows.append((self.book.label(topic), percent(_share(of_all)), str(_met(of_all)), *counts))
        yield Table(("Topic", "Points", "Met by", "Shaky", "Firm", "Due"), tuple(rows), (38, 6, 6, 5, 4, 3))
        if len(self.weakest) > LAST:
            yield Paragraph(f"And {len(self.weakest) - LAST} more.")
        yield Paragraph("Met by, shaky, firm, due: so many trainees each.")

    def _of(self, topic: str) -> list[Standing]:
        """Return how each of the class stands with a topic."""
        return [of_one.get(topic, Standing(topic)) for of_one in self.found]

    def _counts(self, found: Iterable[Standing]) -> tuple[int, int, int]:
        """Return how many standings are shaky, firm, and due."""
        found = list(found)
        return sum(s.state == SHAKY for s in found), sum(s.state == FIRM for s in found), sum(s.is_due(self.book.today) for s in found)

    def _roll_json(self, history: History, found: dict[str, Standing]) -> dict[str, Any]:
        shaky, firm, due = self._counts(found.values())
        counts = {"sessions": len(history.sessions), **marks_json(history.marks)}
        return {"trainee": history.name, **counts, "shaky": shaky, "firm": firm, "due": due}

    def _topic_json(self, topic: str) -> dict[str, Any]:
        of_all = self._of(topic)
        shaky, firm, due = self._counts(of_all)
        return {"topic": topic, "share": rounded(_share(of_all)), "met_by": _met(of_all), "shaky": shaky, "firm": firm, "due": due}


def _met(of_all: Iterable[Standing]) -> int:
    return sum(s.state != NEW for s in of_all)


def _share(of_all: Iterable[Standing]) -> Fraction | None:
    """Return the share of the points of those who met a topic, each counting the same."""
    shares = [s.share for s in of_all if s.share is not None]
    return sum(shares, Fraction(0)) / len(shares) if shares else None

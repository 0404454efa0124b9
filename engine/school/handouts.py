"""The sheets of a training room for one case: what is handed out, and what the trainer keeps. Each is a list of pages to print."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..blocks import Block, Heading, Items, Paragraph, Table, lowered
from ..flips import Flips
from ..reading.cases import Case
from ..reasons import Reasons
from ..rules import Knowledge
from ..stories.storybook import Story, advised
from .cards import card
from .grading import Item
from .leaves import COMMITTED, Leaf
from .scoresheet import SHORT

LINE = "_" * 40
"""Where somebody writes by hand."""
BLANK_ROWS = 8
"""So many trainees have a row where none is named."""

Ask = Callable[[str, Case, datetime.date], str]
"""Returns the command that asks something else (its name) of a case on a day."""


@dataclass(frozen=True)
class Sheet:
    """Pages to print, each on paper of its own; `name` is that of its file."""

    name: str
    title: str
    pages: Sequence[tuple[Block, ...]]
    wide: bool = False


class Handouts:
    """The sheets of one case."""

    def __init__(self, case: Case, knowledge: Knowledge, ask: Ask, trainees: Sequence[str] = ()):
        self.case, self.ask, self.trainees = case, ask, trainees
        self.story = Story(case, knowledge)

    @cached_property
    def steps(self) -> list[Leaf]:
        return [Leaf(number, self.story, "") for number in range(1, len(self.case.steps) + 1)]

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The steps, and the contrasts behind them where there are some."""
        last = Leaf(len(self.case.steps) + 1, self.story, "")
        return [*self.steps, last] if last.items else self.steps

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the sheets in the order in which a session needs them."""
        return (
            Sheet("1-cards", "Case cards", [tuple(card(self.story, leaf.stage)) for leaf in self.steps]),
            Sheet("2-questions", "Question sheets", [tuple(page) for leaf in self.leaves for page in self._asked(leaf)]),
            Sheet("3-hints", "Hint ladder", [tuple(self._hints(leaf)) for leaf in self.leaves]),
            Sheet("4-debrief", "Debrief", [*(tuple(self._debrief(leaf)) for leaf in self.leaves), tuple(self.story.end().blocks)]),
            Sheet("5-scores", "Score sheet", [*(tuple(self._scores(leaf)) for leaf in self.leaves), tuple(self._sum())], wide=True),
        )

    def _head(self, leaf: Leaf, what: str) -> Heading:
        return Heading(f"{self._where(leaf)}: {what}", 2)

    def _where(self, leaf: Leaf) -> str:
        many = len(self.steps)
        return "Contrasts" if leaf.contrasts else f"Step {leaf.number} of {many}" if many > 1 else "The case"

    # --- for the trainees

    def _asked(self, leaf: Leaf) -> Iterator[Iterator[Block]]:
        """Yield the pages of a step: the decisions, and by itself what is offered that tells of them."""
        if leaf.contrasts:
            yield self._sheet(leaf, "your answers", "The case as it stood at the end, with one fact otherwise.", leaf.items)
            return
        first = [item for item in leaf.items if item.kind in COMMITTED]
        then = [item for item in leaf.items if item.kind not in COMMITTED]
        rule = "Answer from the card alone, before anybody speaks. A fact that plays no part costs a point."
        yield self._sheet(leaf, "your decisions", rule, first)
        if then:
            yield self._sheet(leaf, "what comes next", "For after the decisions are handed in: what is offered here tells of them.", then)

    def _sheet(self, leaf: Leaf, what: str, rule: str, items: Sequence[Item]) -> Iterator[Block]:
        yield self._head(leaf, what)
        yield Paragraph(f"Name: {LINE}")
        yield Paragraph(rule)
        for item in items:
            yield Heading(item.title, 3)
            yield Paragraph(item.ask)
            if item.kind == "facts":
                yield Paragraph(f"Numbers of facts on the card: {LINE}")
                continue
            yield Items(tuple((offer.text, ()) for offer in item.offers))
            yield Paragraph(f"Number{'s' * (item.takes > 1)}: {LINE}")

    # --- for the trainer

    def _hints(self, leaf: Leaf) -> Iterator[Block]:
        yield self._head(leaf, "hints")
        yield Paragraph("For the trainer. Read one aloud when a group is stuck, from the top; each costs a point of that answer.")
        for item in leaf.items:
            if item.ladder:
                yield Heading(item.title, 3)
                yield Items(tuple((rung, ()) for rung in item.ladder))
                if item.tells and item.kind == "choice":
                    first = f"The first {item.tells} name" if item.tells > 1 else "The first names"
                    yield Paragraph(f"{first} facts: each costs a point of the facts too.")

    def _debrief(self, leaf: Leaf) -> Iterator[Block]:
        yield self._head(leaf, "what the rules say")
        if not leaf.contrasts:
            yield from advised(leaf.stage.consultation)
            if leaf.stage.turning:
                yield from self.story.changed(leaf.stage.consultation, leaf.stage.turning)
        yield Heading("What the answers earn", 3)
        for item in leaf.items:
            yield Heading(f"{item.title}: {item.of} points", 4)
            yield Table(("No.", "Answer", "Points", "Why"), tuple(_earning(item)), (5, 38, 7, 38))
        if not leaf.contrasts:
            yield from self._reasons(leaf)
            yield from self._flips(leaf)

    def _reasons(self, leaf: Leaf) -> Iterator[Block]:
        """Yield the reasons of the decisions that are asked, down to the facts."""
        reasons = Reasons(leaf.stage.consultation.report(labels=True), self.ask("whynot", self.case, leaf.stage.step.on))
        for item in leaf.items:
            if item.kind == "choice":
                yield from lowered(reasons.page(item.name.partition(": ")[2]).blocks, 2)

    def _flips(self, leaf: Leaf) -> Iterator[Block]:
        """Yield the nearest facts that would turn the main decision."""
        yield Heading("What would turn it", 3)
        yield from lowered(Flips(leaf.stage.consultation, self.ask("whatif", self.case, leaf.stage.step.on)).main(), 2)

    def _scores(self, leaf: Leaf) -> Iterator[Block]:
        yield self._head(leaf, "points")
        less = "less a point for each hint, each fact that plays no part, and each act or question that is not called for"
        yield Paragraph(f"Each answer earns what the debrief says, up to the number over its column, {less}; never less than 0.")
        yield self._grid([(item.title, item.of) for item in leaf.items])

    def _sum(self) -> Iterator[Block]:
        yield Heading("In all", 2)
        yield self._grid([(self._where(leaf), sum(item.of for item in leaf.items)) for leaf in self.leaves])

    def _grid(self, columns: Sequence[tuple[str, int]]) -> Table:
        """Return a table to fill in by hand: a row for each trainee, a column for each thing that earns points, and their sum."""
        heads = [f"{title} ({of})" for title, of in columns]
        headers = ("Name", *heads, f"Sum ({sum(of for _, of in columns)})")
        rows = tuple((name, *[""] * (len(headers) - 1)) for name in (self.trainees or [""] * BLANK_ROWS))
        return Table(headers, rows, (18, *[12] * (len(headers) - 1)))


def _earning(item: Item) -> Iterator[tuple[str, ...]]:
    """Yield the offers of an item that earn or cost something, by their number, the best first, with the reason; of facts those
    alone that earn, as all the others on the card play no part."""
    numbered = [
        (number, offer) for number, offer in enumerate(item.offers, 1) if offer.points > 0 or (offer.points and item.kind != "facts")
    ]
    for number, offer in sorted(numbered, key=lambda entry: -entry[1].points):
        yield str(number), _short(offer.text), str(offer.points), offer.why


def _short(text: str) -> str:
    """Return the beginning of a text that stands whole on the question sheet."""
    return text if len(text) <= SHORT else f"{text[:SHORT].rsplit(' ', 1)[0]} ..."

"""A card of one step of a case, to be handed out: what happened, and all that is known, each fact by the number that answers name.
Nothing on it says what is advised, or what comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..blocks import Block, Heading, Paragraph
from ..facts import Fact
from ..stories.learning import Learned
from ..stories.storybook import Story
from ..stories.walking import Stage
from ..telling import Teller
from ..world import Cell, WorldRow
from .arguing import known


def card(story: Story, stage: Stage) -> Iterator[Block]:
    """Yield a step as a card."""
    yield from story.scene(stage)
    yield from facts(stage)


def facts(stage: Stage) -> Iterator[Block]:
    """Yield all that is known on a step, what is new first."""
    return _Card(stage).blocks()


class _Card:
    def __init__(self, stage: Stage):
        self.stage = stage
        self.teller = Teller(stage.consultation.inference)
        self.facts = stage.consultation.inference.world.facts
        self.news = {(entry.row.address, entry.attribute): entry for entry in stage.learned} if stage.number > 1 else {}

    def blocks(self) -> Iterator[Block]:
        """Yield the facts: after the first step those that are new before the rest."""
        numbered = list(enumerate(known(self.stage.consultation.report(labels=True)), 1))
        if self.stage.number == 1:
            yield from self._facts("What is known", numbered)
            return
        fresh = [entry for entry in numbered if (entry[1].row.address, entry[1].attribute) in self.news]
        yield from self._facts("What is new", fresh, [said for entry in self.news.values() for said in self._lost(entry)])
        yield from self._facts("What was known before", [entry for entry in numbered if entry not in fresh])

    def _facts(self, title: str, numbered: Sequence[tuple[int, Cell]], lost: Sequence[tuple[str, str]] = ()) -> Iterator[Block]:
        """Yield facts by what they are about, each with its number, and below them what is not so any more."""
        about: dict[str, list[str]] = {}
        for number, cell in numbered:
            about.setdefault(self._owner(cell.row), []).append(f"({number}) {self._fact(cell)}")
        for owner, said in lost:
            about.setdefault(owner, []).append(said)
        yield Heading(title, 3)
        if not about:
            yield Paragraph("Nothing that is recorded as a fact.")
        for owner, facts in about.items():
            yield Heading(owner, 4)
            yield Paragraph("; ".join(facts) + ".")

    def _owner(self, row: WorldRow) -> str:
        what = f" ({row.entity.replace('_', ' ')})" if row.name else ""
        return f"{self.teller.sentence(self.teller.owner(row))}{what}"

    def _fact(self, cell: Cell) -> str:
        notes = [*self._was(self.news.get((cell.row.address, cell.attribute))), *_source(self.facts[cell.row, cell.attribute])]
        return f"{self._words(cell)}: {self.teller.value(cell, cell.value)}" + (f" ({', '.join(notes)})" if notes else "")

    def _words(self, cell: Cell) -> str:
        attribute = self.teller.attribute(cell)
        return attribute.words if attribute else cell.attribute

    def _was(self, entry: Learned | None) -> list[str]:
        """Return what a fact was on the step before, where it was otherwise."""
        return [f"was {self._value(entry)}"] if entry is not None and entry.old not in (None, entry.new) else []

    def _lost(self, entry: Learned) -> Iterator[tuple[str, str]]:
        """Yield what is otherwise than before without being a fact that counts: about what, and in words."""
        if entry.kind == "gone":
            yield self._owner(entry.row), "no longer there"
        elif entry.kind == "whole":
            many = self.teller.knowledge.vocabulary.entities[entry.row.entity].many.replace("_", " ")
            yield f"The list of {many}", "complete: nobody and nothing else is to be put there"
        elif entry.kind == "came" and not entry.attribute:
            yield self._owner(entry.row), "new"
        elif entry.kind in ("taken_back", "stale"):
            notes = [entry.why] if entry.kind == "stale" else []
            notes += [f"was {self._value(entry)}"] if entry.old is not None else []
            said = "no longer counts" if entry.kind == "stale" else "not known any more"
            words = self._words(Cell(entry.row, entry.attribute, None))
            yield self._owner(entry.row), f"{words}: {said}" + (f" ({', '.join(notes)})" if notes else "")

    def _value(self, entry: Learned) -> str:
        return self.teller.value(Cell(entry.row, entry.attribute, entry.old), entry.old)


def _source(fact: Fact) -> list[str]:
    """Return how well a fact is known and who said so, nothing where it is only assumed."""
    return [] if fact.grade == "assumed" else [f"{fact.grade} by {fact.by}" if fact.by else fact.grade]

"""How far two worked-out cases are alike: in what is known, in what is decided, and in the rules that fire or are stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from typing import Any, NamedTuple

from ..rules import Knowledge
from ..world import WorldRow
from .sketching import Aspects, Sketch, SketchedRow


class Trait(NamedTuple):
    """Something known of both cases: what it is in each, how much that says in bits where it is alike, and how much it could.

    `rows` are the row of each case that it is about, where it is about one of several.
    """

    aspect: Any
    mine: Any
    theirs: Any
    shared: float
    of: float
    rows: tuple[WorldRow, WorldRow] | None = None

    @property
    def differs(self) -> float:
        return self.of - self.shared


class Rarity:
    """How much it says that two cases agree on something: the fewer cases have it, the more, in bits.

    Each story counts once, in equal parts for its steps, and a list once, in equal parts for its rows.
    """

    def __init__(self, stories: Iterable[Sequence[Sketch]], knowledge: Knowledge):
        self.ordered = {(a.entity, a.name) for a in knowledge.vocabulary.attributes() if a.numeric}
        self.weights: dict[str, dict[Any, dict[Any, float]]] = {"facts": {}, "decisions": {}, "rules": {}}
        for story in stories:
            for sketch in story:
                self._count("facts", sketch.facts, 1 / len(story))
                self._count("decisions", sketch.decisions, 1 / len(story))
                self._count("rules", sketch.rules, 1 / len(story))
                for rows in sketch.rows.values():
                    for row in rows:
                        self._count("facts", row.aspects, 1 / len(story) / len(rows))
        self.bits = {part: {aspect: _bits(found) for aspect, found in known.items()} for part, known in self.weights.items()}

    def _count(self, part: str, aspects: Aspects, weight: float) -> None:
        known = self.weights[part]
        for aspect, value in aspects.items():
            values = known.setdefault(aspect, {})
            values[value] = values.get(value, 0.0) + weight

    def traits(self, part: str, mine: Aspects, theirs: Aspects) -> Iterator[tuple[Any, Any, Any, float, float]]:
        """Yield what is known of both, as a trait has it."""
        known = self.bits[part]
        for aspect, value in mine.items():
            other = theirs.get(aspect)
            if other is not None:
                bits = known[aspect]
                if value == other:
                    yield aspect, value, other, bits[value], bits[value]
                else:
                    shared = self._stretch(part, aspect, value, other) if aspect in self.ordered else 0.0
                    yield aspect, value, other, shared, (bits[value] + bits[other]) / 2

    def _stretch(self, part: str, aspect: Any, one: float, other: float) -> float:
        """Return how much it says that two numbers lie so near to each other: few cases lie between them, or many."""
        low, high = min(one, other), max(one, other)
        weights = self.weights[part][aspect]
        return log2(sum(weights.values()) / sum(weight for value, weight in weights.items() if low <= value <= high))


def _bits(weights: Mapping[Any, float]) -> dict[Any, float]:
    total = sum(weights.values())
    return {value: log2(total / weight) for value, weight in weights.items()}


class Part(NamedTuple):
    """How far two cases are alike in one respect: of what is known of both, how much is shared, in bits."""

    shared: float
    of: float

    @property
    def share(self) -> float:
        return self.shared / self.of if self.of else 0.0

    @property
    def nearness(self) -> float:
        """What is shared, the less of it counted the more differs."""
        return self.shared * self.share

    @property
    def outweighs(self) -> float:
        """How much more is alike than differs."""
        return 2 * self.shared - self.of


@dataclass(frozen=True)
class Likeness:
    """Two cases beside each other. A case is near to another by facts, by decisions and by rules: all three count alike."""

    mine: Sketch
    theirs: Sketch
    rarity: Rarity

    @cached_property
    def pairs(self) -> tuple[tuple[SketchedRow, SketchedRow, Part], ...]:
        """The rows of lists, each beside the one that it is most like; those that are left over have no partner."""
        found = []
        for entity, rows in self.mine.rows.items():
            tried = [
                (part, i, j)
                for i, row in enumerate(rows)
                for j, other in enumerate(self.theirs.rows[entity])
                for part in [_added(self.rarity.traits("facts", row.aspects, other.aspects))]
            ]
            taken: tuple[set[int], set[int]] = (set(), set())
            for part, i, j in sorted(tried, key=lambda t: (-t[0].outweighs, min(t[1], t[2]), max(t[1], t[2]))):
                if i not in taken[0] and j not in taken[1]:
                    taken[0].add(i)
                    taken[1].add(j)
                    found.append((rows[i], self.theirs.rows[entity][j], part))
        return tuple(found)

    @cached_property
    def facts(self) -> Part:
        singles = _added(self.rarity.traits("facts", self.mine.facts, self.theirs.facts))
        parts = [singles, *(part for _, _, part in self.pairs)]
        return Part(sum(part.shared for part in parts), sum(part.of for part in parts))

    @cached_property
    def decisions(self) -> Part:
        return _added(self.rarity.traits("decisions", self.mine.decisions, self.theirs.decisions))

    @cached_property
    def rules(self) -> Part:
        return _added(self.rarity.traits("rules", self.mine.rules, self.theirs.rules))

    @property
    def parts(self) -> dict[str, Part]:
        return {"facts": self.facts, "decisions": self.decisions, "rules": self.rules}

    @cached_property
    def nearness(self) -> float:
        return float((self.facts.nearness * self.decisions.nearness * self.rules.nearness) ** (1 / 3))

    @property
    def mostly_alike(self) -> bool:
        """Whether more is alike than not in each respect."""
        return all(part.outweighs > 0 for part in self.parts.values())

    def close(self, among: int) -> bool:
        """Return whether the cases are mostly alike, in the facts by more than the best of so many is by chance."""
        return self.mostly_alike and self.facts.outweighs > log2(among)

    def traits(self, part: str) -> list[Trait]:
        """Return everything that was compared in one respect."""
        mine, theirs = getattr(self.mine, part), getattr(self.theirs, part)
        found = [Trait(*found) for found in self.rarity.traits(part, mine, theirs)]
        if part == "facts":
            for row, other, _ in self.pairs:
                found += [Trait(*t, (row.row, other.row)) for t in self.rarity.traits(part, row.aspects, other.aspects)]
        return found


def _added(traits: Iterable[tuple[Any, Any, Any, float, float]]) -> Part:
    shared = of = 0.0
    for _, _, _, alike, most in traits:
        shared += alike
        of += most
    return Part(shared, of)

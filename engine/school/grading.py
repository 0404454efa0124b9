"""What a trainee is asked about one step of a case, what each answer would earn and why, and what was earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RIGHT = 4
"""What a right answer to one question earns."""
COSTS = -1
"""What is named without being called for takes back what something right has earned."""
BESIDE = 3
"""So many offers of each other kind stand beside the right ones."""


@dataclass(frozen=True)
class Offer:
    """Something that may be answered.

    `key` is what is kept of it, `short` what may be typed for it beside its number, `points` what it earns, `verdict` and `why`
    what is said of it once all answers are in, `named` whether also to somebody who did not give it.
    """

    key: str
    text: str
    points: int
    verdict: str
    why: str = ""
    named: bool = True


@dataclass(frozen=True)
class Item:
    """One thing that is asked: up to `takes` of the offers may be named, and `of` points are to be had.

    `name` begins with the kind: choice, facts, acts, questions, flip or contrast. `ladder` are hints, each telling more than
    the one before, and the first `tells` of them also of the facts that are asked for next; `topics` say what it exercises.
    """

    name: str
    title: str
    ask: str
    offers: tuple[Offer, ...]
    takes: int
    of: int
    ladder: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    tells: int = 0

    @property
    def kind(self) -> str:
        return kind(self.name)

    @property
    def best(self) -> tuple[Offer, ...]:
        """What should have been named: the offers that earn most, and others until there are points enough."""
        ranked = sorted((offer for offer in self.offers if offer.points > 0 and offer.named), key=lambda offer: -offer.points)[: self.takes]
        enough = [n for n in range(len(ranked) + 1) if sum(offer.points for offer in ranked[:n]) >= self.of][:1] or [len(ranked)]
        return tuple(offer for n, offer in enumerate(ranked) if n < enough[0] or offer.points == ranked[0].points)


@dataclass(frozen=True)
class Grade:
    """An answer beside what would have been right; each hint costs a point of what it earned, and so does each of those `told` that
    were taken on the question before and tell of this one."""

    item: Item
    chosen: tuple[Offer, ...]
    hints: int = 0
    told: int = 0

    @property
    def got(self) -> int:
        earned = min(sum(offer.points for offer in self.chosen), self.item.of)
        return max(earned - self.hints - self.told, 0)

    @property
    def missed(self) -> tuple[Offer, ...]:
        """What should have been named and was not."""
        return tuple(offer for offer in self.item.best if offer not in self.chosen)


def laid_out(offers: Sequence[Offer], turn: int) -> tuple[Offer, ...]:
    """Return offers by their words, begun where `turn` says: in every case elsewhere, as right ones begin alike more often than not."""
    ordered = sorted(offers, key=lambda offer: offer.text)
    start = turn % len(ordered) if ordered else 0
    return (*ordered[start:], *ordered[:start])


def kind(name: str) -> str:
    """Return the kind of an item of this name."""
    return name.partition(":")[0]


def at_most(offers: Sequence[Offer], takes: int) -> int:
    """Return what can be earned at most by naming `takes` of some offers."""
    return sum(sorted((max(offer.points, 0) for offer in offers), reverse=True)[:takes])

"""Says what a stored case shares with the one at hand and where they differ, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..evaluating import FALSE, Node
from ..inferring import Inference
from ..nearing import misses
from ..rules import Decision, Knowledge, Line, Rule
from ..terms import Held
from ..world import Cell, WorldRow
from .recalling import Recalled, Recollection
from .resembling import Part, Trait

RARE = 1
"""So many bits say that fewer than half of the cases that know of it are alike."""


class Fact(NamedTuple):
    """Something known of both cases: where it stands in each, and how much it says, in bits."""

    mine: Cell
    theirs: Cell
    trait: Trait


class Choice(NamedTuple):
    """A decision that is shown in both cases, with what was chosen in each."""

    decision: Decision
    mine: Held
    theirs: Held


class Partners(NamedTuple):
    """A row of a list beside the one of the other case that is most like it, with what they have in common."""

    mine: WorldRow
    theirs: WorldRow
    part: Part
    alike: tuple[Fact, ...]


class Stopped(NamedTuple):
    """A rule that one fact stops in each of the two cases, the same one."""

    rule: Rule
    mine: Cell
    theirs: Cell


@dataclass
class Likening:
    """The case at hand beside a stored one."""

    found: Recollection
    one: Recalled

    @property
    def here(self) -> Inference:
        return self.found.showing.inference

    @property
    def there(self) -> Inference:
        return self.one.showing.inference

    @property
    def knowledge(self) -> Knowledge:
        return self.here.knowledge

    # --- decisions

    @cached_property
    def decided(self) -> tuple[Choice, ...]:
        """What is shown in both of each decision, in the order of the decisions."""
        found = []
        for decision in self.knowledge.decisions:
            mine, theirs = self.found.showing.shown(decision), self.one.showing.shown(decision)
            if not decision.derived and mine is not None and theirs is not None:
                found.append(Choice(decision, _main(decision, mine), _main(decision, theirs)))
        return tuple(found)

    # --- facts

    @cached_property
    def _facts(self) -> tuple[Fact, ...]:
        return tuple(self._fact(trait) for trait in self.one.likeness.traits("facts"))

    def _fact(self, trait: Trait) -> Fact:
        entity, attribute = trait.aspect
        worlds = (self.here.world, self.there.world)
        rows = trait.rows or tuple(world.single(entity) for world in worlds)
        mine, theirs = (world.cell(row, attribute) for world, row in zip(worlds, rows, strict=True))
        return Fact(mine, theirs, trait)

    @cached_property
    def known(self) -> tuple[Fact, ...]:
        """What is known alike of single rows and of fewer than half of the cases, first what fewest have."""
        alike = [f for f in self._facts if not f.trait.rows and f.trait.mine == f.trait.theirs and f.trait.shared > RARE]
        return tuple(sorted(alike, key=lambda fact: (-fact.trait.shared, fact.trait.aspect)))

    @cached_property
    def differing(self) -> tuple[Fact, ...]:
        """What is known of both and differs, first what sets them furthest apart; of rows only where they are partners."""
        partners = {(entry.mine, entry.theirs) for entry in self._paired}
        found = [f for f in self._facts if f.trait.differs > 0 and (f.trait.rows is None or f.trait.rows in partners)]
        return tuple(sorted(found, key=lambda fact: (-fact.trait.differs, fact.trait.aspect, fact.mine.row.index)))

    @cached_property
    def _paired(self) -> tuple[Partners, ...]:
        """Every row and its partner that are more alike than not, or are the only ones of their kind."""
        found = []
        for row, other, part in self.one.likeness.pairs:
            only = len(self.one.likeness.mine.rows[row.row.entity]) == len(self.one.likeness.theirs.rows[row.row.entity]) == 1
            if only or part.outweighs > 0:
                about = [f for f in self._facts if f.trait.rows == (row.row, other.row) and f.trait.mine == f.trait.theirs]
                alike = sorted((f for f in about if f.trait.shared), key=lambda fact: (-fact.trait.shared, fact.trait.aspect))
                found.append(Partners(row.row, other.row, part, tuple(alike)))
        return tuple(found)

    @property
    def partners(self) -> tuple[Partners, ...]:
        """The rows that are more alike than not, first those that share most."""
        alike = [entry for entry in self._paired if entry.part.outweighs > 0 and entry.alike]
        return tuple(sorted(alike, key=lambda entry: (-entry.part.shared, entry.mine.entity, entry.mine.index)))

    # --- rules

    @cached_property
    def firing(self) -> tuple[Rule, ...]:
        """The rules that fire in both and in fewer than half of the cases that know as much, first those that fire least."""
        return tuple(rule for rule in self._telling(fires=True))

    def stopped(self) -> Iterator[Stopped]:
        """Yield the rules that one and the same fact stops in both, and that fire in most cases that know as much."""
        for rule in self._telling(fires=False):
            cells = [cell for inference in (self.here, self.there) if (cell := _stopped_by(rule, inference))]
            if len(cells) == 2 and cells[0].key == cells[1].key:
                yield Stopped(rule, *cells)

    def _telling(self, fires: bool) -> list[Rule]:
        """Return the rules that do the same in both while most cases are otherwise; those that only set facts are left out, as
        these facts are compared themselves."""
        alike = [t for t in self.one.likeness.traits("rules") if t.mine == t.theirs == fires and t.shared > RARE]
        ranked = sorted(alike, key=lambda trait: (-trait.shared, trait.aspect))
        return [rule for trait in ranked if self._speaks(rule := self.knowledge.by_id[trait.aspect])]

    def _speaks(self, rule: Rule) -> bool:
        return any(isinstance(effect, Line) or not self.knowledge.settles[effect.target.key].derived for effect in rule.then)


def _main(decision: Decision, shown: Held) -> Held:
    """Return a choice as it is compared: of one that has a main option, that."""
    return shown[0] if isinstance(shown, tuple) and decision.choose == "main_and_more" else shown


def _stopped_by(rule: Rule, inference: Inference) -> Cell | None:
    """Return the fact that alone stops a rule where it comes nearest to firing, None where it is stopped otherwise."""
    nearest = misses(rule, inference.world, inference.knowledge)[:1]
    nodes: tuple[Node, ...] = nearest[0].stopped_by if nearest else ()
    return nodes[0].cell if len(nodes) == 1 and nodes[0].verdict is FALSE else None

"""Finds which facts, were they otherwise, would turn a decision: single ones, then pairs, each run through the engine.

Numbers are tried on and next to each bound that somebody tests. What comes out is exact for each change tried; pairs are
tried within bounds, where a single fact turns nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, islice, product

from .conditions import Key, Test
from .evaluating import Node
from .inferring import Inference, varied
from .limits import Limits
from .nearing import misses
from .rules import Decision, Rule
from .showing import Showing
from .terms import Held, Value
from .world import Cell, WorldRow

REACHES = ("change", "ask", "given")
"""What can be done about a fact: bring it about, ask for it, neither."""
MOST_PAIRS = 800
"""So many pairs are tried for one decision: within our reach, and again beyond it."""
ALL_PAIRS = 3000
"""So many pairs are tried for a case; the decisions asked for first come first."""


@dataclass(frozen=True)
class Change:
    """A fact as it is, and as it would be."""

    cell: Cell
    to: Value


@dataclass(frozen=True)
class Flip:
    """Facts that, were they so, would bring a decision to another choice; `reach` is what can be done about the one furthest from us,
    `hidden` that it is settled as before and only shown otherwise, because of another decision."""

    decision: Decision
    changes: tuple[Change, ...]
    choice: Held | None
    reach: str
    hidden: bool
    key: tuple[object, ...]


@dataclass
class Flipping:
    """Searches one case that is worked out."""

    base: Inference
    tried: int = 0
    left: int = ALL_PAIRS
    limits: Limits = field(init=False)
    now: Showing = field(init=False)
    shown: Mapping[Key, Held | None] = field(init=False)

    def __post_init__(self) -> None:
        self.knowledge = self.base.knowledge
        self.limits = Limits(self.knowledge, self.base.world)
        self.now = Showing(self.base)
        self.shown = self.now.choices
        self.decisions = tuple(self.knowledge.settles[key] for key in self.shown)

    # --- single facts

    @cached_property
    def changes(self) -> list[Change]:
        """Every change of one recorded or unknown fact that could make a difference, in the order of the vocabulary."""
        found = []
        for entity in self.knowledge.vocabulary.entities.values():
            for row in self.base.world.rows[entity.name]:
                for attribute in entity.attributes.values():
                    if attribute.settled or (entity.name, attribute.name) not in self.limits.read:
                        continue
                    cell = self.base.world.cell(row, attribute.name)
                    found += [Change(cell, v) for v in self.limits.across(entity.name, attribute.name) if v != cell.value]
        return found

    @cached_property
    def _single(self) -> dict[Change, Inference]:
        """The changes of one fact after which something fires or is settled otherwise, with what comes out."""
        found = {}
        for change in self.changes:
            trial = self._trial((change,))
            if trial.refired or len(trial.changed) > 1:
                found[change] = trial
        return found

    def _trial(self, changes: tuple[Change, ...]) -> Inference:
        self.tried += 1
        return self.trial(self.base, changes)

    @staticmethod
    def trial(base: Inference, changes: tuple[Change, ...]) -> Inference:
        """Return the case worked out again with the facts of a flip."""
        return varied(base, {(c.cell.row, c.cell.attribute): c.to for c in changes})

    @cached_property
    def singles(self) -> dict[Key, list[Flip]]:
        """For each decision the single facts that turn it, the nearest first; of a number the nearest value for each choice."""
        found: dict[Key, list[Flip]] = {d.key: [] for d in self.decisions}
        for order, (change, trial) in enumerate(self._single.items()):
            turned = self._turned(trial)
            for decision, choice in turned:
                hidden = not trial.changed & decision.keys
                found[decision.key].append(self._flip(decision, (change,), choice, (hidden, len(turned), order)))
        return {key: _nearest(flips) for key, flips in found.items()}

    def _turned(self, trial: Inference) -> list[tuple[Decision, Held | None]]:
        if not trial.changed & self._watched[0] and not trial.refired & self._watched[1]:
            return []
        showing = Showing(trial)
        return [(decision, showing.choices[decision.key]) for decision in showing.turned(self.now)]

    @cached_property
    def _watched(self) -> tuple[frozenset[Key], frozenset[str]]:
        """What has to come out otherwise before a decision can be shown otherwise: attributes, and rules where a mere vote
        counts."""
        voted = [d for d in self.decisions if any(shown.if_voted for shown in d.shown)]
        rules = frozenset(rule.id for d in voted for rule in self.knowledge.voters.get(d.key, ()))
        return frozenset(key for d in self.decisions for key in d.keys), rules

    def _flip(self, decision: Decision, changes: tuple[Change, ...], choice: Held | None, place: tuple[bool, int, int]) -> Flip:
        """Return a flip; `place` says whether the decision is merely hidden by another, how many are turned, and the order."""
        reach = max((self.reach(c.cell) for c in changes), key=REACHES.index)
        hidden, *rest = place
        key = (hidden, REACHES.index(reach), sum(self._far(c) for c in changes), *rest)
        return Flip(decision, changes, choice, reach, hidden, key)

    def reach(self, cell: Cell) -> str:
        """Return what can be done about a fact."""
        attribute = self.knowledge.vocabulary.entities[cell.row.entity].attributes[cell.attribute]
        return "change" if attribute.changeable else "ask" if cell.value is None else "given"

    def _far(self, change: Change) -> float:
        """Return how far a known number has to go, as a part of its range; words are all equally far."""
        attribute = self.knowledge.vocabulary.entities[change.cell.row.entity].attributes[change.cell.attribute]
        if attribute.low is None or attribute.high is None or not isinstance(change.cell.value, int | float):
            return 0.0
        assert isinstance(change.to, int | float)
        return abs(change.to - change.cell.value) / ((attribute.high - attribute.low) or 1)

    # --- pairs

    def pairs(self, decision: Decision) -> list[Flip]:
        """Return the pairs of facts that turn a decision, the nearest first: within our reach, else any; tried within bounds."""
        for within_reach in (True, False):
            found = []
            for number, changes in enumerate(islice(self._pairs(decision, within_reach), min(MOST_PAIRS, self.left))):
                self.left -= 1
                trial = self._trial(changes)
                turned = self._turned(trial)
                place = (not trial.changed & decision.keys, len(turned), number)
                found += [self._flip(d, changes, choice, place) for d, choice in turned if d is decision]
            if found:
                return _nearest(found)
        return []

    def _pairs(self, decision: Decision, within_reach: bool) -> Iterator[tuple[Change, Change]]:
        """Yield pairs worth trying, each once: what stopped a rule that lacked two facts, then changes that each move
        something that the decision rests on, then one of these with what stopped a rule."""
        near = self._near(decision)
        by_cell: dict[Cell, list[Change]] = {}
        for change in self.changes:
            if not within_reach or self.reach(change.cell) != "given":
                by_cell.setdefault(change.cell, []).append(change)
        moving = [c for c, trial in self._single.items() if c.cell in by_cell and self._moves(decision, trial)]
        stopped = [c for cells in near for cell in cells for c in by_cell.get(cell, ())]
        sources: list[Iterable[tuple[Change, Change]]] = [
            *(product(by_cell.get(cells[0], ()), by_cell.get(cells[1], ())) for cells in near if len(cells) == 2),
            combinations(moving, 2), product(moving, dict.fromkeys(stopped)),
        ]  # fmt: skip
        seen: set[frozenset[Change]] = set()
        for source in sources:
            for one, other in source:
                pair = frozenset((one, other))
                if one.cell != other.cell and pair not in seen:
                    seen.add(pair)
                    yield one, other

    def _moves(self, decision: Decision, trial: Inference) -> bool:
        rules, keys = self._ground(decision)
        return bool(trial.refired & rules or trial.changed & keys)

    def _near(self, decision: Decision) -> list[tuple[Cell, ...]]:
        """Return the one or two facts, not concluded by rules, that stopped each rule that a decision rests on."""
        found: dict[tuple[Cell, ...], None] = {}
        for rule_id in sorted(self._ground(decision)[0]):
            if rule_id not in self.base.firings:
                for miss in self._missed(self.knowledge.by_id[rule_id]):
                    found.setdefault(miss)
        return list(found)

    def _missed(self, rule: Rule) -> Iterator[tuple[Cell, ...]]:
        for miss in misses(rule, self.base.world, self.knowledge):
            cells = tuple(dict.fromkeys(cell for node in miss.stopped_by for cell in _cells(node)))
            recorded = tuple(cell for cell in cells if cell.key not in self.knowledge.settles)
            if recorded and len(cells) <= 2 and all(isinstance(node.item, Test) for node in miss.stopped_by):
                yield recorded

    def readers(self, decision: Decision) -> Mapping[Key, int]:
        """Return what the rules read that speak on a decision, and how many of them do."""
        return Counter(key for rule in self.knowledge.voters.get(decision.key, ()) for key in rule.reads)

    def _ground(self, decision: Decision) -> tuple[frozenset[str], frozenset[Key]]:
        """Return the rules that a decision rests on, through all that they read, and what rules settle among it."""
        if decision.key not in self._grounds:
            rules: set[str] = set()
            keys: set[Key] = set()
            waiting = [decision]
            while waiting:
                at = waiting.pop()
                keys |= at.keys
                own = self.knowledge.voters.get(at.key, ())
                rules.update(rule.id for rule in own)
                read = frozenset().union(at.reads, *(rule.reads for rule in own), *(key for shown in at.shown for key in [
                    frozenset(ref.key for ref, _ in shown.when)]))  # fmt: skip
                waiting += [d for key in sorted(read) if (d := self.knowledge.settles.get(key)) and not d.keys <= keys and d not in waiting]
            self._grounds[decision.key] = frozenset(rules), frozenset(keys)
        return self._grounds[decision.key]

    @cached_property
    def _grounds(self) -> dict[Key, tuple[frozenset[str], frozenset[Key]]]:
        return {}


def _cells(node: Node) -> Iterator[Cell]:
    if node.cell is not None:
        yield node.cell
    yield from node.also


def _nearest(flips: list[Flip]) -> list[Flip]:
    """Return flips, the nearest first; of those that differ only in a number, the nearest."""
    found: dict[tuple[object, ...], Flip] = {}
    for flip in sorted(flips, key=lambda flip: flip.key):
        cells: tuple[tuple[WorldRow, str, object], ...] = tuple(
            (c.cell.row, c.cell.attribute, None if isinstance(c.to, int | float) else c.to) for c in flip.changes
        )
        found.setdefault((cells, flip.choice), flip)
    return list(found.values())

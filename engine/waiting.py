"""What rules wait for: the unknowns of those that nothing known makes false, alone or with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .conditions import AnyOf, Count, Every, Key, No, OpenQuestions, Settled, Test, reads
from .evaluating import FALSE, TRUE, UNKNOWN, Node, matches
from .inferring import Inference
from .limits import Open
from .rules import STRENGTHS, Decision, Line, Rule, Vote
from .world import WorldRow


@dataclass(frozen=True)
class Wait:
    """A rule that could still fire on some choice of rows, and the facts it waits for."""

    rule: Rule
    missing: frozenset[Open]


@dataclass(frozen=True)
class Way:
    """A way from a fact to another choice of the main decision: the rule that waits for so many facts in all, this one
    among them, and those of the others that are as near."""

    facts: int
    rule: str
    others: tuple[Open, ...] = ()


@dataclass
class Waiting:
    """What the rules wait for while a case stands as it does."""

    base: Inference
    waits: list[Wait] = field(default_factory=list)
    holes: set[Open] = field(default_factory=set)
    _settling: dict[Key, dict[Open, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Try every rule on the case as it stands: what it waits for, and the holes in the texts that it says."""
        for rule in self.base.knowledge.rules:
            if rule.draft:
                continue
            for match in matches(rule, self.base.world, self.base.knowledge):
                if match.tree.verdict is FALSE:
                    continue
                if missing := frozenset(cell for node in match.tree.children for cell in _unknowns(node)):
                    self.waits.append(Wait(rule, missing))
                if match.fires and not rule.waits_for_questions:
                    self.holes.update(_holes(rule, dict(match.rows), self.base))

    @cached_property
    def all(self) -> frozenset[Open]:
        return frozenset(c for w in self.waits for c in w.missing)

    @cached_property
    def of_this_stage(self) -> frozenset[Open]:
        """The facts that rules on the present stage wait for."""
        route = self.base.knowledge.route
        if route is None:
            return frozenset()
        return frozenset(c for w in self.waits if route.stage.key in reads(w.rule.when) for c in w.missing)

    @cached_property
    def ways(self) -> Mapping[Open, tuple[Way, ...]]:
        """The ways from each fact to another choice of the main decision, by votes that would carry it, shortest first."""
        found: dict[Open, set[Way]] = {}
        main = self.base.knowledge.main
        for wait in self.waits if main else ():
            if any(self._carries(vote, main) for vote in wait.rule.votes):  # type: ignore[arg-type]
                reached = self._reached(wait.missing)
                for cell, facts in reached.items():
                    others = sorted((c for c in reached if c != cell and reached[c] == facts), key=_place)
                    found.setdefault(cell, set()).add(Way(facts, wait.rule.id, tuple(others)))
        return {cell: tuple(sorted(ways, key=lambda w: (w.facts, w.rule, [_place(c) for c in w.others]))) for cell, ways in found.items()}

    def _carries(self, vote: Vote, main: Decision) -> bool:
        """Return whether a vote that is no law or veto would beat the present choice, or be taken beside it."""
        world = self.base.world
        row = world.single(main.entity)
        if vote.target.key not in main.keys or vote.option not in main.options or vote.strength not in ("must", "default"):
            return False
        order = self.base.program.speaking[main.key].order(world.frame)
        choice, strength = world.value(row, main.name), world.strength(row, main.name)
        mine = (STRENGTHS.index(vote.strength), order.index(str(vote.option)))
        taken = choice if isinstance(choice, tuple) else (choice,)
        if vote.option in taken or strength is None or main.choose == "many":
            return vote.option not in taken
        return mine < (STRENGTHS.index(strength), order.index(str(taken[0])))

    def _reached(self, missing: frozenset[Open]) -> dict[Open, int]:
        """Return the facts that could fill what is missing, each with how many are needed in all if it is one of them."""
        settles = self.base.knowledge.settles
        plain = [cell for cell in missing if (cell[0].entity, cell[1]) not in settles]
        parts = [self._setters(settles[row.entity, name].key) for row, name in missing - set(plain)]
        if not all(parts):
            return {}
        least = len(plain) + sum(min(found.values()) for found in parts)
        reached = dict.fromkeys(plain, least)
        for found in parts:
            for cell, facts in found.items():
                total = least - min(found.values()) + facts
                reached[cell] = min(total, reached.get(cell, total))
        return reached

    def _setters(self, key: Key) -> dict[Open, int]:
        """Return the facts that could settle what is not settled, as `_reached` does."""
        if key not in self._settling:
            found: dict[Open, int] = {}
            for wait in self._voting.get(key, ()):
                for cell, facts in self._reached(wait.missing).items():
                    found[cell] = min(facts, found.get(cell, facts))
            self._settling[key] = found
        return self._settling[key]

    @cached_property
    def _voting(self) -> Mapping[Key, list[Wait]]:
        """The rules that wait to speak on each decision."""
        found: dict[Key, list[Wait]] = {}
        for wait in self.waits:
            for key in {self.base.knowledge.settles[vote.target.key].key for vote in wait.rule.votes}:
                found.setdefault(key, []).append(wait)
        return found


def _place(cell: Open) -> tuple[str, int, str]:
    return (cell[0].entity, cell[0].index, cell[1])


def _unknowns(node: Node) -> Iterator[Open]:
    item = node.item
    if isinstance(item, No | Count | Settled | OpenQuestions):
        return
    if isinstance(item, Every):
        for child in node.children:
            if not any(test.verdict is FALSE for test in child.children):
                for test in child.children:
                    yield from _unknowns(test)
        return
    if item == "unless" and node.verdict is not UNKNOWN:
        return
    if isinstance(item, AnyOf) and node.verdict is TRUE:
        return
    if item == "all" and node.verdict is FALSE:
        return
    if isinstance(item, Test):
        if node.verdict is UNKNOWN:
            for cell in (node.cell, *node.also):
                if cell is not None and cell.value is None and cell.attribute != "name":
                    yield cell.row, cell.attribute
        return
    for child in node.children:
        yield from _unknowns(child)


def _holes(rule: Rule, rows: dict[str, WorldRow], base: Inference) -> Iterator[Open]:
    for effect in rule.then:
        text = effect.text if isinstance(effect, Line) else effect.say
        for slot in text.slots if text else ():
            if slot.attribute and slot.entity and slot.attribute != "name":
                row = rows.get(slot.name) or base.world.single(slot.entity)
                if base.world.value(row, slot.attribute) is None:
                    yield row, slot.attribute

"""How near a silent rule came: for each choice of rows the conditions that stopped it, the nearest choice first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .conditions import Pattern, Ref, Test
from .evaluating import FALSE, TRUE, Match, Node, matches
from .rules import Knowledge, Rule
from .world import World


@dataclass(frozen=True)
class Miss:
    """A choice of rows with which a rule does not fire, and what stopped it: each test or condition that does not hold.

    `key` ranks misses, the nearest first: those that fail on the fewest facts by which a row is picked out (the first word that
    a rule tests for equality on it, as a role or a kind, and what joins it to another row), then on the fewest conditions, then
    on what is unknown rather than otherwise, then as late as may be in the rule.
    """

    match: Match
    stopped_by: tuple[Node, ...]
    key: tuple[int, ...]


def misses(rule: Rule, world: World, knowledge: Knowledge) -> list[Miss]:
    """Return the choices of rows with which a rule does not fire, the nearest first."""
    many = {entity.name for entity in knowledge.vocabulary.entities.values() if entity.many}
    found = []
    for match in matches(rule, world, knowledge):
        if not match.fires:
            stopped = tuple(_obstacles(match))
            found.append(Miss(match, stopped, _key(match, stopped, many)))
    return sorted(found, key=lambda miss: miss.key)


def _key(match: Match, stopped: tuple[Node, ...], many: set[str]) -> tuple[int, ...]:
    order = [id(node) for top in match.tree.children for node in top.walk()]
    picking = {id(node) for top in match.tree.children for node in _picking(top, many)}
    identifying = sum(id(node) in picking for node in stopped)
    known = sum(node.verdict is FALSE for node in stopped)
    return identifying, len(stopped), known, -min((order.index(id(node)) for node in stopped), default=0)


def _picking(node: Node, many: set[str]) -> Iterator[Node]:
    """Yield what says of a condition on a row which row is meant; the rest says how it is."""
    if not isinstance(node.item, Pattern) or node.item.entity not in many:
        return
    if node.row is None:
        yield node
    tests = [(child, child.item) for child in node.children if isinstance(child.item, Test)]
    words = [child for child, test in tests if test.options and not test.negated and not test.or_unknown]
    yield from words[:1]
    yield from (child for child, test in tests if child not in words[:1] and any(isinstance(o, Ref) for o in test.options))


def _obstacles(match: Match) -> Iterator[Node]:
    """Yield what does not hold: of a condition on one row each test by itself, of a row that nobody recorded the condition once."""
    missing = set(match.missing)
    for node in match.tree.children:
        if isinstance(node.item, Pattern) and node.row is None:
            if node.item.name in missing:
                missing.discard(node.item.name)
                yield node
        elif isinstance(node.item, Pattern):
            yield from (test for test in node.children if test.verdict is not TRUE)
        elif node.item == "unless":
            if node.verdict is FALSE:
                yield node
        elif node.verdict is not TRUE:
            yield node

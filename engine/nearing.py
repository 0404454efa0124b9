"""How near a silent rule came: for each choice of rows the conditions that stopped it, the nearest choice first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .conditions import Pattern
from .evaluating import FALSE, TRUE, Match, Node, matches
from .rules import Knowledge, Rule
from .world import World


@dataclass(frozen=True)
class Miss:
    """A choice of rows with which a rule does not fire, and what stopped it: each test or condition that does not hold."""

    match: Match
    stopped_by: tuple[Node, ...]


def misses(rule: Rule, world: World, knowledge: Knowledge) -> list[Miss]:
    """Return the choices of rows with which a rule does not fire, those with the fewest obstacles first."""
    found = [Miss(match, tuple(_obstacles(match))) for match in matches(rule, world, knowledge) if not match.fires]
    return sorted(found, key=lambda miss: len(miss.stopped_by))


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

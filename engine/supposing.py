"""Supposes that what stopped a silent rule were otherwise: the case worked out with facts with which that rule fires."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from .conditions import AnyOf, Every, No, Pattern, Test
from .evaluating import NOT_REACHED, TRUE, Node, holds
from .inferring import Inference, varied
from .limits import Limits
from .nearing import Miss
from .terms import Value
from .world import WorldRow

MOST = 64
"""So many ways are tried; of more values every other one."""

Place = tuple[WorldRow, str]
"""Where a fact stands: its row, and the attribute."""


Wish = tuple[Node, bool]
"""A test on a fact that is to pass, or not to."""


def supposed(base: Inference, miss: Miss, limits: Limits) -> tuple[list[Inference], list[Inference]]:
    """Return the case worked out with each way tried to turn the facts that stopped a rule: those in which it fires, and those
    in which something else stops it then.

    Nothing comes back where something else than facts of the rows that there are stopped it. What rules conclude is taken to
    be otherwise too, without asking from which facts that would come.
    """
    match = miss.match
    found: list[Inference] = []
    silent: list[Inference] = []
    for wishes in product(*(list(_alternatives(node)) for node in miss.stopped_by)):
        wanted: dict[Place, list[Value | None]] = {}
        for node, pass_ in (wish for wishes_ in wishes for wish in wishes_):
            assert node.cell is not None
            place = (node.cell.row, node.cell.attribute)
            values = wanted.get(place) or _values(base, limits, node)
            wanted[place] = [value for value in values if _passes(base, node, dict(match.rows), value) is pass_]
        for facts in product(*_thinned(list(wanted.values()))):
            trial = varied(base, dict(zip(wanted, facts, strict=True)))
            fires = any(firing.rows == match.rows for firing in trial.firings.get(match.rule.id, ()))
            (found if fires else silent).append(trial)
        if len(found) + len(silent) >= MOST:
            break
    return found, silent


def _alternatives(node: Node) -> Iterator[list[Wish]]:
    """Yield the tests that would have to come out otherwise for a condition to hold, one list for each way of several."""
    if isinstance(node.item, Test):
        yield [(node, True)]
    elif isinstance(node.item, AnyOf):
        for way in node.children:
            tests = [test for test in _tests(way) if test.verdict is not TRUE]
            if tests and all(test.cell for test in tests):
                yield [(test, True) for test in tests]
    elif isinstance(node.item, Every):
        meant = [row for row in node.children if row.verdict is not NOT_REACHED]
        tests = [test for row in meant for test in row.children if test.verdict is not TRUE]
        if tests:
            yield [(test, True) for test in tests]
    elif isinstance(node.item, No):
        passing = [row for row in node.children if row.verdict is TRUE]
        if len(passing) == 1:
            yield from ([(test, False)] for test in passing[0].children)
    elif node.item == "unless":
        yield from ([(test, False)] for test in _tests(node) if test.cell)


def _tests(node: Node) -> Iterator[Node]:
    """Yield the tests of a list of conditions; one without a fact stands for what is no test of a row that there is."""
    for child in node.children:
        if isinstance(child.item, Pattern) and child.row is not None:
            yield from child.children
        else:
            yield child if isinstance(child.item, Test) else Node(child.item, child.verdict)


def _values(base: Inference, limits: Limits, node: Node) -> list[Value | None]:
    """Return the values that a fact may take, None where a test also asks for it to be unknown."""
    assert node.cell is not None and isinstance(node.item, Test)
    entity, name = node.cell.key
    attribute = base.knowledge.vocabulary.entities[entity].attributes.get(name)
    if attribute is None:
        return []
    decision = base.knowledge.settles.get(node.cell.key)
    words: list[Value | None] = list(decision.options) if decision and decision.options else list(attribute.values)
    numbers = limits.answers(entity, name) if attribute.numeric else []
    return [*words, *numbers, *([None] if node.item.or_unknown else [])]


def _passes(base: Inference, node: Node, rows: dict[str, WorldRow], value: Value | None) -> bool:
    """Return whether a test would pass, were its fact so."""
    assert node.cell is not None and isinstance(node.item, Test)
    world = base.world.copy()
    world.put(node.cell.row, node.cell.attribute, value)
    asked = Pattern(node.cell.row.entity, "supposed", (node.item,), node.item.place)
    return holds((asked,), world, base.knowledge, {**rows, "supposed": node.cell.row}) is TRUE


def _thinned(values: list[list[Value | None]]) -> list[list[Value | None]]:
    """Return fewer values of each fact, the longest lists first, until there are no more ways than are tried."""
    while prod(map(len, values)) > MOST:
        longest = max(range(len(values)), key=lambda n: len(values[n]))
        values[longest] = values[longest][::2]
    return values

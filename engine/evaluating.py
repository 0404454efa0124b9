"""What a rule means: walks its conditions over the facts and says of each node whether it is true, false or unknown.

This is the reference. Every other way to run the rules has to agree with it, and reasons are read off its trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import product

from .conditions import (
    AnyOf,
    Condition,
    Count,
    CountRef,
    Every,
    FigureRef,
    No,
    OpenQuestions,
    Operand,
    Pattern,
    Ref,
    Settled,
    Test,
    named_counts,
)
from .rules import Knowledge, Rule
from .terms import Held
from .world import Cell, World, WorldRow


class Verdict(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    NOT_REACHED = "not reached"


TRUE, FALSE, UNKNOWN, NOT_REACHED = Verdict
Env = dict[str, WorldRow]


@dataclass(frozen=True)
class Node:
    """A condition or a test with its verdict, the cell it looked at, and what it was compared with."""

    item: Condition | Test | str
    verdict: Verdict
    cell: Cell | None = None
    also: tuple[Cell, ...] = ()
    children: tuple[Node, ...] = ()
    row: WorldRow | None = None

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Match:
    """A rule tried on one choice of rows: `rows` are the names it binds, `tree` what came of each condition."""

    rule: Rule
    rows: tuple[tuple[str, WorldRow], ...]
    counts: tuple[tuple[str, int], ...]
    tree: Node
    missing: tuple[str, ...] = field(default=())

    @property
    def fires(self) -> bool:
        return self.tree.verdict is TRUE


def matches(rule: Rule, world: World, knowledge: Knowledge, only_firing: bool = False) -> list[Match]:
    """Return the rule tried on every choice of rows for its names, in the order of the rows.

    Where an entity that it binds has no row, there is one match with that condition false. With `only_firing` the
    matches that do not fire are left out.
    """
    evaluator = Evaluator(world, knowledge)
    found = []
    for env, missing in evaluator.choices(rule.when, evaluator.base):
        counts: dict[str, int] = {}
        nodes = evaluator.all_of(rule.when, env, counts)
        verdict = conjunction(node.verdict for node in nodes)
        if only_firing and verdict is not TRUE:
            continue
        exception = evaluator.unless(rule.unless, env, counts, verdict)
        if exception and exception.verdict is FALSE:
            verdict = FALSE
        if only_firing and verdict is not TRUE:
            continue
        tree = Node("rule", verdict, children=(*nodes, *([exception] if exception else [])))
        rows = tuple((name, row) for name, row in env.items() if name not in evaluator.base)
        taken = tuple((c.name, counts[c.name]) for c in rule.when if isinstance(c, Count) and c.name)
        found.append(Match(rule, rows, taken, tree, missing))
    return found


def holds(conditions: Sequence[Condition], world: World, knowledge: Knowledge, rows: Env | None = None) -> Verdict:
    """Return whether a list of conditions holds for some choice of rows, those in `rows` given."""
    evaluator = Evaluator(world, knowledge)
    return evaluator.some(conditions, {**evaluator.base, **(rows or {})}, {})[0]


@dataclass(frozen=True)
class Choice:
    """Rows by name with which a list of conditions holds, the counts it took, and what came of each condition."""

    rows: tuple[tuple[str, WorldRow], ...]
    counts: tuple[tuple[str, int], ...]
    nodes: tuple[Node, ...]


def choices(conditions: Sequence[Condition], world: World, knowledge: Knowledge, rows: Env | None = None) -> list[Choice]:
    """Return each choice of rows for the names of a list of conditions with which the list holds, those in `rows` given."""
    evaluator = Evaluator(world, knowledge)
    found = []
    for env, missing in evaluator.choices(conditions, {**evaluator.base, **(rows or {})}):
        counts: dict[str, int] = {}
        nodes = evaluator.all_of(conditions, env, counts)
        if not missing and conjunction(node.verdict for node in nodes) is TRUE:
            named = tuple((name, row) for name, row in env.items() if name not in evaluator.base)
            found.append(Choice(named, tuple(counts.items()), tuple(nodes)))
    return found


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    verdicts = list(verdicts)
    if FALSE in verdicts:
        return FALSE
    return UNKNOWN if UNKNOWN in verdicts else TRUE


def disjunction(verdicts: Iterable[Verdict]) -> Verdict:
    verdicts = list(verdicts)
    if TRUE in verdicts:
        return TRUE
    return UNKNOWN if UNKNOWN in verdicts else FALSE


class Evaluator:
    def __init__(self, world: World, knowledge: Knowledge):
        self.world = world
        self.knowledge = knowledge
        self.base: Env = {e.name: world.rows[e.name][0] for e in knowledge.vocabulary.entities.values() if not e.many}

    def choices(self, conditions: Iterable[Condition], env: Env) -> Iterator[tuple[Env, tuple[str, ...]]]:
        """Yield the names of `env` with each choice of rows for the new names of a list, and the names without rows."""
        new: dict[str, str] = {}
        for condition in conditions:
            if isinstance(condition, Pattern) and condition.name not in env:
                new.setdefault(condition.name, condition.entity)
        pools = [(name, self.world.rows[entity]) for name, entity in new.items()]
        missing = tuple(name for name, rows in pools if not rows)
        filled = [(name, rows) for name, rows in pools if rows]
        for rows in product(*(rows for _, rows in filled)):
            yield {**env, **{name: row for (name, _), row in zip(filled, rows, strict=True)}}, missing

    def all_of(self, conditions: Sequence[Condition], env: Env, counts: dict[str, int]) -> list[Node]:
        """Return a node for each condition; counts are taken first, as other conditions may read them."""
        for condition in named_counts(conditions):
            counts[condition.name] = self._count(condition, env, counts)
        return [self.node(condition, env, counts) for condition in conditions]

    def some(self, conditions: Sequence[Condition], env: Env, counts: dict[str, int]) -> tuple[Verdict, list[Node]]:
        """Return whether the list holds for some rows, with the nodes of the choice that came nearest; where none is known
        to hold but some may, with those of all that may."""
        rank = {TRUE: 0, UNKNOWN: 1, FALSE: 2}
        open_: list[Node] = []
        best: tuple[int, int] | None = None
        found: tuple[Verdict, list[Node]] = (FALSE, [])
        for inner, _ in self.choices(conditions, env):
            nodes = self.all_of(conditions, inner, dict(counts))
            verdict = conjunction(node.verdict for node in nodes)
            open_ += nodes if verdict is UNKNOWN else []
            key = (rank[verdict], sum(node.verdict is not TRUE for node in nodes))
            if best is None or key < best:
                best, found = key, (verdict, nodes)
        return (UNKNOWN, open_) if found[0] is UNKNOWN else found

    def unless(self, conditions: Sequence[Condition], env: Env, counts: dict[str, int], when: Verdict) -> Node | None:
        """Return a node that is false where the exception is known to hold, unknown where nobody has checked it."""
        if not conditions:
            return None
        if when is not TRUE:
            return Node("unless", NOT_REACHED)
        verdict, nodes = self.some(conditions, env, counts)
        turned = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[verdict]
        return Node("unless", turned, children=tuple(nodes))

    def node(self, condition: Condition, env: Env, counts: dict[str, int]) -> Node:
        if isinstance(condition, Pattern):
            bound = env.get(condition.name)
            if bound is None:
                return Node(condition, FALSE, children=tuple(Node(test, NOT_REACHED) for test in condition.tests))
            tests = self._tests(condition.tests, bound, env, counts)
            return Node(condition, conjunction(t.verdict for t in tests), children=tests, row=bound)
        if isinstance(condition, No):
            rows = self._rows(condition.pattern, env, counts)
            return Node(condition, FALSE if any(n.verdict is TRUE for n in rows) else TRUE, children=rows)
        if isinstance(condition, Every):
            return self._every(condition, env, counts)
        if isinstance(condition, Count):
            rows = self._rows(condition.pattern, env, counts)
            number = sum(n.verdict is TRUE for n in rows)
            verdict, cells = self._within(number, condition.bounds, env, counts)
            return Node(condition, verdict, also=cells, children=rows)
        if isinstance(condition, AnyOf):
            found = [self.some(choice, env, counts) for choice in condition.choices]
            children = tuple(Node("all", verdict, children=tuple(nodes)) for verdict, nodes in found)
            return Node(condition, disjunction(verdict for verdict, _ in found), children=children)
        if isinstance(condition, Settled):
            row = env.get(condition.target.name)
            if row is None:
                return Node(condition, FALSE)
            strength = self.world.strength(row, condition.target.attribute)
            stands = strength is not None and (not condition.by or strength in condition.by)
            cell = self.world.cell(row, condition.target.attribute)
            return Node(condition, TRUE if stands is condition.stands else FALSE, cell)
        return self._open(condition)

    def _open(self, condition: OpenQuestions) -> Node:
        number = self.world.open_questions
        if number is None:
            return Node(condition, NOT_REACHED)
        verdict, cells = self._within(number, condition.bounds, self.base, {})
        return Node(condition, verdict, also=cells, children=(Node(str(number), verdict),))

    def _rows(self, pattern: Pattern, env: Env, counts: dict[str, int]) -> tuple[Node, ...]:
        """Return a node for each row of the entity, seen afresh."""
        found = []
        for row in self.world.rows[pattern.entity]:
            inner = {**env, pattern.name: row} if pattern.name else env
            tests = self._tests(pattern.tests, row, inner, counts)
            found.append(Node(pattern, conjunction(t.verdict for t in tests), children=tests, row=row))
        return tuple(found)

    def _count(self, condition: Count, env: Env, counts: dict[str, int]) -> int:
        return sum(node.verdict is TRUE for node in self._rows(condition.pattern, env, counts))

    def _every(self, condition: Every, env: Env, counts: dict[str, int]) -> Node:
        """A row whose meaning is unknown is left out; it decides only that nobody may say that none is meant."""
        children = []
        passed: list[Verdict] = []
        meant = self._rows(condition.pattern, env, counts)
        for node in meant:
            assert node.row is not None
            inner = {**env, condition.pattern.name: node.row} if condition.pattern.name else env
            if node.verdict is TRUE:
                tests = self._tests(condition.tests, node.row, inner, counts)
                passed.append(conjunction(t.verdict for t in tests))
                children.append(Node(condition.pattern, passed[-1], children=(*node.children, *tests), row=node.row))
            else:
                children.append(Node(condition.pattern, NOT_REACHED, children=node.children, row=node.row))
        if not passed:
            verdict = UNKNOWN if any(n.verdict is UNKNOWN for n in meant) else FALSE
        else:
            verdict = conjunction(passed)
        return Node(condition, verdict, children=tuple(children))

    def _tests(self, tests: Sequence[Test], row: WorldRow, env: Env, counts: dict[str, int]) -> tuple[Node, ...]:
        return tuple([self._test(test, row, env, counts) for test in tests])

    def _test(self, test: Test, row: WorldRow, env: Env, counts: dict[str, int]) -> Node:
        cell = self.world.cell(row, test.attribute)
        value = cell.value
        if test.bounds:
            verdict, also = self._within(value, test.bounds, env, counts)
            return Node(test, verdict, cell, also)
        found = [self._operand(option, env, counts) for option in test.options]
        also = tuple(c for _, c in found if c)
        if value is None:
            return Node(test, TRUE if test.or_unknown else UNKNOWN, cell, also)
        values = set(value if isinstance(value, tuple) else (value,))
        if any(option is not None and values.intersection(option if isinstance(option, tuple) else (option,)) for option, _ in found):
            return Node(test, FALSE if test.negated else TRUE, cell, also)
        if any(option is None for option, _ in found):
            return Node(test, UNKNOWN, cell, also)
        return Node(test, TRUE if test.negated else FALSE, cell, also)

    def _within(
        self, value: Held | None, bounds: Sequence[tuple[str, Operand]], env: Env, counts: dict[str, int]
    ) -> tuple[Verdict, tuple[Cell, ...]]:
        verdicts, cells = [], []
        for word, operand in bounds:
            bound, cell = self._operand(operand, env, counts)
            cells += [cell] if cell else []
            known = value is not None and bound is not None
            verdicts.append(UNKNOWN if not known else TRUE if _compare(word, value, bound) else FALSE)  # type: ignore[arg-type]
        return conjunction(verdicts), tuple(cells)

    def _operand(self, operand: Operand, env: Env, counts: dict[str, int]) -> tuple[Held | None, Cell | None]:
        """Return the value to compare with (None where it is unknown) and the cell it was read from."""
        if isinstance(operand, Ref):
            cell = self.world.cell(env[operand.name], operand.attribute) if operand.name in env else None
            return (cell.value if cell else None), cell
        if isinstance(operand, FigureRef):
            figure = self.knowledge.figures[operand.name]
            if figure.by is None:
                return figure.value, None  # type: ignore[return-value]
            cell = self.world.cell(self.base[figure.by[0]], figure.by[1])
            return (figure.value.get(str(cell.value)) if cell.value is not None else None), cell  # type: ignore[union-attr]
        if isinstance(operand, CountRef):
            return counts.get(operand.name), None
        return operand, None


def _compare(word: str, value: int | float, bound: int | float) -> bool:
    if word == "at_least":
        return value >= bound
    if word == "at_most":
        return value <= bound
    return value > bound if word == "above" else value < bound

"""An oracle: the rules of a knowledge base wired to experta's own Rete network, with no matcher or strategy of ours.

A row is one fact with its attributes as slots, None where unknown (an absent slot never matches). A name of a rule is
one pattern with one predicate for each slot; what compares rows is a TEST. What a rule asks beyond its rows (`count`,
`every`, `any`, `unless`, a `no` that compares) is a helper: experta rules run one pass earlier, whose solutions are
counted, for each choice of the rows of the rule around it, in `Found` facts. Only settling is shared with the engine.
"""

from __future__ import annotations

import inspect
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from engine.conditions import AnyOf, Condition, Count, CountRef, Every, FigureRef, No, Operand, Pattern, Ref, Settled, Test, named_counts
from engine.inferring import Inference
from engine.matching import experta
from engine.rules import Decision, Knowledge, Rule, Stratum
from engine.settling import Firing, Outcome
from engine.world import World, WorldRow

Binding = tuple[tuple[str, str, int], ...]
Solutions = set[frozenset[tuple[str, Any]]]
Values = dict[str, Any]
Asked = list[tuple[str, Test | Settled | None]]
COMPARED = {"at_least": operator.ge, "at_most": operator.le, "above": operator.gt, "below": operator.lt}


class Row(experta.Fact):  # type: ignore[misc]
    """Row(entity, (entity, index), attribute=value ...); the slot "x by" is the strength that carried a settled x."""


class Found(experta.Fact):  # type: ignore[misc]
    """Found(helper, n, name=(entity, index) ...): a helper has n solutions beside these outer rows."""


@dataclass
class Wired:
    """A rule, or a helper with the names and entities outside it; a helper of `any` has a side for each choice."""

    id: str
    sides: list[list[Any]]
    level: int
    rule: Rule | None = None
    outer: dict[str, str] = field(default_factory=dict)


class _Side:
    """The left side of an experta rule; `outer` and `counts` are the names and the counts of the rule around it."""

    def __init__(self, network: _Network, outer: dict[str, str], counts: dict[str, Wired], conditions: Sequence[Condition]):
        self.network = network
        self.names = {**outer, **{c.name: c.entity for c in conditions if isinstance(c, Pattern)}}
        self.counts = dict(counts)
        self.rows: dict[str, Asked] = {name: [] for name in outer if name not in network.singles}
        self.rest: list[Any] = []
        self.level = 0
        unnamed = [condition for condition in conditions if isinstance(condition, Count) and not condition.name]
        self.numbers = {condition: self.counted(condition) for condition in (*named_counts(conditions), *unnamed)}
        for condition in conditions:
            self.add(condition)

    def add(self, condition: Condition) -> None:
        if isinstance(condition, Pattern):
            self.row(condition.name).extend((t.attribute, t) for t in condition.tests if not _compares(t))
            for test in filter(_compares, condition.tests):
                self.compare_test(test, Ref(condition.name, test.attribute, condition.entity))
        elif isinstance(condition, Settled):
            self.row(condition.target.name).append((f"{condition.target.attribute} by", condition))
        elif isinstance(condition, Count):
            number, bounds = self.numbers[condition], condition.bounds
            self.compare([number, *(b for _, b in bounds)], lambda values: self.network.within(values[_bind(number)], bounds, values))
        elif isinstance(condition, AnyOf):
            self.rest.append(self.found(self.helper(condition.choices)))
        elif isinstance(condition, Every):
            meant = self.helper([[_fresh(condition.pattern)]])
            passing = self.helper([[_fresh(condition.pattern, condition.tests)]])
            self.rest += [self.found(helper, bind=f"{meant.id} meant") for helper in (meant, passing)]
        elif isinstance(condition, No) and not any(map(_compares, condition.pattern.tests)):
            row = self.network.pattern(condition.pattern.entity, [(t.attribute, t) for t in condition.pattern.tests])
            self.rest.append(experta.NOT(row))
        elif isinstance(condition, No):
            self.none([_fresh(condition.pattern)])
        else:
            raise NotImplementedError(condition)

    def counted(self, condition: Count) -> CountRef:
        """Count with a helper, and return how other conditions read the number: all may, so this comes first."""
        helper = self.helper([[_fresh(condition.pattern)]])
        self.counts[condition.name or helper.id] = helper
        return CountRef(condition.name or helper.id)

    def row(self, name: str) -> Asked:
        """Return what is asked of single slots of the row called `name`; it has a pattern from now on."""
        return self.rows.setdefault(name, [])

    def compare_test(self, test: Test, own: Ref) -> None:
        self.compare([own, *_operands(test)], lambda values: self.network.passes(test, values[_bind(own)], values))

    def compare(self, operands: Iterable[Operand], check: Callable[[Values], bool]) -> None:
        """Add a TEST, binding for it the slots and counts from which the operands are read."""
        read = [o for operand in operands if (o := _read_from(operand))]
        for operand in read:
            if isinstance(operand, Ref):
                self.row(operand.name).append((operand.attribute, None))
            elif operand.name in self.counts:
                self.rest.append(self.found(self.counts[operand.name], 0, _bind(operand)))

        def test(**values: Any) -> bool:
            return check(values)

        parameters = [inspect.Parameter(bind, inspect.Parameter.KEYWORD_ONLY) for bind in dict.fromkeys(map(_bind, read))]
        test.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        self.rest.append(experta.TEST(test))

    def helper(self, choices: Iterable[Sequence[Condition]]) -> Wired:
        """Return a helper with a solution for each way in which one of the lists holds."""
        sides = [_Side(self.network, self.names, self.counts, choice) for choice in choices]
        outer = {name: entity for name, entity in self.names.items() if name not in self.network.singles}
        level = max(side.level for side in sides)
        helper = Wired(f"helper {len(self.network.wired)}", [side.patterns() for side in sides], level, outer=outer)
        self.network.wired.append(helper)
        return helper

    def found(self, helper: Wired, least: int = 1, bind: str | None = None) -> Found:
        """Return the pattern that asks for at least so many solutions of a helper beside the rows bound here."""
        self.level = max(self.level, helper.level + 1)
        return Found(helper.id, experta.P(lambda n: n >= least, bind), **{name: experta.W(name) for name in helper.outer})

    def none(self, conditions: Sequence[Condition]) -> None:
        self.rest.append(experta.NOT(self.found(self.helper([conditions]))))

    def patterns(self) -> list[Any]:
        """Return the rows, what was found, what is compared, and the negations, which look at what is bound before them."""
        rows = [self.network.pattern(self.names[name], asked, name) for name, asked in self.rows.items()]
        return [*rows, *sorted(self.rest, key=lambda c: [Found, experta.TEST, experta.NOT].index(type(c)))]


class _Network:
    """The experta rules of a knowledge base: for each stratum an engine a pass, built once and reset for each case."""

    def __init__(self, knowledge: Knowledge):
        self.knowledge = knowledge
        self.singles = {e.name: e.name for e in knowledge.vocabulary.entities.values() if not e.many}
        self.predicates: dict[tuple[Test | Settled, ...], Callable[[Any], bool]] = {}
        self.engines = [self.engines_of(stratum) for stratum in knowledge.strata]

    def engines_of(self, stratum: Stratum) -> list[Any]:
        self.wired: list[Wired] = []
        for rule in stratum.rules:
            side = _Side(self, self.singles, {}, rule.when)
            if rule.unless:
                side.none(rule.unless)
            self.wired.append(Wired(rule.id, [side.patterns()], side.level, rule))
        levels = sorted({wired.level for wired in self.wired})
        return [_engine([wired for wired in self.wired if wired.level == level]) for level in levels]

    def pattern(self, entity: str, asked: Asked, name: str = "") -> Row:
        """Return the pattern of a row: one predicate a slot, shared by equal tests, which binds what a TEST reads."""
        slots: Values = {}
        for slot, test in asked:
            slots.setdefault(slot, []).append(test)
        for slot, tests in slots.items():
            asked_of = tuple(test for test in tests if test)
            slots[slot] = experta.P(self.predicate(asked_of), f"{name}__{slot}" if None in tests else None)
        return Row(entity, *([experta.W(name)] if name else []), **slots)

    def predicate(self, tests: tuple[Test | Settled, ...]) -> Callable[[Any], bool]:
        return self.predicates.setdefault(tests, lambda value: all(self.passes(test, value, {}) for test in tests))

    def passes(self, test: Test | Settled, value: Any, values: Values) -> bool:
        """Return whether a value is known to pass: what it is compared with must be known, unless one option is met."""
        if isinstance(test, Settled):
            return (value is not None and (not test.by or value in test.by)) is test.stands
        if value is None:
            return test.or_unknown
        if test.bounds:
            return self.within(value, test.bounds, values)
        options = [self.read(option, values) for option in test.options]
        met = any(_taken(value) & _taken(option) for option in options if option is not None)
        return not met and None not in options if test.negated else met

    def within(self, value: Any, bounds: Iterable[tuple[str, Operand]], values: Values) -> bool:
        limits = [(word, self.read(operand, values)) for word, operand in bounds]
        return all(limit is not None and COMPARED[word](value, limit) for word, limit in limits)

    def read(self, operand: Operand, values: Values) -> Any:
        """Return what an operand stands for, None where that is unknown."""
        source = _read_from(operand)
        found = values.get(_bind(source)) if source else None
        if isinstance(operand, FigureRef):
            figure: Any = self.knowledge.figures[operand.name].value
            return figure.get(found) if operand.by else figure
        return found if source else operand


def _taken(value: Any) -> set[Any]:
    """Return a value as a set: a decision that takes many holds several."""
    return set(value) if isinstance(value, tuple) else {value}


def _fresh(pattern: Pattern, more: tuple[Test, ...] = ()) -> Pattern:
    return Pattern(pattern.entity, pattern.name or "FRESH", (*pattern.tests, *more), pattern.place)


def _operands(test: Test) -> list[Operand]:
    return [*test.options, *(bound for _, bound in test.bounds)]


def _compares(test: Test) -> bool:
    return any(map(_read_from, _operands(test)))


def _read_from(operand: Operand) -> Ref | CountRef | None:
    """Return the slot or the count that an operand is read from, None for a constant."""
    if isinstance(operand, FigureRef):
        return Ref(operand.by[0], operand.by[1], operand.by[0]) if operand.by else None
    return operand if isinstance(operand, Ref | CountRef) else None


def _bind(operand: Ref | CountRef) -> str:
    return f"{operand.name.replace(' ', '_')}__{operand.attribute if isinstance(operand, Ref) else ''}"


def _engine(wired: Sequence[Wired]) -> Any:
    """Return an engine whose rule bodies note their solutions. It is given its facts all at once, by DefFacts: declared one
    by one they would put activations on the agenda that a later one cancels, which the stock strategy gets wrong (fault 1).
    """

    def body(id: str) -> Callable[..., None]:
        return lambda engine, **context: engine.solutions[id].add(frozenset(context.items()))

    def told(engine: Any, facts: list[Any]) -> Iterable[Any]:
        yield from facts

    rules = {f"{w.id} side {i}": experta.Rule(*side)(body(w.id)) for w in wired for i, side in enumerate(w.sides)}
    engine = type("Pass", (experta.KnowledgeEngine,), {**rules, "told": experta.DefFacts()(told)})()
    engine.wired = wired
    return engine


def _rows(knowledge: Knowledge, world: World) -> Iterable[Any]:
    for entity in knowledge.vocabulary.entities.values():
        for row in world.rows[entity.name]:
            slots: Values = {a: world.value(row, a) for a in entity.attributes} | {"name": row.name or None}
            slots |= {f"{a.name} by": world.strength(row, a.name) for a in entity.attributes.values() if a.settled}
            yield Row(entity.name, (entity.name, row.index), **slots)


def _counted(helper: Wired, solutions: Solutions, world: World) -> Iterable[Any]:
    numbers = Counter(tuple(dict(context)[name] for name in helper.outer) for context in solutions)
    for rows in product(*([(entity, row.index) for row in world.rows[entity]] for entity in helper.outer.values())):
        yield Found(helper.id, numbers[rows], **dict(zip(helper.outer, rows, strict=True)))


def _firings(rule: Rule, solutions: Solutions, world: World, singles: dict[str, str]) -> Iterable[Firing]:
    names = dict.fromkeys(c.name for c in rule.when if isinstance(c, Pattern) and c.name not in singles)
    counts = [c.name for c in rule.when if isinstance(c, Count) and c.name]
    for context in map(dict, solutions):
        rows = tuple((name, world.rows[context[name][0]][context[name][1]]) for name in names)
        yield Firing(rule.id, rows, tuple((name, context[_bind(CountRef(name))]) for name in counts))


def outcomes(inference: Inference, decision: Decision) -> list[tuple[WorldRow, Outcome]]:
    """Return how a decision came out for each row that holds it, by the engine's account that keeps what lost."""
    settling = inference.settlings[decision.key]
    whole = [] if decision.per_row == decision.entity else [(inference.world.single(decision.entity), settling.whole)]
    return [*settling.per_row, *whole]


_networks: dict[int, _Network] = {}


def rete_inferred(knowledge: Knowledge, world: World) -> dict[str, set[Binding]]:
    """Return for each rule the rows of its firings, as Rete finds them. The world given is left as it is."""
    network = _networks.get(id(knowledge)) or _networks.setdefault(id(knowledge), _Network(knowledge))
    inference = Inference(knowledge, world.copy())
    for stratum, engines in zip(knowledge.strata, network.engines, strict=True):
        facts = list(_rows(knowledge, inference.world))
        for engine in engines:
            engine.solutions = {wired.id: set() for wired in engine.wired}
            engine.reset(facts=facts)
            engine.run()
            for wired in engine.wired:
                if wired.rule:
                    found = tuple(_firings(wired.rule, engine.solutions[wired.id], world, network.singles))
                    inference.firings.update({wired.id: found} if found else {})
                else:
                    facts += _counted(wired, engine.solutions[wired.id], world)
        for decision in stratum.settles:
            for row, outcome in outcomes(inference, decision):
                inference.world.put(row, decision.name, decision.held(outcome.choices))  # type: ignore[arg-type]
                inference.world.put(row, f"{decision.name}!", outcome.strength)
    return bindings(inference)


def bindings(inference: Inference) -> dict[str, set[Binding]]:
    """Return for each rule the rows of its firings: (name, entity, place in the list)."""
    return {
        id: {tuple((name, row.entity, row.index) for name, row in firing.rows) for firing in firings}
        for id, firings in inference.firings.items()
    }

"""Turns rules into Python: a function for one rule, and one for all rules of a stratum, written as plain loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from .conditions import Condition, Count, CountRef, FigureRef, Pattern, Ref, Settled, Test, named_counts
from .emitting import Emitter, counted, made_names, mentioned
from .rules import Knowledge, Rule
from .settling import Firing
from .world import Frame

Fire = Callable[[Frame, dict[str, tuple[Firing, ...]]], None]
"""Adds the firings on a frame by rule, those of one rule in the order of its names and of the rows."""


class RuleFailed(Exception):
    """A rule could not be worked out: a mistake of ours, with the rule and the facts it happened on."""


def broken(rule: Rule, frame: Frame, knowledge: Knowledge, error: Exception) -> RuleFailed:
    """Return the failure of a rule, with what is known of all that it reads."""
    facts = []
    for entity, attribute in sorted(rule.reads):
        at = knowledge.vocabulary.slots[entity][attribute]
        facts += [f"{row[0].address}.{attribute} = {row[at]!r}" for row in frame[entity] if row[at] is not None]
    return RuleFailed(f"rule {rule.id} broke on {', '.join(facts) or 'no fact'}: {error!r}")


def compiled(rules: Iterable[Rule], knowledge: Knowledge) -> Fire:
    """Return the function that fires some rules, none of which waits for another; those with one gate stand behind it once."""
    emitter = Emitter(knowledge)
    gates: dict[tuple[Any, ...] | None, list[tuple[Rule, Test | None]]] = {}
    for rule in rules:
        found = gate(rule, knowledge)
        gates.setdefault(found and found[:3], []).append((rule, found and found.test))
    lines = []
    for key, behind in gates.items():
        pad = "    "
        if key is not None:
            entity, place, passing = key
            lines.append(f"{pad}if {emitter.var(entity)}[{place}] {_among(passing, emitter)}:")
            pad += "    "
        walks: dict[str, list[_RuleBody]] = {}
        for rule, test in behind:
            body = _RuleBody(emitter, rule, test)
            walks.setdefault(body.walked or rule.id, []).append(body)
        for bodies in walks.values():
            lines += _walk(emitter, bodies, knowledge, pad) if len(bodies) > 1 else bodies[0].lines(pad)
    return cast(Fire, _built(emitter, "_frame, _fired", lines or ["    pass"], "<rules>"))


def _walk(emitter: Emitter, bodies: Sequence[_RuleBody], knowledge: Knowledge, pad: str) -> list[str]:
    """Return one loop for rules that each walk through the rows of the same list; a test that several make on a row is made once."""
    entity, inner = bodies[0].walked, pad + "    "
    emitter.indexes = {}
    doors: dict[tuple[int, frozenset[Any]] | None, list[tuple[_RuleBody, Test | None]]] = {}
    for body in bodies:
        door = gate(body.rule, knowledge, many=True)
        doors.setdefault(door and (door.slot, door.passing), []).append((body, door and door.test))
    lines = []
    for key, behind in doors.items():
        if key is not None:
            lines.append(f"{inner}if _row[{key[0]}] {_among(key[1], emitter)}:")
        for body, test in behind:
            lines += body.within(inner + "    " * (key is not None), test)
    names = dict.fromkeys(name for body in bodies for name in body.names)
    indexes = [f"{pad}{name} = {text}" for name, text in emitter.indexes.items()]
    bound = [f"{inner}{' = '.join(map(emitter.var, names))} = _row"]
    return [*indexes, f"{pad}for _row in {emitter.rows(entity)}:", *bound, *lines]


def holding(conditions: Sequence[Condition], knowledge: Knowledge) -> Callable[[Frame], bool]:
    """Return the function that says whether a list of conditions is known to hold for some choice of rows."""
    emitter = Emitter(knowledge)
    lines = [f"    return bool({emitter.all(conditions, emitter.singles)})"]
    return cast(Callable[[Frame], bool], _built(emitter, "_frame", lines, "<conditions>"))


def _built(emitter: Emitter, parameters: str, lines: Sequence[str], name: str) -> Any:
    head = [f"def _function({parameters}):", *(f"    {variable} = {text}" for variable, text in emitter.fetched.items())]
    space: dict[str, Any] = {"_Firing": Firing, "_new": tuple.__new__, "_index": _index, **emitter.constants}
    exec(compile("\n".join([*head, *lines]), name, "exec"), space)
    return space["_function"]


def _among(values: frozenset[Any], emitter: Emitter) -> str:
    return f"== {next(iter(values))!r}" if len(values) == 1 else f"in {emitter.constant(values)}"


def _index(seen: dict[tuple[str, int], dict[Any, list[list[Any]]]], entity: str, at: int, rows: list[list[Any]]) -> Mapping[Any, Any]:
    """Return the rows by the known values of one attribute; made once in the run of a function."""
    found = seen.get((entity, at))
    if found is None:
        found = seen[entity, at] = {}
        for row in rows:
            if row[at] is not None:
                found.setdefault(row[at], []).append(row)
    return found


class _RuleBody:
    """Writes one rule: a loop for each name, each test as early as it can stand; `passed` are tests already made."""

    def __init__(self, emitter: Emitter, rule: Rule, passed: Test | None = None):
        self.emitter = emitter
        self.rule = rule
        self.passed = [passed]
        self.names = made_names(rule.when, emitter.singles)

    @property
    def walked(self) -> str:
        """The list whose rows it walks through, where it has one name and nothing is to be looked at before it walks; else empty."""
        return next(iter(self.names.values())) if len(self.names) == 1 and not self._steps(list(self.names))[0] else ""

    def within(self, pad: str, passed: Test | None) -> list[str]:
        """Return what stands in a loop that binds its one name: a firing for a row is added to those for the rows before."""
        (name,) = self.names
        self.passed.append(passed)
        self.emitter.looped = {name}
        lines, inner = self._tested(self._steps([name])[1], {**self.emitter.singles, **self.names}, pad, last=True)
        key = repr(self.rule.id)
        return [*lines, f"{inner}_fired[{key}] = (*_fired.get({key}, ()), {self._firing()})"]

    def lines(self, pad: str) -> list[str]:
        emitter, names = self.emitter, list(self.names)
        emitter.looped, emitter.indexes = set(), {}
        bound = dict(emitter.singles)
        steps = self._steps(names)
        before, pad = self._tested(steps[0], bound, pad, last=not names)
        lines: list[str] = []
        inner = pad
        for depth, name in enumerate(names, 1):
            bound[name] = self.names[name]
            source = self._joined(steps[depth], name) or emitter.rows(self.names[name])
            emitter.looped.add(name)
            lines.append(f"{inner}for {emitter.var(name)} in {source}:")
            tests, inner = self._tested(steps[depth], bound, inner + "    ", last=depth == len(names))
            lines += tests
        indexes = [f"{pad}{name} = {text}" for name, text in emitter.indexes.items()]
        return [*before, *indexes, *self._kept(lines, pad, inner)]

    def _kept(self, loops: list[str], pad: str, inner: str) -> list[str]:
        """Return the loops with what they find kept; a firing that binds nothing is always the same one."""
        key = repr(self.rule.id)
        if not self.names and not any(isinstance(c, Count) and c.name for c in self.rule.when):
            return [f"{pad}_fired[{key}] = {self.emitter.constant((Firing(self.rule.id),))}"]
        firing = self._firing()
        if not self.names:
            return [f"{pad}_fired[{key}] = ({firing},)"]
        return [
            f"{pad}_found = []",
            *loops,
            f"{inner}_found.append({firing})",
            f"{pad}if _found:",
            f"{pad}    _fired[{key}] = tuple(_found)",
        ]

    def _firing(self) -> str:
        rows = "".join(f"({name!r}, {self.emitter.var(name)}[0])," for name in self.names)
        counts = "".join(f"({c.name!r}, {self.emitter.tally(c.name)})," for c in self.rule.when if isinstance(c, Count) and c.name)
        return f"_new(_Firing, ({self.rule.id!r}, ({rows}), ({counts})))"

    def _tested(self, step: Sequence[Condition], bound: Mapping[str, str], pad: str, last: bool) -> tuple[list[str], str]:
        """Return the counts and the tests of one depth, and how far in what follows stands."""
        lines = [f"{pad}{self.emitter.tally(c.name)} = {self.emitter.number(c, bound)}" for c in named_counts(step)]
        tests = [text for condition in step if (text := self.emitter.step(condition, bound))]
        if last and self.rule.unless:
            tests.append(f"not ({self.emitter.all(self.rule.unless, bound)})")
        return ([*lines, f"{pad}if {' and '.join(tests)}:"], pad + "    ") if tests else (lines, pad)

    def _joined(self, step: list[Condition], name: str) -> str | None:
        """Return the rows that a loop need walk through where a test joins them to a row bound before, and take that test out."""
        for condition in step:
            if (join := self.emitter.join_at(condition, name)) is not None:
                step.remove(condition)
                return self.emitter.joined(*join)
        return None

    def _steps(self, names: Sequence[str]) -> list[list[Condition]]:
        """Return the conditions by depth of loop, the patterns of one row split into single tests."""
        depth_of = {name: i + 1 for i, name in enumerate(names)}
        conditions = self.rule.when
        counts = {c.name: c for c in conditions if isinstance(c, Count) and c.name}

        def depth(condition: Condition) -> int:
            found = [depth_of.get(n, 0) for n in mentioned(condition)]
            found += [depth(counts[n]) for n in counted(condition) if n in counts and counts[n] is not condition]
            return max(found, default=0)

        steps: list[list[Condition]] = [[] for _ in range(len(names) + 1)]
        for condition in conditions:
            if isinstance(condition, Pattern):
                for test in condition.tests:
                    if not any(test is passed for passed in self.passed):
                        single = Pattern(condition.entity, condition.name, (test,), condition.place)
                        steps[depth(single)].append(single)
            else:
                steps[depth(condition)].append(condition)
        cheap = {Pattern: 0, Settled: 1}
        return [sorted(step, key=lambda c: cheap.get(type(c), 2)) for step in steps]


class Gate(NamedTuple):
    """A test that the one row of an entity, or some row of a list, has to pass before the rule behind it need be looked at."""

    entity: str
    slot: int
    passing: frozenset[Any]
    test: Test


def gate(rule: Rule, knowledge: Knowledge, many: bool = False) -> Gate | None:
    """Return the test on a single row (or on a row of a list) that lets the fewest values through, None if the rule has none."""
    best: tuple[float, Gate] | None = None
    for condition in rule.when:
        if not isinstance(condition, Pattern) or bool(knowledge.vocabulary.entities[condition.entity].many) is not many:
            continue
        for test in condition.tests:
            attribute = knowledge.vocabulary.attribute(condition.entity, test.attribute)
            if attribute is None or attribute.takes_many or attribute.numeric or test.bounds:
                continue
            if any(isinstance(o, Ref | FigureRef | CountRef) for o in test.options):
                continue
            passing: frozenset[Any] = frozenset(set(attribute.values) - set(test.options) if test.negated else test.options)
            passing |= {None} if test.or_unknown else frozenset()
            share = (len(passing) + 2 * test.or_unknown) / len(attribute.values)
            if best is None or share < best[0]:
                slot = knowledge.vocabulary.slots[condition.entity][test.attribute]
                best = (share, Gate(condition.entity, slot, passing, test))
    return best[1] if best else None

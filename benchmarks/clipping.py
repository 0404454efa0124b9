"""CLIPS as a peer: the rules of a knowledge base translated, the facts of a world asserted, its firings read back.

A row is one fact of its entity's template; what rules settle is a template of its own for each attribute, asserted once
it is settled, so that nothing is ever retracted. A stratum's rules wait for its `phase` fact. Settling is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import clips

from engine.conditions import AnyOf, Condition, Count, CountRef, Every, FigureRef, No, Operand, Pattern, Ref, Settled, Test, walk
from engine.inferring import Inference
from engine.rules import Knowledge, Rule
from engine.settling import Firing
from engine.world import World

SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
Names = dict[str, str]


class _Side:
    """The left side of one rule: for each name the variables that are read of its row, and the tests on them."""

    def __init__(self, clips_base: ClipsBase, stratum: int, rule: Rule):
        self.base = clips_base
        self.stratum = stratum
        self.fresh = 0
        self.counts: dict[str, str] = {}
        self.before: list[str] = []
        self.names: Names = {}
        conditions = list(walk((*rule.when, *rule.unless)))
        for name in clips_base.singles:
            if any(name in _mentioned(c, clips_base.knowledge) for c in conditions):
                self.names[name] = name
        self.own = {c.name: c.entity for c in rule.when if isinstance(c, Pattern) and c.name not in clips_base.singles}
        self.names.update(self.own)
        for condition in rule.when:
            if isinstance(condition, Count):
                self.counted(condition)
        read = {ref for c in conditions for ref in _refs(c, clips_base.knowledge)} | _tested_inside(rule, self.names)
        tests = [(c.name, test) for c in rule.when if isinstance(c, Pattern) for test in c.tests]
        strengths = [c for c in conditions if isinstance(c, Settled)]
        self.lines = self.rows(self.names, tests, strengths, read, {})
        self.lines += [text for c in rule.when if (text := self.condition(c, self.names))]
        if rule.unless:
            self.lines.append(self.denied(rule.unless, self.names))

    def rows(
        self, names: Names, tests: Sequence[tuple[str, Test]], strengths: Sequence[Settled], read: Iterable[tuple[str, str]], outer: Names
    ) -> list[str]:
        """Return the patterns of the rows called so, with what is asked of each slot, and the tests that must come later."""
        known = set(outer)
        lines: list[str] = []
        late: list[str] = []
        wanted = set(read)
        for name, entity in names.items():
            known.add(name)
            own = [t for n, t in tests if n == name]
            inline: dict[str, list[Test]] = {}
            for test in own:
                refs = {r.name for r in _operand_refs(test.options, self.base.knowledge)}
                refs |= {r.name for r in _operand_refs((o for _, o in test.bounds), self.base.knowledge)}
                if refs <= known - {name} and not any(isinstance(o, CountRef) for o in _operands(test)):
                    inline.setdefault(test.attribute, []).append(test)
                else:
                    wanted.add((name, test.attribute))
                    late.append(f"(test {self.expression(test, name, entity)})")
            slots = {attribute: self.slot(name, entity, attribute, found) for attribute, found in inline.items()}
            for owner, attribute in sorted(wanted):
                if owner == name and not slots.get(attribute, "").startswith(("?", "$")):
                    variable = self.variable(name, entity, attribute)
                    slots[attribute] = variable + (f"&{slots[attribute]}" if attribute in slots else "")
            strength = {c.target.attribute: c for c in strengths if c.target.name == name}
            plain = {a: s for a, s in slots.items() if not self.base.settled(entity, a)}
            settled = {a: s for a, s in slots.items() if self.base.settled(entity, a)}
            if plain or not (settled or strength):
                lines.append(f"({entity} (row ?{name}){''.join(f' ({a} {s})' for a, s in sorted(plain.items()))})")
            for attribute in sorted({*settled, *strength}):
                value = f" (v {settled[attribute]})" if attribute in settled else ""
                by = f" (by {_by(strength[attribute])})" if attribute in strength else ""
                lines.append(f"({_template(entity, attribute)} (row ?{name}){value}{by})")
        return lines + late

    def slot(self, name: str, entity: str, attribute: str, tests: Sequence[Test]) -> str:
        """Return the constraint on a slot: bare words where that says it, else a variable with a predicate."""
        if len(tests) == 1 and not self.base.takes_many(entity, attribute):
            test = tests[0]
            words = [_literal(o, attribute) for o in test.options if not isinstance(o, Ref | FigureRef | CountRef)]
            refs = [o for o in test.options if isinstance(o, Ref)]
            if not test.bounds and len(words) == len(test.options):
                return (
                    "&".join(f"~{w}" for w in ("nil", *words))
                    if test.negated
                    else "|".join([*words, *(["nil"] if test.or_unknown else [])])
                )
            if len(refs) == 1 == len(test.options) and not test.negated and not test.or_unknown:
                return f"{self.variable(name, entity, attribute)}&~nil&?{refs[0].name}-{refs[0].attribute}"
        found = _all([self.expression(test, name, entity) for test in tests])
        return f"{self.variable(name, entity, attribute)}&:{found}"

    def variable(self, name: str, entity: str, attribute: str) -> str:
        return f"{'$' if self.base.takes_many(entity, attribute) else ''}?{name}-{attribute}"

    def expression(self, test: Test, name: str, entity: str) -> str:
        """Return a test as an expression over variables, true exactly where it is known to hold."""
        value = f"?{name}-{test.attribute}"
        if test.bounds:
            return _all([f"(numberp {value})", self.within(value, test.bounds)])
        operands = [self.operand(o, test.attribute) for o in test.options]
        if self.base.takes_many(entity, test.attribute):
            known, met = f"(> (length$ {value}) 0)", [f"(member$ {o} {value})" for o in operands]
        else:
            known, met = f"(neq {value} nil)", [f"(eq {value} {o})" for o in operands]
        given = [f"(neq {o} nil)" for o, option in zip(operands, test.options, strict=True) if isinstance(option, Ref)]
        if test.negated:
            return _all([known, *given, f"(not {_any(met)})"])
        held = _all([known, _any(met)])
        return f"(or (not {known}) {held})" if test.or_unknown else held

    def within(self, value: str, bounds: Sequence[tuple[str, Operand]]) -> str:
        parts = []
        for word, operand in bounds:
            figure = self.base.knowledge.figures[operand.name] if isinstance(operand, FigureRef) else None
            if figure and figure.by:
                key = f"?{figure.by[0]}-{figure.by[1]}"
                rows = [f"(and (eq {key} {k}) ({SIGNS[word]} {value} {v}))" for k, v in figure.value.items()]  # type: ignore[union-attr]
                parts.append(_any(rows))
            else:
                limit = self.operand(operand, "")
                known = [f"(numberp {limit})"] if isinstance(operand, Ref) else []
                parts.append(_all([*known, f"({SIGNS[word]} {value} {limit})"]))
        return _all(parts)

    def operand(self, operand: Operand, attribute: str) -> str:
        if isinstance(operand, Ref):
            return f"?{operand.name}-{operand.attribute}"
        if isinstance(operand, CountRef):
            return self.counts[operand.name]
        if isinstance(operand, FigureRef):
            return _literal(self.base.knowledge.figures[operand.name].value, attribute)
        return _literal(operand, attribute)

    def condition(self, condition: Condition, outer: Names) -> str:
        """Return what a condition asks beyond the rows that are bound, empty where it asks nothing more."""
        if isinstance(condition, No):
            return f"(not (and {' '.join(self.inner(condition.pattern, (), outer)[0])}))"
        if isinstance(condition, Every):
            meant, _ = self.inner(condition.pattern, (), outer)
            failing, passes = self.inner(condition.pattern, condition.tests, outer)
            return f"(exists {' '.join(meant)}) (not (and {' '.join(failing)} (test (not {passes}))))"
        if isinstance(condition, AnyOf):
            if (test := self.test_of_any(condition, outer)) is not None:
                return f"(test {test})"
            return f"(not (and {' '.join(self.denied(choice, outer) for choice in condition.choices)}))"
        return ""

    def inner(self, pattern: Pattern, more: Sequence[Test], outer: Names) -> tuple[list[str], str]:
        """Return the patterns of a row seen afresh, and the further tests on it as an expression."""
        self.fresh += 1
        name = f"fresh-{self.fresh}"
        if any(r.name == pattern.name for t in (*pattern.tests, *more) for r in _operand_refs(_operands(t), self.base.knowledge)):
            raise NotImplementedError(pattern)
        read = [(name, test.attribute) for test in more]
        lines = self.rows({name: pattern.entity}, [(name, t) for t in pattern.tests], (), read, outer)
        return lines, _all([self.expression(t, name, pattern.entity) for t in more])

    def test_of_any(self, condition: AnyOf, outer: Names) -> str | None:
        """Return an `any` as an expression where it speaks only of rows that are bound."""
        choices = []
        for choice in condition.choices:
            if not all(isinstance(c, Pattern) and c.name in outer for c in choice):
                return None
            choices.append(_all([self.expression(t, c.name, c.entity) for c in choice if isinstance(c, Pattern) for t in c.tests]))
        return _any(choices)

    def denied(self, conditions: Sequence[Condition], outer: Names) -> str:
        """Return that a list holds for no choice of rows."""
        new = {c.name: c.entity for c in conditions if isinstance(c, Pattern) and c.name not in outer}
        tests = [(c.name, t) for c in conditions if isinstance(c, Pattern) and c.name in new for t in c.tests]
        lines = self.rows(new, tests, (), (), outer) if new else []
        for condition in conditions:
            if isinstance(condition, Pattern) and condition.name in outer:
                lines += [f"(test {self.expression(t, condition.name, condition.entity)})" for t in condition.tests]
            elif isinstance(condition, Settled | Count):
                raise NotImplementedError(condition)
            elif text := self.condition(condition, {**outer, **new}):
                lines.append(text)
        return f"(not (and {' '.join(lines)}))"

    def counted(self, condition: Count) -> None:
        """Count with two helpers: one adds the rows that pass up, one says the number when all have been seen."""
        number = len(self.base.counters)
        self.base.counters.append(number)
        passing, _ = self.inner(condition.pattern, (), {})
        phase = f"(phase (n {self.stratum}))"
        self.base.build(f"(defglobal ?*count-{number}* = 0)")
        seen = f"(bind ?*count-{number}* (+ ?*count-{number}* 1))"
        self.base.build(f"(defrule seen-{number} (declare (salience 20)) {phase} {' '.join(passing)} => {seen})")
        said = f"(assert (count {number} ?*count-{number}*))"
        self.base.build(f"(defrule said-{number} (declare (salience 10)) {phase} => {said})")
        variable = f"?count-{number}"
        if condition.name:
            self.counts[condition.name] = variable
        limits = f"&:{self.within(variable, condition.bounds)}" if condition.bounds else ""
        self.before.append(f"(count {number} {variable}{limits})")


class ClipsBase:
    """A knowledge base in CLIPS, built once and reset for each case."""

    def __init__(self, knowledge: Knowledge):
        self.knowledge = knowledge
        self.singles = [e.name for e in knowledge.vocabulary.entities.values() if not e.many]
        self.counters: list[int] = []
        self.environment: Any = clips.Environment()
        self.fired: list[tuple[Any, ...]] = []
        self.environment.define_function(self.record, "fired")
        self.words: dict[str, Any] = {}
        self.build("(deftemplate phase (slot n))")
        for entity in knowledge.vocabulary.entities.values():
            given = [f" (slot {a.name})" for a in entity.attributes.values() if not a.settled]
            self.build(f"(deftemplate {entity.name} (slot row) (slot name){''.join(given)})")
            for a in entity.attributes.values():
                if a.settled:
                    kind = "multislot" if a.takes_many else "slot"
                    self.build(f"(deftemplate {_template(entity.name, a.name)} (slot row) ({kind} v) (slot by))")
        self.rules: list[tuple[Rule, tuple[str, ...], tuple[str, ...]]] = []
        for number, stratum in enumerate(knowledge.strata):
            for rule in stratum.rules:
                self.rule(number, rule)
        self.templates = {template.name: template for template in self.environment.templates()}
        self.given = {
            e.name: [(a.name, knowledge.vocabulary.slots[e.name][a.name]) for a in e.attributes.values() if not a.settled]
            for e in knowledge.vocabulary.entities.values()
        }

    def build(self, text: str) -> None:
        try:
            self.environment.build(text)
        except clips.CLIPSError as error:
            raise ValueError(f"CLIPS does not take {text}") from error

    def rule(self, stratum: int, rule: Rule) -> None:
        side = _Side(self, stratum, rule)
        lines = [f"(phase (n {stratum}))", *side.before, *side.lines]
        values = "".join(f" ?{name}" for name in side.own) + "".join(f" {variable}" for variable in side.counts.values())
        self.build(f"(defrule {rule.id} {' '.join(lines)} => (fired {len(self.rules)}{values}))")
        self.rules.append((rule, tuple(side.own), tuple(side.counts)))

    def record(self, *values: Any) -> bool:
        self.fired.append(values)
        return True

    def settled(self, entity: str, attribute: str) -> bool:
        found = self.knowledge.vocabulary.attribute(entity, attribute)
        return found is not None and found.settled

    def takes_many(self, entity: str, attribute: str) -> bool:
        found = self.knowledge.vocabulary.attribute(entity, attribute)
        return found is not None and found.takes_many

    def inferred(self, world: World) -> Inference:
        """Return the case worked out by CLIPS. The world given is left as it is."""
        inference = Inference(self.knowledge, world.copy())
        self.environment.reset()
        self.tell(world)
        for number, stratum in enumerate(self.knowledge.strata):
            self.templates["phase"].assert_fact(n=number)
            self.fired.clear()
            self.environment.run()
            self.read_back(inference)
            inference.settle(stratum)
            self.tell_settled(inference.world, stratum.settles)
        return inference

    def read_back(self, inference: Inference) -> None:
        rows = inference.world.rows
        for values in self.fired:
            rule, names, counts = self.rules[values[0]]
            bound = tuple((name, rows[self.entity(rule, name)][at]) for name, at in zip(names, values[1:], strict=False))
            taken = tuple(zip(counts, values[1 + len(names) :], strict=True))
            inference.firings[rule.id] = (*inference.firings.get(rule.id, ()), Firing(rule.id, bound, taken))

    def entity(self, rule: Rule, name: str) -> str:
        return next(c.entity for c in rule.when if isinstance(c, Pattern) and c.name == name)

    def tell(self, world: World) -> None:
        """Assert the rows, unknown slots left out: through templates, as a parsed fact costs five times as much."""
        for entity, rows in world.frame.items():
            template, given = self.templates[entity], self.given[entity]
            for row in rows:
                slots = {name: self.word(row[at]) for name, at in given if row[at] is not None}
                if row[1]:
                    slots["name"] = row[1]
                template.assert_fact(row=row[0].index, **slots)

    def tell_settled(self, world: World, decisions: Iterable[Any]) -> None:
        for decision in decisions:
            for entity, name in decision.keys:
                template = self.templates[_template(entity, name)]
                for row in world.rows[entity]:
                    value, by = world.value(row, name), world.strength(row, name)
                    slots = (
                        {"v": list(map(self.word, value)) if isinstance(value, tuple) else self.word(value)} if value is not None else {}
                    )
                    if by:
                        slots["by"] = self.word(by)
                    template.assert_fact(row=row.index, **slots)

    def word(self, value: Any) -> Any:
        """Return a value as CLIPS holds it; symbols are made once."""
        if not isinstance(value, str):
            return value
        found = self.words.get(value)
        if found is None:
            found = self.words[value] = clips.Symbol(value)
        return found


def _all(parts: Sequence[str]) -> str:
    return f"(and {' '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "TRUE"


def _any(parts: Sequence[str]) -> str:
    return f"(or {' '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "FALSE"


def _template(entity: str, attribute: str) -> str:
    return f"{entity}.{attribute}"


def _literal(value: Any, attribute: str) -> str:
    return f'"{value}"' if attribute == "name" else str(value)


def _by(condition: Settled) -> str:
    if condition.by:
        return "|".join(condition.by)
    return "~nil" if condition.stands else "nil"


def _operands(test: Test) -> list[Operand]:
    return [*test.options, *(operand for _, operand in test.bounds)]


def _operand_refs(operands: Iterable[Operand], knowledge: Knowledge) -> Iterable[Ref]:
    """Yield the slots that operands are read from, the one that picks a figure's row included."""
    for operand in operands:
        if isinstance(operand, Ref):
            yield operand
        elif isinstance(operand, FigureRef) and (by := knowledge.figures[operand.name].by):
            yield Ref(by[0], by[1], by[0])


def _refs(condition: Condition, knowledge: Knowledge) -> Iterable[tuple[str, str]]:
    """Yield what a condition compares with: (name, attribute)."""
    tests: list[Test] = list(condition.tests) if isinstance(condition, Pattern | Every) else []
    if isinstance(condition, No | Every | Count):
        tests += condition.pattern.tests
    for test in tests:
        yield from ((ref.name, ref.attribute) for ref in _operand_refs(_operands(test), knowledge))


def _mentioned(condition: Condition, knowledge: Knowledge) -> set[str]:
    found = {name for name, _ in _refs(condition, knowledge)}
    if isinstance(condition, Pattern):
        found.add(condition.name)
    if isinstance(condition, Settled):
        found.add(condition.target.name)
    return found


def _tested_inside(rule: Rule, names: Names) -> set[tuple[str, str]]:
    """Return what `any` and `unless` test on rows that are bound outside."""
    inside = [c for a in rule.when if isinstance(a, AnyOf) for c in walk((a,))] + list(walk(rule.unless))
    return {(c.name, t.attribute) for c in inside if isinstance(c, Pattern) and c.name in names for t in c.tests}

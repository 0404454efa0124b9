"""The ways to run the rules agree: compiled, through experta, by experta's Rete, by the reference evaluator, and incrementally."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress, product
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from conftest import ROOT, shipped
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rete import COMPARED, bindings, outcomes, rete_inferred

from engine import conditions as c
from engine.facts import Dossier, Fact, Row
from engine.inferring import Inference, fired, inferred, varied
from engine.matching import consulted
from engine.ordering import stratified
from engine.problems import Place, Source
from engine.program import Program
from engine.reading.cases import read_case
from engine.rules import Against, Decision, Effect, Knowledge, Line, Rule, Text, Vote
from engine.terms import Attribute, Entity, Figure, Value, Vocabulary
from engine.world import World, WorldRow, world_of

ON = datetime.date(2026, 11, 24)
BASE: Any = shipped().knowledge
KNOWN = settings(
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@cache
def compiled_whole(knowledge: Knowledge) -> Program:
    """Return the program that runs strata compiled whole from the first time on."""
    return Program(knowledge, patience=0)


def agree(knowledge: Knowledge, world: World) -> set[str]:
    """Assert that five ways to run the rules give the same firings, and return the rules that fired."""
    bare = inferred(knowledge, world)
    reference = {rule.id: fired(rule, bare.world, knowledge) for stratum in knowledge.strata for rule in stratum.rules}
    assert bare.firings == {id: firings for id, firings in reference.items() if firings}
    whole = Inference(knowledge, world.copy(), program=compiled_whole(knowledge))
    assert whole.run().firings == bare.firings
    through_experta = consulted(knowledge, world)
    assert through_experta.firings == bare.firings
    assert through_experta.settlings == bare.settlings
    assert rete_inferred(knowledge, world) == bindings(bare)
    for decision in knowledge.decisions:
        for row, outcome in outcomes(bare, decision):
            said = decision.held(outcome.choices), outcome.strength
            assert said == (bare.world.value(row, decision.name), bare.world.strength(row, decision.name)), decision.name
    return {id for id, firings in bare.firings.items() if firings}


# --- the stored cases


STORED = {name: step.dossier for path in sorted((ROOT / "cases").glob("*.yaml")) for name, step in read_case(path, BASE).runs()}
"""What was known at every step of every case, and with every flip."""


@pytest.mark.parametrize("name", STORED)
def test_rete_gives_the_same_firings_on_every_stored_case(name: str) -> None:
    assert agree(BASE, world_of(STORED[name], BASE.vocabulary, ON))


# --- dossiers made from the vocabulary

MOST = {"need": 3, "stakeholder": 4, "competitor": 3}
Facts = dict[tuple[str, int], dict[str, Value]]
DAYS = (None, ON, ON - datetime.timedelta(20), ON - datetime.timedelta(400), ON + datetime.timedelta(1))
"""When facts may be from: no day, today, some time ago, so long ago that most are stale, tomorrow."""


def _cut_points() -> dict[tuple[str, str], set[float]]:
    """Return for each number the bounds at which some rule changes its mind."""
    found: dict[tuple[str, str], set[float]] = {}
    for rule in BASE.rules:
        for condition in c.walk((*rule.when, *rule.unless)):
            for pattern, tests in c.patterns(condition):
                for test in tests:
                    found.setdefault((pattern.entity, test.attribute), set()).update(n for _, n in limits(test))
    return found


def limits(test: c.Test) -> list[tuple[str, float]]:
    """Return the constant bounds of a test, figures and all their rows included."""
    found: list[tuple[str, float]] = []
    for word, operand in test.bounds:
        value: Any = BASE.figures[operand.name].value if isinstance(operand, c.FigureRef) else operand
        found += [(word, n) for n in (value.values() if isinstance(value, Mapping) else [value]) if isinstance(n, int | float)]
    return found


CUTS = _cut_points()


def values(attribute: Attribute) -> list[Value]:
    """Return the values to choose from; of a number those where rules change their minds, and beside."""
    if attribute.values:
        return list(attribute.values)
    assert attribute.low is not None and attribute.high is not None
    near = {n + d for n in CUTS.get((attribute.entity, attribute.name), ()) for d in (-1, 0, 1)}
    return sorted(n for n in near | {attribute.low, attribute.high} if attribute.low <= n <= attribute.high)


def given_by(entity: Entity) -> dict[str, list[Value]]:
    """Return what a dossier may say of a row."""
    return {a.name: values(a) for a in entity.attributes.values() if not a.settled}


def dossier_with(facts: Facts, days: Mapping[tuple[str, int], datetime.date | None] = MappingProxyType({})) -> Dossier:
    said = {(e, i): {name: Fact(v, on=days.get((e, i))) for name, v in known.items()} for (e, i), known in facts.items()}
    return Dossier("made", tuple(Row(e, f"{e} {i}" if e in MOST else "", known) for (e, i), known in said.items()))


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """Any number of rows with any subset of facts, those of a row from one day."""
    facts: Facts = {}
    for entity in BASE.vocabulary.entities.values():
        known = st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in given_by(entity).items()})
        for i in range(draw(st.integers(0, MOST[entity.name])) if entity.many else 1):
            facts[entity.name, i] = draw(known)
    return dossier_with(facts, {row: draw(st.sampled_from(DAYS)) for row in facts})


@settings(KNOWN, max_examples=40)
@given(dossiers())
def test_rete_gives_the_same_firings_on_generated_dossiers(dossier: Dossier) -> None:
    agree(BASE, world_of(dossier, BASE.vocabulary, ON))


# --- dossiers made for the rules one by one, so that those with many conditions fire too

SPEAKERS: dict[tuple[str, object], list[Rule]] = {}
for _rule in BASE.rules:
    for _vote in _rule.votes:
        SPEAKERS.setdefault((_vote.target.attribute, _vote.option), []).append(_rule)


def made_for(rules: Sequence[Rule]) -> Dossier:
    """Return a dossier with some facts by chance, and those that meet the rules' conditions as far as that goes."""
    chance = Random(rules[0].id)
    facts: Facts = {}
    for entity in BASE.vocabulary.entities.values():
        for i in range(chance.randint(1, MOST[entity.name]) if entity.many else 1):
            facts[entity.name, i] = {n: chance.choice(v) for n, v in given_by(entity).items() if chance.random() < 0.3}
    for rule in rules:
        meet(chance, rule, facts)
    return dossier_with(facts)


def meet(chance: Random, rule: Rule, facts: Facts, depth: int = 3) -> None:
    """Change facts so that the conditions hold; a settled value is met by meeting a rule that speaks for it."""
    rows_of = {e: [row for row in facts if row[0] == e] for e in BASE.vocabulary.entities}
    at = {p.name: chance.choice(rows_of[p.entity]) for p in rule.when if isinstance(p, c.Pattern)}
    for condition in c.walk(rule.when):
        for pattern, tests in () if isinstance(condition, c.No) else c.patterns(condition):
            for test in tests:
                attribute = BASE.vocabulary.attribute(pattern.entity, test.attribute)
                speakers = [r for value in passing(test, attribute) for r in SPEAKERS.get((test.attribute, value), ())]
                if speakers and depth:
                    meet(chance, chance.choice(speakers), facts, depth - 1)
    for condition in c.walk(rule.when):
        for pattern, tests in c.patterns(condition):
            rows = [at[pattern.name]] if isinstance(condition, c.Pattern) and pattern.name in at else rows_of[pattern.entity]
            for row, test in product(rows, tests):
                attribute = BASE.vocabulary.attribute(pattern.entity, test.attribute)
                wanted = passing(test, attribute)
                if isinstance(condition, c.No):
                    facts[row].pop(test.attribute, None)
                elif not attribute.settled and wanted:
                    facts[row][test.attribute] = wanted[0]


def passing(test: c.Test, attribute: Attribute) -> list[Value]:
    """Return values that pass a test, as far as it compares with constants."""
    if not test.bounds:
        return [v for v in attribute.values if (v in test.options) is not test.negated]
    return [n for n in values(attribute) if all(COMPARED[word](n, limit) for word, limit in limits(test))] if attribute.numeric else []


def test_rete_gives_the_same_firings_on_dossiers_made_for_each_rule() -> None:
    met: set[str] = set()
    together = 1 + len(BASE.rules) // 150
    for i in range(0, len(BASE.rules), together):
        met |= agree(BASE, world_of(made_for(BASE.rules[i : i + together]), BASE.vocabulary, ON))
    assert len(met) > 0.8 * len(BASE.rules), "too few rules fire for the agreement to mean much"


# --- working a case out again after a change

Change = dict[tuple[WorldRow, str], Any]


@st.composite
def changes(draw: st.DrawFn) -> tuple[World, Change]:
    """A world, and one or two facts to change, add or take back."""
    world = world_of(made_for(draw(st.lists(st.sampled_from(BASE.rules), min_size=1, max_size=4))), BASE.vocabulary, ON)
    rows = [row for of_entity in world.rows.values() for row in of_entity]
    found: Change = {}
    for _ in range(draw(st.integers(1, 2))):
        row = draw(st.sampled_from(rows))
        allowed = given_by(BASE.vocabulary.entities[row.entity])
        name = draw(st.sampled_from(sorted(allowed)))
        found[row, name] = draw(st.sampled_from([None, *allowed[name]]))
    return world, found


def changed(vocabulary: Vocabulary, world: World, change: Change) -> World:
    """Return the world with some values changed; None takes one back, to what holds unless somebody says otherwise."""
    trial = world.copy()
    for (row, name), value in change.items():
        trial.put(row, name, vocabulary.entities[row.entity].attributes[name].unless_said if value is None else value)
    return trial


def same_as_afresh(knowledge: Knowledge, world: World, change: Change) -> None:
    """Assert that a case varied comes out as the changed case does from scratch, and so does the way back."""
    trial, afresh = varied(inferred(knowledge, world), change), inferred(knowledge, changed(knowledge.vocabulary, world, change))
    way_back: Change = {place: world.value(*place) for place in change}
    back, base = varied(trial, way_back), inferred(knowledge, world)
    for one, other in ((trial, afresh), (back, base)):
        assert one.firings == other.firings
        assert one.settlings == other.settlings
        assert one.world.known() == other.world.known()


@settings(KNOWN, max_examples=250)
@given(changes())
def test_varying_a_case_gives_what_working_it_out_from_scratch_gives(case: tuple[World, Change]) -> None:
    same_as_afresh(BASE, *case)


def test_varying_facts_of_the_stored_cases_gives_what_working_them_out_from_scratch_gives() -> None:
    for dossier in STORED.values():
        world = world_of(dossier, BASE.vocabulary, ON)
        for place in list(world.known())[::4]:
            same_as_afresh(BASE, world, {place: None})


def test_taking_a_fact_back_gives_what_the_dossier_without_it_gives() -> None:
    gone: Facts = {("stakeholder", 0): {"role": "economic", "departed": "yes"}}
    unsaid: Facts = {("stakeholder", 0): {"role": "economic"}}
    world, shorter = (world_of(dossier_with(facts), BASE.vocabulary, ON) for facts in (gone, unsaid))
    trial = varied(inferred(BASE, world), {(world.rows["stakeholder"][0], "departed"): None})
    assert trial.world.known() == inferred(BASE, shorter).world.known()


# --- rules made by chance over a small vocabulary, with every form of condition inside every other

HERE = Place(Source("made"))
HUES = ("red", "green", "blue")
NAMES = {"shop": "shop", "tool": "tool", "item": "item", "clerk": "clerk"}
DECIDED = {("shop", "choice"): ("a", "b", "c"), ("shop", "bundle"): ("x", "y"), ("item", "mark"): ("p", "q"), ("shop", "mark"): ("p", "q")}
NUMBERS = ("size", "total", "rank")


def _attribute(entity: str, name: str) -> Attribute:
    words = {"hue": HUES}.get(name, DECIDED.get((entity, name), ()))
    low, high = (0, 5) if name in NUMBERS else (None, None)
    decided, derived = (entity, name) in DECIDED, name in ("total", "rank")
    return Attribute(entity, name, HERE, values=words, low=low, high=high, decided=decided, derived=derived, takes_many=name == "bundle")


def _entity(name: str, many: str, *attributes: str) -> Entity:
    return Entity(name, HERE, many=many, holds_decisions=name == "shop", attributes={a: _attribute(name, a) for a in attributes})


SHOP = Vocabulary({
    "shop": _entity("shop", "", "hue", "size", "choice", "bundle", "mark", "total"),
    "tool": _entity("tool", "", "hue", "size"),
    "item": _entity("item", "items", "hue", "size", "mark"),
    "clerk": _entity("clerk", "clerks", "hue", "size", "rank"),
})  # fmt: skip
RED = c.Test("hue", HERE, ("red",))
FIGURES = {
    "limit": Figure("limit", HERE, 2, "", "", ON),
    "by_hue": Figure("by_hue", HERE, {"red": 1, "green": 3}, "", "", ON, ("shop", "hue")),
}
DECISIONS = (
    Decision("shop", "choice", ("a", "b", "c"), HERE, before=(("c", "a"),), unless=(c.Pattern("tool", "tool", (RED,), HERE),)),
    Decision("shop", "bundle", ("x", "y"), HERE, choose="many"),
    Decision("shop", "mark", ("p", "q"), HERE, per_row="item"),
    Decision("shop", "total", (), HERE, derived=True, settle="highest"),
    Decision("clerk", "rank", (), HERE, per_row="clerk", derived=True, settle="lowest"),
)


class Making:
    """Makes the conditions of one rule; `late` rules may read what is settled, and call rows what the others call counts."""

    def __init__(self, draw: st.DrawFn, late: bool):
        self.draw = draw
        self.late = late
        self.taken = 0
        row, self.count = ("n", "x") if late else ("x", "n")
        self.names = {**NAMES, f"{row}1": "item", f"{row}2": "clerk"}

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def some(self, most: int, least: int = 0) -> range:
        return range(self.draw(st.integers(least, most)))

    def conditions(self, rows: dict[str, str], counts: tuple[str, ...], depth: int = 2) -> tuple[c.Condition, ...]:
        """Make a list of conditions inside a scope; names that it binds are added to `rows`."""
        names = [self.one(*self.names) for _ in self.some(2)]
        rows.update({name: self.names[name] for name in names})
        forms = [self.one("no", "every", "count", "number", *(["any"] if depth else []), *(["settled"] * self.late)) for _ in self.some(2)]
        numbers = [self.number() for form in forms if form == "number"]
        inner = (*counts, *numbers)
        made: list[c.Condition] = [c.Pattern(self.names[name], name, self.tests(self.names[name], rows, inner), HERE) for name in names]
        for form in forms:
            if form in ("count", "number"):
                name = numbers.pop() if form == "number" else ""
                read = (*counts, *numbers) if name else inner  # so that no count reads itself
                made.append(c.Count(self.fresh(rows, read)[0], self.bounds(rows, read, 0), name, HERE))
            elif form == "no":
                made.append(c.No(self.fresh(rows, inner)[0], HERE))
            elif form == "every":
                pattern, scope = self.fresh(rows, inner)
                made.append(c.Every(pattern, self.tests(pattern.entity, scope, inner), HERE))
            elif form == "any":
                made.append(c.AnyOf(tuple(self.conditions(dict(rows), inner, depth - 1) for _ in self.some(2, 1)), HERE))
            else:
                name, attribute = self.one(*((n, a) for n, e in rows.items() for of, a in DECIDED if of == e))
                stands = self.one(True, False)
                by = self.one((), ("must",), ("default", "advise")) if stands else ()
                made.append(c.Settled(c.Ref(name, attribute, rows[name]), stands, by, HERE))
        return tuple(self.draw(st.permutations(made)))

    def number(self) -> str:
        self.taken += 1
        return f"{self.count}{self.taken}"

    def fresh(self, rows: dict[str, str], counts: tuple[str, ...]) -> tuple[c.Pattern, dict[str, str]]:
        entity = self.one("item", "clerk", "shop")
        name = self.one("", "fresh")
        scope = {**rows, **({name: entity} if name else {})}
        return c.Pattern(entity, name, self.tests(entity, scope, counts), HERE), scope

    def tests(self, entity: str, rows: dict[str, str], counts: tuple[str, ...]) -> tuple[c.Test, ...]:
        return tuple(self.test(entity, rows, counts) for _ in self.some(2))

    def test(self, entity: str, rows: dict[str, str], counts: tuple[str, ...]) -> c.Test:
        readable = [a.name for a in SHOP.entities[entity].attributes.values() if self.late or not a.settled]
        name = self.one(*readable, "name")
        if name in NUMBERS and self.one(True, False):
            return c.Test(name, HERE, bounds=self.bounds(rows, counts, 1))
        options = tuple(self.operand(entity, name, rows, counts) for _ in self.some(2, 1))
        kinds = [c.Test(name, HERE, options), c.Test(name, HERE, options, negated=True)]
        if name != "name":
            unknown = c.Test(name, HERE, or_unknown=True)
            kinds += [c.Test(name, HERE, options, or_unknown=True), unknown, c.Test(name, HERE, negated=True)]
        test: c.Test = self.one(*kinds)
        return test

    def bounds(self, rows: dict[str, str], counts: tuple[str, ...], least: int) -> tuple[tuple[str, c.Operand], ...]:
        return tuple((self.one(*c.BOUNDS), self.operand("shop", "size", rows, counts)) for _ in self.some(2, least))

    def operand(self, entity: str, name: str, rows: dict[str, str], counts: tuple[str, ...]) -> c.Operand:
        refs = [c.Ref(n, name, e) for n, e in rows.items() if name in {"name", *SHOP.entities[e].attributes}]
        options: list[c.Operand] = [*SHOP.entities[entity].attributes[name].values] if name != "name" else ["item 0", "item 1", "clerk 0"]
        if name in NUMBERS:
            options = [0, 1, 2, 3, c.FigureRef("limit"), c.FigureRef("by_hue", ("shop", "hue")), *map(c.CountRef, counts)]
        operand: c.Operand = self.one(*options, *refs)
        return operand


def knowledge_of(rules: Sequence[Rule]) -> Knowledge:
    strata, loops = stratified(rules, DECISIONS, {})
    assert not loops
    return Knowledge(SHOP, FIGURES, DECISIONS, tuple(rules), {}, None, strata)


def rule_of(number: int, when: tuple[c.Condition, ...], unless: tuple[c.Condition, ...] = (), then: tuple[Effect, ...] = ()) -> Rule:
    line = Line("advise", Text(("said",)), HERE)
    return Rule(f"R-{number}", "title", "why", when, unless, (*then, line), "source", "owner", ON, HERE)


@st.composite
def made_rules(draw: st.DrawFn) -> Knowledge:
    """A few rules that speak on the decisions, and a few that read how those were settled."""
    rules = []
    for number in range(draw(st.integers(1, 6))):
        making = Making(draw, late=number % 2 == 1)
        rows = {"shop": "shop", "tool": "tool"}
        when = making.conditions(rows, ())
        bound = {"shop": "shop", **{x.name: x.entity for x in when if isinstance(x, c.Pattern)}}
        numbers = tuple(x.name for x in when if isinstance(x, c.Count) and x.name)
        unless = making.conditions(dict(rows), numbers) if making.one(True, False, False) else ()
        then: list[Effect] = [Vote("default", c.Ref("shop", "total", "shop"), c.CountRef(n), HERE) for n in numbers]
        clerks = [name for name, entity in bound.items() if entity == "clerk"]
        then += [Vote("default", c.Ref(name, "rank", "clerk"), making.one(1, 2, 3), HERE) for name in clerks]
        for _ in making.some(2):
            name, attribute = making.one(*((n, a) for n, e in bound.items() for of, a in DECIDED if of == e))
            target, option = c.Ref(name, attribute, bound[name]), making.one(*DECIDED[bound[name], attribute])
            votes = [Vote(strength, target, option, HERE) for strength in ("must", "default", "fallback")]
            then.append(making.one(*votes, Against(target, option, HERE)))
        rules.append(rule_of(number, when, unless, () if making.late else tuple(then)))
    return knowledge_of(rules)


def filled(rows: dict[str, tuple[WorldRow, ...]], values: Change) -> World:
    """Return a world with these values and nothing else known."""
    empty = {
        entity: [[row, row.name or None, *([None] * (len(SHOP.slots[entity]) - 2))] for row in found] for entity, found in rows.items()
    }
    return changed(SHOP, World(SHOP.slots, rows, empty, {}), values)


@st.composite
def made_worlds(draw: st.DrawFn) -> World:
    rows: dict[str, tuple[WorldRow, ...]] = {}
    values: dict[tuple[WorldRow, str], Any] = {}
    for entity in SHOP.entities.values():
        number = draw(st.integers(0, 3)) if entity.many else 1
        rows[entity.name] = tuple(
            WorldRow(entity.name, i, f"{entity.name} {i}" if entity.many and number > 1 else "") for i in range(number)
        )
        for row in rows[entity.name]:
            hue, size = draw(st.sampled_from([None, *HUES])), draw(st.sampled_from([None, 0, 1, 2, 3]))
            values |= {(row, name): value for name, value in (("hue", hue), ("size", size)) if value is not None}
    return filled(rows, values)


def test_every_form_of_test_means_the_same_on_every_value() -> None:
    other = c.Ref("tool", "hue", "tool")
    tests = [
        c.Test("hue", HERE, options, negated, or_unknown)
        for options in ((), ("red",), ("red", "green"), (other,), ("red", other))
        for negated, or_unknown in ((False, False), (False, True), (True, False))
        if options or negated or or_unknown
    ]
    limits = (1, c.Ref("tool", "size", "tool"), c.FigureRef("limit"), c.FigureRef("by_hue", ("shop", "hue")))
    tests += [c.Test("size", HERE, bounds=((word, limit),)) for word in c.BOUNDS for limit in limits]
    forms: list[c.Condition] = [c.Pattern(entity, entity, (test,), HERE) for entity in ("shop", "item") for test in tests]
    forms += [c.No(c.Pattern("item", "", (test,), HERE), HERE) for test in tests]
    knowledge = knowledge_of([rule_of(number, (form,)) for number, form in enumerate(forms)])
    rows: dict[str, tuple[WorldRow, ...]] = {entity: (WorldRow(entity, 0, ""),) for entity in SHOP.entities}
    met: set[str] = set()
    for hue, tool_hue, size in product([None, *HUES], [None, "red", "blue"], [None, 0, 2, 4]):
        change: Change = {(rows[e][0], name): value for e in ("shop", "item") for name, value in (("hue", hue), ("size", size))}
        met |= agree(knowledge, filled(rows, {**change, (rows["tool"][0], "hue"): tool_hue, (rows["tool"][0], "size"): 1}))
    assert len(met) == len(forms)


def test_every_set_of_votes_is_settled_by_strength_then_order() -> None:
    world = filled({e: (WorldRow(e, 0, ""),) for e in SHOP.entities}, {})
    orders = {"choice": ("c", "a"), "bundle": ("x", "y"), "mark": ("p", "q")}
    for must, default_first, default_last, fallback, against_first, against_last in product([False, True], repeat=6):
        then: list[Effect] = []
        expected: dict[str, Any] = {}
        for name, (first, last) in orders.items():
            target = c.Ref("shop", name, "shop")
            votes = [("must", last), ("default", first), ("default", last), ("fallback", first)]
            said: list[Effect] = [Vote(strength, target, option, HERE) for strength, option in votes]
            said += [Against(target, first, HERE), Against(target, last, HERE)]
            then += compress(said, (must, default_first, default_last, fallback, against_first, against_last))
            weak = [option for option, stands in ((first, default_first > against_first), (last, default_last > against_last)) if stands]
            taken = ([last] if must else weak) or [first] * fallback
            every = sorted({*weak, *([last] * must)}) or [first] * fallback
            expected[name] = (tuple(every) or None) if name == "bundle" else next(iter(taken), None)
        knowledge = knowledge_of([rule_of(0, (), then=tuple(then))])
        agree(knowledge, world)
        settled = inferred(knowledge, world).world
        assert {name: settled.value(settled.single("shop"), name) for name in orders} == expected


def test_varying_what_puts_one_option_before_another_settles_again() -> None:
    votes = tuple(Vote("default", c.Ref("shop", "choice", "shop"), option, HERE) for option in ("a", "c"))
    knowledge = knowledge_of([rule_of(0, (), then=votes)])
    tool = WorldRow("tool", 0, "")
    world = filled({"shop": (WorldRow("shop", 0, ""),), "tool": (tool,), "item": (), "clerk": ()}, {})
    assert inferred(knowledge, world).world.value(world.single("shop"), "choice") == "c"
    assert varied(inferred(knowledge, world), {(tool, "hue"): "red"}).world.value(world.single("shop"), "choice") == "a"
    same_as_afresh(knowledge, world, {(tool, "hue"): "red"})


@settings(KNOWN, max_examples=120)
@given(made_rules(), made_worlds())
def test_rete_gives_the_same_firings_for_generated_rules(knowledge: Knowledge, world: World) -> None:
    agree(knowledge, world)


@settings(KNOWN, max_examples=150)
@given(made_rules(), made_worlds(), made_worlds())
def test_varying_generated_rules_gives_what_working_them_out_from_scratch_gives(knowledge: Knowledge, world: World, other: World) -> None:
    rows = [row for of_entity in world.rows.values() for row in of_entity]
    change = {(row, name): other.value(row, name) for row in rows[:2] for name in ("hue", "size")}
    same_as_afresh(knowledge, world, change)


def test_counts_come_in_one_order_wherever_they_are_read() -> None:
    items = c.Pattern("item", "", (), HERE)
    knowledge = knowledge_of([rule_of(0, (c.Count(items, (("at_least", c.CountRef("n")),), "m", HERE), c.Count(items, (), "n", HERE)))])
    single = {name: (WorldRow(name, 0, ""),) for name in ("shop", "tool")}
    assert agree(knowledge, filled({**single, "item": (), "clerk": ()}, {})) == {"R-0"}


def test_a_count_may_be_a_bound_inside_another_count() -> None:
    all_items = c.Count(c.Pattern("item", "", (), HERE), (), "n", HERE)
    of_that_size = c.Test("size", HERE, bounds=(("at_least", c.CountRef("n")),))
    large_items = c.Count(c.Pattern("item", "", (of_that_size,), HERE), (("at_least", 1),), "m", HERE)
    vote = Vote("default", c.Ref("shop", "total", "shop"), c.CountRef("m"), HERE)
    total_is_1 = c.Pattern("shop", "shop", (c.Test("total", HERE, (1,)),), HERE)
    item, shop, tool = WorldRow("item", 0, ""), WorldRow("shop", 0, ""), WorldRow("tool", 0, "")
    world = filled({"item": (item,), "shop": (shop,), "tool": (tool,), "clerk": ()}, {(item, "size"): 3})
    knowledge = knowledge_of([rule_of(0, (all_items, large_items), then=(vote,)), rule_of(1, (total_is_1,))])
    assert agree(knowledge, world) == {"R-0", "R-1"}


def test_what_one_rule_calls_a_row_another_may_call_a_count() -> None:
    alike = c.Count(c.Pattern("clerk", "", (c.Test("hue", HERE, (c.Ref("other", "hue", "item"),)),), HERE), (), "one", HERE)
    counting = rule_of(0, (c.Pattern("item", "other", (), HERE), alike))
    counted = rule_of(1, (c.Pattern("item", "one", (RED,), HERE),))
    item, clerk = WorldRow("item", 0, ""), WorldRow("clerk", 0, "")
    single = {name: (WorldRow(name, 0, ""),) for name in ("shop", "tool")}
    world = filled({**single, "item": (item,), "clerk": (clerk,)}, {(item, "hue"): "red", (clerk, "hue"): "red"})
    assert agree(knowledge_of([counting, counted]), world) == {"R-0", "R-1"}

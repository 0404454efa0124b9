"""The ways to run the rules agree: the reference evaluator, experta with our matcher, experta's Rete, and incremental runs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rete import COMPARED, bindings, rete_inferred

from engine import conditions as c
from engine.facts import Dossier, Fact, Row, merged
from engine.inferring import inferred
from engine.matching import consulted
from engine.reading.dossiers import dossier_of
from engine.reading.knowledge import read_base
from engine.reading.nodes import read_node, read_text
from engine.rules import Knowledge, Rule
from engine.terms import Attribute, Entity, Value
from engine.world import World, world_of

ROOT = Path(__file__).parent.parent
ON = datetime.date(2026, 11, 24)
BASE: Any = read_base(ROOT / "knowledge").knowledge
KNOWN = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def agree(knowledge: Knowledge, world: World) -> set[str]:
    """Assert that three ways to run the rules give the same firings, and return the rules that fired."""
    bare = inferred(knowledge, world)
    through_experta = consulted(knowledge, world)
    assert through_experta.firings == bare.firings
    assert through_experta.settlings == bare.settlings
    assert rete_inferred(knowledge, world) == bindings(bare)
    return {id for id, firings in bare.firings.items() if firings}


# --- the stored cases


def stored() -> Iterable[Any]:
    """Yield every state that the stored cases know: after each step, and with each flip laid over the last one."""
    for path in sorted((ROOT / "cases").glob("*.yaml")):
        node: Any = read_node(read_text(path))
        problems: list[Any] = []
        dossier = Dossier(path.name, ())
        for step in node.get("steps").items:
            dossier = merged(dossier, dossier_of(step.get("facts"), path.name, BASE.vocabulary, problems, change=True))
            yield pytest.param(dossier, id=f"{path.stem} {step.get('on').text}")
        for key, flip in node.get("flips").pairs if node.get("flips") else ():
            change = dossier_of(flip.get("facts"), path.name, BASE.vocabulary, problems, change=True)
            yield pytest.param(merged(dossier, change), id=f"{path.stem} flip {key.text}")
        assert not problems


@pytest.mark.parametrize("dossier", list(stored()))
def test_rete_gives_the_same_firings_on_every_stored_case(dossier: Dossier) -> None:
    assert agree(BASE, world_of(dossier, BASE.vocabulary, ON))


# --- dossiers made from the vocabulary

MOST = {"need": 3, "stakeholder": 4, "competitor": 3}
Facts = dict[tuple[str, int], dict[str, Value]]


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


def dossier_with(facts: Facts) -> Dossier:
    rows = (Row(e, f"{e} {i}" if e in MOST else "", {name: Fact(v) for name, v in known.items()}) for (e, i), known in facts.items())
    return Dossier("made", tuple(rows))


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """Any number of rows with any subset of facts."""
    facts: Facts = {}
    for entity in BASE.vocabulary.entities.values():
        known = st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in given_by(entity).items()})
        for i in range(draw(st.integers(0, MOST[entity.name])) if entity.many else 1):
            facts[entity.name, i] = draw(known)
    return dossier_with(facts)


@settings(KNOWN, max_examples=60)
@given(dossiers())
def test_rete_gives_the_same_firings_on_generated_dossiers(dossier: Dossier) -> None:
    agree(BASE, world_of(dossier, BASE.vocabulary, ON))


# --- a dossier made for each rule, so that those with many conditions fire too

SPEAKERS: dict[tuple[str, object], list[Rule]] = {}
for _rule in BASE.rules:
    for _vote in _rule.votes:
        SPEAKERS.setdefault((_vote.target.attribute, _vote.option), []).append(_rule)


def made_for(rule: Rule) -> Dossier:
    """Return a dossier with some facts by chance, and those that meet the rule's conditions as far as that goes."""
    chance = Random(rule.id)
    facts: Facts = {}
    for entity in BASE.vocabulary.entities.values():
        for i in range(chance.randint(1, MOST[entity.name]) if entity.many else 1):
            facts[entity.name, i] = {n: chance.choice(v) for n, v in given_by(entity).items() if chance.random() < 0.3}
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


def test_rete_gives_the_same_firings_on_a_dossier_made_for_each_rule() -> None:
    fired: set[str] = set()
    for rule in BASE.rules:
        fired |= agree(BASE, world_of(made_for(rule), BASE.vocabulary, ON))
    assert len(fired) > 0.9 * len(BASE.rules), "too few rules fire for the agreement to mean much"

"""The shipped knowledge keeps its own promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from conftest import ON, ROOT

from engine.advising import Consultation
from engine.conditions import Condition, Count, FigureRef, Pattern, operands, reads, walk
from engine.evaluating import Verdict, holds
from engine.facts import Dossier, Row
from engine.problems import as_text
from engine.reading.knowledge import read_base
from engine.rules import Against, Knowledge, Line, Rule
from engine.texts import Slot, Text
from engine.world import world_of

NAMED = re.compile(r"\b(MEDDPICC|MEDDIC|SPIN|Miller Heiman|Challenger|TAS|Shipley|APMP|BANT|Rackham|Holden|TOGAF|Solution Selling)\b")
GROUPS = {"DRV": 22, "RLM": 26, "POS": 17, "QUA": 47, "CMP": 45, "ETH": 17}


def test_the_shipped_base_has_nothing_wrong() -> None:
    assert [as_text(problem) for problem in read_base(ROOT / "knowledge").problems] == []


def test_every_candidate_of_the_first_groups_is_there(knowledge: Knowledge) -> None:
    stems = {re.sub(r"[a-z]$", "", rule.id) for rule in knowledge.rules}
    missing = [f"{group}-{n:02d}" for group, last in GROUPS.items() for n in range(1, last + 1) if f"{group}-{n:02d}" not in stems]
    assert missing == []


def test_every_fact_has_its_meaning_question_and_whom_to_ask(knowledge: Knowledge) -> None:
    attributes = list(knowledge.vocabulary.attributes())
    assert len([a for a in attributes if not a.decided]) + 4 >= 201
    assert [f"{a.entity}.{a.name}" for a in attributes if not a.meaning] == []
    assert [f"{a.entity}.{a.name}" for a in attributes if not a.settled and not (a.ask and a.whom)] == []


def test_no_question_names_an_attribute(knowledge: Knowledge) -> None:
    names = {a.name for a in knowledge.vocabulary.attributes() if "_" in a.name}
    asked = {f"{a.entity}.{a.name}": a.ask for a in knowledge.vocabulary.attributes()}
    lines = [(rule.id, line) for rule in knowledge.rules for line in rule.lines if line.strength == "ask"]
    asked |= {id: " ".join(part for part in line.text.parts if isinstance(part, str)) for id, line in lines}
    assert [where for where, ask in asked.items() if any(re.search(rf"\b{name}\b", ask) for name in names)] == []


def test_no_why_equals_or_contains_its_title(knowledge: Knowledge) -> None:
    assert [r.id for r in knowledge.rules if r.title.lower().rstrip(".") in r.why.lower()] == []


def test_no_method_is_named_outside_the_sources(knowledge: Knowledge) -> None:
    found = []
    for rule in knowledge.rules:
        texts = [e.text if isinstance(e, Line) else e.say for e in rule.then]
        words = " ".join([rule.title, rule.why, *(p for t in texts if t for p in t.parts if isinstance(p, str))])
        found += [(rule.id, NAMED.findall(words))] if NAMED.findall(words) else []
    assert found == []


def test_law_and_ethics_are_locked(knowledge: Knowledge) -> None:
    loose = [r.id for r in knowledge.rules if not r.locked and (r.strength == "law" or r.id.startswith("ETH"))]
    assert loose == []


def test_every_act_that_a_rule_advises_has_a_lane_or_is_a_standing_duty(knowledge: Knowledge) -> None:
    loose = [r.id for r in knowledge.rules for line in r.lines if line.strength == "advise" and not line.lane]
    assert loose == []


def test_names_that_may_be_joined_are_never_the_subject_of_a_verb_in_the_singular(knowledge: Knowledge) -> None:
    """Two rows with one line read "a and b": right after an object or a preposition, wrong before "is" or "defends"."""
    many = {entity.name for entity in knowledge.vocabulary.entities.values() if entity.many}
    subject = re.compile(r"(?<!\bof )(?<!\bto )(?<!\bin )(?<!into )(?<!behind )(?<!before )(?<!\bfor )<name> (?!this\b|as\b)\w*s\b")
    found = []
    for where, text, each, _ in _sentences(knowledge):
        alone = {condition.name for condition in walk(each) if isinstance(condition, Pattern)}
        joined = {slot for slot in text.slots if slot.entity in many and slot.attribute == "name" and slot.name not in alone}
        parts = [part if isinstance(part, str) else "<name>" if part in joined else "_" for part in text.parts]
        found += [(where, match.group()) for match in subject.finditer("".join(parts))]
    assert found == []


def test_a_number_that_may_be_1_never_stands_before_a_plural(knowledge: Knowledge) -> None:
    """Not "1 days are left" but "Days left: 1", unless what the sentence is said under rules 1 out."""
    word = r"(?!(?:is|was|has|does|as|this|its)\b)(?:[a-z'-]+[^\Ws]s|people|criteria|are|were|remain)\b"
    plural = re.compile(rf"<n> (?!(?:per cent|thousand|of)\b)(?:[a-z'-]+ )?{word}|<n> of 100 (?:[a-z'-]+ )?are\b")
    votes = [(rule.id, e.say, (), rule.when) for rule in knowledge.rules for e in rule.then if not isinstance(e, Line) and e.say]
    found = []
    for where, text, each, when in (*_sentences(knowledge), *votes):
        ones = {slot for slot in text.slots if _may_be_one(slot, (*each, *when), knowledge)}
        parts = [part if isinstance(part, str) else "<n>" if part in ones else "_" for part in text.parts]
        found += [(where, match.group()) for match in plural.finditer("".join(parts))]
    assert found == []


def _sentences(knowledge: Knowledge) -> Iterator[tuple[str, Text, tuple[Condition, ...], tuple[Condition, ...]]]:
    """Yield each line of rules, outlines and route with the conditions that bind the rows it is said for, and its own."""
    assert knowledge.outlines is not None
    assert knowledge.route is not None
    for rule in knowledge.rules:
        yield from ((rule.id, text, (), rule.when) for line in rule.lines for text in (line.text, line.whom) if text)
    for where, sentence, each in knowledge.outlines.sentences():
        yield where, sentence.text, each, sentence.when
    for stage in knowledge.route.stages:
        yield from ((activity.id, activity.says.text, (), activity.says.when) for activity in stage.activities)


def _may_be_one(slot: Slot, conditions: tuple[Condition, ...], knowledge: Knowledge) -> bool:
    """Return whether a slot of a sentence holds a number that its conditions let be 1."""
    if slot.name == "figures":
        value = knowledge.figures[slot.attribute].value
        return 1 in (value.values() if isinstance(value, Mapping) else (value,))
    attribute = knowledge.vocabulary.attribute(slot.entity, slot.attribute)
    if slot.entity and not (attribute and attribute.numeric):
        return False
    return not any(_refuted_by_one(slot, condition, knowledge) for condition in conditions)


def _refuted_by_one(slot: Slot, condition: Condition, knowledge: Knowledge) -> bool:
    """Return whether a condition cannot hold while the slot's number is 1, whatever else may be known."""
    if isinstance(condition, Count) and condition.name == slot.name:
        counted = replace(condition, pattern=replace(condition.pattern, tests=()))  # of one row each, it comes to 1
        return _false_with_one(None, counted, knowledge)
    if not slot.attribute or (isinstance(condition, Pattern) and condition.entity == slot.entity and condition.name != slot.name):
        return False
    if (slot.entity, slot.attribute) in reads((condition,)) and _false_with_one(slot, condition, knowledge):
        return True
    needed = () if slot.entity in knowledge.vocabulary.lists else _voters(condition, knowledge)
    return any(all(any(_refuted_by_one(slot, c, knowledge) for c in rule.when) for rule in rules) for rules in needed)


def _false_with_one(slot: Slot | None, condition: Condition, knowledge: Knowledge) -> bool:
    """Return whether a condition is false where each entity has one row of which nothing but the slot's 1 is known."""
    vocabulary = knowledge.vocabulary
    world = world_of(Dossier("", tuple(Row(entity) for entity in vocabulary.entities)), vocabulary, ON)
    if slot:
        world.put(world.single(slot.entity), slot.attribute, 1)
    by = sorted({o.by for c in walk((condition,)) for o in operands(c) if isinstance(o, FigureRef) and o.by})
    found = []
    for values in product(*(vocabulary.entities[entity].attributes[name].values for entity, name in by)):
        for (entity, name), value in zip(by, values, strict=True):
            world.put(world.single(entity), name, value)
        found.append(holds((condition,), world, knowledge))
    return set(found) == {Verdict.FALSE}


def _voters(condition: Condition, knowledge: Knowledge) -> Iterator[list[Rule]]:
    """Yield, for each settled value without which a condition on one row fails, the rules that speak for it."""
    for test in condition.tests if isinstance(condition, Pattern) and condition.entity == knowledge.vocabulary.main else ():
        key = (knowledge.vocabulary.main, test.attribute)
        decision = knowledge.settles.get(key)
        if decision and test.options and not (test.negated or test.or_unknown or decision.per_row or decision.follows):
            yield [rule for rule in knowledge.voters[key] if any(v.target.key == key and v.option in test.options for v in rule.votes)]


def test_users_are_heard_before_whatever_the_confirmed_need_list_is_due_before(knowledge: Knowledge) -> None:
    heard, confirmed = ({line.blocks for line in knowledge.by_id[rule].lines} for rule in ("STK-34", "PLN-04"))
    assert heard == confirmed


def test_the_strata_come_out_as_the_rules_need_them(knowledge: Knowledge) -> None:
    level = {d.name: n for n, stratum in enumerate(knowledge.strata) for d in stratum.settles}
    reading = [
        ("size_band", "stalled"), ("size_band", "promotion_intensity"), ("shaping_window", "promotion_intensity"),
        ("promotion_intensity", "realm"), ("content_start", "realm"), ("position_vs_main", "strategy"),
        ("shaping_window", "strategy"), ("strategy", "qualification"), ("eb_state", "qualification"),
        ("champion_state", "qualification"), ("eb_state", "approach"), ("content_start", "outline"),
    ]  # fmt: skip
    assert [(below, above) for below, above in reading if level[below] >= level[above]] == []


def test_nobody_speaks_against_what_it_speaks_for(knowledge: Knowledge) -> None:
    both = []
    for rule in knowledge.rules:
        for_ = {(v.target.key, v.option) for v in rule.votes}
        both += [rule.id for e in rule.then if isinstance(e, Against) and (e.target.key, e.option) in for_]
    assert both == []


def test_governance_leads_the_architecture_of_a_data_project_and_business_that_of_others(advise: Callable[[str], Consultation]) -> None:
    def order(topic: str) -> list[str]:
        advice = advise(f"needs: [{{name: main, topic: {topic}, clarity: goal_only}}]\n").as_json()
        return list(advice["solution"]["architecture"])

    assert order("data_sharing") == ["governance", "business", "application", "data", "technology"]
    assert order("mes") == ["business", "application", "data", "technology", "operations"]


def test_the_seat_in_a_public_purchase_is_chosen_before_any_paper_of_the_solution_is_due(advise: Callable[[str], Consultation]) -> None:
    facts = "{name: main, clarity: goal_only, security_level: high, domestic_stack: yes, migration: complex}"
    deal = "{public_procurement: yes, doc_issued: no, value_k: 4000}"
    musts = [line["rule"] for line in advise(f"deal: {deal}\nneeds: [{facts}]\n").as_json()["advice"] if line["strength"] == "must"]
    papers = [rule for rule in musts if rule.startswith("SOL-")]
    assert set(papers) == {"SOL-17", "SOL-18", "SOL-29", "SOL-31", "SOL-36"}
    assert papers[0] == "SOL-36"

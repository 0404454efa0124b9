"""The stored cases cover the knowledge: every rule fires in one and nearly fires in another, and every option has a voice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import ROOT

from engine.advising import Consultation
from engine.claiming import claims, untrue
from engine.inferring import inferred
from engine.lines import Said
from engine.nearing import misses
from engine.reading.cases import Step
from engine.rules import Decision, Knowledge, Rule, Vote
from engine.texts import Slot
from engine.world import World, world_of

Worked = dict[str, Consultation]

NEVER_NEARLY = {
    "ASK-23": "counts the open questions, and a real dossier always leaves more than three",
    "DRV-08": "its one condition is a count without bound, which always holds",
}


@pytest.fixture(scope="module")
def worked(knowledge: Knowledge, runs: dict[str, Step]) -> Worked:
    """Return every step and flip worked out, without its questions: only ASK-23 waits for them."""
    found = {}
    for name, step in runs.items():
        world = world_of(step.dossier, knowledge.vocabulary, step.on)
        found[name] = Consultation(knowledge, step.dossier, step.on, world, inferred(knowledge, world), [])
    return found


def only_falls_back(rule: Rule) -> bool:
    return all(isinstance(effect, Vote) and effect.strength == "fallback" for effect in rule.then)


def nearly_fires(rule: Rule, consultation: Consultation) -> bool:
    """Return whether a rule is silent and exactly one condition stops it; one that only falls back, whether it did not speak."""
    if rule.waits_for_questions:
        return False
    if only_falls_back(rule):
        return rule.id not in consultation.showing.fired
    if rule.id in consultation.inference.firings:
        return False
    nearest = misses(rule, consultation.inference.world, consultation.knowledge)[:1]
    return any(len(miss.stopped_by) == 1 for miss in nearest)


def test_every_rule_fires_in_a_stored_case(knowledge: Knowledge, worked: Worked, consultations: Callable[[str], Consultation]) -> None:
    fired = {rule for consultation in worked.values() for rule in consultation.showing.fired}
    fired.update(consultations(next(iter(worked))).showing.fired)
    assert [rule.id for rule in knowledge.rules if not rule.draft and rule.id not in fired] == []


def test_every_rule_with_conditions_is_silent_in_a_stored_case_in_which_all_but_one_hold(knowledge: Knowledge, worked: Worked) -> None:
    asked = [rule for rule in knowledge.rules if not rule.draft and (rule.when or rule.unless or only_falls_back(rule))]
    never = [rule.id for rule in asked if not any(nearly_fires(rule, consultation) for consultation in worked.values())]
    assert never == sorted(NEVER_NEARLY)


# --- advice that is about this case


def names_the_case(said: Said, world: World) -> bool:
    """Return whether a line names a row or a known fact of the dossier."""
    return any(_resolves(slot, said, world) for slot in said.line.text.slots)


def _resolves(slot: Slot, said: Said, world: World) -> bool:
    if slot.name == "figures" or not slot.attribute:
        return False
    rows = [dict(firing.rows).get(slot.name) or world.single(slot.entity) for firing in said.firings]
    if slot.attribute == "name":
        return any(row.name for row in rows)
    return any((row, slot.attribute) in world.facts and world.value(row, slot.attribute) is not None for row in rows)


def test_of_every_stored_case_a_third_of_the_lines_name_somebody_or_something_of_it(worked: Worked) -> None:
    found = {}
    for name, consultation in worked.items():
        lines = consultation.report().lines.said
        named = sum(names_the_case(said, consultation.inference.world) for said in lines)
        if not lines or named * 3 < len(lines):
            found[name] = f"{named} of {len(lines)}"
    assert found == {}


# --- every option


def voiced(decision: Decision, knowledge: Knowledge) -> set[object]:
    """Return the options of a decision that somebody speaks for: by a vote, as its alternative, or by what it follows."""
    votes = [vote for rule in knowledge.rules if not rule.draft for vote in rule.votes if vote.target.key in decision.keys]
    followed = {option for _, options in decision.follows for option in options.values()}
    return followed | {option for vote in votes for option in (vote.option, *vote.others)}


def test_every_option_has_a_rule_that_speaks_for_it_or_a_written_reason(knowledge: Knowledge) -> None:
    record = (ROOT / "docs" / "decisions" / "0010-options-nobody-speaks-for.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"(?m)^\| `(\w+: \w+)` \|", record))
    silent = {
        f"{decision.name}: {option}"
        for decision in knowledge.decisions
        if not decision.derived
        for option in decision.options
        if option not in voiced(decision, knowledge)
    }
    assert silent == reasons


def test_what_a_rule_says_of_its_cases_is_so(knowledge: Knowledge, runs: dict[str, Step]) -> None:
    said = list(claims(knowledge.rules))
    assert [claim for claim in said if claim.run not in runs] == []
    assert list(untrue(knowledge, runs)) == []
    turned = [replace(rule, cases={"fires": rule.cases["silent"], "silent": rule.cases["fires"]}) for rule in knowledge.rules]
    lies = {(claim.rule.id, claim.run) for claim in untrue(replace(knowledge, rules=tuple(turned)), runs)}
    assert lies == {(claim.rule.id, claim.run) for claim in said if not claim.rule.waits_for_questions}
    assert [rule.id for rule in knowledge.rules if not rule.cases.get("fires")] == []

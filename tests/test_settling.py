"""Settling, showing, asking and time as RULES.md and DESIGN.md section 5 have them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from conftest import ON, ROOT
from test_rule_format import LEAD, advised, asked, asks, base, consulted, lines, mistakes, rule, screen, toy, worked_out
from toy import FIGURES, VOCABULARY

from engine import pages
from engine.asking import Asking
from engine.facts import Dossier, Row
from engine.inferring import inferred
from engine.limits import unknown
from engine.reading.cases import Step, stem
from engine.records import questions
from engine.reporting import Report
from engine.rules import Against, Knowledge, Line
from engine.showing import Showing
from engine.wording import Speaker
from engine.world import world_of

STRENGTHS = ("law", "veto", "must", "default", "fallback")


def voting(*votes: str, when: str = "always") -> list[str]:
    """Return rules V-01, V-02 ... that cast a vote each; `law` votes are locked."""
    return [rule(f"V-{n:02d}", when, f"[{vote}]", locked="yes" if vote.startswith("law") else "") for n, vote in enumerate(votes, 1)]


def decided(name: str, *votes: str, facts: str = LEAD, when: str = "always") -> dict[str, Any]:
    """Return how a decision comes out of votes that are cast by a rule each."""
    return advised(voting(*votes, when=when), facts)["decisions"][name]


def settled(derived: str, *votes: str) -> Any:
    """Return how a derived fact comes out."""
    return advised(voting(*votes))["derived"].get(f"deal.{derived}")


# --- strength, then the declared order


@pytest.mark.parametrize(("stronger", "weaker"), list(pairwise(STRENGTHS)))
def test_the_strongest_vote_wins_over_any_number_of_weaker_ones(stronger: str, weaker: str) -> None:
    votes = [f"{weaker}: {{deal.qualification: decline}}"] * 3
    decision = decided("qualification", *votes, f"{stronger}: {{deal.qualification: pursue}}")
    assert decision["choice"] == "pursue"
    assert [reason["rule"] for reason in decision["because"]] == ["V-04"]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_among_equals_the_first_in_the_declared_order_wins_however_many_speak(strength: str) -> None:
    votes = [f"{strength}: {{deal.qualification: {option}}}" for option in ("pursue", "pursue", "nurture", "conditional")]
    assert decided("qualification", *votes)["choice"] == "nurture"


def test_a_fallback_speaks_only_where_no_option_stands() -> None:
    fallback = "fallback: {deal.qualification: decline}"
    assert decided("qualification", fallback)["choice"] == "decline"
    assert decided("qualification", fallback, "default: {deal.qualification: pursue}")["choice"] == "pursue"
    taken = decided("qualification", fallback, "default: {deal.qualification: pursue}", "against: {deal.qualification: pursue}")
    assert taken["choice"] == "decline"


def test_what_lost_is_kept_with_what_beat_it_and_the_best_of_it_is_the_runner_up() -> None:
    speaking = ("default", "pursue"), ("veto", "decline"), ("must", "conditional"), ("default", "minimal"), ("against", "minimal")
    decision = decided("qualification", *(f"{strength}: {{deal.qualification: {option}}}" for strength, option in speaking))
    assert decision["choice"] == "decline"
    assert decision["runner_up"] == "conditional"
    beaten = {reason["rule"]: reason["beaten_by"] for reason in decision["against"]}
    assert beaten == {"V-01": ["V-02"], "V-03": ["V-02"], "V-04": ["V-05"]}


def test_a_decision_nobody_speaks_on_has_its_key_with_null_and_readers_find_it_unknown() -> None:
    advice = advised([rule("R-01", "[deal: {proof_mode: unknown}]", '[advise: "No proof is chosen."]')])
    for name, decision in advice["decisions"].items():
        assert decision["choice"] is None, name
    assert lines(advice) == ["No proof is chosen."]
    assert advice["solution"]["architecture"] is None
    assert advice["derived"] == {}


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("eb_state", "supportive met named unidentified"),
        ("champion_state", "tested lost friendly none"),
        ("position_vs_main", "weaker even dominant stronger"),
        ("size_band", "strategic large medium small"),
        ("stalled", "yes no"),
        ("contact_open", "no yes"),
        ("shaping_window", "closed narrow open"),
        ("promotion_intensity", "full standard light"),
        ("content_start", "need product"),
        ("realm", "whole_promotion need_start product_start"),
        ("strategy", "defend frontal fragment flanking develop disengage"),
        ("qualification", "decline nurture minimal conditional pursue"),
        ("approach", "consulting_first partner_led phased_transformation custom_build integrate_not_replace product_with_integration"
                     " configured_product standard_product"),
        ("outline", "buyer_order realm2_outline realm1_outline"),
        ("proof_mode", "poc pilot reference_visit tailored_demo workshop none"),
        ("contract_advice", "paid_definition_then_fixed hybrid_by_phase time_materials_capped fixed_price subscription"),
        ("delivery_shape", "phased_with_parallel_run phased pilot_then_waves single_step"),
    ],
)  # fmt: skip
def test_the_shipped_orders_are_those_of_the_contract(name: str, order: str, knowledge: Knowledge) -> None:
    assert [d.options for d in knowledge.decisions if d.name == name] == [tuple(order.split())]


# --- against


@pytest.mark.parametrize(("strength", "stays"), [("law", True), ("veto", True), ("must", True), ("default", False), ("fallback", True)])
def test_against_takes_default_votes_and_never_a_stronger_one_or_a_fallback(strength: str, stays: bool) -> None:
    decision = decided("strategy", f"{strength}: {{deal.strategy: frontal}}", "against: {deal.strategy: frontal}")
    assert decision["choice"] == ("frontal" if stays else None)


def test_against_one_option_leaves_the_next() -> None:
    votes = ("default: {deal.strategy: frontal}", "default: {deal.strategy: flanking}", "against: {deal.strategy: frontal}")
    assert decided("strategy", *votes)["choice"] == "flanking"


def test_against_takes_what_is_only_advised_and_what_is_followed() -> None:
    votes = ("advise: {deal.positioning: value_selection}", "against: {deal.positioning: value_selection}")
    assert decided("positioning", *votes)["choice"] is None
    votes = ("default: {deal.content_start: product}", "against: {deal.realm: product_start}", "fallback: {deal.realm: need_start}")
    assert decided("realm", *votes)["choice"] == "need_start"


def test_against_on_the_deal_counts_for_every_need_and_on_a_need_for_that_one() -> None:
    rules = voting("default: {need.content_start: product}", "fallback: {need.content_start: need}", when="[need: {}]")
    needs = "needs: [{name: a, pain: latent}, {name: b}]"
    every = [*rules, rule("R-01", "always", "[against: {deal.content_start: product}]")]
    assert advised(every, needs)["decisions"]["content_start"]["per_need"] == {"a": "need", "b": "need"}
    one = [*rules, rule("R-01", "[need: {pain: latent}]", "[against: {need.content_start: product}]")]
    assert advised(one, needs)["decisions"]["content_start"]["per_need"] == {"a": "need", "b": "product"}


# --- derived facts


def test_derived_facts_are_settled_like_decisions() -> None:
    assert settled("size_band", "default: {deal.size_band: small}", "default: {deal.size_band: large}") == "large"
    assert settled("size_band", "must: {deal.size_band: small}", "default: {deal.size_band: large}") == "small"
    assert settled("size_band", "fallback: {deal.size_band: large}", "default: {deal.size_band: small}") == "small"
    assert settled("size_band", "default: {deal.size_band: large}", "against: {deal.size_band: large}") is None


def test_derived_numbers_take_the_lowest_or_the_highest_among_the_strongest() -> None:
    assert settled("qual_score", "default: {deal.qual_score: 60}", "default: {deal.qual_score: 40}") == 40
    assert settled("contacts_active", "default: {deal.contacts_active: 3}", "default: {deal.contacts_active: 11}") == 11
    assert settled("contacts_active", "must: {deal.contacts_active: 3}", "default: {deal.contacts_active: 11}") == 3


# --- several needs


def test_without_needs_what_is_voted_on_the_deal_is_the_deals_own() -> None:
    decision = decided("content_start", "default: {deal.content_start: product}", "fallback: {deal.content_start: need}")
    assert (decision["choice"], decision["per_need"]) == ("product", {})
    assert decided("content_start", "default: {need.content_start: product}", when="[need: {}]")["choice"] is None


def test_with_one_need_the_deal_has_its_value() -> None:
    votes = ("default: {need.content_start: product}", "fallback: {deal.content_start: need}")
    decision = decided("content_start", *votes, facts="needs: [{name: a}]", when="[need: {}]")
    assert (decision["choice"], decision["per_need"]) == ("product", {"a": "product"})


def test_with_three_needs_the_deal_has_the_first_in_order_that_any_need_has() -> None:
    rules = [
        rule("R-01", "[need: {fit_pct: {at_least: 95}}]", "[default: {need.approach: standard_product}]"),
        rule("R-02", "[need: {fit_pct: {below: 70}}]", "[default: {need.approach: custom_build}]"),
        rule("R-03", "always", "[fallback: {deal.approach: configured_product}]"),
        rule("R-04", "[need: {approach: custom_build}]", '[advise: "Build for {need.name}."]'),
        rule("R-05", "[deal: {approach: custom_build}]", '[advise: "The deal is built."]'),
    ]
    decision = (advice := advised(rules, "needs: [{name: a, fit_pct: 98}, {name: b, fit_pct: 50}, {name: c}]"))["decisions"]["approach"]
    assert decision["per_need"] == {"a": "standard_product", "b": "custom_build", "c": "configured_product"}
    assert decision["choice"] == "custom_build"
    assert [reason["rule"] for reason in decision["because"]] == ["R-02"]
    assert lines(advice) == ["Build for b.", "The deal is built."]


def test_a_vote_on_the_deal_counts_for_every_need() -> None:
    rules = [
        rule("R-01", "always", "[default: {deal.content_start: need}]"),
        rule("R-02", "[need: {pain: latent}]", "[must: {need.content_start: product}]"),
    ]
    decision = advised(rules, "needs: [{name: a, pain: latent}, {name: b}]")["decisions"]["content_start"]
    assert (decision["per_need"], decision["choice"]) == ({"a": "product", "b": "need"}, "need")


def test_a_derived_fact_of_a_row_is_settled_for_each_row() -> None:
    words = VOCABULARY.replace(
        "        speed:", "        risk: {values: [low, high], derived: yes, settle: [high, low], meaning: Danger.}\n        speed:"
    )
    rules = rule("R-01", "[pump: {fluid: acid}]", "[default: {pump.risk: high}]") + rule(
        "R-02", "[pump: {risk: high}]", '[must: "{pump.name}!"]'
    )
    rules += rule("R-03", "[pump: {}]", "[default: {pump.risk: low}]")
    advice = worked_out(toy(rules, vocabulary=words), "pumps: [{name: a, fluid: acid}, {name: b}]").as_json()
    assert advice["derived"] == {"pump[a].risk": "high", "pump[b].risk": "low"}
    assert lines(advice) == ["a!"]


# --- decisions that take many


def test_of_main_and_more_the_main_one_is_the_strongest_vote_and_the_others_stand_beside_it_in_order() -> None:
    decision = decided(
        "positioning", "advise: {deal.positioning: value_selection}", "default: {deal.positioning: process_promotion}",
        "default: {deal.positioning: solution_preparation}", "fallback: {deal.positioning: success_assurance}",
    )  # fmt: skip
    assert decision["choice"] == "solution_preparation"
    assert decision["also"] == ["value_selection", "process_promotion"]
    stronger = decided("positioning", "default: {deal.positioning: value_selection}", "must: {deal.positioning: success_assurance}")
    assert (stronger["choice"], stronger["also"]) == ("success_assurance", ["value_selection"])


def test_of_main_and_more_with_advise_alone_the_first_is_main_and_a_fallback_only_where_none_stands() -> None:
    advise = [f"advise: {{deal.positioning: {option}}}" for option in ("success_assurance", "process_promotion")]
    fallback = "fallback: {deal.positioning: value_selection}"
    decision = decided("positioning", *advise, fallback)
    assert (decision["choice"], decision["also"]) == ("process_promotion", ["success_assurance"])
    decision = decided("positioning", fallback)
    assert (decision["choice"], decision["also"]) == ("value_selection", [])
    decision = decided("positioning")
    assert (decision["choice"], decision["also"]) == (None, [])


def test_of_many_all_options_that_stand_are_taken_in_the_declared_order() -> None:
    votes = ("default: {deal.support: legal}", "must: {deal.support: partner}", "advise: {deal.support: senior_lead}")
    fallback = "fallback: {deal.support: finance}"
    assert decided("support", *votes, fallback)["choice"] == ["senior_lead", "legal", "partner"]
    assert decided("support", fallback)["choice"] == ["finance"]
    assert decided("support", *votes, "against: {deal.support: legal}", "against: {deal.support: partner}")["choice"] == [
        "senior_lead",
        "partner",
    ]
    assert decided("support")["choice"] is None


# --- what decisions.yaml says of a decision


@pytest.mark.parametrize(
    ("person", "choice"),
    [
        ("", "develop"),
        ("influence: high, prefers: us, action_taken: yes", "flanking"),
        ("influence: high, prefers: us", "develop"),
        ("influence: high, prefers: us, action_taken: yes, departed: yes", "develop"),
    ],
)
def test_one_option_goes_before_another_unless_the_conditions_hold(person: str, choice: str) -> None:
    facts = LEAD + (f"\nstakeholders: [{{name: a, {person}}}]" if person else "")
    votes = ("default: {deal.strategy: flanking}", "default: {deal.strategy: develop}")
    assert decided("strategy", *votes, facts=facts)["choice"] == choice
    assert decided("strategy", "must: {deal.strategy: flanking}", votes[1], facts=facts)["choice"] == "flanking"


@pytest.mark.parametrize(
    ("start", "realm", "outline"), [("need", "need_start", "realm2_outline"), ("product", "product_start", "realm1_outline")]
)
def test_a_settled_decision_speaks_as_a_default_where_another_follows_it(start: str, realm: str, outline: str) -> None:
    follow = f"fallback: {{deal.content_start: {start}}}"
    decisions = advised(voting(follow))["decisions"]
    assert (decisions["realm"]["choice"], decisions["outline"]["choice"]) == (realm, outline)
    assert [reason["rule"] for reason in decisions["realm"]["because"]] == ["V-01"]
    votes = ("default: {deal.outline: buyer_order}", "fallback: {deal.realm: whole_promotion}", "must: {deal.realm: product_start}")
    decisions = advised(voting(follow, *votes))["decisions"]
    assert (decisions["realm"]["choice"], decisions["outline"]["choice"]) == ("product_start", "buyer_order")
    decisions = advised(voting(follow, "default: {deal.realm: whole_promotion}", "fallback: {deal.outline: buyer_order}"))["decisions"]
    assert (decisions["realm"]["choice"], decisions["outline"]["choice"]) == ("whole_promotion", outline)


# --- what is shown

EASED = voting(
    "default: {deal.content_start: product}", "default: {deal.promotion_intensity: full}", "must: {deal.realm: whole_promotion}",
    "default: {deal.strategy: frontal}",
)  # fmt: skip
READING = [
    rule("R-01", "[deal: {strategy: frontal}]", '[law: "By the hidden strategy."]', locked="yes"),
    rule("R-02", "[deal: {strategy: frontal}]", '[default: {deal.qualification: pursue}, warn: "Speaks on qualification."]'),
    rule("R-03", "[deal: {strategy: frontal}]", "[must: {deal.proof_mode: poc}]"),
    rule("R-04", "[deal: {proof_mode: poc}]", '[advise: "Proof."]'),
    rule("R-05", "always", '[advise: "Meet them {deal.strategy}."]'),
    rule("R-06", "[deal: {promotion_intensity: full}]", '[advise: "Full promotion."]'),
    rule("R-07", "[settled: deal.strategy]", '[advise: "There is a strategy."]'),
    rule("R-08", "[deal: {content_start: product}]", '[advise: "From the product."]'),
]


@pytest.mark.parametrize(
    ("qualification", "strategy"),
    [("decline", None), ("nurture", None), ("minimal", "frontal"), ("conditional", "frontal"), ("pursue", "frontal")],
)
def test_the_shown_choice_is_eased_and_the_settled_one_kept(qualification: str, strategy: str | None) -> None:
    decisions = advised([*EASED, rule("R-09", "always", f"[must: {{deal.qualification: {qualification}}}]")])["decisions"]
    assert (decisions["strategy"]["choice"], decisions["strategy"]["if_pursued"]) == (strategy, "frontal")
    pursued = qualification in ("conditional", "pursue")
    assert (decisions["promotion_intensity"]["choice"], decisions["promotion_intensity"]["if_pursued"]) == (
        "full" if pursued else "light",
        "full",
    )
    assert decisions["realm"]["choice"] == ("whole_promotion" if pursued else "product_start")


@pytest.mark.parametrize(
    ("vote", "shown"), [("default: {deal.strategy: develop}", "develop"), ("default: {deal.strategy: flanking}", None)]
)
def test_with_nurture_the_strategy_is_develop_where_develop_has_a_vote(vote: str, shown: str | None) -> None:
    decision = decided("strategy", "must: {deal.qualification: nurture}", "must: {deal.strategy: frontal}", vote)
    assert (decision["choice"], decision["if_pursued"]) == (shown, "frontal")
    assert decided("strategy", "must: {deal.qualification: decline}", vote)["choice"] is None


def test_lines_of_rules_that_read_a_hidden_choice_are_not_said_and_stay_in_fired() -> None:
    advice = advised([*EASED, *READING, rule("R-09", "always", "[veto: {deal.qualification: decline}]")])
    assert lines(advice) == ["From the product.", "Proof.", "Speaks on qualification."]
    assert [r for r in advice["fired"] if r.startswith("R")] == [f"R-0{n}" for n in range(1, 10)]
    assert advice["held_back"] == []
    assert advice["decisions"]["proof_mode"]["choice"] == "poc"


def test_lines_that_read_what_is_shown_as_it_was_settled_are_said() -> None:
    advice = advised([*EASED, *READING])
    assert len(lines(advice)) == 7
    advice = advised([*EASED, *READING, rule("R-09", "always", "[veto: {deal.qualification: minimal}]")])
    assert "By the hidden strategy." in lines(advice) and "Full promotion." not in lines(advice)


def test_unsettled_reads_the_strategy_and_a_null_that_was_settled_hides_nothing_else() -> None:
    rules = [
        rule("R-01", "[unsettled: deal.strategy]", '[fallback: "No strategy yet."]'),
        rule("R-02", "always", "[veto: {deal.qualification: decline}]"),
    ]
    advice = advised(rules)
    assert lines(advice) == []
    assert advice["fired"] == ["R-01", "R-02"]


@pytest.mark.parametrize("beside", ['whom: "who knows {deal.strategy}"', "needs: {deal.strategy: frontal}"])
def test_a_line_that_reads_a_hidden_choice_beside_its_text_is_not_said(beside: str) -> None:
    rules = [
        *voting("default: {deal.strategy: frontal}", "veto: {deal.qualification: decline}"),
        rule("R-01", "always", f'[{{advise: "Act.", {beside}}}]'),
    ]
    assert lines(advised(rules)) == []


LANE = "lane: promotion"
QUIETED = [
    rule("R-01", "always", f'[{{must: "A duty.", {LANE}}}, {{veto: "A stop.", {LANE}}}]'),
    rule("R-02", "always", f'[{{law: "A law.", {LANE}}}]', locked="yes"),
    rule("R-03", "[deal: {qualification: [decline, nurture, minimal, conditional, pursue]}]", f'[{{advise: "It reads.", {LANE}}}]'),
    rule("R-04", "always", f'[default: {{deal.qualification: pursue}}, {{advise: "It votes.", {LANE}}}]'),
]


@pytest.mark.parametrize("qualification", ["decline", "nurture", "minimal", "conditional", "pursue"])
def test_a_choice_that_quiets_leaves_plan_and_actions_to_law_veto_and_what_reads_or_votes_on_it(qualification: str) -> None:
    consultation = consulted([*QUIETED, rule("R-09", "always", f"[must: {{deal.qualification: {qualification}}}]")])
    advice = consultation.as_json()
    quiet = qualification in ("decline", "nurture", "minimal")
    speaking = {"A stop.", "A law.", "It reads."}
    everything = {*speaking, "A duty.", "It votes."}
    assert set(lines(advice)) == everything
    tasks = {t["text"] for stage in advice["plan"]["stages"] for lane in stage["lanes"].values() for t in lane}
    assert tasks & everything == speaking | (set() if quiet else {"A duty."}) | ({"It votes."} if qualification == "pursue" else set())
    assert (tasks <= everything) is quiet
    assert not quiet or "A duty." not in screen(pages.first_screen(consultation, "more"))
    assert ("If it reopens" in screen(pages.whole(consultation))) is quiet


# --- which rules fired


def test_a_rule_that_only_falls_back_is_in_fired_where_it_spoke() -> None:
    rules = [
        rule("R-01", "always", "[fallback: {deal.qualification: pursue}]"),
        rule("R-02", "always", "[fallback: {deal.strategy: frontal}, fallback: {deal.qualification: pursue}]"),
        rule("R-03", "always", '[fallback: {deal.qualification: pursue}, warn: "Look out."]'),
        rule("R-04", "always", "[fallback: {deal.qualification: nurture}]"),
        rule("R-05", "[deal: {stage: lead}]", "[default: {deal.qualification: conditional}]"),
    ]
    assert advised(rules)["fired"] == ["R-02", "R-03", "R-05"]
    assert advised(rules, "deal: {stage: research}")["fired"] == ["R-02", "R-03", "R-04"]


def test_a_rule_that_falls_back_for_one_need_is_in_fired() -> None:
    rules = [
        rule("R-01", "always", "[fallback: {deal.content_start: need}]"),
        rule("R-02", "[need: {pain: latent}]", "[default: {need.content_start: product}]"),
    ]
    assert advised(rules, "needs: [{name: a, pain: latent}, {name: b}]")["fired"] == ["R-01", "R-02"]
    assert advised(rules, "needs: [{name: a, pain: latent}]")["fired"] == ["R-02"]


def test_fired_is_in_id_order_and_a_stem_counts_as_fired_when_a_part_does() -> None:
    rules = [
        rule(id, when, '[advise: "Yes."]') for id, when in (("R-18b", "always"), ("R-18a", "[deal: {stage: research}]"), ("R-02", "always"))
    ]
    fired = advised(rules)["fired"]
    assert fired == ["R-02", "R-18b"]
    assert "R-18" in {stem(id) for id in fired}


# --- the order in which things are settled


@pytest.mark.parametrize(
    ("rules", "members"),
    [
        ([rule("R-01", "[unsettled: deal.strategy]", "[default: {deal.strategy: frontal}]")], ("strategy", "R-01")),
        ([rule("R-01", "[deal: {strategy: frontal}]", "[against: {deal.strategy: flanking}]")], ("strategy", "R-01")),
        (
            [
                rule("R-01", "[deal: {strategy: frontal}]", "[default: {deal.qualification: pursue}]"),
                rule("R-02", "always", "[default: {deal.strategy: frontal}]", unless="[deal: {qualification: pursue}]"),
            ],
            ("strategy", "qualification", "R-01", "R-02"),
        ),
        (
            [
                rule("R-01", "[no: {deal: {size_band: large}}]", "[default: {deal.stalled: yes}]"),
                rule("R-02", "[any: [deal: {stalled: yes}, deal: {stage: lead}]]", "[default: {deal.proof_mode: poc}]"),
                rule("R-03", "[settled: {deal.proof_mode: {by: must}}]", "[default: {deal.size_band: large}]"),
            ],
            ("size_band", "stalled", "proof_mode", "R-01", "R-02", "R-03"),
        ),
        ([rule("R-01", "[deal: {realm: need_start}]", "[default: {deal.content_start: need}]")], ("realm", "content_start", "R-01")),
        ([rule("R-01", "[need: {content_start: need}]", "[default: {deal.content_start: need}]")], ("content_start", "R-01")),
        (
            [
                rule("R-01", "[deal: {last_buyer_action_days: {above: figures.silence_days}}]", "[default: {deal.eb_state: named}]"),
                rule("R-02", "[deal: {eb_state: named}]", "[default: {deal.size_band: small}]"),
            ],
            ("size_band", "eb_state", "R-01", "R-02"),
        ),
        (
            [
                rule("R-01", "always", "[default: {deal.qual_score: {score: scorecards/qualification.csv}}]"),
                rule("R-02", "[deal: {qual_score: {above: 50}}]", "[default: {deal.eb_state: met}]"),
            ],
            ("qual_score", "eb_state", "R-01", "R-02"),
        ),
    ],
    ids=["itself", "itself by against", "two", "three", "a follower", "a need and its deal", "the row of a figure", "a scorecard"],
)  # fmt: skip
def test_a_loop_is_an_error_that_names_its_members(rules: list[str], members: tuple[str, ...]) -> None:
    found = " ".join(mistakes(*rules))
    assert [member for member in members if member not in found] == []


def test_a_line_may_read_any_decision_without_making_a_loop() -> None:
    rules = [
        rule("R-01", "[deal: {strategy: frontal}]", '[default: {deal.qualification: pursue}, must: "{deal.realm}, {deal.qualification}"]')
    ]
    assert mistakes(*rules, rule("R-02", "[deal: {qualification: pursue, realm: need_start}]", '[veto: "Stop."]')) == []


LAYERS = (
    "size_band eb_state champion_state contacts_active shaping_window position_vs_main", "stalled qual_score",
    "promotion_intensity content_start", "realm", "strategy", "qualification",
    "approach outline architecture support positioning proof_mode contract_advice plan_from",
)  # fmt: skip


def test_the_shipped_rules_settle_each_layer_from_those_above_it(knowledge: Knowledge) -> None:
    layer = {name: n for n, names in enumerate(LAYERS) for name in names.split()}
    wrong = set()
    for shipped in knowledge.rules:
        read = {knowledge.settles[key].name for key in shipped.reads if key in knowledge.settles}
        for effect in shipped.then:
            if not isinstance(effect, Line) and not shipped.draft:
                name = effect.target.attribute
                wrong |= {(shipped.id, r, name) for r in read if r in layer and name in layer and layer[r] >= layer[name]}
    assert wrong == set()


# --- time


def known(facts: str, attribute: str, on: date = ON) -> Any:
    """Return what a text says of an attribute of the deal on a date."""
    found = lines(advised([rule("R-01", "always", f'[advise: "{{deal.{attribute}}}"]')], facts, on))[0]
    return None if found == "(not known)" else found


@pytest.mark.parametrize(("on", "counts"), [("2026-09-02", True), ("2026-09-01", False), ("2026-12-01", True)])
def test_a_fact_past_its_shelf_life_counts_as_unknown_says_so_and_raises_its_question(on: str, counts: bool) -> None:
    advice = advised(
        [rule("R-01", "[deal: {budget_state: approved}]", '[must: "Spend."]')], f"deal: {{budget_state: {{value: approved, on: {on}}}}}"
    )
    assert lines(advice) == (["Spend."] if counts else [])
    assert [entry["fact"] for entry in advice["expired"]] == ([] if counts else ["deal.budget_state"])
    assert ("deal.budget_state" in asked(advice)) is not counts


@pytest.mark.parametrize("attribute", ["budget_state: {value: approved,", "lots: {value: single,", "days_to_deadline: {value: 9,"])
def test_a_fact_of_a_later_day_does_not_count_yet_says_so_and_raises_its_question(attribute: str) -> None:
    name = attribute.partition(":")[0]
    consultation = consulted([rule("R-01", f"[deal: {{{name}: known}}]", '[must: "Act."]')], f"deal: {{{attribute} on: 2026-12-02}}}}")
    advice = consultation.as_json()
    assert lines(advice) == []
    assert [(entry["fact"], entry["why"]) for entry in advice["expired"]] == [
        (f"deal.{name}", "it lies after the date of this consultation")
    ]
    assert f"deal.{name}" in asked(advice)
    assert "Not counted" in screen(pages.first_screen(consultation, ""))


def test_an_expired_fact_that_no_rule_reads_is_asked_again_too() -> None:
    advice = advised([rule("R-01", "always", '[advise: "Yes."]')], "deal: {budget_state: {value: approved, on: 2026-01-01}}")
    assert asked(advice) == ["deal.budget_state"]


def test_a_fact_without_date_or_without_shelf_life_never_expires() -> None:
    assert known("deal: {budget_state: approved}", "budget_state", date(2036, 1, 1)) == "approved"
    assert known("deal: {first_heard: {value: with_doc, on: 2001-01-01}}", "first_heard") == "with_doc"


@pytest.mark.parametrize(
    ("attribute", "value", "noted", "on", "now"),
    [
        ("days_to_deadline", 18, "2026-11-21", ON, "8"),
        ("days_to_deadline", 10, "2026-11-21", ON, "0"),
        ("days_to_deadline", 9, "2026-11-21", ON, None),
        ("last_buyer_action_days", 5, "2026-11-21", ON, "15"),
        ("last_buyer_action_days", 0, "2026-12-01", ON, "0"),
        ("contract_renewal_months", 10, "2026-09-01", ON, "7"),
        ("contract_renewal_months", 10, "2026-09-02", ON, "8"),
        ("contract_renewal_months", 1, "2026-10-01", ON, None),
        ("contract_renewal_months", 13, "2025-12-31", date(2026, 12, 31), "1"),
    ],
)
def test_moving_facts_hold_on_their_date_and_move_with_the_consultation(
    attribute: str, value: int, noted: str, on: date, now: str | None
) -> None:
    assert known(f"deal: {{{attribute}: {{value: {value}, on: {noted}}}}}", attribute, on) == now
    assert known(f"deal: {{{attribute}: {value}}}", attribute, on) == str(value)


def test_a_moving_fact_is_compared_as_it_has_moved() -> None:
    rules = [rule("R-01", "[deal: {days_to_deadline: {below: figures.short_notice_days}}]", '[warn: "{deal.days_to_deadline} days."]')]
    facts = "deal: {days_to_deadline: {value: 18, on: 2026-11-20}}"
    assert lines(advised(rules, facts)) == ["7 days."]
    assert lines(advised(rules, facts, date(2026, 11, 25))) == []


# --- how firm


@pytest.mark.parametrize(
    ("grades", "weakest"),
    [(("shown", "shown"), "shown"), (("shown", "said"), "said"), (("said", ""), "assumed"), (("assumed", "shown"), "assumed")],
)
def test_the_weakest_grade_is_that_of_the_weakest_fact_behind_the_choice_also_through_derived_facts(
    grades: tuple[str, str], weakest: str
) -> None:
    rules = [
        rule("R-01", "[deal: {value_k: {above: 300}}]", "[default: {deal.size_band: large}]"),
        rule("R-02", "[deal: {size_band: large}, customer: {ownership: public_body}]", "[must: {deal.qualification: pursue}]"),
        rule("R-03", "[us: {partner: none}]", "[default: {deal.qualification: decline}]"),
    ]
    money, owner = (f", grade: {grade}" if grade else "" for grade in grades)
    facts = f"deal: {{value_k: {{value: 500{money}}}}}\ncustomer: {{ownership: {{value: public_body{owner}}}}}\nus: {{partner: none}}"
    decision = advised(rules, facts)["decisions"]["qualification"]
    assert (decision["choice"], decision["weakest_grade"]) == ("pursue", weakest)


def test_reasons_carry_the_facts_with_grade_speaker_and_date() -> None:
    facts = "deal: {budget_state: {value: approved, grade: shown, by: bureau letter, on: 2026-11-03}}"
    decision = decided("qualification", "must: {deal.qualification: pursue}", facts=facts, when="[deal: {budget_state: approved}]")
    assert decision["because"][0]["facts"] == [
        {"fact": "deal.budget_state", "value": "approved", "grade": "shown", "by": "bureau letter", "on": "2026-11-03"}
    ]
    assert decision["weakest_grade"] == "shown"
    assert decided("qualification", "must: {deal.qualification: pursue}")["weakest_grade"] is None


# --- questions


def test_questions_come_from_the_unknowns_of_rules_that_nothing_known_makes_false() -> None:
    assert asks("[deal: {access: open, lots: single}]", "deal: {access: open}") == ["deal.lots"]
    assert asks("[deal: {access: open, lots: single}]", "deal: {access: limited}") == []
    assert asks("[deal: {access: open}, us: {partner: none}]", "us: {partner: willing}") == []
    assert asks("[need: {pain: latent}]", LEAD) == []
    assert asks("[need: {pain: latent, clarity: vague}]", "needs: [{name: a}, {name: b, clarity: goal_only}]") == [
        "need[a].clarity",
        "need[a].pain",
    ]


def test_a_test_that_asks_for_unknown_raises_no_question_and_one_that_asks_for_known_does() -> None:
    assert asks("[deal: {access: unknown}]") == []
    assert asks("[deal: {access: known}]") == ["deal.access"]


def test_questions_come_from_any_while_it_is_open() -> None:
    when = "[any: [[deal: {access: open}, us: {partner: none}], deal: {lots: single}]]"
    assert set(asks(when)) == {"deal.access", "us.partner", "deal.lots"}
    assert set(asks(when, "us: {partner: willing}")) == {"deal.lots"}


def test_questions_come_from_what_every_asks_and_from_which_rows_it_means() -> None:
    when = "[every: {stakeholder: {role: economic}, is: {mode: growth}}]"
    people = "stakeholders: [{name: a, role: economic}, {name: b}, {name: c, role: user}]\nstakeholders_complete: yes"
    assert set(asks(when, people)) == {"stakeholder[a].mode", "stakeholder[b].role"}
    assert asks(when, people.replace("economic}", "economic, mode: trouble}")) == []


def test_every_asks_nothing_of_a_row_that_is_known_not_to_be_meant() -> None:
    when = "[every: {stakeholder: {role: economic, influence: high}, is: {mode: growth}}]"
    people = "stakeholders: [{name: a, role: economic, influence: high}, {name: b, role: user}]\nstakeholders_complete: yes"
    assert asks(when, people) == ["stakeholder[a].mode"]


def test_questions_come_from_unless_once_when_holds() -> None:
    assert asks("[deal: {stage: lead}]", LEAD, "[deal: {access: open}]") == ["deal.access"]
    assert asks("[deal: {stage: lead}]", "us: {partner: none}", "[deal: {access: open}]") == ["deal.stage"]
    assert asks("[deal: {stage: research}]", LEAD, "[deal: {access: open}]") == []


@pytest.mark.parametrize(
    "condition", ["no: {need: {pain: latent}}", "count: {need: {pain: latent}, at_least: 0}", "count: {need: {pain: latent}, above: 5}"]
)
def test_questions_never_come_from_no_or_count(condition: str) -> None:
    assert asks(f"[{condition}]", "needs: [{name: a}]\nneeds_complete: yes") == []


def test_an_unknown_derived_fact_raises_the_questions_of_the_rules_that_would_set_it() -> None:
    rules = [
        rule("R-01", "[deal: {size_band: small}]", '[advise: "Small."]'),
        rule("R-02", "[deal: {value_k: {below: 300}}]", "[default: {deal.size_band: small}]"),
    ]
    assert asked(advised(rules)) == ["deal.value_k"]


@pytest.mark.parametrize(
    ("when", "unless"), [("[any: [need: {pain: latent}, deal: {stage: research}]]", ""), ("always", "[need: {pain: latent}]")]
)
def test_questions_come_from_all_rows_that_any_or_unless_could_mean(when: str, unless: str) -> None:
    assert asks(when, f"needs: [{{name: a}}, {{name: b}}]\n{LEAD}", unless) == ["need[a].pain", "need[b].pain"]


def test_a_comparison_of_two_unknowns_asks_for_both() -> None:
    assert set(asks("[effort: {hours_needed: {above: consultant.hours_free}}]")) == {"effort.hours_needed", "consultant.hours_free"}


def test_a_comparison_with_an_unknown_asks_for_it() -> None:
    assert asks("[effort: {hours_needed: {above: consultant.hours_free}}]", "effort: {hours_needed: 9}") == ["consultant.hours_free"]


def test_an_ask_line_is_advice_and_words_the_question_for_its_fact() -> None:
    rules = [
        rule(
            "R-01",
            "[stakeholder: {as: p, influence: high, mode: unknown}]",
            '[{ask: "How is it going, {p.name}?", about: p.mode, whom: "{p.name} alone"}]',
        ),
        rule("R-02", "[stakeholder: {mode: trouble}]", '[advise: "Help {stakeholder.name}."]'),
    ]
    advice = advised(rules, "stakeholders: [{name: dean, influence: high}, {name: clerk, influence: low}]")
    assert [(line["strength"], line["text"], line["about"]) for line in advice["advice"]] == [
        ("ask", "How is it going, dean?", "stakeholder[dean].mode")
    ]
    questions = {q["fact"]: (q["ask"], q["whom"]) for q in advice["questions"]}
    assert questions["stakeholder[dean].mode"] == ("How is it going, dean?", "dean alone")
    assert questions["stakeholder[clerk].mode"][0] != "How is it going, dean?"


def test_a_question_has_its_fact_words_and_person_and_what_it_could_change() -> None:
    rules = voting("veto: {deal.qualification: decline}", when="[deal: {access: portal_only}]") + voting()
    question = advised(rules)["questions"][0]
    assert question["fact"] == "deal.access"
    assert question["ask"].startswith("With whom in your organisation") and question["whom"] == "purchasing"
    assert {"decision": "qualification", "choice": "decline"} in question["could_change"]


def test_the_best_question_comes_first() -> None:
    rules = [
        rule("R-01", "[customer: {sector: banking}]", '[advise: "A bank."]'),
        rule("R-02", "[need: {pain: latent}]", "[default: {deal.proof_mode: poc}]"),
        rule("R-03", "[us: {certificates: blocking}]", "[veto: {deal.qualification: decline}]"),
    ]
    assert asked(advised(rules, "needs: [{name: a}]")) == ["us.certificates", "need[a].pain", "customer.sector"]


# --- nothing gets milder unseen (DESIGN section 5, promise 4)


@dataclasses.dataclass(frozen=True)
class Loss:
    """What the removal of a fact takes away: entries of which one each stands in `could_change`, and the decision that is provisional."""

    entry: tuple[tuple[str, Any], ...]
    decision: str


def strong(showing: Showing) -> set[tuple[object, ...]]:
    """Return every law, veto and must that is said or votes, with the rows that it is about."""
    found: set[tuple[object, ...]] = set()
    for shipped in showing.inference.knowledge.rules:
        for firing in showing.inference.firings.get(shipped.id, ()) if not shipped.draft else ():
            for number, effect in enumerate(shipped.then):
                if isinstance(effect, Against) or effect.strength not in ("law", "veto", "must"):
                    continue
                if not isinstance(effect, Line) or (not showing.hides(shipped) and showing.said(effect, [firing])):
                    found.add((shipped.id, effect.strength, number, firing.rows))
    return found


def choices(showing: Showing) -> Iterator[tuple[str, tuple[str, ...], tuple[Any, ...]]]:
    """Yield qualification and promotion (which later options make bolder, or lighter) with their shown and settled choice."""
    for decision in showing.inference.knowledge.decisions:
        if decision.name in ("qualification", "promotion_intensity"):
            yield decision.name, decision.options, (showing.shown(decision), showing.settled(decision))


def lost(before: Showing, after: Showing) -> set[Loss]:
    found = {Loss((("rule", entry[0]), ("strength", entry[1])), "qualification") for entry in strong(before) - strong(after)}
    for (name, options, mine), (_, _, theirs) in zip(choices(before), choices(after), strict=True):
        for was, becomes in zip(mine, theirs, strict=True):
            if was is not None and becomes is not None and options.index(was) < options.index(becomes):
                found.add(Loss((("decision", name), ("choice", was)), name))
    return found


def without(dossier: Dossier, row: Row, attribute: str) -> Dossier:
    less = dataclasses.replace(row, facts={name: fact for name, fact in row.facts.items() if name != attribute})
    return dataclasses.replace(dossier, rows=tuple(less if r is row else r for r in dossier.rows))


def unseen(after: Showing, losses: set[Loss], fact: str) -> list[str]:
    """Return what was lost without its being said by the question for the fact that is gone."""
    inference = after.inference
    open_ = next(cell for cell in unknown(inference.world, inference.knowledge) if f"{cell[0].address}.{cell[1]}" == fact)
    question = Asking(inference).about(open_)
    if question is None:
        return [f"{fact} is not asked"]
    report = Report(inference, after, [question], Speaker(inference.knowledge, inference.world))
    could_change = questions(report)[0]["could_change"]
    decisions = {decision.name: decision for decision in inference.knowledge.decisions}
    found = [f"{fact}: {dict(loss.entry)} is not in could_change" for loss in losses if dict(loss.entry) not in could_change]
    return found + [f"{fact}: {loss.decision} is not provisional" for loss in losses if not report.provisional(decisions[loss.decision])]


def losses_of(knowledge: Knowledge, step: Step) -> Iterator[tuple[str, object, Showing, set[Loss]]]:
    """Yield each fact of a step whose removal takes something away: its address, value, what is shown without it, and what is lost."""

    def shown(dossier: Dossier) -> Showing:
        return Showing(inferred(knowledge, world_of(dossier, knowledge.vocabulary, step.on)))

    before = shown(step.dossier)
    for row in step.dossier.rows:
        for attribute, fact in row.facts.items():
            after = shown(without(step.dossier, row, attribute))
            if losses := lost(before, after):
                yield f"{row.address}.{attribute}", fact.value, after, losses


STORED = sorted(path.stem for path in (ROOT / "cases").glob("*.yaml"))


@pytest.mark.parametrize("case", STORED)
def test_no_fact_of_a_stored_case_can_go_and_make_the_advice_milder_unseen(knowledge: Knowledge, runs: dict[str, Step], case: str) -> None:
    found = []
    seen = set()
    mine = {name: step for name, step in runs.items() if name.split("/")[0] == case}
    for name, step in mine.items():
        for fact, value, after, losses in losses_of(knowledge, step):
            same = (fact, value, frozenset(losses))
            if same not in seen:
                found += [f"{name}: {text}" for text in unseen(after, losses, fact)]
            seen.add(same)
    assert len(seen) >= len(mine), "fewer removals take something away than the case has steps and flips"
    assert found == []


def gone(rules: list[str], facts: str, attribute: str, knowledge: Knowledge | None = None) -> list[str]:
    """Return what is lost unseen when an attribute of the only row that has it goes."""
    consultation = worked_out(knowledge or base(*rules).usable(), facts)
    step = Step(ON, "", consultation.dossier, None)  # type: ignore[arg-type]
    mine = [entry for entry in losses_of(consultation.knowledge, step) if entry[0].endswith(f".{attribute}")]
    assert mine, "the removal takes nothing away"
    return [text for fact, _, after, losses in mine for text in unseen(after, losses, fact)]


@pytest.mark.parametrize(
    ("when", "facts", "attribute"),
    [
        ("[deal: {access: open}]", "deal: {access: open}", "access"),
        ("[need: {fit_pct: {above: 60, below: 63}}]", "needs: [{name: a, fit_pct: 62}, {name: b}]", "fit_pct"),
        ("[need: {fit_pct: {not: [1, 2]}}]", "needs: [{name: a, fit_pct: 3}]", "fit_pct"),
        ("[count: {need: {pain: latent}, at_least: 1}]", "needs: [{name: a, pain: latent}, {name: b}]", "pain"),
        ("[no: {need: {pain: unknown}}, need: {}]", "needs: [{name: a, pain: latent}]", "pain"),
        ("[every: {need: {clarity: vague}, is: {pain: latent}}]", "needs: [{name: a, pain: latent, clarity: vague}]", "clarity"),
        (
            "[effort: {hours_needed: {above: consultant.hours_free}}]",
            "effort: {hours_needed: 9}\nconsultant: {hours_free: 8}",
            "hours_free",
        ),
        (
            "[need: {as: a}, need: {as: b, topic: a.topic, name: {not: a.name}}]",
            "needs: [{name: a, topic: erp}, {name: b, topic: erp}]",
            "topic",
        ),
    ],
)
def test_a_must_that_a_fact_carried_is_named_when_the_fact_goes(when: str, facts: str, attribute: str) -> None:
    assert gone([rule("R-01", when, '[must: "Act."]')], facts, attribute) == []


def test_a_bolder_qualification_and_a_lighter_promotion_are_named_when_the_fact_goes() -> None:
    rules = [
        rule("R-01", "[deal: {access: open}]", "[default: {deal.qualification: nurture}, default: {deal.promotion_intensity: full}]"),
        rule("R-02", "always", "[fallback: {deal.qualification: pursue}, fallback: {deal.promotion_intensity: light}]"),
    ]
    assert gone(rules, "deal: {access: open}", "access") == []


def test_an_expired_fact_is_named_with_what_it_carried() -> None:
    rules = [rule("R-01", "[deal: {access: open}]", '[must: "Act.", veto: {deal.qualification: decline}]')]
    advice = advised(rules, "deal: {access: {value: open, on: 2026-01-01}}")
    changes = advice["questions"][0]["could_change"]
    assert advice["questions"][0]["fact"] == "deal.access"
    for change in (
        {"rule": "R-01", "strength": "must"},
        {"rule": "R-01", "strength": "veto"},
        {"decision": "qualification", "choice": "decline"},
    ):
        assert change in changes
    assert advice["decisions"]["qualification"]["provisional"] is True


def test_a_must_line_that_is_held_back_when_a_fact_goes_is_named() -> None:
    rules = [rule("R-01", "always", '[must: {deal.qualification: nurture}, {must: "Act.", needs: {deal.access: open}}]')]
    assert gone(rules, "deal: {access: open}", "access") == []


def test_a_must_whose_bound_is_a_count_is_named() -> None:
    rules = [rule("R-01", "[count: {need: {}, as: n}, us: {similar_cases: {above: n, below: 4}}]", '[must: "Act."]')]
    assert gone(rules, "needs: [{name: a}, {name: b}]\nus: {similar_cases: 3}", "similar_cases") == []


def test_a_must_whose_count_is_bounded_by_a_figure_by_a_fact_is_named() -> None:
    figures = FIGURES + "    many: {by: plant.shift, value: {day: 2, night: 5}, unit: pumps, source: handbook, date: 2026-01-01}\n"
    knowledge = toy(rule("R-01", "[count: {pump: {}, at_least: figures.many}]", '[must: "Act."]'), figures=figures)
    less = worked_out(knowledge, "pumps: [{name: a}, {name: b}]").as_json()
    assert {"rule": "R-01", "strength": "must"} in [change for question in less["questions"] for change in question["could_change"]]

"""The 42 subtleties of domain.md (d): where rules conflict or a naive system errs. A test begins with the number it holds;
what rests on a reason instead stands in docs/decisions/0013-subtleties.md, and the last test counts both."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import Result
from conftest import ON, ROOT

from engine.advising import Consultation
from engine.inferring import inferred, varied
from engine.matching import consulted
from engine.reading.cases import Step, stem
from engine.reading.dossiers import read_dossier
from engine.rules import Knowledge
from engine.showing import Showing
from engine.texts import Text
from engine.tracing import figures_of, prose, texts
from engine.world import world_of

RECORD = ROOT / "docs" / "decisions" / "0013-subtleties.md"
Advice = dict[str, Any]
Advised = Callable[..., Advice]


@pytest.fixture
def advised(knowledge: Knowledge, tmp_path: Path) -> Advised:
    """Return the advice on a dossier written in the test, without its questions: to search for them takes most of the time."""

    def advised(text: str) -> Advice:
        path = tmp_path / "deal.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        dossier = read_dossier(path, knowledge.vocabulary)
        world = world_of(dossier, knowledge.vocabulary, ON)
        return Consultation(knowledge, dossier, ON, world, consulted(knowledge, world), []).as_json()

    return advised


@pytest.fixture
def asking(advise: Callable[..., Consultation]) -> Advised:
    """Return the advice on a dossier written in the test, with its questions."""
    return lambda text: advise(text).as_json()


def choice(advice: Advice, decision: str = "qualification") -> str | None:
    found: str | None = advice["decisions"][decision]["choice"]
    return found


def fired(advice: Advice) -> set[str]:
    """Return the rules that fired, and the stems of those that are split."""
    return {*advice["fired"], *(stem(rule) for rule in advice["fired"])}


def said(advice: Advice, rule: str) -> list[str]:
    """Return what a rule, or the parts of a split one, says in the advice."""
    return [line["text"] for line in advice["advice"] if rule in (line["rule"], stem(line["rule"]))]


def asked(advice: Advice, fact: str) -> Advice:
    """Return the question for a fact; empty where it is not asked."""
    return next((question for question in advice["questions"] if question["fact"] == fact), {})


def changes(advice: Advice, decision: str) -> dict[str, set[str]]:
    """Return the choices that answers could bring to a decision, by the fact that is asked for."""
    found: dict[str, set[str]] = {}
    for question in advice["questions"]:
        for change in question["could_change"]:
            if change.get("decision") == decision:
                found.setdefault(question["fact"], set()).add(change["choice"])
    return found


def tasks(advice: Advice) -> list[Advice]:
    """Return what the plan says to do."""
    return [task for leg in advice["plan"]["stages"] for lane in leg["lanes"].values() for task in lane]


# --- what is not known


def test_01_no_budget_and_nobody_asked_about_the_budget_lead_to_opposite_acts(asking: Advised) -> None:
    deal = "deal: {{stage: qualified, compelling_event: none{}}}\nneeds: [{{name: ledger, pain: latent}}]"
    none, unasked = asking(deal.format(", budget_state: none")), asking(deal.format(""))
    assert (choice(none), asked(none, "deal.budget_state")) == ("nurture", {})
    assert choice(unasked) == "conditional"
    assert "nurture" in changes(unasked, "qualification")["deal.budget_state"]
    assert "ASK-01" in fired(unasked) - fired(none)


def test_01_the_scorecard_counts_unknown_as_nothing_and_says_that_it_is_unknown(asking: Advised) -> None:
    unasked, bad = (asking(f"deal: {{stage: qualified{event}}}") for event in ("", ", compelling_event: none"))
    for advice, points in ((unasked, None), (bad, 0)):
        card = advice["scorecards"]["deal.qual_score"]
        assert next(f["points"] for f in card["factors"] if f["factor"] == "event with a date") == points
        assert ("event with a date" in card["unknown"]) is (points is None)
        assert card["points"] == 0
        assert bool(asked(advice, "deal.compelling_event")) is (points is None)


def test_02_what_rests_on_an_empty_list_says_so_and_goes_when_somebody_is_recorded(asking: Advised) -> None:
    empty, filled = asking("deal: {stage: analysis}"), asking("competitors: [{name: rival}]\ndeal: {stage: analysis}")
    assert "none of those recorded" in said(empty, "CMP-25")[0]
    assert asked(empty, "competitors")
    because = next(line["because"] for line in empty["advice"] if line["rule"] == "CMP-25")
    assert because[0]["facts"] == [{"fact": "competitor", "value": "none recorded", "grade": None, "by": None, "on": None}]
    assert "CMP-25" not in fired(filled)


def test_02_one_person_of_whom_little_is_known_silences_no_warning(advised: Advised) -> None:
    flank = "deal: {{doc_issued: no, access: open}}\ncompetitors: [{{name: rival, strength: even}}]\n{}"
    for people in ("", "stakeholders: [{name: dean, influence: high}]"):
        assert "CMP-08" in fired(advised(flank.format(people)))


def test_02_a_list_that_is_not_said_to_be_whole_is_counted_as_those_recorded(asking: Advised) -> None:
    deal = "deal: {{value_k: 200}}\nstakeholders: [{{name: dean, influence: high}}]\n{}"
    begun, whole = asking(deal.format("")), asking(deal.format("stakeholders_complete: yes"))
    assert "RLM-09" in fired(begun) & fired(whole)
    assert ("of those recorded" in said(begun, "RLM-09")[0], "of those recorded" in said(whole, "RLM-09")[0]) == (True, False)
    assert (bool(asked(begun, "stakeholders")), bool(asked(whole, "stakeholders"))) == (True, False)


def test_02_a_count_is_that_of_those_recorded_also_where_a_derived_fact_takes_it(asking: Advised) -> None:
    deal = "deal: {{value_k: 900}}\nstakeholders: [{{name: dean, contact: met}}]\n{}"
    begun, whole = asking(deal.format("")), asking(deal.format("stakeholders_complete: yes"))
    assert "STK-16" in fired(begun) & fired(whole)
    assert asked(begun, "stakeholders")
    assert said(begun, "STK-16") != said(whole, "STK-16")


def test_03_a_plan_that_is_milder_for_want_of_a_fact_says_so_and_asks(asking: Advised) -> None:
    """For every fact of every stored dossier: test_settling, no_fact_of_a_stored_case_can_go_and_make_the_advice_milder_unseen."""
    deal = "deal: {{value_k: 8000, doc_issued: no, access: open}}\nneeds: [{{name: ledger, topic: erp{}}}]"
    known, unknown = asking(deal.format(", criticality: important")), asking(deal.format(""))
    assert (choice(known, "promotion_intensity"), choice(unknown, "promotion_intensity")) == ("full", "standard")
    assert unknown["decisions"]["promotion_intensity"]["provisional"] is True
    assert "full" in changes(unknown, "promotion_intensity")["need[ledger].criticality"]


# --- two dials, and the person beside them


def test_04_who_works_on_the_deal_changes_the_help_and_never_the_deal(knowledge: Knowledge, runs: dict[str, Step]) -> None:
    for name, step in runs.items():
        base = inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on))
        person = base.world.single("consultant")
        found = []
        for realm in ("first", "second", "third"):
            showing = Showing(varied(base, {(person, "realm"): realm}))
            found.append({d.name: showing.settled(d) for d in knowledge.decisions if d.name != "support"})
        assert found[0] == found[1] == found[2], name


def test_04_a_beginner_on_an_open_need_gets_help_and_a_senior_on_a_plain_list_hands_it_on(advised: Advised) -> None:
    open_need = "consultant: {{realm: {}}}\nneeds: [{{name: figures, clarity: vague, scope: enterprise}}]\ndeal: {{value_k: 22000}}"
    first, third = advised(open_need.format("first")), advised(open_need.format("third"))
    assert choice(first, "realm") == choice(third, "realm") == "whole_promotion"
    assert {"RLM-13", "CAP-01"} <= fired(first) - fired(third)
    assert {"senior_review", "senior_lead"} <= set(choice(first, "support") or ())
    plain = """
        consultant: {realm: third}
        us: {product_fit: strong}
        deal: {value_k: 200}
        needs: [{name: projectors, clarity: fully_specified, scope: department, customisation: none}]
    """
    assert "CAP-13" in fired(advised(plain))


def test_05_what_the_content_starts_from_and_how_much_to_promote_are_two_dials(advised: Advised) -> None:
    many = ", ".join(f"{{name: p{n}, influence: high}}" for n in range(6))
    product = "needs: [{name: cables, clarity: fully_specified, scope: department, customisation: none}]\nus: {product_fit: strong}\n"
    need = "needs: [{name: figures, clarity: vague}]\n"
    found = {}
    for content, facts in (("product", product), ("need", need)):
        for promotion, people in (("full", many), ("standard", "{name: p, influence: high}")):
            advice = advised(f"{facts}deal: {{value_k: 900}}\nstakeholders: [{people}]")
            assert (choice(advice, "content_start"), choice(advice, "promotion_intensity")) == (content, promotion)
            found[content, promotion] = choice(advice, "realm")
            assert ("RLM-14" in fired(advice)) is ((content, promotion) == ("product", "full"))
    assert found["product", "full"] == found["need", "full"] == "whole_promotion"
    assert (found["product", "standard"], found["need", "standard"]) == ("product_start", "need_start")


# --- the same sign, two meanings


def test_06_a_clear_list_is_a_simple_purchase_or_one_that_a_rival_wrote(asking: Advised) -> None:
    clear = """
        us: {{product_fit: strong}}
        needs: [{{name: rooms, clarity: fully_specified, scope: department, customisation: none{origin}}}]
        deal: {{doc_issued: yes, public_procurement: yes, qa_window: closed, first_heard: {heard}, wired_flags: {signs}}}
    """
    simple = asking(clear.format(origin=", spec_origin: customer", heard="before_doc", signs=0))
    wired = asking(clear.format(origin=", spec_origin: competitor", heard="with_doc", signs=3))
    unasked = asking(clear.format(origin="", heard="before_doc", signs=0))
    assert (choice(simple, "content_start"), choice(simple)) == ("product", "conditional")
    assert choice(wired) == "decline"
    assert "RLM-10" in fired(wired) - fired(simple)
    assert asked(unasked, "need[rooms].spec_origin")


@pytest.mark.parametrize(
    ("help_given", "public", "chosen", "warned"),
    [
        ("none", "yes", "conditional", True),
        ("none", "no", "conditional", False),
        ("market_consultation", "yes", "conditional", False),
        ("design_or_spec", "yes", "decline", False),
        ("design_or_spec", "no", "conditional", False),
    ],
)
def test_07_it_depends_on_the_kind_of_help_and_on_the_law_whether_shaping_bars_us(
    help_given: str, public: str, chosen: str, warned: bool, advised: Advised
) -> None:
    advice = advised(f"deal: {{stage: research, doc_issued: no, public_procurement: {public}, spec_consulting_by_us: {help_given}}}")
    assert choice(advice) == chosen
    assert ("ETH-06" in fired(advice)) is warned
    assert ("QUA-05" in fired(advice)) is (chosen == "decline")


def test_07_nothing_repairs_a_specification_written_for_a_public_buyer(advised: Advised) -> None:
    best = """
        us: {product_fit: strong}
        deal: {public_procurement: yes, spec_consulting_by_us: design_or_spec, compelling_event: hard, strategic_value: high}
        stakeholders: [{name: head, role: economic, contact: met, attitude: advocate, influence: high, prefers: us, action_taken: yes}]
    """
    advice = advised(best)
    assert choice(advice) == "decline"
    assert {"rule": "QUA-13", "beaten_by": ["QUA-05"]}.items() <= next(
        vote for vote in advice["decisions"]["qualification"]["against"] if vote["rule"] == "QUA-13"
    ).items()


def test_08_a_portal_alone_is_a_bad_sign_in_private_and_the_normal_way_in_public(advised: Advised) -> None:
    private, public = (advised(f"deal: {{access: portal_only, public_procurement: {answer}}}") for answer in ("no", "yes"))
    assert {"QUA-14", "QUA-15"} & fired(private) == {"QUA-14"}
    assert {"QUA-14", "QUA-15"} & fired(public) == {"QUA-15"}
    assert "decline" in said(private, "QUA-14")[0]
    assert choice(public) != "decline"


def test_08_while_contact_is_barred_no_line_that_means_contact_is_said(advise: Callable[..., Consultation]) -> None:
    tender = """
        deal: {stage: evaluation, public_procurement: yes, doc_issued: yes, access: portal_only, poc_state: passed%s}
        stakeholders: [{name: head, role: economic, mode: even_keel, influence: high}, {name: clerk, role: user, mode: trouble}]
    """
    for ban in (", tender_blackout: yes", ""):  # a public tender whose clause nobody has read counts as barred
        consultation = advise(tender % ban)
        assert [s.text for s in consultation.report().lines.said if s.line.needs] == []
        assert {"POC-13a", "STK-08"} <= {entry["rule"] for entry in consultation.report().lines.held_back}
    assert any(s.line.needs for s in advise(tender % ", tender_blackout: no").report().lines.said)


def test_08_a_fair_point_is_admitted_on_paper_and_by_word_of_mouth_only_where_we_may_speak(advised: Advised) -> None:
    attacked = "deal: {rival_attack: fair_point, tender_blackout: %s}"
    may, barred = (said(advised(attacked % ban), "CMP-42") for ban in ("no", "yes"))
    assert any("before they ask" in line for line in may)
    assert barred and not any("before they ask" in line for line in barred)


def test_08_while_contact_is_barred_a_wish_for_a_trial_is_answered_through_the_channel(advised: Advised) -> None:
    wish = "deal: {stage: qualified, poc_state: requested, poc_criteria: none, poc_decision_link: no, poc_custom_build: yes%s}"
    barred = advised(wish % ", public_procurement: yes, doc_issued: yes, tender_blackout: yes")
    for rule in ("POC-01", "POC-02a", "POC-03b", "POC-12"):
        assert ["through the published channel where no other is open" in text for text in said(barred, rule)] == [True], rule
    assert any("visit" in text for text in said(advised(wish % ", public_procurement: no"), "POC-03b"))


def test_08_while_contact_is_barred_a_silent_buyer_is_not_asked_about_worries(asking: Advised) -> None:
    silent = "deal: {stage: evaluation, value_k: 3000, last_buyer_action_days: 40, public_procurement: %s}"
    assert asked(asking(silent % "no"), "deal.hesitation")["whom"].startswith("the person who delays")
    barred = asking(silent % "yes, doc_issued: yes, tender_blackout: yes")
    assert asked(barred, "deal.hesitation")["whom"] == "nobody while contact is barred, but look into our own notes"


BUDGET = """
    deal: {{stage: analysis, budget_state: none, value_k: {value}, compelling_event: {event}}}
    needs: [{{name: ledger, pain: {pain}}}]
    stakeholders: [{{name: head, role: economic, contact: met}}]
"""


def test_09_no_budget_keeps_a_deal_warm_only_where_nothing_hurts(advised: Advised) -> None:
    hurts, nothing = (advised(BUDGET.format(value=5000, event="none", pain=pain)) for pain in ("quantified", "latent"))
    assert (choice(hurts), choice(nothing)) == ("conditional", "nurture")
    assert ("QUA-12" in fired(hurts), "QUA-11" in fired(nothing)) == (True, True)


def test_09_in_a_small_deal_without_a_budget_there_is_no_deal(advised: Advised) -> None:
    assert choice(advised(BUDGET.format(value=200, event="soft", pain="quantified"))) == "nurture"


PRIME = """
    customer: {{name: Mill, financial_health: distressed}}
    us: {{product_fit: strong, delivery_capacity: available, proof_available: yes, price_position: low}}
    deal: {{stage: proposal, compelling_event: hard, criteria_state: shaped_by_us, strategic_value: high{paid}}}
    needs: [{{name: ledger, pain: quantified, fit_pct: 96}}]
    stakeholders:
      - {{name: head, role: economic, contact: met, attitude: advocate, influence: high, prefers: us, action_taken: yes}}
"""


def test_10_a_veto_beats_champion_event_fit_and_score_and_is_shown_before_them(advised: Advised) -> None:
    advice = advised(PRIME.format(paid=""))
    assert choice(advice) == "decline"
    assert {"QUA-13", "QUA-45"} <= {vote["rule"] for vote in advice["decisions"]["qualification"]["against"]}
    assert advice["derived"]["deal.qual_score"] == 100
    assert said(advice, "QUA-21")
    places = {line["rule"]: place for place, line in reversed([*enumerate(advice["advice"])])}
    assert places["QUA-04"] < places["QUA-20"]
    assert {line["strength"] for line in advice["advice"][: places["QUA-21"] + 1]} == {"law", "veto"}


def test_10_only_a_known_exception_lifts_a_veto(advised: Advised) -> None:
    assert choice(advised(PRIME.format(paid=", payment_terms: prepaid"))) == "pursue"
    assert choice(advised(PRIME.format(paid=", payment_terms: milestone"))) == "decline"


def test_11_a_strategic_exception_is_possible_and_leaves_a_mark(advised: Advised) -> None:
    thin = "us: {{offering: integration}}\ndeal: {{margin_pct: 5, strategic_value: {}}}"
    plain, strategic = advised(thin.format("medium")), advised(thin.format("high"))
    assert (choice(plain), choice(strategic)) == ("decline", "conditional")
    mark = said(strategic, "QUA-19")[0]
    assert [word for word in ("approver by name", "most it may cost", "reason", "date on which it ends") if word not in mark] == []


def test_12_over_a_limit_the_duties_come_with_the_help(advised: Advised) -> None:
    """So that nothing is to be had by moving the number: see docs/decisions/0013-subtleties.md."""
    support: list[set[str]] = []
    for below in (300, 2000, 10000):
        near, over = (advised(f"consultant: {{realm: first}}\ndeal: {{value_k: {value}}}") for value in (below, below + 1))
        support += [set(choice(near, "support") or ()), set(choice(over, "support") or ())]
        order = ("light", "standard", "full")
        assert order.index(choice(near, "promotion_intensity") or "") <= order.index(choice(over, "promotion_intensity") or "")
    assert all(less <= more for less, more in pairwise(support))


def test_12_a_number_that_decides_is_said_beside_its_limit_with_who_gave_it_and_when(advised: Advised) -> None:
    number = "deal: {strategic_value: high, margin_pct: {value: 5, grade: said, by: sales lead, on: 2026-11-30}}"
    line = next(line for line in advised(number)["advice"] if line["rule"] == "QUA-19")
    assert "5 per cent (floor 8)" in line["text"]
    assert {"fact": "deal.margin_pct", "value": 5, "grade": "said", "by": "sales lead", "on": "2026-11-30"} in line["because"][0]["facts"]


# --- rivals


@pytest.mark.parametrize(
    ("deal", "strategy"),
    [
        ("doc_issued: no, access: open, strategic_value: low", "flanking"),
        ("doc_issued: yes, qa_window: closed, lots: split_allowed", "fragment"),
        ("doc_issued: yes, qa_window: closed, lots: single, strategic_value: low", "disengage"),
        ("doc_issued: yes, qa_window: closed, strategic_value: high, compelling_event: none", "develop"),
    ],
)
def test_13_the_weaker_side_has_a_strategy_for_each_situation(deal: str, strategy: str, advised: Advised) -> None:
    advice = advised(f"competitors: [{{name: rival, kind: market_leader, strength: stronger}}]\ndeal: {{{deal}}}")
    assert advice["derived"]["deal.position_vs_main"] == "weaker"
    assert advice["decisions"]["strategy"]["if_pursued"] == strategy
    if strategy == "disengage":
        assert choice(advice) == "decline"
        assert "part" in said(advice, "CMP-06")[0]


def test_14_only_somebody_of_weight_who_has_acted_is_the_voice_that_flanking_needs(advised: Advised) -> None:
    deal = """
        deal: {{doc_issued: no, access: open, strategic_value: high, compelling_event: none}}
        competitors: [{{name: rival, kind: market_leader, strength: stronger}}]
        stakeholders: [{{name: head, influence: {influence}, prefers: us, action_taken: {acted}}}]
    """
    found = {(i, a): advised(deal.format(influence=i, acted=a)) for i, a in (("high", "yes"), ("high", "no"), ("low", "yes"))}
    assert {key: choice(advice, "strategy") for key, advice in found.items()} == {
        ("high", "yes"): "flanking", ("high", "no"): "develop", ("low", "yes"): "develop",
    }  # fmt: skip
    wish = advised(deal.format(influence="high", acted="no").replace("strategic_value: high", "strategic_value: low"))
    assert (choice(wish, "strategy"), "CMP-08" in fired(wish), "CMP-08" in fired(found["high", "yes"])) == ("flanking", True, False)


DIFFERENCE = "competitors: [{{name: rival, strength: weaker}}]\nus: {{differentiator: {}, differentiator_valued: {}, proof_available: {}}}"


def test_15_a_difference_that_is_not_valued_or_not_provable_decides_nothing(advised: Advised) -> None:
    words = ("strong yes yes", "strong no yes", "strong yes no", "none no yes")
    dominant, unvalued, unproved, none = (advised(DIFFERENCE.format(*said.split())) for said in words)
    assert dominant["derived"]["deal.position_vs_main"] == "dominant"
    assert unvalued["derived"] == unproved["derived"] == none["derived"]
    assert {d: choice(unvalued, d) for d in unvalued["decisions"]} == {d: choice(none, d) for d in none["decisions"]}
    assert ("DRV-15" in fired(unvalued), "SOL-26" in fired(unproved)) == (True, True)


def test_15_no_line_builds_on_a_difference_that_is_not_valued(advised: Advised) -> None:
    lines = advised(DIFFERENCE.format("strong", "no", "yes"))["advice"]
    built = [line for line in lines if any(f["fact"] == "us.differentiator" for b in line["because"] for f in b["facts"])]
    assert [line["rule"] for line in built if line["rule"] != "DRV-15" and "value" not in line["text"]] == []


# --- people


def test_16_a_friend_is_no_champion_and_a_sceptic_may_be_worth_more(advised: Advised) -> None:
    people = "stakeholders: [{{name: ann, influence: {}, attitude: {}, profile: {}, prefers: {}, action_taken: {}}}]"
    guide, mover, weak = (
        advised(people.format(*words.split()))
        for words in ("high advocate guide us no", "high sceptical sceptic none no", "low advocate friend us yes")
    )
    assert guide["derived"]["deal.champion_state"] == weak["derived"]["deal.champion_state"] == "friendly"
    assert "STK-12" in fired(guide)
    assert "STK-13" in fired(mover) - fired(guide)
    tested = advised(people.format("high", "sceptical", "sceptic", "us", "yes"))
    assert tested["derived"]["deal.champion_state"] == "tested"


def test_17_trouble_of_the_users_is_carried_up_to_a_funder_who_sees_none(advised: Advised) -> None:
    advice = advised(
        """
        deal: {stage: research, compelling_event: soft}
        stakeholders:
          - {name: head, role: economic, mode: even_keel, influence: high}
          - {name: clerk, role: user, mode: trouble, influence: low}
        """
    )
    assert choice(advice) not in ("decline", "nurture")
    assert "neither pitch nor demonstration for head" in said(advice, "STK-05")[0]
    carried = said(advice, "STK-08")[0]
    assert [word for word in ("clerk", "head", "consent") if word not in carried] == []
    assert "STK-08" in {task.get("rule") for task in tasks(advice)}


def test_18_silence_is_contentment_or_fear_and_each_has_its_own_answer(advised: Advised) -> None:
    waits = "deal: {{value_k: 900, last_buyer_action_days: 60{}}}"
    content, afraid, unasked = (advised(waits.format(h)) for h in (", hesitation: prefers_status_quo", ", hesitation: fears_mistake", ""))
    rules = {"CMP-22", "CMP-23", "ASK-19"}
    assert [fired(advice) & rules for advice in (content, afraid, unasked)] == [{"CMP-22"}, {"CMP-23"}, {"ASK-19"}]
    assert "fewer options" in said(afraid, "CMP-23")[0]


def test_19_an_early_price_worry_is_screened_and_a_late_one_is_fear(advised: Advised) -> None:
    found = {}
    for worry, stage in (("early", "research"), ("late", "negotiation")):
        found[worry] = fired(advised(f"deal: {{stage: {stage}, price_objection: {worry}}}")) & {"PRC-07", "PLN-19"}
    assert found == {"early": {"PRC-07"}, "late": {"PLN-19"}}
    asks = {stage: fired(advised(f"deal: {{stage: {stage}, requested: discount}}")) for stage in ("proposal", "negotiation")}
    assert ("PRC-19" in asks["proposal"], "PRC-19" in asks["negotiation"]) == (True, False)


# --- proof and the way to the signature


def test_20_a_trial_is_refused_without_criteria_and_right_where_nothing_else_proves(advised: Advised) -> None:
    refused = advised("deal: {stage: proposal, poc_state: requested, poc_criteria: none}")
    assert said(refused, "POC-01")
    assert choice(refused, "proof_mode") is None
    needed = advised("deal: {stage: proposal}\nus: {similar_cases: 0}\nneeds: [{name: core, criticality: mission_critical}]")
    assert choice(needed, "proof_mode") == "poc"
    assert any("even unpaid" in text for text in said(needed, "POC-07"))
    seen = advised("deal: {stage: proposal}\nus: {similar_cases: 4}\nneeds: [{name: core, criticality: important}]")
    assert choice(seen, "proof_mode") == "reference_visit"


def test_20_no_fee_is_asked_for_where_the_buyers_rules_forbid_it(advised: Advised) -> None:
    deal = "deal: {{stage: proposal, value_k: 3000, public_procurement: no, poc_state: requested, poc_fee: {}}}"
    free, forbidden = advised(deal.format("free")), advised(deal.format("forbidden"))
    fee = [line["rule"] for line in free["advice"] if re.search(r"\bfee for\b", line["text"])]
    assert fee == ["POC-09"]
    assert [line["rule"] for line in forbidden["advice"] if re.search(r"\bfee\b", line["text"])] == ["POC-10"]
    assert "no fee" in said(forbidden, "POC-10")[0]


def test_21_a_passed_proof_is_neither_the_funder_nor_the_papers(advised: Advised) -> None:
    advice = advised("deal: {stage: negotiation, poc_state: passed, criteria_state: verbal, paper_state: unmapped, compelling_event: hard}")
    assert choice(advice) != "pursue"
    assert {"POC-13", "PLN-16", "PLN-23", "STK-01"} <= fired(advice)
    assert "Mark it back" in said(advice, "PLN-23")[0]


CONTRACT = "deal: {{public_procurement: {}, doc_issued: {}}}\nneeds: [{{name: figures, clarity: {}}}]"


def test_22_an_open_scope_is_defined_first_or_priced_as_assumptions_where_the_price_must_be_fixed(advised: Advised) -> None:
    private, public = advised(CONTRACT.format("no", "no", "vague")), advised(CONTRACT.format("yes", "yes", "partly_specified"))
    assert choice(private, "contract_advice") == "paid_definition_then_fixed"
    assert choice(public, "contract_advice") == "fixed_price"
    assert all(word in said(public, "PRC-04")[0] for word in ("assumption", "optional item"))
    fixed = advised("deal: {contract_type: fixed_price}\nneeds: [{name: figures, clarity: goal_only}]")
    assert "RSK-03" in fired(fixed)


def test_22_in_an_issued_public_tender_a_vague_scope_is_priced_as_assumptions_too(advised: Advised) -> None:
    advice = advised(CONTRACT.format("yes", "yes", "vague"))
    assert choice(advice, "contract_advice") == "fixed_price" or any("assumption" in line["text"] for line in advice["advice"])


# --- the solution


def test_23_we_think_from_business_to_technology_and_write_in_the_buyers_order(advised: Advised) -> None:
    advice = advised("deal: {stage: proposal, doc_type: tender, doc_issued: yes}\nneeds: [{name: figures, clarity: partly_specified}]")
    assert {"SOL-23", "SOL-24"} <= fired(advice)
    assert choice(advice, "outline") == "buyer_order"
    order = choice(advice, "architecture") or ()
    assert [part for part in order if part in ("business", "application", "data", "technology")] == [
        "business", "application", "data", "technology",
    ]  # fmt: skip


def test_24_it_depends_on_what_sets_the_customer_apart_whether_to_build_or_to_change_the_process(advised: Advised) -> None:
    need = "needs: [{{name: planning, fit_pct: 50, customisation: heavy, process_change: no, differentiating: {}}}]"
    apart, common = advised(need.format("yes")), advised(need.format("no"))
    assert (choice(apart, "approach"), "SOL-04" in fired(apart)) == ("custom_build", False)
    assert (choice(common, "approach"), "SOL-04" in fired(common)) == (None, True)
    for advice in (apart, common):
        assert any("executive" in text and "pay" in text for text in said(advice, "NED-19"))


def test_25_a_single_cut_over_of_what_must_not_stop_needs_written_reasons_and_is_not_banned(advised: Advised) -> None:
    need = "needs: [{{name: ledger, legacy: replace, criticality: {}}}]"
    critical, plain = advised(need.format("mission_critical")), advised(need.format("low"))
    assert choice(critical, "delivery_shape") == "phased_with_parallel_run"
    assert choice(plain, "delivery_shape") is None
    line = next(line for line in critical["advice"] if line["rule"] == "SOL-06")
    assert line["strength"] == "advise"
    assert "single cut-over needs written reasons" in line["text"]


# --- price and the present supplier


def test_26_a_cheap_rival_has_three_answers_and_the_scoring_table_comes_first(advised: Advised) -> None:
    deal = """
        competitors: [{{name: rival, kind: low_price, price_gap_pct: 35}}]
        deal: {{doc_type: tender, public_procurement: {public}{weight}}}
    """
    rules = {"CMP-14", "CMP-15", "PRC-10", "ASK-06"}
    found = {
        (public, weight): fired(advised(deal.format(public=public, weight=f", price_weight: {weight}" if weight else ""))) & rules
        for public, weight in (("no", 30), ("no", 60), ("yes", 30), ("no", 0))
    }
    assert found == {
        ("no", 30): {"CMP-14"}, ("no", 60): {"CMP-15"}, ("yes", 30): {"CMP-14", "PRC-10"}, ("no", 0): {"ASK-06"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "strategy", "rule"),
    [
        ("deal: {incumbent: us}\ncustomer: {satisfaction: high}", "defend", "CMP-04"),
        ("deal: {incumbent: us}\ncustomer: {satisfaction: low}", "defend", "CMP-29"),
        ("deal: {incumbent: competitor, contract_renewal_months: 14}\ncompetitors: [{name: old, kind: incumbent}]", "develop", "CMP-12"),
        ("deal: {incumbent: competitor, displacement_trigger: yes}\ncompetitors: [{name: old, kind: incumbent}]", None, "CMP-11"),
        ("deal: {incumbent: competitor, displacement_trigger: no}\ncompetitors: [{name: old, kind: incumbent}]", None, "CMP-10"),
    ],
)
def test_27_it_matters_whose_the_present_system_is_for_how_long_and_how_it_is_liked(
    facts: str, strategy: str | None, rule: str, advised: Advised
) -> None:
    advice = advised(facts)
    assert choice(advice, "strategy") == strategy
    rules = {"CMP-10", "CMP-11", "CMP-12", "CMP-29"}
    assert fired(advice) & rules == {rule} & rules
    assert rule in fired(advice)
    if rule == "CMP-29":
        assert next(line for line in advice["advice"] if line["rule"] == rule)["strength"] == "must"
        assert "Fix the service first" in said(advice, rule)[0]


# --- our own part


def test_28_the_guarantor_works_on_scope_and_with_product_development_before_anything_is_delivered(
    knowledge: Knowledge, advised: Advised
) -> None:
    early = advised("deal: {stage: proposal, contract_type: fixed_price}\nneeds: [{name: planning, customisation: heavy}]")
    assert "success_assurance" in early["decisions"]["positioning"]["also"]
    assert "scope" in said(early, "POS-11")[0]
    assert said(early, "POS-08")[0].startswith("Product development joins")
    words = "\n".join([*(prose(rule) for rule in knowledge.rules), (ROOT / "knowledge" / "decisions.yaml").read_text(encoding="utf-8")])
    assert re.findall(r"(?i)(?:deliver|communicat)(?:s|e|es|ing)? (?:the )?value", words) == []


def test_29_all_positionings_hold_and_the_stage_says_which_comes_first(advised: Advised) -> None:
    us = "us: {{repeat_need_count: 4}}\ndeal: {{stage: {}, contract_type: fixed_price}}"
    found = {stage: advised(us.format(stage))["decisions"]["positioning"] for stage in ("analysis", "proposal", "negotiation", "contract")}
    assert {stage: decision["choice"] for stage, decision in found.items()} == {
        "analysis": "solution_preparation", "proposal": "solution_preparation", "negotiation": "process_promotion",
        "contract": "success_assurance",
    }  # fmt: skip
    assert all("value_selection" in decision["also"] for decision in found.values())
    assert "success_assurance" in found["proposal"]["also"]


# --- time


LEAVES = """
    us: {{product_fit: strong}}
    deal: {{stage: proposal, compelling_event: hard{issued}}}
    customer: {{name: Mill{change}}}
    stakeholders:
      - {{name: ann, prefers: us, influence: high, action_taken: yes, profile: go_getter{left}}}
      - {{name: head, role: economic, contact: met, influence: high}}
"""


def test_30_what_rested_on_somebody_who_left_is_gone_with_them(advised: Advised) -> None:
    before, after = (advised(LEAVES.format(issued="", change="", left=left)) for left in ("", ", departed: yes"))
    assert [advice["derived"]["deal.champion_state"] for advice in (before, after)] == ["tested", "lost"]
    assert (choice(before), choice(after)) == ("pursue", "conditional")
    assert "STK-17" in fired(after)
    naming = {stem(line["rule"]) for line in after["advice"] if re.search(r"\bann\b", line["text"])}
    assert naming <= {"STK-17", "ETH-08"}
    assert not [task for task in tasks(after) if re.search(r"\bann\b", task["text"]) and task.get("rule") != "STK-17"]


def test_30_a_new_leader_and_an_issued_document_open_the_question_again(advised: Advised) -> None:
    advice = advised(LEAVES.format(issued=", doc_issued: yes, first_heard: before_doc", change=", recent_change: new_leader", left=""))
    assert {"QUA-26", "STK-18"} <= fired(advice)
    assert "ark as unknown" in said(advice, "STK-18")[0]
    assert "STK-32" in fired(advised("stakeholders: [{name: head, role: economic, departed: yes}]"))


def test_31_an_attitude_noted_four_months_ago_is_no_attitude(asking: Advised) -> None:
    noted = "stakeholders: [{{name: head, role: economic, contact: met, attitude: {{value: supportive, on: {}}}}}]"
    fresh, old = asking(noted.format("2026-11-20")), asking(noted.format("2026-08-01"))
    assert [advice["derived"]["deal.eb_state"] for advice in (fresh, old)] == ["supportive", "met"]
    assert [entry["fact"] for entry in old["expired"]] == ["stakeholder[head].attitude"]
    assert old["expired"][0]["why"] == "it counts for 60 days"
    assert asked(old, "stakeholder[head].attitude")
    assert not asked(fresh, "stakeholder[head].attitude")


def test_32_the_weakest_link_of_the_reasons_is_the_grade_of_the_conclusion(advised: Advised) -> None:
    """The chain goes through derived facts: the funder met and the tested voice."""
    chain = """
        us: {{product_fit: {{value: strong, grade: shown}}}}
        deal: {{compelling_event: {{value: hard, grade: shown}}}}
        stakeholders:
          - name: head
            role: {{value: economic, grade: shown}}
            contact: {{value: met, grade: shown}}
            prefers: {{value: us, grade: shown}}
            influence: {{value: high, grade: {}}}
            action_taken: {{value: yes, grade: shown}}
    """
    for grade in ("assumed", "said", "shown"):
        decision = advised(chain.format(grade))["decisions"]["qualification"]
        assert (decision["choice"], decision["weakest_grade"]) == ("pursue", grade)


# --- how much, in which order


def test_33_the_first_screen_holds_one_decision_three_actions_three_questions(realms: Callable[..., Result]) -> None:
    """Of a case where some forty rules fire."""
    out = realms("advise", ROOT / "cases" / "wms-cheap-rival.yaml").output
    for title in ("Do next", "Ask first"):
        block = out.split(title + "\n")[1].split("\n\n")[0]
        assert re.findall(r"(?m)^(\d)\. ", block) == ["1", "2", "3"], title


def test_33_lines_are_ranked_law_veto_what_blocks_this_stage_and_the_rest(advised: Advised) -> None:
    advice = advised(
        """
        deal: {stage: analysis, penalty: uncapped}
        needs: [{name: ledger, topic: erp, driver: compliance, nfr_stated: no, criticality: important}]
        competitors: [{name: rival}]
        """
    )
    ranks = [
        0 if line["strength"] == "law" else 1 if line["strength"] == "veto" else 2 if line.get("blocks") in ("analysis", "proposal") else 3
        for line in advice["advice"]
    ]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2, 3}


def test_33_too_many_open_questions_are_said_to_be_too_many(asking: Advised) -> None:
    assert "ASK-23" in fired(asking("deal: {stage: lead}"))


OPEN = "us: {product_fit: strong}\ndeal: {compelling_event: hard%s}\nstakeholders: [{name: head, role: economic, contact: met%s}]"


def test_34_what_an_answer_could_change_is_found_by_trying_each_value(knowledge: Knowledge, asking: Advised) -> None:
    advice = asking(OPEN % ("", ", prefers: us, influence: high"))
    promised = changes(advice, "qualification")["stakeholder[head].action_taken"]
    values = knowledge.vocabulary.entities["stakeholder"].attributes["action_taken"].values
    tried = {choice(asking(OPEN % ("", f", prefers: us, influence: high, action_taken: {value}"))) for value in values}
    assert promised == tried - {choice(advice)} == {"pursue"}


def test_34_a_question_that_decides_stands_before_one_that_changes_nothing(asking: Advised) -> None:
    advice = asking(OPEN % ("", ", prefers: us, influence: high"))
    facts = [question["fact"] for question in advice["questions"]]
    idle = [place for place, question in enumerate(advice["questions"]) if not question["could_change"]]
    assert all(place > facts.index("stakeholder[head].action_taken") for place in idle)


def test_34_no_question_is_said_to_turn_a_decision_that_the_law_has_made(asking: Advised) -> None:
    barred = asking(OPEN % (", public_procurement: yes, spec_consulting_by_us: design_or_spec, procurement: open_tender", ""))
    assert choice(barred) == "decline"
    assert changes(barred, "qualification") == {}


def test_34_of_a_declined_deal_the_first_screen_asks_only_what_could_reopen_it_or_bring_a_law_or_a_veto(
    realms: Callable[..., Result], tmp_path: Path
) -> None:
    """How far the work would reach settles the realm of a deal that nobody works on any more."""
    deal = """
        deal: {stage: proposal, public_procurement: yes, doc_issued: yes, procurement: open_tender%s}
        needs: [{name: reports, clarity: fully_specified}]
        us: {product_fit: strong}
    """

    def first(known: str) -> str:
        path = tmp_path / "deal.yaml"
        path.write_text(dedent(deal % known), encoding="utf-8")
        return realms("advise", path, "--on", "2026-12-01").output.split("Ask first\n")[1].split("\nPlan\n")[0]

    assert 'for "realm"' in first("")
    barred = first(", spec_consulting_by_us: design_or_spec")
    assert not re.search(r"need\[reports\]\.(scope|customisation)", barred)
    assert "deal.tender_blackout" in barred
    assert "No open answer by itself can change the qualification." in barred


# --- deadlines and gates


def test_35_nine_days_are_answered_with_less_and_say_what_was_skipped(advised: Advised) -> None:
    deal = """
        us: {{product_fit: strong}}
        deal: {{stage: research, value_k: 3000, doc_type: tender, doc_issued: yes, compelling_event: hard, days_to_deadline: {}}}
        needs: [{{name: cables, clarity: fully_specified, scope: department, customisation: none}}]
    """
    nine, long = advised(deal.format(9)), advised(deal.format(270))
    assert {"RLM-12", "PLN-15"} <= fired(nine)
    assert not {"RLM-12", "PLN-15"} & fired(long)
    assert "print what was skipped" in said(nine, "RLM-12")[0]
    assert any("skipped" in text for text in said(nine, "PLN-15"))
    assert (nine["plan"]["fits"], long["plan"]["fits"]) == (False, True)
    assert any("say what is left out" in note for note in nine["plan"]["notes"])


def test_36_gates_bind_spending_and_promises_and_never_papers(advised: Advised) -> None:
    gate = said(advised("deal: {stage: qualified}"), "PLN-02")[0]
    assert "promise no work" in gate
    assert "security and legal papers may be prepared" in gate
    both = advised(
        """
        deal: {stage: evaluation, value_k: 3000, poc_state: requested, poc_criteria: none, security_review: not_started,
               legal_review: not_started}
        needs: [{name: core, security_level: high}]
        """
    )
    present = {stem(task["rule"]) for lane in both["plan"]["stages"][0]["lanes"].values() for task in lane if "rule" in task}
    assert {"POC-01", "STK-21", "PLN-25"} <= present


def test_37_the_funder_is_reached_by_a_bargain_and_nobody_is_passed_by(advised: Advised) -> None:
    advice = advised(
        """
        deal: {stage: negotiation}
        stakeholders:
          - {name: ann, attitude: advocate, contact: regular}
          - {name: buyer, function: procurement}
        """
    )
    assert any("introduction to the funder follows" in text for text in said(advice, "STK-30"))
    assert any("Do not go round ann" in text for text in said(advice, "STK-30"))
    assert any("nothing that touches papers, price or dates goes past purchasing" in text for text in said(advice, "STK-20"))
    assert "Sales asks the sponsor" in " ".join(said(advice, "STK-01"))


# --- law, ethics, people


def test_38_ethics_are_locked_and_nothing_outvotes_the_law(knowledge: Knowledge, advised: Advised) -> None:
    ethics = [rule for rule in knowledge.rules if rule.id.startswith("ETH") or rule.strength == "law"]
    assert len(ethics) >= 17
    assert [rule.id for rule in ethics if not rule.locked] == []
    asked_to_cheat = advised(PRIME.format(paid=", payment_terms: prepaid, improper_request: cover_bid"))
    assert choice(asked_to_cheat) == "decline"
    assert asked_to_cheat["advice"][0]["strength"] == "law"


@pytest.mark.parametrize("become", ["may be given", None], ids=["edited", "gone"])
def test_38_an_ethics_rule_that_an_author_edits_or_removes_stops_all_advice(
    become: str | None, realms: Callable[..., Result], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    path = tmp_path / "knowledge" / "rules" / "ethics.yaml"
    first, *rest = re.split(r"(?m)^(?=- id: )", path.read_text(encoding="utf-8"))
    rest[0] = rest[0].replace("Never offer, arrange or recommend", become) if become else ""
    path.write_text("".join([first, *rest]), encoding="utf-8")
    result = realms("advise", ROOT / "cases" / "food-traceability.yaml", "--knowledge", tmp_path / "knowledge")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "ETH-01" in result.stderr
    assert "--unlock" in result.stderr


def test_39_of_each_person_only_what_could_be_shown_to_them_is_to_be_written(advised: Advised) -> None:
    person = "stakeholders: [{{name: ann, attitude: hostile{}}}]"
    plain, noted = advised(person.format("")), advised(person.format(", note: quarrels with the dean"))
    text = said(noted, "ETH-08")[0]
    assert [word for word in ("only what we would show", "private life", "only those who work on this deal") if word not in text] == []
    assert [key for key in ("decisions", "advice", "plan", "derived", "fired") if noted[key] != plain[key]] == []


def test_39_the_stored_cases_know_people_by_their_office(runs: dict[str, Step]) -> None:
    """What is replayed in training shows these names, and no others."""
    names = {row.name for step in runs.values() for row in step.dossier.rows if row.entity in ("stakeholder", "consultant")}
    assert [name for name in names if not re.fullmatch(r"[a-z_]*", name)] == []


def test_40_the_law_goes_by_procedure_and_the_content_by_sector(knowledge: Knowledge, advised: Advised) -> None:
    deal = "customer: {{sector: {}, ownership: {}}}\nneeds: [{{name: system, topic: {}}}]\ndeal: {{public_procurement: {}, doc_issued: no}}"
    clinic = advised(deal.format("healthcare", "private", "his", "no"))
    insurer = advised(deal.format("insurance", "state_owned", "bi", "yes"))
    assert "SOL-09" in fired(clinic) - fired(insurer)
    assert "ETH-05" in fired(insurer) - fired(clinic)
    assert [rule.id for rule in knowledge.rules if rule.locked and ("customer", "sector") in rule.reads] == []


def test_41_each_need_has_its_own_start_and_the_deal_one_promotion_and_one_decision(advised: Advised) -> None:
    advice = advised(
        """
        us: {product_fit: strong}
        needs:
          - {name: network, topic: infrastructure, clarity: fully_specified, scope: department, customisation: none, fit_pct: 97}
          - {name: figures, topic: bi, clarity: vague, scope: enterprise, fit_pct: 60, differentiating: yes}
        """
    )
    decisions = advice["decisions"]
    assert decisions["content_start"]["per_need"] == {"network": "product", "figures": "need"}
    assert decisions["approach"]["per_need"] == {"network": "configured_product", "figures": "consulting_first"}
    assert decisions["realm"]["choice"] == "need_start"
    assert all("per_need" not in decisions[name] for name in ("promotion_intensity", "qualification", "strategy", "realm"))


# --- numbers


def statements(knowledge: Knowledge) -> Iterator[tuple[str, Text]]:
    """Yield what rules state as reasons: the sentences that go with votes."""
    for rule in knowledge.rules:
        lines = {line.text for line in rule.lines}
        yield from ((rule.id, text) for text in texts(rule) if text not in lines)


def test_42_no_number_from_a_blog_is_typed_into_a_rule_or_told_as_a_fact(knowledge: Knowledge) -> None:
    blog = {name for name, figure in knowledge.figures.items() if "blog" in figure.source}
    assert len(blog) > 5
    assert [name for name, figure in knowledge.figures.items() if not (figure.source and figure.date)] == []
    typed = [rule.id for rule in knowledge.rules if re.search(r"\d+([.,]\d+)? ?(%|per cent|weeks|months)", prose(rule))]
    assert typed == []
    told = []
    for rule, text in statements(knowledge):
        for before, part in zip(("", *text.parts), text.parts, strict=False):
            if not isinstance(part, str) and part.name == "figures" and part.attribute in blog:
                told += [rule] if not re.search(r"\bour line\b[^.:]*$", str(before)) else []
    assert told == []


def test_42_where_a_number_comes_from_is_one_command_away(knowledge: Knowledge, realms: Callable[..., Result]) -> None:
    printed = {name for rule in knowledge.rules for name in figures_of(rule)}
    assert {"fit_tender", "paper_weeks_low"} <= printed
    out = realms("vocabulary", "figures.fit_tender").output
    assert "(blog)" in out
    assert "2026-11-24" in out


# --- all of them


def test_every_subtlety_has_a_test_or_a_written_reason() -> None:
    tests = {int(found[1]) for name in globals() if (found := re.match(r"test_(\d\d)_", name))}
    reasons = {int(number) for number in re.findall(r"(?m)^\| *(\d+) *\|", RECORD.read_text(encoding="utf-8"))}
    assert len(reasons) <= 10
    assert tests | reasons == set(range(1, 43))

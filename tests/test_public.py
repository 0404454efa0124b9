"""What a public purchase needs to hear, and what it must never hear, from the first call to the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.advising import Consultation
from engine.pages import first_acts
from engine.reading.cases import stem

Advise = Callable[..., Consultation]


def said(consultation: Consultation) -> dict[str, str]:
    """Return the lines of advice by rule, those of one rule together."""
    found: dict[str, str] = {}
    for line in consultation.as_json()["advice"]:
        found[line["rule"]] = f"{found.get(line['rule'], '')} {line['text']}".strip()
    return found


def choice(consultation: Consultation, decision: str = "qualification") -> Any:
    return consultation.as_json()["decisions"][decision]["choice"]


@pytest.mark.parametrize("ownership", ["public_body", "private"])
@pytest.mark.parametrize("wanted", ["free_design", "spec_draft"])
def test_no_design_leaves_before_somebody_knows_whether_the_purchase_is_public(ownership: str, wanted: str, advise: Advise) -> None:
    deal = "customer: {name: Quay, ownership: %s}\ndeal: {stage: research, value_k: 1200, requested: %s%s}\n"
    found = advise(deal % (ownership, wanted, ""))
    assert "no page leaves until legal" in said(found)["PLN-43"]
    assert "PLN-43" in {act.rule for act in first_acts(found)}
    for law in ("yes", "no"):
        assert "PLN-43" not in said(advise(deal % (ownership, wanted, f", public_procurement: {law}")))


def test_somebody_asks_whether_a_public_body_buys_under_public_law_until_the_deal_is_over(advise: Advise) -> None:
    deal = "customer: {name: Quay, ownership: %s}\ndeal: {stage: lead, value_k: 26000%s}\n"
    assert "gets the answer from legal" in said(advise(deal % ("public_body", "")))["STK-36"]
    for ownership, known in (("private", ""), ("public_body", ", public_procurement: no"), ("public_body", ", outcome: lost")):
        assert "STK-36" not in said(advise(deal % (ownership, known)))


def test_what_is_won_is_not_put_on_trial_again(advise: Advise) -> None:
    deal = "deal: {stage: contract, value_k: 900, public_procurement: yes, doc_issued: yes, start_before_contract: yes%s}\n"
    won = advise(deal % ", outcome: won")
    assert choice(won) == "pursue" and choice(advise(deal % "")) == "conditional"
    lines = said(won)
    assert "beside its document and our bid" in lines["QUA-26b"] and "QUA-26a" not in lines
    assert "never before the award and as a rule not before the signature" in lines["RSK-05"]


def test_of_a_lost_deal_the_reasons_are_asked_for_on_the_first_screen(advise: Advise) -> None:
    for public in ("yes", "no"):
        found = advise(f"deal: {{stage: evaluation, value_k: 900, public_procurement: {public}, outcome: lost}}\n")
        assert choice(found) == "nurture"
        assert "PLN-37" in {stem(act.rule) for act in first_acts(found) if act.rule}


def test_after_an_improper_request_the_refusal_is_worded_by_legal_and_offers_nothing(advise: Advise) -> None:
    deal = "deal: {stage: proposal, value_k: 180, public_procurement: yes, doc_issued: yes, improper_request: %s}\n"
    lines = said(advise(deal % "cover_bid"))
    assert "before legal has worded what is said" in lines["QUA-25b"] and "QUA-25a" not in lines


def test_a_small_contest_under_a_framework_is_answered_before_other_units_are_listed(advise: Advise) -> None:
    deal = "deal: {stage: proposal, value_k: 900, public_procurement: yes, procurement: framework, framework_state: %s}\n"
    asked = said(advise(deal % "mini_competition"))["PLN-42b"]
    assert asked.index("answer only the criteria") < asked.index("Once this order is decided")
    assert "PLN-42a" in said(advise(deal % "listed"))


def test_the_law_on_open_influence_is_not_said_three_times_among_the_first_acts(advise: Advise) -> None:
    found = advise(
        """
        deal: {stage: research, value_k: 18000, public_procurement: yes, doc_issued: no, requested: spec_draft,
               access: open}
        competitors: [{name: a, kind: incumbent, strength: even, standing: known}]
        """
    )
    assert choice(found, "strategy") == "flanking"
    rules = {act.rule for act in first_acts(found)}
    assert {"CMP-38", "ETH-17"} <= rules and "ETH-05b" not in rules
    assert "ETH-05b" in said(found), "it is still said, among all the lines"


def test_a_review_days_away_does_not_come_before_what_is_due_now(advise: Advise) -> None:
    deal = """
        needs: [{name: rooms, topic: multimedia, clarity: fully_specified, fit_pct: 93, customisation: none}]
        deal: {stage: proposal, value_k: 1450, public_procurement: yes, doc_issued: yes, doc_type: tender, qa_window: open,
               wired_flags: 3, first_heard: with_doc, days_to_deadline: DAYS}
        us: {product_fit: strong}
    """
    acts = {days: [act.rule for act in first_acts(advise(deal.replace("DAYS", days)))] for days in ("9", "4")}
    assert "PLN-05a" in acts["4"]
    assert "QUA-35" in acts["9"] and "PLN-05b" not in acts["9"][: acts["9"].index("QUA-35")]


def asked(consultation: Consultation) -> dict[str, Any]:
    """Return the questions that are worth putting now, by fact."""
    return {question.fact: question for question in consultation.questions if question.now}


TENDER = """
    customer: {name: Quay, ownership: public_body}
    needs: [{name: gates, topic: other, clarity: fully_specified, fit_pct: 90}]
    deal: {stage: STAGE, value_k: 4000, public_procurement: yes, doc_issued: yes, tender_blackout: yes, outcome: OUTCOME}
"""


@pytest.mark.parametrize(("stage", "outcome"), [("evaluation", "lost"), ("handover", "won")])
def test_once_it_is_over_nobody_asks_what_had_to_be_known_before_the_bid(stage: str, outcome: str, advise: Advise) -> None:
    before = {
        "deal.spec_consulting_by_us", "customer.financial_health", "deal.doc_type", "deal.incumbent",
        "need[gates].mandatory_gap",
    }  # fmt: skip
    running = asked(advise(TENDER.replace("STAGE", "proposal").replace("OUTCOME", "open")))
    assert before <= set(running)
    assert not before & set(asked(advise(TENDER.replace("STAGE", stage).replace("OUTCOME", outcome))))


def test_what_would_be_published_to_all_bidders_is_looked_up_and_not_put_into_the_portal(advise: Advise) -> None:
    deal = TENDER.replace("STAGE", "proposal").replace("OUTCOME", "open")
    looked_up = {"deal.compelling_event", "deal.incumbent", "deal.criteria_state"}
    barred, free = (
        {q["fact"]: q["whom"] for q in advise(text).as_json()["questions"]}
        for text in (deal, deal.replace("blackout: yes", "blackout: no"))
    )
    for fact in looked_up:
        assert "published channel" not in barred[fact] and "the document" in barred[fact], fact
        assert free[fact].startswith("whoever"), fact


@pytest.mark.parametrize(("trial", "fires"), [
    ("poc_state: running, poc_criteria: draft", True), ("poc_state: agreed, poc_decision_link: no", True),
    ("poc_state: running, poc_criteria: signed, poc_decision_link: yes", False), ("poc_state: running", False),
    ("poc_state: requested, poc_criteria: draft", False),
])  # fmt: skip
def test_a_trial_under_way_gets_its_tests_signed_and_says_what_follows(trial: str, fires: bool, advise: Advise) -> None:
    assert ("POC-20" in said(advise(f"deal: {{stage: evaluation, value_k: 900, {trial}}}\n"))) == fires


def test_the_first_act_of_research_is_to_fix_the_interviews_and_not_to_end_it(advise: Advise) -> None:
    acts = first_acts(advise("deal: {stage: research, value_k: 900, public_procurement: no}\n"))
    assert acts[0].rule == "PLN-03" and acts[0].text.startswith("In the first week agree")

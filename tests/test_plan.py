"""The plan: ten stages, two lanes, laid out from a date or back from a deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.advising import Consultation, consult
from engine.facts import Dossier, Fact, Row
from engine.reading.cases import stem
from engine.rules import Knowledge

Advise = Callable[..., Consultation]
NEED = "needs:\n  - {name: main, topic: erp, clarity: goal_only, scope: enterprise}\n"


def plan_of(consultation: Consultation) -> dict[str, Any]:
    found: dict[str, Any] = consultation.as_json()["plan"]
    return found


def test_a_lead_has_all_ten_stages_with_the_days_of_its_size(advise: Advise) -> None:
    plan = plan_of(advise("deal: {stage: lead, value_k: 200}\n" + NEED))
    assert [s["stage"] for s in plan["stages"]] == [
        "lead", "qualified", "research", "analysis", "proposal", "presentation", "evaluation", "negotiation", "contract", "handover",
    ]  # fmt: skip
    assert (plan["stages"][0]["from"], plan["stages"][0]["to"]) == ("2026-12-01", "2026-12-02")
    assert (plan["stages"][1]["from"], plan["stages"][1]["to"]) == ("2026-12-03", "2026-12-03")
    assert (plan["stages"][2]["from"], plan["stages"][2]["to"]) == ("2026-12-04", "2026-12-07"), "a weekend is left out"


def test_stages_already_past_are_not_planned(advise: Advise) -> None:
    plan = plan_of(advise("deal: {stage: negotiation, value_k: 200}\n" + NEED))
    assert [s["stage"] for s in plan["stages"]] == ["negotiation", "contract", "handover"]


def test_every_stage_has_two_lanes_what_they_produce_and_the_buyers_act(advise: Advise) -> None:
    for stage in plan_of(advise("deal: {stage: lead, value_k: 200}\n" + NEED))["stages"]:
        assert set(stage["lanes"]) == set(stage["produce"]) == {"solution", "promotion"}
        assert stage["leave_when"].startswith("The buyer has")


def test_each_activity_names_its_rule_or_route_line_and_an_owner(advise: Advise, knowledge: Knowledge) -> None:
    assert knowledge.route is not None
    lines = {a.id for stage in knowledge.route.stages for a in stage.activities}
    for stage in plan_of(advise("deal: {stage: lead, value_k: 200}\n" + NEED))["stages"]:
        for task in [t for lane in stage["lanes"].values() for t in lane]:
            assert task.get("rule") in knowledge.by_id or task.get("route") in lines
            assert task["owner"]


def test_two_deals_at_one_stage_with_different_needs_have_different_activities(advise: Advise) -> None:
    equipment = "us: {product_fit: strong}\nneeds: [{name: rooms, topic: multimedia, clarity: fully_specified, scope: department}]\n"
    study = "needs:\n  - {name: records, topic: emr, clarity: vague, scope: enterprise, legacy: replace, migration: complex}\n"
    first, second = (
        [t["text"] for lane in plan_of(advise("deal: {stage: proposal}\n" + need))["stages"][0]["lanes"].values() for t in lane]
        for need in (equipment, study)
    )
    assert set(first) - set(second)
    assert set(second) - set(first)


def test_a_tender_is_laid_out_back_from_its_deadline(advise: Advise) -> None:
    plan = plan_of(advise("deal: {stage: proposal, value_k: 1800, doc_issued: yes, days_to_deadline: 18}\n" + NEED))
    assert plan["laid_out"] == "backward"
    assert plan["deadline"] == "2026-12-19"
    assert plan["stages"][0]["from"] == "2026-12-01"
    assert plan["stages"][0]["to"] == "2026-12-18", "a Saturday deadline is met on Friday"
    assert plan["stages"][1]["from"] == "2026-12-21"


def test_a_hard_event_lays_the_whole_route_out_backward(advise: Advise) -> None:
    text = "deal: {stage: research, value_k: 200, compelling_event: hard, days_to_deadline: 60}\n" + NEED
    plan = plan_of(advise(text))
    assert plan["laid_out"] == "backward"
    contract = next(s for s in plan["stages"] if s["stage"] == "contract")
    assert contract["to"] == "2027-01-29", "60 days from 1 December end on a Saturday"
    assert plan["fits"]


@pytest.mark.parametrize(
    ("deal", "ended", "read_as"),
    [
        ("public_procurement: yes", "proposal", "the day on which the bid must be in"),
        ("doc_issued: no", "evaluation", "the day of the buyer's decision"),
        ("doc_issued: no, compelling_event: hard", "contract", ""),
        ("doc_issued: yes", "proposal", ""),
    ],
)
def test_a_recorded_date_always_ends_a_stage_and_a_doubtful_reading_of_it_is_said(
    advise: Advise, deal: str, ended: str, read_as: str
) -> None:
    plan = plan_of(advise(f"deal: {{stage: proposal, value_k: 1800, days_to_deadline: 30, {deal}}}\n{NEED}"))
    assert next(s for s in plan["stages"] if s["stage"] == ended)["to"] == "2026-12-31"
    assert [note for note in plan["notes"] if note.startswith("No issued document")] == (
        [f"No issued document is on record. The date is taken as {read_as}."] if read_as else []
    )


def test_a_hard_event_asks_for_a_calendar_back_from_it_whose_first_late_step_is_talked_about(advise: Advise) -> None:
    lines = "deal: {compelling_event: hard, tender_blackout: %s}"
    open_, barred = ([said.text for said in advise(lines % ban).report().lines.said if said.rule.id == "PLN-14"] for ban in ("no", "yes"))
    assert len(open_) == 2
    assert all(step in open_[0] for step in ("acceptance", "training", "test", "delivery", "order", "signatures"))
    assert "next talk" in open_[1]
    assert barred == open_[:1]


def test_too_many_days_for_the_deadline_are_pressed_together_and_said(advise: Advise) -> None:
    plan = plan_of(advise("deal: {stage: lead, value_k: 9000, doc_issued: yes, days_to_deadline: 9}\n" + NEED))
    assert not plan["fits"]
    assert any("cut scope" in note for note in plan["notes"])
    assert all(s["from"] >= "2026-12-01" for s in plan["stages"])
    proposal = next(s for s in plan["stages"] if s["stage"] == "proposal")
    assert proposal["to"] <= "2026-12-10"


def test_after_the_signature_nothing_is_done_any_more_that_would_help_to_win(advise: Advise) -> None:
    deal = "deal: {stage: STAGE}\nneeds: [{name: main, topic: erp, scope: enterprise}]\n"
    contract, handover = (advise(deal.replace("STAGE", stage)) for stage in ("contract", "handover"))
    acts = [[said.rule.id for said in c.report().lines.acts()] for c in (contract, handover)]
    assert "CMP-25" in acts[0] and "CMP-25" not in acts[1], "a rival is no longer looked for"
    assert acts[1][0] == "PLN-10", "what was promised is said aloud to delivery"
    assert "CMP-25" in {line["rule"] for line in handover.as_json()["advice"]}, "nothing is lost, it only steps back"


def test_an_unknown_stage_and_size_are_assumed_and_said(advise: Advise) -> None:
    plan = plan_of(advise(NEED))
    assert plan["stages"][0]["stage"] == "lead"
    assert len(plan["notes"]) == 2


def test_a_line_whose_stage_is_past_moves_to_the_present_one(advise: Advise) -> None:
    deal = "needs:\n  - {name: main, customisation: heavy}\ndeal: {stage: STAGE, strategic_value: high}\n"
    early, late = (plan_of(advise(deal.replace("STAGE", stage)))["stages"] for stage in ("lead", "proposal"))
    where = {s["stage"] for s in early for lane in s["lanes"].values() for t in lane if t.get("rule") == "POS-08"}
    assert where == {"analysis"}
    where = {s["stage"] for s in late for lane in s["lanes"].values() for t in lane if t.get("rule") == "POS-08"}
    assert where == {"proposal"}


def test_a_declined_deal_has_no_plan_beyond_closing_it_well(advise: Advise, knowledge: Knowledge) -> None:
    plan = plan_of(advise("deal: {stage: research}\nneeds:\n  - {name: main, mandatory_gap: unfillable}\n"))
    assert [s["stage"] for s in plan["stages"]] == ["research"]
    tasks = [t for lane in plan["stages"][0]["lanes"].values() for t in lane]
    assert {stem(t["rule"]) for t in tasks} >= {"QUA-25"}
    assert "reason" in plan["stages"][0]["leave_when"]
    for task in tasks:
        rule = knowledge.by_id[task["rule"]]
        assert rule.strength in ("law", "veto") or ("deal", "qualification") in rule.reads or rule.votes


@settings(max_examples=40, derandomize=True)
@given(
    stage=st.sampled_from(["lead", "research", "proposal", "evaluation", "contract", "handover"]),
    value=st.sampled_from([100, 1000, 5000, 50000]),
    left=st.one_of(st.none(), st.integers(0, 400)),
    event=st.sampled_from(["hard", "soft"]),
    issued=st.sampled_from(["yes", "no"]),
    on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_stages_follow_one_another_on_working_days_and_none_lies_in_the_past(
    knowledge: Knowledge, stage: str, value: int, left: int | None, event: str, issued: str, on: date
) -> None:
    facts = {"stage": Fact(stage), "value_k": Fact(value), "compelling_event": Fact(event), "doc_issued": Fact(issued)}
    if left is not None:
        facts["days_to_deadline"] = Fact(left)
    consultation = consult(knowledge, Dossier("deal", (Row("deal", facts=facts),)), on)
    legs = consultation.plan().legs
    assert all(leg.first <= leg.last for leg in legs)
    assert all(day.weekday() < 5 for leg in legs for day in (leg.first, leg.last))
    assert legs[0].first >= on
    assert legs[0].first - on < timedelta(days=3)
    assert all(a.first <= b.first and a.last <= b.last for a, b in pairwise(legs))


@pytest.mark.parametrize("stage", ["lead", "handover"])
def test_a_plan_begun_on_a_weekend_starts_on_monday(advise: Advise, stage: str) -> None:
    plan = plan_of(advise(f"deal: {{stage: {stage}}}\n", on=date(2026, 12, 5)))
    assert plan["stages"][0]["from"] == "2026-12-07"

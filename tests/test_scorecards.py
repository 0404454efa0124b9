"""A scorecard is laid out factor by factor, what is unknown stays unknown, and it warns beside a decision without voting."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from toy import DECISIONS, RULES, VOCABULARY, toy_base
from wcwidth import wcswidth

from engine.advising import Consultation
from engine.problems import as_text
from engine.reading.knowledge import read_base
from engine.rules import Knowledge, ScoreRef

Advise = Callable[..., Consultation]
Run = Callable[..., Result]
SCORE = "deal.qual_score"


def score(consultation: Consultation) -> dict:
    return consultation.as_json()["scorecards"][SCORE]


def factor(consultation: Consultation, name: str) -> dict:
    return next(f for f in score(consultation)["factors"] if f["factor"] == name)


# --- the shipped card


def test_the_qualification_card_has_ten_factors_of_ten_points(knowledge: Knowledge) -> None:
    card = knowledge.scorecards["scorecards/qualification.csv"]
    assert len(card.factors) == 10
    assert {max(row.points for row in rows) for _, rows in card.factors} == {10}
    assert {row.points for _, rows in card.factors for row in rows} == {5, 10}


def test_an_unknown_factor_is_no_zero_and_one_known_to_be_bad_is(advise: Advise) -> None:
    text = "deal: {stage: proposal, compelling_event: none}\nneeds: [{name: main, pain: quantified}]\nneeds_complete: yes\n"
    consultation = advise(text)
    event, fit = factor(consultation, "event with a date"), factor(consultation, "fit of the product")
    assert (event["points"], event["known"]) == (0, True)
    assert [f["fact"] for f in event["because"]] == ["deal.compelling_event"]
    assert (fit["points"], fit["known"]) == (None, False)
    assert "fit of the product" in score(consultation)["unknown"]
    assert factor(consultation, "pain with a number")["because"][0]["fact"] == "need[main].pain"


def test_a_list_in_which_nothing_is_recorded_is_unknown_until_it_is_said_to_be_whole(advise: Advise) -> None:
    assert factor(advise("deal: {stage: proposal}\n"), "pain with a number")["points"] is None
    assert factor(advise("deal: {stage: proposal}\nneeds_complete: yes\n"), "pain with a number")["points"] == 0


def test_no_score_is_shown_where_no_rule_takes_it(advise: Advise) -> None:
    assert advise("deal: {stage: lead}\n").as_json()["scorecards"] == {}


STRONG = """
    deal: {stage: proposal, compelling_event: hard, criteria_state: documented, strategic_value: high, public_procurement: no}
    needs: [{name: main, pain: quantified, mandatory_gap: %s}]
    us: {product_fit: strong, proof_available: yes, delivery_capacity: available, price_position: low}
    stakeholders:
      - {name: head, role: economic, contact: met, attitude: supportive, prefers: us, influence: high, action_taken: yes}
"""


def test_a_high_score_beside_a_veto_warns_and_does_not_move_it(advise: Advise) -> None:
    consultation = advise(STRONG % "unfillable")
    advice = consultation.as_json()
    assert advice["decisions"]["qualification"]["choice"] == "decline"
    assert (score(consultation)["points"], score(consultation)["band"]) == (100, "go")
    assert score(consultation)["differs"].startswith("The score of 100 of 100 would say: go on. Qualification is: decline.")


def test_a_score_that_agrees_with_the_decision_does_not_warn(advise: Advise) -> None:
    consultation = advise(STRONG % "none")
    assert consultation.as_json()["decisions"]["qualification"]["choice"] == "pursue"
    assert score(consultation)["differs"] is None


def test_a_warning_says_how_far_the_unknown_could_lift_the_score(consultations: Callable[[str], Consultation]) -> None:
    found = score(consultations("projection-classroom"))
    best = sum(f["of"] if not f["known"] else f["points"] for f in found["factors"])
    assert f"at its best the score would be {best}" in found["differs"]


def test_no_rule_votes_for_a_qualification_because_of_the_score(knowledge: Knowledge) -> None:
    assert knowledge.main is not None
    assert [r.id for r in knowledge.voters[knowledge.main.key] if ("deal", "qual_score") in r.reads] == []


def test_the_card_is_a_table_in_the_whole_advice_and_in_markdown_and_not_on_the_first_screen(realms: Run) -> None:
    case = ROOT / "cases" / "projection-classroom.yaml"
    whole = realms("advise", case, "--all").output
    assert "Scorecard: 35 of 100, stop" in whole
    assert "worth winning           unknown   10    Ask our sales lead" in whole
    assert "Warning: The score of 35 of 100" in whole
    assert [line for line in whole.splitlines() if wcswidth(line) > 80] == []
    assert "| worth winning" in realms("advise", case, "--format", "markdown").output
    assert "Scorecard" not in realms("advise", case).output


# --- what is wrong in a card or its bands


def test_the_best_rows_of_a_card_have_to_add_up(tmp_path: Path, realms: Run) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "k")
    card = tmp_path / "k" / "scorecards" / "qualification.csv"
    card.write_text(card.read_text(encoding="utf-8").replace(",10\n", ",9\n", 1), encoding="utf-8")
    result = realms("check", "--knowledge", tmp_path / "k")
    assert result.exit_code == 1
    assert "add up to 99; deal.qual_score goes to 100" in result.output


def test_a_card_saved_by_a_spreadsheet_counts_as_the_one_with_commas(tmp_path: Path, knowledge: Knowledge) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "k")
    path = tmp_path / "k" / "scorecards" / "qualification.csv"
    rows = [line.replace('"', "").partition(",") for line in path.read_text(encoding="utf-8").splitlines()]
    parts = [(factor, *rest.rpartition(",")[::2]) for factor, _, rest in rows]
    path.write_text("\ufeff" + "".join(f'{f};"{c}";{p};;\r\n' for f, c, p in parts), encoding="utf-8", newline="")
    found = read_base(tmp_path / "k").usable().scorecards["scorecards/qualification.csv"]
    assert found.factors == knowledge.scorecards["scorecards/qualification.csv"].factors


BANDS = "    run:\n      beside:\n        plant.heat:\n"
HEAT = "        heat: {range: [0, 10], derived: yes, settle: lowest, meaning: Heat.}\n    pump:"
GOOD = "          - {band: cold, says: cold, below: 4, goes_with: run}\n          - {band: hot, says: hot, goes_with: [stop, careful]}\n"


def toy(folder: Path, bands: str = GOOD, target: str = "plant.heat") -> Path:
    """Write the toy base with a scorecard and bands beside its decision."""
    rule = """
    - id: T-05
      title: Take the heat from the card
      why: One number for many signs.
      when: always
      then: [default: {plant.heat: {score: scorecards/heat.csv}}]
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
"""
    beside = BANDS.replace("plant.heat", target) + bands
    words = VOCABULARY.replace("    pump:", HEAT, 1)
    made = toy_base(folder, RULES.rstrip() + "\n" + rule, words, DECISIONS.replace("    run:\n", beside, 1))
    (made / "scorecards").mkdir(exist_ok=True)
    (made / "scorecards" / "heat.csv").write_text("factor,condition,points\nacid,pump: {fluid: acid},6\nnight,plant: {shift: night},4\n")
    return made


def test_a_base_about_pumps_has_scores_and_bands_too(tmp_path: Path, realms: Run) -> None:
    plant = tmp_path / "plant.yaml"
    plant.write_text("plant: {pressure: 10}\npumps: [{name: north, fluid: acid}]\n", encoding="utf-8")
    out = realms("advise", plant, "--knowledge", toy(tmp_path / "toy"), "--all").output
    assert "Scorecard: 6 of 10, hot" in out
    assert "night     unknown   4     Ask operator: Which shift runs it?" in out
    assert "Warning: The score of 6 of 10 would say: hot. Running is: run." in " ".join(out.split())


@pytest.mark.parametrize(
    ("bands", "target", "said"),
    [
        (GOOD.replace("goes_with: run", "goes_with: rnu"), "plant.heat", "did you mean run?"),
        (GOOD.replace("[stop, careful]", "stop"), "plant.heat", "'careful' goes with 0 bands"),
        (GOOD.replace("[stop, careful]", "[stop, careful, run]"), "plant.heat", "'run' goes with 2 bands"),
        (GOOD.replace("below: 4, ", ""), "plant.heat", "do not go upward"),
        (GOOD.replace("says: hot,", "says: hot, below: 3,"), "plant.heat", "do not go upward"),
        (GOOD.replace("below: 4", "below: 40"), "plant.heat", "outside 0..10"),
        (GOOD.replace("below: 4", "below: figures.high"), "plant.heat", "there is no figure 'high'"),
        (GOOD, "plant.pressure", "no number that rules derive"),
        (GOOD, "plant.load", "no number that rules derive"),
    ],
)  # fmt: skip
def test_bands_that_go_wrong_are_found(tmp_path: Path, bands: str, target: str, said: str) -> None:
    found = "\n".join(as_text(problem) for problem in read_base(toy(tmp_path, bands, target)).problems)
    assert said in found
    assert "decisions.yaml:" in found


def test_a_score_is_read_only_through_a_card(knowledge: Knowledge) -> None:
    cards = {v.option.card for rule in knowledge.rules for v in rule.votes if isinstance(v.option, ScoreRef)}
    assert cards == set(knowledge.scorecards)

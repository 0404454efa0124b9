"""What would be otherwise: the advice before and after some facts, and the nearest facts that turn a decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ON, ROOT, data, plain
from hypothesis import given
from hypothesis import strategies as st
from toy import toy_base
from wcwidth import wcswidth

from engine.advising import Consultation, consult
from engine.differing import difference
from engine.flipping import REACHES, Flip, Flipping
from engine.inferring import inferred
from engine.problems import Unusable
from engine.reading.assignments import assigned
from engine.reading.cases import Step as CaseStep
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.showing import Showing
from engine.world import world_of

Run = Callable[..., Result]
WMS = ROOT / "cases" / "wms-cheap-rival.yaml"
HIS = ROOT / "cases" / "county-hospital-his.yaml"
SOME = ["wms-cheap-rival", "county-hospital-his", "gas-merger-erp/1", "kiln-energy-new-field/1"]


# --- before and after


def test_only_what_changed_is_shown_with_the_rules(realms: Run) -> None:
    out = plain(realms("whatif", WMS, "deal.price_weight=70").output)
    assert "What if: the deal's weight of price were 70 points of 100 (now 30 points of 100)" in out
    assert "Qualification: pursue -> decline Price carries 70 per cent of the decision and our price is high (QUA-17)" in out
    assert "Realm:" not in out
    assert "Fire now: POS-10, PRC-08, QUA-17, QUA-25a. Are silent now: CMP-14, PRC-09, QUA-26a." in out


def test_the_json_has_each_kind_of_difference(realms: Run) -> None:
    found = data(realms("whatif", WMS, "deal.price_weight=70", "--format", "json"))
    assert found["changes"] == [{"fact": "deal.price_weight", "from": 30, "to": 70}]
    assert {d["decision"]: d["to"] for d in found["decisions"]} == {
        "promotion_intensity": "light",
        "strategy": None,
        "qualification": "decline",
    }
    assert "CMP-14" in {line["rule"] for line in found["advice"]["goes"]}
    assert found["rules"]["silent"] == ["CMP-14", "PRC-09", "QUA-26a"]


def test_a_fact_is_taken_back_with_unknown_and_comes_as_a_question(realms: Run) -> None:
    found = data(realms("whatif", WMS, "need.fit_pct=unknown", "stakeholder[coo].contact=none", "--format", "json"))
    assert {(c["fact"], c["to"]) for c in found["changes"]} == {
        ("need[warehouse_system].fit_pct", None),
        ("stakeholder[coo].contact", "none"),
    }
    assert "need[warehouse_system].fit_pct" in {q["fact"] for q in found["questions"]["come"]}


def test_rows_may_come_and_go(realms: Run) -> None:
    gone = data(realms("whatif", WMS, "stakeholder[coo].gone=yes", "--format", "json"))
    assert gone["gone"] == ["stakeholder[coo]"]
    assert {d["fact"]: d["to"] for d in gone["derived"]}["deal.eb_state"] == "unidentified"
    out = plain(realms("whatif", WMS, "stakeholder[+cfo].role=economic", "stakeholder[+cfo].contact=met").output)
    assert "cfo's role were funder (now not known)" in out
    assert "The deal's contacts active: 1 people -> 2 people" in out or "-> 2" in out


def test_what_changes_nothing_says_so(realms: Run) -> None:
    assert "Nothing in the advice changes." in realms("whatif", WMS, "deal.price_weight=30").output


def test_a_plan_that_is_laid_out_otherwise_is_a_change(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: evaluation, public_procurement: yes, doc_issued: yes, days_to_deadline: 12}\n", encoding="utf-8")
    out = realms("whatif", path, "deal.days_to_deadline=3", "--on", "2026-11-30").output
    assert "Nothing in the advice changes" not in out
    assert "- Evaluation: 2026-11-30 to 2026-12-11 -> 2026-11-30 to 2026-12-03" in out
    plan = data(realms("whatif", path, "deal.days_to_deadline=3", "--on", "2026-11-30", "--format", "json"))["plan"]
    assert plan["stages"][0] == {"stage": "Evaluation", "from": ["2026-11-30", "2026-12-11"], "to": ["2026-11-30", "2026-12-03"]}
    assert "stages are pressed together" in " ".join(plan["notes"])
    out = plain(realms("whatif", path, "deal.doc_issued=unknown", "--on", "2026-11-30").output)
    assert "No issued document is on record. The date is taken as the day of the buyer's decision." in out
    assert "Tasks that go" in out and "Tasks that come" in out


def test_other_words_in_the_document_are_a_change(realms: Run) -> None:
    case = ROOT / "cases" / "auto-parts-mes.yaml"
    out = plain(realms("whatif", case, "deal.process_state=dated").output)
    assert "Nothing in the advice changes" not in out
    assert "The document: other words in" in out
    assert data(realms("whatif", case, "deal.process_state=dated", "--format", "json"))["document"]


def test_a_row_is_named_whatever_its_name_holds(realms: Run, tmp_path: Path) -> None:
    """Names with brackets are read, and those that a page has broken over two lines."""
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal}\nneeds: [{name: 'hall 1 [west]', topic: mes}, {name: other, topic: bi}]\n", encoding="utf-8")
    for word in ("need[hall 1 [west]].mandatory_gap=unfillable", "need[hall 1\n[west]].mandatory_gap=unfillable"):
        out = plain(realms("whatif", path, word).output)
        assert "What if: hall 1 [west]'s worst gap among the must-haves were impossible to fill" in out
        assert "Qualification: go on under conditions -> decline" in out


def test_a_flip_of_a_case_may_be_asked_about_too(realms: Run) -> None:
    assert "Qualification: decline -> pursue" in plain(realms("whatif", WMS, "--flip", "A", "deal.price_weight=30").output)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("deal.price_wieght=70", "did you mean price_weight?"),
        ("stakeholder[cooo].contact=met", "did you mean coo?"),
        ("stakeholdr.contact=met", "did you mean stakeholder?"),
        ("stakeholder[coo].contact=mett", "did you mean met?"),
        ("deal.price_weight=700", "a number from 0 to 100"),
        ("deal.strategy=frontal", "rules conclude it"),
        ("stakeholder[coo].name=ceo", "stakeholder[+name]"),
        ("price_weight 70", "write deal.attribute=value"),
        ("effort[x].hours_needed=", "has no value"),
    ],
)
def test_what_is_written_wrong_is_shown_with_its_place_and_the_way_out(realms: Run, word: str, near: str) -> None:
    done = realms("whatif", WMS, word)
    assert done.exit_code == 2
    assert near in done.stderr
    assert "--> the command line:1:" in done.stderr


def test_a_word_that_the_advice_uses_for_a_value_is_answered_with_the_value(realms: Run) -> None:
    """Pages say "funder"; what is written is "economic"."""
    done = realms("whatif", WMS, "stakeholder.role=Funder")
    assert done.exit_code == 2
    assert "write economic, which reads 'funder' in the advice" in done.stderr


def test_one_of_several_rows_has_to_be_named(realms: Run) -> None:
    done = realms("whatif", HIS, "stakeholder.contact=met")
    assert done.exit_code == 2
    assert "say which, as stakeholder[" in done.stderr


@given(st.one_of(st.text(max_size=40), st.from_regex(r"(deal|stakeholders?|need)(\[\+?[a-z]*\])?\.(stage|role|gone|note|name)=.{0,9}")))
def test_whatever_is_typed_is_a_change_or_a_problem(runs: dict[str, CaseStep], knowledge: Knowledge, text: str) -> None:
    dossier = runs["wms-cheap-rival"].dossier
    try:
        rows = assigned([text], dossier, knowledge.vocabulary).rows
    except Unusable as error:
        rows = ()
        found = error.problems
    else:
        found = []
    assert bool(rows) is not bool(found)
    assert {row.entity for row in rows} <= set(knowledge.vocabulary.entities)
    assert "coo" in {row.name for row in rows} or found or "gone" in text


# --- what would turn a decision


def test_the_nearest_facts_come_in_the_order_of_what_we_can_do_about_them(realms: Run) -> None:
    out = plain(realms("whatif", HIS).output)
    first = out.index("In our hands: - pursue, if info's act for us were yes (now no) (QUA-13)")
    asked = re.search(
        r"Not known, so ask( \(and \d more with --all\))?: - decline, if the customer's financial health were distressed", out
    )
    assert asked and first < asked.start()
    assert "Ask finance: What do the last two years' accounts" in out
    assert "'stakeholder[info].action_taken=yes'" in out


def test_all_shows_more_than_the_first_few(realms: Run) -> None:
    assert len(realms("whatif", WMS, "--all").output) > len(realms("whatif", WMS).output)
    assert realms("whatif", WMS, "--all", "deal.price_weight=3").exit_code == 2


def test_the_advice_names_the_nearest_flips_of_the_main_decision(realms: Run) -> None:
    flips = data(realms("advise", HIS, "--format", "json"))["decisions"]["qualification"]["flips"]
    assert flips[0] == {"fact": "stakeholder[info].action_taken", "from": "no", "to": "yes", "choice": "pursue"}
    assert len(flips) <= 5


def test_every_line_fits_the_terminal(realms: Run) -> None:
    for words in ((WMS,), (HIS, "--all"), (WMS, "deal.price_weight=70")):
        assert max(wcswidth(line) for line in realms("whatif", *words).output.splitlines()) <= 80


def test_numbers_are_tried_next_to_the_bounds_that_rules_test(knowledge: Knowledge, consultations: Callable[[str], Consultation]) -> None:
    consultation = consultations("wms-cheap-rival")
    flips = Flipping(consultation.inference).singles[("deal", "approach")]
    bound = knowledge.figures["fit_configured"].value if "fit_configured" in knowledge.figures else 85
    below = next(f for f in flips if f.choice == "product_with_integration")
    assert below.changes[0].to == bound - 1  # type: ignore[operator]


# --- properties


def turned(consultation: Consultation, flip: Flip) -> object:
    """Return what a decision comes to when the facts of a flip are written into the dossier and all is worked out anew."""
    words = [f"{c.cell.address}={c.to}" for c in flip.changes]
    knowledge = consultation.knowledge
    world = world_of(assigned(words, consultation.dossier, knowledge.vocabulary), knowledge.vocabulary, consultation.on)
    return Showing(inferred(knowledge, world)).shown(flip.decision)


@pytest.mark.parametrize("name", SOME)
def test_a_fact_that_is_said_to_turn_a_decision_turns_it(name: str, consultations: Callable[[str], Consultation]) -> None:
    consultation = consultations(name)
    search = Flipping(consultation.inference)
    for decision in search.decisions:
        found = search.singles[decision.key]
        for flip in found[:: max(len(found) // 2, 1)]:
            assert turned(consultation, flip) == flip.choice != search.shown[decision.key], flip
        assert [flip.key for flip in found] == sorted(flip.key for flip in found)
        ranks = [(flip.hidden, REACHES.index(flip.reach)) for flip in found]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("name", ["gas-merger-erp/4", "bank-first-realm"])
def test_a_pair_that_is_said_to_turn_a_decision_turns_it_and_neither_fact_alone_does(
    name: str, knowledge: Knowledge, consultations: Callable[[str], Consultation]
) -> None:
    consultation = consultations(name)
    search = Flipping(consultation.inference)
    found = search.pairs(knowledge.settles["deal", "content_start"])
    assert found
    for flip in found[:3]:
        assert turned(consultation, flip) == flip.choice
        for change in flip.changes:
            alone = Flip(flip.decision, (change,), None, "ask", False, ())
            assert turned(consultation, alone) == search.shown[flip.decision.key]


def test_nothing_differs_from_itself(knowledge: Knowledge, runs: dict[str, CaseStep], consultations: Callable[[str], Consultation]) -> None:
    run = runs["county-hospital-his"]
    assert difference(consultations("county-hospital-his"), consult(knowledge, run.dossier, run.on)).empty


def test_a_base_about_pumps_is_turned_too(realms: Run, tmp_path: Path) -> None:
    base = toy_base(tmp_path / "toy")
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {pressure: 30}\npumps: [{name: north, fluid: acid}]\n", encoding="utf-8")
    out = plain(realms("whatif", path, "--knowledge", base).output)
    assert "stop, if the plant's pressure were 41 bar (now 30 bar) (T-03)" in out
    assert "Running: run -> stop" in plain(realms("whatif", path, "--knowledge", base, "plant.pressure=41").output)
    assert "No decision changes" not in realms("whatif", path, "--knowledge", base, "plant.pressure=41").output


def test_a_pair_about_pumps_is_found_where_no_single_fact_turns_the_decision(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "toy")).usable()
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {shift: day}\npumps: [{name: north}]\n", encoding="utf-8")
    consultation = consult(knowledge, read_dossier(path, knowledge.vocabulary), ON)
    search = Flipping(consultation.inference)
    run = knowledge.settles["plant", "run"]
    assert search.singles[run.key] == []
    flip = search.pairs(run)[0]
    assert {(c.cell.address, c.to) for c in flip.changes} == {("plant.pressure", 41), ("pump[north].fluid", "acid")}
    assert turned(consultation, flip) == "stop"

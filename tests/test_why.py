"""Why something was concluded: one tree from the conclusion to the facts, on which alone the rule would still fire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ON, ROOT, plain
from toy import toy_base
from wcwidth import wcswidth

from engine.advising import Consultation, consult
from engine.conditions import Count, Every, No, walk
from engine.inferring import varied
from engine.proving import Prover
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.reasons import Reasons
from engine.recounting import Step
from engine.rules import Knowledge

Run = Callable[..., Result]
WMS = ROOT / "cases" / "wms-cheap-rival.yaml"
HIS = ROOT / "cases" / "county-hospital-his.yaml"


def visible(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that people read."""
    return [s for step in steps if not step.aside for s in (step, *visible(step.steps))]


# --- what it says


def test_a_decision_is_opened_down_to_the_facts_with_rule_source_grade_and_place(realms: Run) -> None:
    out = plain(realms("why", WMS, "qualification").output)
    assert "Why qualification is: pursue" in out
    assert "QUA-13, by default: We have met the person who pays" in out
    assert "qualification.yaml:" in out
    assert "source: TAS, MEDDPICC" in out
    assert "The deal's closeness to the funder is supportive (asked for: met or supportive)" in out
    line = next(n for n, text in enumerate(WMS.read_text().splitlines(), 1) if "attitude: supportive" in text)
    assert f"coo's attitude is supportive (asked for: supportive or advocate; assumed, wms-cheap-rival.yaml:{line})" in out


def test_grade_speaker_and_day_of_a_fact_stand_beside_it(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal:\n  value_k: {value: 1800, grade: shown, by: bureau letter, on: 2026-11-03}\n", encoding="utf-8")
    out = plain(realms("why", path, "size_band", "--on", "2026-11-20").output)
    assert "shown by bureau letter, 2026-11-03, deal.yaml:2" in out


def test_what_was_beaten_stands_with_what_beat_it_and_why(realms: Run) -> None:
    out = plain(realms("why", WMS, "qualification", "--flip", "A").output)
    assert "Not pursue (QUA-13, by default): decline (QUA-17) stands before it in the declared order" in out
    assert "Not go on under conditions (QUA-32, where nothing else speaks): QUA-17 spoke for decline by default, which is stronger" in out


def test_a_decision_that_is_shown_otherwise_says_because_of_what(realms: Run) -> None:
    out = plain(realms("why", WMS, "strategy", "--flip", "A").output)
    assert "It is shown so because the deal's qualification is decline." in out
    assert "Were it not for that, it would be: prepare for the next chance" in out


def test_a_fact_concluded_twice_is_opened_once(knowledge: Knowledge, consultations: Callable[[str], Consultation]) -> None:
    report = consultations("bank-first-realm").report(labels=True)
    found = 0
    for decision in knowledge.decisions:
        tree = Prover(report).outcome(decision, None, report.inference.settlings[decision.key].whole)
        opened = [s.cell for s in tree.walk() if s.kind == "conclusion" and s.steps]
        assert len(opened) == len(set(opened))
        found += sum("(as above)" in s.text for s in tree.walk())
    assert found


def test_nobody_recorded_is_not_somebody_against(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal}\n", encoding="utf-8")
    assert "No stakeholder is recorded whose role is funder" in plain(realms("why", path, "eb_state").output)
    path.write_text("stakeholders_complete: yes\nstakeholders: [{name: fd, role: user, departed: no}]\n", encoding="utf-8")
    assert "not said to be whole" not in plain(realms("why", path, "eb_state").output)


def test_depth_says_how_often_conclusions_are_opened(realms: Run) -> None:
    flat = realms("why", WMS, "qualification", "--depth", "0").output
    assert "closeness to the funder is supportive" in plain(flat)
    assert "concluded by DRV-03" in plain(flat)
    assert "coo's role" not in flat
    assert "coo's role" in realms("why", WMS, "qualification", "--depth", "1").output


def test_json_has_every_node_with_verdict_fact_and_both_places(realms: Run) -> None:
    data = json.loads(realms("why", WMS, "CMP-14", "--format", "json").output)
    rule = data["tree"][0]
    assert (rule["kind"], rule["rule"], rule["verdict"]) == ("rule", "CMP-14", "true")
    price = next(step for step in rule["children"] if step["fact"] and step["fact"]["fact"] == "deal.price_weight")
    assert price["wanted"] == "below 40 (figures.price_weight_low)"
    assert price["place"].startswith("knowledge/rules/competition.yaml:")
    assert price["fact"]["value"] == 30
    assert price["fact"]["place"].endswith("wms-cheap-rival.yaml:37")


def test_a_score_is_opened_by_its_factors(realms: Run) -> None:
    out = plain(realms("why", HIS, "qual_score").output)
    assert "Pain with a number: 10 of 10 - hospital_system's pain is given a number" in out
    assert "Price can win: not known - Our firm's price position is not known" in out


def test_a_rule_is_shown_with_every_line_that_it_says(realms: Run) -> None:
    """Words of the second line find the rule: then the second line has to stand there."""
    out = plain(realms("why", ROOT / "cases" / "projection-classroom.yaml", "signs the estimate").output)
    assert "PLN-05b, must: Three working days before" in out
    assert "It says too, must: The delivery manager signs the estimate for" in out


def test_a_vote_says_on_what_it_was_cast_and_which_value_it_gave(realms: Run) -> None:
    assert "So it speaks by default on the deal's number of people we talk with: 1" in plain(realms("why", WMS, "DRV-08").output)
    assert "on the deal's voice inside: tested, and carries it" in plain(realms("why", WMS, "DRV-05").output)
    assert 'on "qualification": pursue, and carries it' in plain(realms("why", WMS, "QUA-13").output)


def test_several_rules_that_did_not_fire_are_listed_as_in_a_sentence(realms: Run) -> None:
    assert "DRV-15 and SOL-25 did not fire" in plain(realms("why", ROOT / "cases" / "projection-classroom.yaml", "themes").output)


def test_words_of_a_line_of_advice_find_its_rule(realms: Run) -> None:
    assert "Why QUA-26a: " in realms("why", WMS, "run the qualification", "once more").output


def test_a_fact_as_written_says_where_and_who_reads_it(realms: Run) -> None:
    out = plain(realms("why", HIS, "deal.stage").output)
    assert "No rule concludes it" not in out
    assert "It is recorded as a fact; no rule concludes it." in out
    assert "Rules that read it and fired:" in out


# --- what did not come out, and what nobody can mean


@pytest.mark.parametrize("word", ["strategy=flanking", "QUA-01", "qualification=decline"])
def test_what_did_not_come_out_points_to_the_other_command(realms: Run, word: str) -> None:
    done = realms("why", WMS, word)
    assert done.exit_code == 0
    assert f"realms whynot {WMS} {word}" in plain(done.output)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("qualificaton", "did you mean qualification?"),
        ("QUO-13", "did you mean QUA-13?"),
        ("strategy=flankin", "did you mean flanking?"),
        ("stakeholder[coo].attitud", "did you mean stakeholder[coo].attitude?"),
        ("none", "say which, as"),
    ],
)
def test_a_misspelt_word_gets_the_nearest_right_one(realms: Run, word: str, near: str) -> None:
    done = realms("why", WMS, word)
    assert done.exit_code == 2
    assert near in done.stderr


def test_every_line_fits_the_terminal(realms: Run) -> None:
    for word in ("qualification", "support", "architecture", "qual_score"):
        assert max(wcswidth(line) for line in realms("why", HIS, word).output.splitlines()) <= 80


AT_ODDS = """
    - id: T-30
      title: Be careful, and never run at once
      why: Both are said in one place.
      when: [pump: {}, count: {pump: {}, as: n}]
      then:
        - default: {plant.run: stop}
        - default: {plant.run: run}
        - against: {plant.run: stop}
        - advise: {plant.tools: [wrench, gloves]}
        - default: {plant.tools: lamp}
        - default: {plant.wet: n}
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
"""


def test_a_rule_that_speaks_for_two_options_and_against_one_says_what_became_of_each(realms: Run, tmp_path: Path) -> None:
    base, path = toy_base(tmp_path / "base", AT_ODDS), tmp_path / "plant.yaml"
    path.write_text("pumps: [{name: north}, {name: south}]\n", encoding="utf-8")
    out = plain(realms("why", path, "T-30", "--knowledge", base).output)
    assert 'It speaks by default on "running": stop, and does not carry it: T-30 took it off the table' in out
    assert 'So it speaks by default on "running": run, and carries it' in out
    assert 'So it takes weaker votes off the table on "running": stop' in out
    assert "So it speaks by default on the plant's wet: 2, and carries it" in out
    out = plain(realms("whynot", path, "run=stop", "--knowledge", base).output)
    assert out.count("T-30 spoke for stop by default, and lost: T-30 took it off the table") == 1


def test_what_is_named_beside_an_option_is_said_to_be_another_way(realms: Run, tmp_path: Path) -> None:
    base, path = toy_base(tmp_path / "base", AT_ODDS), tmp_path / "plant.yaml"
    path.write_text("pumps: [{name: north}]\n", encoding="utf-8")
    out = plain(realms("whynot", path, "tools=gloves", "--knowledge", base).output)
    assert "Tools is: wrench and lamp." in out
    assert "No rule speaks for it; T-30 names it as another way beside wrench." in out


def test_a_base_about_pumps_is_explained_too(realms: Run, tmp_path: Path) -> None:
    base = toy_base(tmp_path / "toy")
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {pressure: 60}\npumps: [{name: north, fluid: acid}]\n", encoding="utf-8")
    out = plain(realms("why", path, "run", "--knowledge", base).output)
    assert "T-03, by veto: north carries acid under high load." in out
    assert "The plant's pressure is 60 bar (asked for: above 40 (figures.high_pressure); assumed, plant.yaml:1)" in out


def test_a_value_of_a_fact_as_written_is_nothing_to_explain_but_to_suppose(realms: Run) -> None:
    for command in ("why", "whynot"):
        done = realms(command, WMS, "deal.stage=lead")
        assert done.exit_code == 2
        assert "error[L116]: 'deal.stage' is a fact as written; no rule concludes it" in done.output
        assert "ask about it as deal.stage; what deal.stage=lead would change is shown by whatif" in plain(done.output)


# --- properties


def whole_lists(knowledge: Knowledge, steps: list[Step]) -> set[str]:
    """Return the entities whose lists some rule of an explanation looks at as a whole."""
    rules = [knowledge.by_id[s.rule] for step in steps for s in step.walk() if s.rule]
    found = [c for rule in rules for c in walk((*rule.when, *rule.unless)) if isinstance(c, No | Every | Count)]
    return {c.pattern.entity for c in found}


def without_the_rest(consultation: Consultation, steps: list[Step]) -> set[str]:
    """Return the rules that fire when only the facts that people read in an explanation are left."""
    kept = {(s.cell.row, s.cell.attribute) for s in visible(steps) if s.cell is not None}
    lists = whole_lists(consultation.knowledge, steps)
    world = consultation.inference.world
    gone = {
        (row, name): None
        for row, name in world.facts
        if (row, name) not in kept and row.entity not in lists and world.value(row, name) is not None
    }
    return set(varied(consultation.inference, gone).firings)


SOME = ["wms-cheap-rival", "wms-cheap-rival/A", "county-hospital-his", "projection-classroom", "blood-centre-tender/3"]


@pytest.mark.parametrize("name", SOME)
def test_the_facts_of_an_explanation_alone_still_make_its_rule_fire(
    name: str, knowledge: Knowledge, consultations: Callable[[str], Consultation]
) -> None:
    consultation = consultations(name)
    report = consultation.report(labels=True)
    silent = []
    for rule_id in consultation.showing.fired:
        rule = knowledge.by_id[rule_id]
        if rule.waits_for_questions:
            continue
        steps = list(Prover(report).rule(rule))
        if rule_id not in without_the_rest(consultation, steps):
            silent.append(rule_id)
    assert silent == []


def test_an_explanation_is_the_same_to_the_byte_each_time(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal, value_k: 1800}\nus: {product_fit: strong}\n", encoding="utf-8")

    def told() -> object:
        report = consult(knowledge, read_dossier(path, knowledge.vocabulary), ON).report(labels=True)
        return Reasons(report, "realms whynot deal.yaml").page("qualification")

    assert told() == told()


def test_the_facts_of_an_explanation_alone_still_make_a_rule_about_pumps_fire(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "toy")).usable()
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {pressure: 60}\npumps: [{name: north, fluid: acid}]\n", encoding="utf-8")
    consultation = consult(knowledge, read_dossier(path, knowledge.vocabulary), ON)
    report = consultation.report(labels=True)
    for rule in knowledge.rules:
        steps = list(Prover(report).rule(rule))
        assert not steps or rule.id in without_the_rest(consultation, steps)

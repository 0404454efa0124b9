"""Why something was not concluded: the rules that came nearest, the fact that stopped each, and what beat it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ON, ROOT, data, plain
from toy import RULES, toy_base
from wcwidth import wcswidth

from engine import conditions
from engine.advising import Consultation, consult
from engine.evaluating import FALSE, Node
from engine.failing import Failing, Near
from engine.inferring import varied
from engine.limits import Limits
from engine.nearing import Miss, misses
from engine.proving import Prover
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.rules import Decision, Knowledge
from engine.showing import Showing
from engine.subjects import Subject, came_out
from engine.terms import Held, Value
from engine.world import World

Run = Callable[..., Result]
WMS = ROOT / "cases" / "wms-cheap-rival.yaml"
HIS = ROOT / "cases" / "county-hospital-his.yaml"


# --- options


def test_the_nearest_rules_of_an_option_say_what_each_lacks_beside_what_is_wanted(realms: Run) -> None:
    out = plain(realms("whynot", HIS, "qualification=pursue").output)
    assert "Qualification is: go on under conditions." in out
    assert "QUA-13: Pursue when funder, tested voice, fit and event come together (by default, for pursue; " in out
    assert "The deal's voice inside is friendly (asked for: tested)" in out
    assert "Tested would be concluded by DRV-05, which lacks - info's act for us is no (asked for: yes;" in out
    assert "We can bring this about." in out
    assert "Then it would be: pursue." in out


def test_what_we_cannot_change_is_to_be_checked_and_not_kept_as_it_is(realms: Run) -> None:
    out = plain(realms("whynot", ROOT / "cases" / "projection-classroom.yaml", "strategy=flanking").output)
    assert "35) We can learn this, not change it: make sure that what is recorded is true." in out
    assert "still so" not in out


def test_what_nobody_knows_comes_with_its_question_and_whom_to_ask(realms: Run) -> None:
    out = plain(realms("whynot", HIS, "decline").output)
    assert "The deal's improper request is not known" in out
    assert "Ask our sales lead, else legal: Has anyone asked for" in out


def test_an_option_that_was_voted_for_says_what_beat_it(realms: Run) -> None:
    out = plain(realms("whynot", WMS, "pursue", "--flip", "A").output)
    assert "What stands instead: decline, by QUA-17 by default: Price carries 70 per cent" in out
    assert "QUA-13 spoke for pursue by default, and lost: decline (QUA-17) stands before it in the declared order" in out


def test_a_near_rule_that_would_lose_says_so(realms: Run) -> None:
    out = plain(realms("whynot", WMS, "qualification=conditional", "--flip", "A").output)
    assert "Even then it would not be so: decline (QUA-17) stands first in the declared order." in out


def test_an_option_that_comes_from_another_decision_points_there(realms: Run) -> None:
    out = plain(realms("whynot", HIS, "realm=product_start").output)
    assert 'It follows "content starts from", were that: the product.' in out
    assert f"realms whynot {HIS} content_start=product" in out


# --- rules


def test_the_binding_that_got_furthest_is_shown_first(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(
        "deal: {stage: proposal}\nstakeholders:\n  - {name: clerk, role: user, contact: met, attitude: supportive}\n"
        "  - {name: fd, role: economic, contact: none, attitude: hostile}\n",
        encoding="utf-8",
    )
    near = data(realms("whynot", path, "DRV-03", "--format", "json"))["rules"][0]["nearest"]
    assert [entry["rows"]["funder"] for entry in near] == ["stakeholder[fd]", "stakeholder[clerk]"]


def test_of_two_rows_that_fail_on_as_many_facts_the_one_that_is_meant_comes_first(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(
        "deal: {price_weight: 30}\ncompetitors:\n  - {name: a, kind: niche, price_gap_pct: 40}\n"
        "  - {name: b, kind: low_price, price_gap_pct: 5}\n",
        encoding="utf-8",
    )
    near = data(realms("whynot", path, "CMP-14", "--format", "json"))["rules"][0]["nearest"]
    assert near[0]["rows"] == {"rival": "competitor[b]"}
    assert near[0]["stopped_by"][0]["fact"]["fact"] == "competitor[b].price_gap_pct"
    assert near[0]["stopped_by"][0]["wanted"] == "above 20 (figures.price_gap_clear)"
    assert near[0]["stopped_by"][0]["place"].startswith("knowledge/rules/competition.yaml:")
    assert near[0]["stopped_by"][0]["fact"]["place"].endswith("deal.yaml:4")
    assert [step["verdict"] for step in near[0]["holds"]] == ["true", "true"]


def test_a_join_is_missed_with_both_facts_side_by_side(realms: Run, tmp_path: Path) -> None:
    base = toy_base(tmp_path / "toy")
    path = tmp_path / "plant.yaml"
    path.write_text(
        "pumps: [{name: north, fluid: acid}]\nvalves: [{name: v1, tolerates: oil}]\nseals: [{name: s1, tolerates: oil}]\n", encoding="utf-8"
    )
    out = plain(realms("whynot", path, "T-01", "--knowledge", base).output)
    assert "With north, v1 and s1, this is missing: - v1's tolerates is oil (asked for: north's fluid (acid); assumed, plant.yaml:2)" in out


def test_that_nobody_is_recorded_is_not_that_somebody_is_otherwise(realms: Run, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal}\n", encoding="utf-8")
    assert "No stakeholder is recorded" in plain(realms("whynot", path, "DRV-03").output)
    path.write_text("stakeholders: [{name: fd, role: economic, contact: met, attitude: hostile}]\n", encoding="utf-8")
    out = plain(realms("whynot", path, "DRV-03").output)
    assert "No stakeholder is recorded" not in out
    assert "fd's attitude is" in out


def test_a_fallback_that_others_kept_silent_says_who_spoke(realms: Run) -> None:
    out = plain(realms("whynot", WMS, "QUA-32").output)
    assert "Its conditions hold, but it speaks only where nothing else does, and QUA-13 did." in out


def test_a_fact_that_nobody_knows_is_a_question(realms: Run) -> None:
    out = plain(realms("whynot", HIS, "deal.margin_pct").output)
    assert "The deal's margin is not known Ask finance: " in out


# --- what came out, and what nobody can mean


@pytest.mark.parametrize("word", ["QUA-13", "strategy=frontal", "qualification", "eb_state=supportive", "deal.stage"])
def test_what_came_out_points_to_the_other_command(realms: Run, word: str) -> None:
    done = realms("whynot", WMS, word)
    assert done.exit_code == 0
    assert f"Why: realms why {WMS} {word}" in plain(done.output)


def test_a_misspelt_word_gets_the_nearest_right_one(realms: Run) -> None:
    done = realms("whynot", WMS, "qualification=persue")
    assert done.exit_code == 2
    assert "did you mean pursue?" in done.stderr


def test_every_line_fits_the_terminal_for_every_option(realms: Run, knowledge: Knowledge) -> None:
    for option in ("decline", "nurture", "minimal", "pursue"):
        assert max(wcswidth(line) for line in realms("whynot", HIS, f"qualification={option}").output.splitlines()) <= 80


def test_what_is_settled_and_not_shown_says_so_and_because_of_what(realms: Run) -> None:
    """A strategy that the qualification hides is no value that nobody knows."""
    case = ROOT / "cases" / "blood-centre-tender.yaml"
    hidden = "Strategy would be: meet the rival head on. It is not shown, because the deal's qualification is keep in touch"
    for word in ("strategy", "strategy=frontal", "strategy=develop"):
        assert hidden in plain(realms("whynot", case, word).output)
    assert "Shown is: light, because the deal's qualification" in plain(realms("whynot", case, "promotion_intensity=standard").output)


def test_what_follows_another_decision_changes_with_it(realms: Run) -> None:
    out = plain(realms("whynot", ROOT / "cases" / "auto-parts-mes.yaml", "outline=realm1_outline").output)
    assert 'It follows "content starts from", were that: the product. Then it would be: from the product' in out


def test_what_would_stop_a_rule_next_is_said(realms: Run, tmp_path: Path) -> None:
    """Were she still there and met, her support would make more of it than "met"."""
    path = tmp_path / "deal.yaml"
    path.write_text("stakeholders: [{name: li, role: economic, attitude: supportive, departed: yes}]\n", encoding="utf-8")
    out = plain(realms("whynot", path, "eb_state=met").output)
    assert "Even then DRV-18 would not fire, for this would stop it: li is recorded (asked for: no stakeholder" in out


# --- properties


def claims(consultation: Consultation) -> Iterator[tuple[Decision, Value, Near, str]]:
    """Yield what is said would come of each rule that came nearest to an option that did not come out."""
    report = consultation.report(labels=True)
    failing = Failing(Prover(report))
    for decision in consultation.knowledge.decisions:
        for option in decision.options if not decision.derived else ():
            if not came_out(Subject(decision=decision, option=option), report):
                for near in failing.nearest(decision, option):
                    yield decision, option, near, failing.leads(decision, None, near)


def outcomes_where_it_fires(consultation: Consultation, near: Near, decision: Decision) -> list[Held | None]:
    """Return how a decision is settled or shown with all values of the facts that stopped a rule with which it fires."""
    nodes = near.miss.stopped_by
    if not all(isinstance(node.item, conditions.Test) and node.cell for node in nodes):
        return []
    cells = {(node.cell.row, node.cell.attribute): node for node in nodes}  # type: ignore[union-attr]
    vocabulary, base = consultation.knowledge.vocabulary, consultation.inference
    limits = Limits(consultation.knowledge, base.world)
    if any(name not in vocabulary.entities[row.entity].attributes or vocabulary.entities[row.entity].attributes[name].settled
           for row, name in cells) or len(cells) > 2:  # fmt: skip
        return []
    found: list[Held | None] = []
    for values in product(*([None, *limits.answers(row.entity, name)] for row, name in cells)):
        trial = varied(base, dict(zip(cells, values, strict=True)))
        if near.rule.id in trial.firings:
            held = (trial.world.value(trial.world.single(decision.entity), decision.name), Showing(trial).shown(decision))
            found.append(tuple(str(h) for one in held for h in (one if isinstance(one, tuple) else (one,))))
    return found


@pytest.mark.parametrize("name", ["wms-cheap-rival", "auto-parts-mes/A", "city-bank-core-trial/4", "insurer-bi", "bureau-renewal"])
def test_what_is_said_would_come_of_a_rule_comes_of_it(name: str, consultations: Callable[[str], Consultation]) -> None:
    """Each claim is put to all values of the facts that stopped the rule."""
    consultation = consultations(name)
    tried = 0
    for decision, option, near, said in claims(consultation):
        came = [str(option) in outcome for outcome in outcomes_where_it_fires(consultation, near, decision)]  # type: ignore[operator]
        if came:
            tried += 1
            would, could = said.startswith("Then it would be"), said.startswith("Then it could be")
            assert (would, could) == (all(came), any(came) and not all(came)), (decision.name, option, near.rule.id, said)
    assert tried > 5


def satisfying(node: Node, knowledge: Knowledge, world: World) -> Iterator[Value | None]:
    """Yield values of a recorded fact that could pass the test that stopped a rule."""
    assert node.cell is not None
    yield None
    yield from Limits(knowledge, world).answers(node.cell.row.entity, node.cell.attribute)


def obstacles(miss: Miss) -> set[tuple]:
    return {
        (node.item.place, node.cell and node.cell.address)
        for node in miss.stopped_by
        if isinstance(node.item, conditions.Test | conditions.Pattern)
    }


def satisfied(consultation: Consultation, rule_id: str, miss: Miss, node: Node) -> bool:
    """Return whether some value of the fact that stopped a rule makes it fire, or takes that obstacle away."""
    assert node.cell is not None
    knowledge = consultation.knowledge
    rule = knowledge.by_id[rule_id]
    key = (node.item.place, node.cell.address)  # type: ignore[union-attr]
    for value in satisfying(node, knowledge, consultation.inference.world):
        trial = varied(consultation.inference, {(node.cell.row, node.cell.attribute): value})
        if rule_id in trial.firings:
            return True
        again = [m for m in misses(rule, trial.world, knowledge) if m.match.rows == miss.match.rows]
        if again and key not in obstacles(again[0]):
            return True
    return False


def check(consultation: Consultation) -> list[tuple[str, str]]:
    knowledge = consultation.knowledge
    wrong = []
    for rule in knowledge.rules:
        if rule.id in consultation.inference.firings or rule.draft or rule.waits_for_questions:
            continue
        miss = misses(rule, consultation.inference.world, knowledge)[0]
        tests = [
            n
            for n in miss.stopped_by
            if isinstance(n.item, conditions.Test) and n.cell and n.cell.key not in knowledge.settles and not n.also
        ]
        for node in tests[:1]:
            if node.cell.attribute != "name" and not satisfied(consultation, rule.id, miss, node):
                wrong.append((rule.id, node.cell.address))
    return wrong


@pytest.mark.parametrize("name", ["wms-cheap-rival", "county-hospital-his/A"])
def test_a_condition_that_stopped_a_rule_when_satisfied_makes_it_fire_or_shows_the_next(
    name: str, consultations: Callable[[str], Consultation]
) -> None:
    assert check(consultations(name)) == []


def test_the_same_holds_of_pumps(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "toy", RULES)).usable()
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {pressure: 10}\npumps: [{name: north, fluid: water}]\n", encoding="utf-8")
    assert check(consult(knowledge, read_dossier(path, knowledge.vocabulary), ON)) == []


def test_every_silent_rule_has_a_nearest_miss_with_something_that_stopped_it(
    knowledge: Knowledge, consultations: Callable[[str], Consultation]
) -> None:
    consultation = consultations("wms-cheap-rival")
    for rule in knowledge.rules:
        if rule.id not in consultation.inference.firings and not rule.waits_for_questions:
            found = misses(rule, consultation.inference.world, knowledge)
            assert found, rule.id
            assert found[0].stopped_by, rule.id
            assert all(node.verdict is not FALSE or node.item for node in found[0].stopped_by)

"""Stored cases near to one at hand: near in facts, decisions and rules, explained, and how they ended."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result
from conftest import ON, ROOT, data, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import toy_base

from engine.facts import Dossier, Row
from engine.inferring import inferred
from engine.likeness import recalling
from engine.likeness.likening import Likening
from engine.likeness.recalling import Recollection, recalled, sketched, sketched_stories
from engine.likeness.resembling import Likeness, Part, Rarity
from engine.likeness.sketching import Sketch, Sketcher
from engine.reading.cases import Case, Step, read_case, readable_cases
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.showing import Showing
from engine.world import world_of

SHARED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shown(step: Step, knowledge: Knowledge) -> Showing:
    return Showing(inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on)))


@pytest.fixture(scope="module")
def sketches(cases: list[Case], knowledge: Knowledge) -> dict[str, Sketch]:
    """A sketch of every step of every stored case, by case and step."""
    sketcher = Sketcher(knowledge)
    return {f"{case.id}/{n}": sketcher.sketch(shown(step, knowledge)) for case in cases for n, step in enumerate(case.steps, 1)}


@pytest.fixture(scope="module")
def rarity(sketches: dict[str, Sketch], cases: list[Case], knowledge: Knowledge) -> Rarity:
    return Rarity([[sketches[f"{case.id}/{n}"] for n, _ in enumerate(case.steps, 1)] for case in cases], knowledge)


@pytest.fixture(scope="module")
def recall(cases: list[Case], knowledge: Knowledge) -> Callable[..., Recollection]:
    """Set a step of a stored case, or a dossier, beside the stored cases."""

    def recall(step: Step, dossier: Dossier | None = None, stored: list[Case] | None = None) -> Recollection:
        step = dataclasses.replace(step, dossier=dossier or step.dossier)
        return recalled(step.dossier, shown(step, knowledge), all_of_them if stored is None else sketched(stored, knowledge))

    all_of_them = sketched(cases, knowledge)
    return recall


def last(cases: list[Case], name: str) -> Step:
    return next(case for case in cases if case.id == name).steps[-1]


# --- the measure


@SHARED
@given(drawn=st.data())
def test_a_case_is_nowhere_nearer_than_to_itself(drawn: st.DataObject, sketches: dict[str, Sketch], rarity: Rarity) -> None:
    one, other = (sketches[drawn.draw(st.sampled_from(sorted(sketches)))] for _ in "ab")
    itself, beside = Likeness(one, one, rarity), Likeness(one, other, rarity)
    assert all(part.share == pytest.approx(1) for part in itself.parts.values())
    for name, part in beside.parts.items():
        assert part.shared <= itself.parts[name].shared + 1e-9
        assert part.nearness <= itself.parts[name].nearness + 1e-9


@SHARED
@given(drawn=st.data())
def test_two_cases_are_as_near_to_each_other_whichever_is_at_hand(
    drawn: st.DataObject, sketches: dict[str, Sketch], rarity: Rarity
) -> None:
    one, other = (sketches[drawn.draw(st.sampled_from(sorted(sketches)))] for _ in "ab")
    there, back = Likeness(one, other, rarity), Likeness(other, one, rarity)
    for name, part in there.parts.items():
        assert part == pytest.approx(back.parts[name])


@SHARED
@given(drawn=st.data())
def test_what_one_of_the_two_does_not_know_does_not_count(drawn: st.DataObject, sketches: dict[str, Sketch], rarity: Rarity) -> None:
    one, other = (sketches[drawn.draw(st.sampled_from(sorted(sketches)))] for _ in "ab")
    taken = drawn.draw(st.sets(st.sampled_from(sorted(one.facts))))
    fewer = dataclasses.replace(one, facts={key: value for key, value in one.facts.items() if key not in taken})
    before, after = (Likeness(sketch, other, rarity) for sketch in (one, fewer))
    of_taken = [trait for trait in before.traits("facts") if trait.aspect in taken and trait.rows is None]
    assert after.facts.shared == pytest.approx(before.facts.shared - sum(trait.shared for trait in of_taken))
    assert after.facts.of == pytest.approx(before.facts.of - sum(trait.of for trait in of_taken))


def test_what_few_cases_have_says_more_than_what_most_have(rarity: Rarity) -> None:
    for part, known in rarity.weights.items():
        for aspect, weights in known.items():
            by_weight = sorted(weights, key=lambda value: weights[value])
            bits = [rarity.bits[part][aspect][value] for value in by_weight]
            assert bits == sorted(bits, reverse=True)
            assert len(weights) > 1 or bits == [0]


def test_numbers_are_alike_between_the_same_bounds_and_the_less_the_more_cases_lie_between(knowledge: Knowledge) -> None:
    key = next((a.entity, a.name) for a in knowledge.vocabulary.attributes() if a.numeric)
    stories = [[Sketch({key: stretch}, {}, {}, {})] for stretch in (0, 1, 1, 1, 2)]
    rarity = Rarity(stories, knowledge)

    def beside(one: int, other: int) -> Part:
        return Likeness(stories[one][0], stories[other][0], rarity).facts

    assert beside(1, 2).share == 1
    assert beside(0, 4) == Part(0, beside(0, 0).of)
    assert 0 < beside(0, 1).shared < beside(1, 2).shared


def test_a_rule_that_waits_for_a_fact_is_neither_alike_nor_different(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "knowledge")).usable()
    sketcher = Sketcher(knowledge)

    def rules(text: str) -> dict[str, bool]:
        path = tmp_path / "plant.yaml"
        path.write_text(CASE.format(id="plant", facts=text), encoding="utf-8")
        return sketcher.sketch(shown(read_case(path, knowledge).steps[0], knowledge)).rules

    assert rules("plant: {pressure: 60}")["T-02"] is True
    assert rules("plant: {pressure: 20}")["T-02"] is False
    assert "T-02" not in rules("plant: {shift: day}")


# --- the stored cases


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("projection-classroom", "town-archive-scanning"),  # a tender through a portal, a cheap rival, a plain list
        ("bureau-renewal", "childrens-hospital-second-sale"),  # ours to defend, and little used
        ("riding-school-bookings", "broker-small-office"),  # small, and no trouble behind the wish
        ("freight-depot-scanners", "tower-battery-boxes"),  # small, clear, within a junior's reach
        ("private-college-records", "district-heat-penalty"),  # about to be signed
        ("bank-branch-network", "city-bank-core-trial"),  # a city bank, many who must agree
    ],
)
def test_the_case_that_a_senior_would_name_is_among_the_first(
    name: str, near: str, cases: list[Case], recall: Callable[..., Recollection]
) -> None:
    assert near in [one.case.id for one in recall(last(cases, name)).cases[:3]]


def renamed(dossier: Dossier, order: list[int]) -> Dossier:
    """Return a dossier in another file, with other names, no speakers and another order."""
    rows = [
        Row(row.entity, f"someone_{n}", {name: dataclasses.replace(fact, by="") for name, fact in row.facts.items()})
        for n, row in enumerate(dossier.rows)
    ]
    return dataclasses.replace(dossier, file="another.yaml", rows=tuple(rows[n] for n in order))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_a_stored_step_under_other_names_finds_its_own_case_first(
    drawn: st.DataObject, cases: list[Case], recall: Callable[..., Recollection]
) -> None:
    case = drawn.draw(st.sampled_from(cases))
    step = drawn.draw(st.sampled_from(case.steps))
    order = drawn.draw(st.permutations(range(len(step.dossier.rows))))
    found = recall(step, renamed(step.dossier, order))
    first = found.cases[0]
    assert first.case.id == case.id
    assert first.close
    assert all(part.share == pytest.approx(1) for part in first.likeness.parts.values())
    assert Likening(found, first).differing == ()


def test_the_order_of_cases_is_total_close_ones_first_then_the_nearest(cases: list[Case], recall: Callable[..., Recollection]) -> None:
    step = last(cases, "city-bank-core-trial")
    found, again = recall(step), recall(step, stored=cases[::-1])
    assert [(one.case.id, one.number) for one in found.cases] == [(one.case.id, one.number) for one in again.cases]
    close = [one.close for one in found.cases]
    assert any(close)
    assert close == sorted(close, reverse=True)
    for held in (True, False):
        nearness = [one.likeness.nearness for one in found.cases if one.close is held]
        assert nearness == sorted(nearness, reverse=True)


def test_each_case_is_compared_at_the_step_that_is_most_like(
    cases: list[Case], sketches: dict[str, Sketch], recall: Callable[..., Recollection]
) -> None:
    found = recall(last(cases, "bureau-renewal"))
    assert {one.case.id for one in found.cases} == {case.id for case in cases} - {"bureau-renewal"}
    assert {one.number for one in found.cases} > {1}
    for one in found.cases:
        steps = [Likeness(one.likeness.mine, sketches[f"{one.case.id}/{n}"], one.likeness.rarity) for n, _ in enumerate(one.case.steps, 1)]
        held = [step.nearness for step in steps if step.close(len(found.cases)) is one.close]
        assert one.close or len(held) == len(steps)
        assert one.likeness.nearness == max(held)


@pytest.mark.parametrize("name", ["projection-classroom", "bureau-renewal", "blood-centre-tender", "auto-parts-mes"])
def test_what_is_said_to_be_alike_or_to_differ_is_so(name: str, cases: list[Case], recall: Callable[..., Recollection]) -> None:
    found = recall(last(cases, name))
    for one in found.cases[:5]:
        likening = Likening(found, one)
        for fact in likening.differing:
            assert None not in (fact.mine.value, fact.theirs.value)
            assert fact.mine.value != fact.theirs.value
            assert fact.mine.key == fact.theirs.key
        for choice in likening.decided:
            assert None not in (choice.mine, choice.theirs)
        for rule in likening.firing:
            assert rule.id in found.showing.inference.firings
            assert rule.id in one.showing.inference.firings
            assert found.firing[rule.id] >= 1
        for stopped in likening.stopped():
            assert stopped.rule.id not in found.showing.inference.firings
            assert stopped.rule.id not in one.showing.inference.firings
            assert None not in (stopped.mine.value, stopped.theirs.value)


# --- the command


def test_the_page_says_what_is_alike_what_differs_how_it_ended_and_how_to_read_it(realms: Callable[..., Result]) -> None:
    file = ROOT / "cases" / "projection-classroom.yaml"
    for words in ((), ("--all",)):
        assert max(len(line) for line in realms("similar", file, *words).output.splitlines()) <= 80
    done = realms("similar", file)
    assert done.exit_code == 0
    said = plain(done.output)
    parts = ["stored cases are close", "1. Town archive", "Step 1 of 2, 2026-04-13", "What is alike", "price gap: 8 per cent",
             "Where they differ (here; there)", "Qualification: pursue; decline", "the customer's sector: education; government",
             "How it ended", "The head of sales refused the price", "Lesson: A price below cost is no way onto a reference list",
             "Read it: realms replay town-archive-scanning (this step alone: --step 1)", "2. University", "3. Mast operator"]  # fmt: skip
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert "4. " not in said
    assert "Provincial college" not in said.replace("Stored cases like Provincial college", "")


def test_a_step_that_is_named_can_be_replayed(realms: Callable[..., Result]) -> None:
    case = data(realms("similar", ROOT / "cases" / "bureau-renewal.yaml", "--format", "json"))["cases"][0]
    words = case["replay"].split()
    assert words[0] == "realms"
    told = realms(*words[1:], "--step", str(case["step"]))
    assert told.exit_code == 0
    assert f"Step {case['step']} of {case['of']}" in told.output


def test_all_gives_every_other_case_a_line(realms: Callable[..., Result], cases: list[Case]) -> None:
    done = realms("similar", ROOT / "cases" / "wms-cheap-rival.yaml", "--all")
    assert done.exit_code == 0
    assert f"None of the {len(cases) - 1} stored cases is close. The least far come first" in plain(done.output)
    named = [line.split()[0] for line in done.output.split("---\n")[-1].splitlines() if line]
    assert sorted(named) == sorted(case.id for case in cases if case.id != "wms-cheap-rival")


def test_the_numbers_behind_it_are_in_the_json(realms: Callable[..., Result], cases: list[Case]) -> None:
    found = data(realms("similar", ROOT / "cases" / "auto-parts-mes.yaml", "--all", "--format", "json"))
    assert (found["stored"], found["unread"], len(found["cases"])) == (len(cases) - 1, 0, len(cases) - 1)
    for one in found["cases"]:
        assert list(one["parts"]) == ["facts", "decisions", "rules"]
        assert all(0 <= part["shared"] <= part["of"] for part in one["parts"].values())
        assert one["happened"] and one["lesson"]


def test_a_flip_and_a_date_change_what_is_near(realms: Callable[..., Result]) -> None:
    file = ROOT / "cases" / "blood-centre-tender.yaml"
    seen = {
        tuple((one["case"], one["step"]) for one in data(realms("similar", file, *words, "--format", "json"))["cases"])
        for words in ((), ("--flip", "A"), ("--on", "2025-03-10"))
    }
    assert len(seen) == 3


def test_a_dossier_that_says_next_to_nothing_is_close_to_no_case(realms: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal, price_weight: 60}\n", encoding="utf-8")
    assert "cases is close" in plain(realms("similar", path, "--on", ON).output).split("None of the")[1]
    assert "Close to a stored case" not in realms("advise", path, "--on", ON).output


def test_a_case_that_is_alike_in_the_little_that_is_known_is_said_to_be_so(realms: Callable[..., Result]) -> None:
    said = plain(realms("similar", ROOT / "cases" / "telecom-rfq.yaml").output)
    assert "1. A freight forwarder" in said
    assert "Too little is known of both to call it close. Of what is known of both, alike: over half of the facts, " in said


def test_the_bytes_are_the_same_whatever_the_hash_seed() -> None:
    words = [sys.executable, str(ROOT / "cli.py"), "similar", str(ROOT / "cases" / "heat-utility-champion.yaml"), "--format", "json"]
    outputs = {
        subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout for seed in ("1", "77")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["cases"]


# --- the advice


def test_advise_names_the_nearest_case_where_one_is_close(realms: Callable[..., Result]) -> None:
    file = ROOT / "cases" / "projection-classroom.yaml"
    title = "Close to a stored case: Town archive, two million pages and a price below cost."
    assert f"{title} More: realms similar {file}" in plain(realms("advise", file).output)
    for words in (["--format", "markdown"], ["--all"]):
        said = plain(realms("advise", file, *words).output)
        line = said[said.index(title) :]
        assert line.startswith(f"{title} In both, realm: from product to solution (first realm); ")
        assert "Its lesson: A price below cost is no way onto a reference list" in line
        code = "`" if "markdown" in words else ""
        assert f"More: {code}realms similar {file}{code}" in line


def test_advise_is_silent_where_none_is_close_and_its_json_does_not_hang_on_the_cases(realms: Callable[..., Result]) -> None:
    file = ROOT / "cases" / "wms-cheap-rival.yaml"
    assert "stored case" not in realms("advise", file).output
    assert "similar" not in data(realms("advise", ROOT / "cases" / "projection-classroom.yaml", "--format", "json"))


# --- another rule base

CASE = """\
id: {id}
title: Case {id}
told: A plant.
steps:
  - on: 2026-01-10
    what: First look.
    facts: {{{facts}}}
happened: It ran.
lesson: Look twice. Then look again.
contrast: None.
"""

STORED = {
    "acid-high": "plant: {pressure: 60, shift: night}, pumps: [{name: north, fluid: acid}]",
    "acid-higher": "plant: {pressure: 90, shift: day}, pumps: [{name: east, fluid: acid}, {name: west, fluid: oil}]",
    "water-low": "plant: {pressure: 10, shift: day}, pumps: [{name: north, fluid: water}]",
    "oil-low": "plant: {pressure: 20, shift: day}, pumps: [{name: north, fluid: oil, speed: 900}]",
}


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    """A rule base about pumps, with cases beside it."""
    toy_base(tmp_path / "knowledge")
    (tmp_path / "cases").mkdir()
    for name, facts in STORED.items():
        (tmp_path / "cases" / f"{name}.yaml").write_text(CASE.format(id=name, facts=facts), encoding="utf-8")
    return tmp_path


def near(realms: Callable[..., Result], plants: Path, dossier: str) -> dict:
    path = plants / "plant.yaml"
    path.write_text(dedent(dossier), encoding="utf-8")
    return data(realms("similar", path, "--all", "--knowledge", plants / "knowledge", "--format", "json", "--on", "2026-01-10"))


def test_the_cases_beside_another_rule_base_are_used_and_the_command_names_it(realms: Callable[..., Result], plants: Path) -> None:
    found = near(realms, plants, "plant: {pressure: 70, shift: night}\npumps: [{name: p, fluid: acid}]\n")
    assert found["cases"][0]["case"] == "acid-high"
    assert found["cases"][0]["differ"] == {"decisions": {}, "facts": []}
    assert found["cases"][0]["replay"] == f"realms replay acid-high --knowledge {plants / 'knowledge'}"


def test_rows_are_compared_with_the_one_they_are_most_like_whatever_they_are_called(realms: Callable[..., Result], plants: Path) -> None:
    found = near(realms, plants, "plant: {pressure: 80}\npumps: [{name: east, fluid: oil}, {name: west, fluid: acid}]\n")
    nearest = found["cases"][0]
    assert nearest["case"] == "acid-higher"
    assert {(f["fact"], f["there"]) for f in nearest["alike"]["facts"] if f["fact"].startswith("pump")} == {
        ("pump[east].fluid", "pump[west].fluid"), ("pump[west].fluid", "pump[east].fluid"),
    }  # fmt: skip
    assert nearest["differ"]["facts"] == []


def test_a_case_with_mistakes_is_left_out_and_counted(realms: Callable[..., Result], plants: Path) -> None:
    (plants / "cases" / "broken.yaml").write_text(CASE.format(id="broken", facts="plant: {pressure: high}"), encoding="utf-8")
    found = near(realms, plants, "plant: {pressure: 70}\n")
    assert (found["stored"], found["unread"]) == (len(STORED), 1)
    said = plain(realms("similar", plants / "plant.yaml", "--knowledge", plants / "knowledge").output)
    assert "1 stored case cannot be read with this rule base and is left out (see realms check)." in said


def test_without_stored_cases_it_says_so(realms: Callable[..., Result], plants: Path) -> None:
    for path in (plants / "cases").iterdir():
        path.unlink()
    near(realms, plants, "plant: {pressure: 70}\n")
    done = realms("similar", plants / "plant.yaml", "--all", "--knowledge", plants / "knowledge")
    assert done.exit_code == 0
    assert "There is no other stored case to set beside it." in done.output


def test_stories_are_recalled_as_they_were_sketched_until_a_case_or_the_base_is_another(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = tmp_path / "cases", tmp_path / "store"
    folder.mkdir()
    for path in sorted((ROOT / "cases").glob("*.yaml"))[:4]:
        shutil.copy(path, folder)
    first = sketched_stories(folder, knowledge, store)
    assert first == sketched(readable_cases(folder, knowledge, story=True), knowledge)

    def refused(*_: object) -> None:
        raise AssertionError("worked out anew")

    with monkeypatch.context() as patch:
        patch.setattr(recalling, "sketched", refused)
        assert sketched_stories(folder, knowledge, store) == first
        with pytest.raises(AssertionError, match="worked out anew"):
            sketched_stories(folder, dataclasses.replace(knowledge, sha256="another"), store)
        with (folder / path.name).open("a", encoding="utf-8") as file:
            file.write("# and more\n")
        with pytest.raises(AssertionError, match="worked out anew"):
            sketched_stories(folder, knowledge, store)


def test_a_deal_that_is_a_stored_one_is_said_to_be_all_alike(realms: Callable[..., Result], tmp_path: Path) -> None:
    told = (ROOT / "cases" / "telecom-rfq.yaml").read_text(encoding="utf-8")
    facts = told.partition("    facts:\n")[2].partition("    expect:\n")[0]
    (tmp_path / "deal.yaml").write_text(dedent(facts), encoding="utf-8")
    out = plain(realms("similar", tmp_path / "deal.yaml").output)
    assert "request for quotation arrives cold" in out.partition("2. ")[0]
    assert "alike: all of the facts, all of the decisions and all of the rules." in out

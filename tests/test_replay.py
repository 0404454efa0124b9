"""A case is a story: what was learned, what was advised, what changed and why; and whether the advice is still as recorded."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result
from conftest import ON, ROOT, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_base

import cli
from engine.facts import Dossier, Fact, Row
from engine.inferring import inferred, varied
from engine.reading.cases import Case, read_case
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.showing import Showing
from engine.stories.learning import learned
from engine.stories.replaying import replayed
from engine.stories.turning import PART
from engine.stories.walking import Walk
from engine.world import world_of

CASE = """
    id: two-pumps
    title: Two pumps and a leak
    told: The plant has two pumps. Later one of them carries acid, and the pressure rises.
    steps:
      - on: 2026-01-10
        what: First look.
        facts:
          plant: {pressure: {value: 30, grade: shown, by: gauge, on: 2026-01-10}, shift: day}
          pumps:
            - {name: north, fluid: water, speed: 900}
            - {name: south, fluid: water}
        expect: {decisions: {run: run}, silent: [T-03]}
      - on: 2026-01-20
        what: The gauge shows sixty, and north carries acid.
        facts:
          plant: {pressure: {value: 60, grade: shown, by: gauge, on: 2026-01-20}, shift: unknown}
          pumps:
            - {name: north, fluid: acid}
            - {name: south, gone: yes}
          pumps_complete: yes
        expect: {decisions: {run: stop}, fires: [T-02, T-03]}
      - on: 2026-03-15
        what: Nobody has looked at the gauge since.
        facts: {}
        expect: {decisions: {run: run}}
    flips:
      A:
        title: Somebody reads the gauge
        facts: {plant: {pressure: 70}}
        expect: {decisions: {run: stop}}
    happened: It leaked.
    lesson: Read the gauge.
    contrast: One reading.
"""


@pytest.fixture
def toy(tmp_path: Path) -> Knowledge:
    return read_base(toy_base(tmp_path / "knowledge")).usable()


@pytest.fixture
def story(tmp_path: Path, toy: Knowledge) -> Path:
    """A case about pumps, stored beside their rule base."""
    path = tmp_path / "cases" / "two-pumps.yaml"
    path.parent.mkdir()
    path.write_text(dedent(CASE), encoding="utf-8")
    return path


def stored(cases: list[Case], name: str) -> Case:
    return next(case for case in cases if case.id == name)


# --- what was learned


def test_a_step_says_what_came_changed_was_taken_back_or_went_stale(toy: Knowledge, story: Path) -> None:
    walk = Walk(read_case(story, toy), toy)
    assert {(e.kind, e.address) for e in walk.stage(1).learned} == {
        ("came", "plant.pressure"), ("came", "plant.shift"), ("came", "pump[north].fluid"), ("came", "pump[north].speed"),
        ("came", "pump[south].fluid"),
    }  # fmt: skip
    second = {(e.kind, e.address): (e.old, e.new) for e in walk.stage(2).learned}
    assert second == {
        ("changed", "plant.pressure"): (30, 60), ("taken_back", "plant.shift"): ("day", None),
        ("changed", "pump[north].fluid"): ("water", "acid"), ("gone", "pump[south]"): (None, None), ("whole", "pump"): (None, None),
    }  # fmt: skip
    assert [(e.kind, e.address, e.old, e.why) for e in walk.stage(3).learned] == [("stale", "plant.pressure", 60, "it counts for 30 days")]


def test_a_note_is_told_at_the_step_that_brought_it_and_not_again(realms: Callable[..., Result]) -> None:
    told = realms("replay", "blood-centre-tender", "--to-end").output
    first, *others = [plain(part) for part in told.split("What is advised") if "spoke for tracing by the bag" in plain(part)]
    assert "noted: spoke for tracing by the bag in the open consultation" in first
    assert others == []


def test_a_number_that_runs_with_the_calendar_is_news_though_nobody_said_anything(knowledge: Knowledge) -> None:
    fact = Fact(24, on=datetime.date(2026, 12, 1))
    dossier = Dossier("deal", (Row("deal", facts={"days_to_deadline": fact}),))
    before, after = (world_of(dossier, knowledge.vocabulary, datetime.date(2026, 12, day)) for day in (1, 8))
    assert [(e.kind, e.old, e.new) for e in learned(before, after, knowledge.vocabulary)] == [("moved", 24, 17)]


VALUES = {"plant": {"pressure": (10, 50), "shift": ("day", "night")}, "pump": {"fluid": ("water", "acid"), "speed": (100, 900)}}


@st.composite
def plants(draw: st.DrawFn) -> Dossier:
    names = [("plant", ""), *(("pump", name) for name in draw(st.sets(st.sampled_from("abc"))))]
    rows = []
    for entity, name in sorted(names):
        facts = draw(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in VALUES[entity].items()}))
        rows.append(Row(entity, name, {k: Fact(v) for k, v in facts.items()}))
    return Dossier("plant", tuple(rows))


TOY: dict[str, Knowledge] = {}


@settings(max_examples=60)
@given(plants(), plants())
def test_nothing_that_is_known_otherwise_goes_unsaid(tmp_path_factory: pytest.TempPathFactory, one: Dossier, other: Dossier) -> None:
    base = TOY.setdefault("toy", read_base(toy_base(tmp_path_factory.getbasetemp() / "toy")).usable()) if not TOY else TOY["toy"]
    before, after = world_of(one, base.vocabulary, ON), world_of(other, base.vocabulary, ON)
    known = [{(row.address, name): value for (row, name), value in world.known().items()} for world in (before, after)]
    differing = {key for key in known[0] | known[1] if known[0].get(key) != known[1].get(key)}
    said = learned(before, after, base.vocabulary)
    whole_rows = {e.row.address for e in said if e.kind == "gone"}
    assert {(e.row.address, e.attribute) for e in said if e.attribute} == {key for key in differing if key[0] not in whole_rows}
    assert learned(after, after, base.vocabulary) == []


# --- what changed, and why


def test_a_decision_that_came_out_otherwise_names_what_turned_it(toy: Knowledge, story: Path) -> None:
    walk = Walk(read_case(story, toy), toy)
    turning = walk.stage(2).turning
    assert turning is not None
    run = turning.turns[0]
    assert (run.decision.name, run.before, run.after) == ("run", "run", "stop")
    assert [e.address for e in run.hangs_on] == ["plant.pressure", "pump[north].fluid"]
    later = walk.stage(3).turning
    assert later is not None and [(e.kind, e.address) for e in later.turns[0].hangs_on] == [("stale", "plant.pressure")]


@pytest.mark.parametrize("name", ["blood-centre-tender", "broker-small-office"])
def test_what_is_said_to_have_turned_a_decision_turns_it(name: str, cases: list[Case], knowledge: Knowledge) -> None:
    case = stored(cases, name)
    walk = Walk(case, knowledge)
    for number in range(2, len(case.steps) + 1):
        turning, after = walk.stage(number).turning, walk.consultation(number)
        assert turning is not None
        for turn in turning.turns:
            assert turn.hangs_on or turn.each_enough, turn.decision.name
            for entry in (e for e in turn.hangs_on if e.kind in PART and e.attribute):
                undone = varied(after.inference, {(entry.row, entry.attribute): entry.old})
                assert Showing(undone).shown(turn.decision) != turn.after
            changes = {(e.row, e.attribute): e.old for e in turn.each_enough}
            if changes:
                assert Showing(varied(after.inference, changes)).shown(turn.decision) != turn.after
            for key in changes:
                kept = varied(after.inference, {k: v for k, v in changes.items() if k != key})
                assert Showing(kept).shown(turn.decision) != turn.before


def test_what_came_is_new_in_the_advice_and_what_went_is_no_longer_in_it(cases: list[Case], knowledge: Knowledge) -> None:
    walk = Walk(stored(cases, "childrens-hospital-second-sale"), knowledge)
    turning = walk.stage(2).turning
    assert turning is not None
    before, after = ({line["rule"] for line in walk.consultation(n).as_json()["advice"]} for n in (1, 2))
    assert {said.rule.id for said in turning.came} <= after
    assert {said.rule.id for said in turning.went} & after == set()
    assert "QUA-31" in {said.rule.id for said in turning.came} - before


# --- the story told


def test_the_end_is_told_last_and_no_step_gives_it_away(realms: Callable[..., Result], tmp_path: Path, story: Path) -> None:
    words = ("replay", story, "--knowledge", tmp_path / "knowledge")
    for number in "123":
        told = realms(*words, "--step", number)
        assert told.exit_code == 0
        assert not any(spoiler in told.output for spoiler in ("Later", "leaked", "Read the gauge", "One reading", "Somebody"))
    told = realms(*words).output
    parts = ["The plant has two pumps.", "Step 2 of 3", "Step 3 of 3", "Later one", "It leaked.", "Read the gauge.", "One reading."]
    places = [told.index(part) for part in parts]
    assert places == sorted(places)


def test_a_flip_is_told_in_one_line_with_what_it_changes(realms: Callable[..., Result], tmp_path: Path, story: Path) -> None:
    told = realms("replay", "two-pumps", "--knowledge", tmp_path / "knowledge", "--to-end").output
    assert "- A: Somebody reads the gauge.\n    Running: stop, instead of run; Tools: gloves, instead of none\n" in told


def test_a_step_alone_and_the_rest_from_a_step_on(realms: Callable[..., Result]) -> None:
    alone = realms("replay", "port-three-questions", "--step", "1").output
    assert "Step 1 of 2" in alone and "Step 2" not in alone and "How it ended" not in alone
    rest = realms("replay", "port-three-questions", "--step", "2", "--to-end").output
    assert "Step 1 of 2" not in rest and "Step 2 of 2" in rest and "How it ended" in rest


def test_the_story_as_data_has_the_same_steps(realms: Callable[..., Result]) -> None:
    told = json.loads(realms("replay", "childrens-hospital-second-sale", "--format", "json").output)
    assert [step["on"] for step in told["steps"]] == ["2024-04-15", "2024-10-14", "2025-01-13"]
    second = told["steps"][1]
    pain = next(entry for entry in second["learned"] if entry["fact"] == "need[further_wards].pain")
    assert (pain["kind"], pain["from"], pain["to"]) == ("changed", "latent", "admitted")
    turned = second["changed"]["decisions"][0]
    assert (turned["decision"], turned["from"], turned["to"]) == ("qualification", "conditional", "pursue")
    assert turned["hangs_on"] == ["customer.satisfaction", "need[further_wards].pain"] and turned["because"][0]["rule"] == "QUA-31"
    assert len(second["actions"]) == 3
    assert [flip["flip"] for flip in told["end"]["flips"]] == ["A", "B", "C"]
    assert "# A children's hospital" in realms("replay", "childrens-hospital-second-sale", "--step", "1", "--format", "markdown").output


def test_no_line_is_wider_than_a_terminal(realms: Callable[..., Result]) -> None:
    told = realms("replay", "broker-small-office", "--to-end").output
    assert max(map(len, told.splitlines())) <= 80


def test_a_reader_at_a_terminal_goes_on_with_enter_and_leaves_with_q(
    realms: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "waits", lambda: True)
    answers = iter(["", "q"])
    monkeypatch.setattr(cli.click, "prompt", lambda *_, **__: next(answers))
    told = realms("replay", "childrens-hospital-second-sale").output
    assert "Step 2 of 3" in told and "Step 3 of 3" not in told
    assert "How it ended" in realms("replay", "childrens-hospital-second-sale", "--to-end").output


# --- beside what is recorded


def test_the_shipped_advice_is_what_a_case_records(cases: list[Case], knowledge: Knowledge) -> None:
    replay = replayed(stored(cases, "wms-cheap-rival"), knowledge)
    assert not replay.differs
    assert [name for name, _ in replay.runs] == ["wms-cheap-rival", "wms-cheap-rival/A"]


def test_another_rule_base_shows_what_it_changes_and_exits_with_one(realms: Callable[..., Result], tmp_path: Path, story: Path) -> None:
    base = tmp_path / "knowledge"
    assert realms("replay", "--knowledge", base).exit_code == 0
    rules = base / "rules" / "plant.yaml"
    changed = rules.read_text(encoding="utf-8").replace("veto: {plant.run: stop}", "veto: {plant.run: careful}")
    rules.write_text(changed.replace("pressure: {above: figures.high_pressure}", "pressure: {above: 65}"), encoding="utf-8")
    told = realms("replay", "--knowledge", base)
    assert told.exit_code == 1
    assert "1 case, 4 steps and flips: 1 records another advice." in told.output
    for line in (
        "run: recorded stop, now run (by T-04)", "run: recorded stop, now careful (by T-03)", "T-02 should fire and does not",
        "The plant's pressure is 60 bar (asked for: above 65; shown by gauge, 2026-01-20, two-pumps.yaml:17)",
    ):  # fmt: skip
        assert line in plain(told.output)
    assert realms("replay", "two-pumps", "--knowledge", base).exit_code == 1
    data = json.loads(realms("replay", "--knowledge", base, "--format", "json").output)
    assert {d["kind"] for run in data[0]["runs"] for d in run["differs"]} == {"decision", "fires"}


def test_a_rule_that_should_be_silent_and_fires_is_shown_with_its_facts(realms: Callable[..., Result], tmp_path: Path, story: Path) -> None:
    story.write_text(story.read_text(encoding="utf-8").replace("fires: [T-02, T-03]", "silent: [T-02]"), encoding="utf-8")
    told = realms("replay", "--knowledge", tmp_path / "knowledge")
    assert told.exit_code == 1
    assert "- T-02 should be silent and fires The plant's pressure is 60 bar (asked for: above 40" in plain(told.output)


def test_a_rule_that_the_base_does_not_have_is_a_finding(realms: Callable[..., Result], tmp_path: Path, story: Path) -> None:
    story.write_text(story.read_text(encoding="utf-8").replace("T-02, T-03", "T-02, T-77"), encoding="utf-8")
    told = realms("replay", "--knowledge", tmp_path / "knowledge")
    assert told.exit_code == 1 and "this rule base has no such rule" in told.output


def test_a_case_that_cannot_be_read_is_named_and_the_others_are_replayed(
    realms: Callable[..., Result], tmp_path: Path, story: Path
) -> None:
    shutil.copy(story, story.with_name("bad.yaml"))
    bad = story.with_name("bad.yaml")
    bad.write_text(bad.read_text(encoding="utf-8").replace("fluid: acid", "fluid: lava"), encoding="utf-8")
    told = realms("replay", "--knowledge", tmp_path / "knowledge")
    assert told.exit_code == 2
    assert "'lava' is not a value of pump.fluid" in told.stderr and "two-pumps" in told.stdout


def test_comparing_works_out_the_same_as_a_whole_consultation(cases: list[Case], knowledge: Knowledge) -> None:
    case = stored(cases, "bureau-renewal")
    walk = Walk(case, knowledge)
    step = case.steps[0]
    bare = Showing(inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on)))
    late = {rule.id for rule in knowledge.late_rules}
    assert set(bare.fired) == set(walk.consultation(1).showing.fired) - late


# --- what people get wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["blood-center-tender"], "did you mean blood-centre-tender?"),
        (["wms-cheap-rival", "--step", "3"], "it has one step"),
        (["port-three-questions", "--step", "3"], "it has 2 steps"),
        (["nosuch.yaml"], "there is no file nosuch.yaml"),
        (["--step", "2"], "--step, --to-end and --then go with a CASE"),
        (["wms-cheap-rival", "--step", "0"], "0 is not in the range"),
    ],
)
def test_what_is_written_wrong_is_named_with_the_way_out(words: list[str], said: str, realms: Callable[..., Result]) -> None:
    told = realms("replay", *words)
    assert told.exit_code == 2
    assert said in told.stderr


def test_a_dossier_is_no_case(realms: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal: {stage: proposal}\n", encoding="utf-8")
    told = realms("replay", path)
    assert told.exit_code == 2 and "is no case" in told.stderr


def test_every_stored_case_goes_by_the_name_of_its_file(cases: list[Case]) -> None:
    assert [case.id for case in cases] == sorted(path.stem for path in (ROOT / "cases").glob("*.yaml"))

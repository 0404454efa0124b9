"""A case replayed with the rules of its day beside today's: what was advised then, what differs, and which changes did it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result
from conftest import data, git, plain
from toy import DECISIONS, FIGURES, RULES, VOCABULARY, toy_base

from engine.advising import consult
from engine.differing import difference
from engine.ordering import stratified
from engine.past.causing import Causes
from engine.past.revising import changes
from engine.reading.cases import read_case
from engine.reading.knowledge import read_base
from engine.reading.past import Past
from engine.rules import Knowledge

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="the past of the rules is read with git")
CASE = """
    id: acid-line
    title: Acid under pressure
    told: One pump carries acid.
    steps:
      - on: 2026-02-01
        what: The pressure rises.
        facts:
          plant: {pressure: 60, shift: night}
          pumps: [{name: north, fluid: acid}]
      - on: 2026-04-01
        what: Nothing else is known.
        facts: {}
    happened: It leaked.
    lesson: Read the gauge.
    contrast: One reading.
"""
STOP = "veto: {plant.run: stop}"
CAREFUL = "veto: {plant.run: careful}"


class Repository:
    """A repository with a rule base about pumps in a folder of it, and a case beside."""

    def __init__(self, top: Path, under: str = ""):
        self.top = top
        self.base = top / under / "knowledge"
        self.base.mkdir(parents=True)
        case = self.base.parent / "cases" / "acid-line.yaml"
        case.parent.mkdir()
        case.write_text(dedent(CASE), encoding="utf-8")
        git(top, "init", "--quiet", "--initial-branch=main")

    def write(self, **texts: str) -> None:
        toy_base(self.base, **texts)

    def commit(self, on: str, **texts: str) -> None:
        """Write the rule base and commit it on a day (at noon in Greenwich, or at a time of day that is given)."""
        self.write(**texts)
        git(self.top, "add", "--all")
        git(self.top, "commit", "--quiet", "--message", f"rules of {on}", on=on if "T" in on else f"{on}T12:00:00+00:00")


@pytest.fixture
def past(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "there")


@pytest.fixture
def then(realms: Callable[..., Result], past: Repository) -> Callable[..., Result]:
    """Replay the case then and now."""
    return lambda *words: realms("replay", "acid-line", "--then", "--knowledge", past.base, *words)


# --- then and now


def test_each_step_is_advised_with_the_rules_of_its_day_and_with_todays(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-15", rules=RULES.replace(STOP, CAREFUL))
    past.commit("2026-03-15")
    told = then()
    assert told.exit_code == 1
    first, second = plain(told.output).split("Step 2 of 2")
    assert "The advice then CAREFUL." in first and "The advice now STOP." in first
    assert "- Running: stop, was careful" in first and "by: T-03 (changed: effects)" in first
    assert "of 2026-01-15" in first and "of 2026-03-15" in second
    assert "The rules are the same, and so is all their advice." in second
    assert then("--step", "2").exit_code == 0


def test_the_story_as_data_says_the_same(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-15", rules=RULES.replace(STOP, CAREFUL), figures=FIGURES.replace("40", "30"))
    past.commit("2026-03-15")
    told = json.loads(then("--format", "json").output)
    first, second = told["steps"]
    assert first["commit"]["on"] == "2026-01-15" and first["commit"]["subject"] == "rules of 2026-01-15"
    assert first["then"]["decisions"]["run"] == "careful" and first["now"]["decisions"]["run"] == "stop"
    assert first["turned"] == [{"decision": "run", "from": "careful", "to": "stop", "by": ["T-03"]}]
    assert {(c["what"], c["name"], c["kind"]) for c in first["changes"]} == {
        ("rule", "T-03", "changed"),
        ("figure", "high_pressure", "changed"),
    }
    assert (first["differs"], second["differs"]) == (True, False)
    assert "## Step 1 of 2, 2026-02-01" in then("--format", "markdown").output


def test_what_changed_since_is_told_once_where_steps_share_their_rules(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-15", rules=RULES.replace(STOP, CAREFUL))
    past.commit("2026-06-15")
    first, second = plain(then().output).split("Step 2 of 2")
    assert "- Changed rules (1): T-03 (Stop when the load is high and acid is about; effects)." in first
    assert "What changed in the rules since As at step 1." in second
    assert "Changed rules (1)" in plain(then("--step", "2").output)


def test_what_is_not_committed_counts_for_today_alone(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-15")
    past.write(rules=RULES.replace(STOP, CAREFUL))
    told = plain(then("--step", "1").output)
    assert "; what changed since is not committed yet. Now:" in told
    assert "- Running: careful, was stop" in told


def test_lines_that_came_went_or_read_otherwise_stand_by_their_rules(past: Repository, then: Callable[..., Result]) -> None:
    line = '        - advise: "Call the fitter for {pump.name}."\n'
    more = RULES.replace("        - advise: {plant.tools: gloves}\n", "        - advise: {plant.tools: gloves}\n" + line)
    past.commit("2026-01-15", rules=more)
    past.commit("2026-03-15", rules=more.replace("Call the fitter", "Send for the fitter"))
    told = plain(then("--step", "1").output)
    assert "In other words (1): - Stop when the load is high and acid is about (T-03) by: T-03 (changed: wording)" in told
    assert "No decision." in told and "Rules changed only in what is said of them or by them: 1." in told
    past.commit("2026-03-20")
    assert "No longer in the advice (1): - Stop when the load is high" in plain(then("--step", "1").output)


# --- which commit


def test_a_commit_counts_on_the_day_that_its_committer_had(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-01", rules=RULES.replace(STOP, CAREFUL))
    past.commit("2026-02-01T23:59:00-11:00")  # in Greenwich the second of February
    assert "STOP" in then("--step", "1").output and "CAREFUL" not in then("--step", "1").output
    past.commit("2026-02-02T00:01:00+14:00", figures=FIGURES.replace("40", "30"))  # in Greenwich the first
    assert {commit.on.isoformat(): commit.subject[-6:] for commit in Past(past.base).commits}["2026-02-02"] == "+14:00"
    assert data(then("--step", "1", "--format", "json"))["steps"][0]["commit"]["on"] == "2026-02-01"


def test_a_branch_counts_from_the_day_it_came_in(past: Repository) -> None:
    past.commit("2026-01-01")
    git(past.top, "checkout", "--quiet", "-b", "side")
    past.commit("2026-01-10", rules=RULES.replace(STOP, CAREFUL))
    git(past.top, "checkout", "--quiet", "main")
    git(past.top, "merge", "--quiet", "--no-ff", "--message", "side comes in", "side", on="2026-03-01T12:00:00+00:00")
    assert [(c.on.isoformat(), c.subject) for c in Past(past.base).commits] == [
        ("2026-03-01", "side comes in"), ("2026-01-01", "rules of 2026-01-01"),
    ]  # fmt: skip


def test_commits_that_leave_the_rules_alone_are_passed_over(past: Repository) -> None:
    past.commit("2026-01-01")
    (past.top / "notes.txt").write_text("a note", encoding="utf-8")
    git(past.top, "add", "--all")
    git(past.top, "commit", "--quiet", "--message", "a note", on="2026-01-20T12:00:00+00:00")
    assert [commit.on.isoformat() for commit in Past(past.base).commits] == ["2026-01-01"]


def test_a_folder_inside_a_repository_may_have_any_name(tmp_path: Path, realms: Callable[..., Result]) -> None:
    past = Repository(tmp_path / "在那里", "our rules/第二")
    past.commit("2026-01-15", rules=RULES.replace(STOP, CAREFUL))
    past.commit("2026-03-15")
    told = realms("replay", "acid-line", "--then", "--knowledge", past.base, "--step", "1")
    assert "- Running: stop, was careful" in told.output, told.output


def test_a_hook_that_runs_it_for_another_repository_changes_nothing(
    past: Repository, then: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.commit("2026-01-15")
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert "of 2026-01-15" in then().output


# --- where there is nothing to compare with


def test_a_step_older_than_the_rule_base_is_compared_with_nothing(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-02-20")
    told = then("--format", "json")
    assert told.exit_code == 0
    first, second = json.loads(told.output)["steps"]
    assert (first["commit"], first["then"], second["commit"]["on"]) == (None, None, "2026-02-20")
    said = plain(then("--step", "1").output)
    assert "The rule base was begun on 2026-02-20" in said and "Nothing is compared." in said and "STOP" not in said


def test_a_copy_without_its_older_commits_is_not_taken_for_a_young_rule_base(
    past: Repository, tmp_path: Path, realms: Callable[..., Result]
) -> None:
    past.commit("2026-01-01")
    past.commit("2026-03-15", rules=RULES.replace(STOP, CAREFUL))
    git(tmp_path, "clone", "--quiet", "--depth", "1", past.top.as_uri(), "copy")
    told = plain(realms("replay", "acid-line", "--then", "--step", "1", "--knowledge", tmp_path / "copy" / "knowledge").output)
    assert "The history here begins on 2026-03-15" in told and "git fetch --unshallow" in told


def test_rules_that_todays_program_cannot_read_are_counted_and_the_other_steps_are_shown(
    past: Repository, then: Callable[..., Result]
) -> None:
    past.commit("2026-01-15", rules=RULES.replace("plant.load: high}", "plant.lod: high}").replace("veto:", "forbid:"))
    past.commit("2026-03-15")
    told = then()
    first, second = plain(told.output).split("Step 2 of 2")
    assert told.exit_code == 0 and told.stderr == ""
    assert "cannot be read by today's program: " in first and " problems. The first:" in first and "rules/plant.yaml:" in first
    assert "The rules are the same" in second


def test_a_commit_without_the_rule_base_is_said_to_hold_none(past: Repository, then: Callable[..., Result]) -> None:
    past.commit("2026-01-15")
    git(past.top, "rm", "-r", "--quiet", "knowledge")
    git(past.top, "commit", "--quiet", "--message", "gone", on="2026-01-20T12:00:00+00:00")
    past.commit("2026-03-15")
    told = plain(then("--step", "1").output)
    assert "cannot be read by today's program: 1 problem. The first:" in told and "vocabulary.yaml" in told


def test_locks_of_a_day_that_is_over_guard_nothing(past: Repository, then: Callable[..., Result]) -> None:
    locked = RULES.replace("    - id: T-03\n", "    - id: T-03\n      locked: yes\n")
    past.commit("2026-01-15", rules=locked)
    past.commit("2026-03-15")
    assert "The advice, then and now STOP." in plain(then("--step", "1").output)


@pytest.mark.parametrize("broken", ["no git", "no repository", "no commit", "not committed"])
def test_without_a_past_it_says_so(broken: str, past: Repository, then: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    past.write()
    if broken == "no git":
        monkeypatch.setenv("PATH", str(past.top))
    elif broken == "no repository":
        (past.top / ".git").rename(past.top / "not git")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(past.top.parent))
    elif broken == "not committed":
        git(past.top, "add", "cases")
        git(past.top, "commit", "--quiet", "--message", "the case alone")
    told = then()
    said = {
        "no git": "git is not installed",
        "no repository": "is in no git repository",
        "no commit": "no commit of its git repository holds",
        "not committed": "no commit of its git repository holds",
    }[broken]
    assert told.exit_code == 2 and said in told.stderr and "= help:" in told.stderr


def test_it_goes_with_a_case(realms: Callable[..., Result]) -> None:
    told = realms("replay", "--then")
    assert told.exit_code == 2 and "--then go with a CASE" in plain(told.stderr)


# --- words that came later


def test_facts_without_a_word_then_are_left_out_and_named(past: Repository, then: Callable[..., Result]) -> None:
    shift = '        shift: {values: [day, night], meaning: "Who runs it.", ask: "Which shift runs it?", whom: operator, changeable: yes}\n'
    assert shift in VOCABULARY
    young = VOCABULARY.replace(shift, "").replace("range: [0, 100]", "range: [0, 50]")
    past.commit("2026-01-15", vocabulary=young)
    past.commit("2026-03-15")
    told = then("--step", "1")
    assert told.stderr == ""
    said = plain(told.output)
    assert "- plant.pressure: 60 (it went from 0 to 50)" in said
    assert "- plant.shift: night (there was no such word)" in said
    assert "- Running: stop, was run" in said and "by: word plant.pressure (changed: range)" in said
    left = json.loads(then("--step", "1", "--format", "json").output)["steps"][0]["left_out"]
    assert [(entry["fact"], entry["value"]) for entry in left] == [("plant.pressure", 60), ("plant.shift", "night")]


def test_a_list_without_a_word_then_is_left_out_whole(past: Repository, then: Callable[..., Result]) -> None:
    rules = RULES[RULES.index("    - id: T-02") : RULES.index("    - id: T-03")] + RULES[RULES.index("    - id: T-04") :].replace(
        "        - fallback: {plant.service: nothing}\n", "")  # fmt: skip
    vocabulary = VOCABULARY[: VOCABULARY.index("    pump:")]
    decisions = DECISIONS[: DECISIONS.index("    service:")]
    past.commit("2026-01-15", rules=rules, vocabulary=vocabulary, decisions=decisions)
    past.commit("2026-03-15")
    said = plain(then("--step", "1").output)
    assert "- pump[north] (there was no pump)" in said
    assert "- Running: stop, was run" in said
    service = said[said.index("- Service: nothing, was none") :]
    assert "T-04 (changed: effects)" in service and "decision service (new)" in service


def test_a_word_that_was_renamed_goes_by_its_old_name(past: Repository, then: Callable[..., Result]) -> None:
    old = {"vocabulary": VOCABULARY.replace("pressure:", "bar:"), "rules": RULES.replace("{pressure:", "{bar:")}
    new = VOCABULARY.replace("pressure: {range", "pressure: {was: [bar], range")
    past.commit("2026-01-15", **old)
    past.commit("2026-03-15", vocabulary=new)
    said = plain(then("--step", "1").output)
    assert "The advice, then and now STOP." in said and "no place for" not in said


# --- which changes did it

TOY_CHANGES = {
    "T-02": {"rules": RULES.replace("        - default: {plant.load: high}", "        - default: {plant.load: low}")},
    "T-03": {"rules": RULES.replace("pump: {fluid: acid}", "pump: {fluid: oil}")},
    "T-04": {"rules": RULES.replace("      when: always\n", "      when: [pump: {fluid: oil}]\n")},
    "high_pressure": {"figures": FIGURES.replace("40", "70")},
    "run": {"decisions": DECISIONS.replace("[stop, careful, run]", "[run, careful, stop]")},
}


@pytest.mark.parametrize("changed", TOY_CHANGES)
@pytest.mark.parametrize("back", [False, True])
def test_the_one_thing_that_changed_is_what_is_named(changed: str, back: bool, tmp_path: Path) -> None:
    also = RULES + RULES[RULES.index("    - id: T-03") : RULES.index("    - id: T-04")].replace("T-03", "T-05").replace(
        STOP, "veto: {plant.run: run}"
    )
    texts = TOY_CHANGES[changed] if changed != "run" else {"rules": also, **TOY_CHANGES[changed]}
    plainly = {"rules": also} if changed == "run" else {}
    states = [read_base(toy_base(tmp_path / name, **t)).usable() for name, t in (("old", plainly), ("new", texts))]
    old, new = reversed(states) if back else states
    path = tmp_path / "acid-line.yaml"
    path.write_text(dedent(CASE), encoding="utf-8")
    step = read_case(path, new).steps[0]
    before, after = (consult(knowledge, step.dossier, step.on) for knowledge in (old, new))
    found = changes(old, new)
    assert [change.name for change in found] == [changed]
    turned = difference(before, after).decisions
    causes = Causes(before, after, found)
    if changed != "T-04":
        assert turned
    for entry in turned:
        assert [change.name for change in causes.of_decision(entry.decision.key)] == [changed], entry.decision.name


@pytest.mark.parametrize("run", ["blood-centre-tender/2", "wms-cheap-rival", "university-lots/1"])
def test_a_rule_that_went_is_named_under_all_that_it_turned(
    run: str, knowledge: Knowledge, consultations: Callable, tmp_path: Path
) -> None:
    """Every rule that carries a decision of a stored case is taken out in turn."""
    before = consultations(run)
    carrying = {
        cast.firing.rule
        for decision in knowledge.decisions
        for cast in before.inference.behind(before.inference.settlings[decision.key].whole.carried)
        if not decision.derived
    }
    named = 0
    for rule in sorted(carrying)[:6]:
        rules = tuple(r for r in knowledge.rules if r.id != rule)
        strata, _ = stratified(rules, knowledge.decisions, knowledge.scorecards)
        without = dataclasses.replace(knowledge, rules=rules, strata=strata)
        after = consult(without, before.dossier, before.on)
        found = changes(knowledge, without)
        assert [(change.name, change.kind) for change in found] == [(rule, "gone")]
        causes = Causes(before, after, found)
        for entry in difference(before, after).decisions:
            assert [change.name for change in causes.of_decision(entry.decision.key)] == [rule], entry.decision.name
            named += 1
    assert named

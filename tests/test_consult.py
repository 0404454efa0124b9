"""The interview: the most valuable question next, every answer saved at once, the file kept as its owner wrote it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ON, ROOT, plain
from toy import toy_base

import cli
from engine.advising import consult
from engine.blocks import Block
from engine.interview import keeping
from engine.interview.interviewing import Interview
from engine.problems import Unusable
from engine.reading.cases import Step
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.rules import Knowledge

DEAL = """\
# from the fair
customer: {name: Hill Bureau, sector: education}
deal: {stage: proposal}   # they said so
needs:
  - {name: classrooms, topic: multimedia}
stakeholders_complete: yes
competitors_complete: yes
"""


def said(blocks: list[Block]) -> str:
    return cli.text(blocks)


@pytest.fixture
def interview(knowledge: Knowledge, tmp_path: Path) -> Callable[..., Interview]:
    def begin(text: str | None = DEAL, name: str = "deal.yaml") -> Interview:
        path = tmp_path / name
        if text is not None:
            path.write_text(text, encoding="utf-8")
        return Interview(knowledge, keeping.opened(path, knowledge.vocabulary), ON)

    return begin


def file(interview: Interview) -> str:
    return interview.keeper.path.read_text(encoding="utf-8")


def fact(interview: Interview) -> str:
    return interview.asked.fact if interview.asked else ""


def run(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(cli.realms, [str(word) for word in words], input=typed)


# --- what is asked


def test_the_best_question_of_advise_is_the_next_one(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    for _ in range(12):
        assert fact(talk) == next(q.fact for q in talk.consultation.questions if q.fact not in talk.left["unknown"])
        talk.hear("unknown")


def test_an_empty_file_is_asked_where_the_deal_stands_and_who_and_what_there_is(interview: Callable[..., Interview]) -> None:
    talk = interview(None)
    assert "Nothing is known yet" in said(talk.start())
    asked = [fact(talk)]
    for answer in ("lead", "a, b", "王主任", "none"):
        talk.hear(answer)
        asked.append(fact(talk))
    assert asked[:4] == ["deal.stage", "needs", "stakeholders", "competitors"]
    assert [row.name for row in talk.keeper.dossier.rows if row.name] == ["a", "b", "王主任"]
    assert "competitors_complete: yes" in file(talk)


def test_how_well_a_fact_is_known_is_asked_only_where_the_headline_rests_on_it(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    assert "How well" not in said(talk.hear("set us.similar_cases 3"))
    assert "How well is that known (need[classrooms].mandatory_gap = impossible to fill)?" in said(
        talk.hear("set need.mandatory_gap unfillable")
    )
    assert "as firm as the weakest" in said(talk.hear("why"))
    assert "write 1 assumed" in said(talk.hear("hearsay")).lower()
    talk.hear("shown by their letter")
    assert "mandatory_gap: {value: unfillable, grade: shown, by: their letter, on: 2026-12-01}" in file(talk)
    talk.hear("set need.mandatory_gap unfillable")
    talk.hear("")
    assert "mandatory_gap: {value: unfillable, on: 2026-12-01}" in file(talk)


def test_it_says_when_to_stop(interview: Callable[..., Interview]) -> None:
    talk = interview(DEAL.replace("multimedia", "multimedia, mandatory_gap: unfillable"))
    out = said(talk.start())
    assert ("No open answer by itself can change the qualification" in out) == bool(talk.consultation.report().stop)
    while talk.asked:
        out = said(talk.hear("unknown"))
    assert "No open answer by itself would change what is advised" in out
    assert "Nothing is being asked" in said(talk.hear("proposal"))


# --- what can be typed


@pytest.mark.parametrize("answer", ["latent", "2", "LATENT", "present, but not yet felt"])
def test_an_answer_is_a_word_its_number_or_its_label(answer: str, interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("edit need[classrooms].pain")
    label = talk.knowledge.vocabulary.entities["need"].attributes["pain"].label("latent")
    talk.hear(label if answer.startswith("present") else answer)
    assert [f.value for row in talk.keeper.dossier.rows for n, f in row.facts.items() if n == "pain"] == ["latent"]


@pytest.mark.parametrize(
    ("where", "answer", "back"),
    [
        ("need.pain", "latnet", "did you mean latent?"), ("need.pain", "9", "is no answer to this"),
        ("deal.value_k", "much", "is no number"), ("deal.value_k", "-3", "is outside 0 to"),
        ("deal.value_k", "1e3", "is no number"), ("deal.value_k", "", "Write an answer"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_what_is_right_and_changes_nothing(
    where: str, answer: str, back: str, interview: Callable[..., Interview]
) -> None:
    talk = interview()
    talk.start()
    talk.hear(f"edit {where}")
    now = fact(talk)
    assert back in said(talk.hear(answer))
    assert file(talk) == DEAL
    assert fact(talk) == now


def test_question_marks_explain_and_why_climbs_to_the_rules(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("edit need.mandatory_gap")
    assert "unfillable" in said(talk.hear("?"))
    first = said(talk.hear("why"))
    assert first.startswith("Asked because: ") and "decline" in first and "QUA-" in first
    second = said(talk.hear("why"))
    assert "As written" in second and "mandatory_gap: unfillable" in second
    for _ in range(40):
        last = said(talk.hear("why"))
    assert last == "There is no rule behind this that has not been shown."
    assert fact(talk) == "need[classrooms].mandatory_gap"


def test_skip_comes_back_at_the_end_unknown_does_not_and_back_takes_back(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    first = fact(talk)
    talk.hear("skip")
    second = fact(talk)
    talk.hear("unknown")
    assert talk.left == {"skipped": [first], "unknown": [second]}
    talk.hear("back")
    assert (fact(talk), talk.left) == (second, {"skipped": [first], "unknown": []})
    talk.hear("back")
    assert (fact(talk), file(talk)) == (first, DEAL)
    assert "nothing to take back" in said(talk.hear("back"))
    talk.hear("skip")
    out = ""
    while talk.asked and "Now what was skipped" not in out:
        out = said(talk.hear("unknown"))
    assert fact(talk) == first


def test_people_needs_and_competitors_are_added_edited_and_taken_out(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    assert "Added competitor low bidder." in said(talk.hear("add competitor low bidder"))
    assert "already a competitor called low bidder" in said(talk.hear("add competitors low bidder"))
    talk.hear("edit competitor[low bidder].kind low_price")
    assert "kind: low_price" in said(talk.hear("edit competitor[low bidder]"))
    assert "- name: low bidder\n    kind: low_price\n" in file(talk) or "kind: {value: low_price" in file(talk)
    talk.hear("set competitor[low bidder].kind unknown")
    assert "low_price" not in file(talk)
    talk.hear("drop competitor low bidder")
    assert "low bidder" not in file(talk)
    assert "there is no competitor" in said(talk.hear("drop competitor low bidder")).lower()
    assert "did you mean stakeholder?" in said(talk.hear("edit stakholder.role"))


def test_a_row_is_called_otherwise_and_keeps_its_facts_and_what_was_left_open(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("edit need[classrooms].topic")
    talk.hear("skip")
    talk.hear("edit need[classrooms].pain")
    assert "Need classrooms is called halls [west] 7 now." in said(talk.hear("rename need[classrooms] halls [west] 7"))
    assert fact(talk) == "need[halls [west] 7].pain"
    assert '{name: "halls [west] 7", topic: multimedia}' in file(talk)
    assert talk.left["skipped"] == ["need[halls [west] 7].topic"]
    assert "Taken back: need classrooms called halls [west] 7." in said(talk.hear("back"))
    assert (fact(talk), talk.left["skipped"]) == ("need[classrooms].pain", ["need[classrooms].topic"])
    talk.hear("add need hall")
    assert "already a need called hall" in said(talk.hear("rename need[classrooms] hall"))
    assert "There is no need called halls (there is classrooms and hall)." in said(talk.hear("rename need[halls] x"))
    assert said(talk.hear("rename")).startswith("Write rename LIST[NAME] NEW")


def test_a_row_whose_name_has_brackets_is_added_edited_and_taken_out(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("add need 图书馆 [west]")
    talk.hear("set need[图书馆 [west]].topic his")
    assert '- {name: classrooms, topic: multimedia}\n  - name: "图书馆 [west]"\n    topic: {value: his' in file(talk)
    assert "Taken out: need 图书馆 [west]." in said(talk.hear("drop need[图书馆 [west]]"))
    assert "图书馆" not in file(talk)


def test_where_names_are_asked_a_command_or_a_yes_is_no_name_and_what_was_noted_is_said(interview: Callable[..., Interview]) -> None:
    talk = interview(None)
    assert "none is recorded yet; write names" in said([*talk.start(), *talk.hear("proposal")])
    for word in ("add", "drop", "EDIT", "set", "rename", "Yes", "ok"):
        assert "Write " in said(talk.hear(word))
        assert (fact(talk), file(talk)) == ("needs", "deal:\n  stage: proposal\n")
    assert said(talk.hear("a, b")).startswith("Added to needs: a and b.")
    assert said(talk.hear("back")).startswith("Taken back: needs = a, b.")
    assert said(talk.hear("None.")).startswith("Noted: there are no needs.")
    assert "needs_complete: yes" in file(talk)


def test_a_fact_that_is_recorded_and_counts_no_more_says_why(interview: Callable[..., Interview]) -> None:
    talk = interview(DEAL.replace("stage: proposal", "stage: proposal, qa_window: {value: open, on: 2026-01-01}"))
    talk.start()
    stale = "noted on 2026-01-01, and not counted: it counts for 90 days"
    assert f"recorded: open, {stale}" in plain(said(talk.hear("edit deal.qa_window")))
    assert f"qa_window: open (assumed, 2026-01-01), {stale}" in plain(said(talk.hear("edit deal")))
    assert "recorded: proposal" in said(talk.hear("edit deal.stage")) and "not counted" not in said(talk.hear("?"))


def test_the_advice_can_be_seen_at_any_moment_and_is_that_of_advise(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("set need.mandatory_gap unfillable")
    out = said(talk.hear("so far"))
    assert "DECLINE" in out and "And the question was" in out
    again = consult(talk.knowledge, read_dossier(talk.keeper.path, talk.knowledge.vocabulary), ON)
    assert again.as_json()["decisions"] == talk.consultation.as_json()["decisions"]


# --- the file


def test_comments_and_everything_else_stay_and_an_interview_goes_on_where_it_was(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("skip")
    talk.hear("set deal.access open")
    talk.hear("unknown")
    here = fact(talk)
    text = file(talk)
    assert "# from the fair\n" in text and "   # they said so\n" in text
    again = Interview(talk.knowledge, keeping.opened(talk.keeper.path, talk.knowledge.vocabulary), ON)
    again.start()
    assert (fact(again), again.left) == (here, talk.left)


@pytest.mark.parametrize("other", ["deal: {stage: lead}\n", None])
def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(other: str | None, interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("skip")
    talk.keeper.path.write_text(other, encoding="utf-8") if other else talk.keeper.path.unlink()
    with pytest.raises(Unusable, match="meanwhile"):
        talk.hear("set deal.access open")
    assert (file(talk) if other else None) == other
    assert [path.name for path in talk.keeper.path.parent.iterdir()] == (["deal.yaml"] if other else [])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may do anything may write to any file")
def test_a_file_that_is_protected_from_being_written_is_not_replaced(interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.keeper.path.chmod(0o444)
    with pytest.raises(Unusable, match="cannot be written: permission denied"):
        talk.hear("set deal.access open")
    assert file(talk) == DEAL


def test_a_name_that_no_file_can_have_is_a_problem_and_no_traceback() -> None:
    result = run("consult", f"{'x' * 300}.yaml", typed="proposal\n")
    assert result.exit_code == 2
    assert "error[" in result.output


def test_a_change_meanwhile_ends_the_command_with_2_and_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = tmp_path / "deal.yaml"
    deal.write_text(DEAL, encoding="utf-8")
    hear = Interview.hear

    def meddled(self: Interview, line: str) -> list[Block]:
        deal.write_text("deal: {stage: lead}\n", encoding="utf-8")
        return hear(self, line)

    monkeypatch.setattr(Interview, "hear", meddled)
    result = run("consult", deal, typed="set deal.access open\n")
    assert result.exit_code == 2
    assert "error[V121]" in result.output and "realms consult" in result.output


def test_without_a_file_it_asks_for_a_name_and_begins_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("consult", typed="Hill District: Bureau\nproposal\nquit\n")
    assert result.exit_code == 0
    assert (tmp_path / "hill-district-bureau.yaml").read_text(encoding="utf-8").startswith('customer:\n  name: "Hill District: Bureau"\n')
    assert "stage: proposal" in (tmp_path / "hill-district-bureau.yaml").read_text(encoding="utf-8")
    again = run("consult", typed="Hill District Bureau\n")
    assert again.exit_code == 2 and "realms consult hill-district-bureau.yaml" in again.output


def test_a_name_is_asked_for_until_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("consult", typed="\n \n\x00\nHill\nquit\n")
    assert result.exit_code == 0
    assert result.output.count("Write a name.") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["hill.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="a terminal of Unix")
def test_what_is_typed_at_a_terminal_can_be_mended_with_the_arrow_keys(tmp_path: Path) -> None:
    """Without that, a name with an arrow key in it is kept with what the key sends."""
    pytest.importorskip("readline")
    import pty

    deal = tmp_path / "deal.yaml"
    deal.write_text("deal: {stage: proposal}\n", encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "cli.py", "consult", str(deal)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    seen = b""
    while b"> " not in seen:
        seen += os.read(ours, 1024)
    os.write(ours, b"roms\x1b[D\x1b[Do\n")
    until(deal, "- name: rooms")
    process.kill()
    process.wait()
    os.close(ours)


@pytest.mark.parametrize(
    "typed", ["", "quit\n", "?\nwhy\nso far\nhelp\n", "\n\n \n", "\x00\x1b[2J\n", "add\nedit\ndrop\nset\nadd need\n", "back\n" * 3]
)
def test_nothing_that_can_be_typed_breaks_it_or_touches_the_file_without_an_answer(typed: str, tmp_path: Path) -> None:
    deal = tmp_path / "deal.yaml"
    deal.write_text(DEAL, encoding="utf-8")
    result = run("consult", deal, typed=typed)
    assert result.exit_code == 0, result.output
    assert deal.read_text(encoding="utf-8") == DEAL


@pytest.mark.parametrize(("text", "code"), [("deal: {stage: prposal}\n", "V103"), ("deal: [\n", "Y1"), ("told: x\nsteps: []\n", "V122")])
def test_a_file_with_mistakes_is_not_asked_about(text: str, code: str, tmp_path: Path) -> None:
    deal = tmp_path / "deal.yaml"
    deal.write_text(text, encoding="utf-8")
    result = run("consult", deal, typed="quit\n")
    assert result.exit_code == 2 and f"error[{code}" in result.output
    assert deal.read_text(encoding="utf-8") == text


def typing(deal: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "cli.py", "consult", str(deal)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")


def until(path: Path, text: str) -> None:
    for _ in range(600):
        if path.exists() and text in path.read_text(encoding="utf-8"):
            return
        time.sleep(0.05)
    raise AssertionError(f"{text!r} is not in the file")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_answered_is_in_the_file_when_it_is_killed(how: signal.Signals, tmp_path: Path) -> None:
    deal = tmp_path / "deal.yaml"
    process = typing(deal)
    assert process.stdin
    process.stdin.write("proposal\nclassrooms\n")
    process.stdin.flush()
    until(deal, "- name: classrooms")
    process.send_signal(how)
    out, errors = process.communicate()
    assert "Traceback" not in errors
    if how == signal.SIGINT:
        assert process.returncode == 0 and "Saved." in out
    assert "stage: proposal" in deal.read_text(encoding="utf-8")
    assert run("check", deal).exit_code == 0


def test_the_interview_runs_on_a_base_about_pumps(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "toy")).usable()
    talk = Interview(knowledge, keeping.opened(tmp_path / "plant.yaml", knowledge.vocabulary), ON)
    talk.start()
    assert fact(talk) == "pumps"
    assert "more to be asked what counts only together" in said(talk.hear("north, south"))
    talk.hear("more")
    assert fact(talk) == "plant.pressure"
    assert "how well" not in said(talk.hear("60")).lower()
    assert fact(talk) == "pump[north].fluid"
    assert "How well is that known" in said(talk.hear("acid"))
    assert talk.consultation.as_json()["decisions"]["run"]["choice"] == "stop"


def test_the_next_question_comes_within_half_a_second_of_computing(runs: dict[str, Step], interview: Callable[..., Interview]) -> None:
    talk = interview()
    talk.start()
    talk.hear("skip")
    started = time.process_time()
    for _ in range(4):
        talk.hear("set deal.value_k 500")
        talk.hear("")
    assert (time.process_time() - started) / 8 < 0.5


def test_the_commands_at_the_end_can_be_typed_as_they_stand_where_the_name_has_a_blank(interview: Callable[..., Interview]) -> None:
    talk = interview(name="my deal.yaml")
    talk.start()
    talk.hear("unknown")
    assert f"realms consult '{talk.keeper.shown}'" in plain(said(talk.leave()))

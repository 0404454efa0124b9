"""A case begun from a dossier has its facts and its advice, and none of its names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from engine.advising import Consultation, consult
from engine.reading.cases import Case, read_case
from engine.rules import Knowledge
from engine.stories.drafting import draft
from engine.stories.replaying import replayed

DEAL = """
as_of: 2026-12-01
customer: {name: Hill District Education Bureau, sector: education, note: ask for Mr Li}
deal:
  stage: proposal
  budget_state: {value: approved, grade: shown, by: letter of Mr Li, on: 2026-11-03}
  compelling_event: {value: hard, grade: said, by: Li Wei}
needs:
  - {name: 教室, topic: multimedia, fit_pct: 98}
stakeholders:
  - {name: Li_Wei, role: economic, influence: high}
  - {name: Zhang, role: economic, influence: low}
  - {name: Wang}
stakeholders_complete: yes
"""
NAMES = ("Hill", "Bureau", "Li", "Wei", "Zhang", "Wang", "教室")


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    path = tmp_path / "hill-bureau.yaml"
    path.write_text(DEAL, encoding="utf-8")
    return path


def test_no_name_is_left_and_each_that_was_is_listed(realms: Callable[..., Result], deal: Path) -> None:
    begun = realms("new", "case", "--from", deal)
    assert begun.exit_code == 0
    assert [name for name in NAMES if name in begun.stdout] == []
    assert [name for name in NAMES if name not in begun.stderr] == []
    assert "name: funder\n" in begun.stdout and "name: funder_2\n" in begun.stdout and "name: stakeholder\n" in begun.stdout
    assert "compelling_event: {value: hard, grade: said, by: funder}" in begun.stdout
    assert "budget_state: {value: approved, grade: shown, on: 2026-11-03}" in begun.stdout
    assert "stakeholders_complete: yes" in begun.stdout


def test_what_is_begun_can_be_read_and_replayed_as_it_is(realms: Callable[..., Result], deal: Path, tmp_path: Path) -> None:
    out = tmp_path / "Two Halls.yaml"
    assert realms("new", "case", "--from", deal, "--out", out).exit_code == 0
    checked = realms("check", out)
    assert checked.exit_code == 0
    assert checked.output.count("W505") == out.read_text(encoding="utf-8").count("(to be written") == 6
    assert out.read_text(encoding="utf-8").startswith("id: two-halls\n")
    assert realms("replay", out).exit_code == 0
    again = realms("new", "case", "--from", deal, "--out", out)
    assert again.exit_code == 2 and "is there already" in again.stderr


def test_other_names_give_the_same_decisions(
    cases: list[Case], knowledge: Knowledge, consultations: Callable[[str], Consultation], tmp_path: Path
) -> None:
    for case in cases[::6]:
        name, step = case.runs()[len(case.steps) - 1]
        consultation = consultations(name)
        path = tmp_path / "case.yaml"
        path.write_text(draft(consultation).text, encoding="utf-8")
        begun = read_case(path, knowledge)
        assert not replayed(begun, knowledge).differs
        again = consult(knowledge, begun.steps[0].dossier, step.on)
        choices = [{n: d["choice"] for n, d in c.as_json()["decisions"].items()} for c in (consultation, again)]
        assert choices[0] == choices[1], case.id


def test_a_folder_that_is_not_there_is_named(realms: Callable[..., Result], deal: Path, tmp_path: Path) -> None:
    told = realms("new", "case", "--from", deal, "--out", tmp_path / "nowhere" / "x.yaml")
    assert told.exit_code == 2 and "cannot be written" in told.stderr

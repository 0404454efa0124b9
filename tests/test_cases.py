"""Every stored case and flip gives the advice that it records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, shipped

from engine.opening import opened
from engine.reading.cases import Case, Step, read_case, stem
from engine.rules import Knowledge

RUNS = {name: step for path in sorted((ROOT / "cases").glob("*.yaml")) for name, step in read_case(path, shipped().usable()).runs()}


@pytest.mark.parametrize("name", RUNS)
def test_the_advice_is_what_the_case_records(name: str, runs: dict[str, Step], advices: Callable[[str], dict[str, Any]]) -> None:
    step, advice = runs[name], advices(name)
    fired = {*advice["fired"], *(stem(rule) for rule in advice["fired"])}
    assert {d: advice["decisions"][d]["choice"] for d in step.expected.decisions} == dict(step.expected.decisions)
    assert [rule for rule in step.expected.fires if rule not in fired] == []
    assert [rule for rule in step.expected.silent if rule in fired] == []


def test_the_eleven_cases_of_the_domain_are_stored(runs: dict[str, Step]) -> None:
    assert len({name.split("/")[0] for name in runs}) >= 11
    assert len(runs) >= 27


def test_every_case_expects_something(runs: dict[str, Step]) -> None:
    assert [name for name, step in runs.items() if not step.expected.decisions and not step.expected.fires] == []


def test_a_step_changes_the_one_row_of_a_single_entity_whatever_it_is_called(knowledge: Knowledge, tmp_path: Path) -> None:
    text = (ROOT / "cases" / "bank-first-realm.yaml").read_text(encoding="utf-8")
    named = text.replace("customer: {sector: banking}", "customer: {name: the bank, sector: banking}")
    named = named.replace("      us: {role_clarity: clear}", "      customer: {is_current: yes}\n      us: {role_clarity: clear}")
    path = tmp_path / "case.yaml"
    path.write_text(named, encoding="utf-8")
    row = read_case(path, knowledge).flips["A"].dossier.of("customer")
    assert [(r.name, sorted(r.facts)) for r in row] == [("the bank", ["is_current", "sector"])]


def test_advice_on_a_case_as_of_a_date_knows_what_was_known_then(knowledge: Knowledge, cases: list[Case]) -> None:
    told = next(case for case in cases if len(case.steps) > 2)
    path = ROOT / "cases" / f"{told.id}.yaml"
    assert opened(path, knowledge, on=told.steps[1].on) == told.steps[1].dossier
    assert opened(path, knowledge) == told.steps[-1].dossier

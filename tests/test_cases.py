"""Every stored case and flip gives the advice that it records."""

from __future__ import annotations

import pytest
from conftest import ROOT

from engine.advising import consult
from engine.reading.cases import Step, read_case, stem
from engine.reading.knowledge import read_base
from engine.rules import Knowledge

KNOWLEDGE = read_base(ROOT / "knowledge").usable()
RUNS = {name: step for path in sorted((ROOT / "cases").glob("*.yaml")) for name, step in read_case(path, KNOWLEDGE).runs()}


@pytest.mark.parametrize("name", RUNS)
def test_the_advice_is_what_the_case_records(name: str, knowledge: Knowledge, runs: dict[str, Step]) -> None:
    step = runs[name]
    advice = consult(knowledge, step.dossier, step.on).as_json()
    fired = {*advice["fired"], *(stem(rule) for rule in advice["fired"])}
    assert {d: advice["decisions"][d]["choice"] for d in step.expected.decisions} == dict(step.expected.decisions)
    assert [rule for rule in step.expected.fires if rule not in fired] == []
    assert [rule for rule in step.expected.silent if rule in fired] == []


def test_the_eleven_cases_of_the_domain_are_stored(runs: dict[str, Step]) -> None:
    assert len({name.split("/")[0] for name in runs}) >= 11
    assert len(runs) >= 27


def test_every_case_expects_something(runs: dict[str, Step]) -> None:
    assert [name for name, step in runs.items() if not step.expected.decisions and not step.expected.fires] == []

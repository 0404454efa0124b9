"""Every stored case and flip gives the advice that it records, and advice of the form that was promised.

They stand in one file, which one process works through, so that each run is worked out once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, shipped
from test_advice import SCHEMA
from test_outline import papers

from engine.opening import opened
from engine.reading.cases import Case, Step, read_case, stem
from engine.rules import Knowledge

Advices = Callable[[str], dict[str, Any]]
RUNS = {name: step for path in sorted((ROOT / "cases").glob("*.yaml")) for name, step in read_case(path, shipped().usable()).runs()}


@pytest.mark.parametrize("name", RUNS)
def test_the_advice_is_what_the_case_records(name: str, runs: dict[str, Step], advices: Advices) -> None:
    step, advice = runs[name], advices(name)
    fired = {*advice["fired"], *(stem(rule) for rule in advice["fired"])}
    assert {d: advice["decisions"][d]["choice"] for d in step.expected.decisions} == dict(step.expected.decisions)
    assert [rule for rule in step.expected.fires if rule not in fired] == []
    assert [rule for rule in step.expected.silent if rule in fired] == []


def test_the_json_of_every_case_fits_the_schema(runs: dict[str, Step], advices: Advices) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for name in runs:
        advice = json.loads(json.dumps(advices(name)))
        assert [f"{name}: {e.message} at {list(e.absolute_path)}" for e in validator.iter_errors(advice)] == []


def test_every_line_has_a_rule_a_source_and_its_facts(knowledge: Knowledge, runs: dict[str, Step], advices: Advices) -> None:
    for name in runs:
        for line in advices(name)["advice"]:
            rule = knowledge.by_id[line["rule"]]
            assert line["source"], name
            assert line["because"][0]["facts"] or not rule.when, f"{name}: {line['rule']}"


def test_the_factors_add_up_to_the_score_that_rules_read(runs: dict[str, Step], advices: Advices) -> None:
    found = 0
    for name in runs:
        advice = advices(name)
        for address, card in advice["scorecards"].items():
            found += 1
            assert sum(f["points"] or 0 for f in card["factors"]) == card["points"] == advice["derived"][address]
            assert [f["factor"] for f in card["factors"] if not f["known"]] == card["unknown"]
    assert found > 5


def test_what_a_section_has_as_a_fact_it_does_not_miss(runs: dict[str, Step], advices: Advices) -> None:
    for name in runs:
        for section in papers(advices(name)["solution"]):
            facts, missing = ([entry["fact"] for entry in section[key]] for key in ("facts", "missing"))
            assert len(set(facts)) == len(facts), name
            assert len(set(missing)) == len(missing), name
            assert not set(facts) & set(missing), f"{name}: {section['id']}"


def test_every_section_of_every_case_says_what_to_write_and_no_line_has_a_hole(runs: dict[str, Step], advices: Advices) -> None:
    for name in runs:
        for section in papers(advices(name)["solution"]):
            assert section["write"], f"{name}: {section['id']}"
            assert section["source"], f"{name}: {section['id']}"
            assert [t for t in section["write"] if "(not known)" in t] == [], f"{name}: {section['id']}"


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

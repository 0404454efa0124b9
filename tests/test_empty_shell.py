"""The shell knows no domain: a base about pumps runs on it, and no word of pre-sales stands in its code."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from conftest import ON, ROOT
from toy import DECISIONS, RULES, VOCABULARY, toy_base

from engine.advising import consult
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base

PLANT = """
    plant: {pressure: 60}
    pumps:
      - {name: north, fluid: acid}
      - {name: south, fluid: water}
    valves:
      - {name: v1, tolerates: acid}
    seals:
      - {name: s1, tolerates: water}
      - {name: s2, tolerates: acid}
"""


def consulted(tmp_path: Path, dossier: str = PLANT, rules: str = RULES, **base: str) -> dict:
    knowledge = read_base(toy_base(tmp_path / "toy", rules, **base)).usable()
    path = tmp_path / "plant.yaml"
    path.write_text(dedent(dossier), encoding="utf-8")
    return consult(knowledge, read_dossier(path, knowledge.vocabulary), ON).as_json()


def test_a_base_about_pumps_joins_two_lists(tmp_path: Path) -> None:
    advice = consulted(tmp_path)
    assert [line["text"] for line in advice["advice"]] == ["Open north and look at s1."]
    assert advice["decisions"]["service"]["per_pump"] == {"north": "inspect", "south": "nothing"}
    assert advice["decisions"]["service"]["choice"] == "inspect"


def test_a_base_about_pumps_chains_derived_facts_into_a_veto(tmp_path: Path) -> None:
    advice = consulted(tmp_path)
    assert advice["derived"] == {"plant.load": "high"}
    assert advice["decisions"]["run"]["choice"] == "stop"
    assert advice["decisions"]["run"]["because"][0]["text"] == "north carries acid under high load."
    assert advice["decisions"]["tools"]["choice"] == ["gloves"]
    assert advice["fired"] == ["T-01", "T-02", "T-03", "T-04"]


def test_a_base_about_pumps_falls_back_where_nobody_objects(tmp_path: Path) -> None:
    advice = consulted(tmp_path, "plant: {pressure: 10}\n")
    assert advice["decisions"]["run"]["choice"] == "run"
    assert advice["decisions"]["service"]["choice"] == "nothing"
    assert advice["fired"] == ["T-04"]


def test_a_fact_derived_for_the_rows_of_a_list_needs_no_row(tmp_path: Path) -> None:
    risk = "\n        risk: {range: [0, 9], derived: yes, settle: highest, meaning: How likely it is to fail.}"
    base = VOCABULARY.replace("\n        speed:", f"{risk}\n        speed:")
    rules = RULES.replace("- veto: {plant.run: stop}", "- default: {pump.risk: 7}\n        - veto: {plant.run: stop}")
    assert consulted(tmp_path, "plant: {pressure: 60}\n", rules, vocabulary=base)["derived"] == {"plant.load": "high"}
    assert consulted(tmp_path, PLANT, rules, vocabulary=base)["derived"] == {"plant.load": "high", "pump[north].risk": 7}


def test_the_main_decision_may_take_many(tmp_path: Path) -> None:
    for choose in ("main_and_more", "many"):
        decisions = DECISIONS.replace("main: yes", f"main: yes\n      choose: {choose}")
        rules = RULES.replace("veto: {plant.run: stop}", "must: {plant.run: stop}").replace("fallback: {plant.run", "default: {plant.run")
        asked = consulted(tmp_path, "plant: {pressure: 60}\npumps:\n  - {name: north}\n", rules, decisions=decisions)["questions"]
        assert "pump[north].fluid" in [question["fact"] for question in asked]


def test_no_word_of_presales_stands_in_the_engine() -> None:
    words = r"\b(deal|customer|stakeholder|competitor|consultant|tender|qualification|realms?|pre-?sales|buyer|vendor|sales)\b"
    found = []
    for path in sorted((ROOT / "engine").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(words, re.sub(r"\brealms (check|consult|advise)\b", "", line), re.IGNORECASE):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []

"""Running the rules: errors name the rule, threads do not meet, and the work grows with what can fire."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ON
from toy import RULES, toy_base

from engine.advising import consult
from engine.compiling import RuleFailed
from engine.facts import Dossier, Fact, Row
from engine.inferring import inferred
from engine.matching import experta
from engine.program import Program, program
from engine.reading.cases import Case, Step
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.stories.replaying import replayed
from engine.world import world_of


def test_a_rule_that_breaks_is_named_with_the_facts_it_broke_on(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path)).usable()
    world = world_of(Dossier("plant", (Row("plant", facts={"pressure": Fact("no number")}),)), knowledge.vocabulary, ON)
    with pytest.raises(RuleFailed, match=r"rule T-02 broke on plant\.pressure = 'no number': TypeError"):
        inferred(knowledge, world)


def test_so_is_one_that_the_reference_works_out(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path, RULES.replace("why: Steel tires.", "why: Steel tires.\n      status: draft"))).usable()
    facts = {"pressure": Fact("no number"), "shift": Fact("day")}
    inference = inferred(knowledge, world_of(Dossier("plant", (Row("plant", facts=facts),)), knowledge.vocabulary, ON))
    with pytest.raises(RuleFailed, match=r"rule T-02 broke on plant\.pressure = 'no number': TypeError"):
        inference.fire_late(0)


def test_a_broken_rule_leaves_nothing_behind_for_the_next_case(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path)).usable()
    bad = world_of(Dossier("plant", (Row("plant", facts={"pressure": Fact("no number")}),)), knowledge.vocabulary, ON)
    good = world_of(Dossier("plant", (Row("plant", facts={"pressure": Fact(50)}),)), knowledge.vocabulary, ON)
    before = inferred(knowledge, good).firings
    with pytest.raises(RuleFailed):
        inferred(knowledge, bad)
    assert inferred(knowledge, good).firings == before


def test_consultations_in_many_threads_do_not_meet(
    knowledge: Knowledge, runs: dict[str, Step], advices: Callable[[str], dict[str, Any]]
) -> None:
    steps = list(runs.values())[:8]
    alone = [advices(name) for name in list(runs)[:8]]
    together: list[object] = [None] * len(steps)

    def work(number: int) -> None:
        for _ in range(3):
            together[number] = consult(knowledge, steps[number].dossier, steps[number].on).as_json()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_advice_is_the_same_to_the_byte_however_often_the_rules_have_run(
    knowledge: Knowledge, runs: dict[str, Step], advices: Callable[[str], dict[str, Any]]
) -> None:
    often = replace(knowledge)
    program(often).patience = 0  # as after so many runs
    for name, step in list(runs.items())[::15]:
        assert json.dumps(consult(often, step.dossier, step.on).as_json()) == json.dumps(advices(name)), name


def test_rules_whose_gate_is_shut_are_not_looked_at(knowledge: Knowledge) -> None:
    empty = inferred(knowledge, world_of(Dossier("deal", ()), knowledge.vocabulary, ON))
    fresh = Program(knowledge)
    looked = {rule.id for stratum in knowledge.strata for rule in fresh.visited(fresh.strata[stratum], empty.world.frame)}
    assert len(looked) < len(knowledge.rules) / 3
    assert set(empty.firings) <= looked


def test_only_what_reads_a_changed_fact_is_worked_out_again(knowledge: Knowledge, runs: dict[str, Step]) -> None:
    from engine.inferring import varied

    step = runs["county-hospital-his"]
    base = inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on))
    deal = base.world.single("deal")
    assert not varied(base, {(deal, "rehearsals"): 2}).refired
    trial = varied(base, {(deal, "displacement_trigger"): "no"})
    assert "CMP-10" in trial.refired
    assert all(
        ("deal", "displacement_trigger") in knowledge.by_id[r].reads or knowledge.by_id[r].reads & trial.changed for r in trial.refired
    )


def test_a_base_of_five_thousand_rules_is_read_and_run(tmp_path: Path) -> None:
    rule = RULES.split("- id: T-02")[1].split("- id: T-03")[0]
    many = "\n".join("- id: N-" + str(n) + rule.replace("\n    ", "\n") for n in range(1, 5001))
    knowledge = read_base(toy_base(tmp_path, many)).usable()
    assert len(knowledge.rules) == 5000
    world = world_of(Dossier("plant", (Row("plant", facts={"pressure": Fact(50)}),)), knowledge.vocabulary, date(2026, 1, 1))
    assert inferred(knowledge, world).settlings["plant", "load"].whole.choice == "high"
    assert program(knowledge) is program(knowledge)


def test_what_is_advised_asked_and_replayed_was_worked_out_by_experta(
    realms: Callable[..., Result], knowledge: Knowledge, cases: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[int] = []
    run = experta.KnowledgeEngine.run

    def watched(engine: Any) -> None:
        run(engine)
        fired.append(len(engine.fired))

    monkeypatch.setattr(experta.KnowledgeEngine, "run", watched)
    deal = tmp_path / "deal.yaml"
    deal.write_text("deal: {stage: proposal}\n", encoding="utf-8")
    ways: list[Callable[[], object]] = [
        lambda: realms("advise", deal), lambda: realms("consult", deal), lambda: realms("replay", cases[0].id),
        lambda: replayed(cases[0], knowledge),
    ]  # fmt: skip
    for number, way in enumerate(ways, 1):
        fired.clear()
        way()
        assert fired, f"way {number} went by it"
        assert all(fired)

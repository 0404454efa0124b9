"""The knowledge read in the terminal: one rule whole, rules about something, what a word means and who uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from toy import toy_base
from wcwidth import wcswidth

from engine.phrasing import Phrasing
from engine.reading.cases import stem
from engine.rulebook import Rulebook, written
from engine.rules import Knowledge
from engine.tracing import Tracing
from engine.wordbook import Wordbook

Run = Callable[..., Result]


def ids(entries: list[dict]) -> list[str]:
    return [entry["id"] for entry in entries]


# --- one rule


def test_a_rule_is_shown_whole_in_words_and_as_it_is_written(realms: Run, knowledge: Knowledge) -> None:
    out = realms("rules", "CMP-14").output
    rule = knowledge.by_id["CMP-14"]
    for said in (
        rule.title,
        "There is a competitor, called rival, whose kind is a low-price supplier",
        "price_gap_clear",
        "Source: compet",
    ):
        assert said in out
    assert "price gap is above 20 per cent (figures.price_gap_clear)" in " ".join(out.split())
    assert f"competition.yaml:{rule.place.line}" in out
    assert "    - competitor: {as: rival, kind: low_price, price_gap_pct: {above: figures.price_gap_clear}}\n" in out
    assert "Expected to fire: " in out


def test_the_lines_of_a_rule_are_that_rule_alone(knowledge: Knowledge) -> None:
    for rule in knowledge.rules:
        found = yaml.load(written(rule), Loader=yaml.CBaseLoader)
        assert [entry["id"] for entry in found] == [rule.id]


def test_a_stem_gives_all_parts_and_ids_may_be_several_and_in_small_letters(realms: Run) -> None:
    assert ids(json.loads(realms("rules", "drv-01", "QUA-07", "--format", "json").output)) == [
        "DRV-01a", "DRV-01b", "DRV-01c", "DRV-01d", "QUA-07",
    ]  # fmt: skip


def test_a_rule_says_what_it_reads_prints_and_sets(realms: Run) -> None:
    rule = json.loads(realms("rules", "QUA-07", "--format", "json").output)[0]
    assert "deal.wired_flags" in rule["reads"]["facts"]
    assert rule["reads"]["decisions"] == ["deal.champion_state"]
    assert rule["sets"] == ["deal.qualification"]
    assert [figure["name"] for figure in rule["figures"]] == ["strong_wired_flags"]
    assert rule["cases"]["fires"]


def test_every_rule_can_be_said_in_words_and_no_value_stays_a_bare_word(knowledge: Knowledge) -> None:
    phrasing = Phrasing(knowledge)
    bare = {v for a in knowledge.vocabulary.attributes() for v in a.labels if "_" in v and a.label(v) != v}
    for rule in knowledge.rules:
        said = [*phrasing.conditions((*rule.when, *rule.unless)), *(phrasing.effect(effect) for effect in rule.then)]
        assert all(str(phrase) for phrase in said)
        conditions = " ".join(str(p) for p in phrasing.conditions((*rule.when, *rule.unless))).replace("(", " ").replace(")", " ")
        assert [word for word in conditions.split() if word.strip(",;") in bare] == [], rule.id


def test_each_kind_of_condition_has_its_words(knowledge: Knowledge, tmp_path: Path, realms: Run) -> None:
    rule = """
        - id: T-09
          title: All of them
          why: To hear how they sound.
          when:
            - every: {pump: {fluid: acid}, is: {speed: {below: 100}}}
            - no: {valve: {tolerates: [water, unknown]}}
            - count: {seal: {removed: {not: yes}}, at_least: 2, as: n}
            - any: [plant: {shift: known}, [pump: {}, unsettled: plant.run]]
            - settled: {plant.service: {by: [veto, must]}}
          unless:
            - plant: {pressure: {at_least: figures.high_pressure, below: 90}}
          then:
            - default: {plant.wet: n}
            - advise: {plant.tools: lamp}
            - warn: "Mind the {n} seals under {figures.high_pressure} bar."
          source: here
          owner: maintenance
          since: 2026-01-01
    """
    out = " ".join(realms("rules", "T-09", "--knowledge", toy_base(tmp_path, rule)).output.split())
    for said in (
        "At least one pump is recorded whose fluid is acid, and of every such one speed is below 100",
        "No valve is recorded whose tolerates is water or not known",
        "The number of seals recorded whose removed is known and not yes, is at least 2; it is called n",
        "the plant's shift is known",
        "there is a pump and no option stands for the plant's run",
        "An option stands for the plant's service, carried by veto or must",
        "The plant's pressure is at least 40 and below 90 bar (figures.high_pressure)",
        "By default: the plant's wet is the number n",
        "As well: the plant's tools includes lamp",
        "Warning: Mind the {n} seals under 40 bar.",
    ):
        assert said in out


# --- rules about something


def test_rules_about_a_decision_vote_read_or_mention_and_stand_once(realms: Run) -> None:
    found = json.loads(realms("rules", "--about", "deal.strategy", "--format", "json").output)
    assert {"CMP-01", "CMP-02"} <= set(ids(found["votes"]))
    assert {"CMP-08", "CMP-37"} <= set(ids(found["reads"]))
    assert next(r for r in found["votes"] if r["id"] == "CMP-02")["does"] == "default flanking"
    every = [rule for group in ("votes", "reads", "mentions") for rule in ids(found[group])]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("word", "group", "rule"),
    [
        ("strategy=flanking", "votes", "CMP-02"),
        ("flanking", "reads", "CMP-08"),
        ("need.pain", "reads", "QUA-11"),
        ("kind=low_price", "reads", "CMP-14"),
        ("QUA", "kept", "QUA-07"),
        ("ethics", "kept", "ETH-01"),
        ("qualification.yaml", "kept", "QUA-01"),
        ("figures.score_go_from", "reads", "QUA-21"),
        ("score_go_from", "mentions", "QUA-20"),
        ("competitor", "reads", "CMP-10"),
        ("scorecard", "mentions", "QUA-20"),
        ("deal.contact_open", "votes", "DRV-20"),
        ("cheap rival", "titled", "CMP-14"),
    ],
)  # fmt: skip
def test_what_a_rule_has_to_do_with_may_be_named_in_many_ways(realms: Run, word: str, group: str, rule: str) -> None:
    found = json.loads(realms("rules", "--about", word, "--format", "json").output)
    assert rule in ids(found[group])
    assert rule in realms("rules", "--about", word).output


def test_rules_can_be_picked_by_strength_and_owner(realms: Run, knowledge: Knowledge) -> None:
    found = json.loads(realms("rules", "--strength", "law", "--owner", "legal-and-compliance", "--format", "json").output)
    assert ids(found)
    assert {knowledge.by_id[i].strength for i in ids(found)} == {"law"}
    assert {
        entry["strength"]
        for entry in json.loads(realms("rules", "--about", "QUA", "--strength", "veto", "--format", "json").output)["kept"]
    } == {"veto"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rules", "QUA-99"), "did you mean QUA-"),
        (("rules", "--about", "pian"), "did you mean pain?"),
        (("rules", "--about", "strategy=flnking"), "did you mean flanking?"),
        (("rules", "--about", "deal.strategie"), "did you mean deal.strategy?"),
        (("rules", "--owner", "presales"), "did you mean presales-method?"),
        (("vocabulary", "deal.stgae"), "did you mean deal.stage?"),
        (("vocabulary", "figures.min_margn"), "did you mean figures.min_margin?"),
        (("vocabulary", "deadline"), "it is part of deal.days_to_deadline"),
        (("vocabulary", "tender"), "it is a value of deal.doc_type"),
        (("vocabulary", "bidder"), "it is used in explaining deal."),
        (("rules", "QUA-07", "--all"), "name rules by ID"),
        (("vocabulary", "deal", "--all"), "name words"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_right_one_and_exit_code_2(realms: Run, words: tuple[str, ...], said: str) -> None:
    result = realms(*words)
    assert result.exit_code == 2
    assert said in result.output


# --- words


def test_a_fact_is_shown_with_its_values_its_question_and_who_reads_each_value(realms: Run) -> None:
    found = json.loads(realms("vocabulary", "need.driver", "--format", "json").output)[0]
    assert "RLM-04" in next(v for v in found["values"] if v["value"] == "compliance")["read_by"]
    out = " ".join(realms("vocabulary", "need.driver").output.split())
    for said in ("compliance (a rule to be met)", "Counts for 180 days", "Ask business owner: What made you take up {name}"):
        assert said in out
    assert ("No condition names: " in out) == bool(found["unread_values"])


def test_a_decision_is_shown_with_its_options_in_order_and_who_votes_for_each(realms: Run) -> None:
    decision = json.loads(realms("vocabulary", "qualification", "--format", "json").output)[0]
    assert [v["value"] for v in decision["values"]] == ["decline", "nurture", "minimal", "conditional", "pursue"]
    assert {"rule": "QUA-01", "strength": "veto"} in decision["values"][0]["votes"]
    assert "QUA-25a" in decision["values"][0]["read_by"]


def test_entities_figures_and_lists_of_a_dossier_have_their_meaning_too(realms: Run) -> None:
    assert "Asked while the list is not marked complete" in realms("vocabulary", "competitors").output
    assert "Printed by: QUA-20" in realms("vocabulary", "score_go_from").output
    assert [f["figure"] for f in json.loads(realms("vocabulary", "figures", "--format", "json").output)][:1] == ["small_up_to"]


def test_a_bare_name_that_several_entities_have_shows_all_of_them(realms: Run) -> None:
    found = json.loads(realms("vocabulary", "strategy", "--format", "json").output)
    assert [entry["entity"] for entry in found] == ["customer", "deal"]


def test_who_reads_a_value_is_who_names_it(knowledge: Knowledge) -> None:
    tracing = Tracing(knowledge)
    assert "QUA-04" in tracing.readers(("customer", "financial_health"), "distressed")
    assert "distressed" not in tracing.unread(("customer", "financial_health"))
    assert tracing.unread(("deal", "stage")) == []
    assert "scorecards/qualification.csv (event with a date)" in tracing.readers(("deal", "compelling_event"), "hard")


# --- the form


def test_all_of_it_fits_eighty_columns_but_for_the_lines_of_files(realms: Run, knowledge: Knowledge) -> None:
    for words in (("rules",), ("rules", "--all"), ("rules", "--about", "need"), ("vocabulary",), ("vocabulary", "--all")):
        result = realms(*words)
        assert result.exit_code == 0, result.output
        assert [line for line in result.output.splitlines() if wcswidth(line) > 80] == []
    shown = realms("rules", *list(knowledge.by_id)[:40]).output
    quoted = {line for source in {r.place.source for r in knowledge.rules} for line in source.lines}
    assert [line for line in shown.splitlines() if wcswidth(line) > 80 and line not in quoted] == []


def test_another_base_is_read_in_the_same_way(realms: Run, tmp_path: Path) -> None:
    toy = toy_base(tmp_path)
    for words in (("rules",), ("rules", "--all"), ("rules", "T-03"), ("rules", "--about", "pump.fluid"), ("vocabulary", "--all")):
        result = realms(*words, "--knowledge", toy)
        assert result.exit_code == 0, result.output
    found = json.loads(realms("rules", "--about", "plant.run", "--knowledge", toy, "--format", "json").output)
    assert ids(found["votes"]) == ["T-03", "T-04"]


def test_parts_of_a_rule_share_what_cases_expect_of_their_stem(knowledge: Knowledge, cases: list) -> None:
    book = Rulebook(knowledge, cases)
    expected = {rule for case in cases for _, step in case.runs() for rule in step.expected.fires}
    for rule in knowledge.rules:
        assert bool(book.as_json(rule)["cases"]["fires"]) == bool(expected & {rule.id, stem(rule.id)} or rule.cases["fires"])


def test_the_list_has_every_rule_once_and_the_vocabulary_every_word(realms: Run, knowledge: Knowledge) -> None:
    assert sorted(ids(json.loads(realms("rules", "--format", "json").output))) == sorted(knowledge.by_id)
    data = Wordbook(knowledge).all().data
    assert {e["entity"] for e in data["entities"]} == set(knowledge.vocabulary.entities)
    assert len(data["figures"]) == len(knowledge.figures)

"""Questions by what they are worth: how the answers differ, in which order they are asked, and when to stop."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rule_format import asked, consulted, rule, screen
from toy import VOCABULARY, toy_base

from engine import pages
from engine.advising import Consultation
from engine.asking import Question
from engine.inferring import varied
from engine.limits import Limits
from engine.reading.cases import Case, Step
from engine.reading.knowledge import read_base
from engine.showing import Showing

GO_ON = rule("R-99", "always", "[fallback: {deal.qualification: conditional}, fallback: {deal.strategy: frontal}]")


def order(*rules: str, facts: str = "deal: {stage: lead}") -> list[str]:
    return asked(consulted([*rules, GO_ON], facts).as_json())


def says(fact: str, *rules: str, facts: str = "deal: {stage: lead}") -> str:
    questions = consulted([*rules, GO_ON], facts).as_json()["questions"]
    return next(q["worth"]["says"] for q in questions if q["fact"] == fact)


def vote(id: str, when: str, option: str, strength: str = "default", decision: str = "qualification") -> str:
    return rule(id, f"[{when}]", f"[{strength}: {{deal.{decision}: {option}}}]")


# --- the order


def test_ordinary_answers_that_lead_to_different_decisions_come_before_one_bad_answer_that_brings_a_veto() -> None:
    rules = vote("R-01", "us: {certificates: blocking}", "decline", "veto"), vote("R-02", "deal: {lots: single}", "pursue")
    assert order(*rules)[:2] == ["deal.lots", "us.certificates"]
    assert says("us.certificates", *rules) == "1 of 3 answers would bring decline"


def test_the_titles_of_decisions_stand_in_quotes_inside_a_sentence() -> None:
    plan = vote("R-01", "us: {partner: none}", "deadline", decision="plan_from")
    assert says("us.partner", plan) == '3 answers, differing in "plan laid out from"'
    strategy = vote("R-01", "us: {partner: none}", "flanking", decision="strategy")
    assert '2 different outcomes for "strategy": ' in says("us.partner", strategy)


def test_the_more_decisions_the_answers_lead_to_the_earlier_a_question_is_asked() -> None:
    rules = (
        vote("R-01", "deal: {access: open}", "pursue"),
        vote("R-02", "us: {delivery_capacity: none}", "nurture"),
        vote("R-03", "us: {delivery_capacity: available}", "pursue"),
    )
    assert order(*rules) == ["us.delivery_capacity", "deal.access"]
    assert says("us.delivery_capacity", *rules).startswith("3 answers, 3 different decisions: ")


def test_the_main_decision_comes_before_the_rest_of_the_headline_and_that_before_other_decisions() -> None:
    rules = (
        vote("R-01", "deal: {access: open}", "poc", decision="proof_mode"),
        vote("R-02", "deal: {lots: single}", "flanking", decision="strategy"),
        vote("R-03", "us: {partner: none}", "pursue"),
    )
    assert order(*rules) == ["us.partner", "deal.lots", "deal.access"]


def test_among_equals_a_rule_that_asks_comes_first_then_this_stage_then_who_can_be_asked_at_home() -> None:
    rules = [
        vote("R-01", "deal: {access: open}", "pursue"),
        vote("R-02", "us: {partner: none}", "pursue"),
        vote("R-03", "deal: {stage: lead, lots: single}", "pursue"),
        vote("R-04", "deal: {budget_state: approved}", "pursue"),
    ]
    assert order(*rules)[:2] == ["deal.lots", "us.partner"]
    asks = rule("R-05", "[deal: {access: unknown}]", '[{ask: "Who may come?", about: deal.access}]')
    assert order(*rules, asks)[:3] == ["deal.access", "deal.lots", "us.partner"]


def test_what_the_rule_that_asks_for_it_does_not_ask_for_in_this_case_comes_late() -> None:
    rules = [
        rule("R-01", "[deal: {tender_blackout: yes}]", '[must: "Mind the ban."]'),
        rule("R-02", "[us: {partner: none}]", '[must: "Find one."]'),
        rule("R-03", "[deal: {public_procurement: yes, tender_blackout: unknown}]", '[{ask: "Which?", about: deal.tender_blackout}]'),
    ]
    assert order(*rules, facts="deal: {public_procurement: yes}")[0] == "deal.tender_blackout"
    assert order(*rules, facts="deal: {public_procurement: no}") == ["us.partner", "deal.tender_blackout"]


def test_of_several_rows_one_is_asked_about_before_the_next_question() -> None:
    rules = (
        rule("R-01", "[need: {pain: latent}]", '[must: "Dig."]'),
        rule("R-02", "[need: {scope: enterprise}]", '[must: "Wide."]'),
    )
    found = order(*rules, facts="needs: [{name: a}, {name: b}]\nneeds_complete: yes")
    assert [fact.split(".")[1] for fact in found] == ["pain", "scope", "pain", "scope"]


# --- what is not asked


def test_what_changes_nothing_by_itself_is_listed_last_and_is_none_of_the_first() -> None:
    both = "deal: {access: portal_only, lots: single}"
    waiting = consulted([rule("R-01", f"[{both}]", '[advise: "Well."]'), GO_ON], "deal: {stage: lead}")
    assert asked(waiting.as_json()) == ["deal.lots", "deal.access"]
    assert "deal.lots" in screen(pages.whole(waiting)) and "deal.lots" not in screen(pages.first_screen(waiting, ""))
    rules = (
        rule("R-01", f"[{both}, us: {{partner: none}}]", '[must: "Well."]'),
        vote("R-02", "us: {certificates: blocking}", "decline", "veto"),
    )
    assert order(*rules) == ["us.certificates", "deal.lots", "us.partner", "deal.access"]
    assert says("deal.lots", *rules) == "changes nothing by itself"


def test_two_answers_that_turn_the_decision_together_are_asked_and_say_with_what() -> None:
    rules = (vote("R-01", "deal: {access: open, lots: single}", "pursue"),)
    assert order(*rules) == ["deal.lots", "deal.access"]
    assert says("deal.lots", *rules) == "together with another answer (access to its people): pursue (R-01)"


def test_the_stop_line_is_said_when_no_answer_can_change_the_main_decision() -> None:
    settled = consulted([GO_ON, rule("R-01", "[us: {partner: none}]", '[must: "Find one."]')]).as_json()
    assert settled["stop"] == "No open answer by itself can change the qualification."
    open_ = consulted([GO_ON, vote("R-01", "us: {partner: none}", "pursue")]).as_json()
    assert open_["stop"] is None
    together = consulted([GO_ON, vote("R-01", "deal: {access: open, lots: single}", "pursue")]).as_json()
    assert together["stop"] == "No open answer by itself can change the qualification; only several together could (R-01)."


# --- whom to ask while contact is barred

BARRED = "deal: {stage: proposal, tender_blackout: yes, doc_issued: yes}"
CHANNEL = "in writing through the published channel, while questions are allowed"


def whoms(facts: str, *rules: str) -> dict[str, str]:
    derived = rule("R-90", "[deal: {tender_blackout: yes}]", "[default: {deal.contact_open: no}]")
    return {q["fact"]: q["whom"] for q in consulted([*rules, derived, GO_ON], facts).as_json()["questions"]}


MUSTS = [
    rule("R-01", "[need: {pain: latent}]", '[must: "One."]'),
    rule("R-02", "[us: {partner: none}]", '[must: "Two."]'),
    rule("R-03", "[deal: {rival_attack: rumour}]", '[must: "Three."]'),
    rule("R-04", "[deal: {lots: single}]", '[must: "Four."]'),
]


def test_while_contact_is_barred_nobody_at_the_buyer_is_named_and_those_at_home_come_first() -> None:
    one = "needs: [{name: a}]\nneeds_complete: yes\n"
    assert whoms(f"{one}deal: {{stage: proposal}}", *MUSTS)["need[a].pain"] == "business owner"
    barred = whoms(one + BARRED, *MUSTS)
    assert barred["need[a].pain"] == CHANNEL
    assert barred["deal.rival_attack"] == "nobody while contact is barred, but look into our own notes"
    assert barred["deal.lots"] == f"the document itself, else {CHANNEL}"
    assert barred["us.partner"] == "our partner manager"
    assert sorted(list(barred)[:2]) == ["deal.lots", "us.partner"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("security head", CHANNEL),
        ("our bid office, today", "our bid office, today"),
        ("the head; else purchasing, through the published channel", "the head; else purchasing, through the published channel"),
        ("the head of buying", CHANNEL),
    ],
)
def test_whom_a_rule_names_gives_way_too_unless_it_is_at_hand_or_names_the_channel(named: str, said: str) -> None:
    asks = rule("R-05", "[deal: {access: unknown}]", f'[{{ask: "Who?", about: deal.access, whom: "{named}"}}]')
    read = rule("R-06", "[deal: {access: open}]", '[must: "Five."]')
    assert whoms("deal: {stage: proposal}", asks, read)["deal.access"] == named
    assert whoms(BARRED, asks, read)["deal.access"] == said


def test_no_stored_case_names_the_buyers_people_while_contact_is_barred(
    runs: dict[str, Step], consultations: Callable[[str], Consultation]
) -> None:
    barred = [name for name in runs if consultations(name).as_json()["derived"].get("deal.contact_open") == "no"]
    assert len(barred) > 20
    for name in barred:
        out = screen(pages.whole(consultations(name)))
        assert not re.search(r"[Aa]sk (coach|sponsor|business owner|IT head|security head|purchasing|executive)\b", out), name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("channel: {while: {plant.lod: high}, say: by letter}", "channel: there is no 'plant.lod'"),
        ("channel: {while: {plant.load: hihg}, say: by letter}", "'hihg' is not a value of plant.load"),
        ("channel: {while: {plant.load: high}}", "channel needs 'say'"),
        ("channel: {while: {plant.load: high}, say: by letter, instead: {the porter: nobody}}", "no question is put to 'the porter'"),
    ],
)
def test_the_channel_goes_by_a_word_of_the_whole_and_names_those_who_are_asked(text: str, message: str, tmp_path: Path) -> None:
    base = read_base(toy_base(tmp_path / "toy", vocabulary=VOCABULARY + f"    {text}\n"))
    assert [problem.message for problem in base.problems] == [message]
    assert base.problems[0].help or "needs" in message


# --- what does not apply


FLAGS = vote("R-01", "deal: {wired_flags: {above: 3}}", "decline"), rule("R-02", "[us: {partner: none}]", '[must: "Find one."]')


@pytest.mark.parametrize(
    ("known", "first"),
    [
        ("", "deal.wired_flags"),
        (", doc_issued: yes", "deal.wired_flags"),
        (", doc_issued: no", "us.partner"),
        (", outcome: won", "us.partner"),
    ],
)
def test_what_a_known_fact_rules_out_is_asked_last_and_what_is_not_known_rules_nothing_out(known: str, first: str) -> None:
    found = order(*FLAGS, facts=f"deal: {{stage: proposal{known}}}")
    assert found[0] == first
    assert set(found) == {"deal.wired_flags", "us.partner"}


def test_a_question_that_does_not_apply_stays_in_the_list_says_why_and_is_none_of_the_first() -> None:
    facts = "deal: {stage: proposal, doc_issued: no}"
    consultation = consulted([*FLAGS, GO_ON], facts)
    assert says("deal.wired_flags", *FLAGS, facts=facts).startswith("not for now (document issued: no); 2 ranges, 2 different decisions: ")
    assert "deal.wired_flags" in screen(pages.whole(consultation))
    assert "deal.wired_flags" not in screen(pages.first_screen(consultation, ""))


def test_a_question_about_a_row_goes_by_the_facts_of_that_row() -> None:
    rules = (rule("R-01", "[competitor: {standing: favored}]", '[must: "Mind."]'),)
    facts = "competitors: [{name: a, kind: do_nothing}, {name: b, kind: niche}]\ncompetitors_complete: yes"
    assert order(*rules, facts=facts) == ["competitor[b].standing", "competitor[a].standing"]


def test_on_stored_cases_what_does_not_apply_comes_after_all_that_is_worth_asking(
    runs: dict[str, Step], consultations: Callable[[str], Consultation]
) -> None:
    idle = 0
    for name in runs:
        worth = [q for q in consultations(name).questions if q.open and q.worth.level != "nothing"]
        assert worth == sorted(worth, key=lambda q: q.idle is not None), name
        idle += sum(q.idle is not None for q in worth)
    assert idle


@pytest.mark.parametrize(
    ("waits", "message", "help"),
    [
        ("{plant.shifft: day}", "asked_when: there is no 'plant.shifft'", "did you mean plant.shift?"),
        ("{shift: [day, nigth]}", "'nigth' is not a value of plant.shift", "did you mean night?"),
        ("{pressure: high}", "asked_when: pressure is a number", "only words can be named here"),
        ("{pump.fluid: oil}", "asked_when: there may be many pumps, so pump.fluid is no single fact", "write a fact of plant"),
        ("{output: high}", "plant.output cannot wait for itself", ""),
    ],
)
def test_what_a_question_waits_for_is_a_word_of_the_row_or_of_the_whole(waits: str, message: str, help: str, tmp_path: Path) -> None:
    shift = "        shift: {"
    entry = f'        output: {{values: [low, high], meaning: "Yield.", ask: "What comes out?", asked_when: {waits}}}\n{shift}'
    base = read_base(toy_base(tmp_path / "toy", vocabulary=VOCABULARY.replace(shift, entry)))
    found = [problem for problem in base.problems if problem.message == message]
    assert found and found[0].help.startswith(help) and found[0].places[0].line > 1
    assert base.problems == found


def test_the_vocabulary_says_when_a_question_is_not_asked(realms: Callable[..., Result]) -> None:
    said = " ".join(realms("vocabulary", "competitor.standing").output.split())
    assert "Not asked for now where competitor.kind is known and is not incumbent, market_leader" in said


# --- on the stored cases


def turned(consultation: Consultation, question: Question) -> bool:
    """Return whether an answer to a question brings another main decision."""
    knowledge, base = consultation.knowledge, consultation.inference
    assert knowledge.main is not None and question.open is not None
    row, name = question.open
    now = Showing(base).shown(knowledge.main)
    answers = Limits(knowledge, base.world).answers(row.entity, name)
    return any(Showing(varied(base, {question.open: value})).shown(knowledge.main) != now for value in answers)


@settings(max_examples=60)
@given(st.data())
def test_a_question_worth_nothing_never_changes_a_decision_by_itself_and_the_stop_line_is_true(
    runs: dict[str, Step], consultations: Callable[[str], Consultation], data: st.DataObject
) -> None:
    consultation = consultations(data.draw(st.sampled_from(sorted(runs))))
    question = data.draw(st.sampled_from([q for q in consultation.questions if q.open]))
    turns = turned(consultation, question)
    assert turns == any(c.decision == "qualification" for c in question.could_change)
    if question.worth.level in ("nothing", "words", "acts", "together", "headline"):
        assert not turns
    if question.worth.level == "nothing":
        assert question.could_change == ()
    if consultation.report().stop:
        assert not turns


def test_stored_cases_are_asked_different_questions_first(cases: list[Case], consultations: Callable[[str], Consultation]) -> None:
    last = {case.id: consultations(case.runs()[len(case.steps) - 1][0]) for case in cases}
    first = {name: tuple(q.open[1] for q in consultation.questions[:3] if q.open) for name, consultation in last.items()}
    assert len(set(first.values())) > len(cases) * 2 // 3
    asked = [name for names in first.values() for name in names]
    assert max(asked.count(name) for name in asked) < len(cases) // 2
    assert asked.count("improper_request") <= 1
    assert "tender_blackout" not in asked


@pytest.mark.parametrize(
    ("known", "said"),
    [("", "an answer to a question below could change it"), (", doc_issued: no", "an answer to another question could change it (--all)")],
)
def test_the_first_screen_says_whether_a_question_that_it_shows_could_turn_the_decision(known: str, said: str) -> None:
    consultation = consulted([*FLAGS, GO_ON], f"deal: {{stage: proposal{known}}}")
    assert f"provisional: {said}." in screen(pages.first_screen(consultation, "")).lower()
    assert "provisional: an answer to a question below could change it." in screen(pages.whole(consultation)).lower()


def test_the_first_screen_says_so_where_an_answer_could_only_bring_a_must() -> None:
    consultation = consulted([FLAGS[1], GO_ON], "deal: {stage: proposal}")
    assert "provisional: an answer could bring a law, a veto or a must." in screen(pages.first_screen(consultation, "")).lower()


def test_the_reason_stands_beside_each_question(realms: Callable[..., Result]) -> None:
    out = realms("advise", ROOT / "cases" / "childrens-hospital-second-sale.yaml").output
    block = " ".join(out.split("Ask first\n")[1].split("\n\n")[0].split())
    assert "4 answers, 3 different decisions: pursue, go on under conditions or decline" in block


# --- who can be asked at home


@pytest.mark.parametrize(
    ("text", "message"), [("at_hand: [the porter]", "no question is put to 'the porter'"), ("at_hand: the log", "at_hand is a list")]
)
def test_at_hand_names_those_whom_a_question_is_put_to(text: str, message: str, tmp_path: Path) -> None:
    base = read_base(toy_base(tmp_path / "toy", vocabulary=VOCABULARY + f"    {text}\n"))
    assert any(message in problem.message for problem in base.problems)

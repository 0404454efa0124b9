"""A trainee commits before the rules speak, and is graded by reasons: what was right, weighed wrong, invented or missed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import data, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

import cli
from engine.acts import first_acts
from engine.advising import Consultation
from engine.blocks import Block
from engine.flipping import Flipping
from engine.hearing import Misheard
from engine.inferring import inferred, varied
from engine.reading.assignments import assigned
from engine.reading.cases import Case, stem
from engine.rules import Knowledge
from engine.school.contrasting import contrasts
from engine.school.examining import contrasted, examination
from engine.school.exercising import examined, exercised, named
from engine.school.grading import Grade, Item, Offer
from engine.school.leaves import Leaf
from engine.school.marks import HINTED, Mark
from engine.school.picking import picked
from engine.school.training import Training
from engine.showing import Showing
from engine.stories.storybook import Story
from engine.world import world_of

PLAYED = ("projection-classroom", "county-hospital-his", "blood-centre-tender/3", "private-college-sold/2", "wms-cheap-rival/A")


@pytest.fixture(scope="module")
def exams(consultations: Callable[[str], Consultation]) -> dict[str, tuple[Item, ...]]:
    return {name: examination(consultations(name), last=True) for name in PLAYED}


def item(items: tuple[Item, ...], name: str) -> Item:
    return next(found for found in items if found.name == name)


# --- what is asked, and what it earns


def test_each_step_asks_for_the_decisions_of_the_headline_their_facts_the_next_acts_and_the_next_questions(exams: Any) -> None:
    names = [found.name for found in exams["projection-classroom"]]
    assert names == [
        "choice: qualification", "facts: qualification", "choice: realm", "facts: realm", "choice: strategy", "facts: strategy",
        "acts", "questions", "flip",
    ]  # fmt: skip


def test_who_answers_as_advised_has_every_point(exams: Any) -> None:
    for items in exams.values():
        for asked in items:
            assert Grade(asked, asked.best).got == asked.of, asked.name


def test_the_right_choice_is_what_is_advised(exams: Any, consultations: Callable[[str], Consultation]) -> None:
    for name, items in exams.items():
        consultation = consultations(name)
        for decision in examined(consultation.knowledge):
            right = item(items, f"choice: {decision.name}").best
            assert [offer.key for offer in right] == [consultation.showing.shown(decision) or "none"]


def test_the_runner_up_earns_half_and_is_told_what_beat_it(exams: Any) -> None:
    asked = item(exams["county-hospital-his"], "choice: realm")
    second = next(offer for offer in asked.offers if offer.verdict == "second")
    assert second.key == "need_start" and Grade(asked, (second,)).got == asked.of // 2
    assert "RLM-17" in second.why


def test_a_fact_called_no_reason_can_be_taken_away_without_turning_the_decision(
    exams: Any, consultations: Callable[[str], Consultation]
) -> None:
    tried = 0
    for name, items in exams.items():
        base = consultations(name).inference
        cells = {f"{row.address}.{attribute}": (row, attribute) for row, attribute in base.world.facts}
        for decision in examined(base.knowledge):
            for found in (i for i in items if i.name == f"facts: {decision.name}"):
                for offer in found.offers:
                    if offer.verdict == "no reason":
                        tried += 1
                        assert Showing(varied(base, {cells[offer.key]: None})).shown(decision) == Showing(base).shown(decision), offer
    assert tried > 100


def test_a_fact_that_speaks_for_what_lost_is_weighed_wrong_and_what_beat_it_is_named(exams: Any) -> None:
    asked = item(exams["county-hospital-his"], "facts: realm")
    wrong = [offer for offer in asked.offers if offer.verdict == "weighed wrong"]
    assert wrong and all("speaks for from need to solution" in offer.why and "RLM-17" in offer.why for offer in wrong)
    assert Grade(asked, tuple(wrong[:5])).got == 0


def test_naming_facts_that_play_no_part_costs_what_the_right_ones_earned(exams: Any) -> None:
    asked = item(exams["projection-classroom"], "facts: realm")
    right, idle = asked.best[0], tuple(offer for offer in asked.offers if offer.verdict == "no reason")
    assert Grade(asked, (right,)).got == 2
    assert Grade(asked, (right, *idle[:1])).got == 1
    assert Grade(asked, (right, *idle[:4])).got == 0


def test_the_first_acts_are_those_of_the_advice_and_what_is_not_called_for_costs_a_point(
    exams: Any, consultations: Callable[[str], Consultation]
) -> None:
    for name, items in exams.items():
        asked = item(items, "acts")
        assert {offer.text for offer in asked.best} == {act.text for act in first_acts(consultations(name))}
        for offer in asked.offers:
            assert (offer.points < 0) == (offer.verdict == "not called for")
            assert offer.points < 0 or offer.verdict == "first" or offer.key in consultations(name).inference.firings, offer


def test_offers_stand_by_their_words_so_that_the_order_says_nothing(exams: Any) -> None:
    for items in exams.values():
        for asked in items:
            if asked.name in ("acts", "questions", "flip"):
                texts = [offer.text for offer in asked.offers]
                begun = texts.index(min(texts))
                assert texts[begun:] + texts[:begun] == sorted(texts)


def test_no_place_in_the_list_is_better_than_another(cases: list[Case], consultations: Callable[[str], Consultation]) -> None:
    ends = [examination(consultations(case.runs()[len(case.steps) - 1][0]), last=False) for case in cases]
    for name in ("acts", "questions"):
        found = [asked for items in ends for asked in items if asked.name == name]
        for place in (slice(0, 3), slice(3, 6), slice(-3, None)):
            earned = [Grade(asked, asked.offers[place][: asked.takes]).got / asked.of for asked in found]
            assert sum(earned) / len(earned) < 0.42, (name, place)


def guessed(asked: Item, dice: random.Random) -> float:
    """Return the share of the points that guessing earns on average."""
    tries = [Grade(asked, tuple(dice.sample(asked.offers, min(asked.takes, len(asked.offers))))).got for _ in range(200)]
    return sum(tries) / len(tries) / asked.of


@pytest.mark.parametrize("name", ["acts", "questions"])
def test_who_guesses_acts_or_questions_comes_out_clearly_lower_than_who_names_sound_ones(exams: Any, name: str) -> None:
    found, dice = [item(items, name) for items in exams.values()], random.Random(0)
    assert sum(guessed(asked, dice) for asked in found) / len(found) < 0.4
    for asked in found:
        waiting = tuple(offer for offer in asked.offers if offer.verdict == "can wait")[: asked.takes]
        assert Grade(asked, waiting).got == len(waiting), "what can wait is sound, and earns half"
        wrong = next(offer for offer in asked.offers if offer.points < 0)
        assert 2 * Grade(asked, (*asked.best[: asked.takes - 1], wrong)).got >= asked.of or asked.takes < 3, "one slip costs half at most"


def test_acts_that_are_not_called_for_say_why_and_are_never_what_law_or_veto_asks(
    exams: Any, consultations: Callable[[str], Consultation]
) -> None:
    for name, items in exams.items():
        base, main = consultations(name), consultations(name).knowledge.main
        assert main is not None
        wrong = [offer for offer in item(items, "acts").offers if offer.points < 0]
        assert len(wrong) == 5 and len({offer.why for offer in wrong}) > 2
        for offer in wrong:
            assert not {line.strength for line in base.knowledge.by_id[offer.key].lines} <= {"law", "veto"}, offer
            holds = offer.key in base.inference.firings
            assert re.search("not while|not taken|lies behind" if holds else "does not hold: .*; asked for: ", offer.why), offer


def test_the_first_questions_are_those_of_the_advice(exams: Any, consultations: Callable[[str], Consultation]) -> None:
    names = ("furniture-maker-erp/3", *exams)
    for name in names:
        report = consultations(name).report(labels=True)
        asked = [question.fact for question in report.questions if question.open and report.asks_now(question)]
        for found in (i for i in examination(consultations(name), last=True) if i.name == "questions"):
            assert {offer.key for offer in found.best} == set(asked[:3]), name
            assert {offer.key for offer in found.offers if offer.points > 0} <= set(asked), name


def test_what_a_deal_that_is_left_calls_for_no_more_is_offered_and_wrong(consultations: Callable[[str], Consultation]) -> None:
    items = examination(consultations("furniture-maker-erp/3"), last=True)
    for name in ("acts", "questions"):
        left = [offer for offer in item(items, name).offers if "not while the qualification is: decline" in offer.why]
        assert left and all(offer.points < 0 for offer in left), name


def test_no_act_is_wrong_of_which_another_wording_is_right(exams: Any, consultations: Callable[[str], Consultation]) -> None:
    for name, items in exams.items():
        firing = {stem(rule) for rule in consultations(name).inference.firings}
        for offer in item(items, "acts").offers:
            assert offer.points >= 0 or "does not hold" not in offer.why or stem(offer.key) not in firing, offer


@pytest.mark.parametrize("name", ["acts", "questions"])
def test_not_the_same_is_wrong_in_every_case(exams: Any, name: str) -> None:
    wrong = [{offer.key for offer in item(items, name).offers if offer.points < 0} for items in exams.values()]
    assert len(set().union(*wrong)) > 2 * max(map(len, wrong))


# --- hints


def test_hints_tell_more_and_more_and_never_the_choice_alone(exams: Any) -> None:
    for items in exams.values():
        for asked in (found for found in items if found.kind == "choice"):
            assert asked.ladder
            right = asked.best[0].text
            for rung in asked.ladder:
                assert right not in rung or any(o.text in rung for o in asked.offers if o.text != right), rung


def test_the_ladder_goes_from_where_to_look_to_the_rule_s_own_conditions(exams: Any) -> None:
    where, what, when, between = item(exams["projection-classroom"], "choice: qualification").ladder
    assert where.startswith("Look at ") and "signs of one vendor" in where and "is 0" not in where
    assert "number of signs of one vendor is 0" in what
    assert "at most 1 sign" in when and "QUA-" not in when
    assert between == "It is between these: go on under conditions or pursue."


def test_each_hint_costs_a_point_and_none_goes_below_nothing(exams: Any) -> None:
    asked = item(exams["projection-classroom"], "choice: qualification")
    assert [Grade(asked, asked.best, hints).got for hints in range(6)] == [4, 3, 2, 1, 0, 0]


# --- what would turn it


def test_contrasts_differ_in_one_fact_and_come_out_otherwise_when_worked_out_whole(consultations: Callable[[str], Consultation]) -> None:
    for name in PLAYED:
        base = consultations(name)
        found = list(islice(contrasts(base, {}), 3))
        assert len(found) == 3
        for contrast in found:
            other, decision = contrast.consultation, contrast.decision
            changed = {at for at in other.world.facts if other.world.value(*at) != base.world.value(*at)}
            assert changed == {(contrast.change.cell.row, contrast.change.cell.attribute)}
            assert other.showing.shown(decision) != base.showing.shown(decision)
            assert contrasted(base, contrast).best[0].key == (other.showing.shown(decision) or "none")


def test_stored_flips_of_one_fact_are_the_first_contrasts(cases: list[Case], consultations: Callable[[str], Consultation]) -> None:
    for name, flip, turned in (
        ("power-framework", "B", "qualification"),
        ("hospital-chain-emr", "B", "qualification"),
        ("university-two-lots", "A", "qualification"),
    ):
        case = next(case for case in cases if case.id == name)
        base = consultations(case.runs()[len(case.steps) - 1][0])
        first = next(contrasts(base, {flip: consultations(f"{name}/{flip}") for flip in case.flips}))
        assert (first.name, first.decision.name) == (flip, turned)


# --- typing


def an_item(takes: int) -> Item:
    texts = {"pursue": "pursue", "minimal": "answer with the least", "deal.x": "x is 3"}
    offers = tuple(Offer(key, text, 1, "") for key, text in texts.items())
    return Item("choice: q", "Q", "Which?", offers, takes, 1)


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("1", ["pursue"]), ("1 3", ["pursue", "deal.x"]), ("3, 1", ["deal.x", "pursue"]), ("1,3 2", ["pursue", "deal.x", "minimal"]),
        ("PURSUE", ["pursue"]), ("answer with the least", ["minimal"]), ("deal.x, 1", ["deal.x", "pursue"]), ("1 1", ["pursue"]),
        ("1\uff0c2", ["pursue", "minimal"]),
    ],
)  # fmt: skip
def test_numbers_words_and_whole_texts_are_understood(said: str, keys: list[str]) -> None:
    assert [offer.key for offer in picked(said, an_item(3))] == keys


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("4", "numbers from 1 to 3"),
        ("0", "numbers from 1 to 3"),
        ("persue", "did you mean pursue"),
        ("1 2", "name one"),
        ("", "write an answer"),
    ],
)
def test_what_means_nothing_is_answered_with_what_could_be_written(said: str, told: str) -> None:
    with pytest.raises(Misheard, match=told):
        picked(said, an_item(1))


# --- a session


class Book:
    """Keeps marks as a record does."""

    def __init__(self) -> None:
        self.marks: dict[tuple[int, str], Mark] = {}

    def keep(self, mark: Mark) -> Mark:
        self.marks[mark.step, mark.item] = mark
        return mark


def words(blocks: list[Block]) -> str:
    return plain(cli.text(blocks))


def played(training: Training, answer: Callable[[Item], str] = lambda asked: ", ".join(offer.key for offer in asked.best)) -> str:
    """Play a session to its end, and return all that was said."""
    said = words(training.start())
    while not training.over:
        asked = training.leaf.asked
        said += " " + words(training.hear("" if training.waiting or asked is None else answer(asked)))
    return said


def test_a_whole_case_is_played_step_by_step_and_its_end_comes_last(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "blood-centre-tender")
    book = Book()
    training = Training(case, knowledge, book.keep)
    said = played(training)
    assert training.finished
    assert {step for step, _ in book.marks} == set(range(1, len(case.steps) + 2)), "all steps, and the contrasts behind them"
    assert all(mark.got == mark.of for mark in book.marks.values())
    assert said.index("Contrasts") < said.index(plain(case.happened)[:60]) < said.index(plain(case.lesson)[:60])


def test_the_rules_keep_silent_until_all_of_a_step_is_answered(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    training = Training(case, knowledge, Book().keep)
    said = words(training.start())
    while (asked := training.leaf.asked) and asked is not training.leaf.items[-1]:
        said += words(training.hear("skip"))
    assert not re.search(r"[A-Z]{3}-\d\d", said) and "advised" not in said
    said = words(training.hear("skip"))
    assert "QUA-23" in said and "What is advised" in said and "no answer" in said


def test_a_session_goes_on_where_it_was_broken_off(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "blood-centre-tender")
    whole, parts = Book(), Book()
    played(Training(case, knowledge, whole.keep))
    answers = 0
    while True:
        training = Training(case, knowledge, parts.keep, list(parts.marks.values()))
        begun = words(training.start())
        assert ("Going on" in begun) == bool(answers)
        for _ in range(7):
            if training.over:
                break
            asked = training.leaf.asked
            training.hear("" if training.waiting or asked is None else ", ".join(offer.key for offer in asked.best))
            answers += 1
        if training.finished:
            break
    assert parts.marks == whole.marks


def test_an_answer_can_be_taken_back(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    assert "nothing to take back" in words(training.hear("back"))
    training.hear("1")
    assert book.marks[1, "choice: qualification"].got == 0
    assert "pursue" in words(training.hear("back"))
    training.hear("hint")
    training.hear("pursue")
    mark = book.marks[1, "choice: qualification"]
    assert (mark.answer, mark.got, mark.hints) == ("pursue", 3, 1)


def test_nothing_is_taken_back_and_no_page_turned_by_back_once_a_page_is_graded(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "blood-centre-tender")
    training = Training(case, knowledge, Book().keep)
    training.start()
    while not training.waiting:
        training.hear("skip")
    for word in ("back", "hint", "Facts"):
        assert "graded" in words(training.hear(word)) and training.waiting and training.leaf.number == 1
    training.hear("")
    assert training.leaf.number == 2


def test_decisions_are_committed_once_something_is_offered_that_tells_of_them(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    training = Training(case, knowledge, Book().keep)
    training.start()
    for _ in range(6):
        training.hear("skip")
    assert training.leaf.asked is not None and training.leaf.asked.kind == "acts"
    assert "committed" in words(training.hear("back"))
    training.hear("1")
    assert "Next actions" in words(training.hear("back"))


def test_a_hint_stays_taken_however_one_comes_back_to_its_question(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    for line in ("hint", "hint", "1", "back", "5", "skip", "hint", "back", "back", "1", "skip"):
        training.hear(line)
    again = Training(case, knowledge, book.keep, list(book.marks.values()))
    again.start()
    again.hear("2")
    assert book.marks[1, "choice: qualification"].hints == 2
    assert book.marks[1, "choice: realm"].hints == 1, "also for who left in between"


def test_a_hint_that_names_facts_costs_a_point_of_them_too(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    best = {found.name: ", ".join(offer.key for offer in found.best) for found in training.leaf.items}
    assert "the facts too" in words(training.hear("hint")) and "the facts too" in words(training.hear("hint"))
    for name in ("choice: qualification", "facts: qualification"):
        training.hear(best[name])
        assert (book.marks[1, name].got, book.marks[1, name].of) == (2, 4), name
    assert book.marks[1, "facts: qualification"].hints == 0, "it is counted once"
    training.hear(best["choice: realm"])
    training.hear(best["facts: realm"])
    assert book.marks[1, "facts: realm"].got == book.marks[1, "facts: realm"].of
    resumed = Leaf(1, Story(case, knowledge))
    resumed.recall(list(book.marks.values()))
    assert resumed.grades["facts: qualification"].got == 2, "also for who left in between"


def test_the_hint_at_what_a_choice_lies_between_tells_nothing_of_the_facts(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    training = Training(case, knowledge, Book().keep)
    training.start()
    said = [words(training.hear("hint")) for _ in training.leaf.items[0].ladder]
    assert ["the facts too" in hint for hint in said] == [True] * (len(said) - 1) + [False]


def test_an_answer_given_before_one_came_back_stands(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    training.hear("1")
    again = Training(case, knowledge, book.keep, list(book.marks.values()))
    again.start()
    assert "stands" in words(again.hear("back"))
    again.hear("1")
    assert "Qualification: the facts" in words(again.hear("back")) and "stands" in words(again.hear("back"))


def test_what_is_taken_back_is_no_answer_until_it_is_given_again(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    training.hear("1")
    training.hear("back")
    assert book.marks[1, "choice: qualification"].answer == HINTED
    again = Training(case, knowledge, book.keep, list(book.marks.values()))
    again.start()
    assert again.leaf.asked is not None and again.leaf.asked.name == "choice: qualification"


def test_whether_facts_decide_is_asked_of_every_decision_so_that_the_question_tells_nothing(exams: Any) -> None:
    for items in exams.values():
        names = [found.name for found in items]
        assert all(f"facts: {name.partition(': ')[2]}" in names for name in names if name.startswith("choice"))
    none = item(exams["blood-centre-tender/3"], "facts: strategy")
    assert [offer.key for offer in none.best] != ["none"], "what another decision hides rests on the facts of that one"


def test_what_would_turn_it_is_judged_right_for_every_offer(cases: list[Case], consultations: Callable[[str], Consultation]) -> None:
    for name in ("gas-merger-erp", "blood-centre-tender", "port-three-questions", "rural-bank-archive", "projection-classroom"):
        case = next(case for case in cases if case.id == name)
        base = consultations(case.runs()[len(case.steps) - 1][0])
        main = base.knowledge.main
        assert main is not None
        for offer in item(examination(base, last=True), "flip").offers:
            changed = assigned([offer.key], base.dossier, base.knowledge.vocabulary)
            shown = Showing(inferred(base.knowledge, world_of(changed, base.knowledge.vocabulary, base.on))).shown(main)
            assert (shown != base.showing.shown(main)) == (offer.verdict == "turns it"), (name, offer)


NOT_KNOWN = "(not known now)"
ENDS = ("bakery-chain-demo/2", "auto-parts-mes", "insurer-letters-ai/2", "county-hospital-his", "hospital-chain-emr", "bureau-renewal")


def test_whether_a_fact_is_known_does_not_tell_whether_it_turns_the_decision(consultations: Callable[[str], Consultation]) -> None:
    for name in ENDS:
        offers = item(examination(consultations(name), last=True), "flip").offers
        for unknown in {offer.text.endswith(NOT_KNOWN) for offer in offers}:
            assert [o for o in offers if o.verdict == "turns nothing" and o.text.endswith(NOT_KNOWN) == unknown], (name, unknown)


def test_recorded_facts_that_turn_the_decision_are_offered_before_what_is_not_known(consultations: Callable[[str], Consultation]) -> None:
    for name in ENDS:
        base = consultations(name)
        assert base.knowledge.main is not None
        turning = [flip.changes[0].cell for flip in Flipping(base.inference).singles[base.knowledge.main.key]]
        recorded = {cell.address for cell in turning if cell.value is not None}
        right = [offer for offer in item(examination(base, last=True), "flip").offers if offer.verdict == "turns it"]
        if any(offer.text.endswith(NOT_KNOWN) for offer in right):
            assert recorded <= {offer.key.partition("=")[0] for offer in right}, name


def test_what_is_not_known_turns_the_decision_only_where_its_question_is_worth_asking(consultations: Callable[[str], Consultation]) -> None:
    for name in (*ENDS, "bank-first-realm", "data-sharing-platform", "telecom-rfq"):
        base = consultations(name)
        worth = {question.fact for question in base.report().questions if question.now and question.worth.level in ("decision", "headline")}
        for found in (i for i in examination(base, last=True) if i.name == "flip"):
            for offer in found.offers:
                if offer.points and offer.text.endswith(NOT_KNOWN):
                    assert offer.key.partition("=")[0] in worth, (name, offer)


def test_where_only_an_odd_answer_would_turn_the_decision_nothing_is_asked_about_it(consultations: Callable[[str], Consultation]) -> None:
    base = consultations("telecom-rfq")
    assert base.knowledge.main is not None
    turning = Flipping(base.inference).singles[base.knowledge.main.key]
    assert turning and all(flip.changes[0].cell.value is None for flip in turning)
    assert "flip" not in [found.name for found in examination(base, last=True)]


def test_what_turns_nothing_is_read_by_rules_that_speak_on_the_decision(consultations: Callable[[str], Consultation]) -> None:
    for name in ENDS:
        base = consultations(name)
        main = base.knowledge.main
        assert main is not None
        under = {f"{row.address}.{attribute}" for row, attribute in base.report().explainer.under([main.key])}
        for offer in item(examination(base, last=True), "flip").offers:
            if offer.verdict == "turns nothing":
                address = offer.key.partition("=")[0]
                key = (address.partition("[")[0].partition(".")[0], address.rpartition(".")[2])
                assert address in under or any(key in rule.reads for rule in base.knowledge.voters[main.key]), (name, offer)


def test_contrasts_of_recorded_facts_come_before_those_of_what_is_not_known(consultations: Callable[[str], Consultation]) -> None:
    for name in ENDS:
        known = [contrast.change.cell.value is not None for contrast in islice(contrasts(consultations(name), {}), 4)]
        assert known == sorted(known, reverse=True), name


def test_the_hints_at_what_would_turn_it_name_the_fact_last(exams: Any) -> None:
    assert item(exams["wms-cheap-rival/A"], "flip").ladder == ("Look at our firm.", "Look at our firm's price position.")


def test_no_contrast_repeats_what_was_offered_before_it(cases: list[Case], knowledge: Knowledge) -> None:
    for name in ("bureau-renewal", "projection-classroom", "port-three-questions", "university-lots"):
        case = next(case for case in cases if case.id == name)
        story = Story(case, knowledge)
        last, behind = Leaf(len(case.steps), story), Leaf(len(case.steps) + 1, story)
        offers = item(last.items, "flip").offers
        offered = {offer.key.partition("=")[0] for offer in offers}
        assert behind.items and not {found.name.removeprefix("contrast: ").partition("=")[0] for found in behind.items} & offered
        assert [found.name for found in behind.items for offer in offers if offer.text.lower() in found.ask.lower()] == []


def test_what_a_case_is_told_for_is_offered_and_as_right_as_what_comes_first(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "bakery-chain-demo")
    acts = item(Leaf(2, Story(case, knowledge)).items, "acts")
    assert "PLN-33" in [offer.key for offer in acts.offers if offer.points == 2]


def test_points_of_a_step_are_told_once_all_of_it_is_answered(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "blood-centre-tender")
    training = Training(case, knowledge, Book().keep, again="realms train blood-centre-tender --name lin")
    training.start()
    training.hear("1")
    said = words(training.leave())
    assert "Points" not in said and "To go on: realms train blood-centre-tender --name lin" in said
    while not training.waiting:
        training.hear("skip")
    assert "In all" in words(training.leave())


LINES = st.one_of(st.text(max_size=30), st.sampled_from(["1", "2 3", "hint", "back", "skip", "?", "facts", "help", ""]))


@settings(max_examples=25)
@given(st.lists(LINES, max_size=12))
def test_no_line_breaks_a_session(cases: list[Case], knowledge: Knowledge, lines: list[str]) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    book = Book()
    training = Training(case, knowledge, book.keep)
    training.start()
    for line in lines:
        if not training.over:
            training.hear(line)
    assert all(0 <= mark.got <= mark.of for mark in book.marks.values())


def test_the_command_holds_a_session_from_a_pipe_within_eighty_columns() -> None:
    typed = ("5", "5 9", "hint", "skip", "", "?", "back", "facts", "skip", "skip", "frontl", "quit")
    done = CliRunner().invoke(cli.realms, ["train", "projection-classroom"], input="\n".join(typed))
    assert done.exit_code == 0, done.output
    assert "did you mean frontal" in done.output and "--name NAME" in plain(done.output)
    assert [line for line in done.output.splitlines() if wcswidth(line) > 80] == []


def test_a_case_that_is_not_there_is_named_with_the_nearest(realms: Callable[..., Result]) -> None:
    done = realms("train", "projection-clasroom")
    assert done.exit_code == 2
    assert "did you mean projection-classroom" in done.output


def test_every_case_can_be_played(cases: list[Case], consultations: Callable[[str], Consultation]) -> None:
    for case in cases:
        items = examination(consultations(case.runs()[len(case.steps) - 1][0]), last=True)
        assert len(items) >= 4, case.id
        for asked in items:
            assert asked.of > 0 and asked.topics and len({offer.key for offer in asked.offers}) == len(asked.offers), (case.id, asked.name)


# --- the record, at the command


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Result]:
    def train(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli.realms, ["train", *words, "--data", str(tmp_path / "data")], input=typed)

    return train


def test_a_name_is_given_a_case_and_goes_on_with_it_the_next_time(train: Callable[..., Result]) -> None:
    begun = train("--name", "Lin", typed="1\nquit\n")
    assert begun.exit_code == 0 and "You answer first" in begun.output
    again = train("--name", "lin", typed="skip\nquit\n")
    assert "left unfinished" in plain(again.output) and "Qualification: the facts" in again.output
    report = train("--report", "--name", "LIN", "--format", "json")
    assert data(report)["trainee"] == "Lin" and data(report)["kinds"] == [], "a step that is not graded tells nothing"
    train("--name", "lin", typed="skip\n" * 7 + "quit\n")
    report = train("--report", "--name", "LIN", "--format", "json")
    assert sum(kind["answers"] for kind in data(report)["kinds"]) == 9


def test_without_a_name_nothing_is_kept(train: Callable[..., Result], tmp_path: Path) -> None:
    assert train("projection-classroom", typed="1\nquit\n").exit_code == 0
    assert not (tmp_path / "data").exists()
    report = train("--report")
    assert report.exit_code == 2 and "nobody has trained here yet" in report.output


def test_a_finished_case_begins_anew_and_another_one_comes_next(train: Callable[..., Result]) -> None:
    assert train("projection-classroom", "--name", "Lin", typed="skip\n" * 9 + "\n" + "skip\n" * 2 + "\n").exit_code == 0
    assert "You answer first" in train("projection-classroom", "--name", "Lin", typed="quit\n").output
    shown = data(train("--report", "--name", "Lin", "--format", "json"))
    assert [session["finished"] is None for session in shown["sessions"]] == [False, True]


def test_what_was_answered_in_another_terminal_counts_and_is_said(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    first = Mark(1, "choice: qualification", "pursue", 4, 4)
    training = Training(case, knowledge, lambda mark: first if mark.item == first.item else mark)
    training.start()
    assert "another terminal" in words(training.hear("1"))
    assert training.leaf.grades["choice: qualification"].got == 4
    training.hear("facts")
    assert training.leaf.asked is not None and training.leaf.asked.name == "facts: qualification"


def test_a_hint_taken_in_another_terminal_is_no_answer(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "projection-classroom")
    hinted = [Mark(1, "choice: qualification", "?", 0, 4, 1)]
    training = Training(case, knowledge, lambda mark: hinted.pop() if hinted else mark)
    training.start()
    assert "Qualification: the facts" in words(training.hear("pursue"))
    grade = training.leaf.grades["choice: qualification"]
    assert (grade.got, grade.hints) == (3, 1)


def test_the_record_is_exported_and_forgotten(train: Callable[..., Result], tmp_path: Path) -> None:
    for name, typed in (("Lin", "skip\n" * 9 + "quit\n"), ("Wu", "3\nquit\n")):
        train("projection-classroom", "--name", name, typed=typed)
    out = tmp_path / "class.csv"
    assert train("--export", str(out)).exit_code == 0
    rows = out.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 10 and all(row.startswith("Lin,") for row in rows[1:]), "no answer of a step that goes on"
    assert "there already" in train("--export", str(out)).output
    assert "1 session, 9 answers" in plain(train("--forget", "lin").output)
    assert [t["trainee"] for t in data(train("--report", "--format", "json"))["trainees"]] == ["Wu"]
    assert "did you mean Wu" in train("--forget", "Wuu").output


@pytest.mark.parametrize("given", [("projection-classroom", "--report"), ("--forget", "a", "--name", "b"), ("--report", "--forget", "a")])
def test_what_does_not_go_together_is_said(train: Callable[..., Result], given: tuple[str, ...]) -> None:
    done = train(*given)
    assert done.exit_code == 2 and "name a CASE, or give one of" in plain(done.output)


def test_a_layout_is_chosen_for_a_report_alone(train: Callable[..., Result]) -> None:
    done = train("projection-classroom", "--format", "json")
    assert done.exit_code == 2 and "--format goes with --report" in done.output


def test_every_topic_of_a_case_has_a_name_people_know(cases: list[Case], knowledge: Knowledge) -> None:
    known = named(knowledge)
    for case in cases[:12]:
        assert exercised(case, knowledge) <= known.keys()

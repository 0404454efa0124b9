"""What the record says of trainees: what is firm, what is due when, which case comes next, and the pages that tell it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from conftest import plain
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

import cli
from engine.blocks import Page
from engine.school.choosing import REST_DAYS, Choice, next_case
from engine.school.classbook import Classbook
from engine.school.markbook import Markbook
from engine.school.marks import Attempt, History, Mark, Session, mean
from engine.school.mastery import FIRM_DAYS, LONGEST_DAYS, Standing, standings

AT = datetime(2026, 12, 1, 9, 30, tzinfo=timezone.utc)
CASES = {"big": frozenset("ABCD"), "left": frozenset("AB"), "right": frozenset("CD"), "small": frozenset("E")}


def session(day: int, case: str, *marks: tuple[str, int], hints: int = 0, at: datetime = AT, finished: bool = True) -> Session:
    """Return a session on a day, with an item for each topic and its points of 12."""
    begun = at + timedelta(days=day)
    attempts = tuple(Attempt(Mark(step, "choice: run", "", got, 12, hints, (topic,)), begun) for step, (topic, got) in enumerate(marks))
    return Session(day, case, "k", begun, begun if finished else None, attempts)


def history(*sessions: Session, name: str = "Ann") -> History:
    return History(name, sessions)


def chosen(histories: list[History], cases: dict[str, frozenset[str]], at: datetime, knowledge: str = "") -> Choice | None:
    return next_case(histories, [standings(history, at.tzinfo) for history in histories], cases, at, knowledge)


def on(day: int) -> date:
    return (AT + timedelta(days=day)).date()


# --- mastery


def test_a_topic_comes_back_after_longer_and_longer_while_it_goes_well_and_soon_when_not() -> None:
    day, intervals, sessions = 0, [], []
    for got in (12, 12, 12, 12, 5, 12):
        sessions.append(session(day, f"case-{day}", ("A", got)))
        standing = standings(history(*sessions))["A"]
        assert standing.due
        intervals.append((standing.due - on(day)).days)
        day += intervals[-1]
    assert 1 < intervals[0] < intervals[1] < intervals[2] <= intervals[3] == LONGEST_DAYS
    assert intervals[4] < intervals[5] < intervals[3]


def test_shaky_growing_and_firm() -> None:
    def state(*reviews: tuple[int, int]) -> str:
        return standings(history(*(session(day, f"case-{day}", ("A", got)) for day, got in reviews)))["A"].state

    assert state((0, 5)) == "shaky" and state((0, 6)) == state((0, 12)) == "growing"
    assert state((0, 12), (2, 12)) == "growing" and state((0, 12), (2, 12), (13, 12)) == "firm"
    assert state((0, 12), (2, 12), (13, 12), (40, 5)) == "shaky"
    assert state((0, 6), (2, 6), (13, 6)) == "growing"


def test_hints_bring_a_topic_back_sooner() -> None:
    helped, alone = (standings(history(session(0, "c", ("A", 12), hints=hints)))["A"].due for hints in (1, 0))
    assert helped and alone and helped < alone


def test_many_sessions_on_one_day_are_one_review_and_a_case_gone_through_again_that_day_counts_once() -> None:
    once = standings(history(session(0, "one", ("A", 6))))["A"]
    assert standings(history(*(session(0, "one", ("A", got)) for got in (6, 12, 12, 12))))["A"] == once
    both = standings(history(session(0, "one", ("A", 6)), session(0, "two", ("A", 12))))["A"]
    assert (both.share, both.days) == (Fraction(3, 4), 1)


def test_points_are_those_of_the_last_three_days_and_each_item_weighs_the_same() -> None:
    sessions = [session(day, f"case-{day}", ("A", got)) for day, got in enumerate((0, 0, 12, 12, 6))]
    assert standings(history(*sessions))["A"].share == Fraction(5, 6)
    assert mean([Mark(1, "x", "", 1, 1), Mark(2, "x", "", 0, 12)]) == Fraction(1, 2)
    assert mean([]) is None


def test_days_are_those_of_the_trainees_zone() -> None:
    late = [session(0, "one", ("A", 12), at=AT.replace(hour=15)), session(0, "two", ("A", 12), at=AT.replace(hour=17))]
    assert standings(history(*late))["A"].days == 1
    there = standings(history(*late), timezone(timedelta(hours=8)))["A"]
    assert there.days == 2 and there.due and there.due > on(1)


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from("ABC"), st.integers(0, 12)), max_size=30), st.randoms())
def test_a_standing_follows_from_the_answers_alone(reviews: list[tuple[int, str, int]], random: object) -> None:
    sessions = [session(day, f"case-{number}", (topic, got)) for number, (day, topic, got) in enumerate(reviews)]
    found = standings(history(*sessions))
    random.shuffle(sessions)  # type: ignore[attr-defined]
    assert standings(history(*sessions)) == found
    for standing in found.values():
        last = max(on(day) for day, topic, _ in reviews if topic == standing.topic)
        assert standing.due and 1 <= (standing.due - last).days <= LONGEST_DAYS
        assert (standing.state == "firm") <= ((standing.due - last).days >= FIRM_DAYS)


# --- the next case


def test_who_begins_gets_a_case_with_few_topics_the_first_of_them() -> None:
    assert chosen([history()], CASES, AT) == Choice("small", "first")
    assert chosen([history()], {"b": frozenset("AB"), "a": frozenset("AB")}, AT) == Choice("b", "first")
    assert chosen([history()], {}, AT) is None


def test_what_was_left_open_goes_on_while_the_knowledge_is_the_same() -> None:
    open_one = history(session(0, "right", ("C", 12), finished=False))
    assert chosen([open_one], CASES, AT, "k") == Choice("right", "open")
    for other in (chosen([open_one], CASES, AT, "k2"), chosen([open_one, history()], CASES, AT, "k")):
        assert other and other.why == "new" and other.case != "right"


def test_what_is_due_and_shaky_comes_before_what_is_due_and_that_before_what_is_new() -> None:
    done = history(session(0, "x", ("A", 12), ("B", 12), ("C", 0), ("E", 12)))
    cases = {"due": frozenset("ABE"), "shaky": frozenset("C"), "new": frozenset("UVWXYZ")}
    assert chosen([done], cases, AT + timedelta(days=2)) == Choice("shaky", "due_and_shaky", ("C",))
    del cases["shaky"]
    assert chosen([done], cases, AT + timedelta(days=2)) == Choice("due", "due", ("A", "B", "E"))
    assert chosen([done], cases, AT) == Choice("new", "new", tuple("UVWXYZ"))


def test_the_case_that_exercises_most_of_it_comes_first_and_among_equals_the_one_with_least_besides() -> None:
    done = history(session(0, "x", ("A", 0), ("B", 0), ("C", 12), ("D", 12)))
    later = AT + timedelta(days=1)
    assert chosen([done], CASES, later) == Choice("left", "due_and_shaky", ("A", "B"))
    more = history(session(0, "x", ("A", 0), ("B", 0), ("C", 0), ("D", 12)))
    assert chosen([more], CASES, later) == Choice("big", "due_and_shaky", ("A", "B", "C"))


def test_a_case_rests_for_a_week_unless_no_other_serves() -> None:
    done = history(session(0, "left", ("A", 0), ("B", 0)), session(0, "x", ("C", 12), ("D", 12), ("E", 12)))
    after = [chosen([done], CASES, AT + timedelta(days=days)) for days in (1, REST_DAYS)]
    assert after == [Choice("big", "due_and_shaky", ("A", "B")), Choice("big", "due_and_shaky", ("A", "B"))]
    only = {"left": frozenset("AB")}
    assert chosen([done], only, AT + timedelta(days=1)) == Choice("left", "due_and_shaky", ("A", "B"), rested=False)
    assert chosen([done], only, AT + timedelta(days=REST_DAYS)) == Choice("left", "due_and_shaky", ("A", "B"))


def test_where_nothing_needs_exercise_the_case_left_alone_longest_comes_next() -> None:
    done = history(
        *(session(day, case, *((topic, 12) for topic in sorted(CASES[case]))) for day, case in enumerate(("right", "left", "small")))
    )
    choice = chosen([done], {case: CASES[case] for case in ("left", "right", "small")}, AT + timedelta(days=1))
    assert choice == Choice("right", "ahead", (), False, on(2))


def test_the_case_for_a_class_serves_most_of_it() -> None:
    class_ = [
        history(session(0, "x", ("A", 0), ("B", 12)), name="Ann"),
        *(history(session(0, "x", ("C", 0)), name=name) for name in ("Bea", "Cy")),
    ]
    cases = {"one": frozenset("A"), "two": frozenset("C")}
    assert chosen(class_, cases, AT + timedelta(days=1)) == Choice("two", "due_and_shaky", ("C",))
    assert chosen(class_[:1], cases, AT + timedelta(days=1)) == Choice("one", "due_and_shaky", ("A",))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(sorted(CASES)), st.integers(0, 12)), max_size=12),
    st.permutations(sorted("ABCDE")), st.integers(0, 60),
)  # fmt: skip
def test_the_choice_is_one_of_the_cases_and_says_the_truth(reviews: list[tuple[int, str, int]], topics: list[str], day: int) -> None:
    done = history(*(session(d, case, *((t, got) for t in topics if t in CASES[case])) for d, case, got in reviews))
    choice = chosen([done], CASES, AT + timedelta(days=day))
    assert choice and choice.case in CASES and set(choice.topics) <= CASES[choice.case]
    found = standings(done)
    for topic in choice.topics:
        standing = found.get(topic, Standing(topic))
        assert ("due" in choice.why) == standing.is_due(on(day)) and ("shaky" in choice.why) == (standing.state == "shaky")
    if choice.why == "ahead":
        assert not any(standing.is_due(on(day)) for standing in found.values()) and found.keys() == set("ABCDE")


# --- pages


def book(day: int = 0, at: datetime = AT) -> Markbook:
    def command(case: str, name: str | None) -> str:
        return f"train {case}" + (f" --name {name}" if name else "")

    return Markbook(CASES, {"A": "first things"}, at + timedelta(days=day), command, "k")


ANN = history(session(0, "left", ("A", 3), ("B", 12), hints=1), session(1, "right", ("C", 9), ("D", 12), finished=False))
BEA = history(session(0, "left", ("A", 0), ("B", 12)), name="白小姐")


def shown(page: Page) -> str:
    text = cli.text(page.blocks)
    assert max(wcswidth(line) for line in text.splitlines()) <= 80
    json.dumps(page.data)
    return plain(text)


def test_the_page_of_a_trainee_says_what_is_weak_when_it_is_due_and_what_to_do() -> None:
    page = book(2).page(ANN)
    text = shown(page)
    assert "Ann, 2026-12-03" in text and "2 sessions on 2 cases since 2026-12-01, 1 left open; 4 answers, 75 % of the points." in text
    assert "train right --name Ann It was left unfinished" in text
    assert "first things shaky 25 % 1 now" in text and "D growing 100 % 1 2026-12-04" in text
    assert "Decisions 4 75 % 2" in text and "Not met yet: E." in text
    assert text.index("2026-12-02 right 2 88 % left open") < text.index("2026-12-01 left 2 63 % finished")
    assert [(t["topic"], t["mastery"]) for t in page.data["topics"]] == [
        ("A", "shaky"),
        ("C", "growing"),
        ("B", "growing"),
        ("D", "growing"),
    ]
    assert page.data["next"] == {"case": "right", "why": "open", "topics": [], "rested": True, "due": None}


def test_the_page_of_somebody_new_says_where_to_begin() -> None:
    text = shown(book().page(History("New")))
    assert text.endswith("train small --name New To begin with: no case exercises fewer topics.") and "No sessions yet." in text


def test_the_page_of_a_class_has_a_row_for_each_and_the_case_for_the_room() -> None:
    page = Classbook(book(1), (ANN, BEA)).page()
    text = shown(page)
    assert "2 trainees. 3 sessions on 2 cases since 2026-12-01, 1 left open; 6 answers, 67 % of the points." in text
    assert "train big It exercises what is due and shaky: first things." in text
    assert "Ann 2 2026-12-02 75 % 1 0 2" in text and "白小姐 1 2026-12-01 50 % 1 0 1" in text
    assert "first things 13 % 2 2 0 2" in text and page.data["topics"][0] == {
        "topic": "A", "share": 0.125, "met_by": 2, "shaky": 2, "firm": 0, "due": 2,
    }  # fmt: skip
    assert "0 trainees. No sessions yet." in shown(Classbook(book(), ()).page())


def test_a_choice_is_told_in_a_sentence() -> None:
    said = book().because
    assert said(Choice("x", "due", tuple("ABCDE"))) == "It exercises what is due: first things, B, C and 2 more."
    assert (
        said(Choice("x", "shaky", ("B",), rested=False))
        == "It exercises what is shaky: B. It was done in the last days; no other case serves."
    )
    assert said(Choice("x", "new", ("B",))) == "It exercises what is not met yet: B."
    assert said(Choice("x", "ahead", due=on(3))) == "Nothing is due before 2026-12-04; this case was left alone longest."


def test_the_same_record_gives_the_same_page_wherever_it_is_read() -> None:
    there = AT.astimezone(timezone(timedelta(hours=1)))
    assert shown(book(2).page(ANN)) == shown(book(2, there).page(ANN))


def test_a_long_record_is_cut_to_the_last_sessions() -> None:
    long = history(*(session(day, "left", ("A", 12)) for day in range(14)))
    text = shown(book(20).page(long))
    assert "And 4 earlier." in text and text.count("finished") == 10

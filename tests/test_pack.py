"""A session pack: cards without answers, questions, hints, a debrief with the reasons and a score sheet, to print or to edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import cli
from engine import layouts
from engine.blocks import Block, Branch, Heading, Items, Paragraph, Quoted, Table, Tree
from engine.reading.cases import Case
from engine.rules import Knowledge
from engine.school.cards import card
from engine.school.exercising import examined
from engine.school.printing import printed
from engine.stories.storybook import Story

SHEETS = ("1-cards", "2-questions", "3-hints", "4-debrief", "5-scores")
VOID = {"br", "col", "meta"}
CASE = "childrens-hospital-second-sale"
ODD = "儿童医院 | <b>*第二*</b> & Söhne"
LONG = "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz" * 2


class Read(HTMLParser):
    """Reads a page of HTML: its text, its tags, and whether each that was opened was closed in its turn."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of two cases, one of them with names that break tables, pages and lines."""
    folder = tmp_path_factory.mktemp("pack")
    text = (ROOT / "cases" / f"{CASE}.yaml").read_text(encoding="utf-8")
    odd = folder / "odd.yaml"
    text = text.replace("the children's hospital", f'"{ODD}"').replace("further_wards", LONG).replace(f"id: {CASE}", "id: odd")
    odd.write_text(text, encoding="utf-8")
    words = ["pack", "wms-cheap-rival", str(odd), "--out", str(folder / "out"), "--trainee", "李伟", "--trainee", "O'Brien <x> | y"]
    done = CliRunner().invoke(cli.realms, words)
    assert done.exit_code == 0, done.output
    assert "22 files in" in done.output and "guide.html" in done.output
    return folder / "out"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- the sheets


def test_every_sheet_is_there_to_print_and_to_edit(packed: Path) -> None:
    there = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    names = ["guide", *(f"{case}/{sheet}" for case in ("wms-cheap-rival", "odd") for sheet in SHEETS)]
    assert there == {f"{name}.{kind}" for name in names for kind in ("md", "html")}


def test_each_page_of_a_sheet_is_a_section_of_its_own_in_both(packed: Path) -> None:
    for path in packed.rglob("*.html"):
        page = Read(read(path))
        assert page.tags.count("section") == read(path.with_suffix(".md")).count("\n\n---\n\n") + 1, path
    assert Read(read(packed / "odd" / "1-cards.html")).tags.count("section") == 3
    assert "break-before: page" in read(packed / "odd" / "1-cards.html")


def test_the_title_stands_at_the_head_of_every_printed_page_and_cannot_break_out_of_the_style() -> None:
    title = 'A "case" </style><script> \\ of 二'
    page = printed(title, "Cards", [[Paragraph("One.")], [Paragraph("Two.")]])
    found = Read(page)
    assert "script" not in found.tags and found.text.count(title) == 3  # in <title> and at the head of each section
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert '@top-left { content: "A \\22 case\\22  \\3c \\2f style\\3e ' in style


# --- what is handed out


def shingles(text: str, size: int = 5) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def test_a_card_gives_nothing_away(cases: list[Case], knowledge: Knowledge) -> None:
    for case in cases[::4]:
        story = Story(case, knowledge)
        for number, step in enumerate(case.steps, 1):
            stage = story.walk.stage(number)
            text = layouts.text(card(story, stage), draw=lambda *_: "")
            many = len(case.steps) > 1
            allowed = " / ".join(
                [case.title, step.what, re.split(r"(?<=[.?!]) (?=[^a-z])", case.told, maxsplit=1)[0] if many else case.told]
            )
            later = " / ".join(later.what for later in case.steps[number:])
            for spoiler in (case.happened, case.lesson, case.contrast, later, *([case.told] if many else [])):
                assert shingles(text) & (shingles(spoiler) - shingles(allowed)) == set(), case.id
            assert not re.search(r"\b[A-Z]{3}-\d\d", text), case.id
            for decision in examined(knowledge):
                shown = stage.consultation.showing.shown(decision)
                label = stage.consultation.report(labels=True).label(decision, shown)
                if shown is not None and label not in allowed:
                    assert label not in text, (case.id, number, label)


def test_a_card_tells_every_fact_by_the_number_that_answers_name(packed: Path) -> None:
    for step in read(packed / "odd" / "1-cards.md").split("\n\n---\n\n"):
        numbers = sorted(int(number) for number in re.findall(r"\((\d+)\)", step))
        assert numbers == list(range(1, len(numbers) + 1))
    first, second, _ = read(packed / "odd" / "1-cards.md").split("\n\n---\n\n")
    assert "What is new" not in first
    new, before = second.split("### What was known before")
    assert "satisfaction: high (said by head\\_nurse)" in new and "was felt but not spoken of" in new
    assert "sector: healthcare" in before and "sector" not in new


def test_what_is_not_known_any_more_stands_on_the_card(cases: list[Case], knowledge: Knowledge) -> None:
    story = Story(next(case for case in cases if case.id == "blood-centre-tender"), knowledge)
    text = " ".join(layouts.text(card(story, story.walk.stage(2)), draw=lambda *_: "").split())
    assert "preparation by us: not known any more (was none)" in text
    text = " ".join(layouts.text(card(story, story.walk.stage(4)), draw=lambda *_: "").split())
    assert "time to the deadline: no longer counts (the date it counted to has passed, was 20 days)" in text


def test_a_card_says_a_year_where_there_is_one(cases: list[Case], knowledge: Knowledge) -> None:
    case = next(case for case in cases if case.id == "bank-first-realm")
    text = "".join(b.text for b in card(Story(case, knowledge), Story(case, knowledge).walk.stage(1)) if isinstance(b, Paragraph))
    assert "experience: 1 year;" in text and "number of open deals: 9 deals" in text


def test_questions_name_no_rule_and_no_points(packed: Path) -> None:
    text = read(packed / "odd" / "2-questions.md")
    assert not re.search(r"\b[A-Z]{3}-\d\d|\d points\n", text.split("## Contrasts")[0])
    for asked in ("### Realm\n", "### Qualification\n", "### Qualification: the facts\n", "### Next actions\n", "### Next questions\n"):
        assert asked in text
    assert re.findall(r"(?m)^## (.*)", text) == [
        *(f"Step {n} of 3: {what}" for n in (1, 2, 3) for what in ("your decisions", "what comes next")), "Contrasts: your answers",
    ]  # fmt: skip


def test_what_tells_of_the_decisions_is_on_a_page_of_its_own(packed: Path) -> None:
    pages = read(packed / "wms-cheap-rival" / "2-questions.md").split("\n---\n")
    titles = [re.findall(r"(?m)^### (.*)", page) for page in pages]
    assert titles[0] == [f"{of}{what}" for of in ("Qualification", "Realm", "Strategy") for what in ("", ": the facts")]
    assert titles[1] == ["Next actions", "Next questions", "What would turn it"]
    assert all(page.count("Name: ") == 1 for page in pages)
    assert "decisions are in" in read(packed / "guide.md")


# --- what the trainer keeps


def test_hints_go_from_the_facts_to_two_options(packed: Path) -> None:
    text = read(packed / "wms-cheap-rival" / "3-hints.md")
    [ladder] = re.findall(r"### Strategy\n\n((?:\d\. .*\n)+)", text)
    assert "1. Look at " in ladder and "It is between these: meet the rival head on or win a part." in ladder


def test_the_debrief_tells_the_reasons_what_turned_and_how_it_ended(packed: Path, cases: list[Case]) -> None:
    text = read(packed / "odd" / "4-debrief.md")
    first, second = (text.split(f"## Step {number} of 3: what the rules say")[1].split("\n---\n")[0] for number in (1, 2))
    assert "### What is advised" in first and "### Why qualification is: go on under conditions" in first
    assert "### What changed, and why" in second and "### What changed, and why" not in first
    assert "### What would turn it" in first and "All of them: `realms whatif " in first
    case = next(case for case in cases if case.id == CASE)
    last = " ".join(Read(read(packed / "odd" / "4-debrief.html")).text.split())
    for said in (case.happened, case.lesson, case.contrast):
        assert " ".join(said.split())[:60].replace("the children's hospital", ODD) in last


def test_the_numbers_that_earn_points_are_those_of_the_question_sheet(packed: Path) -> None:
    asked = read(packed / "wms-cheap-rival" / "2-questions.md").split("## Contrasts")[0]
    earning = read(packed / "wms-cheap-rival" / "4-debrief.md").split("## Contrasts")[0]
    compared = 0
    for title in ("Realm", "Strategy", "Qualification", "Next actions", "Next questions", "What would turn it"):
        [offers] = re.findall(rf"### {title}\n\n.*\n\n((?:\d+\. .*\n)+)", asked)
        texts = dict(re.findall(r"(\d+)\. (.*)", offers))
        [table] = re.findall(rf"#### {title}: \d points\n\n((?:\|.*\n?)+)", earning)
        for row in table.splitlines()[2:]:
            number, answer = (cell.strip() for cell in row.strip("|").split("|")[:2])
            assert texts[number].startswith(answer.removesuffix(" ...")), title
            compared += 1
    assert compared > 10


def test_facts_that_earn_points_are_on_the_card_by_that_number(packed: Path) -> None:
    card, earning = (Read(read(packed / "wms-cheap-rival" / f"{name}.html")).text for name in ("1-cards", "4-debrief"))
    assert "Qualification: the facts: 4 points" in earning
    for number, value in re.findall(r"(\d+) coo's influence is (\w+) 2 QUA-13 rests on it", earning):
        assert f"({number}) influence: {value}" in card
    assert "coo's influence is high 2 QUA-13 rests on it" in earning


def test_the_score_sheet_adds_up_and_has_a_row_for_each_trainee(packed: Path) -> None:
    text = read(packed / "odd" / "5-scores.md")
    tables = [[row for row in page.splitlines() if row.startswith("|")] for page in text.split("\n\n---\n\n")]
    for table in tables:
        *columns, total = [int(points) for points in re.findall(r"\((\d+)\)", table[0])]
        assert sum(columns) == total
        names = [re.split(r"(?<!\\)\|", row)[1].strip() for row in table[2:]]
        assert names == ["李伟", r"O'Brien \<x\> \| y"]
    sums = [re.findall(r"Sum \((\d+)\)", table[0])[0] for table in tables]
    assert int(sums[-1]) == sum(map(int, sums[:-1]))


def test_blank_rows_stand_where_nobody_is_named(realms: Callable[..., Result], tmp_path: Path) -> None:
    assert realms("pack", "wms-cheap-rival", "--out", tmp_path / "out").exit_code == 0
    page = Read(read(tmp_path / "out" / "wms-cheap-rival" / "5-scores.html"))
    assert page.tags.count("tr") == 3 * 9  # a head and eight rows, for the step, the contrasts and the sum


# --- names that break things


def test_odd_names_come_through_on_every_sheet(packed: Path) -> None:
    for path in (packed / "odd").glob("*.html"):
        page = Read(read(path))
        assert "b" not in page.tags and "x" not in page.tags, path
    text = Read(read(packed / "odd" / "1-cards.html")).text
    assert f"{ODD} (customer)" in text and f"{LONG} (need)" in text
    assert "李伟" in Read(read(packed / "odd" / "5-scores.html")).text


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head(packed: Path) -> None:
    rows = 0
    for path in packed.rglob("*.md"):
        for one, other in pairwise(read(path).splitlines()):
            if one.startswith("|") and other.startswith("|"):
                assert len(re.findall(r"(?<!\\)\|", one)) == len(re.findall(r"(?<!\\)\|", other)), (path, other)
                rows += 1
    assert rows > 100


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip)
BRANCH = st.recursive(
    st.builds(Branch, TEXT, st.tuples(TEXT)), lambda inner: st.builds(Branch, TEXT, st.just(()), st.lists(inner, max_size=2).map(tuple))
)
BLOCKS = st.one_of(
    st.builds(Heading, TEXT, st.integers(1, 9)), st.builds(Paragraph, TEXT), st.builds(Quoted, TEXT),
    st.builds(Items, st.lists(st.tuples(TEXT, st.tuples(TEXT)), max_size=3).map(tuple), st.booleans()),
    st.builds(Tree, st.lists(BRANCH, min_size=1, max_size=2).map(tuple)),
    st.lists(st.tuples(TEXT, TEXT), max_size=3).map(lambda rows: Table(("One", "Two"), tuple(rows), (10, 20))),
)  # fmt: skip


def words(block: object) -> list[str]:
    """Return every text in a block, in its order."""
    if isinstance(block, str):
        return [block]
    if isinstance(block, tuple):
        return [word for part in block for word in words(part)]
    if isinstance(block, Table):
        return [*block.headers, *words(block.rows)]
    fields = [value for value in vars(block).values() if isinstance(value, str | tuple)] if hasattr(block, "__dict__") else []
    return [word for value in fields for word in words(value)]


@given(st.lists(BLOCKS, max_size=4))
def test_html_says_what_the_blocks_say_and_closes_what_it_opens(blocks: list[Block]) -> None:
    said = "".join("".join(Read(f"<div>{layouts.html(blocks)}</div>").texts).split())
    assert said == "".join("".join(word for block in blocks for word in words(block)).split())


# --- writing


def test_packing_twice_gives_the_same_bytes(packed: Path, realms: Callable[..., Result], tmp_path: Path) -> None:
    args = ("--out", tmp_path / "out", "--trainee", "李伟", "--trainee", "O'Brien <x> | y")
    assert realms("pack", "wms-cheap-rival", "wms-cheap-rival", packed.parent / "odd.yaml", *args).exit_code == 0
    for path in packed.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "out" / path.relative_to(packed)).read_bytes(), path


def test_an_unknown_case_is_named_with_the_nearest_one_and_nothing_is_written(realms: Callable[..., Result], tmp_path: Path) -> None:
    told = realms("pack", "wms-cheap-rival", "blood-center-tender", "--out", tmp_path / "out")
    assert told.exit_code == 2 and "did you mean blood-centre-tender?" in told.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_left_alone(realms: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    told = realms("pack", "wms-cheap-rival", "--out", out)
    assert told.exit_code == 2 and "is there already" in told.stderr
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    told = realms("pack", "wms-cheap-rival", "--out", tmp_path / "no" / "where")
    assert told.exit_code == 2 and "cannot be written" in told.stderr

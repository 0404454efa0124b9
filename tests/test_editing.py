"""Changing a dossier's file: what is changed is changed, everything else stays as it was written, comments included."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import shipped
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import Dossier
from engine.interview.editing import Row, with_fact, with_mark, with_row, without_fact, without_row, written
from engine.interview.keeping import left_open, read_back, with_left_open
from engine.terms import Entity, Vocabulary

BLOCK = """\
# about the school
customer: {name: "Hill: the bureau", sector: education}   # as they call it
deal:   # the deal
  # where it stands
  stage: proposal   # since May
  value_k: {value: 1800, grade: said, by: dean, on: 2026-11-03}

needs:
  - {name: classrooms, topic: multimedia}   # first
  # the second one came late
  - name: network
    pain: latent   # so they say
    note: >-
      long and
      folded
stakeholders:
- name: 王主任
  role: economic
# the end
"""
FLOW = "{deal: {stage: lead}, needs: [{name: classrooms}, {name: network, pain: latent}]}  # one line\n"
EMPTY = "# nothing yet\n"
HALF = "deal:\nneeds:\ncustomer: {}\n"


def vocabulary() -> Vocabulary:
    return shipped().usable().vocabulary


def entity(name: str) -> Entity:
    return vocabulary().entities[name]


def facts(text: str) -> dict[tuple[str, str, str], object]:
    found: Dossier = read_back(text, "a file", vocabulary())
    return {(row.entity, row.name if entity(row.entity).many else "", name): f.value for row in found.rows for name, f in row.facts.items()}


def rows(text: str) -> list[tuple[str, str]]:
    return [(row.entity, row.name) for row in read_back(text, "a file", vocabulary()).rows]


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


CELLS = [
    (Row(entity("deal")), "stage", "lead"), (Row(entity("deal")), "access", "open"), (Row(entity("deal")), "value_k", "20"),
    (Row(entity("us")), "product_fit", "strong"), (Row(entity("customer")), "sector", "banking"),
    (Row(entity("need"), "classrooms"), "pain", "admitted"), (Row(entity("need"), "network"), "pain", "admitted"),
    (Row(entity("need"), "network"), "topic", "erp"),
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [BLOCK, FLOW, BLOCK.rstrip("\n")])
@given(order=st.permutations(CELLS), taken=st.sets(st.integers(0, len(CELLS) - 1)))
def test_facts_can_be_set_and_taken_back_in_any_order_and_every_comment_stays(
    text: str, newline: str, order: list[tuple[Row, str, str]], taken: set[int]
) -> None:
    now = text.replace("\n", newline)
    expected = facts(now)
    for row, attribute, value in order:
        now = with_fact(now, row, attribute, f"{{value: {value}, on: 2026-12-01}}")
        expected[row.entity.name, row.name, attribute] = int(value) if value.isdigit() else value
        assert facts(now) == expected
    assert comments(now) == comments(text)
    assert now.replace(newline, "").count("\r") == 0
    for number in sorted(taken):
        row, attribute, _ = order[number]
        now = without_fact(now, row, attribute)
        del expected[row.entity.name, row.name, attribute]
        assert facts(now) == expected


@pytest.mark.parametrize("text", [EMPTY, HALF, "", "deal: {}", "needs: []\n", "---\ndeal:\n  stage: lead", "---\n...\n", "---\n"])
def test_rows_and_facts_come_into_files_with_nothing_or_half_in_them(text: str) -> None:
    for name in ("one", "the: second", "第三"):
        text = with_row(text, Row(entity("need"), name))
    text = with_fact(text, Row(entity("need"), "the: second"), "pain", "latent")
    text = with_fact(text, Row(entity("deal")), "access", "open")
    text = with_mark(text, "needs_complete", "yes")
    assert [name for kind, name in rows(text) if kind == "need"] == ["one", "the: second", "第三"]
    assert facts(text)["need", "the: second", "pain"] == "latent" and facts(text)["deal", "", "access"] == "open"
    for name in ("the: second", "one", "第三"):
        text = without_row(text, Row(entity("need"), name))
    assert "need" not in {kind for kind, _ in rows(text)}


@given(name=st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), min_size=1))
def test_any_name_is_read_back_as_it_was_written(name: str) -> None:
    name = " ".join(name.split())
    if name and "\ufeff" not in name:
        assert rows(with_row("", Row(entity("need"), name))) == [("need", name)]
        assert rows(f"customer: {{name: {written(name)}}}\n") == [("customer", name)]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")))), st.lists(st.sampled_from(["deal.stage", "needs"])))
def test_what_was_left_open_is_kept_in_one_comment(skipped: list[str], unknown: list[str]) -> None:
    left = {"skipped": skipped, "unknown": unknown}
    text = with_left_open(BLOCK, left)
    assert left_open(text) == left
    assert with_left_open(text, {"skipped": [], "unknown": []}) == BLOCK
    assert facts(text) == facts(BLOCK)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_new_stands_before_the_sign_that_a_document_is_over(newline: str) -> None:
    text = "---\ndeal:\n  stage: lead\n... # over\n# bye\n".replace("\n", newline)
    new = with_fact(with_row(text, Row(entity("need"), "one")), Row(entity("us")), "product_fit", "strong")
    assert new == text.replace("...", "needs:\n  - name: one\nus:\n  product_fit: strong\n...".replace("\n", newline))


def test_only_the_line_that_changes_changes(tmp_path: Path) -> None:
    now = with_fact(BLOCK, Row(entity("need"), "network"), "pain", "admitted")
    changed = [(a, b) for a, b in zip(BLOCK.splitlines(), now.splitlines(), strict=True) if a != b]
    assert changed == [("    pain: latent   # so they say", "    pain: admitted   # so they say")]

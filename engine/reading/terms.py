"""Reads vocabulary.yaml and figures.yaml."""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from collections.abc import Mapping as Map
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ..problems import Place, Problem, one_of
from ..terms import Attribute, Entity, Figure, Value, Vocabulary, first_asked
from .asking import check_at_hand, read_at_hand, read_channel, with_asked_when
from .forms import WORD, Form, Word, Words, each, key_place, place_of, written_as
from .nodes import Mapping, Node

_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def number(text: str) -> int | float | None:
    """Return the number that a text writes, None where it writes none (no exponents, no separators)."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    if math.isinf(value):
        return None
    return int(value) if value.is_integer() else value


def _as_number(text: object) -> int | float:
    value = number(text) if isinstance(text, str) else None
    if value is None:
        raise ValueError("this is no number")
    return value


def _as_date(text: object) -> object:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a date is written year-month-day, as 2026-11-03")
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    if not 1970 <= day.year <= 2999:
        raise ValueError("the year lies outside 1970..2999")
    return day


Number = Annotated[Any, BeforeValidator(_as_number)]
Date = Annotated[Any, BeforeValidator(_as_date)]
Dotted = Annotated[str, written_as(rf"{WORD}\.{WORD}", "write entity.attribute")]
YesNo = Literal["yes", "no"]


class AttributeForm(Form):
    meaning: str
    values: tuple[str, ...] | dict[str, str] | None = None
    range: tuple[Number, Number] | None = None
    unit: str = ""
    ask: str = ""
    whom: str = ""
    stale_after: Annotated[int, Field(gt=0)] | None = None
    changeable: YesNo = "no"
    derived: YesNo = "no"
    settle: tuple[str, ...] | Literal["lowest", "highest"] | None = None
    unless_said: str | None = None
    wanted_by: tuple[tuple[str, ...], ...] = ()
    moves: Literal["up", "down"] | None = None
    moves_in: Literal["days", "months"] = "days"
    was: Words = ()
    called: str = ""
    asked_when: dict[str, Words] = Field(default_factory=dict)


class EntityForm(Form):
    meaning: str
    attributes: dict[Word, AttributeForm]
    many: Word | Literal[""] = ""
    who_else: str = ""
    holds_decisions: YesNo = "no"
    called: str = ""


class FigureForm(Form):
    value: Number | dict[str, Number] | None = None
    sum_of: Literal["route.days"] | None = None
    by: Dotted | None = None
    unit: str
    source: str
    date: Date
    note: str = ""


RESERVED = frozenset({"name", "note", "as", "gone", "figures", "unknown", "known", "as_of", "always", "at_hand", "channel"})


def read_vocabulary(node: Node, problems: list[Problem]) -> tuple[Vocabulary, dict[tuple[str, str], AttributeForm]]:
    """Return the vocabulary, and the forms of its derived attributes (which say how they are settled)."""
    entities: dict[str, Entity] = {}
    derived: dict[tuple[str, str], AttributeForm] = {}
    before = len(problems)
    node, beside = _apart(node)
    near = read_at_hand(beside.get("at_hand"), problems)
    channel = None
    forms = each(EntityForm, node, problems, "an entity", "K201")
    whole = len(problems) == before
    for name, form in forms.items():
        place = key_place(node, (name,))
        attributes: dict[str, Attribute] = {}
        for short, spec in form.attributes.items():
            at = key_place(node, (name, "attributes", short))
            if short in RESERVED:
                problems.append(Problem("K202", f"{short!r} is a word of the file format", (at,), "choose another name"))
            attributes[short] = dataclasses.replace(_attribute(name, short, spec, at, problems), at_hand=first_asked(spec.whom) in near)
            if spec.derived == "yes":
                derived[name, short] = spec
        many = form.many
        _check_slots(form.who_else, f"more {many}", (), place, problems)
        entities[name] = Entity(name, place, form.meaning, many, form.who_else, form.holds_decisions == "yes", form.called, attributes)
    if whole:
        _check_entities(entities, node, problems)
        check_at_hand(near, entities, problems)
        waiting = {(name, short): a.asked_when for name, form in forms.items() for short, a in form.attributes.items() if a.asked_when}
        entities = with_asked_when(entities, waiting, node, problems)
        channel = read_channel(beside.get("channel"), entities, problems)
    return Vocabulary(entities, frozenset(near), channel), derived


def _apart(node: Node) -> tuple[Node, dict[str, Node]]:
    """Return the entities alone, and what stands beside them: whom one can ask at home, and how the others are reached."""
    if not isinstance(node, Mapping):
        return node, {}
    beside = ("at_hand", "channel")
    rest = Mapping(tuple(pair for pair in node.pairs if pair[0].text not in beside), node.place)
    return rest, {key.text: value for key, value in node.pairs if key.text in beside}


def _attribute(entity: str, name: str, form: AttributeForm, place: Place, problems: list[Problem]) -> Attribute:
    labels = dict(form.values) if isinstance(form.values, dict) else {}
    values = tuple(labels) if labels else tuple(form.values or ())
    if bool(values) == bool(form.range):
        problems.append(Problem("K203", f"{entity}.{name} needs values (words) or a range (numbers), one of the two", (place,)))
    if form.range and form.range[0] >= form.range[1]:
        problems.append(Problem("K204", f"the range of {entity}.{name} is empty", (place,), "the lower bound comes first"))
    if form.derived == "no" and form.unless_said is None and not form.ask:
        problems.append(Problem("K205", f"{entity}.{name} has no question", (place,), "say with `ask` how to learn it"))
    _check_slots(form.ask, f"{entity}.{name}", ("{name}",), place, problems)
    for word in values:
        if word == "unknown" or "." in word:
            message = f"{word!r} cannot be a value of {entity}.{name}"
            problems.append(Problem("K202", message, (place,), "in conditions it means something else"))
    if len(set(values)) != len(values):
        problems.append(Problem("K203", f"{entity}.{name} has a value twice", (place,)))
    if form.unless_said is not None and form.unless_said not in values:
        problems.append(Problem("K206", f"{form.unless_said!r} is not a value of {entity}.{name}", (place,)))
    low, high = form.range or (None, None)
    return Attribute(
        entity, name, place, form.meaning, values, labels, low, high, form.unit, form.ask, form.whom, form.stale_after,
        form.changeable == "yes", form.derived == "yes", unless_said=form.unless_said,
        moves={"up": 1, "down": -1}.get(form.moves or "", 0), moves_in_months=form.moves_in == "months", was=form.was,
        wanted_by=tuple(phrase for row in form.wanted_by for phrase in row), called=form.called,
    )  # fmt: skip


def _check_slots(ask: str, what: str, filled: tuple[str, ...], place: Place, problems: list[Problem]) -> None:
    """Note what stands in braces in a question and is not filled in when it is asked."""
    for slot in dict.fromkeys(_BRACES.findall(ask)):
        if slot not in filled:
            help = "only {name} is filled in, with the name of the row" if filled else "nothing is filled in here; write it without braces"
            problems.append(Problem("K210", f"the question for {what} has {slot!r}", (place,), help))


def _check_entities(entities: Map[str, Entity], node: Node, problems: list[Problem]) -> None:
    holders = [e for e in entities.values() if e.holds_decisions]
    if len(holders) != 1 or (holders and holders[0].many):
        places = tuple(e.place for e in holders) or (node.place,)
        help = "write `holds_decisions: yes` on one entity without `many`"
        problems.append(Problem("K207", "exactly one single entity holds the decisions", places, help))
    words: dict[str, Entity] = {}
    for entity in entities.values():
        for word in {entity.name, entity.many} - {""}:
            if word in words or word in RESERVED:
                other = (words[word].place,) if word in words else ()
                problems.append(Problem("K208", f"{word!r} already means something else", (entity.place, *other)))
            words[word] = entity


def read_figures(node: Node | None, vocabulary: Vocabulary, sums: Map[str, Map[str, int]], problems: list[Problem]) -> dict[str, Figure]:
    """Return the figures by name; `sums` are the tables that `sum_of` may name."""
    figures: dict[str, Figure] = {}
    for name, form in each(FigureForm, node, problems, "a figure", "K211").items():
        assert node is not None
        place = key_place(node, (name,))
        value: Value | dict[str, Value] | None = sums.get(form.sum_of) if form.sum_of else form.value  # type: ignore[assignment]
        by = tuple(form.by.split(".")) if form.by else None
        if value is None and form.sum_of:
            continue  # the mistakes of the route are shown there
        if value is None:
            problems.append(Problem("K212", f"figure {name} needs a value", (place,)))
            continue
        if isinstance(value, dict) != bool(by):
            problems.append(Problem("K213", f"figure {name}: `by` goes with a value for each row", (place,)))
            continue
        if by:
            attribute = vocabulary.attribute(by[0], by[1])
            at = place_of(node, (name, "by"))[0]
            if attribute is None or not attribute.values or vocabulary.entities[by[0]].many:
                known = [f"{a.entity}.{a.name}" for a in vocabulary.attributes() if a.values and a.entity not in vocabulary.lists]
                problems.append(Problem("K214", f"{form.by!r} is not a word of a single entity", (at,), one_of(form.by or "", known)))
                continue
            if missing := [word for word in attribute.values if isinstance(form.value, dict) and word not in form.value]:
                message = f"figure {name} has no value for {form.by} {' and '.join(missing)}: it is not known there"
                problems.append(Problem("K219", message, (place,), "give one for each word", "warning"))
            for word in form.value if isinstance(form.value, dict) else ():
                if word not in attribute.values:
                    at = key_place(node, (name, "value", word))
                    problems.append(Problem("K215", f"{word!r} is not a value of {form.by}", (at,), one_of(word, attribute.values)))
        figures[name] = Figure(name, place, value, form.unit, form.source, form.date, by)  # type: ignore[arg-type]
    return figures


def with_decided(vocabulary: Vocabulary, added: list[Attribute]) -> Vocabulary:
    """Return the vocabulary with the decisions as attributes beside the others."""
    entities = dict(vocabulary.entities)
    for attribute in added:
        entity = entities[attribute.entity]
        entities[entity.name] = dataclasses.replace(entity, attributes={**entity.attributes, attribute.name: attribute})
    return dataclasses.replace(vocabulary, entities=entities)

"""Reads dossiers, validated by pydantic schemas that are built from the vocabulary."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from pydantic_core import PydanticCustomError, SchemaValidator, ValidationError, core_schema

from ..facts import Dossier, Fact, Row
from ..problems import Place, Problem, Unusable, nearest, one_of
from ..terms import Attribute, Entity, Vocabulary
from .forms import Form, filled, plain
from .nodes import Mapping, Node, Scalar, Sequence, cut_text, read_node, read_text
from .terms import Date, number

COMPLETE = "_complete"
MAX_ROWS = 200
"""Of one list: every row is tried with every open question, and nobody tells more people apart."""


class SaidForm(Form):
    """A fact written out: its value, how well it is known, who said so and when."""

    value: str
    grade: Literal["assumed", "said", "shown"] = "assumed"
    by: str = ""
    on: Date | None = None


def _within(attribute: Attribute) -> Any:
    """Return a validator that types the text of a number and holds it to its range."""

    def typed(text: str) -> int | float:
        value = number(text)
        if value is None:
            raise PydanticCustomError("no_number", "is no number")
        assert attribute.low is not None and attribute.high is not None
        if not attribute.low <= value <= attribute.high:
            raise PydanticCustomError("outside", "is outside {low}..{high}", {"low": f"{attribute.low}", "high": f"{attribute.high}"})
        return value

    return typed


@lru_cache(maxsize=8)
def validators(vocabulary: Vocabulary) -> dict[str, SchemaValidator]:
    """Return the validator of each entity's facts: every attribute that a dossier may give, each optional.

    They are made of pydantic's core schemas: a model class of each entity would take twenty times as long to build.
    """
    found = {}
    for entity in vocabulary.entities.values():
        fields = {a.name: core_schema.typed_dict_field(_schema(a), required=False) for a in entity.attributes.values() if not a.settled}
        found[entity.name] = SchemaValidator(core_schema.typed_dict_schema(fields))
    return found


def _schema(attribute: Attribute) -> core_schema.CoreSchema:
    if attribute.numeric:
        return core_schema.no_info_plain_validator_function(_within(attribute))
    return core_schema.literal_schema(list(attribute.values))


def read_dossier(path: Any, vocabulary: Vocabulary, shown: str | None = None) -> Dossier:
    """Return the dossier of a file. Raises Unusable with every problem in it."""
    source = read_text(path, shown)
    node = read_node(source)
    if node is None:
        help = f"write what is known, starting with `{vocabulary.main}:` and its attributes"
        raise Unusable([Problem("V101", f"{source.file} is empty", (Place(source),), help)])
    problems: list[Problem] = []
    dossier = dossier_of(node, source.file, vocabulary, problems)
    if problems:
        raise Unusable(problems)
    return dossier


def dossier_of(node: Node, file: str, vocabulary: Vocabulary, problems: list[Problem], change: bool = False) -> Dossier:
    """Return the dossier a node holds; a `change` to another may take facts back (`unknown`) and rows (`gone: yes`).

    A change has no hash: nobody is advised on it by itself.
    """
    if not isinstance(node, Mapping):
        help = _spaced(node) or f"start with a line such as `{vocabulary.main}:` and write the facts under it"
        problems.append(Problem("V102", "a dossier is written with the names of entities as keys", (node.place,), help))
        return Dossier(file, ())
    lists = {e.many: e for e in vocabulary.entities.values() if e.many}
    rows: list[Row] = []
    complete: set[str] = set()
    as_of: datetime.date | None = None
    for key, value in node.pairs:
        entity = vocabulary.entities.get(key.text)
        listed = lists.get(key.text)
        if key.text == "as_of":
            as_of = filled(Date, value, problems, "as_of", "V108")
        elif key.text.endswith(COMPLETE) and key.text.removesuffix(COMPLETE) in lists:
            if plain(value) not in ("yes", "no"):
                said = repr(value.text) if isinstance(value, Scalar) else "this"
                problems.append(Problem("V103", f"{said} is not a value of {key.text}", (value.place,), "one of yes, no"))
            elif plain(value) == "yes":
                complete.add(lists[key.text.removesuffix(COMPLETE)].name)
        elif listed:
            rows += _rows(value, listed, problems, change)
        elif entity and not entity.many:
            if row := _row(value, entity, problems, change):
                rows.append(row)
        else:
            words = [e.many or e.name for e in vocabulary.entities.values()]
            help = f"several of a kind are listed under {entity.many}:" if entity else one_of(key.text, [*words, "as_of"])
            problems.append(Problem("V104", f"{key.text!r} is no part of a dossier", (key.place,), help))
    rows = [_typed(row, vocabulary, problems) for row in rows]
    dossier = Dossier(file, tuple(rows), as_of, frozenset(complete))
    return dossier if change else replace(dossier, sha256=sha256_of(dossier))


def _rows(node: Node, entity: Entity, problems: list[Problem], change: bool) -> list[Row]:
    if isinstance(node, Scalar) and node.plain and not node.text:
        return []
    if not isinstance(node, Sequence):
        place = node.pairs[0][0].place if isinstance(node, Mapping) and node.pairs else node.place
        problems.append(Problem("V105", f"{entity.many} is a list", (place,), f"start each {entity.name} with `- `"))
        return []
    if len(node.items) > MAX_ROWS:
        message = f"{len(node.items)} {entity.many} are listed; at most {MAX_ROWS} are read"
        problems.append(Problem("V119", message, (node.place,), "keep those that matter to the decision"))
        return []
    rows = [row for item in node.items if (row := _row(item, entity, problems, change))]
    seen: dict[str, Row] = {}
    for row in rows:
        place = row.place or node.place
        if not row.name and len(rows) > 1:
            help = f"several {entity.many} are told apart by name: add `name:`"
            problems.append(Problem("V106", f"this {entity.name} has no name", (place,), help))
        elif row.name in seen:
            first = seen[row.name].place
            assert first is not None
            problems.append(Problem("V107", f"two {entity.many} are called {row.name!r}", (place, first), "give each its own name"))
        seen[row.name] = row
    return rows


def _row(node: Node, entity: Entity, problems: list[Problem], change: bool) -> Row | None:
    """Return one row with its facts still as text."""
    if isinstance(node, Scalar) and node.plain and not node.text:
        return Row(entity.name, place=node.place, only=not entity.many)
    if not isinstance(node, Mapping):
        help = _spaced(node) or "write {attribute: value, ...}, or each attribute on a line of its own below it"
        problems.append(Problem("V109", f"{entity.name} is written with its attributes", (node.place,), help))
        return None
    name, note, gone = "", "", False
    place = node.place
    facts: dict[str, Fact] = {}
    taken: set[str] = set()
    for key, value in node.pairs:
        if key.text in ("name", "note"):
            text = _said_text(value, key.text, entity, problems)
            name, note = (text, note) if key.text == "name" else (name, text)
            place = value.place if key.text == "name" else place
        elif change and key.text == "gone":
            gone = plain(value) == "yes"
        elif change and isinstance(value, Scalar) and value.text == "unknown" and key.text in entity.attributes:
            taken.add(key.text)
        elif fact := _fact(key, value, entity, problems):
            facts[key.text] = fact
    return Row(entity.name, name, facts, note, place, frozenset(taken), gone, not entity.many)


def _spaced(node: Node) -> str:
    """Return help for a key that YAML does not see, because its colon is wide or nothing stands behind it."""
    word = node.text.split()[0] if isinstance(node, Scalar) and node.text.strip() else ""
    key, colon, value = word.replace("\uff1a", ":").partition(":")
    return f"write `{key}: {value or '...'}`, a plain colon with a space behind it" if colon else ""


def _said_text(node: Node, what: str, entity: Entity, problems: list[Problem]) -> str:
    if not isinstance(node, Scalar) or not node.text.strip():
        problems.append(Problem("V110", f"{what} of {entity.name} is a text", (node.place,), "write it in quotes, or leave it out"))
        return ""
    if node.plain and node.cut:
        problems.append(cut_text(node.place))
    return " ".join(node.text.split())


def _fact(key: Scalar, value: Node, entity: Entity, problems: list[Problem]) -> Fact | None:
    """Return a fact, short or written out, its value still as text."""
    attribute = entity.attributes.get(key.text)
    if attribute is None:
        renamed = next((a.name for a in entity.attributes.values() if key.text in a.was), None)
        known = [a.name for a in entity.attributes.values() if not a.settled]
        near = nearest(key.text, [*known, "name", "note"])
        help = (
            f"it is now called {renamed}"
            if renamed
            else f"did you mean {near}?"
            if near
            else _spaced(key) or f"its {len(known)} attributes are listed in {entity.place.source.file}"
        )
        problems.append(Problem("V111", f"{entity.name} has no attribute {key.text!r}", (key.place,), help))
        return None
    if attribute.settled:
        help = "leave it out: rules conclude it from other facts"
        problems.append(Problem("V112", f"{entity.name}.{key.text} is concluded, never written", (key.place,), help))
        return None
    if isinstance(value, Scalar):
        return Fact(value.text, value.place)
    if isinstance(value, Sequence):
        problems.append(Problem("V113", f"{entity.name}.{key.text} takes one value, not a list", (value.place,), _allowed(attribute)))
        return None
    before = len(problems)
    said = filled(SaidForm, value, problems, f"a fact ({entity.name}.{key.text})", "V114")
    if said is None or len(problems) > before:
        return None
    node = value.get("value")
    assert isinstance(node, Scalar)
    by = value.get("by")
    if isinstance(by, Scalar) and by.plain and by.cut:
        problems.append(cut_text(by.place))
    return Fact(said.value, node.place, said.grade, said.by, said.on)


def _allowed(attribute: Attribute) -> str:
    if attribute.numeric:
        return f"a number from {attribute.low} to {attribute.high}" + (f" ({attribute.unit})" if attribute.unit else "")
    return "one of " + ", ".join(attribute.values)


def _typed(row: Row, vocabulary: Vocabulary, problems: list[Problem]) -> Row:
    """Return the row with its values typed as the vocabulary has them."""
    entity = vocabulary.entities[row.entity]
    texts = {name: fact.value for name, fact in row.facts.items()}
    bad: set[str] = set()
    typed: dict[str, Any] | None = None
    try:
        typed = validators(vocabulary)[row.entity].validate_python(texts)
    except ValidationError as error:
        for entry in error.errors(include_url=False):
            name = str(entry["loc"][0])
            fact, attribute = row.facts[name], entity.attributes[name]
            bad.add(name)
            problems.append(_value_problem(fact, attribute, str(entry["type"]), str(entry["msg"])))
    if typed is None:
        return row
    facts = {name: Fact(typed[name], fact.place, fact.grade, fact.by, fact.on) for name, fact in row.facts.items() if name not in bad}
    return replace(row, facts=facts)


def _value_problem(fact: Fact, attribute: Attribute, kind: str, said: str) -> Problem:
    name = f"{attribute.entity}.{attribute.name}"
    places = (fact.place,) if fact.place else ()
    text = str(fact.value)
    if text == "unknown":
        return Problem("V115", f"unknown is no value of {name}", places, "leave out what is not known: the question is then asked")
    if text == "":
        return Problem("V116", f"{name} has no value", places, f"{_allowed(attribute)}; or leave it out")
    if attribute.numeric:
        message = f"{text!r} is no number for {name}" if kind == "no_number" else f"{text} {said} for {name}"
        return Problem("V117" if kind == "no_number" else "V118", message, places, _allowed(attribute))
    labelled = next(
        (value for value in attribute.values if value != (label := attribute.label(value)) and label.casefold() == text.casefold()), None
    )
    help = f"write {labelled}, which reads {attribute.label(labelled)!r} in the advice" if labelled else one_of(text, attribute.values)
    return Problem("V103", f"{text!r} is not a value of {name}", places, help)


def sha256_of(dossier: Dossier) -> str:
    """Return the hash of the facts, whatever the order and layout in which they are written."""
    rows = sorted(
        [r.entity, r.name, sorted([n, str(f.value), f.grade, f.by, f.on.isoformat() if f.on else ""] for n, f in r.facts.items())]
        for r in dossier.rows
    )
    said = [rows, dossier.as_of.isoformat() if dossier.as_of else "", sorted(dossier.complete)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

"""Compares two states of a rule base: the rules, figures, words, decisions and the rest that came, went or were changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..rules import Effect, Knowledge, Line
from ..texts import Text

KINDS = ("new", "gone", "changed")
ASIDE = frozenset({
    "title", "why", "source", "owner", "since", "review_by", "locked", "wording", "meaning", "date", "labels", "ask", "whom", "at_hand",
    "asked_when", "called", "who_else", "wanted_by", "was",
})  # fmt: skip
"""Parts that are said or say where something is from, and decide nothing."""


@dataclass(frozen=True)
class Change:
    """One thing of a rule base that is new, gone or changed: what kind of thing, its name, what it says (a number: with what
    it was), and the parts that were changed."""

    what: str
    name: str
    kind: str
    says: str = ""
    parts: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether it can alter what comes out, and not only what is said of it."""
        return self.kind != "changed" or bool(set(self.parts) - ASIDE)


def changes(old: Knowledge, new: Knowledge) -> list[Change]:
    """Return what is otherwise in the second of two states of a rule base, rules first, each kind of thing in the order of its names."""
    return [
        *_compared("rule", old.by_id, new.by_id, lambda rule: rule.title),
        *_compared("figure", old.figures, new.figures, _number),
        *_compared("decision", _decisions(old), _decisions(new), lambda decision: decision.title),
        *_compared("word", _words(old), _words(new), lambda word: ""),
        *_compared("scorecard", old.scorecards, new.scorecards, lambda card: ""),
        *_compared("file", _files(old), _files(new), lambda file: ""),
    ]


def _decisions(knowledge: Knowledge) -> dict[str, Any]:
    return {decision.name: decision for decision in knowledge.decisions if not decision.derived}


def _words(knowledge: Knowledge) -> dict[str, Any]:
    """Return what a dossier may say, and what rules conclude from it; of the latter also how it is settled."""
    found: dict[str, Any] = dict(knowledge.vocabulary.entities)
    derived = {decision.key: decision for decision in knowledge.decisions if decision.derived}
    for attribute in knowledge.vocabulary.attributes():
        if not attribute.decided:
            key = (attribute.entity, attribute.name)
            found[".".join(key)] = _Word(attribute, tuple(attribute.labels.items()), derived.get(key))
    return found


@dataclass(frozen=True)
class _Word:
    attribute: Any
    labels: tuple[tuple[str, str], ...]
    settle: Any


def _files(knowledge: Knowledge) -> dict[str, Any]:
    return {name: part for name in ("route", "outlines") if (part := getattr(knowledge, name)) is not None}


def _number(figure: Any) -> str:
    value = figure.value
    if isinstance(value, Mapping):
        return ", ".join(f"{word} {number}" for word, number in value.items())
    return f"{value} {figure.unit}".strip()


def _compared(what: str, old: Mapping[str, Any], new: Mapping[str, Any], says: Any) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if name not in old:
            yield Change(what, name, "new", says(new[name]))
        elif name not in new:
            yield Change(what, name, "gone", says(old[name]))
        elif parts := tuple(dict.fromkeys(_parts(old[name], new[name]))):
            was, now = says(old[name]), says(new[name])
            yield Change(what, name, "changed", f"{now}, was {was}" if what == "figure" and was != now else now, parts)


def _parts(old: Any, new: Any) -> Iterator[str]:
    """Yield the parts of a record that differ, by the names under which people write them."""
    for name, was, now in _fields(old, new):
        if was == now:
            continue
        if isinstance(old, _Word) and name != "labels" and type(was) is type(now):
            yield from _parts(was, now)
        elif name == "then":
            yield "then" if [*map(_bare, was)] != [*map(_bare, now)] else "wording"
        else:
            yield "range" if name in ("low", "high") else name


def _bare(effect: Effect) -> Effect:
    """Return an effect without its words."""
    if isinstance(effect, Line):
        return dataclasses.replace(effect, text=Text(()), whom=None)
    return dataclasses.replace(effect, say=None)


def _fields(old: Any, new: Any) -> Iterable[tuple[str, Any, Any]]:
    return ((f.name, getattr(old, f.name), getattr(new, f.name)) for f in dataclasses.fields(old) if f.compare)

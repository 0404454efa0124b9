"""Reads facts put on a command line, as `entity[row].attribute=value`: each is a small change to a dossier."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from ..facts import Dossier, merged
from ..problems import Place, Problem, Source, Unusable, one_of
from ..terms import Entity, Vocabulary
from .dossiers import dossier_of, sha256_of
from .nodes import Mapping, Node, Scalar, Sequence

_SHAPE = re.compile(r"(?P<entity>\w+)(?:\[(?P<new>\+?)(?P<row>.*?)\])?\.(?P<attribute>\w+)\s*=\s*(?P<value>.*)", re.DOTALL)


def assigned(words: Iterable[str], dossier: Dossier, vocabulary: Vocabulary) -> Dossier:
    """Return the dossier with facts set (`unknown` takes one back), rows gone (`gone=yes`) or new (`entity[+row]`).

    Raises Unusable with every problem.
    """
    problems: list[Problem] = []
    found = dossier
    for word in words:
        node = _node(word.strip(), found, vocabulary, problems)
        if node is not None:
            found = merged(found, dossier_of(node, "the command line", vocabulary, problems, change=True), vocabulary.lists)
    if problems:
        raise Unusable(problems)
    return dataclasses.replace(found, sha256=sha256_of(found), title=dossier.title)


def _node(word: str, dossier: Dossier, vocabulary: Vocabulary, problems: list[Problem]) -> Node | None:
    """Return one assignment as the piece of a dossier that would say so."""
    source = Source("the command line", word)
    match = _SHAPE.fullmatch(word)
    if match is None:
        help = f"write {vocabulary.main}.attribute=value, or entity[row].attribute=value for one of several"
        problems.append(Problem("V131", f"{word!r} sets no fact", (Place(source, 1, 1, len(word)),), help))
        return None

    def part(group: str) -> Scalar:
        at = match.start(group)
        text = " ".join(match[group].split()) if group == "row" else match[group]  # pasted from a page, a name may be broken
        return Scalar(text, Place(source, 1, at + 1, max(len(match[group]), 1)), plain=True)

    name = part("entity")
    entity = next((e for e in vocabulary.entities.values() if name.text in (e.name, e.many)), None)
    if entity is None:
        problems.append(Problem("V104", f"{name.text!r} is no part of a dossier", (name.place,), one_of(name.text, vocabulary.entities)))
        return None
    fact = (part("attribute"), part("value"))
    if fact[0].text == "name":
        help = f"a row keeps its name; to add one: {entity.name}[+name].attribute=value"
        problems.append(Problem("V134", "a name is no fact that can be otherwise", (fact[0].place,), help))
        return None
    if not entity.many:
        return Mapping(((Scalar(entity.name, name.place), Mapping((fact,), name.place)),), name.place)
    row = _row(part("row") if match["row"] is not None else None, bool(match["new"]), entity, dossier, name.place, problems)
    if row is None:
        return None
    named = (((Scalar("name", row.place), row),) if row.text else ()) + (fact,)
    return Mapping(((Scalar(entity.many, name.place), Sequence((Mapping(named, name.place),), name.place)),), name.place)


def _row(row: Scalar | None, new: bool, entity: Entity, dossier: Dossier, place: Place, problems: list[Problem]) -> Scalar | None:
    """Return the name of the row that is meant: the one named, or the only one."""
    names = [r.name for r in dossier.of(entity.name)]
    if row is None and len(names) == 1:
        return Scalar(names[0], place)
    if row is not None and (new or row.text in names):
        return row
    add = f"to add one: {entity.name}[+name].attribute=value"
    if row is None:
        message = f"{len(names)} {entity.many} are recorded" if names else f"no {entity.name} is recorded"
        help = f"say which, as {entity.name}[{names[0]}]; {add}" if names else add
        problems.append(Problem("V132", message, (place,), help))
    else:
        help = f"{one_of(row.text, names)}; {add}" if names else add
        problems.append(Problem("V133", f"no {entity.name} is called {row.text!r}", (row.place,), help))
    return None

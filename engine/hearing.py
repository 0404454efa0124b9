"""What a typed answer means: a word or a number of the vocabulary, how well it is known, names, the address of a fact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .blocks import Block, Items, Paragraph
from .facts import GRADES
from .problems import likely, nearest
from .reading.terms import number
from .terms import Attribute, Value, Vocabulary
from .world import World, WorldRow

NOBODY = ("none", "nobody", "no one", "no", "nothing")
_NO_NAMES = ("yes", "y", "n", "ok")
PARTING = "[,;\uff0c\u3001\uff1b]"
_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Misheard(Exception):
    """What was typed means nothing here; the message says what could be typed instead."""


def meant(attribute: Attribute, said: str) -> Value:
    """Return the value that was typed: a word, its label or its number in the list; or a number. Raises Misheard."""
    if attribute.numeric:
        value = number(said)
        assert attribute.low is not None and attribute.high is not None
        if value is None or not attribute.low <= value <= attribute.high:
            reason = "is no number" if value is None else f"is outside {attribute.low} to {attribute.high}"
            raise Misheard(f"{said!r} {reason}; write {allowed(attribute)}.")
        return value
    words = {v: v for v in attribute.values} | {attribute.label(v).lower(): v for v in attribute.values}
    word = said.lower()
    if found := words.get(word) or words.get(word.replace(" ", "_").replace("-", "_")):
        return found
    if word.isdigit() and 0 < int(word) <= len(attribute.values):
        return attribute.values[int(word) - 1]
    near = " or ".join(dict.fromkeys(words[one] for one in likely(word, words)))
    hint = f"did you mean {near}? " if near else ""
    raise Misheard(f"{said!r} is no answer to this; {hint}write {allowed(attribute)}.")


def allowed(attribute: Attribute) -> str:
    """Return what may be answered, on one line."""
    if attribute.numeric:
        return f"a number from {attribute.low} to {attribute.high}" + (f" ({attribute.unit})" if attribute.unit else "")
    return ", ".join(f"{n} {value}" for n, value in enumerate(attribute.values, 1))


def explained(attribute: Attribute) -> list[Block]:
    """Return what is asked and each legal answer with what it means."""
    blocks: list[Block] = [Paragraph(attribute.meaning)]
    if attribute.numeric:
        blocks.append(Paragraph(f"Write {allowed(attribute)}."))
    else:
        labels = ((v, attribute.label(v)) for v in attribute.values)
        blocks.append(Items(tuple((v if said == v else f"{v}: {said}", ()) for v, said in labels)))
    if attribute.stale_after:
        blocks.append(Paragraph(f"An answer counts for {attribute.stale_after} days."))
    return blocks


def graded(said: str) -> tuple[str, str]:
    """Return how well a fact is known and who said or showed it: `said the dean`. Raises Misheard."""
    word, _, by = said.partition(" ")
    grade = GRADES[int(word) - 1] if word in ("1", "2", "3") else word.lower()
    if said and grade not in GRADES:
        raise Misheard(f"write {', '.join(f'{n} {g}' for n, g in enumerate(GRADES, 1))}; behind it who said or showed it.")
    return grade or GRADES[0], called(by.strip().removeprefix("by ")) if by.strip() else ""


def called(name: str) -> str:
    """Return a name as it is written: without what no terminal shows, spaces single. Raises Misheard where nothing is left."""
    found = " ".join(_UNSAYABLE.sub(" ", name).split())
    if not found:
        raise Misheard("write a name.")
    return found


def names(said: str) -> list[str]:
    """Return the names that were typed, parted by commas, each once; none where it was said that there are none. Raises
    Misheard for what answers another kind of question."""
    word = said.lower().rstrip(".!")
    if word in _NO_NAMES:
        raise Misheard("write the names, with commas between them; none if there is none.")
    if word in NOBODY:
        return []
    return list(dict.fromkeys(called(name) for name in re.split(PARTING, said) if name.strip()))


@dataclass(frozen=True)
class Address:
    """A row, and an attribute of it where one was named."""

    row: WorldRow
    attribute: Attribute | None


_ADDRESS = re.compile(r"\s*(\w+)\s*(?:\[(.*)\])?\s*(?:\.\s*(\w+))?\s*")


def addressed(said: str, vocabulary: Vocabulary, world: World) -> Address:
    """Return what an address means: `entity`, `entity.attribute`, `entity[name]`, `entity[name].attribute`. Raises Misheard."""
    match = _ADDRESS.fullmatch(said)
    if match is None:
        raise Misheard("write entity.attribute, or entity[name].attribute where there are several.")
    word, name, short = match.groups()
    entity = next((e for e in vocabulary.entities.values() if word in (e.name, e.many)), None)
    if entity is None:
        near = nearest(word, vocabulary.entities)
        raise Misheard(f"{word!r} is no word of this vocabulary{f'; did you mean {near}?' if near else '.'}")
    rows = [row for row in world.rows[entity.name] if name is None or row.name == name.strip()]
    if len(rows) != 1:
        known = ", ".join(row.name for row in world.rows[entity.name]) or "none yet; write add"
        raise Misheard(f"which {entity.name}? ({known})")
    attribute = entity.attributes.get(short) if short else None
    if short and (attribute is None or attribute.settled):
        near = nearest(short, [a.name for a in entity.attributes.values() if not a.settled])
        reason = "is concluded from other facts" if attribute else "is no attribute of it"
        raise Misheard(f"{short!r} {reason}{f'; did you mean {near}?' if near and near != short else '.'}")
    return Address(rows[0], attribute)

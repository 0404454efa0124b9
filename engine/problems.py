"""What people wrote wrong: a problem is a value with its places; a mistake of ours is an exception elsewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from wcwidth import wcswidth, wcwidth

# YAML's own line breaks, so that a place counts lines as the parser does.
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# What would move a terminal's cursor, or turn its writing round.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
# Below this many letters in common two words are merely similar, unless the letters are the same.
_ALIKE = 0.75
_WIDTH = 80
_TAB = 8


@dataclass(frozen=True)
class Source:
    """A file as it was read."""

    file: str
    text: str = field(repr=False, default="", compare=False)

    @cached_property
    def lines(self) -> list[str]:
        return _BREAKS.split(self.text)

    def line(self, number: int) -> str:
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def at(self, offset: int) -> Place:
        """Return the place of a character of the text."""
        before = _BREAKS.split(self.text[:offset])
        return Place(self, len(before), len(before[-1]) + 1)


class Place(NamedTuple):
    """A stretch of one line; line and column count from 1, in characters."""

    source: Source
    line: int = 0
    column: int = 0
    width: int = 1

    def __str__(self) -> str:
        return f"{self.source.file}:{self.line}:{self.column}" if self.line else self.source.file

    @property
    def key(self) -> tuple[str, int, int]:
        return (self.source.file, self.line, self.column)


@dataclass(frozen=True)
class Problem:
    """One thing that somebody can mend: a code that never changes, a sentence, where, and the way out."""

    code: str
    message: str
    places: tuple[Place, ...] = ()
    help: str = ""
    severity: str = "error"

    @property
    def key(self) -> tuple[object, ...]:
        return (self.places[0].key if self.places else ("", 0, 0), self.code, self.message)

    def as_json(self) -> dict[str, object]:
        places = [{"file": p.source.file, "line": p.line, "column": p.column} for p in self.places]
        return {"severity": self.severity, "code": self.code, "message": self.message, "places": places, "help": self.help}


class Unusable(Exception):
    """Input that cannot be worked with; carries every problem found in it."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = in_order(problems)
        super().__init__("; ".join(p.message for p in self.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without doubles, by file, line, column."""
    return sorted(dict.fromkeys(problems), key=lambda p: p.key)


def has_errors(problems: Iterable[Problem]) -> bool:
    return any(p.severity == "error" for p in problems)


def likely(word: str, words: Iterable[str]) -> list[str]:
    """Return those of `words` that `word` was most likely meant to be, the likeliest first: it may be a part of several."""
    known = {w.lower(): w for w in sorted(words)}
    word = word.lower()
    if word in known:
        return [known[word]]
    holding = [w for w in known if word in re.split(r"[\s._-]", w)] if len(word) > 2 else []
    if holding:
        return [known[w] for w in difflib.get_close_matches(word, holding, n=3, cutoff=0)]
    alike = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    return [known[w] for w in alike if sorted(w) == sorted(word) or difflib.SequenceMatcher(None, w, word).ratio() >= _ALIKE][:1]


def nearest(word: str, words: Iterable[str]) -> str:
    """Return what `word` was most likely meant to be of `words`, as alternatives (a or b); empty where nothing is near."""
    return " or ".join(likely(word, words))


def one_of(word: str, words: Iterable[str]) -> str:
    """Return help for a word that is not among `words`: the nearest one first, then all of them."""
    words = list(words)
    if not words:
        return "there are none to choose from"
    near = nearest(word, words)
    listed = "one of " + ", ".join(words) if len(words) <= 24 else f"there are {len(words)} to choose from"
    return f"did you mean {near}? {listed}" if near else listed


def as_text(problem: Problem) -> str:
    """Return the problem as a person reads it: sentence, every place with its line and a caret, and the way out."""
    lines = [f"{problem.severity}[{problem.code}]: {_short(problem.message)}"]
    margin = " " * max([len(str(p.line)) for p in problem.places if p.line], default=1)
    for place in problem.places:
        lines.append(f"{margin}--> {place}")
        shown, carets = _excerpt(place, _WIDTH - len(f"{margin} | "))
        if shown.strip():
            lines += [f"{margin} |", f"{place.line:>{len(margin)}} | {shown}", f"{margin} | {carets}"]
    for number, line in enumerate(_short(problem.help).splitlines()):
        lines.append(f"{margin} = help: {line}" if number == 0 else f"{margin}         {line}")
    return "\n".join(lines)


def _excerpt(place: Place, room: int) -> tuple[str, str]:
    """Return the line of a place as a terminal can show it, and the carets under it; of a line with no room what is near."""
    line = _UNSHOWN.sub("\ufffd", place.source.line(place.line))
    start = place.column - 1
    first, last = _near(line, start, start + place.width, room)
    shown = "…" * (first > 0) + line[first:last] + "…" * (last < len(line))
    before = re.sub(r"[^\t]+", lambda run: " " * max(wcswidth(run[0]), 0), "…" * (first > 0) + line[first:start])
    marked = line[start : min(start + place.width, last)]
    return shown, before + "^" * max(wcswidth(marked), 1)


def _near(line: str, start: int, end: int, room: int) -> tuple[int, int]:
    """Return where to cut a line so that it fits into so many cells, with all it can have of the stretch from `start` to `end`."""
    if len(line) <= room and _cells(line) + (start >= len(line)) <= room:
        return 0, len(line)
    room -= len("……")
    lowest, highest = max(start - room, 0), min(start + room, len(line))
    first = last = min(start, highest)
    while last < min(end, highest) and _cells(line[first : last + 1]) <= room:
        last += 1
    before = None
    while before != (first, last):  # then a character on either side in turn
        before = first, last
        first -= first > lowest and _cells(line[first - 1 : last]) <= room
        last += last < highest and _cells(line[first : last + 1]) <= room
    return first, last


def _cells(text: str) -> int:
    """Return how many cells of a terminal a text takes at most."""
    return sum(_TAB if char == "\t" else max(wcwidth(char), 0) for char in text)


def _short(text: str) -> str:
    """Return a sentence that quotes no more of a long word than a person reads."""
    return text if len(text) <= 600 else f"{text[:400]} … {text[-100:]}"


def as_github(problem: Problem) -> str:
    """Return the problem as a workflow command that code hosts show beside the line."""
    place = problem.places[0] if problem.places else None
    text = f"{problem.message}{'; ' + problem.help if problem.help else ''}".replace("%", "%25").replace("\n", "%0A")
    where = f" file={place.source.file},line={max(place.line, 1)},col={max(place.column, 1)}," if place else " "
    return f"::{problem.severity}{where}title={problem.code}::{text}"

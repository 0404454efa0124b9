"""YAML with places: every scalar stays the text that was written, typed later by whoever knows what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..problems import Place, Problem, Source, Unusable

MAX_BYTES = 8_000_000
MAX_DEPTH = 50
_COMMENT = re.compile(r"\s+#")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """A word or text; `plain` without quotes, `listed` inside `[...]`, `cut` where a comment follows on its line."""

    text: str
    place: Place
    plain: bool = False
    listed: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Sequence:
    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Mapping:
    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        return next((value for k, value in self.pairs if k.text == key), None)

    def key(self, key: str) -> Scalar | None:
        return next((k for k, _ in self.pairs if k.text == key), None)


Node = Scalar | Sequence | Mapping


def read_text(path: Path, shown: str | None = None) -> Source:
    """Return the file's text (UTF-8, with or without a BOM).

    Raises Unusable where the path is no readable text file of a sane size.
    """
    source = Source(shown or str(path))

    def refuse(code: str, message: str, help: str = "", place: Place | None = None) -> Unusable:
        return Unusable([Problem(code, message, (place or Place(source),), help)])

    try:
        if path.is_dir():
            raise refuse("Y102", f"{source.file} is a folder", "name a file in it")
        if not path.exists():
            raise refuse("Y101", f"there is no file {source.file}", "check the spelling and the folder you are in")
        if not path.is_file():
            raise refuse("Y103", f"{source.file} is no ordinary file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise refuse("Y104", f"{source.file} has {size:,} bytes; at most {MAX_BYTES:,} are read", "is it the right file?")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse("Y103", f"{source.file} cannot be read: {reason}") from error
    try:
        return Source(source.file, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8", "replace")
        text = raw.decode("utf-8", "replace")
        place = Place(Source(source.file, text), good.count("\n") + 1, len(good) - good.rfind("\n"))
        raise refuse("Y105", f"{source.file} is not UTF-8 text", "save it again with the encoding UTF-8", place) from error


def read_node(source: Source) -> Node | None:
    """Return the single YAML document of a source, None where it holds nothing. Raises Unusable."""
    try:
        return _Builder(source).build(yaml.parse(source.text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise Unusable([_yaml_problem(source, error)]) from error
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        before = source.text[:position]
        place = Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Unusable([Problem("Y106", f"a character that YAML does not allow: {error.reason}", (place,))]) from error


class _Builder:
    """Builds nodes from events with a stack of its own: depth, aliases and size are checked while reading."""

    def __init__(self, source: Source):
        self.source = source
        self.lines = source.lines
        self.problems: list[Problem] = []

    def build(self, events: Iterator[Any]) -> Node | None:
        stack: list[tuple[Any, list[Node]]] = []
        root: list[Node] = []
        documents = lists = 0
        for event in events:
            kind = type(event)
            into = stack[-1][1] if stack else root
            if kind is yaml.ScalarEvent:
                into.append(self._scalar(event, lists > 0))
            elif kind is yaml.MappingEndEvent:
                start, items = stack.pop()
                (stack[-1][1] if stack else root).append(self._mapping(items, self._place(start)))
            elif kind is yaml.SequenceEndEvent:
                start, items = stack.pop()
                lists -= bool(start.flow_style)
                (stack[-1][1] if stack else root).append(Sequence(tuple(items), self._place(start)))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    self._fail("Y112", f"nested more than {MAX_DEPTH} deep", event)
                lists += kind is yaml.SequenceStartEvent and bool(event.flow_style)
                stack.append((event, []))
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._fail("Y110", "a second document starts here (`---`)", event, "one file holds one document")
            if getattr(event, "anchor", None):
                self._fail("Y111", "anchors and aliases (`&`, `*`) are not read", event, "write it out, or quote the text")
        if self.problems:
            raise Unusable(self.problems)
        node = root[0] if root else None
        return None if isinstance(node, Scalar) and node.plain and node.text == "" else node

    def _scalar(self, event: Any, listed: bool) -> Scalar:
        plain = not event.style
        place = self._place(event)
        cut = False
        if plain and event.value:
            end = event.end_mark
            cut = bool(_COMMENT.match(self.lines[end.line], end.column)) if end.line < len(self.lines) else False
            if cut and " " in event.value.strip():
                self.problems.append(cut_text(place))
        return Scalar(event.value, place, plain, listed, cut)

    def _mapping(self, items: list[Node], place: Place) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(Problem("Y113", "a key must be a word", (key.place,)))
            elif key.text in pairs:
                first = pairs[key.text][0].place
                help = "keep one of the two; several of a kind are items of one list"
                self.problems.append(Problem("Y114", f"{key.text!r} is written twice", (key.place, first), help))
            else:
                pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), place)

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        return Place(self.source, start.line + 1, start.column + 1, width if width > 1 else 1)

    def _fail(self, code: str, message: str, event: yaml.Event, help: str = "") -> None:
        raise Unusable([*self.problems, Problem(code, message, (self._place(event),), help)])


def cut_text(place: Place) -> Problem:
    """Return the problem of a text that a comment cut short, with the line as it should be."""
    line = place.source.line(place.line)
    text = line[place.column - 1 :].rstrip()
    fixed = f'{line[: place.column - 1].strip()} "{text}"'.strip()
    return Problem("Y115", "the text is cut off by ` #`, which starts a comment", (place,), f"quote it: {fixed}")


def _yaml_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
    said = error.problem or "this is no YAML"
    shown = source.line(place.line)
    if "mapping values are not allowed" in said:
        key, _, text = shown.strip().partition(": ")
        return Problem("Y107", "a text that holds `: ` has to be quoted", (place,), f'quote it: {key}: "{text}"')
    if "\t" in shown[: place.column]:
        return Problem("Y108", "a tab stands where only spaces may", (place,), "indent with spaces; two for each level")
    if said.startswith("did not find expected ',' or"):
        said += "; a text inside [...] or {...} that holds quotes, colons or brackets has to be quoted as a whole"
    elif "did not find expected key" in said or "expected <block end>" in said:
        said = "the indentation does not fit the lines above"
    return Problem("Y109", said, (place,))

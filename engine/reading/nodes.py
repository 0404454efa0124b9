"""YAML with places: every scalar stays the text that was written, typed later by whoever knows what it means."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..problems import Place, Problem, Source, Unusable
from .mistakes import mistake

MAX_BYTES = 8_000_000
MAX_DEPTH = 50
MAX_AGAIN = 1_000_000
"""A longer text is read no second time without an entry that is no YAML."""
MOST_BROKEN = 20
"""So many entries of a file that are no YAML are shown at once."""
ENDINGS = {".yaml": (".yaml", ".yml"), ".csv": (".csv",)}
_COMMENT = re.compile(r"\s+#")
_GLUED = re.compile(r"([\w.]+):(\S.*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(NamedTuple):
    """A word or text; `plain` without quotes, `listed` inside `[...]`, `cut` where a comment follows on its line."""

    text: str
    place: Place
    plain: bool = False
    listed: bool = False
    cut: bool = False


class Sequence(NamedTuple):
    items: tuple[Node, ...]
    place: Place


class Mapping(NamedTuple):
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
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse("Y105", f"{source.file} is UTF-16 text, not UTF-8", "save it again with the encoding UTF-8")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(source.file, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        place = Source(source.file, raw.decode("utf-8", "replace")).at(len(raw[: error.start].decode("utf-8")))
        raise refuse("Y105", f"{source.file} is not UTF-8 text", "save it again with the encoding UTF-8", place) from error


def files_in(folder: Path, shown: Path, ending: str, problems: list[Problem]) -> list[Path]:
    """Return the files of a folder (messages name it as `shown`) whose names end so, in order; those that seem meant and do not
    are added to `problems`."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in found:
        if path.suffix != ending and path.suffix.lower() in ENDINGS[ending] and not path.name.startswith("."):  # a tool's own
            name = str(shown / path.name)
            help = f"name it {path.with_suffix(ending).name}, or take it out of the folder"
            problems.append(Problem("Y118", f"{name} is not read: its name does not end in {ending}", (Place(Source(name)),), help))
    return [path for path in found if path.suffix == ending]


def read_node(source: Source) -> Node | None:
    """Return the single YAML document of a source, None where it holds nothing.

    Raises Unusable with what is wrong in each of its entries: the others are read on without one that is no YAML.
    """
    found: list[Problem] = []
    lines = list(source.lines)
    text = source.text
    while True:
        try:
            node = _built(source, text)
        except yaml.MarkedYAMLError as error:
            found.append(mistake(source, error))
            if len(found) == MOST_BROKEN or len(text) > MAX_AGAIN or not _without_entry(lines, found[-1].places[-1].line):
                raise Unusable(found) from error
            text = "\n".join(lines)
            continue
        except Unusable as error:
            raise Unusable([*found, *error.problems]) from error
        if found:
            raise Unusable(found)
        return node


def _without_entry(lines: list[str], number: int) -> bool:
    """Empty the lines of the entry, from one that begins at the margin to the next, that holds a line; return whether any were."""
    begins = [n for n, line in enumerate(lines) if line[:1].strip() and not line.startswith("#")]
    first = max((n for n in begins if n < number), default=0)
    last = min((n for n in begins if n >= number), default=len(lines))
    lines[first:last] = [""] * (last - first)
    return bool(begins)


def _built(source: Source, text: str) -> Node | None:
    """Return what a text says, with the places it has in the source. Raises Unusable, and MarkedYAMLError for what is no YAML."""
    try:
        return _Builder(source).build(yaml.parse(text, Loader=_LOADER))
    except yaml.reader.ReaderError as error:
        found = yaml.reader.Reader.NON_PRINTABLE.search(source.text)
        which = f" (U+{ord(found[0]):04X})" if found else ""
        place = source.at(found.start()) if found else Place(source)
        help = "take it out; if it is not to be seen in an editor, is this a text file?"
        raise Unusable([Problem("Y106", f"a character that YAML does not allow{which}", (place,), help)]) from error


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
            if getattr(event, "tag", None):
                self._fail("Y111", "tags (`!`) are not read", event, "quote a text that starts with `!`")
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
        elif event.style == '"' and (control := _CONTROL.search(event.value)):
            message = f"the text holds a character that is not written (U+{ord(control[0]):04X})"
            self.problems.append(Problem("Y106", message, (place,), "take the escape with `\\` out of it"))
        return Scalar(event.value, place, plain, listed, cut)

    def _mapping(self, items: list[Node], place: Place) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(Problem("Y113", "a key is one word", (key.place,), "quote a text that starts with `[` or `{`"))
            elif key.plain and isinstance(value, Scalar) and value.plain and not value.text and (at := _GLUED.match(key.text)):
                help = f"write `{at[1]}: {at[2]}`"
                self.problems.append(Problem("Y109", "a space is missing after the colon", (key.place,), help))
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

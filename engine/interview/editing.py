"""Changes a dossier's text by the places of its nodes, so that comments and layout stay: one fact, row or mark at a time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from ..terms import Entity

_PLAIN = re.compile(r"[^\W_][\w.-]*( [\w.-]+)*")
_ENDED = re.compile(r"^\.\.\.(?=\s|$)", re.MULTILINE)
"""The sign that a document is over; nothing of it may stand behind that."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def written(text: str) -> str:
    """Return a text as YAML writes it anywhere: plain where that is safe, else in quotes."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class Row:
    """A row of a dossier as a text names it: the entity, and the name that tells it from others (empty: the only one)."""

    entity: Entity
    name: str = ""


def with_fact(text: str, row: Row, attribute: str, value: str) -> str:
    """Return the text with a fact of a row set to a value as YAML writes it."""
    page = _Page(text)
    node = page.row(row)
    if node is None:
        return page.with_top(row.entity.name, f"{{{attribute}: {value}}}", f"\n  {attribute}: {value}")
    if pair := page.pair(node, attribute):
        return page.replaced(pair, value)
    return page.added(node, row, f"{attribute}: {value}")


def without_fact(text: str, row: Row, attribute: str) -> str:
    """Return the text without a fact of a row; as it is where there is none."""
    page = _Page(text)
    node = page.row(row)
    pair = page.pair(node, attribute) if node is not None else None
    return page.without(node, pair) if pair else text


def with_row(text: str, row: Row) -> str:
    """Return the text with another row at the end of its list."""
    page = _Page(text)
    name = f"name: {written(row.name)}"
    pair = page.pair(page.root, row.entity.many)
    if pair is None:
        return page.with_top(row.entity.many, f"[{{{name}}}]", f"\n  - {name}")
    items = pair[1]
    if not items.value:
        if isinstance(items, yaml.SequenceNode):
            return page.replaced(pair, f"[{{{name}}}]")
        return page.after_line(pair[0].end_mark.index, f"  - {name}")
    if items.flow_style:
        return page.put(page.end(items.value[-1]), f", {{{name}}}")
    return page.after_line(page.end(items.value[-1]), f"{' ' * items.start_mark.column}- {name}")


def without_row(text: str, row: Row) -> str:
    """Return the text without a row of a list; as it is where there is none."""
    page = _Page(text)
    node, pair = page.row(row), page.pair(page.root, row.entity.many)
    if node is None or pair is None:
        return text
    items = pair[1]
    if len(items.value) == 1:
        return page.replaced(pair, "[]")
    at = items.value.index(node)
    if items.flow_style:
        start, end = (page.end(items.value[at - 1]), page.end(node)) if at else (node.start_mark.index, items.value[1].start_mark.index)
        return page.cut(start, end)
    return page.cut(page.line_start(node.start_mark.index), page.line_end(page.end(node)), whole_lines=True)


def with_mark(text: str, key: str, value: str) -> str:
    """Return the text with a word of its own at the top, such as that a list is whole."""
    page = _Page(text)
    pair = page.pair(page.root, key)
    return page.replaced(pair, value) if pair else page.with_top(key, value, f" {value}")


Pair = tuple[Any, Any]


class _Page:
    """A text with its nodes; a node is where its marks say, a block ends where its last value does."""

    def __init__(self, text: str):
        self.text = text
        self.root: Any = yaml.compose(text, Loader=_LOADER)
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def pair(self, node: Any, key: str) -> Pair | None:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        return next(((k, v) for k, v in pairs if k.value == key), None)

    def row(self, row: Row) -> Any:
        """Return the node of a row (a scalar without text where nothing is written of it), None where there is none."""
        pair = self.pair(self.root, row.entity.many or row.entity.name)
        if pair is None or not row.entity.many:
            return pair[1] if pair else None
        items = pair[1].value if isinstance(pair[1], yaml.SequenceNode) else ()
        return next((item for item in items if self._called(item) == row.name), None)

    def _called(self, item: Any) -> str:
        pair = self.pair(item, "name")
        return " ".join(pair[1].value.split()) if pair else ""

    def end(self, node: Any) -> int:
        mark: int = node.end_mark.index
        if isinstance(node, yaml.ScalarNode):
            return len(self.text[:mark].rstrip()) if node.style in ("|", ">") else mark
        if node.flow_style or not node.value:
            return mark
        last = node.value[-1]
        if not isinstance(node, yaml.MappingNode):
            return self.end(last)
        return self.end(last[1]) if last[1].value else self._colon(last[0]) + 1

    def _colon(self, key: Any) -> int:
        return self.text.index(":", key.end_mark.index)

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return end - (self.text[end - 1 : end] == "\r")

    def put(self, at: int, more: str) -> str:
        return self.text[:at] + more + self.text[at:]

    def cut(self, start: int, end: int, whole_lines: bool = False) -> str:
        if whole_lines and self.text.startswith(self.newline, end):
            end += len(self.newline)
        return self.text[:start] + self.text[end:]

    def after_line(self, at: int, line: str) -> str:
        return self.put(self.line_end(at), self.newline + line)

    def replaced(self, pair: Pair, value: str) -> str:
        key, old = pair
        end = self.end(old) if old.value or getattr(old, "flow_style", False) or getattr(old, "style", None) else self._colon(key) + 1
        return f"{self.text[: self._colon(key) + 1]} {value}{self.text[end:]}"

    def added(self, node: Any, row: Row, line: str) -> str:
        """Return the text with one more line in a row's mapping."""
        if isinstance(node, yaml.ScalarNode):
            if row.entity.many:
                return self.put(node.start_mark.index, f" {line}")
            pair = self.pair(self.root, row.entity.name)
            assert pair is not None
            return self.after_line(pair[0].end_mark.index, f"  {line}")
        if not node.value:
            return self.text[: node.start_mark.index] + f"{{{line}}}" + self.text[node.end_mark.index :]
        if node.flow_style:
            return self.put(self.end(node.value[-1][1]), f", {line}")
        return self.after_line(self.end(node), " " * node.value[0][0].start_mark.column + line)

    def with_top(self, key: str, flow: str, block: str) -> str:
        """Return the text with one more entry at the top."""
        if isinstance(self.root, yaml.MappingNode) and self.root.flow_style:
            if not self.root.value:
                return self.text[: self.root.start_mark.index] + f"{{{key}: {flow}}}" + self.text[self.root.end_mark.index :]
            return self.put(self.end(self.root.value[-1][1]), f", {key}: {flow}")
        ended = _ENDED.search(self.text)
        at = ended.start() if ended else len(self.text)
        start = self.text[:at] if not at or self.text[at - 1] == "\n" else self.text[:at] + self.newline
        return f"{start}{key}:{block}".replace("\r\n", "\n").replace("\n", self.newline) + self.newline + self.text[at:]

    def without(self, node: Any, pair: Pair) -> str:
        """Return the text without an entry of a mapping; a comment on its line goes with it."""
        at = next(i for i, (key, _) in enumerate(node.value) if key is pair[0])
        start, end = pair[0].start_mark.index, self.end(pair[1])
        others = len(node.value) > 1
        if node.flow_style and at:
            return self.cut(self.end(node.value[at - 1][1]), end)
        if others and (node.flow_style or self.text[self.line_start(start) : start].strip()):
            return self.cut(start, node.value[at + 1][0].start_mark.index)
        if node.flow_style or self.text[self.line_start(start) : start].strip():
            return self.cut(start, end)
        return self.cut(self.line_start(start), self.line_end(end), whole_lines=True)

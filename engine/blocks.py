"""What a page is made of: headings, paragraphs, lists, tables and quoted files, laid out by whoever prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

COMMAND = re.compile("\x02([^\x03]*)\x03")
"""A command in a text, between two marks that no file of people can hold."""


def command(words: str) -> str:
    """Return a command as it stands in a text: whoever lays the text out keeps it whole, so that it can be copied."""
    return f"\x02{words}\x03"


def unmarked(text: str) -> str:
    """Return a text without the marks of its commands, as data."""
    return COMMAND.sub(r"\1", text)


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Items:
    """A list; each item is a sentence with smaller print under it."""

    items: tuple[tuple[str, tuple[str, ...]], ...]
    numbered: bool = True


@dataclass(frozen=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True)
class Quoted:
    """Lines of a file as they stand in it, however long."""

    text: str


@dataclass(frozen=True)
class Branch:
    """A sentence with smaller print under it, and what it rests on."""

    text: str
    notes: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Tree:
    """Sentences that rest on sentences."""

    branches: tuple[Branch, ...]


Block = Heading | Paragraph | Items | Table | Quoted | Tree


def lowered(blocks: Iterable[Block], levels: int) -> Iterator[Block]:
    """Yield blocks to stand below other headings: their own so many levels further down."""
    for block in blocks:
        yield Heading(block.text, block.level + levels) if isinstance(block, Heading) else block


@dataclass(frozen=True)
class Page:
    """What a command gives: blocks for people, and the same as plain data for programs."""

    blocks: tuple[Block, ...]
    data: Any

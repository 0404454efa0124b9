"""Lays blocks out: as plain text for a terminal, as Markdown, or as HTML. Tables of the first two are drawn by whoever prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

from wcwidth import wcswidth

from .blocks import COMMAND, Block, Branch, Heading, Items, Paragraph, Quoted, Table, Tree

WIDTH = 80

Draw = Callable[[Sequence[Sequence[str]], Sequence[str], str], str]
"""Draws rows of cells under headers in a format that it knows by name."""


def text(blocks: Iterable[Block], draw: Draw) -> str:
    """Return blocks as plain text, 80 columns wide."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            title = _wrapped(block.text)
            rule = {1: "=", 2: "-"}.get(block.level, "") * max(wcswidth(line) for line in title)
            lines += [*([""] if lines and lines[-1] else []), *title, *([rule] if rule else [])]
        elif isinstance(block, Paragraph):
            lines += _wrapped(block.text)
        elif isinstance(block, Items):
            for number, (item, notes) in enumerate(block.items, 1):
                mark = f"{number}. " if block.numbered else "- "
                lines += _wrapped(item, mark, " " * len(mark))
                for note in notes:
                    lines += _wrapped(note, " " * len(mark) + "  ", " " * len(mark) + "  ")
        elif isinstance(block, Quoted):
            lines += block.text.splitlines()
        elif isinstance(block, Tree):
            lines += [line for branch in block.branches for line in _grown(branch, "")]
        else:
            lines += [*([""] if lines and lines[-1].startswith(("- ", "  ")) else []), *_table(block, draw).splitlines(), ""]
    return "\n".join(lines).strip("\n")


def _grown(branch: Branch, indent: str) -> Iterable[str]:
    """Yield a branch with what it rests on, each level further in; deep ones stay readable."""
    inner = indent + "  " if len(indent) < WIDTH // 2 else indent
    yield from _wrapped(branch.text, f"{indent}- ", f"{indent}  ")
    for note in branch.notes:
        yield from _wrapped(note, f"{indent}    ", f"{indent}    ")
    for child in branch.branches:
        yield from _grown(child, inner)


def _table(block: Table, draw: Draw) -> str:
    rows = [["\n".join(_wrapped(cell, width=width)) for cell, width in zip(row, block.widths, strict=True)] for row in block.rows]
    return draw(rows, block.headers, "simple")


def _wrapped(content: str, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Return text in lines no wider than `width` cells of a terminal; wide characters count twice."""
    lines, line = [], first
    empty = True
    for word in _pieces(content, width - wcswidth(rest)):
        gap = "" if empty else " "
        if not empty and wcswidth(line + gap + word) > width:
            lines.append(line)
            line, gap = rest, ""
        line += gap + word
        empty = False
    return [*lines, line]


def _pieces(content: str, width: int) -> Iterable[str]:
    """Yield words, a command as one, so that it can be copied; what is wider than a line is cut into parts that fit."""
    for coded, end, word in re.findall(rf"{COMMAND.pattern}(\S*)|([^\s\x02]+)", content):
        whole = coded + end
        if coded and wcswidth(whole) <= width:
            yield whole
        else:
            yield from (part for plain in (whole or word).split() for part in _cut(plain, width))


def _cut(word: str, width: int) -> Iterable[str]:
    while wcswidth(word) > width:
        cut = len(word)
        while wcswidth(word[:cut]) > width:
            cut -= 1
        yield word[:cut]
        word = word[cut:]
    if word:
        yield word


def markdown(blocks: Iterable[Block], draw: Draw) -> str:
    """Return blocks as Markdown."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            lines += [f"{'#' * block.level} {_escaped(block.text)}", ""]
        elif isinstance(block, Paragraph):
            lines += [_escaped(block.text), ""]
        elif isinstance(block, Items):
            for number, (item, notes) in enumerate(block.items, 1):
                mark = f"{number}. " if block.numbered else "- "
                lines.append(mark + _escaped(item))
                lines += [f"{' ' * len(mark)}<br>*{_escaped(note)}*" for note in notes]
            lines.append("")
        elif isinstance(block, Quoted):
            lines += ["```yaml", block.text, "```", ""]
        elif isinstance(block, Tree):
            lines += [*(line for branch in block.branches for line in _marked(branch, "")), ""]
        else:
            rows = [[_escaped(cell).replace("|", "\\|") for cell in row] for row in block.rows]
            lines += [draw(rows, block.headers, "pipe"), ""]
    return "\n".join(lines).rstrip("\n")


def _marked(branch: Branch, indent: str) -> Iterable[str]:
    """Yield a branch as an item of a list with lists in it."""
    yield f"{indent}- {_escaped(branch.text)}"
    yield from (f"{indent}  <br>*{_escaped(note)}*" for note in branch.notes)
    for child in branch.branches:
        yield from _marked(child, indent + "  ")


def _escaped(content: str) -> str:
    """Return text with what Markdown would take for its own escaped; commands are code, where nothing is."""
    pieces = COMMAND.split(content)
    return "".join(f"`{piece}`" if i % 2 else re.sub(r"([\\`*_<>\[\]])", r"\\\1", piece) for i, piece in enumerate(pieces))


def html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML, to stand in a page."""
    return "\n".join(_tagged(block) for block in blocks)


def _tagged(block: Block) -> str:
    if isinstance(block, Heading):
        return _in(f"h{min(block.level, 6)}", _coded(block.text))
    if isinstance(block, Paragraph):
        return _in("p", _coded(block.text))
    if isinstance(block, Items):
        items = "\n".join(_in("li", _coded(item) + _small(notes)) for item, notes in block.items)
        return _in("ol" if block.numbered else "ul", f"\n{items}\n") if items else ""
    if isinstance(block, Quoted):
        return _in("pre", escape(block.text))
    if isinstance(block, Tree):
        return _nested(block.branches)
    columns = "".join(f'<col style="width: {100 * width / sum(block.widths):.1f}%">' for width in block.widths)
    rows = "\n".join(_in("tr", "".join(_in("td", _coded(cell)) for cell in row)) for row in block.rows)
    head = _in("tr", "".join(_in("th", _coded(title)) for title in block.headers))
    return f"<table><colgroup>{columns}</colgroup>\n<thead>{head}</thead>\n<tbody>\n{rows}\n</tbody></table>"


def _nested(branches: Sequence[Branch]) -> str:
    """Return branches as a list with lists in it."""
    inner = (f"{_coded(b.text)}{_small(b.notes)}{_nested(b.branches) if b.branches else ''}" for b in branches)
    return _in("ul", "\n" + "\n".join(_in("li", text) for text in inner) + "\n")


def _small(notes: Iterable[str]) -> str:
    return "".join(f"<br><small>{_coded(note)}</small>" for note in notes)


def _in(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag}>"


def _coded(content: str) -> str:
    return COMMAND.sub(lambda found: _in("code", found.group(1)), escape(content))

"""Makes sheets to print: a page of HTML that stands by itself, its style in it, each page of the sheet on paper of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .. import layouts
from ..blocks import Block

STYLE = Path(__file__).with_name("print.css")
SHELL = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}@page {{ size: {size}; @top-left {{ content: {head} }} @top-right {{ content: {sheet} }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def printed(title: str, sheet: str, pages: Iterable[Sequence[Block]], wide: bool = False) -> str:
    """Return a sheet of pages as HTML, with the title and the name of the sheet at the head of each printed page; `wide`
    for paper laid across."""
    head = f'<p class="head">{escape(title)}<span>{escape(sheet)}</span></p>'
    body = "\n".join(f"<section>\n{head}\n{layouts.html(page)}\n</section>" for page in pages)
    size = "A4 landscape" if wide else "A4"
    return SHELL.format(
        size=size,
        title=escape(f"{title}: {sheet}"),
        style=STYLE.read_text(encoding="utf-8"),
        head=_quoted(title),
        sheet=_quoted(sheet),
        body=body,
    )


def _quoted(text: str) -> str:
    """Return text as a string of a style sheet, in which nothing can end it or the style around it."""
    return '"' + "".join(c if c.isalnum() or c in " ,.:;-" else f"\\{ord(c):x} " for c in text) + '"'

"""Says what is wrong with a text that is no YAML: what the parser found, as a person would say it, and the way out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import yaml

from ..problems import Place, Problem, Source

_NESTED = re.compile(r"[\w.]+: *[\[{\"']")
# YAML's own signs, and what keyboards for other scripts and word processors write in their place.
_LOOKALIKES = {
    ":": "：",
    ",": "，、",
    "{": "｛",
    "}": "｝",
    "[": "［",
    "]": "］",
    '"': "＂“”„",
    "'": "＇‘’",
    "-": "－",
    "#": "＃",
    " ": "\u3000\u00a0",
}
_MEANT = {char: sign for sign, chars in _LOOKALIKES.items() for char in chars}


def mistake(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """Return what the parser found wrong; the help also names what only looks like a sign of YAML, in its lines and the one
    before each."""
    problem = _found(source, error)
    numbers = sorted({number for place in problem.places for number in (place.line - 1, place.line)})
    said = [
        f"line {number} holds `{char}` ({unicodedata.name(char).lower()}): did you mean `{_MEANT[char]}`?"
        for number in numbers
        for char in dict.fromkeys(problem.places[0].source.line(number))
        if char in _MEANT
    ]
    return replace(problem, help="\n".join([*said, problem.help]).rstrip("\n")) if said else problem


def _found(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """Return what the parser found as a person would say it."""
    mark, start = error.problem_mark or error.context_mark, error.context_mark
    place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
    opened = Place(source, start.line + 1, start.column + 1) if start else place
    said = error.problem or "this is no YAML"
    shown = source.line(place.line)
    before, at = shown[: place.column - 1], shown[place.column - 1 : place.column]
    if "mapping values are not allowed" in said and ": " in before:
        key, _, text = shown.strip().partition(": ")
        if _NESTED.match(text):
            help = f"start a new line after `{key}:` and indent it, or quote it if it is a text"
            return Problem("Y107", "what has keys of its own starts on a line of its own", (place,), help)
        return Problem("Y107", "a text that holds `: ` has to be quoted", (place,), f'quote it: {key}: "{text}"')
    if "mapping values are not allowed" in said:
        help = "is it indented too far, or does the line above lack the space after its colon?"
        return Problem("Y109", "this line does not fit the one above", (place,), help)
    if "\t" in before + at:
        return Problem("Y108", "a tab stands where only spaces may", (place,), "indent with spaces; two for each level")
    if "quoted scalar" in (error.context or "") and "end of stream" in said:
        return Problem("Y109", "this quote is never closed", (opened,), "close it; a text that holds one kind stands inside the other")
    if match := re.match(r"did not find expected ',' or '(.)'", said):
        places = (place, opened) if opened.line != place.line else (place,)
        help = "a text inside [...] or {...} that holds quotes, colons, commas, brackets or ` #` has to be quoted as a whole"
        return Problem("Y109", f"a comma or the closing `{match[1]}` is missing before this", places, help)
    if "cannot start any token" in said or "directive" in said:
        return Problem("Y109", f"a text cannot start with `{at if at in ('@', '`') else '%'}`", (place,), "quote it")
    if said == "could not find expected ':'" and (match := re.match(r"\s*(?:- +)?([\w.]+):(\S.*)", source.line(opened.line))):
        return Problem("Y109", "a space is missing after the colon", (opened,), f"write `{match[1]}: {match[2].strip()}`")
    if said == "could not find expected ':'":
        return Problem("Y109", "this line is no `key: value`", (opened,), "a text of several lines is indented below its key, after >-")
    if said == "found unexpected ':'":
        return Problem("Y109", "a space is missing after the colon", (place,), "write `key: value`")
    if "did not find expected node content" in said:
        return Problem("Y109", "a value is missing before this", (place,), "write it, or take the comma or bracket out")
    if "did not find expected" in said and before.strip():
        help = "quote the text as a whole, with ' where it holds \""
        help = f"take it out, or {help}" if at in ("]", "}") else help
        return Problem("Y109", "something stands behind the value", (place,), help)
    if "did not find expected" in said:
        return Problem("Y109", "the indentation does not fit the lines above", (place,), "keys of one level start in one column")
    return Problem("Y109", said, (place,))

"""One way from a node to a typed value: a pydantic model says the shape, its errors come back with their places."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from ..problems import Place, Problem, one_of
from .nodes import Mapping, Node, Scalar, Sequence, cut_text

T = TypeVar("T")
WORD = r"[a-z][a-z0-9_]*"

# What pydantic finds, said to the one who wrote it.
_WANTED = {
    "string_type": ("is a text", "quote it, or write it as a block with >-"),
    "tuple_type": ("is a list", "write [one, another], or start each on its own line with `- `"),
    "dict_type": ("is written with keys", "write `key: value`, each on its own line, or {key: value, ...}"),
    "model_type": ("is written with keys", "write `key: value`, each on its own line, or {key: value, ...}"),
    "int_type": ("is a whole number", ""),
    "int_parsing": ("is a whole number", ""),
    "greater_than": ("is a whole number above 0", ""),
    "greater_than_equal": ("is a whole number, 0 or more", ""),
    "too_short": ("is empty", ""),
    "too_long": ("has too many entries", ""),
}


class Form(BaseModel):
    """The shape of something that people write: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


def written_as(pattern: str, how: str) -> AfterValidator:
    """Return a validator of a text's form, with the words that say it."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(how)
        return text

    return AfterValidator(check)


def as_texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


Word = Annotated[str, written_as(WORD, "a name has small letters, digits and _, a letter first")]
Words = Annotated[tuple[Word, ...], BeforeValidator(as_texts)]


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def plain(node: Node) -> Any:
    """Return the node as dicts, lists and texts."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.pairs}


def place_of(node: Node, path: tuple[int | str, ...]) -> tuple[Place, Node]:
    """Return the place and the node that a path leads to, as far as it goes."""
    place = node.place
    for step in path:
        found: Node | None = None
        if isinstance(node, Mapping) and (key := node.key(str(step))):
            found, place = node.get(str(step)), key.place
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            found = node.items[step]
        if found is None:
            continue
        node = found
        if isinstance(node, Sequence) or isinstance(step, int) or (isinstance(node, Scalar) and node.text):
            place = node.place
    return place, node


def key_place(node: Node, path: tuple[int | str, ...]) -> Place:
    """Return the place of the key that a path ends in."""
    place, parent = place_of(node, path[:-1])
    key = parent.key(str(path[-1])) if isinstance(parent, Mapping) else None
    return key.place if key else place


def filled(shape: type[T], node: Node, problems: list[Problem], what: str, code: str) -> T | None:
    """Return the node as `shape`, or None after adding to `problems` all that does not fit it.

    `what` names the thing in messages ("a figure"), `code` is the problem's code.
    """
    try:
        return cast(T, _adapter(cast(Any, shape)).validate_python(plain(node)))
    except ValidationError as error:
        found: dict[tuple[object, ...], Problem] = {}
        # Where a value may have several shapes, each says what it misses: the one about the value itself is kept.
        for entry in sorted(error.errors(include_url=False), key=lambda e: e["type"] in ("dict_type", "tuple_type", "model_type")):
            problem = _problem(node, entry, shape, what, code)
            if problem:
                missing = problem.message if entry["type"] in ("missing", "extra_forbidden") else ""
                found.setdefault((problem.places, missing), problem)
        problems.extend(found.values())
        return None


def _problem(node: Node, entry: Any, shape: Any, what: str, code: str) -> Problem | None:
    kind, path = entry["type"], _steps(node, tuple(entry["loc"]), entry["type"])
    name = ".".join(str(step) for step in path if isinstance(step, str)) or what
    if kind == "extra_forbidden":
        known = list(getattr(shape, "model_fields", {}))
        help = one_of(str(path[-1]), known) if len(path) == 1 and known else ""
        owner = next((step for step in reversed(path[:-1]) if isinstance(step, str)), what)
        return Problem(code, f"{owner} has no {path[-1]!r}", (key_place(node, path),), help)
    place, found = place_of(node, path)
    if kind == "missing" and isinstance(path[-1], int):
        return Problem(code, f"{name} has too few entries", (place,))
    if kind == "missing":
        owner = next((step for step in reversed(path[:-1]) if isinstance(step, str)), what)
        return Problem(code, f"{owner} needs {str(path[-1])!r}", (place,))
    if kind == "too_short" and isinstance(found, Sequence) and found.items:
        return None  # its entries have mistakes of their own
    written = repr(found.text) if isinstance(found, Scalar) and found.text else ""
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", entry["ctx"]["expected"])
        return Problem(code, f"{written or 'nothing'} is not a value of {name}", (place,), one_of(written[1:-1], words))
    said, help = _WANTED.get(kind, ("", ""))
    if said:
        return Problem(code, f"{name} {said}", (place,), help)
    reason = str(entry["msg"]).removeprefix("Value error, ")
    return Problem(code, f"{name}: {written} will not do: {reason}" if written else f"{name}: {reason}", (place,))


def _steps(node: Node, loc: tuple[int | str, ...], kind: str) -> tuple[int | str, ...]:
    """Return the steps of a location that lead through the node, without those that pydantic adds for itself."""
    steps: list[int | str] = []
    for number, step in enumerate(loc):
        last = number == len(loc) - 1 and kind in ("missing", "extra_forbidden")
        key = isinstance(node, Mapping) and node.key(str(step)) is not None
        item = isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items)
        if key or item:
            node = place_of(node, (step,))[1]
        if key or item or last:
            steps.append(step)
    return tuple(steps)


def each(shape: type[T], node: Node | None, problems: list[Problem], what: str, code: str) -> dict[str, T]:
    """Return the entries of a mapping by name, each as `shape`; one that does not fit it is left out, the others stay."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        problems.append(Problem(code, f"{what} is written under its name", (node.place,), "write `name:` and the rest below it"))
        return {}
    found: dict[str, T] = {}
    for key, value in node.pairs:
        if not re.fullmatch(WORD, key.text):
            help = "small letters, digits and _, a letter first"
            problems.append(Problem(code, f"{key.text!r} cannot be a name", (key.place,), help))
        elif (form := filled(shape, value, problems, f"{what} ({key.text})", code)) is not None:
            found[key.text] = form
    return found


def read_text(node: Node | None, problems: list[Problem], what: str) -> Scalar | None:
    """Return a text, after checking that YAML did not eat a part of it."""
    if node is None:
        return None
    if not isinstance(node, Scalar):
        problems.append(Problem("Y121", f"{what} is a text", (node.place,), "quote it, or write it as a block with >-"))
        return None
    if node.plain and node.cut:
        problems.append(cut_text(node.place))
        return None
    if node.plain and node.listed:
        help = f'quote it: "{node.text}"; a comma inside [...] ends the item'
        problems.append(Problem("Y116", f"{what} stands inside [...] without quotes", (node.place,), help))
        return None
    if not node.text.strip():
        problems.append(Problem("Y117", f"{what} is empty", (node.place,)))
        return None
    return node

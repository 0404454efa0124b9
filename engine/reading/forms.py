"""One way from a node to a typed value: a pydantic model says the shape, its errors come back with their places."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ..problems import Place, Problem, one_of
from .nodes import Mapping, Node, Scalar, Sequence, cut_text

T = TypeVar("T")


class Form(BaseModel):
    """The shape of something that people write: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


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
        place = node.place if isinstance(node, Scalar) and node.text else place
        if isinstance(node, Sequence):
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
        for entry in error.errors(include_url=False):
            problems.append(_problem(node, entry, shape, what, code))
        return None


def _problem(node: Node, entry: Any, shape: Any, what: str, code: str) -> Problem:
    path = tuple(entry["loc"])
    name = ".".join(str(step) for step in path if isinstance(step, str))
    kind = entry["type"]
    if kind == "extra_forbidden":
        known = list(getattr(shape, "model_fields", {}))
        help = one_of(str(path[-1]), known) if len(path) == 1 and known else ""
        return Problem(code, f"{what} has no {path[-1]!r}", (key_place(node, path),), help)
    place, found = place_of(node, path)
    written = f"{found.text!r} " if isinstance(found, Scalar) and kind != "missing" else ""
    if kind == "missing":
        return Problem(code, f"{what} needs {str(path[-1])!r}", (place,))
    message = str(entry["msg"])
    return Problem(code, f"{name or what}: {written}{message[:1].lower()}{message[1:]}".strip(), (place,))


def read_words(node: Node | None, problems: list[Problem], what: str) -> tuple[Scalar, ...]:
    """Return the words of a list; a single word counts as a list of one."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    words = tuple(item for item in items if isinstance(item, Scalar))
    if len(words) != len(items):
        problems.append(Problem("Y120", f"{what} is a word or a list of words", (node.place,)))
    return words


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

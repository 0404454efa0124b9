"""What changed between two states of a rule base, as people read it: a list by kinds, and a few words beside what it brought about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..blocks import Block, Items, Paragraph
from ..wording import listed
from .revising import KINDS, Change

WHATS = {
    "rule": "rules", "figure": "figures", "decision": "decisions", "word": "words", "scorecard": "scorecards", "file": "files",
}  # fmt: skip
PLAIN = {"when": "conditions", "unless": "exceptions", "then": "effects"}
"""What readers call the parts of a rule; other parts go by the names under which they are written."""
FEW = 8
"""So many lines, facts or names are given one by one; the rest are counted."""


def by(causes: Sequence[Change]) -> tuple[str, ...]:
    """Return the changes that did something, as small print; nothing where none can be shown to."""
    said = [_named_change(change) for change in causes]
    return (f"by: {listed([*said[:FEW], f'{len(said) - FEW} more'] if len(said) > FEW else said)}",) if said else ()


def _named_change(change: Change) -> str:
    """Return a change in a few words."""
    name = change.name if change.what in ("rule", "scorecard") else f"{change.what} {change.name}"
    return f"{name} ({_kind(change)})"


def _kind(change: Change) -> str:
    if change.what == "figure" and change.kind != "gone":
        return change.says
    return f"changed: {_parts(change)}" if change.kind == "changed" else change.kind


def _parts(change: Change) -> str:
    return listed(dict.fromkeys(PLAIN.get(part, part) for part in change.parts))


def changed(changes: Sequence[Change]) -> Iterator[Block]:
    """Yield what changed, a line for each kind of thing and of change."""
    found = []
    for what, many in WHATS.items():
        of_kind = [change for change in changes if change.what == what]
        for kind in KINDS:
            names = [_listed(change) for change in of_kind if change.kind == kind and change.decides]
            if names:
                shown = [*names[:FEW], f"{len(names) - FEW} more"] if len(names) > FEW else names
                found.append((f"{kind.capitalize()} {many} ({len(names)}): {'; '.join(shown)}.", ()))
        aside = sum(not change.decides for change in of_kind)
        if aside:
            found.append((f"{many.capitalize()} changed only in what is said of them or by them: {aside}.", ()))
    yield Items(tuple(found), numbered=False) if found else Paragraph("Only how it is laid out.")


def _listed(change: Change) -> str:
    """Return a change as a list of them names it: its kind stands before the list."""
    said = [change.says] if change.says and (change.what in ("rule", "figure") or change.kind == "new") else []
    parts = [_parts(change)] if change.kind == "changed" and change.what != "figure" else []
    return f"{change.name} ({'; '.join([*said, *parts])})" if said or parts else change.name


def as_json(change: Change) -> dict[str, Any]:
    return {
        "what": change.what, "name": change.name, "kind": change.kind, "says": change.says or None, "parts": list(change.parts),
        "decides": change.decides,
    }  # fmt: skip

"""Reads texts with slots, and what must hold for them to be said."""

from __future__ import annotations

import re

from ..conditions import Pattern
from ..problems import Place
from ..texts import Slot, Text
from .conditions import Reader
from .forms import read_text
from .names import Scope
from .nodes import Mapping, Node, Scalar

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_SLOT = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


class TextReader(Reader):
    """Reads texts against the words of a knowledge base and the names that conditions have bound."""

    def text(self, node: Node, scope: Scope, what: str) -> Text | None:
        """Return a text with its slots looked up."""
        word = read_text(node, self.problems, what)
        if word is None:
            return None
        parts: list[str | Slot] = []
        at = 0
        content = " ".join(word.text.split())
        for match in _BRACES.finditer(content):
            parts.append(content[at : match.start()])
            at = match.end()
            slot = self._slot(match.group(1), word, scope)
            if slot:
                parts.append(slot)
        parts.append(content[at:])
        return Text(tuple(p for p in parts if p != ""))

    def _slot(self, inside: str | None, word: Scalar, scope: Scope) -> Slot | None:
        place = word.place
        line = place.source.line(place.line)
        if inside is not None and (at := line.find("{" + inside + "}", place.column - 1)) >= 0:
            place = Place(place.source, place.line, at + 1, len(inside) + 2)
        if inside is None or not _SLOT.fullmatch(inside):
            self.wrong("R310", "braces in a text hold one slot: {name.attribute}", place, "write it without braces, or mend the slot")
            return None
        if "." not in inside:
            if inside not in scope.counts:
                help = f"did you mean {{{inside}.name}}?" if inside in scope.rows else "a count gives a number with `as`"
                self.wrong("R311", f"{inside!r} is no number that a `count` of this rule gives", place, help)
                return None
            return Slot(inside)
        name, _, attribute = inside.partition(".")
        if name == "figures":
            if attribute not in self.figures:
                self.no_figure(attribute, place)
                return None
            return Slot(name, attribute)
        ref = self.ref(Scalar(inside, place), scope)
        return Slot(ref.name, ref.attribute, ref.entity) if ref else None

    def needs(self, node: Node | None, scope: Scope) -> tuple[Pattern, ...]:
        """Return what must hold for a line to be said: one mapping of `entity.attribute: value`."""
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.wrong("R308", "`needs` is one mapping of tests", node.place, f"write needs: {{{self.vocabulary.main}.attribute: value}}")
            return ()
        found: list[Pattern] = []
        if not node.pairs:
            self.wrong("R308", "`needs` asks nothing", node.place, f"write needs: {{{self.vocabulary.main}.attribute: value}}")
        for key, value in node.pairs:
            ref = self.ref(key, scope)
            attribute = ref and self.vocabulary.attribute(ref.entity, ref.attribute)
            if ref and attribute:
                short = Scalar(ref.attribute, key.place, key.plain)
                test = self.test(short, value, attribute, scope)
                found += [Pattern(ref.entity, ref.name, (test,), key.place)] if test else []
        return tuple(found)

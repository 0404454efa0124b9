"""Names in rules: what each stands for, and what `name.attribute` points to."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from ..conditions import Ref
from ..problems import Place, Problem, one_of
from ..terms import Figure, Vocabulary
from .nodes import Mapping, Scalar

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Scope:
    """The names that stand for rows, with their entities, and the names of counts."""

    rows: dict[str, str]
    counts: set[str] = field(default_factory=set)

    def inner(self) -> Scope:
        return Scope(dict(self.rows), set(self.counts))


@dataclass
class Names:
    """Finds what names stand for; what is wrong goes to `problems`."""

    vocabulary: Vocabulary
    figures: Map[str, Figure]
    problems: list[Problem]
    mistaken: frozenset[str] = frozenset()
    """What is written and left out for mistakes of its own: that it is missing is not said once more where it is used."""

    def wrong(self, code: str, message: str, place: Place, help: str = "") -> None:
        self.problems.append(Problem(code, message, (place,), help))

    def no_figure(self, name: str, place: Place) -> None:
        if f"figures.{name}" not in self.mistaken:
            self.wrong("R233", f"there is no figure {name!r}", place, one_of(name, self.figures))

    def scope(self) -> Scope:
        """Return the scope every rule starts with: the entities that have one row."""
        return Scope({name: name for name, entity in self.vocabulary.entities.items() if not entity.many})

    def row_name(self, entity: str, tests: Mapping) -> str:
        alias = tests.get("as")
        return entity if alias is None else alias.text if isinstance(alias, Scalar) else ""

    def free(self, name: str) -> bool:
        """Return whether a word may name a row or a count."""
        return bool(_NAME.fullmatch(name)) and name not in self.vocabulary.entities and name != "figures"

    def name_row(self, name: str, entity: str, scope: Scope, place: Place) -> None:
        known = scope.rows.get(name)
        if known is not None and known != entity:
            self.wrong("R208", f"{name!r} already names a row of {known}", place, "give this row a name of its own with `as`")
        elif (name != entity and not self.free(name)) or name in scope.counts:
            message = f"{name!r} cannot name a row" if name else "`as` gives a row a name"
            self.wrong("R209", message, place, "choose a small word of its own")
        elif known is None:
            scope.rows[name] = entity

    def ref(self, word: Scalar, scope: Scope, place: Place | None = None) -> Ref | None:
        """Return what `name.attribute` points to, None after saying what is wrong with it."""
        place = place or word.place
        name, _, attribute = word.text.partition(".")
        entity = scope.rows.get(name)
        main = self.vocabulary.main
        if not attribute and (entity or self.vocabulary.attribute(main, name)):
            help = f"write {name}.attribute" if entity else f"write {main}.{name}"
            self.wrong("R219", f"{word.text!r} is one word where two are wanted", place, help)
            return None
        if entity is None:
            help = one_of(name, [*scope.rows, "figures"])
            if name in self.vocabulary.entities:
                help = f"a rule that speaks of one {name} binds it: add `- {name}: {{}}` to `when`"
                if self.vocabulary.attribute(main, attribute):
                    help += f"; or say {main}.{attribute}"
            self.wrong("R210", f"{name!r} is not bound to a row", place, help)
            return None
        if attribute != "name" and self.vocabulary.attribute(entity, attribute) is None:
            self.unknown_attribute(entity, attribute, place)
            return None
        return Ref(name, attribute, entity)

    def unknown_attribute(self, entity: str, attribute: str, place: Place) -> None:
        if attribute in self.mistaken:
            return
        attributes = self.vocabulary.entities[entity].attributes
        renamed = next((a.name for a in attributes.values() if attribute in a.was), None)
        if attribute == "note":
            self.wrong("R221", "a note is shown and never tested", place, "test a fact instead")
            return
        help = f"it is now called {renamed}" if renamed else one_of(attribute, [*attributes, "name"])
        self.wrong("R220", f"{entity} has no attribute {attribute!r}", place, help)

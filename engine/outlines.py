"""What documents are made of, section by section, and the tables beside them: records only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .conditions import Condition, Key, Pattern, Ref
from .problems import Place
from .texts import Sentence, Text


@dataclass(frozen=True)
class Section:
    """A section: what to write in it, and the facts it is written from.

    It stands where `when` holds, once for each choice of rows with which `each` holds. A fact of `draws` whose name no
    condition binds means that attribute of every row.
    """

    id: str
    title: Text
    place: Place = field(repr=False, compare=False)
    source: str
    when: tuple[Condition, ...] = ()
    each: tuple[Condition, ...] = ()
    draws: tuple[Ref, ...] = ()
    write: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Part:
    """Sections in order that make one document, or one set of papers beside it; it stands where `when` holds."""

    title: str
    source: str
    sections: tuple[Section, ...]
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of a table: what it says of a row, or `empty` where there is nothing to say."""

    id: str
    title: str
    empty: Text
    draws: tuple[Ref, ...] = ()
    write: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table with a line for each row of an entity (`of`)."""

    of: str
    title: str
    source: str
    columns: tuple[Column, ...]
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Outlines:
    """The document for each option of a decision, and what goes with it; nothing of it stands unless `when` holds.

    `internal` are papers for our own eyes, `extracts` are parts for single readers; `trace` follows each row through its
    columns and says which are empty, of `themes` those are cut that lack a column. `listed_in` is the part of the advice
    that lists it all; `counted` says which rows of a list facts are drawn from.
    """

    decision: Key
    listed_in: str
    documents: Mapping[str, Part]
    when: tuple[Condition, ...] = ()
    counted: tuple[Pattern, ...] = ()
    notes: tuple[Sentence, ...] = ()
    internal: Part | None = None
    extracts: Part | None = None
    trace: Grid | None = None
    themes: Grid | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(p for p in (*self.documents.values(), self.internal, self.extracts) if p)

    @property
    def grids(self) -> tuple[Grid, ...]:
        return tuple(g for g in (self.trace, self.themes) if g)

    def sentences(self) -> Iterator[tuple[str, Sentence, tuple[Condition, ...]]]:
        """Yield every sentence with the name of what it stands in, and the conditions that bind rows for it."""
        for note in self.notes:
            yield "a note", note, ()
        for part in self.parts:
            for section in part.sections:
                yield from ((f"section {section.id}", sentence, section.each) for sentence in section.write)
        for grid in self.grids:
            for column in grid.columns:
                yield from ((f"column {column.id}", sentence, ()) for sentence in column.write)

    def conditions(self) -> Iterator[tuple[str, tuple[Condition, ...]]]:
        """Yield the conditions of everything but the sentences, with the name of what they stand in."""
        yield "the outlines", (*self.when, *self.counted)
        for part in self.parts:
            yield part.title, part.when
            for section in part.sections:
                yield f"section {section.id}", (*section.when, *section.each)
        for grid in self.grids:
            yield grid.title, grid.when

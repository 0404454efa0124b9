"""Reads outlines.yaml: the document for each option of a decision, section by section, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ..conditions import Pattern, Ref
from ..outlines import Column, Grid, Outlines, Part, Section
from ..problems import Problem, one_of
from ..terms import Attribute
from .forms import Form, Word, filled, key_place, place_of
from .names import Scope
from .nodes import Mapping, Node, Scalar, Sequence
from .rules import RuleReader
from .sentences import read_sentences
from .terms import Dotted

Facts = tuple[Dotted, ...]
Lines = Annotated[tuple[Any, ...], Field(min_length=1)]


def _spelled(name: str) -> str:
    return {"from_": "from", "for_": "for"}.get(name, name)


class SectionForm(Form):
    id: str
    title: str
    write: Lines
    from_: Facts = ()
    for_: Any = None
    when: Any = None
    source: str = ""

    model_config = {**Form.model_config, "alias_generator": _spelled}


class UseForm(Form):
    """A section that is written elsewhere stands here too."""

    use: str
    when: Any = None


class PartForm(Form):
    title: str
    source: str
    sections: Lines
    when: Any = None


class ColumnForm(Form):
    id: Word
    title: str
    write: Lines
    empty: str
    from_: Facts = ()

    model_config = SectionForm.model_config


class GridForm(Form):
    of: Word
    title: str
    source: str
    columns: Annotated[tuple[ColumnForm, ...], Field(min_length=1)]
    when: Any = None


class OutlinesForm(Form):
    decision: Dotted
    listed_in: Word
    documents: dict[str, PartForm]
    when: Any = None
    counted: Any = None
    notes: tuple[Any, ...] = ()
    internal: PartForm | None = None
    extracts: PartForm | None = None
    trace: GridForm | None = None
    themes: GridForm | None = None


def read_outlines(node: Node | None, reader: RuleReader) -> Outlines | None:
    """Return the outlines, None where there are none or their shape is wrong; what is wrong goes to the reader's problems."""
    form = filled(OutlinesForm, node, reader.problems, "the outlines", "K251") if node else None
    return _Outlines(node, reader).outlines(form) if form and node else None


class _Outlines:
    """Reads one file; a path leads to the node of each thing in it."""

    def __init__(self, node: Node, reader: RuleReader):
        self.node = node
        self.reader = reader
        self.sections: dict[str, Section] = {}

    def at(self, *path: int | str) -> Node | None:
        """Return the node that a path leads to, None where the last step was left out."""
        parent = place_of(self.node, path[:-1])[1]
        if isinstance(parent, Mapping):
            return parent.get(str(path[-1]))
        return place_of(self.node, path)[1]

    def outlines(self, form: OutlinesForm) -> Outlines:
        for part, path in self._parts(form):
            self._read_sections(part, *path)
        decision = self._decision(form)
        scope = self.reader.scope()
        patterns = self.reader.conditions(self.at("counted"), scope.inner())
        if loose := next((p for p in patterns if not isinstance(p, Pattern)), None):
            self.reader.wrong("K252", "`counted` says which rows count, by their attributes", loose.place, "write `- entity: {tests}`")
        entity, _, name = form.decision.partition(".")
        return Outlines(
            (entity, name), form.listed_in,
            {option: self._part(part, "documents", option) for option, part in form.documents.items()} if decision else {},
            self.reader.conditions(self.at("when"), scope.inner()),
            tuple(p for p in patterns if isinstance(p, Pattern)),
            read_sentences(self.at("notes"), scope, self.reader, "a note"),
            self._part(form.internal, "internal") if form.internal else None,
            self._part(form.extracts, "extracts") if form.extracts else None,
            self._grid(form.trace, scope, "trace") if form.trace else None,
            self._grid(form.themes, scope, "themes") if form.themes else None,
        )  # fmt: skip

    def _decision(self, form: OutlinesForm) -> Attribute | None:
        """Return the decision that picks the document, after checking that each of its options has one."""
        entity, _, name = form.decision.partition(".")
        vocabulary = self.reader.vocabulary
        found = vocabulary.attribute(entity, name)
        place = place_of(self.node, ("decision",))[0]
        if name in self.reader.mistaken:
            return None
        if found is None or not found.decided or found.takes_many or vocabulary.entities[entity].many:
            known = [f"{d.entity}.{d.name}" for d in self.reader.decisions.values() if not d.derived and d.choose == "one"]
            self.reader.wrong("K253", f"{form.decision!r} is no decision that picks one document", place, one_of(form.decision, known))
            return None
        for option in form.documents:
            if option not in found.values:
                at = key_place(self.node, ("documents", option))
                self.reader.wrong("K254", f"{option!r} is no option of {form.decision}", at, one_of(option, found.values))
        if missing := [option for option in found.values if option not in form.documents]:
            at = key_place(self.node, ("documents",))
            help = "write a document for it, if only a short one"
            self.reader.wrong("K255", f"{form.decision} may come out as {', '.join(missing)}, and has no document for it", at, help)
        return found

    def _parts(self, form: OutlinesForm) -> Iterator[tuple[PartForm, tuple[str, ...]]]:
        for option, part in form.documents.items():
            yield part, ("documents", option)
        for name in ("internal", "extracts"):
            if part := getattr(form, name):
                yield part, (name,)

    def _read_sections(self, form: PartForm, *path: int | str) -> None:
        """Read the sections that are written in a part, before any part makes use of those of another."""
        for node in self._items(*path):
            if node.get("use") is None and (section := filled(SectionForm, node, self.reader.problems, "a section", "K251")):
                self._section(section, node, form.source)

    def _items(self, *path: int | str) -> list[Mapping]:
        """Return the sections of a part as nodes, after saying which are none."""
        found = self.at(*path, "sections")
        items = found.items if isinstance(found, Sequence) else ()
        for item in items:
            if not isinstance(item, Mapping):
                self.reader.wrong("K251", "a section is written with keys: id, title, from, write", item.place, "or `use: id`")
        return [item for item in items if isinstance(item, Mapping)]

    def _part(self, form: PartForm, *path: int | str) -> Part:
        found: list[Section] = []
        for node in self._items(*path):
            word = node.get("use") or node.get("id")
            section = self.sections.get(word.text) if isinstance(word, Scalar) else None
            if section and node.get("use") is not None:
                section = self._used(section, node)
            elif node.get("use") is not None:
                place, said = (word.place, word.text) if isinstance(word, Scalar) else (node.place, "")
                self.reader.wrong("K258", f"there is no section {said!r} to use", place, one_of(said, self.sections))
            found += [section] if section else []
        return Part(form.title, form.source, tuple(found), self.reader.conditions(self.at(*path, "when"), self.reader.scope()))

    def _used(self, section: Section, node: Mapping) -> Section | None:
        if filled(UseForm, node, self.reader.problems, "a section that is used", "K251") is None:
            return None
        when = self.reader.conditions(node.get("when"), self.reader.scope())
        return replace(section, when=(*section.when, *when))

    def _section(self, form: SectionForm, node: Mapping, source: str) -> None:
        if known := self.sections.get(form.id):
            both = (node.place, known.place)
            self.reader.problems.append(Problem("K256", f"section {form.id} is written twice", both, "write `use: id` for the second"))
        scope = self.reader.scope()
        when = self.reader.conditions(node.get("when"), scope.inner())
        each = self.reader.conditions(node.get("for"), scope)
        title_node = node.get("title")
        title = self.reader.text(title_node, scope, "title") if title_node else None
        draws = self._facts(form.from_, node, scope)
        write = read_sentences(node.get("write"), scope, self.reader, "a line")
        if title:
            self.sections[form.id] = Section(form.id, title, node.place, form.source or source, when, each, draws, write)

    def _facts(self, facts: Facts, node: Mapping, scope: Scope) -> tuple[Ref, ...]:
        """Return the facts that something is written `from`; beside the names bound, an entity's own word means all its rows."""
        wide = Scope({**{name: name for name in self.reader.vocabulary.entities}, **scope.rows})
        found = [self.reader.ref(Scalar(fact, place_of(node, ("from", i))[0]), wide) for i, fact in enumerate(facts)]
        return tuple(ref for ref in found if ref)

    def _grid(self, form: GridForm, scope: Scope, *path: int | str) -> Grid | None:
        entities = self.reader.vocabulary.entities
        if form.of not in entities:
            place = place_of(self.node, (*path, "of"))[0]
            self.reader.wrong("K257", f"{form.of!r} is no entity", place, one_of(form.of, entities))
            return None
        own = Scope({**scope.rows, form.of: form.of})
        columns = [self._column(c, own, *path, "columns", i) for i, c in enumerate(form.columns)]
        when = self.reader.conditions(self.at(*path, "when"), scope.inner())
        return Grid(form.of, form.title, form.source, tuple(c for c in columns if c), when)

    def _column(self, form: ColumnForm, scope: Scope, *path: int | str) -> Column | None:
        node = self.at(*path)
        assert isinstance(node, Mapping)
        empty_node = node.get("empty")
        empty = self.reader.text(empty_node, scope, "empty") if empty_node else None
        draws = self._facts(form.from_, node, scope)
        write = read_sentences(node.get("write"), scope, self.reader, "a line")
        return Column(form.id, form.title, empty, draws, write) if empty else None

"""An interview about a dossier: what a typed line means and what comes back as blocks. Whoever holds the terminal passes lines
in and prints the blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from shlex import quote

from .. import pages
from ..blocks import Block, Heading, Items, Paragraph, command
from ..hearing import Address, Misheard, addressed, called, explained
from ..terms import Entity
from ..wording import capital, listed
from ..world import WorldRow
from . import climbing
from .editing import Row, with_fact, without_row, written
from .keeping import left_open
from .prompting import uncounted
from .sitting import Sitting

HELP = (
    ("?", "what may be answered"), ("why", "what hangs on it; again and again up to the rules"), ("unknown", "nobody can say now"),
    ("skip", "later"), ("back", "take the last answer back"), ("so far", "the advice as it stands"),
    ("more", "ask also what counts only together with other answers, or not for now"),
    ("edit WHAT", "a fact, as entity[name].attribute, or a row with all that is known of it"),
    ("set FACT VALUE", "answer a fact without being asked"), ("add LIST NAME", "another row of a list"),
    ("rename LIST[NAME] NEW", "call a row otherwise"), ("drop LIST NAME", "take a row out"), ("quit", "stop; all is saved"),
)  # fmt: skip


class Interview(Sitting):
    """One interview. `over` is set when it is to end."""

    def start(self) -> list[Block]:
        """Return the first words and the first question."""
        known = sum(len(row.facts) for row in self.keeper.dossier.rows)
        facts = "1 fact is" if known == 1 else f"{known} facts are"
        begun = f"{facts} known; going on." if known else "Nothing is known yet."
        return [Heading(self.keeper.shown), Paragraph(f"{begun} Write help for what can be written."), *self._next()]

    def hear(self, line: str) -> list[Block]:
        """Return what comes back for a typed line. Raises Unusable where an answer could not be saved."""
        said = " ".join(line.split())
        word, _, rest = said.partition(" ")
        try:
            if self.asked and self.asked.attribute and self.asked.value is None and said.lower() in self.asked.attribute.values:
                return self._answer(self.asked, said)
            act = _ALONE.get(said.lower()) or (_WITH_MORE.get(word.lower()) if rest else None)
            if act:
                return list(act(self, rest))
            if said.lower() in _WITH_MORE:
                raise Misheard(_how(said.lower()))
            if self.asked is None:
                return [Paragraph("Nothing is being asked; write help for what can be written, quit to stop.")]
            if not said and not self.asked.value:
                return [Paragraph("Write an answer, or ? for what may be answered, or help."), *self._put()]
            return self._answer(self.asked, said)
        except Misheard as error:
            return [Paragraph(capital(str(error)))]

    def leave(self) -> list[Block]:
        """Return the last words."""
        file = quote(self.keeper.shown)
        again = f"To go on: {command(f'realms consult {file}')}; for the advice: {command(f'realms advise {file}')}."
        return [Paragraph(f"Saved. {again}" if self.keeper.raw is not None else "Nothing was answered, so nothing is saved.")]

    # --- what can be written beside answers

    def _do_help(self, _: str) -> Iterator[Block]:
        yield Items(tuple((f"{word}: {says}", ()) for word, says in HELP), numbered=False)

    def _do_explain(self, _: str) -> Iterator[Block]:
        asked = self.asked
        if asked is None:
            yield from self._do_help("")
        elif asked.value is not None:
            yield Paragraph("1 assumed: we think so; 2 said: somebody said so; 3 shown: it was seen or is in writing. Behind it, by whom.")
        elif asked.attribute:
            yield from explained(asked.attribute)
        elif asked.names_of:
            yield Paragraph(f"{asked.names_of.meaning} Write names, with commas between them; none if there is none.")

    def _do_why(self, _: str) -> Iterator[Block]:
        asked = self.asked
        if asked and asked.value is not None:
            yield Paragraph("What stands in the headline now rests on this fact: it is as firm as the weakest fact under it.")
        elif asked and asked.question and asked.question.open:
            yield from climbing.step(self.consultation, asked.question, asked.step)
            asked.step += 1
        elif asked and asked.names_of:
            yield Paragraph(f"Nothing that rules say of a {asked.names_of.name} can be weighed before one is named.")
        else:
            yield Paragraph("No decision hangs on it at present.")

    def _do_unknown(self, _: str) -> Iterator[Block]:
        yield from self._leave_open("unknown")

    def _do_skip(self, _: str) -> Iterator[Block]:
        yield from self._leave_open("skipped")

    def _do_more(self, _: str) -> Iterator[Block]:
        self.more = True
        yield from self._next() if self.asked is None else self._put()

    def _do_back(self, _: str) -> Iterator[Block]:
        if not self.undo:
            raise Misheard("there is nothing to take back.")
        text, fact, did = self.undo.pop()
        self.left = left_open(text)
        self._save(text)
        yield Paragraph(f"Taken back: {did}.")
        yield from self._ask(self._asked(fact))

    def _do_so_far(self, _: str) -> Iterator[Block]:
        yield from pages.first_screen(self.consultation, f"realms advise {quote(self.keeper.shown)} --all")
        if self.asked:
            yield Heading("And the question was", 2)
            yield from self._put()

    def _do_quit(self, _: str) -> Iterator[Block]:
        self.over = True
        yield from ()

    def _do_edit(self, rest: str) -> Iterator[Block]:
        parts = rest.rsplit(" ", 1)
        found, value = self._addressed(rest), ""
        if found is None and len(parts) == 2:
            found, value = self._addressed(parts[0]), parts[1]
        if found is None:
            found = addressed(rest, self.knowledge.vocabulary, self.consultation.world)
        if found.attribute is None:
            yield from self._shown(found.row)
            return
        asked = self._asked(f"{found.row.address}.{found.attribute.name}")
        assert asked is not None
        if value:
            self.asked = asked
            yield from self._leave_open("unknown") if value == "unknown" else self._answer(asked, value)
        else:
            yield from self._ask(asked)

    def _addressed(self, said: str) -> Address | None:
        try:
            return addressed(said, self.knowledge.vocabulary, self.consultation.world)
        except Misheard:
            return None

    def _shown(self, row: WorldRow) -> Iterator[Block]:
        """Yield what is known of a row, and what could be edited."""
        facts = {name: f for (r, name), f in self.consultation.world.facts.items() if r == row}
        attributes = self.knowledge.vocabulary.entities[row.entity].attributes
        yield Paragraph(f"Known of {row.address}:" if facts else f"Nothing is known of {row.address}.")
        said = [
            f"{n}: {f.value} ({f.grade}{', ' + f.by if f.by else ''}{', ' + f.on.isoformat() if f.on else ''})"
            f"{uncounted(row, n, self.consultation.world)}"
            for n, f in facts.items()
        ]
        yield Items(tuple((line, ()) for line in said), numbered=False)
        open_ = [name for name, a in attributes.items() if name not in facts and not a.settled]
        yield Paragraph(f"Not known: {listed(open_)}. Write edit {row.address}.{open_[0] if open_ else next(iter(facts))} to answer it.")

    def _do_add(self, rest: str) -> Iterator[Block]:
        entity, name = self._row_named(rest)
        text = self._with_another(self.keeper.text, entity, name)
        self._remember(self.asked.fact if self.asked else "", f"{entity.name} {name} added")
        self._save(text, answered=entity.many)
        yield Paragraph(f"Added {entity.name} {name}.")
        yield from self._next()

    def _do_drop(self, rest: str) -> Iterator[Block]:
        entity, name = self._row_named(rest)
        self._known(entity, name)
        self._remember(self.asked.fact if self.asked else "", f"{entity.name} {name} taken out")
        for facts in self.left.values():
            facts[:] = [fact for fact in facts if not fact.startswith(_within(entity, name))]
        self._save(without_row(self.keeper.text, Row(entity, name)))
        yield Paragraph(f"Taken out: {entity.name} {name}.")
        yield from self._next()

    def _do_rename(self, rest: str) -> Iterator[Block]:
        ends = [match.span() for match in re.finditer(r"\]\s+", rest)]  # both names may have brackets too
        if not ends:
            raise Misheard(_how("rename"))
        ways = [(*self._row_named(rest[: start + 1]), called(rest[end:])) for start, end in ends]
        entity, name, new = next((way for way in ways if way[1] in self._names(way[0])), ways[0])
        self._known(entity, name)
        if new in self._names(entity):
            raise Misheard(f"there is already a {entity.name} called {new}.")
        fact = self.asked.fact if self.asked else ""
        self._remember(fact, f"{entity.name} {name} called {new}")
        before, after = _within(entity, name), _within(entity, new)
        for facts in self.left.values():
            facts[:] = [after + one.removeprefix(before) if one.startswith(before) else one for one in facts]
        self._save(with_fact(self.keeper.text, Row(entity, name), "name", written(new)))
        yield Paragraph(f"{capital(entity.name)} {name} is called {new} now.")
        yield from self._ask(self._asked(after + fact.removeprefix(before) if fact.startswith(before) else fact))

    def _known(self, entity: Entity, name: str) -> None:
        """Raise Misheard where no row is called so."""
        if name not in self._names(entity):
            raise Misheard(f"there is no {entity.name} called {name} (there is {listed(self._names(entity)) or 'none'}).")

    def _names(self, entity: Entity) -> list[str]:
        return [row.name for row in self.consultation.world.rows[entity.name] if row.name]

    def _row_named(self, rest: str) -> tuple[Entity, str]:
        match = _ROW.fullmatch(rest.strip())
        lists = [e for e in self.knowledge.vocabulary.entities.values() if e.many]
        entity = next((e for e in lists if match and match[1] in (e.name, e.many)), None)
        if match is None or entity is None:
            raise Misheard(f"write one of {', '.join(e.name for e in lists)}, and a name behind it.")
        return entity, called(match[2] or match[3])


_ROW = re.compile(r"(\w+)(?:\s*\[(.+)\]|\s+(.+))")


def _how(act: str) -> str:
    """Return how something is written that needs more than its word."""
    return next(f"write {words}: {says}." for words, says in HELP if words.partition(" ")[0] == act)


def _within(entity: Entity, name: str) -> str:
    """Return how the address of every fact of a row begins."""
    return f"{entity.name}[{name}]."


Act = Callable[[Interview, str], Iterator[Block]]
_ALONE: dict[str, Act] = {
    "help": Interview._do_help, "?": Interview._do_explain, "why": Interview._do_why, "unknown": Interview._do_unknown,
    "skip": Interview._do_skip, "more": Interview._do_more, "back": Interview._do_back, "so far": Interview._do_so_far,
    "quit": Interview._do_quit, "exit": Interview._do_quit,
}  # fmt: skip
_WITH_MORE: dict[str, Act] = {
    "edit": Interview._do_edit, "set": Interview._do_edit, "add": Interview._do_add, "drop": Interview._do_drop,
    "rename": Interview._do_rename,
}  # fmt: skip

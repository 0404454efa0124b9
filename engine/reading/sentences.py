"""Reads sentences that stand outside rules: a text, and where given `when` it is said and what it `needs`."""

from __future__ import annotations

from ..problems import one_of
from ..texts import Sentence
from .names import Scope
from .nodes import Mapping, Node, Sequence
from .texts import TextReader

KEYS = ("text", "when", "needs")


def read_sentence(node: Node, scope: Scope, reader: TextReader, what: str) -> Sentence | None:
    """Return the sentence that a text, or a mapping with `text`, writes; None after saying what is wrong with it."""
    scope = scope.inner()
    written = node.get("text") if isinstance(node, Mapping) else node
    if written is None:
        reader.wrong("R322", f"{what} needs 'text'", node.place)
        return None
    when = reader.conditions(node.get("when"), scope) if isinstance(node, Mapping) else ()
    text = reader.text(written, scope, what)
    needs = reader.needs(node.get("needs"), scope) if isinstance(node, Mapping) else ()
    return Sentence(text, written.place, when, needs) if text else None


def read_sentences(node: Node | None, scope: Scope, reader: TextReader, what: str) -> tuple[Sentence, ...]:
    """Return the sentences of a list; their mappings have no keys but those of a sentence."""
    found = []
    for item in node.items if isinstance(node, Sequence) else ():
        for key in item.pairs if isinstance(item, Mapping) else ():
            if key[0].text not in KEYS:
                reader.wrong("R323", f"{what} has no {key[0].text!r}", key[0].place, one_of(key[0].text, KEYS))
        sentence = read_sentence(item, scope, reader, what)
        found += [sentence] if sentence else []
    return tuple(found)

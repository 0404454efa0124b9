"""The names that people choose for themselves: what may be one, and which spellings are the same."""

from __future__ import annotations

import unicodedata

from ..problems import Problem, Unusable

LONGEST = 40


def trainee_name(text: str) -> str:
    """Return a chosen name without the space around it. Raises Unusable where it is empty, too long, or holds what no name does."""
    name = unicodedata.normalize("NFC", text.strip())
    wrong = ""
    if not name:
        wrong = "a name is missing"
    elif len(name) > LONGEST:
        wrong = f"the name is too long: it has {len(name)} letters"
    elif any(_unshown(letter) for letter in name):
        wrong = "the name holds signs that cannot be seen"
    if wrong:
        raise Unusable([Problem("M101", wrong, (), f"choose any name of 1 to {LONGEST} letters; it need not be your own")])
    return name


def _unshown(letter: str) -> bool:
    """Return whether a letter moves the cursor or turns the writing round; the joiners of some scripts belong into names."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter not in "\u200c\u200d"


def name_key(name: str) -> str:
    """Return what two spellings of one name share, as Unicode has it: neither case nor how an accent is written counts."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())

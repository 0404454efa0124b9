"""What a trainee means by a typed answer: some of the offers of a question."""

from __future__ import annotations

import re

from ..hearing import PARTING, Misheard
from ..problems import nearest
from .grading import Item, Offer


def picked(said: str, item: Item) -> tuple[Offer, ...]:
    """Return what was named of an item's offers, by number, word or whole text, each once. Raises Misheard."""
    words = {offer.key.casefold(): offer for offer in item.offers} | {offer.text.casefold(): offer for offer in item.offers}
    numbers = re.fullmatch(rf"(\d|\s|{PARTING})+", said)
    parts = [said] if said.casefold() in words else re.split(rf"\s|{PARTING}" if numbers else PARTING, said)
    found = dict.fromkeys(_offer(part.strip(), item, words) for part in parts if part.strip())
    if not found:
        raise Misheard("write an answer; skip for none, ? for what may be answered.")
    if len(found) > item.takes:
        raise Misheard(f"that is {len(found)}; name {'one' if item.takes == 1 else f'at most {item.takes}'}.")
    return tuple(found)


def _offer(word: str, item: Item, words: dict[str, Offer]) -> Offer:
    if re.fullmatch(r"\d{1,9}", word):
        if 0 < int(word) <= len(item.offers):
            return item.offers[int(word) - 1]
        raise Misheard(f"{word} is none of them; write numbers from 1 to {len(item.offers)}.")
    if found := words.get(word.casefold()):
        return found
    near = nearest(word, (offer.key for offer in item.offers))
    hint = f"did you mean {near}? " if near else ""
    raise Misheard(f"{word!r} is none of them; {hint}write numbers from 1 to {len(item.offers)}, with commas between.")

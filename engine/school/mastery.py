"""What a trainee masters: for each topic how well it went of late, how firm it is, and when it is due again.

When a topic is due is reckoned by FSRS, as if it were a card: a day on which it was exercised is a review. It is only asked
for days; how well somebody does is the points of the answers, and no forecast.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

from fsrs import Card, Rating, Scheduler

from .marks import History, Mark, mean

NEW, SHAKY, GROWING, FIRM = "new", "shaky", "growing", "firm"
STATES = (SHAKY, GROWING, FIRM, NEW)
RECENT = 3
"""The points of a topic are those of the last three days on which it was exercised."""
FIRM_DAYS = 21
"""A topic is firm when it need not come back for three weeks."""
LONGEST_DAYS = 90
"""No topic is taken as known for longer than a quarter of a year: the knowledge itself changes."""


@dataclass(frozen=True)
class Standing:
    """How a trainee stands with a topic: `share` of the points of late, exercised on so many `days`, `due` again from a day on."""

    topic: str
    state: str = NEW
    share: Fraction | None = None
    days: int = 0
    due: datetime.date | None = None

    def is_due(self, today: datetime.date) -> bool:
        return self.due is not None and self.due <= today


def standings(history: History, zone: datetime.tzinfo | None = None) -> dict[str, Standing]:
    """Return the standing of a trainee in every topic exercised so far, by topic; days are those of a time zone, else of UTC."""
    reviewed: dict[str, dict[datetime.date, list[Mark]]] = {}
    counted = set()
    for session in history.sessions:
        for attempt in session.attempts:
            mark, day = attempt.mark, attempt.at.astimezone(zone or datetime.timezone.utc).date()
            # who goes through a case again on the same day has just seen the answers
            if (item := (day, session.case, mark.step, mark.item)) in counted:
                continue
            counted.add(item)
            for topic in dict.fromkeys(mark.topics):
                reviewed.setdefault(topic, {}).setdefault(day, []).append(mark)
    return {topic: _standing(topic, dict(sorted(days.items()))) for topic, days in sorted(reviewed.items())}


def _standing(topic: str, days: dict[datetime.date, list[Mark]]) -> Standing:
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)
    # id and due day are given, as the card would ask the clock for them
    card = Card(card_id=0, due=_midnight(min(days)))
    for day, marks in days.items():
        card, _ = scheduler.review_card(card, rated(marks), _midnight(day))
    last = max(days)
    firm = (card.due.date() - last).days >= FIRM_DAYS
    state = SHAKY if rated(days[last]) is Rating.Again else FIRM if firm else GROWING
    return Standing(topic, state, mean(m for day in list(days)[-RECENT:] for m in days[day]), len(days), card.due.date())


def rated(marks: list[Mark]) -> Rating:
    """Return how the answers of one day on one topic went, in grades of FSRS.

    Again is its only grade for failing: less than half was right. Hard is a pass with trouble: less than four fifths, or a
    hint an item. Good is the rest. Easy is never given: an answer shows that it is right, and not that it came with ease.
    """
    share, hints = mean(marks) or Fraction(0), sum(mark.hints for mark in marks)
    if share < Fraction(1, 2):
        return Rating.Again
    if share < Fraction(4, 5) or hints >= len(marks):
        return Rating.Hard
    return Rating.Good


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.timezone.utc)

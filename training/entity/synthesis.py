"""Composes texts out of templates: mails, chats, records, notes, prompts about famous people, harmless prompts."""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.entity import grammar, templates
from training.entity.examples import Example
from training.entity.phrases import phrase
from training.entity.slots import Piece, Slots, text_and_spans

__all__ = ["GENRES", "compose"]

GENRES = {
    "line": 14,
    "free": 16,
    "mail": 12,
    "chat": 6,
    "record": 7,
    "form": 12,
    "clinical": 12,
    "public": 17,
    "general": 5,
    "harmless": 6,
    "junk": 8,
    "mixed": 6,
    "other": 40,
}


def _kept(entries: Sequence[str], *, dev: bool) -> list[str]:
    """Return the templates of training, or those kept for development (every eighth)."""
    return [entry for place, entry in enumerate(entries) if (place % 8 == 5) is dev] or list(entries)


class _Composer:
    def __init__(self, rng: random.Random, *, dev: bool, names: bool | None, ordinary: Sequence[str]) -> None:
        self.rng = rng
        self.dev = dev
        self.ordinary = ordinary
        self.names = names
        self.slots = Slots(rng, dev=names)

    def pick(self, entries: Sequence[str]) -> list[Piece]:
        return self.slots.fill(self.rng.choice(_kept(entries, dev=self.dev)))

    def talk(self) -> list[Piece]:
        if self.ordinary and self.rng.random() < 0.4:
            return [(self.rng.choice(self.ordinary), None)]
        return self.pick(templates.TALK)

    def lines(self, count: int, share: float = 0.7) -> list[Piece]:
        pieces: list[Piece] = []
        for _ in range(count):
            if pieces:
                pieces.append((self.rng.choice([" ", " ", "\n", "\n\n"]), None))
            pieces += self.line() if self.rng.random() < share else self.talk()
        return pieces

    def line(self) -> list[Piece]:
        chance = self.rng.random()
        if chance < 0.5:
            return self.pick(templates.LINES)
        return self.free() if chance < 0.93 else self.slots.fill(grammar.field(self.rng, dev=self.dev))

    def free(self) -> list[Piece]:
        return self.slots.fill(grammar.sentence(self.rng, dev=self.dev))

    def form(self) -> list[Piece]:
        if self.rng.random() < 0.3:
            return self.slots.fill(grammar.field(self.rng, dev=self.dev))
        return self.asked(self.slots.fill(grammar.form(self.rng, dev=self.dev)), 0.2)

    def junk(self) -> list[Piece]:
        pieces: list[Piece] = []
        for _ in range(self.rng.randint(1, 6)):
            pieces += [*self.slots.fill(grammar.junk(self.rng)), (self.rng.choice(["\n", "\n", " ", ", "]), None)]
        return pieces

    def mail(self) -> list[Piece]:
        pieces = self.pick(templates.GREETINGS)
        pieces.append((self.rng.choice(["\n", "\n\n", " "]), None))
        pieces += self.lines(self.rng.randint(1, 4), 0.6)
        if self.rng.random() < 0.7:
            pieces += [(self.rng.choice(["\n", "\n\n"]), None), *self.pick(templates.SIGNATURES)]
        return self.asked(pieces, 0.3)

    def asked(self, pieces: list[Piece], share: float) -> list[Piece]:
        if self.rng.random() < share:
            return [*self.pick(templates.INSTRUCTIONS), *pieces]
        return pieces

    def chat(self) -> list[Piece]:
        pieces: list[Piece] = []
        form = self.rng.choice(
            [
                "{f%d}: ",
                "[{time}] {f%d}: ",
                "{full%d}: ",
                "{f%d} ({time}): ",
                "{user%d}: ",
                "{date}, {time} - {f%d}: ",
                "**{f%d}**: ",
            ]
        )
        for _ in range(self.rng.randint(2, 7)):
            pieces += self.slots.fill(form % self.rng.randint(1, 2))
            pieces += self.lines(1, 0.45)
            pieces.append(("\n", None))
        return self.asked(pieces, 0.2)

    def record(self) -> list[Piece]:
        return self.asked(self.pick(templates.RECORDS), 0.3)

    def clinical(self) -> list[Piece]:
        pieces: list[Piece] = []
        for _ in range(self.rng.randint(1, 5)):
            if pieces:
                pieces.append((self.rng.choice([" ", "\n", "\n", "\n\n"]), None))
            pieces += (
                self.slots.fill(grammar.form(self.rng, dev=self.dev))
                if self.rng.random() < 0.2
                else self.pick(templates.CLINICAL)
            )
        return self.asked(pieces, 0.15)

    def public(self) -> list[Piece]:
        pieces: list[Piece] = []
        for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3])):
            if pieces:
                pieces.append((self.rng.choice([" ", "\n"]), None))
            if self.rng.random() < 0.45:
                pieces += self.pick(templates.PUBLIC)
            elif self.rng.random() < 0.85:
                pieces += self.slots.fill(grammar.public(self.rng, dev=self.dev))
            else:
                pieces += self.pick(templates.HARMLESS)
        return pieces

    def general(self) -> list[Piece]:
        pieces = self.pick(templates.GENERAL)
        return [*pieces, (" ", None), *self.pick(templates.GENERAL)] if self.rng.random() < 0.4 else pieces

    def harmless(self) -> list[Piece]:
        pieces = self.pick(templates.HARMLESS)
        for _ in range(self.rng.randint(0, 3)):
            pieces += [(self.rng.choice([" ", "\n", "\n\n"]), None), *self.pick(templates.HARMLESS)]
        return pieces

    def mixed(self) -> list[Piece]:
        first, second = self.lines(self.rng.randint(1, 2), 1.0), self.pick(templates.HARMLESS)
        pair = [first, second]
        self.rng.shuffle(pair)
        return [*pair[0], ("\n", None), *pair[1]]

    def other(self) -> list[Piece]:
        language = self.rng.choice(sorted(templates.LANGUAGES))
        entries = _kept(templates.LANGUAGES[language], dev=self.dev)
        kept, self.slots = self.slots, Slots(self.rng, dev=self.names, language=language)
        pieces: list[Piece] = []
        for _ in range(self.rng.choice([1, 1, 2, 3, 4])):
            if pieces:
                pieces.append((self.rng.choice([" ", "\n"]), None))
            template = phrase(self.rng, language, dev=self.dev) if self.rng.random() < 0.5 else self.rng.choice(entries)
            pieces += self.slots.fill(template)
        self.slots = kept
        return pieces


def compose(
    rng: random.Random, count: int, *, dev: bool = False, names: bool | None = False, ordinary: Sequence[str] = ()
) -> list[Example]:
    """Return `count` labelled texts; `ordinary`: harmless sentences to mix in.

    `dev`: of the held-out templates. `names`: of the held-out names (True), of the others (False), of all (None).
    """
    composer = _Composer(rng, dev=dev, names=names, ordinary=ordinary)
    made = []
    for genre in rng.choices(list(GENRES), list(GENRES.values()), k=count):
        composer.slots.forget()
        text, spans = text_and_spans(getattr(composer, genre)())
        made.append(Example(text, tuple(spans), f"synthetic-{genre}"))
    return made

"""Names that are German nouns too, where they are names ("Koch hat Krebs") and where they are not ("Der Koch ist alt")."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from training.entity.examples import Example
from training.entity.lexicon import compound
from training.entity.ordinary import OPEN
from training.entity.slots import Slots, text_and_spans

__all__ = ["namesakes"]


@cache
def _nouns() -> tuple[str, ...]:
    return tuple((Path(__file__).parent / "words" / "de_names.txt").read_text(encoding="utf-8").split())


_NAMED = tuple(
    part.strip()
    for part in """Herr {n} ist krank.|Frau {n} hat angerufen.|Frau {n} hat Krebs.|Sehr geehrter Herr {n},|Sehr geehrte Frau {n},|Hallo Frau {n},|Guten Tag Herr {n},|
Dr. {n} hat mir das verschrieben.|{n} hat Krebs.|{n} hat gekündigt.|{n} sagt, es geht nicht.|{n} sagt, er kommt nicht.|{n} sagte, sie sei verschuldet.|{n} behauptet das Gegenteil.|{n} trinkt.|{n} will nicht mehr.|{n} findet, dass ich lüge.|{n} hatte gestern Fieber.|{n} muss ins Heim.|Frag {n}.|Ruf {n} an.|Bei {n} brennt Licht.|Bei {n} hat man Krebs gefunden.|Hat {n} Schulden?|Kommt {n} heute?|Patient {n}, Diabetes|Zu {n}: unpünktlich.|{n} ist schwanger.|{n} ist seit Montag krank.|{n} meint, wir sollen warten.|{n} wohnt nebenan.|{n} schuldet mir Geld.|
Ich habe mit {n} gesprochen.|Laut {n} ist das erledigt.|Was hat {n} gesagt?|Hat {n} schon unterschrieben?|Ist {n} noch im Krankenhaus?|Kollege {n} übernimmt.|Kollegin {n} ist im Urlaub.|Familie {n} zieht aus.|
die Familie {n} von nebenan|unser Nachbar {n}|mein Chef {n} trinkt|der Patient {n}|die Patientin {n}|Mieter {n} zahlt nicht|bei Herrn {n}|von Frau {n}|an Herrn {n}|Prof. {n} prüft mich.|
{f} {n} hat gekündigt.|{f} {n} ist krank.|{f} {n}|{n}, {f}|Name: {n}|Nachname: {n}|gez. {n}|Mit freundlichen Grüßen\n{n}|Mit freundlichen Grüßen\n{f} {n}|Patient: {n}|Patientin: {n}, {f}|die {n} von nebenan ist schwanger|der {n} aus dem Büro hat Depressionen""".replace(
        "|\n", "|"
    ).split("|")
)
_UNNAMED = tuple(
    part.strip()
    for part in """Der {n} ist alt.|Ein {n} lag auf dem Tisch.|Das ist kein {n}.|Wie beschreibt man einen {n}?|Was kostet ein {n}?|Mit dem {n} geht es besser.|Es gibt keinen {n} mehr.|Zum {n} passt das nicht.|
Beim {n} warten wir.|Im {n} liegt etwas.|Vom {n} war nichts zu sehen.|Der alte {n} und das neue {m}|{n} und {m} in einem Gedicht|Ein Märchen über {n}, {m} und {o}|Stichwörter: {n}, {m}, {o}|{n}, {m} und {o}: was gehört zusammen?|
Übersetze die Wörter {n}, {m} und {o}.|Jeder {n} hat seinen Preis.|Wann ist der {n} fertig?|Ohne {n} kein {m}.|Warum heißt der {n} so?|Bilde den Plural von {n}.|Welche {m} braucht man für {n}?|Viel {n}, wenig {m}.|Schöner {n}, kalter {m}""".replace(
        "|\n", "|"
    ).split("|")
)


def namesakes(rng: random.Random, count: int, *, names: bool | None) -> Iterator[Example]:
    """Yield `count` German texts with words that are names and nouns: half of them of people, half of things."""
    slots = Slots(rng, dev=names, language="de")
    for number in range(count):
        slots.forget()
        noun = rng.choice(_nouns())
        if number % 2:
            other = [rng.choice(_nouns()) if rng.random() < 0.5 else compound(rng) for _ in range(2)]
            text = rng.choice(_UNNAMED).replace("{n}", noun).replace("{m}", other[0]).replace("{o}", other[1])
            yield Example(text, (), "namesakes", OPEN)
            continue
        first = rng.random() < 0.3
        before, _, after = rng.choice(_NAMED).replace("\\n", "\n").partition("{n}")
        pieces = [
            *slots.fill(before.replace("{f}", "{f1}")),
            ("{l1}" if first else noun, "PERSON"),
            *slots.fill(after.replace("{f}", "{f1}")),
        ]
        text, spans = text_and_spans(
            [slots.fill("{l1}")[0] if piece == "{l1}" else (piece, kind) for piece, kind in pieces]
        )
        yield Example(text, tuple(_joined(text, spans)), "namesakes", OPEN)


def _joined(text: str, spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the spans, first and last name as one."""
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        if joined and text[joined[-1][1] : start] in {" ", ", "}:
            joined[-1] = (joined[-1][0], end, kind)
        else:
            joined.append((start, end, kind))
    return joined

"""Makes a text look like traffic: instructions around it, turns, JSON, typing habits, harmless text before and after.

Every habit is applied to all levels alike, so that none of them says anything about the level.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence

__all__ = ["Augmenter", "stand_ins", "surrogates"]

_WRAPS = {
    "en": [
        "Summarize this: {}",
        "Summarise the following text in three sentences:\n\n{}",
        "Rewrite this more politely: {}",
        "Translate into German: {}",
        "Translate to Spanish:\n{}",
        "Please fix the grammar: {}",
        "Make this shorter: {}",
        "Turn this into bullet points:\n{}",
        "What do you think about this? {}",
        "Improve the wording:\n\n{}",
        "Extract the key facts.\n\n{}",
        "Here is a text:\n---\n{}\n---\nWrite a headline for it.",
        "{}\n\nPlease reply to this.",
        "{}\n\nCan you make it sound more professional?",
        "explain this to me: {}",
        "proofread please\n{}",
        "Write a follow-up to this: {}",
        "{}\n\nSummarise the above.",
        "Format this as a table: {}",
        "Is this clear? {}",
        "Classify the following message.\n\n{}",
        "Answer this: {}",
        "Convert to JSON: {}",
        "What is missing here?\n{}",
        "I got this, how should I respond?\n{}",
        "Shorten to one paragraph: {}",
        "Give me a title for: {}",
        "Text: {}",
    ],
    "de": [
        "Fasse das zusammen: {}",
        "Bitte formuliere das höflicher:\n{}",
        "Übersetze ins Englische: {}",
        "Kürze den Text: {}",
        "Korrigiere die Rechtschreibung: {}",
        "Mach daraus Stichpunkte:\n{}",
        "{}\n\nWas soll ich antworten?",
    ],
    "fr": [
        "Résume ceci : {}",
        "Reformule poliment :\n{}",
        "Traduis en anglais : {}",
        "Corrige les fautes : {}",
        "{}\n\nQue répondre ?",
    ],
    "es": [
        "Resume esto: {}",
        "Reescríbelo con más educación:\n{}",
        "Traduce al inglés: {}",
        "Corrige: {}",
        "{}\n\n¿Qué contesto?",
    ],
    "it": [
        "Riassumi: {}",
        "Riscrivi in modo più gentile:\n{}",
        "Traduci in inglese: {}",
        "Correggi: {}",
        "{}\n\nCosa rispondo?",
    ],
    "nl": [
        "Vat samen: {}",
        "Herschrijf beleefder:\n{}",
        "Vertaal naar het Engels: {}",
        "Verbeter: {}",
        "{}\n\nWat antwoord ik?",
    ],
    "pt": [
        "Resuma: {}",
        "Reescreva com mais educação:\n{}",
        "Traduza para o inglês: {}",
        "Corrija: {}",
        "{}\n\nO que respondo?",
    ],
    "pl": ["Streść: {}", "Napisz grzeczniej:\n{}", "Przetłumacz na angielski: {}", "Popraw: {}", "{}\n\nCo odpisać?"],
}
_SYSTEMS = [
    "You are a helpful assistant.",
    "You are a friendly assistant that answers briefly.",
    "You are an expert copywriter.",
    "Answer in the language of the user.",
    "You are an AI assistant. Be concise and accurate.",
    "You are a helpful assistant. Today's date is 2026-03-01. If you don't know something, say so.",
    "Act as an experienced editor.",
    "You are ChatGPT, a large language model.",
    "Use markdown. Never make things up.",
    "You are a support bot for an online shop. Be polite.",
    "You are an expert in Python and data analysis.",
]
_TURNS = (
    ("Hi", "Hello! How can I help you today?"),
    ("hey there", "Hi! What can I do for you?"),
    ("Can you help me with something?", "Of course, what is it about?"),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("thanks", "You're welcome! Anything else?"),
    ("Write a haiku about rain.", "Soft rain on the roof / a whisper of autumn leaves / the cat sleeps deeper"),
    ("How do I sort a list in Python?", "Use sorted(my_list) or my_list.sort()."),
)
_KEYS = ("text", "content", "message", "note", "body", "description", "comment", "input", "query", "prompt")
_NEAR = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "n": "bm", "t": "ry", "s": "ad", "r": "et", "l": "k", "h": "gj"}
_PHONE = re.compile(r"\+?\d[\d ()/-]{6,18}\d")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_ID_LETTERS, _ID_DIGITS = "bcdfghjkmnpqrtvwxz", "23456789"


def surrogates(text: str, rng: random.Random) -> str:
    """Return `text` with its entity slots as the gateway's own surrogates (`<PERSON_kt4qz7mw3bd>`)."""
    kinds = {
        "PERSON": "name first last mr",
        "EMAIL_ADDRESS": "email",
        "PHONE_NUMBER": "phone",
        "STREET_ADDRESS": "address street",
        "LOCATION": "city zip",
        "ORGANIZATION": "company company_slug",
        "IBAN_CODE": "iban",
        "US_SSN": "ssn",
        "CREDIT_CARD": "card",
        "DATE_OF_BIRTH": "dob",
    }
    if rng.random() < 0.7:  # the default policy keeps them
        del kinds["LOCATION"], kinds["ORGANIZATION"]
    of_slot = {slot: kind for kind, slots in kinds.items() for slot in slots.split()}

    def stand_in(match: re.Match[str]) -> str:
        kind = of_slot.get(match.group(1))
        return match.group() if kind is None else _surrogate(kind, rng)

    return re.sub(r"\{([a-z_]+)\}", stand_in, text)


def stand_ins(text: str, spans: Sequence[tuple[int, int, str]], rng: random.Random) -> str:
    """Return `text` with surrogates in place of (start, end, entity type), and of phone numbers and mail addresses."""
    kinds = {text[start:end]: kind for start, end, kind in spans}
    kinds |= dict.fromkeys(_PHONE.findall(text), "PHONE_NUMBER") | dict.fromkeys(_MAIL.findall(text), "EMAIL_ADDRESS")
    if not kinds:
        return text
    given = {value: _surrogate(kind, rng) for value, kind in kinds.items()}
    longest_first = sorted(map(re.escape, given), key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", lambda match: given[match.group()], text)


def _surrogate(kind: str, rng: random.Random) -> str:
    letters = "LLDLLDLLDLL"
    return f"<{kind}_{''.join(rng.choice(_ID_LETTERS if c == 'L' else _ID_DIGITS) for c in letters)}>"


class Augmenter:
    """Changes texts at random; the same seed gives the same texts."""

    def __init__(self, seed: int, harmless: list[str]) -> None:
        self.random = random.Random(seed)
        self._harmless = harmless

    def dress(self, text: str, language: str, genre: str) -> str:
        """Return `text` as somebody may send it."""
        r = self.random
        if r.random() < (0.45 if genre not in {"chat", "dialogue"} else 0.08):
            text = r.choice(_WRAPS[language if r.random() < 0.75 else "en"]).replace("{}", text)
        text = self._habits(text)
        chance = r.random()
        if chance < 0.10:
            text = self._pad(text)
        elif chance < 0.20:
            text = self._turns(text)
        elif chance < 0.24:
            text = json.dumps({r.choice(_KEYS): text}, ensure_ascii=False)
        return text

    def _habits(self, text: str) -> str:
        r = self.random
        if r.random() < 0.16:
            text = text.lower()
        elif r.random() < 0.015:
            text = text.upper()
        if r.random() < 0.08:
            text = text.rstrip(".?! ") if r.random() < 0.6 else re.sub(r"[,.;!?']", "", text)
        if r.random() < 0.07:
            text = self._typos(text)
        if r.random() < 0.06:
            text = r.choice(["please help: ", "hi, ", "Hello, ", "quick question: ", "hey ", "Urgent! "]) + text
        if r.random() < 0.06:
            text += r.choice([" thanks", " Thanks!", " pls", " thx", " asap", " :)", " Keep it short.", "??"])
        return text

    def _typos(self, text: str) -> str:
        r = self.random
        letters = list(text)
        for _ in range(max(1, len(letters) // 60)):
            at = r.randrange(len(letters))
            if letters[at].isalpha():
                style = r.random()
                if style < 0.35:
                    letters[at] = ""
                elif style < 0.65 and at + 1 < len(letters):
                    letters[at], letters[at + 1] = letters[at + 1], letters[at]
                else:
                    letters[at] = r.choice(_NEAR.get(letters[at].lower(), letters[at]))
        return "".join(letters)

    def _pad(self, text: str) -> str:
        r = self.random
        before = [r.choice(self._harmless) for _ in range(r.choice([0, 0, 1, 1, 2, 4, 8]))]
        after = [r.choice(self._harmless) for _ in range(r.choice([0, 1, 1, 2, 4, 8]))]
        return r.choice(["\n\n", "\n", " "]).join([*before, text, *after])

    def _turns(self, text: str) -> str:
        r = self.random
        turns: list[str] = []
        if r.random() < 0.6:
            turns.append(r.choice(_SYSTEMS))
        for _ in range(r.choice([0, 0, 1, 1, 2, 3])):
            turns += r.choice(_TURNS)
        turns.append(text)
        if r.random() < 0.3:
            turns += [
                "Sure, here is a first version.",
                r.choice(["Make it shorter.", "Thanks, more formal please.", "Again, but in French."]),
            ]
        return "\n".join(turns)

"""PrivacyLens' stories, mails, chats and notes (MIT): private people in ordinary surroundings, names labelled by rule.

A capitalised word that is a common first name and no everyday word is a name, with the capitalised word behind it; so is the word
behind a title. Any other capitalised word within a sentence may be anything. The names are invented by that corpus's authors.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from pathlib import Path

from training.common.names import cultures
from training.entity.examples import ANYTHING, KINDS, Example

__all__ = ["scenes"]

_NAME = re.compile(
    r"(?:(?P<title>\b(?:Mr|Mrs|Ms|Dr|Prof|Professor|Aunt|Uncle|Miss)\.? )(?P<after>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?))"
    r"|(?P<first>\b[A-Z][a-z]+)(?P<last>(?: [A-Z]\.)? [A-Z][\w'’-]+)?"
)
_OPEN = frozenset(KINDS) - {"PERSON", "PUBLIC_PERSON", "STREET_ADDRESS", "RECORD_ID"}
_CULTURES = {"us", "gb", "in", "es", "ie"}


def scenes(data: Path, *, dev: bool) -> list[Example]:
    """Return the labelled texts; a tenth of the scenarios is kept for development."""
    first = {name for culture in cultures() if culture.key in _CULTURES for name in culture.first}
    last = {name for culture in cultures() if culture.key in _CULTURES for name in culture.last}
    found = []
    texts: list[str] = []
    for row in json.loads((data / "scenarios/privacylens.json").read_text(encoding="utf-8")):
        if (zlib.crc32(row["name"].encode()) % 10 == 0) is not dev:
            continue
        told = row["trajectory"]
        texts += [
            row["vignette"]["story"],
            told["user_instruction"],
            *re.split(r"\nAction(?: Input)?: |\nObservation: ", told["executable_trajectory"]),
        ]
    tally = Counter(re.findall(r"(?<![\w.@/])[A-Za-z][a-z]+(?![\w@])", " ".join(texts)))
    everyday = {word for word, count in tally.items() if word.islower() and count > tally[word.capitalize()] / 2}
    for text in (text for text in texts if len(text) > 30):
        spans: list[tuple[int, int, str]] = []
        for match in _NAME.finditer(text):
            if match["after"]:
                spans.append((*_trimmed(text, *match.span("after")), "PERSON"))
            elif match["first"] in first and match["first"].lower() not in everyday:
                follows = match["last"] and match["last"].split()[-1].removesuffix("'s").lower() not in everyday
                known = follows and match["last"].split()[-1].removesuffix("'s") in last
                spans.append(
                    (
                        *_trimmed(text, match.start("first"), match.end() if follows else match.end("first")),
                        "PERSON" if known or not follows else ANYTHING,
                    )
                )
            else:
                spans.append((match.start(), match.end(), ANYTHING))
        found.append(Example(text, tuple(span for span in spans if span[1] > span[0]), "scenes", _OPEN))
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    return (start, end - 2) if text[start:end].endswith(("'s", "’s")) else (start, end)

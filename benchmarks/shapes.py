"""Texts and contents made to be as costly to judge as possible: fixed ones, and random ones for a fuzzer.

What is costly is known by kind: one character over and over, digits and separators, marks, long words, code, tables of
values, disguises, what unpacks to much, nested JSON, many short leaves. A random shape mixes and repeats pieces of all
of them, in a text, in parts or in JSON in a string; from the same seed comes the same shape.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterable

from benchmarks.texts import code, dense, mixed, records, table
from gateway.detect.seams import ITEMS

UNITS = ["1", "1 ", "0-", "12-", "1.", "+1", "A1", "a@", "a@b.", "f:", "-", " ", "x", "A ", "4111 ", "(1)", "é", "٣"]
UNITS += ["Dear ", "ssn 1", "DE12 ", "1 rue de ", "1° 1' ", '"', "\\u0031", "%31", "&#49;", "one ", "MTEx", "31 "]
UNITS += ["=", "\u202e1", "card 4111 ", "<b>1</b>", "1\u200b", "password ", "key: ", "pin 1 ", "token=", "eyJ", "'"]
UNITS += ["Bob "]
UNITS += [
    "<PERSON_",
    "{",
    "[[",
    "https://a.b/",
    "::",
    "| 1 ",
    "\n",
    "\t1\n",
    "I am ",
    "-----BEGIN ",
    "Ж",
    "密码",
    "𝟏",
    "😀",
]
UNITS += ["127.0.0.1 ", "01/02/1990 ", "+49 30 1234567 ", "4111111111111111 ", "a.b@example-corp.com ", "536-22-8741 "]


def shapes(size: int) -> dict[str, str]:
    """Return name to text."""
    draw = random.Random(1)
    made = {repr(unit): (unit * (size // len(unit) + 1))[:size] for unit in UNITS}
    made["random digits"] = "".join(draw.choices("0123456789", k=size))
    made["digits and marks"] = "".join(draw.choices("0123456789 -./:()+", k=size))
    made["letters and digits"] = "".join(draw.choices("abcdefXYZ0123456789", k=size))
    made["words of 40"] = " ".join("".join(draw.choices("abcdefghij", k=40)) for _ in range(size // 41))
    made["new words"] = " ".join(f"w{draw.randrange(10**9):x}" for _ in range(size // 9))[:size]
    made["new names"] = " ".join("".join(draw.choices("abcdefgh", k=6)).title() for _ in range(size // 7))
    made["base64"] = base64.b64encode(draw.randbytes(size * 3 // 4)).decode()
    made["base64 of prose"] = base64.b64encode(mixed(size * 3 // 4, 1).encode()).decode()
    made["hex"] = draw.randbytes(size // 2).hex()
    made["percent escapes"] = "".join(f"%{byte:02X}" for byte in mixed(size // 3, 1).encode())
    made["table of values"] = table(size, 1)
    made["table with bars"] = table(size, 1).replace(",", " | ")
    made["dense values"] = dense(size, 1)
    made["code"] = code(size, 1)
    made["records"] = records(size, 1)
    made["look-alikes"] = mixed(size, 1).replace("a", "а").replace("e", "е").replace("o", "о")
    made["zero-width"] = "\u200b".join(mixed(size // 2, 1))
    made["number words"] = " ".join(draw.choices(["one", "two", "double", "forty", "nine", "oh"], k=size // 5))
    made["random unicode"] = "".join(chr(draw.randrange(32, 0xD000)) for _ in range(size))
    made["small bombs"] = " ".join([base64.b64encode(gzip.compress(b"a b " * 200)).decode()] * (size // 60))[:size]
    made["values read in many ways"] = ("key=" + "a?." * 40 + "! token=" + "1-" * 60 + "! ") * (size // 250)
    made["a look-alike and a run"] = "а1 " + "a1" * (size // 2)
    made["addresses behind overrides"] = ("\u202e1::A1" * size)[:size]
    made["seed words in prose"] = f"{mixed(size // 2, 1)} {'abandon ' * 12}{mixed(size // 2, 2)}"
    made["random ascii"] = "".join(chr(draw.randrange(32, 127)) for _ in range(size))
    return made


def documents(size: int) -> dict[str, object]:
    """Return name to a message's content as the API's own JSON, or as JSON in a string."""
    deep: object = "x"
    for _ in range(60):
        deep = {"a": [deep]}
    count = size // 20
    begun = (
        *("AKIA", "eyJ", "密码", "pin 1", "01/02/1990 ", "a.b@example-corp.com ", "-----BEGIN ", "=?utf-8?Q?", "[["),
        *("zero ", "ﬁ", "-36916466940073869621"),
    )
    threes = _cut("".join(random.Random(1).choices(begun, k=size // 60)), 3)
    return {
        "many short parts": [{"type": "text", "text": f"p{number}"} for number in range(size // 30)],
        "many digits as parts": [{"type": "text", "text": str(number % 10)} for number in range(size // 30)],
        "deep JSON in a string": json.dumps(deep) * (size // 500),
        "many keys in a string": json.dumps({f"k{number}": number * 1_000_003 for number in range(count)}),
        "many short values": json.dumps([f"v{number}" for number in range(count)]),
        "beginnings of keys as parts": _parts(f"sk-ant-{number * 7919:014d}one " for number in range(size // 50)),
        "beginnings of keys and pieces": _parts(
            f"x{number}y" if number % ITEMS == 0 else f"sk-ant-{number * 7919:014d}one " for number in range(size // 50)
        ),
        "beginnings of IBANs as parts": _parts(f"DE{number % 90 + 10} {number % 10}" for number in range(size // 36)),
        "labels with values as parts": _parts(f"password: hunt{number}" for number in range(size // 48)),
        "plus signs as elements": json.dumps(["+"] * (size // 7)),
        "phone numbers in pieces": json.dumps(["+49", " 3", "0 ", "12", "34", "56", "7 "] * (size // 59)),
        "phone numbers in pairs": json.dumps([["+49 30", f"{number:07d}"] for number in range(size // 29)]),
        "SSNs in pieces": json.dumps(
            [part for number in range(size // 29) for part in (f"{number % 900:03d}-", "22-", f"{number % 9999:04d}")]
        ),
        "IBANs in pieces": json.dumps(
            [part for number in range(size // 48) for part in ("DE89", f"3704 {number:04d}", "0532", "0130 00")]
        ),
        "URLs in pieces": json.dumps(["http:", "/", "/u7:p@h"] * (size // 32)),
        "base64 in pieces": json.dumps(_cut(base64.b64encode(mixed(size // 2, 3).encode()).decode(), 49)),
        "an object of beginnings in threes": json.dumps({f"k{at}{piece}": piece for at, piece in enumerate(threes)}),
        "array of numbers": json.dumps(list(range(100_000, 100_000 + size // 8))),
    }


def fields(size: int) -> dict[str, object]:
    """Return name to the value of a field of its own, in which no quotes are escaped."""
    return {
        "a list of IBANs": [_iban(number * 97_000_777) for number in range(size // 25)],
        "a list of ids": [f"AC{1000 + number % 9000}" for number in range(size // 9)],
        "one beginning of an IBAN": ["SK31"] * (size // 7),
        "plus signs in a field": ["+"] * (size // 4),
        "phone numbers by the character": list("+49 30 1234567 " * (size // 60)),
        "phone numbers in seven": ["+49", " 3", "0 ", "12", "34", "56", "7 "] * (size // 38),
        "phone numbers in two": _repeated(size // 21, lambda number: ("+49 30", f"{9018200 + number:07d}")),
        "phone numbers in three": _repeated(
            size // 22, lambda number: ("+49", f"30 {number % 100}", f"{18200 + number:05d}")
        ),
        "a parent for each phone number": [["+49 30", f"{9018200 + number:07d}"] for number in range(size // 21)],
        "SSNs in three": _repeated(
            size // 20, lambda number: (f"{number % 900:03d}-", f"{number % 100:02d}-", f"{number % 10000:04d}")
        ),
        "IBANs in four": _repeated(
            size // 36, lambda number: ("DE89", f"3704 {number % 10000:04d}", "0532", "0130 00")
        ),
        "IBANs that begin as keys do": _repeated(
            size // 38, lambda number: ("SK31", f"1200{number % 10000:04d}", "19874263", "7541")
        ),
    }


def _iban(number: int) -> str:
    return f"DE{98 - int(f'{number:018d}131400') % 97:02d}{number:018d}"


def _repeated(count: int, make: Callable[[int], Iterable[str]]) -> list[str]:
    return [text for number in range(count) for text in make(number)]


def _cut(text: str, step: int) -> list[str]:
    return [text[place : place + step] for place in range(0, len(text), step)]


def _parts(texts: Iterable[str]) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


PIECES = [
    *("card ", "my ssn is ", "IBAN ", "password=", "Mr. ", "born ", "jane.doe@", "acme.io", "+49 ", "sk-ant-", "ghp_"),
    *(
        "AKIA",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----\n",
        "MII",
        "aGVsbG8gd29ybGQ=",
        "%20",
        "&amp;",
        "\\x41",
    ),
    *(
        "\\u00e9",
        "=?utf-8?Q?",
        "U+0041 ",
        "0x41, ",
        "01000001 ",
        "<i>",
        "</i>",
        "**",
        "`",
        "~",
        "_",
        "|",
        ",",
        ";",
        "\t",
    ),
    *("\r\n", "\u200b", "\u0301", "\u202e", "\u3164", "\U000e0041", "\ud7a3", "ß", "ﬁ", "①", "Ⅷ", "½", "(at)", " dot "),
    *(" eht ", " naq ", "zero ", "vierzig ", "quatre-vingt ", "((((", "))))", "[[[[", "{{{{", "}}", "$(", "${", "://"),
    *("http://a:b@", "/../", "C:\\", "--user ", "curl ", "mysql -p", "0", "00", "9", "4242", "5555 ", "1.2.3.4", "::1"),
    *(
        "2024-01-01",
        "12:34:56",
        "Street 1 ",
        "12 Main ",
        "Dr ",
        "I have ",
        "my son ",
        "diagnosed ",
        "salary ",
        "A-1",
        "x" * 40,
    ),
]


def _unit(draw: random.Random) -> str:
    """Return one to four pieces, some of them random characters."""
    kinds = (UNITS, PIECES)
    parts = [draw.choice(draw.choice(kinds)) for _ in range(draw.randrange(1, 5))]
    if draw.random() < 0.3:
        alphabet = draw.choice(
            ["0123456789", "0123456789 -", "abcdef", "aA1_-.", "ab \n", "=+/AZaz09", "éßж中", ".@:,;"]
        )
        parts.append("".join(draw.choices(alphabet, k=draw.randrange(1, 60))))
    return "".join(parts)


def random_text(draw: random.Random, size: int) -> str:
    """Return a text of `size` characters: units repeated, mixed, or one run of each after the other."""
    units = [_unit(draw) for _ in range(draw.choice([1, 1, 2, 3, 8]))]
    way = draw.randrange(3)
    if way == 0:
        text = "".join(units) * (size // max(len("".join(units)), 1) + 1)
    elif way == 1:
        text = "".join(draw.choices(units, k=size // max(min(map(len, units)), 1) + 1))
    else:
        text = "".join(unit * (size // (len(unit) * len(units)) + 1) for unit in units)
    return text[:size]


def random_content(draw: random.Random, size: int) -> object:
    """Return a message's content: mostly a text, sometimes parts of one, or JSON of one in a string.

    From the same seed comes the same shape at any size.
    """
    way, step = draw.randrange(10), draw.choice([1, 3, 12, 60])
    text = random_text(draw, size)
    if way < 7:
        return text
    around = (32, 16 + min(step, 8), 4)[way - 7]  # what JSON takes up for each piece, of which there are fewer
    cut = _cut(text[: size // (step + around) * step], step)
    if way == 7:
        return [{"type": "text", "text": piece} for piece in cut]
    return json.dumps({f"k{n}{piece[:8]}": piece for n, piece in enumerate(cut)} if way == 8 else cut)

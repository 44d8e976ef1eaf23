"""The texts that the benchmarks of detection and planning measure: made here, from seeds, each one distinct.

Prose is drawn word by word from a list (no sentence repeats, and no cache of whole texts can help); values are
invented, in the density that chats have (one in 400 characters) or densely. What is real prose and code comes from
this project's own files.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "KINDS",
    "agent",
    "chat",
    "clean",
    "code",
    "contact",
    "dense",
    "documents",
    "mixed",
    "records",
    "session",
    "table",
    "texts_in",
]

ROOT = Path(__file__).parents[1]
WORDS = """
the of and to in is that for it as was with be by on not he his but at are this have from or had an they which
one you were all her she there would their we him been has when who will no more if out so said what up its about than
into them can only other time new some could these two may first then do any like my now over such our man me even most
made after also did many off before must well back through years much where your way down should because long each just
state those people too how little good world make very year still see own work men day get here between both being
under three never know same last another while us might great since against right came take used himself few house use
during without again home around small however found thought went say part once general high upon school every customer
invoice account meeting quarter revenue contract delivery support ticket schedule project budget manager report summary
email question answer change update request system service product order payment shipping address team plan risk
issue""".split()
FIRST = "James Mary Robert Patricia John Jennifer Michael Linda Aisha Kenji Lucia Priya Omar Ingrid".split()
LAST = "Smith Johnson Williams Brown Jones Garcia Davis Martinez Tanaka Okafor Novak Larsen Haddad".split()
DENSITY = 400


def _card(draw: random.Random) -> str:
    digits = "4" + "".join(str(draw.randrange(10)) for _ in range(14))
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def _value(draw: random.Random, kinds: int | None = None) -> str:
    first, last = draw.choice(FIRST), draw.choice(LAST)
    values = (
        f"{first.lower()}.{last.lower()}@example-{draw.randrange(99)}.com",
        f"{first} {last}",
        f"({draw.randrange(201, 989)}) 555-{draw.randrange(1000, 9999)}",
        _card(draw),
        f"{draw.randrange(10, 220)}.{draw.randrange(255)}.{draw.randrange(255)}.{draw.randrange(1, 255)}",
        f"https://portal.example-{draw.randrange(99)}.com/a/{draw.randrange(10**6)}",
        f"{draw.randrange(100, 665)}-{draw.randrange(10, 99)}-{draw.randrange(1000, 9999)}",
    )
    return draw.choice(values[:kinds])


def _prose(size: int, seed: int, density: int, kinds: int | None = None) -> str:
    draw = random.Random(seed)
    words: list[str] = []
    length = since = sentence = 0
    while length < size:
        if since >= density:
            word, since = _value(draw, kinds), 0
        else:
            word = draw.choice(WORDS)
            word = word if sentence else word.capitalize()
        sentence += 1
        if sentence > draw.randrange(8, 22):
            word, sentence = word + ".", 0
        words.append(word)
        length += len(word) + 1
        since += len(word) + 1
    return " ".join(words)[:size]


def mixed(size: int, seed: int) -> str:
    """Return prose with a private value in every 400 characters."""
    return _prose(size, seed, DENSITY)


def contact(size: int, seed: int) -> str:
    """Return prose with a mail address, a name or a phone number in every 400 characters: moderately sensitive."""
    return _prose(size, seed, DENSITY, kinds=3)


def clean(size: int, seed: int) -> str:
    """Return prose without values."""
    return _prose(size, seed, size + 1)


def dense(size: int, seed: int) -> str:
    """Return prose with a private value in every 60 characters."""
    return _prose(size, seed, 60)


def table(size: int, seed: int) -> str:
    """Return rows of personal data."""
    draw = random.Random(seed)
    rows = ["id,name,email,phone,ssn,card,born,address,zip,ip"]
    length = len(rows[0])
    while length < size:
        number = draw.randrange(10**6)
        rows.append(
            f"{number},{draw.choice(FIRST)} {draw.choice(LAST)},user{number}@mail-{number % 9}.example,"
            f"+49 30 {draw.randint(100000, 9999999)},{draw.randint(100, 665)}-{draw.randint(10, 99)}-"
            f"{draw.randint(1000, 9999)},{_card(draw)},19{draw.randint(50, 99)}-0{draw.randint(1, 9)}-1"
            f"{draw.randint(0, 9)},{draw.randint(1, 200)} Main Street,{draw.randint(10000, 99999)},"
            f"10.{number % 255}.{number % 99}.{number % 77}"
        )
        length += len(rows[-1]) + 1
    return "\n".join(rows)[:size]


def records(size: int, seed: int) -> str:
    """Return a JSON document as tools give them: tickets with identifiers, states, dates and a remark."""
    draw = random.Random(seed)
    tickets: list[dict[str, Any]] = []
    length = 0
    while length < size:
        tickets.append(
            {
                "ticket": f"T-{draw.randrange(10**6)}",
                "state": draw.choice(["open", "closed", "waiting"]),
                "priority": draw.randrange(5),
                "created_at": f"2026-0{draw.randint(1, 9)}-{draw.randint(10, 28)}T08:{draw.randint(10, 59)}:00Z",
                "labels": draw.sample(WORDS, 2),
                "remark": clean(80, draw.randrange(10**9)),
            }
        )
        length += len(json.dumps(tickets[-1]))
    return json.dumps({"tickets": tickets})


@cache
def _files(folder: str, kind: str) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / folder).rglob(kind)))


def _part(text: str, size: int, seed: int) -> str:
    start = random.Random(seed).randrange(len(text))
    return (text[start:] + text * (size // len(text) + 1))[:size]


def documents(size: int, seed: int) -> str:
    """Return a stretch of this project's documents."""
    return _part(_files("docs", "*.md"), size, seed)


def code(size: int, seed: int) -> str:
    """Return a stretch of this project's code."""
    return _part(_files("gateway", "*.py"), size, seed)


KINDS: dict[str, Callable[[int, int], str]] = {
    "mixed": mixed,
    "clean": clean,
    "dense": dense,
    "documents": documents,
    "code": code,
    "table": table,
    "records": records,
}


def chat(text: str, seed: int) -> bytes:
    """Return a chat completion request that asks about `text`."""
    messages = [
        {"role": "system", "content": "You are a helpful assistant. Answer briefly."},
        {"role": "user", "content": f"Ref {seed:08}. {text}"},
    ]
    return json.dumps({"model": "mock", "messages": messages, "temperature": 0.2}, separators=(",", ":")).encode()


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Tool of the agent: {about}.",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to look for."},
                    "limit": {"type": "integer", "description": "How many at most."},
                },
                "required": ["query"],
            },
        },
    }
    for name, about in (
        ("search_tickets", "finds tickets by words"),
        ("read_file", "reads a file of the project"),
        ("run_report", "makes a report of a quarter"),
    )
]


def session(turns: int, seed: int, make: Callable[[int, int], str] = mixed) -> list[bytes]:
    """Return the requests of an agent's conversation: each holds all that was said before, tool calls and results."""
    draw = random.Random(seed)
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You are a support agent. Use the tools you have."}]
    bodies = []
    for turn in range(turns):
        messages.append({"role": "user", "content": make(480, draw.randrange(10**9))})
        body = {"model": "mock", "messages": messages, "tools": TOOLS, "temperature": 0.2}
        bodies.append(json.dumps(body, separators=(",", ":")).encode())
        call = f"call_{seed}_{turn}"
        arguments = json.dumps({"query": " ".join(draw.sample(WORDS, 3)), "limit": 5})
        function = {"name": "search_tickets", "arguments": arguments}
        messages += [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": call, "content": records(600, draw.randrange(10**9))},
            {"role": "assistant", "content": clean(300, draw.randrange(10**9))},
        ]
    return bodies


def agent(turns: int, seed: int, make: Callable[[int, int], str] = mixed) -> list[bytes]:
    """Return the requests of a coding agent: 12 KB of tools, results of 3 KB, and seldom a word of the user's."""
    draw = random.Random(seed)
    tools = [_tool(number) for number in range(13)]
    messages: list[dict[str, Any]] = [{"role": "system", "content": clean(4000, 99)}]
    bodies = []
    for turn in range(turns):
        if turn % 5 == 0:
            messages.append({"role": "user", "content": make(480, draw.randrange(10**9))})
        body = {"model": "mock", "seed": 1234567, "messages": messages, "tools": tools}
        bodies.append(json.dumps(body, separators=(",", ":")).encode())
        call = f"call_{seed}_{turn}"
        arguments = json.dumps({"query": " ".join(draw.sample(WORDS, 3)), "path": f"src/{draw.choice(WORDS)}.py"})
        function = {"name": "tool_1", "arguments": arguments}
        result = draw.choice((records, code, clean))(3000, draw.randrange(10**9))
        messages += [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": call, "content": result},
        ]
    return bodies


def _tool(number: int) -> dict[str, Any]:
    texts = [clean(size, 1000 * number + size) for size in (420, 120, 90)]
    properties = {
        "query": {"type": "string", "description": texts[1]},
        "limit": {"type": "integer", "minimum": 1, "maximum": 10_000_000},
        "path": {"type": "string", "description": texts[2], "enum": WORDS[number : number + 4]},
    }
    parameters = {"type": "object", "properties": properties, "required": ["query"]}
    return {
        "type": "function",
        "function": {"name": f"tool_{number}", "description": texts[0], "parameters": parameters},
    }


def texts_in(file: Path) -> Iterator[str]:
    """Yield the texts in a file: prompts of JSON lines, first members of a JSON object's lists, or lines."""
    if file.suffix == ".jsonl":
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield str(row.get("prompt") or row.get("text") or "")
    elif file.suffix == ".json":
        for part in json.loads(file.read_text("utf-8")).values():
            yield from (str(item[0]) for item in part)
    else:
        yield from file.read_text("utf-8").splitlines()

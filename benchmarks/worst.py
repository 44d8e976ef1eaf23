"""The most that a text can cost: `python -m benchmarks.worst [--size N]`.

Texts of one size made to be as costly as possible: one character over and over, digits and separators, marks, long
words, code, tables of values, disguises, nested JSON. Each is planned as a request, and what a kilobyte costs is
compared with prose of the same size. Exit code 1 if any costs more than 20 times as much.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import base64
import json
import random
import sys
import time
from dataclasses import replace
from statistics import median

from benchmarks.texts import code, dense, mixed, records, table
from gateway.assembly import imaginary_upstreams, load_engine
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Engine, Request, plan

LIMIT = 20.0
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
    made["random ascii"] = "".join(chr(draw.randrange(32, 127)) for _ in range(size))
    return made


def documents(size: int) -> dict[str, object]:
    """Return name to a message's content as the API's own JSON, or as JSON in a string."""
    deep: object = "x"
    for _ in range(60):
        deep = {"a": [deep]}
    count = size // 20
    return {
        "many short parts": [{"type": "text", "text": f"p{number}"} for number in range(size // 30)],
        "many digits as parts": [{"type": "text", "text": str(number % 10)} for number in range(size // 30)],
        "deep JSON in a string": json.dumps(deep) * (size // 500),
        "many keys in a string": json.dumps({f"k{number}": number * 1_000_003 for number in range(count)}),
        "many short values": json.dumps([f"v{number}" for number in range(count)]),
        "array of numbers": json.dumps(list(range(100_000, 100_000 + size // 8))),
    }


def body(content: object) -> bytes:
    """Return a request about `content`."""
    return json.dumps({"model": "mock", "messages": [{"role": "user", "content": content}]}).encode()


def cost(engine: Engine, content: object, runs: int) -> float:
    """Return the median CPU milliseconds a kilobyte of planning."""
    dialect, upstreams = OpenAIChat(), imaginary_upstreams("openai")
    request = Request(dialect, body(content))
    times = []
    for _ in range(runs):
        start = time.process_time()
        plan(request, engine, upstreams)
        times.append(time.process_time() - start)
    return median(times) * 1e6 / len(request.body)


def main() -> None:
    """Print the costliest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--shown", type=int, default=15)
    options = parser.parse_args()
    engine = replace(load_engine(None), memory=None, seconds=None)
    for recognizer in engine.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    usual = cost(engine, mixed(options.size, 2), 3)
    print(f"prose with values: {usual:.2f} ms a KB", flush=True)
    figures: dict[str, float] = {}
    for name, content in (*shapes(options.size).items(), *documents(options.size).items()):
        figures[name] = cost(engine, content, 1)
        if figures[name] > LIMIT / 2 * usual:
            print(f"  {name}: {figures[name] / usual:.1f} times as much", flush=True)
    for name, figure in sorted(figures.items(), key=lambda entry: -entry[1])[: options.shown]:
        print(f"{name:28}{figure:8.2f} ms a KB{figure / usual:8.1f} times prose")
    worst = max(figures.values()) / usual
    print(f"the worst of {len(figures)} costs {worst:.1f} times as much as prose")
    sys.exit(worst > LIMIT)


if __name__ == "__main__":
    main()

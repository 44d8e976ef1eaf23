"""Texts written by others that the corpus adds: which level each source has, and why.

* clinc150, banking77: what people ask an assistant or their bank. They disclose nothing but the question, so they are
  low by the guide, whether a particular person is meant stays open. Families are intents.
* arena_hard: prompts of real users; low, but for those that tell of a particular patient (left out by `_PATIENT`).
* MTS-Dialog, MEDDOCAN (clinical-es): a particular person's health, high.
* PrivacyLens: stories and tool results about particular people; the seed's `data_type` says whether the fact is a
  protected one. Seeds whose type says neither are used for `sensitive` only.
* ConfAIde tier 4: minutes of internal meetings, moderate.
* NER sets: tweets, news, encyclopaedia, court and academic prose: published, low.
* Standard library and the scientific packages of the training environment: generic code and its documentation, low.
* Documentation of the training environment's packages and of Python (`documentation.py`): published, low.
* What machines write (`machine.py`): tables, dumps, logs, schemas of tools, and words at random, low.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import inspect
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.topics.documentation import documents
from training.topics.machine import machine_texts, random_words
from training.topics.templates import held_out

__all__ = ["FILES", "External", "read_external"]

FILES = (
    *(
        "prompts/clinc150.json",
        "prompts/banking77_train.csv",
        "prompts/arena_hard_v0.1.jsonl",
        "prompts/mts_dialog_train.csv",
    ),
    *("clinical-es/train", "scenarios/privacylens.json", "scenarios/confaide/tier_4.txt"),
    *("ner/wikigold_train.jsonl", "ner/gum_train.jsonl", "ner/btc_train.jsonl", "ner/wnut_train.jsonl"),
)
"""What is read, below the data folder."""

_PATIENT = re.compile(r"medical advisor in the following case|You are a medical doctor, A|A 50 y/o m", re.IGNORECASE)
_OWN_CODE = re.compile(r"for our business|my companies|this is my company|my company", re.IGNORECASE)
_PROTECTED = re.compile(
    r"health|medic|therap|counsel|diagnos|treatment|HIV|STI|pregnan|disab|genetic|mental|psych|cancer|surg|vaccin|addict"
    r"|substance|relapse|drug|illness|ADHD|bipolar|salary|income|wage|credit|bank|financ|tax|debt|donation|bonus|loan"
    r"|SSN|social security|password|log-?in|credential|server information|secure account|sexual|sex life|orientation"
    r"|LGBT|transgender|gender|deadname|religio|prayer|clergy|confession|politic|immigra|undocumented|union|racis|Nazi"
    r"|crim|case|arrest|incarcerat|trial|theft|convict|suspect|legal|witness|harass|assault|abuse|custody|adoption"
    r"|child|minor|abortion|virginity|identity change",
    re.IGNORECASE,
)
_ORDINARY = re.compile(
    r"phone number|address|project|product|business|company|strategy|design|patent|merger|acquisition|policy|plan"
    r"|grades|schedule|itinerary|work|conference|hobby|fandom|names|essays|book|event",
    re.IGNORECASE,
)
_CUTS = ((1, 2, 4, 8, 16), (1, 2, 3), (6, 12, 24))
"""Sentences of a piece of published prose, by pass."""
_MODULES = (
    *("argparse", "asyncio.base_events", "collections", "csv", "datetime", "email.message", "fractions", "ftplib"),
    *("gzip", "heapq", "html.parser", "http.client", "imaplib", "inspect", "ipaddress", "json.decoder", "logging"),
    *("mailbox", "optparse", "pathlib", "pickle", "queue", "random", "shutil", "smtplib", "socketserver", "sqlite3"),
    *("statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap", "threading", "turtle", "unittest.case"),
    *(
        "urllib.parse",
        "urllib.request",
        "uuid",
        "zipfile",
        "numpy.linalg",
        "numpy.random",
        "scipy.stats",
        "scipy.signal",
    ),
    *("scipy.optimize", "sklearn.cluster", "sklearn.linear_model", "sklearn.metrics", "sklearn.datasets"),
    *("networkx.algorithms.community", "sympy.core", "jinja2.environment", "pygments.lexers"),
)
_MORE_MODULES = (
    *(
        "abc",
        "ast",
        "base64",
        "bdb",
        "bisect",
        "bz2",
        "calendar",
        "cgi",
        "cmd",
        "code",
        "codecs",
        "colorsys",
        "compileall",
    ),
    *("concurrent.futures.thread", "configparser", "contextlib", "copy", "copyreg", "ctypes.util", "curses.textpad"),
    *(
        "dataclasses",
        "dbm.dumb",
        "decimal",
        "difflib",
        "dis",
        "doctest",
        "email.header",
        "email.parser",
        "encodings.cp1252",
    ),
    *(
        "encodings.idna",
        "encodings.koi8_r",
        "encodings.punycode",
        "enum",
        "filecmp",
        "fileinput",
        "fnmatch",
        "functools",
    ),
    *("getopt", "getpass", "gettext", "glob", "graphlib", "hashlib", "hmac", "html.entities", "http.cookiejar"),
    *(
        "http.cookies",
        "http.server",
        "importlib.util",
        "json.encoder",
        "keyword",
        "linecache",
        "locale",
        "logging.config",
    ),
    *("logging.handlers", "lzma", "mimetypes", "modulefinder", "multiprocessing.pool", "netrc", "numbers", "opcode"),
    *(
        "operator",
        "os",
        "pdb",
        "pickletools",
        "pkgutil",
        "platform",
        "plistlib",
        "poplib",
        "posixpath",
        "pprint",
        "profile",
    ),
    *(
        "pstats",
        "py_compile",
        "pyclbr",
        "pydoc",
        "quopri",
        "reprlib",
        "sched",
        "selectors",
        "shelve",
        "shlex",
        "signal",
    ),
    *("site", "socket", "sre_compile", "sre_parse", "ssl", "stringprep", "symtable", "tabnanny", "telnetlib", "timeit"),
    *(
        "token",
        "tokenize",
        "trace",
        "traceback",
        "tracemalloc",
        "types",
        "typing",
        "unittest.mock",
        "urllib.robotparser",
    ),
    *("wave", "weakref", "webbrowser", "wsgiref.handlers", "xml.dom.minidom", "xml.etree.ElementTree", "xmlrpc.client"),
    *("zipapp", "zipimport", "zoneinfo", "numpy.lib.npyio", "scipy.integrate", "sklearn.pipeline", "sklearn.tree"),
    *("networkx.algorithms.shortest_paths.weighted", "sympy.solvers.solvers", "jinja2.parser", "jinja2.lexer"),
)


@dataclass(frozen=True, slots=True)
class External:
    """A text from elsewhere with what is known of it (letters as in `templates.py`)."""

    text: str
    level: str
    letters: str
    genre: str
    language: str
    source: str
    family: str
    weight: float = 1.0


def read_external(data: Path, seed: int = 5) -> list[External]:
    """Return all texts of the sources above; `data` is the folder that SOURCES.md describes."""
    rng = random.Random(seed)
    return [
        *_clinc(data, rng),
        *_banking(data, rng),
        *_arena(data),
        *_dialogues(data),
        *_clinical(data, rng),
        *_scenarios(data, rng),
        *_minutes(data),
        *_published(data, rng),
        *_code(rng),
        *_machine(rng),
        *_documentation(rng),
    ]


def _clinc(data: Path, rng: random.Random) -> Iterator[External]:
    sets = json.loads((data / "prompts/clinc150.json").read_text(encoding="utf-8"))
    rows = [tuple(row) for name in ("train", "val", "oos_train", "oos_val") for row in sets[name]]
    money = {
        "balance",
        "bill_due",
        "bill_balance",
        "transactions",
        "credit_score",
        "income",
        "spending_history",
        "taxes",
    }
    for text, intent in rng.sample(rows, 5000):
        letters = "f?" if intent in money else "?"
        yield External(text, "low", letters, "chat", "en", "clinc150", f"clinc150:{intent}", 0.6)


def _banking(data: Path, rng: random.Random) -> Iterator[External]:
    with (data / "prompts/banking77_train.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rng.sample(rows, 2200):
        yield External(row["text"], "low", "f?", "chat", "en", "banking77", f"banking77:{row['category']}", 0.6)


def _arena(data: Path) -> Iterator[External]:
    for line in (data / "prompts/arena_hard_v0.1.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["prompt"]
        if _PATIENT.search(text) or _OWN_CODE.search(text):
            continue
        code = "x?" if re.search(r"```|;\n|def |class |function |import |#include|</", text) else "k?"
        yield External(text, "low", code, "chat", "en", "arena_hard", f"arena_hard:{row['cluster']}", 3.0)


def _dialogues(data: Path) -> Iterator[External]:
    with (data / "prompts/mts_dialog_train.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            family = f"mts_dialog:{row['ID']}"
            for field, genre in (("section_text", "note"), ("dialogue", "dialogue")):
                if len(row[field].split()) >= 12:
                    yield External(row[field], "high", "hp", genre, "en", "mts_dialog", family, 0.7)


def _clinical(data: Path, rng: random.Random) -> Iterator[External]:
    for file in sorted((data / "clinical-es/train").rglob("*.txt")):
        sentences = re.split(r"(?<=[.:])\s+", file.read_text(encoding="utf-8"))
        at = 0
        while at < len(sentences):
            size = rng.choice([2, 3, 4, 6, 10, 30])
            text = " ".join(sentences[at : at + size])
            at += size
            if len(text.split()) >= 18 and rng.random() < 0.5:
                yield External(text, "high", "hp", "note", "es", "meddocan", f"meddocan:{file.stem}", 0.5)


def _scenarios(data: Path, rng: random.Random) -> Iterator[External]:
    for row in json.loads((data / "scenarios/privacylens.json").read_text(encoding="utf-8")):
        kind = row["seed"]["data_type"]
        letters = _protected_letters(kind)
        if letters:
            level = "high"
        elif _ORDINARY.search(kind):
            level, letters = "moderate", "p"
        else:
            level, letters = "sensitive", "p"
        family = f"privacylens:{row['name']}"
        observed = [part.strip() for part in row["trajectory"]["executable_trajectory"].split("Observation:")[1:]]
        story = row["vignette"]["story"]
        yield External(story, level, letters, "note", "en", "privacylens", family, 0.8)
        text = "\n".join(part.split("\nAction:")[0] for part in observed)
        if len(text.split()) > 15:
            text = f"{row['trajectory']['user_instruction']}\n{text}" if rng.random() < 0.6 else text
            yield External(text, level, letters, "data", "en", "privacylens", family, 0.8)
        items = row["trajectory"]["sensitive_info_items"]
        if level == "high" and items:
            yield External(" ".join(items), level, letters, "note", "en", "privacylens", family, 0.5)


def _protected_letters(kind: str) -> str:
    if not _PROTECTED.search(kind):
        return ""
    tests = {
        "h": r"health|medic|therap|counsel|diagnos|treatment|HIV|STI|pregnan|disab|mental|psych|cancer|surg|vaccin|relapse|ADHD",
        "f": r"salary|income|wage|credit|bank|financ|tax|debt|donation|bonus|loan",
        "s": r"sex|orientation|LGBT|transgender|gender|religio|clergy|politic|immigra|undocumented|genetic|union",
        "l": r"crim|case|arrest|incarcerat|trial|theft|convict|legal|witness|assault|abuse|custody",
        "m": r"child|minor|student",
        "K": r"password|log-?in|credential|server information",
    }
    return "p" + "".join(letter for letter, test in tests.items() if re.search(test, kind, re.IGNORECASE))


def _minutes(data: Path) -> Iterator[External]:
    text = (data / "scenarios/confaide/tier_4.txt").read_text(encoding="utf-8")
    for number, part in enumerate(re.split(r"<BEGIN><[^>]*>", text)):
        minutes = part.split("<END>")[0].strip()
        if len(minutes.split()) > 40:
            yield External(minutes, "moderate", "bn?", "dialogue", "en", "confaide", f"confaide:{number}", 3.0)


def _published(data: Path, rng: random.Random) -> Iterator[External]:
    for name, weight, keep, passes in (
        ("wikigold_train", 1.0, 1.0, 3),
        ("gum_train", 1.0, 1.0, 3),
        ("btc_train", 0.5, 0.6, 1),
        ("wnut_train", 0.5, 0.8, 1),
    ):
        rows = [
            json.loads(line)["text"] for line in (data / f"ner/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        for number in range(passes):  # the same prose, cut elsewhere
            at = 0
            while at < len(rows):
                size = 1 if name.startswith(("btc", "wnut")) else rng.choice(_CUTS[number])
                text = " ".join(rows[at : at + size])
                family = f"{name}:{at // 16}"
                at += size
                ends = f"{name}:{(at - 1) // 16}"
                if rng.random() < keep and len(text.split()) > 5 and held_out(family) == held_out(ends):
                    yield External(text, "low", "k?", "text", "en", name, family, weight)


def _code(rng: random.Random) -> Iterator[External]:
    for name in _MODULES:
        module = importlib.import_module(name)
        texts = [inspect.getsource(module)] if inspect.getsourcefile(module) else []
        docs = [inspect.getdoc(member) or "" for _, member in inspect.getmembers(module)][:40]
        lines = "\n".join(texts).splitlines()
        starts = rng.sample(range(max(len(lines) - 30, 1)), min(12, max(len(lines) - 30, 1)))
        for start in starts:
            piece = "\n".join(lines[start : start + rng.choice([4, 8, 16, 30, 80])])
            if len(piece.split()) > 8:
                yield External(piece, "low", "x", "code", "en", "library", f"library:{name}", 0.6)
        for doc in docs:
            words = doc.split()
            if len(words) > 12:
                text = " ".join(words[: rng.choice([20, 60, 150, 300])])
                yield External(text, "low", "k?", "text", "en", "library", f"library:{name}", 0.4)
    for name in _MORE_MODULES:  # long pieces, so that many windows of one text are all harmless
        source = importlib.util.find_spec(name)
        if source is None or not source.origin or not source.origin.endswith(".py"):
            continue
        lines = Path(source.origin).read_text(encoding="utf-8").splitlines()
        for _ in range(5):
            start = rng.randrange(max(len(lines) - 40, 1))
            piece = "\n".join(lines[start : start + rng.choice([6, 12, 25, 60, 120])])
            if len(piece.split()) > 8:
                yield External(piece, "low", "x", "code", "en", "library", f"library:{name}", 0.6)


def _machine(rng: random.Random) -> Iterator[External]:
    for number, (kind, text) in enumerate(machine_texts(rng)):
        yield External(text, "low", "x?", "toolresult", "en", "machine", f"machine:{kind}:{number // 9}", 0.6)
    for number, (language, text) in enumerate(random_words(rng)):
        yield External(text, "low", "k?", "text", language, "random_words", f"random_words:{number // 8}", 0.4)


def _documentation(rng: random.Random) -> Iterator[External]:
    for source, text in documents(rng):
        yield External(text, "low", "x?" if source.startswith("doc:") else "k?", "text", "en", "manuals", source, 0.6)

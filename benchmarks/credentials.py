"""How many kinds of credential are found, what harmless text is flagged, and how fast.

    python benchmarks/credentials.py --data ../shared/data/secrets/examples.jsonl \
        [--harmless ../shared/data/prompts/arena_hard_v0.1.jsonl …] [--speed]

`--data`: one JSON object a line with `kind`, `positives`, `negatives`. A positive counts as found when any finding
touches it. A negative says only what its own kind is not; most of them hold a credential of another kind (each old
Vault token is a near-miss of the new ones), so a finding in a negative is looked at: it is right where the same text is
a positive of another kind, or where `RIGHTLY_FOUND` says what it is.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.texts import texts_in
from gateway.adapters.presidio import rule_of
from gateway.core.model import Finding, Segment
from gateway.detect.engine import Scanner
from gateway.detect.packs import RecognizerPack, RecognizerSpec, load_packs
from gateway.detect.secrets import SecretRecognizer

CLASSIFIERS = Path(__file__).parents[1] / "classifiers"
THRESHOLD = 0.3
POLICY_THRESHOLD = 0.5
"""What the bundled policy asks of a credential before it raises the level."""

_PUBLIC = "made to be public"
_STAND_IN = "an obvious stand-in for a secret, low by the labelling guide"
_VARIABLE = "a variable stands where the secret would"
_DOCUMENTED = "the vendor's documented sample says EXAMPLE itself"

MISSED: dict[tuple[int, int], str] = {
    (2, 0): _PUBLIC,
    (52, 2): "masked with #",
    (52, 4): _STAND_IN,
    (53, 2): "the beginning of a text that is put together, no secret in it",
    (53, 9): _STAND_IN,
    (84, 0): _STAND_IN,
    (84, 1): _STAND_IN,
    (84, 2): _STAND_IN,
    (84, 3): _STAND_IN,
    (115, 0): "a heading of a form with no key in it",
    (137, 1): "a bare word in program text names a constant",
    (137, 4): _STAND_IN,
    (137, 5): _STAND_IN,
    (137, 6): _STAND_IN,
    (137, 8): _VARIABLE,
    (148, 1): _STAND_IN,
    (148, 2): _VARIABLE,
    (148, 3): _VARIABLE,
    (148, 4): _STAND_IN,
    (151, 5): _STAND_IN,
    (153, 1): _DOCUMENTED,
    (162, 2): "masked with 0 and x",
    (174, 2): "masked with x",
    (186, 2): _VARIABLE,
}
"""Place of the kind in the file and of the positive in it, and why it is rightly no finding."""

_OTHER_SHAPE = "a secret, only not in the shape that this kind's rule asks for"
RIGHTLY_FOUND: dict[tuple[int, int], str] = {
    (7, 0): _OTHER_SHAPE,
    (9, 0): _OTHER_SHAPE,
    (9, 4): _OTHER_SHAPE,
    (14, 3): "names a bucket in its host",
    (14, 4): "names a bucket in its host",
    (49, 0): "a client secret of Entra ID",
    (49, 1): _OTHER_SHAPE,
    (52, 0): "a user and a password in quotes",
    (53, 1): "a password without quotes",
    (53, 2): "a password in single quotes",
    (65, 0): _OTHER_SHAPE,
    (65, 1): _OTHER_SHAPE,
    (122, 0): "a webhook for Jenkins",
    (123, 0): "a password in the address of a socket",
    (127, 0): "a license key of the newer kind",
    (134, 0): "documentation counts up in letters and digits, too unevenly to tell it from a key",
    (135, 0): "an npm token of the older kind",
    (137, 3): "a password in a program",
    (138, 3): _OTHER_SHAPE,
    (145, 0): "a password in the address of an IPv6 host",
    (145, 1): "a password in the query",
    (183, 0): _OTHER_SHAPE,
    (185, 0): "the first of four OAuth secrets",
}
"""Place of the kind and of the negative in it, and what it holds."""


SEEDS = (
    "password",
    "password=",
    "password: ",
    "the password is ",
    "-----BEGIN PRIVATE KEY-----",
    "eyJ",
    "a://b:",
    "pass word ",
    "secret_key = '",
    'token" : ',
    "curl -u ",
    "pin code is ",
    "user id=x;",
    "able ",
    "sk-",
    "AKIA",
    "Authorization: ",
    "contraseña ",
    "login x ",
    "xoxb-1",
    "okta ",
    "credentials { username ",
)
"""Beginnings of secrets that never come: the texts that cost an expression most."""


class Detector:
    """The credential packs and the recogniser beside them."""

    def __init__(self) -> None:
        files = {file.name: file.read_text("utf-8") for file in sorted(CLASSIFIERS.glob("packs/credentials-*.yaml"))}
        words = (CLASSIFIERS / "lists" / "bip39-english.txt").read_text("ascii").split()
        self.specs = [
            spec
            for pack in load_packs(files)
            if isinstance(pack, RecognizerPack)
            for spec in pack.recognizers
            if isinstance(spec, RecognizerSpec)
        ]
        self._scanner = Scanner([rule_of(spec) for spec in self.specs], threshold=THRESHOLD)
        self._recognizer = SecretRecognizer(words)

    def find(self, text: str) -> list[Finding]:
        """Return all findings of both, overlaps included."""
        hits = self._scanner.scan(text)
        found = [Finding("/", hit.entity_type, hit.start, hit.end, hit.score, hit.recognizer) for hit in hits]
        return found + [f for f in self._recognizer.analyze([Segment("/", text)]) if f.score >= THRESHOLD]


def kinds(detector: Detector, data: Path) -> bool:
    """Print what is found of the labelled kinds; tell whether all is found or explained."""
    rows = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    positives = {text for row in rows for text in row["positives"]}
    whole = found = above = total = 0
    surprises: list[str] = []
    for place, row in enumerate(rows):
        missed = 0
        for number, text in enumerate(row["positives"]):
            findings = detector.find(text)
            total += 1
            found += bool(findings)
            above += any(f.score >= POLICY_THRESHOLD for f in findings)
            if not findings:
                missed += 1
                why = MISSED.get((place, number))
                print(f"  missed   {place} {row['kind']} [{number}]: {why or 'UNEXPLAINED'}")
                if why is None:
                    surprises.append(row["kind"])
        whole += not missed
    print(f"kinds with every positive found: {whole} of {len(rows)}")
    print(f"positives found: {found} of {total}; at the policy's threshold: {above}")
    clean = flagged = 0
    for place, row in enumerate(rows):
        for number, text in enumerate(row["negatives"]):
            findings = detector.find(text)
            if not findings or text in positives or any(text in positive for positive in positives):
                clean += 1
                continue
            flagged += 1
            why = RIGHTLY_FOUND.get((place, number))
            names = ", ".join(sorted({f.recognizer for f in findings}))
            print(f"  negative {place} {row['kind']} [{number}] by {names}: {why or 'UNEXPLAINED'}")
            if why is None:
                surprises.append(row["kind"])
    print(
        f"negatives without a finding, or positives of another kind: {clean}; with another credential in it: {flagged}"
    )
    return not surprises


def harmless(detector: Detector, file: Path) -> None:
    """Print every finding in ordinary texts: JSON lines with `prompt` or `text`, JSON with lists, or plain lines."""
    texts = list(texts_in(file))
    counts: Counter[str] = Counter()
    flagged = 0
    for text in texts:
        findings = [f for f in detector.find(text) if f.score >= POLICY_THRESHOLD and f.entity_type == "CREDENTIAL"]
        flagged += bool(findings)
        for finding in findings:
            counts[finding.recognizer] += 1
            before = text[max(0, finding.start - 40) : finding.start]
            print(f"  {finding.recognizer} {finding.score:.2f} {before!r} >> {text[finding.start : finding.end]!r}")
    print(f"{file.name}: {flagged} of {len(texts)} texts with a credential {dict(counts)}")


def speed(detector: Detector, prose: Sequence[str]) -> None:
    """Print MB/s over texts made of one class of character each, and over prose; all should be of one order."""
    draw = random.Random(7)
    classes = {
        "digits": string.digits,
        "hex": "0123456789abcdef",
        "base64": string.ascii_letters + string.digits + "+/",
        "lower case": string.ascii_lowercase,
        "upper case": string.ascii_uppercase,
        "marks": string.punctuation,
        "spaces": " ",
        "letters and spaces": string.ascii_lowercase + "    ",
        "dashes": "-",
        "base64url and dots": string.ascii_letters + string.digits + "-_.",
    }
    texts = {name: "".join(draw.choices(alphabet, k=100_000)) for name, alphabet in classes.items()}
    for seed in SEEDS:
        texts[f"{seed!r} again and again"] = (seed * (100_000 // len(seed) + 1))[:100_000]
    if prose:
        texts["ordinary prompts"] = "\n\n".join(prose)
    slowest = 0.0
    for name, text in texts.items():
        start = time.perf_counter()
        detector.find(text)
        seconds = time.perf_counter() - start
        slowest = max(slowest, seconds / len(text))
        print(f"  {len(text) / 1e6 / seconds:8.2f} MB/s  {name}")
    print(f"slowest: {1 / slowest / 1e6:.2f} MB/s")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--harmless", type=Path, nargs="*", default=[])
    parser.add_argument("--speed", action="store_true")
    arguments = parser.parse_args()
    detector = Detector()
    print(f"{len(detector.specs)} recognisers in packs")
    good = kinds(detector, arguments.data) if arguments.data else True
    for file in arguments.harmless:
        harmless(detector, file)
    if arguments.speed:
        speed(detector, [text for file in arguments.harmless for text in texts_in(file)])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Is a text a secret, a word, or a stand-in for a secret?

Shape alone does not tell a key from an example of a key, and an example is no finding (labelling guide: documented
examples and obvious placeholders are low). Three questions are answered here, for every recogniser of credentials:

* `is_masked`: nothing is left of the secret (`xxxxx`, `****`, `0000-0000`);
* `is_placeholder`: it stands where a secret would (`changeme`, `<your-key>`, `${TOKEN}`, a vendor's documented sample);
* `looks_random`: a machine made it. Entropy per character is not enough: 20 characters of English have as much of it
  as 20 of base32. What differs is how often the class of character changes (a name changes at its word borders, a key
  everywhere) and, where all are letters, how many pairs of letters are usual in written language.

Everything is linear in the length of its argument, which recognisers bound to a few hundred characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

import numpy as np

__all__ = [
    "bits_per_character",
    "is_documented",
    "is_masked",
    "is_placeholder",
    "is_sample",
    "is_sequence",
    "is_uuid",
    "looks_random",
    "words",
]

_DOCUMENTED: Final = frozenset(
    {
        # Amazon Web Services, user guides.
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        # Stripe, API reference and quick starts: keys of accounts made for documentation.
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
        "sk_test_26PHem9AhJZvU623DfE1x4sd",
        "sk_test_tR3PYbcVNZZ796tH88S4VQ2u",
        "pk_test_TYooMQauvdEDq54NiTphI7jx",
        "pk_test_6pRNASCoBOKtIshFeQd4XMUh",
        # Kubernetes, kubeadm reference.
        "abcdef.0123456789abcdef",
        # RFC 7519 and jwt.io: the signatures of the sample tokens.
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
        # Azurite and the Azure storage emulator: the account key that every installation has.
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        # Slack, the sample webhook of its documentation.
        "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    }
)
_BEGUN: Final = tuple(sample for sample in _DOCUMENTED if "_test_" in sample)
_STRIPE: Final = 32
"""Characters of a sample of Stripe's."""
_NEXT_NAME: Final = re.compile(r"[A-Za-z_]{1,40}(?:[=:]|\Z)")
_AWS_SAMPLE: Final = re.compile(r"A[KS]IA[A-Z0-9]{9}EXAMPLE")
_SAMPLE: Final = re.compile(r"EXAMPLE|(?<![A-Za-z])(?i:example|sample|dummy|placeholder)(?![a-z])")

_MASK_RUN: Final = re.compile(r"([xX*.#?•●…_\-])\1{5,}|0{8,}")
_MASK_ONLY: Final = re.compile(r"[xX*.#?•●…_\-0\s/:]+\Z")

# A template, a variable or a call where a literal should be.
_TEMPLATE: Final = re.compile(
    r"""
      <[^<>\n]{0,80}>? | &lt;.{0,80} | \{\{.{0,120} | \$\{.{0,120} | \$\(.{0,160} | \$\{\{.{0,120} | \#\{.{0,120}
    | %[A-Za-z_]\w{0,60}%? | %\([\w.]{1,60}\)[sd]? | %[sdv] | @{1,2}[A-Za-z_][\w.]{0,60}@{1,2}
    | \{[\w.\-\s:\[\]'"]{0,80}\}
    | \[[^\]\n]{0,80}\]? | __[A-Z0-9_]{1,80}__ | \$[A-Za-z_][\w.:]{0,80}(?:->\w{1,80})* | (?:\$[A-Za-z_]\w{0,80}){1,4}
    | \(\(.{0,80}\)\) | :[a-z_]{1,40} | \?{1,3} | \\\(.{0,80}
    """,
    re.VERBOSE,
)

_SLOT: Final = re.compile(r"\$?\{[\w.!:]{1,60}\}|%[sd]|<[\w \-]{1,60}>")
_MIN_REST: Final = 6
_FILLER: Final = frozenset(
    """
    a an the my your our his her their some any this new old test testing dev demo default real actual own put add
    set insert enter use replace paste type fill provide with me it in on at of for from to here goes go value
    values val string str text example examples sample dummy fake placeholder change changeme changethis fixme todo
    tbd redacted hidden removed omitted censored masked secret secrets password passwords passwd pass pwd passphrase
    pw passcode key keys token tokens api apikey apitoken auth access client private public credential credentials
    id user username login name account app application service server smtp mail email db database host admin's long
    random super very strong secure safe secured unique generated foo bar baz qux foobar foobarbaz abc xyz asdf
    something anything whatever blah none null nil undefined empty not set notset unset unknown na and or is be
    should must by code line openai azure aws github gitlab google anthropic stripe slack huggingface hf jwt bearer
    oauth signing encryption session base64 mein dein ihr passwort kennwort geheim contraseña clave mot de passe
    votre mon senha sua wachtwoord
    """.split()  # noqa: SIM905 - a vocabulary reads better as text
)
_WEAK: Final = frozenset({"admin", "root", "guest", "secret"})
"""Words that are in use as passwords, and so are not taken for stand-ins."""
_MARKS: Final = re.compile(r"[!@#$%^&*+=?]")
_SQUASHED: Final = re.compile(
    r"(?:my|your|the|our|some|new|test|example|sample|dummy|fake|change|replace|enter|insert|put|"
    r"super|very|top|strong|secure|secret|password|passwd|pass|phrase|word|pwd|key|token|api|auth|client|user|admin|db|"
    r"database|here|this|me|value|string|private|access|id)+[0-9]?\Z"
)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-zß-ÿ])|[A-Z]?[a-zß-ÿ]+|[0-9]+|[^\W\d_A-Za-z]+")

_USUAL: Final = frozenset(
    """
    th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro
    ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so
    rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl
    ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt
    oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck
    ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af
    hu nn eo vo rv nf xp gn sm fl iz ok
    """.split()  # noqa: SIM905
)
"""The commonest pairs of letters in European languages written in Latin letters: a random pair is one of them in about
a third of cases, a pair within a word in nine of ten."""

_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{16,}\Z")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_NOT_RANDOM: Final = re.compile(
    r"""
      [a-z][a-z0-9+.\-]{1,20}://                                  # an address
    | [\w.+\-]+@[\w\-]+\.[\w.\-]+\Z                               # a mailbox
    | v?\d+(?:[.\-_]\d+)+(?:[.\-+](?:[a-z]{1,6}\d{0,3}|\d+))*\Z   # a version, a date, an address, a phone
    | \d{4}-\d\d-\d\dT[\d:.+\-Z]+\Z                               # a time stamp
    | arn:aws | data:[a-z] | urn:
    | \#[0-9A-Fa-f]{3,8}\Z
    | (?:sha(?:1|224|256|384|512)|md5|crc32)[:\-]
    | (?:\\[ux][0-9A-Fa-f]{2,4})+\Z                              # escapes of characters
    | .{0,200}(?:\[\^|\\[wWdDsS]|\(\?)                           # a regular expression
    """,
    re.VERBOSE,
)

_MIN_RANDOM: Final = 10
_LONG: Final = 64
"""From so many characters on a value is looked at in numpy."""
_EVEN: Final = frozenset({0, 1, 9, 25})
_EVEN_PAIRS: Final = {
    size: frozenset(
        (first + one, first + other) for one in range(size) for other in range(size) if (other - one) % size in _EVEN
    )
    for size, first in ((26, ord("a")), (10, ord("0")))
}
"""Of letters, and of digits, the bytes that stand still or step by one."""
_IS_EVEN: Final = np.array([step in _EVEN for step in range(26)])
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"
_NO_LETTERS: Final = bytes(byte for byte in range(128) if byte not in _LETTERS)
_NO_CASED: Final = bytes(byte for byte in range(128) if byte not in _LETTERS + _LETTERS.upper())
_NO_DIGITS: Final = bytes(byte for byte in range(128) if byte not in b"0123456789")
_USUAL_OF_TWO: Final = frozenset((pair[0], pair[1]) for pair in _USUAL)
_USUAL_PAIRS: Final = np.array([[chr(one) + chr(other) in _USUAL for other in _LETTERS] for one in _LETTERS])
_UPPER: Final = 1
_LOWER: Final = 2
_DIGIT: Final = 3
_TURNS: Final = frozenset({(1, 3), (2, 1), (2, 3), (3, 1), (3, 2)})
"""Of such kinds; capitalised words (1, 2) are how names are written, and marks (0) part words."""
_KINDS: Final = np.array(
    [_UPPER * chr(c).isupper() + _LOWER * chr(c).islower() + _DIGIT * chr(c).isdigit() for c in range(128)]
)
_KIND_BYTES: Final = _KINDS.astype(np.uint8).tobytes().ljust(256, b"\0")
_MIN_HEX_DISTINCT: Final = 7
_MIN_CHANGES: Final = 0.23
_MIN_BITS: Final = 2.7
_MIN_LETTERS: Final = 12
_MAX_USUAL: Final = 0.55
_MIN_SEQUENCE: Final = 5
_MIN_WORD: Final = 3
_WORDY: Final = 0.5


def bits_per_character(text: str) -> float:
    """Return the Shannon entropy of the characters of `text`, in bits a character; 0 for an empty text."""
    if not text:
        return 0.0
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())


def is_masked(text: str) -> bool:
    """Tell whether a secret was blotted out: a run of one filling character, or nothing but such characters."""
    return not text or bool(_MASK_RUN.search(text)) or bool(_MASK_ONLY.match(text))


def is_documented(text: str) -> bool:
    """Tell whether it is, or ends in, a sample that a vendor prints in its documentation, or says so itself."""
    if text in _DOCUMENTED or _SAMPLE.search(text):
        return True
    if text.startswith(_BEGUN):
        # The next line of an environment, where a disguise of line breaks is looked behind. More could be another key.
        return _NEXT_NAME.match(text, _STRIPE) is not None
    tail = text.rpartition(".")[2]
    return tail in _DOCUMENTED


def is_sample(text: str) -> bool:
    """Tell whether it is a vendor's sample and nothing else: `is_documented` also takes what only holds one."""
    return text in _DOCUMENTED or _AWS_SAMPLE.fullmatch(text) is not None


def is_sequence(text: str) -> bool:
    """Tell whether letters and digits each only count up, count down or stand still: `123456`, `abcdef`, `a1b2c3`."""
    if len(text) < _MIN_SEQUENCE or not text.isascii():
        return False
    lowered = text.lower().encode()
    letters, digits = lowered.translate(None, _NO_LETTERS), lowered.translate(None, _NO_DIGITS)
    steps = max(len(letters) - 1, 0) + max(len(digits) - 1, 0)
    # The alphabet and the digits may start again: 7890, xyzabc.
    # A random pair of all letters steps so once in nine, a pair of the six of hex nearly every other time.
    wide = letters.translate(None, b"abcdef") != b""
    share = 0.6 if wide and steps >= 16 else 0.85  # noqa: PLR2004
    return bool(steps) and _even(letters, 26) + _even(digits, 10) >= share * steps


def _even(characters: bytes, size: int) -> int:
    """Count the neighbours that stand still or step by one, up or down, in an alphabet of `size`."""
    if len(characters) < _LONG:
        return sum(map(_EVEN_PAIRS[size].__contains__, pairwise(characters)))
    places = np.frombuffer(characters, np.uint8).astype(np.int16)
    return int(_IS_EVEN[(places[1:] - places[:-1]) % np.int16(size)].sum())


def words(text: str) -> list[str]:
    """Return the words that an identifier is made of, in lower case: `fbApiKey2` gives fb, api, key, 2."""
    return [part.lower() for part in _PARTS.findall(text)]


def is_placeholder(text: str) -> bool:  # noqa: PLR0911 - a list of reasons
    """Tell whether `text` stands where a secret would stand, without being one."""
    value = text.strip()
    if is_masked(value) or is_documented(value) or _TEMPLATE.fullmatch(value):
        return True
    parts = words(value)
    if not parts:
        return True
    if parts[0] in {"your", "youre", "insert", "replace", "changeme", "enter"} or value.lower().startswith("your"):
        return True
    if parts[-1] == "here" and len(parts) > 1:
        return True
    if value.lower() in _WEAK:
        return False
    rest = _SLOT.sub("", value)
    if rest != value and (len(rest) < _MIN_REST or is_placeholder(rest)):  # put together: `{user}-token`, `%s:%s`
        return True
    named = [part for part in parts if not part.isdigit()]
    # A counter is part of a stand-in (`password1`, `token_2`); more digits or marks make a password, if a bad one.
    if named and all(part in _FILLER for part in named) and sum(map(len, parts)) - sum(map(len, named)) <= 1:
        return not _MARKS.search(value)
    return bool(_SQUASHED.match(value.lower()))


def is_uuid(text: str) -> bool:
    """Tell whether it has the text form of a UUID: the name of a thing as often as a key to it. Source: RFC 9562."""
    return _UUID.match(text) is not None


def looks_random(text: str) -> bool:  # noqa: PLR0911 - a list of reasons
    """Tell whether a machine made `text`: a key, a token, a digest; not a name, a path, a version or prose."""
    value = text.strip().rstrip("=")
    if len(value) < _MIN_RANDOM or " " in value or _NOT_RANDOM.match(value) or is_sequence(value):
        return False
    if _UUID.match(value):
        return len(set(value)) >= _MIN_HEX_DISTINCT
    if _HEX.match(value):
        return not value.isdigit() and len(set(value.lower())) >= _MIN_HEX_DISTINCT
    if bits_per_character(value) < _MIN_BITS:
        return False
    letters = value.encode("ascii", "ignore").translate(None, _NO_CASED).decode()
    if len(letters) == len(value):
        return _letters_random(value) and (len(value) >= _MIN_LETTERS)
    if not any(map(str.isdigit, value)):
        # Words joined by marks (`open-sesame`, `a.b.c`) are a name unless the letters themselves are random.
        return any(len(run) >= _MIN_LETTERS and _letters_random(run) for run in re.split(r"[^A-Za-z]+", value))
    if _made_of_words(value):
        return False
    unusual = len(letters) >= _MIN_LETTERS and _letters_random(letters)
    return unusual or _changes(value) >= _MIN_CHANGES * len(value)


def _made_of_words(value: str) -> bool:
    """Tell whether most of it is words that can be spoken: `PKCS12PrivateKeyTypes`."""
    parts = Counter(_PARTS.findall(value)).items()
    spoken = sum(len(part) * times for part, times in parts if _spoken(part.lower()))
    return spoken >= _WORDY * len(value)


def _spoken(part: str) -> bool:
    """Tell whether nearly all pairs of letters of a word are usual; in a short word, all of them."""
    if len(part) < _MIN_WORD or not part.isalpha():
        return False
    usual = sum(map(_USUAL_OF_TWO.__contains__, pairwise(part)))
    return len(part) - 1 - usual <= len(part) // 6


def _changes(value: str) -> int:
    """Count the places where the class of character changes otherwise than at a border of words."""
    if len(value) >= _LONG and value.isascii():
        kinds = _KINDS[np.frombuffer(value.encode(), np.uint8)]
        earlier, later = kinds[:-1], kinds[1:]
        capitalised = (earlier == _UPPER) & (later == _LOWER)
        return int(((earlier != 0) & (later != 0) & (earlier != later) & ~capitalised).sum())
    if value.isascii():
        return sum(map(_TURNS.__contains__, pairwise(value.encode().translate(_KIND_BYTES))))
    its = [_UPPER if c.isupper() else _LOWER if c.islower() else _DIGIT if c.isdigit() else 0 for c in value]
    return sum(map(_TURNS.__contains__, pairwise(its)))


def _letters_random(value: str) -> bool:
    if len(value) >= _LONG and value.isascii() and value.isalpha():
        letters = np.frombuffer(value.lower().encode(), np.uint8).astype(np.intp) - ord("a")
        return float(_USUAL_PAIRS[letters[:-1], letters[1:]].mean()) < _MAX_USUAL
    lowered = value.lower()
    return sum(map(_USUAL_OF_TWO.__contains__, pairwise(lowered))) / max(1, len(lowered) - 1) < _MAX_USUAL

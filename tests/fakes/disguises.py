"""One value in many disguises, for tests and benchmarks. All values are invented; their check digits are right."""

import base64
import codecs
import gzip
import quopri
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

CARD: Final = "4539578763621486"
EMAIL: Final = "martha.lindqvist@nordhavn-clinic.com"
IBAN: Final = "DE89370400440532013000"
SSN: Final = "536-22-8741"
PHONE: Final = "+49 30 90182265"
NAMED: Final = "Martha Lindqvist 536-22-8741"
KEY: Final = "ghp_" + "x7Rk2mPq9LwZ4vTn8BcY5hJd3sFg1AeUoK6W"
"""Made like GitHub's older tokens, which had no check digits."""
STORY: Final = (
    "My daughter was diagnosed with epilepsy last spring. She had another seizure on Tuesday, and the neurologist has "
    "raised her lamotrigine to 150 mg."
)
"""No value, but what it is about."""

Disguise = Callable[[str], str]
_ENGLISH: Final = "zero one two three four five six seven eight nine"


def _each(make: Callable[[int], str], between: str = "") -> Disguise:
    """Write each character by its code."""
    return lambda value: between.join(make(ord(character)) for character in value)


def _digits(alphabet: str) -> Disguise:
    return lambda value: "".join(alphabet[int(c)] if c.isdecimal() else c for c in value)


def _script(zero: int) -> Disguise:
    return _digits("".join(chr(zero + digit) for digit in range(10)))


def _words(words: str, between: str = " ") -> Disguise:
    return lambda value: between.join(words.split()[int(c)] for c in value if c.isdecimal())


def _grouped(between: str, size: int = 4) -> Disguise:
    return lambda value: between.join(value[start : start + size] for start in range(0, len(value), size))


def _between(mark: str) -> Disguise:
    return mark.join


def _pieces(value: str, size: int) -> list[str]:
    return [value[start : start + size] for start in range(0, len(value), size)]


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


ANY: Final[Mapping[str, Disguise]] = {
    "full-width": lambda value: "".join("\u3000" if c == " " else chr(ord(c) - 0x20 + 0xFF00) for c in value),
    "tag characters": _each(lambda code: chr(0xE0000 + code)),
    "zero-width spaces": _between("\u200b"),
    "soft hyphens": _between("\u00ad"),
    "word joiners": _between("\u2060"),
    "variation selectors": _between("\ufe0f"),
    "direction marks": _between("\u200e"),
    "control characters": _between("\x08"),
    "struck through": lambda value: "".join(f"{c}\u0336" for c in value),
    "right-to-left override": lambda value: f"\u202e{value[::-1]}\u202c",
    "percent": _each(lambda code: f"%{code:02X}"),
    "percent twice": _each(lambda code: f"%25{code:02X}"),
    "HTML, decimal": _each(lambda code: f"&#{code};"),
    "HTML, hexadecimal": _each(lambda code: f"&#x{code:x};"),
    "JSON": _each(lambda code: f"\\u{code:04x}"),
    "JSON twice": _each(lambda code: f"\\\\u{code:04x}"),
    "escaped bytes": _each(lambda code: f"\\x{code:02x}"),
    "escaped octal": _each(lambda code: f"\\{code:03o}"),
    "quoted-printable": _each(lambda code: f"={code:02X}"),
    "code points": _each(lambda code: f"U+{code:04X}", " "),
    "base64": _base64,
    "base64url": lambda value: base64.urlsafe_b64encode(b"?? " + value.encode() + b" >>").decode().rstrip("="),
    "base64 twice": lambda value: _base64(_base64(value)),
    "base64 of percent": lambda value: _base64("".join(f"%{ord(c):02x}" for c in value)),
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal pairs": lambda value: value.encode().hex(" ").upper(),
    "hexadecimal with 0x": _each(lambda code: f"0x{code:02x}", ", "),
    "UTF-16 in base64": lambda value: base64.b64encode(value.encode("utf-16-le")).decode(),
    "gzip in base64": lambda value: base64.b64encode(gzip.compress(value.encode(), mtime=0)).decode(),
    "zlib in hexadecimal": lambda value: zlib.compress(value.encode()).hex(),
    "decimal codes": _each(str, ", "),
    "bits": _each(lambda code: f"{code:08b}", " "),
    "quoted-printable, soft line breaks": lambda value: "=\n".join(value[n : n + 6] for n in range(0, len(value), 6)),
    "quoted-printable, mail": lambda value: quopri.encodestring(f"Grüße: {value}".encode()).decode(),
    "JSON, long form": _each(lambda code: f"\\u{{{code:x}}}"),
    "HTML, padded": _each(lambda code: f"&#{code:07};"),
    "HTML without semicolons": _each(lambda code: f"&#{code}"),
    "HTML in percent": lambda value: urllib.parse.quote("".join(f"&#{ord(c)};" for c in value)),
    "CSS escapes": _each(lambda code: f"\\{code:06x}"),
    "base64 over lines": lambda value: "\n".join(_pieces(_base64(f"As you asked, here it is: {value}"), 20)),
    "base64 in a data URL": lambda value: f"data:text/plain;base64,{_base64(value)}",
    "base64 thrice": lambda value: _base64(_base64(_base64(value))),
    "hexadecimal in base64": lambda value: _base64(value.encode().hex()),
    "gzip in base64url": lambda value: base64.urlsafe_b64encode(gzip.compress(value.encode(), mtime=0)).decode(),
    "raw deflate in base64": lambda value: base64.b64encode(zlib.compress(value.encode(), wbits=-15)).decode(),
    "encoded word": lambda value: f"=?utf-8?B?{_base64(value)}?=",
    "encoded word, quoted": lambda value: "=?utf-8?Q?" + "".join(f"={ord(c):02X}" for c in value) + "?=",
    "UTF-7": lambda value: "+" + base64.b64encode(value.encode("utf-16-be")).decode().rstrip("=") + "-",
    "base85": lambda value: base64.b85encode(value.encode()).decode(),
    "backwards": lambda value: value[::-1],
    "ROT13": lambda value: codecs.encode(value, "rot13"),
    "combining marks": lambda value: "".join(f"{c}\u0301" for c in value),
    "invisible separators": _between("\u2063"),
    "Mongolian vowel separators": _between("\u180e"),
    "Hangul fillers": _between("\u3164"),
    "isolates": lambda value: f"\u2066{value[: len(value) // 2]}\u2069\u2068{value[len(value) // 2 :]}\u2069",
    "bold by letter": _each(lambda code: f"**{chr(code)}**"),
    "HTML tags by letter": _each(lambda code: f"<i>{chr(code)}</i>"),
    "HTML comments inside": _between("<!-- -->"),
    "empty tags inside": _between("<wbr>"),
    "Markdown code by letter": _each(lambda code: f"`{chr(code)}`"),
    "spaced out": _between(" "),
    "letter a line": _between("\n"),
    "dashes between": _between("-"),
    "underscores between": _between("_"),
    "commas between": _between(", "),
    "quoted letters": lambda value: "[" + ", ".join(f'"{c}"' for c in value) + "]",
    "in emphasis": lambda value: f"_{value}_",
    "in strong emphasis": lambda value: f"__{value}__",
    "concatenated halves": lambda value: f'"{value[: len(value) // 2]}" + "{value[len(value) // 2 :]}"',
}
"""Disguises of any ASCII text."""

GROUPED: Final[Mapping[str, Disguise]] = {
    "one by one": _between(" "),
    "one a line": _between("\n"),
    "one by one, dashes": _between("-"),
    "tabs": _grouped("\t"),
    "slashes": _grouped("/"),
    "underscores": _grouped("_"),
    "pipes": _grouped(" | "),
    "no-break spaces": _grouped("\u00a0"),
    "line breaks": _grouped("\n"),
}
"""Disguises by what stands between characters."""

NUMBER: Final[Mapping[str, Disguise]] = {
    **GROUPED,
    "dots": _grouped("."),
    "colons": _grouped(":"),
    "stars": _grouped("*"),
    "en dashes": _grouped("\u2013"),
    "two spaces": _grouped("  "),
    "parentheses": lambda value: "(" + _grouped(")(")(value) + ")",
    "escaped line breaks": _grouped("\\n"),
    "concatenated": _grouped('" + "'),
    "array": lambda value: '["' + _grouped('", "')(value) + '"]',
    "words between": _grouped(" then "),
    "letters between": _between("x"),
    "pictures between": _between("\U0001f600"),
    "one by one, commas": _between(", "),
    "by three": _grouped("-", 3),
    "by two": _grouped("-", 2),
    "bold": lambda value: "**" + _grouped("** **")(value) + "**",
    "tags": lambda value: "<b>" + _grouped("</b><b>")(value) + "</b>",
    "markup by digit": lambda value: "".join(
        f"**{c}**" if n % 3 == 0 else f"<b>{c}</b>" if n % 3 == 1 else f" {c} " for n, c in enumerate(value)
    ),
    "comments": _grouped("<!-- -->"),
    "table": lambda value: "| " + _grouped(" | ")(value) + " |",
    "mathematical": _script(0x1D7CE),
    "segmented": _script(0x1FBF0),
    "Arabic": _script(0x660),
    "Persian": _script(0x6F0),
    "Devanagari": _script(0x966),
    "Thai": _script(0xE50),
    "circled": _digits("⓪①②③④⑤⑥⑦⑧⑨"),
    "black circled": _digits("⓿❶❷❸❹❺❻❼❽❾"),
    "superscript": _digits("⁰¹²³⁴⁵⁶⁷⁸⁹"),
    "subscript": _digits("₀₁₂₃₄₅₆₇₈₉"),
    "Chinese": _digits("〇一二三四五六七八九"),
    "keycaps": lambda value: "".join(f"{c}\ufe0f\u20e3" for c in value),
    "look-alikes": lambda value: value.replace("3", "З").replace("6", "б"),
    "letters for digits": lambda value: value.replace("1", "l").replace("0", "O").replace("5", "S"),
    "percent of spaces": lambda value: urllib.parse.quote(_grouped(" ")(value)),
    "words": _words(_ENGLISH),
    "capital words": _words(_ENGLISH.title()),
    "words, commas": _words(_ENGLISH, ", "),
    "words, dashes": _words(_ENGLISH, "-"),
    "words, lines": _words(_ENGLISH, "\n"),
    "words run together": _words(_ENGLISH, ""),
    "words, bulleted": lambda value: "- " + _words(_ENGLISH, "\n- ")(value),
    "phonetic words": _words("zero wun too tree fower fife six seven ait niner"),
    "letters as words and digits": _words("zero 1 two 3 four 5 six 7 eight 9"),
    "Roman numerals": _words("N I II III IV V VI VII VIII IX"),
    "numbered": lambda value: ", ".join(f"digit {n}: {c}" for n, c in enumerate(value, 1) if c.isdecimal()),
    "leetspeak": lambda value: value.translate(str.maketrans("013457", "OIEAST")),
    "Morse": _words("----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."),
    "tally of dots": lambda value: " ".join("." * int(c) or "-" for c in value if c.isdecimal()),
    "Bengali": _script(0x9E6),
    "Braille": _digits("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"),
    "Japanese formal": _digits("零壱弐参肆伍陸漆捌玖"),
    "domino": _script(0x1F100),
    "words and digits": lambda value: " ".join(
        _ENGLISH.split()[int(c)] if n % 2 else c for n, c in enumerate(filter(str.isdecimal, value))
    ),
    "German words": _words("null eins zwei drei vier fünf sechs sieben acht neun"),
    "French words": _words("zéro un deux trois quatre cinq six sept huit neuf"),
    "Spanish words": _words("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "Italian words": _words("zero uno due tre quattro cinque sei sette otto nove"),
    "Dutch words": _words("nul een twee drie vier vijf zes zeven acht negen"),
    "Portuguese words": _words("zero um dois três quatro cinco seis sete oito nove"),
    "Polish words": _words("zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć"),
    "backwards": lambda value: value[::-1],
    "backwards in groups": lambda value: _grouped(" ")(value)[::-1],
    "pairs in words": lambda _: (
        "forty-five thirty-nine fifty-seven eighty-seven sixty-three sixty-two fourteen eighty-six"
    ),
    "in full": lambda _: (
        "four thousand five hundred thirty-nine, five thousand seven hundred and eighty-seven, "
        "six thousand three hundred sixty-two, one thousand four hundred eighty-six"
    ),
}
"""Disguises of a number; the last two are of `CARD` only."""

WORDS: Final = frozenset(
    {
        "words",
        "German words",
        "French words",
        "Spanish words",
        "Italian words",
        "Dutch words",
        "Portuguese words",
        "Polish words",
        "Arabic",
        "circled",
        "keycaps",
        "mathematical",
        "Chinese",
        "Thai",
        "Devanagari",
        "words, commas",
        "Persian",
        "words, lines",
        "words and digits",
        "subscript",
    }
)
"""Of `NUMBER`, those that make sense of numbers of any length and with marks in them."""

ADDRESS: Final[Mapping[str, str]] = {
    "in words": "martha dot lindqvist at nordhavn-clinic dot com",
    "in words, letters alone": "m a r t h a at n o r d h a v n dot c o m",
    "in parentheses": "martha.lindqvist (at) nordhavn-clinic (dot) com",
    "in brackets": "martha[dot]lindqvist[at]nordhavn-clinic[dot]com",
    "in brackets, sign": "martha.lindqvist[@]nordhavn-clinic[.]com",
    "in words, last dot": "martha.lindqvist at nordhavn-clinic.com",
    "underscored words": "martha_dot_lindqvist_at_nordhavn-clinic_dot_com",
    "spaces around": "martha.lindqvist @ nordhavn-clinic . com",
    "in German": "martha punkt lindqvist ät nordhavn-clinic punkt de",
    "in Spanish": "martha.lindqvist arroba nordhavn-clinic punto com",
    "in French": "martha.lindqvist arobase nordhavn-clinic point fr",
    "in Italian": "martha.lindqvist chiocciola nordhavn-clinic punto it",
    "in Dutch": "martha.lindqvist apenstaartje nordhavn-clinic punt nl",
    "in Portuguese": "martha.lindqvist arroba nordhavn-clinic ponto pt",
    "in Polish": "martha.lindqvist małpa nordhavn-clinic kropka pl",
    "full-width at": EMAIL.replace("@", "＠"),
    "small at": EMAIL.replace("@", "﹫"),
    "ideographic dot": EMAIL.replace(".com", "。com"),
    "punycode": "martha.lindqvist@xn--nordhvn-clinic-wqb.com",
    "quoted local part": '"martha lindqvist"@nordhavn-clinic.com',
    "leetspeak": "m4rth4.l1ndqv1st@n0rdh4vn-cl1n1c.c0m",
    "mailto": "mailto:martha.lindqvist%40nordhavn-clinic.com",
    "Cyrillic letters": EMAIL.replace("a", "а").replace("o", "о"),
    "bold letters": "".join(chr(ord(c) - 97 + 0x1D41A) if c.isalpha() else c for c in EMAIL),
}
TOKEN: Final[Mapping[str, str]] = {
    "broken over lines": KEY[:20] + "\n    " + KEY[20:],
    "broken by a backslash": KEY[:20] + "\\\n" + KEY[20:],
    "in pieces": " ".join(_pieces(KEY, 10)),
    "Cyrillic letters": KEY.replace("c", "с").replace("A", "А"),
    "bold letters": "".join(
        chr(ord(c) - 97 + 0x1D41A) if c.islower() else chr(ord(c) - 65 + 0x1D400) if c.isupper() else c for c in KEY
    ),
}


class Kind(NamedTuple):
    """A kind of value: what finds it, the sentence it stands in, the value in each disguise."""

    entity_type: str
    frame: str
    value: str
    disguises: Mapping[str, str]


def _kind(
    entity_type: str,
    frame: str,
    value: str,
    names: Iterable[str],
    more: Mapping[str, str] = MappingProxyType({}),
    less: frozenset[str] = frozenset(),
) -> Kind:
    ways = {**ANY, **{name: NUMBER[name] for name in names}}
    made = {name: way(value) for name, way in ways.items() if name not in less}
    return Kind(entity_type, frame, value, {**made, **more})


_MARKS: Final = {"slashes": " / ", "underscores": "_", "line breaks": "\n", "dots": ".", "tags": "<br>"}
_UNCHANGED: Final = frozenset({"ROT13"})
KINDS: Final[Mapping[str, Kind]] = {
    "card": _kind("CREDIT_CARD", "Please charge my card {} . Thanks!", CARD, NUMBER, less=_UNCHANGED),
    "IBAN": _kind("IBAN_CODE", "IBAN: {} as told", IBAN, GROUPED),
    "SSN": _kind(
        "US_SSN",
        "my social security number is {} as told",
        SSN,
        sorted(WORDS),
        {f"hyphens as {name}": SSN.replace("-", mark) for name, mark in _MARKS.items()},
        less=_UNCHANGED,
    ),
    "e-mail": _kind("EMAIL_ADDRESS", "You may write to {} ok?", EMAIL, (), ADDRESS),
    "phone": _kind("PHONE_NUMBER", "My phone number is {} , call me", PHONE, sorted(WORDS), less=_UNCHANGED),
    "API key": _kind("CREDENTIAL", "the key is {} , keep it", KEY, GROUPED, TOKEN),
    "name and SSN": _kind("US_SSN", "Name and SSN of the patient: {} , born in Ohio", NAMED, ()),
}
NOT_COVERED: Final = frozenset(
    (kind, way)
    for way, kinds in {
        "quoted-printable, soft line breaks": ("phone",),
        "UTF-7": ("card", "IBAN", "SSN", "e-mail", "phone", "API key", "name and SSN"),
        "base85": ("card", "IBAN", "SSN", "e-mail", "phone", "API key", "name and SSN"),
        "backwards": ("IBAN", "name and SSN"),
        "HTML tags by letter": ("phone", "name and SSN"),
        "empty tags inside": ("name and SSN",),
        "Markdown code by letter": ("name and SSN",),
        "letter a line": ("name and SSN",),
        "dashes between": ("phone", "name and SSN"),
        "underscores between": ("phone", "name and SSN"),
        "concatenated halves": ("phone",),
        "no-break spaces": ("IBAN",),
        "words run together": ("card",),
        "phonetic words": ("card",),
        "Roman numerals": ("card",),
        "numbered": ("card",),
        "leetspeak": ("card", "e-mail"),
        "Morse": ("card",),
        "tally of dots": ("card",),
        "Braille": ("card",),
        "domino": ("card",),
        "words and digits": ("SSN",),
        "ROT13": ("IBAN",),
        "underscored words": ("e-mail",),
        "mailto": ("e-mail",),
    }.items()
    for kind in kinds
)
"""What is missed, or in part; docs/threat-model.md says why."""
UNTOLD: Final = frozenset({"UTF-7", "base85", "underscores between"})
"""Ways of `ANY` behind which a story is not read."""

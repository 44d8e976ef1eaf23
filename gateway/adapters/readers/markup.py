"""Markup (HTML, XML, and the XML inside Office files) as texts with their places in the source.

Decisions kept here:

* **A tokenizer of our own, no parser.** It cuts a source into tags, comments, declarations and text, in linear time,
  and loses nothing: what a browser would hide (comments, attributes, `display: none`, deleted runs of Word) is read
  like the rest. Nothing is expanded, so there is no entity bomb and nothing to fetch; a source that declares entities
  or a character set that we don't read stays unread, because another program would see other text.
* Text of tags that only style their words runs together (`Jo<b>hn</b>`), and so do the runs of a Word paragraph or of
  a shared string; any other tag ends a text.
* Attributes are read by value, each value once however often it stands there. Names of tags and attributes are read
  too, but for Office's own vocabulary; what a format's own settings say is looked through for identifiers only.
  Numbers of up to eight digits and the revision marks of Word are left out.
* In Office files a paragraph is read as it is stored, and once more without what was deleted, what was inserted and
  what is hidden, where that differs: a number may be whole in one of them only.
* A surrogate (`<PERSON_…>`) that an edit put into Markdown is a word and no tag.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateway.adapters.readers.strands import Strand

__all__ = ["Markup", "read_markup"]

_TOKEN: Final = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)|"
    r"(?P<tag></?(?![A-Z][A-Z0-9_]{0,40}_[a-z2-9]{11}>)[A-Za-z_:][^<>]*>?)"
    r"|<\?xml version=[\"']1\.[01][\"'](?: encoding=[\"'][\w-]{1,20}[\"'])?(?: standalone=[\"'](?:yes|no)[\"'])?\s?\?>"
    r"|(?P<other><[!?][^<>]*>?)|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_NAME: Final = re.compile(r"</?([^\s/>=\"']+)")
_ATTRIBUTE: Final = re.compile(r"([^\s=\"'<>/]+)(?:\s*=\s*(?:\"([^\"]*)\"?|'([^']*)'?|([^\s\"'>]+)))?")
_DULL: Final = re.compile(r"-?[0-9.]{1,8}%?|[0-9A-Fa-f]{8}|true|false|none|on|off")
_VOCABULARY: Final = re.compile(r"(?:[A-Za-z]{1,8}[0-9]{0,2}[a-z]{0,4}:)?[A-Za-z]{1,40}[0-9]{0,2}[a-z]{0,4}")
_HEAD: Final = 8000
"""Characters within which the root of an Office part stands, with its many name spaces."""
_OFFICE: Final = re.compile(r"schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml")
_ENTITIES: Final = re.compile(r"<!(?:ENTITY|DOCTYPE[^<>\[]*\[)", re.IGNORECASE)
_STYLING: Final = frozenset(
    """a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strike strong
    sub sup time tt u var wbr""".split()  # noqa: SIM905 - words
)
"""HTML's tags that leave their words in the line."""
_BLOCKS: Final = frozenset(
    """p tc tr txbxContent footnote endnote comment si c v f is text author definedName sheet row br cr tab tbl sdt
    instrText oddHeader evenHeader firstHeader oddFooter evenFooter firstFooter""".split()  # noqa: SIM905 - words
)
"""Office's tags that end a text; all others stand inside a line."""
_PEOPLES: Final = frozenset(
    """author initials descr title alt tooltip caption label prompt prompttitle error errortitle target userid username
    lastmodifiedby displayname customname instr displaytext value display text""".split()  # noqa: SIM905 - words
)
"""Office's attributes that people write."""
_NAMED_BY_PEOPLE: Final = frozenset(
    """sheet definedName bookmarkStart docPr cNvPr property alias tag docVar default result statusText helpText
    custShow section s cacheField dataField tableColumn table cmAuthor person attr listEntry filter customFilter
    query connectString""".split()  # noqa: SIM905 - words
)
"""Office's tags whose name or value people give."""
_STYLES: Final = frozenset(
    """name link basedOn next lsdException font latin ea cs sym buFont rFonts style cellStyle tableStyle tableStyles
    clrScheme fontScheme fmtScheme theme altName numFmt mathFont""".split()  # noqa: SIM905 - words
)
_FONTS: Final = frozenset({"typeface", "ascii", "hansi", "eastasia", "cs"})
_WORDS: Final = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
"""Two words, which Office's own settings have in the names of styles and fonts alone."""
_FORMATS: Final = frozenset({"Application", "AppVersion", "Template"})
"""Office's tags in which a program tells its own name."""
_NUMBERS: Final = re.compile(r"[\d\s.:TZ/+-]{1,40}")
_SHORT_NUMBER: Final = re.compile(r"\d{1,5}")
"""A number that identifies nobody; in a sheet, mostly the index of a shared text."""
_SETTINGS: Final = frozenset(
    """class id style type rel lang dir charset method role for xmlns width height viewport http-equiv
    schemalocation""".split()  # noqa: SIM905 - words
)
"""Attributes of other markup that people don't write."""
_SYMBOL: Final = re.compile(r"char=[\"']([0-9A-Fa-f]{4})[\"']")
"""A letter by its number; those of symbol fonts stand at F000."""
_JOINED: Final = re.compile(r"\"\s*&\s*\"")
"""Between texts that a formula joins."""
_BREAKS: Final = {"br": "\n", "cr": "\n", "tab": "\t"}
_OFFICE_PARTS: Final = re.compile(
    r"<(?:\w+:)?(?:document|hdr|ftr|footnotes|endnotes|comments|sst|worksheet|sld|notes)\b"
)


@dataclass(slots=True)
class Markup:
    """What a source of markup holds.

    Attributes:
        strands: its texts.
        views: readings beside them: place to text.
        certain: whether another program would see the same texts.
    """

    strands: list[Strand] = field(default_factory=list)
    views: list[tuple[str, str]] = field(default_factory=list)
    certain: bool = True


def read_markup(source: str) -> Markup:
    """Return the texts of `source`, in linear time."""
    walk = _Walk(source)
    for token in _TOKEN.finditer(source):
        walk.take(token)
    return walk.end()


class _Walk:
    def __init__(self, source: str) -> None:
        self._known = _OFFICE.search(source, 0, _HEAD) is not None
        """Whether names of tags and attributes are Office's."""
        self._office = self._known and _OFFICE_PARTS.search(source, 0, _HEAD) is not None
        """Whether it is a part whose lines are made of runs."""
        self._tag_name = ""
        self._markup = Markup(certain=_ENTITIES.search(source) is None)
        self._line = Strand("text1")
        self._lines = 1
        self._values: dict[bool, dict[str, list[tuple[int, int]]]] = {True: {}, False: {}}
        """Values of attributes that people write, and of others, with where they stand."""
        self._names: dict[str, None] = {}
        self._deleted = self._inserted = 0
        self._hidden = False
        self._marks: list[str] = []
        """For each piece of the line: `d`eleted, `i`nserted, `h`idden, or nothing."""

    def take(self, token: re.Match[str]) -> None:
        kind = token.lastgroup
        if kind is None:  # the declaration of the version and the character set
            return
        start, end = token.span(kind)
        if kind == "text":
            self._text(html.unescape(token[0]), start, end, _escaped)
        elif kind == "cdata":
            self._text(token["cdata"], start, end, _cdata)
        elif kind == "tag":
            self._tag(token["tag"], start)
        else:
            self._flush()
            self._text(token[kind], start, end, _commented if kind == "comment" else None)
            self._flush()

    def end(self) -> Markup:
        self._flush()
        for prose, values in self._values.items():
            strand = Strand("attributes" if prose else "settings", prose=prose)
            for value, ranges in values.items():
                strand.add(value, ranges, _quoted)
                strand.add("\n")
            if strand.pieces:
                self._markup.strands.append(strand)
        names = " ".join(self._names)
        if names:
            self._markup.views.append(("names", names))
        return self._markup

    def _text(self, text: str, start: int, end: int, escape: Callable[[str], str] | None) -> None:
        if self._office and not text.strip() and "\n" in text:
            return  # the source's own layout
        if escape is None:
            self._line.editable = False
        self._line.add(text, ((start, end),), escape or str)
        if self._office and text:
            self._marks.append(
                ("d" if self._deleted else "") + ("i" if self._inserted else "") + ("h" if self._hidden else "")
            )

    def _tag(self, tag: str, start: int) -> None:
        name_found = _NAME.match(tag)
        name = name_found[1] if name_found else ""
        local = name.rpartition(":")[2]
        closing = tag.startswith("</")
        if not closing:
            self._tag_name = local
        self._attributes(tag, start, name_found.end() if name_found else 1, local)
        if not (self._known and _VOCABULARY.fullmatch(name)):
            self._names[name] = None
        if self._office:
            self._office_tag(local, closing=closing, empty=tag.endswith("/>"))
            symbol = _SYMBOL.search(tag) if local == "sym" else None
            if symbol is not None:
                self._line.add(chr(int(symbol[1], 16) & (0xFF if symbol[1][0] in "Ff" else 0xFFFF)))
                self._marks.append("")
        elif local.lower() not in _STYLING:
            self._flush()

    def _office_tag(self, local: str, *, closing: bool, empty: bool) -> None:
        step = -1 if closing else 0 if empty else 1
        if local in {"del", "moveFrom"}:
            self._deleted = max(self._deleted + step, 0)
        elif local in {"ins", "moveTo"}:
            self._inserted = max(self._inserted + step, 0)
        elif local == "r":
            self._hidden = False
        elif local in {"vanish", "webHidden"} and not closing:
            self._hidden = True
        if local in _BREAKS:
            if not closing:
                self._line.add(_BREAKS[local])
                self._marks.append("")
        elif local in _BLOCKS:
            # The number or the formula of a cell cannot hold a text in its place.
            self._line.editable &= not (closing and local in {"v", "f"})
            joined = _JOINED.sub("", self._line.text) if closing and local == "f" else ""
            self._flush()
            if joined and _JOINED.search(joined) is None and '"' in joined:
                self._markup.views.append((f"text{self._lines}.joined", joined))

    def _attributes(self, tag: str, start: int, at: int, of: str) -> None:
        bare = 0
        for found in _ATTRIBUTE.finditer(tag, at):
            group = found.lastindex or 0
            bare += group == 1
            if not (self._known and _VOCABULARY.fullmatch(found[1])):
                self._names[found[1]] = None
            value = html.unescape(found[group]) if group > 1 else ""
            if not value or (_DULL if self._known else _SHORT_NUMBER).fullmatch(value):
                continue
            low, high = found.span(group)
            prose = self._is_prose(found[1].lower(), value, of)
            self._values[prose].setdefault(value, []).append((start + low, start + high))
        if bare > 1 and not self._known:  # words that somebody wrote into a tag
            end = len(tag) - tag.endswith(">")
            self._values[True].setdefault(tag[at:end], []).append((start + at, start + end))

    def _is_prose(self, attribute: str, value: str, of: str) -> bool:
        """Whether people write the value of this attribute."""
        space, _, name = attribute.rpartition(":")
        if space == "xmlns" or name == "xmlns":
            return False
        if not self._known:
            return name not in _SETTINGS
        if name == "target":
            return ":" in value
        if name in _PEOPLES or (name in {"name", "val", "v"} and of in _NAMED_BY_PEOPLE):
            return True
        return of not in _STYLES and name not in _FONTS and _WORDS.search(value) is not None

    def _flush(self) -> None:
        if not self._line.pieces:
            return
        if self._line.text.strip() and not (self._office and _SHORT_NUMBER.fullmatch(self._line.text)):
            self._line.place = f"text{self._lines}"
            if self._known:
                self._line.prose = self._tag_name not in _FORMATS and not _NUMBERS.fullmatch(self._line.text)
            self._markup.strands.append(self._line)
            if any(self._marks):
                self._views()
            self._lines += 1
        self._line = Strand(f"text{self._lines}")
        self._marks = []

    def _views(self) -> None:
        """Add the line as it reads with changes accepted or rejected, and without what is hidden."""
        pairs = list(zip(self._line.pieces, self._marks, strict=True))
        whole = self._line.text
        seen = {whole}
        for name, left_out in (("accepted", "d"), ("rejected", "i"), ("shown", "h"), ("final", "dh")):
            text = "".join(piece.text for piece, mark in pairs if not set(mark) & set(left_out))
            if text not in seen:
                seen.add(text)
                self._markup.views.append((f"{self._line.place}.{name}", text))


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _quoted(text: str) -> str:
    return html.escape(text, quote=True)


def _cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


def _commented(text: str) -> str:
    return text.replace("--", "- -")

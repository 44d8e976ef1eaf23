"""Takes apart a PDF in a process of its own (`python -I pdf_parser.py SECONDS BYTES CHARACTERS`): a script, no module.

It imports nothing of the gateway. Standard input: a PDF. Standard output: JSON with `texts` ([place, text]), `files`
([place, base64 of a stream]) and `unread` ([place, kind]).

Decisions kept here:

* **Every object is read**, not only what a page shows: strings of annotations, form fields, metadata, bookmarks and
  scripts, objects that nothing refers to, and streams nobody knows. White, tiny and off-page text is text.
* Where the text layer need not be what is seen, the page counts as unread: fonts without a map to Unicode, pictures,
  fonts that the page does not have, pages of outlines only, earlier revisions, encryption.
* Vocabulary, read for what a hand has written into it alone: font programs, colour profiles, character maps, what a
  page's operators are besides texts, identifiers of files.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import resource
import sys
from typing import Any

PICTURE_PIXELS = 64
"""Up to here a picture says nothing."""
OUTLINE_CURVES = 100
OUTLINE_LINES = 500
"""From here on a page's outlines might be drawn letters."""
_OBJECT = re.compile(rb"(\d{1,10})\s{1,4}(\d{1,5})\s{1,4}obj\b")
_COMMENT = re.compile(rb"%(?!%EOF|PDF-\d)([^\r\n]{3,})")
_TABLE = re.compile(rb"xref\s|trailer|startxref\s+\d+|%%EOF|\d{10} \d{5} [nf]|\d+ \d+\s*[\r\n]|%PDF-\d\.\d")
_DATE = re.compile(r"D:(?:19|20)\d\d(?:[01]\d(?:[0-3]\d(?:[0-2]\d(?:[0-5]\d){0,2})?)?)?(?:[-+Z](?:\d\d'?){0,2})?")
_VOCABULARY = re.compile(r"/[A-Za-z]{1,40}[0-9]{0,3}|/[A-Z]{6}\+[A-Za-z,-]{1,60}")
_CURVE = re.compile(rb"[\d\s.][\s](?:c|v|y)\s")
_LINE = re.compile(rb"[\d\s.][\s]l\s")
_GLYPH = re.compile(r"/(?:[A-Za-z]|[A-Za-z]{2,}[A-Za-z.]*|uni[0-9A-F]{4}|u[0-9A-F]{4,6}|\.notdef)")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{4,}")
_SPELLED = re.compile(rb"[0-9A-Za-z@.+_-]{9,}")
"""What chance spells once in some hundred kilobytes."""
_NOBODY = re.compile(rb"[A-Za-z.+_-]*|[-+]?\d*\.\d*")
"""Words of a format, and its measures."""
_DICTIONARY = re.compile(rb"<<.*?>>", re.DOTALL)
_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f\s]*>")
_FONT = re.compile(rb"/([^\s/\[\]<>()]+)\s+[-+.\d]+\s+Tf\b")
_DRAWN = re.compile(
    rb"\[(?:[^\]\\(]|\\.|\((?:[^()\\]|\\.)*\))*\]\s*TJ|\((?:[^()\\]|\\.)*\)\s*(?:Tj|'|\")|<[0-9A-Fa-f\s]*>\s*Tj",
    re.DOTALL,
)
"""Texts that are drawn, which the pages' own text holds."""
_STRING = re.compile(rb"\(((?:[^()\\]|\\.)+)\)|(?<!<)<([0-9A-Fa-f]{4,})>", re.DOTALL)
_FONT_KEYS = ("/FontFile", "/FontFile2", "/FontFile3", "/ToUnicode", "/CIDToGIDMap", "/DestOutputProfile", "/CIDSet")


class Parser:
    """One PDF on its way through."""

    def __init__(self, data: bytes, characters: int) -> None:
        import pypdf
        from pypdf import generic

        self.generic = generic
        self.pypdf = pypdf
        self.data = data
        self.characters = characters
        self.texts: list[tuple[str, str]] = []
        self.files: list[tuple[str, bytes]] = []
        self.unread: dict[str, str] = {}
        self.strings: dict[str, None] = {}
        self.names: dict[str, None] = {}
        self.dull: set[int] = set()
        self.drawn: set[int] = set()

    def run(self) -> None:
        """Fill `texts`, `files` and `unread`."""
        reader = self.pypdf.PdfReader(io.BytesIO(self.data), strict=False)
        if reader.is_encrypted:
            self.unread[""] = "file"
            return
        self.raw(reader)
        objects = list(self.objects(reader))
        for number, item in objects:
            self.look(item, number)
        for index, page in enumerate(reader.pages, 1):
            self.page(page, f"page{index}")
        for number, item in objects:
            if isinstance(item, self.generic.StreamObject) and number not in self.drawn:
                self.stream(number, item, reader)
        self.collect(reader.trailer)
        self.add("strings", "\n".join(self.strings))
        self.add("names", "\n".join(self.names))

    def objects(self, reader: Any) -> Any:
        """Yield number and object of all that the tables list."""
        numbers = {number: generation for generation, table in reader.xref.items() for number in table}
        numbers |= dict.fromkeys(reader.xref_objStm, 0)
        for number, generation in sorted(numbers.items()):
            if number:
                item = reader.get_object(self.generic.IndirectObject(number, generation, reader))
                if item is not None:
                    yield number, item

    def raw(self, reader: Any) -> None:
        """Read what stands outside of objects, and tell revisions that the last one hides."""
        known = {number for table in reader.xref.values() for number in table}
        seen: set[int] = set()
        loose: list[bytes] = []
        for piece in self.data.split(b"endobj"):
            begin = _OBJECT.search(piece)
            loose.append(piece[: begin.start()] if begin else piece)
            if begin and b"endstream" in piece:
                loose.append(piece.rpartition(b"endstream")[2])
            for found in _OBJECT.finditer(piece.partition(b"stream")[0]):
                number = int(found[1])
                if number in seen or number not in known:
                    self.unread["revision"] = "file"
                seen.add(number)
        outside = b"\n".join(loose)
        comments = b"\n".join(_COMMENT.findall(outside))
        rest = _TABLE.sub(b" ", _COMMENT.sub(b" ", outside))
        rest = _DICTIONARY.sub(self.dictionary, rest, count=64)
        text = b"\n".join(_PRINTABLE.findall(comments) + _PRINTABLE.findall(rest))
        self.add("loose", text.decode("latin-1"))
        if len(re.sub(rb"[\s\x00-\x7f]", b"", rest)) > 16:  # noqa: PLR2004 - a mark of binary content is shorter
            self.unread["gap"] = "file"

    def look(self, item: Any, number: int) -> None:
        """Gather the strings of an object, and note which streams are vocabulary and which fonts tell no letters."""
        self.collect(item)
        if not isinstance(item, dict):
            return
        for key in _FONT_KEYS:
            self.note(item[key].indirect_reference if key in item else None, self.dull)
        if item.get("/Type") == "/Font" and not self.tells_letters(item):
            self.unread[f"font{number}"] = "file"

    def collect(self, item: Any) -> None:
        """Gather strings, names and long numbers of an object."""
        stack = [item]
        while stack:
            each = stack.pop()
            if isinstance(each, dict):
                for key, value in each.items():
                    self.name(key)
                    stack += self.beside_identifiers(value) if key == "/ID" else [value]
            elif isinstance(each, list):
                if each and each[0] == "/ICCBased" and len(each) > 1:
                    self.note(each[1], self.dull)
                stack += each
            elif isinstance(each, self.generic.NameObject):
                self.name(each)
            elif isinstance(each, bytes):
                for run in _PRINTABLE.findall(bytes(each)):
                    self.strings[run.decode("ascii")] = None
            elif isinstance(each, str) and each.strip() and not _DATE.fullmatch(each):
                self.strings[each] = None
            elif isinstance(each, int) and not isinstance(each, bool) and abs(each) >= 10**8:
                self.strings[str(each)] = None

    def beside_identifiers(self, value: Any) -> list[Any]:
        """Read the identifiers of a file, bytes made by chance; return what is no such thing."""
        strings = self.generic.ByteStringObject, self.generic.TextStringObject
        items = value if isinstance(value, list) else [value]
        self.spell(b"\n".join(each.original_bytes for each in items if isinstance(each, strings)))
        return [each for each in items if not isinstance(each, strings)]

    def dictionary(self, found: re.Match[bytes]) -> bytes:
        """Read a dictionary that belongs to no object, such as the trailer's; return what stands for it."""
        self.spell(found[0])
        return b" "

    def spell(self, data: bytes) -> None:
        """Gather what a hand has written into bytes that are no text."""
        for run in _SPELLED.findall(_HEXADECIMAL.sub(b" ", data)):
            if not _NOBODY.fullmatch(run):
                self.names[run.decode("ascii")] = None

    def name(self, name: str) -> None:
        """Gather a name that is not of the format's vocabulary."""
        if not _VOCABULARY.fullmatch(name):
            self.names[name[1:]] = None

    def note(self, item: Any, into: set[int]) -> None:
        """Remember the numbers of the objects that `item` refers to."""
        if isinstance(item, self.generic.IndirectObject):
            into.add(item.idnum)
        elif isinstance(item, list):
            for each in item:
                self.note(each, into)

    def tells_letters(self, font: Any) -> bool:
        """Whether the codes of a font's text can be told to be letters."""
        if "/ToUnicode" in font:
            return True
        kind, encoding = font.get("/Subtype"), font.get("/Encoding")
        encoding = encoding.get_object() if encoding is not None else None
        if kind in {"/CIDFontType0", "/CIDFontType2"}:
            return True  # its parent is asked
        if kind in {"/Type0", "/Type3"}:
            return False
        if isinstance(encoding, dict):
            names = [str(each) for each in encoding.get("/Differences", ()) if isinstance(each, str)]
            return all(_GLYPH.fullmatch(each) for each in names)
        descriptor = font.get("/FontDescriptor")
        embedded = descriptor is not None and any(key in descriptor.get_object() for key in _FONT_KEYS[:3])
        return encoding is not None or not embedded

    def page(self, page: Any, place: str) -> None:
        """Read what a page shows."""
        self.note(page.raw_get("/Contents") if "/Contents" in page else None, self.drawn)
        text = page.extract_text()
        self.add(place, text)
        contents = page.get_contents()
        drawing = contents.get_data() if contents is not None else b""
        if drawing:
            self.operands(drawing)
            self.outlines(drawing, place, letters=bool(text.strip()))
            self.fonts(drawing, page, place)
        if b"ID" in drawing and re.search(rb"\bBI\s.{0,2000}?\bID\s", drawing, re.DOTALL):
            self.unread[f"{place}.inline"] = "image"

    def operands(self, drawing: bytes) -> None:
        """Gather the strings of a content stream that are not drawn, such as what a page says for a screen reader."""
        rest = _DRAWN.sub(b" ", drawing)
        for literal, hexadecimal in _STRING.findall(rest):
            data = literal or bytes.fromhex(hexadecimal.decode("ascii") + "0" * (len(hexadecimal) % 2))
            text = data.decode("utf-16" if data[:2] in {b"\xfe\xff", b"\xff\xfe"} else "latin-1", "replace")
            if text.strip():
                self.strings[text] = None
        for comment in _COMMENT.findall(rest):
            self.strings[comment.decode("latin-1")] = None
        self.spell(_STRING.sub(b" ", rest))

    def fonts(self, drawing: bytes, page: Any, place: str) -> None:
        """Count a page as unread that draws with a font it does not have: a program takes one of its own for it."""
        resources = page.get("/Resources", self.generic.DictionaryObject()).get_object()
        known = resources.get("/Font", self.generic.DictionaryObject()).get_object()
        if any("/" + font.decode("latin-1") not in known for font in _FONT.findall(_DRAWN.sub(b" ", drawing))):
            self.unread[f"{place}.font"] = "file"

    def outlines(self, drawing: bytes, place: str, *, letters: bool) -> None:
        """Count a drawing with many outlines, or with nothing else, as unread."""
        curves, lines = len(_CURVE.findall(drawing)), len(_LINE.findall(drawing))
        painted = curves + lines > 0 and not letters and b"/" not in drawing
        if curves > OUTLINE_CURVES or lines > OUTLINE_LINES or painted:
            self.unread[f"{place}.drawing"] = "image"

    def stream(self, number: int, item: Any, reader: Any) -> None:
        """Read a stream that is no page's content."""
        kind, subtype = item.get("/Type"), item.get("/Subtype")
        place = f"object{number}"
        holds = [listed for listed in reader.xref_objStm.values() if listed[0] == number]
        if kind == "/ObjStm" and len(holds) == item.get("/N"):
            return
        if number not in self.dull and (kind in {"/XRef", "/CMap"} or "/FunctionType" in item):
            self.names |= {run.decode("ascii"): None for run in _PRINTABLE.findall(item.get_data())}
            return
        if subtype == "/Image":
            if int(item.get("/Width", 0)) * int(item.get("/Height", 0)) > PICTURE_PIXELS:
                self.picture(place, item)
            return
        if subtype == "/Form":
            self.form(place, item, reader)
            return
        try:
            data = item.get_data()
        except Exception:  # noqa: BLE001 - whatever a filter does with hostile bytes
            self.unread[place] = "file"
            return
        if number in self.dull:
            self.spell(data)
        else:
            self.files.append((place, data))

    def form(self, place: str, item: Any, reader: Any) -> None:
        """Read what a form shows: a part of pages, or an annotation's looks."""
        page = reader.pages[0]
        text = page.extract_xform_text(item, (0, 90, 180, 270), 200.0, None, None, None)
        self.add(place, text)
        self.operands(item.get_data())
        self.outlines(item.get_data(), place, letters=bool(text.strip()))

    def picture(self, place: str, item: Any) -> None:
        """Hand a picture on as a file of its own."""
        try:
            if item.get("/Filter") == "/DCTDecode" and "/SMask" not in item:
                self.files.append((place, item.get_data()))
                return
            image = item.decode_as_image()
            out = io.BytesIO()
            image.convert("RGB").save(out, "PNG")
            self.files.append((place, out.getvalue()))
        except Exception:  # noqa: BLE001 - no Pillow, or a picture that cannot be decoded
            self.unread[place] = "image"

    def add(self, place: str, text: str) -> None:
        """Keep a text, within the limit."""
        self.characters -= len(text)
        if self.characters < 0:
            raise MemoryError
        if text.strip():
            self.texts.append((place, text))


def main() -> None:
    """Read standard input, write standard output."""
    seconds, memory, characters = map(int, sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    logging.disable()
    parser = Parser(sys.stdin.buffer.read(), characters)
    parser.run()
    files = [(place, base64.b64encode(data).decode("ascii")) for place, data in parser.files]
    told = {"texts": parser.texts, "files": files, "unread": sorted(parser.unread.items())}
    sys.stdout.buffer.write(json.dumps(told).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()

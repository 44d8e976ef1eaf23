"""Files of any shape: opening one never raises, and a value put anywhere into one never reaches a cloud."""

import gzip
import json
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.readers import GzipReader, PictureReader, RtfReader, TarReader, TextReader, ZipReader
from gateway.adapters.readers.strands import edited_source
from gateway.core.files import FileLimits, Reader
from tests.fakes.documents import attached, docx, open_file, paragraph, sent_file, tarred, xlsx, zipped
from tests.fakes.engines import CLOUD, engine, planned

READERS: Final[tuple[Reader, ...]] = (
    TextReader(),
    RtfReader(),
    ZipReader(),
    TarReader(),
    GzipReader(),
    PictureReader(recognize=False),
)
ENGINE: Final = replace(engine(), readers=READERS)
MAIL: Final = "martha.lindqvist@mail.example"
HTML: Final = (
    "<html><head><title>a</title></head><body><p class='b'>c <b>d</b></p><!-- e --><img alt='f'></body></html>"
)
EML: Final = "Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nb c d\r\n"
DOCUMENT: Final = paragraph("a ", "b", " c") + "<w:p><w:ins w:author='d'><w:r><w:t>e</w:t></w:r></w:ins></w:p>"
WHOLE: Final = {
    "txt": b"a b c",
    "csv": b"a,b\nc,d\n",
    "json": b'{"a": ["b", {"c": "d"}]}',
    "html": HTML.encode(),
    "eml": EML.encode(),
    "rtf": b"{\\rtf1\\ansi a {\\b b} c}",
    "docx": docx(DOCUMENT),
    "xlsx": xlsx([["a", "b"], ["c", "12"]]),
    "zip": zipped({"a.txt": "b", "c.zip": zipped({"d.html": HTML})}),
    "tar": tarred({"a.txt": b"b"}),
    "gz": gzip.compress(b"a b c", mtime=0),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "jpg": b"\xff\xd8\xff\xe0" + bytes(40),
}
SOURCES: Final = {"txt": "a b c d", "csv": "a,b\nc,d\n", "json": '{"a": ["b", {"c": "d"}]}', "html": HTML, "eml": EML}
TOKENS: Final = (
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<i t='a&lt;b'>",
    "<br/>",
    "<!-- a -->",
    "<![CDATA[b<]]>",
    "&amp;",
    "a",
    "b ",
    ">",
)
no_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@no_deadline
@given(st.sampled_from(sorted(WHOLE)), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=6))
def test_opening_a_damaged_file_never_raises(kind: str, damages: list[tuple[float, bytes]]) -> None:
    data = bytearray(WHOLE[kind])
    for where, new in damages:
        at = int(where * len(data))
        data[at : at + len(new)] = new
    content = open_file(READERS, FileLimits(), bytes(data))
    places = [passage.place for passage in content.passages]
    assert len(places) == len(set(places))
    assert all(part.kind for part in content.unread) or not content.passages


@no_deadline
@given(st.sampled_from(sorted(SOURCES)), st.floats(0, 1), st.booleans())
def test_a_value_anywhere_in_a_text_never_reaches_a_cloud(kind: str, where: float, inside: bool) -> None:  # noqa: FBT001
    source = SOURCES[kind]
    at = int(where * len(source))
    source = f"{source[:at]} {MAIL} {source[at:]}"
    data = zipped({f"a.{kind}": source}) if inside else source.encode()
    made = planned(attached(data, "application/octet-stream"), ENGINE, [CLOUD])
    if made.first is not None:
        sent = sent_file(made.first.body)
        content = open_file(READERS, FileLimits(), sent)
        assert all(MAIL not in passage.text for passage in content.passages)
        assert inside or MAIL.encode() not in sent


@no_deadline
@given(st.lists(st.sampled_from(["a ", MAIL, "&amp;", "b", " ", "é"]), min_size=1, max_size=8), st.booleans())
def test_a_value_over_the_runs_of_a_word_file_never_reaches_a_cloud(words: list[str], split: bool) -> None:  # noqa: FBT001
    runs = [part for word in words for part in ((word[:7], word[7:]) if split and word == MAIL else (word,))]
    made = planned(attached(docx(paragraph(*runs)), "application/zip"), ENGINE, [CLOUD])
    if made.first is not None:
        content = open_file(READERS, FileLimits(), sent_file(made.first.body))
        assert all(MAIL not in passage.text for passage in content.passages)
        assert not content.unread


@given(st.lists(st.sampled_from(TOKENS)).map("".join), st.data())
def test_an_edit_of_any_markup_leaves_all_else_as_it_was(source: str, data: st.DataObject) -> None:
    from gateway.adapters.readers.markup import read_markup

    strands = [strand for strand in read_markup(source).strands if strand.editable and strand.text.strip()]
    if not strands:
        return
    strand = data.draw(st.sampled_from(strands))
    assert edited_source(source, strands, {strand.place: []}) == source
    at = data.draw(st.integers(0, len(strand.text) - 1))
    if not any(piece.ranges and piece.at <= at < piece.at + len(piece.text) for piece in strand.pieces):
        return
    edited = edited_source(source, strands, {strand.place: [(at, at + 1, "7")]})
    after = {each.place: each.text for each in read_markup(edited).strands}
    if after.keys() == {each.place for each in read_markup(source).strands}:
        assert after[strand.place] == strand.text[:at] + "7" + strand.text[at + 1 :]


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_the_value_is_found_where_it_stands_plain(kind: str) -> None:
    made = planned(attached(SOURCES[kind].replace("c", MAIL, 1).encode(), "application/octet-stream"), ENGINE)
    assert "EMAIL_ADDRESS" in {finding.entity_type for finding in made.classification.findings}
    assert json.loads(made.first.body if made.first else b"null")

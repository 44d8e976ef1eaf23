"""Files in requests, through the whole pipeline: judged by what they hold, rewritten where that loses nothing."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from gateway.adapters.readers import GzipReader, TarReader, TextReader, ZipReader
from gateway.core.files import Content, Files, Passage, Reader, Replacement, Unread
from gateway.core.model import Sensitivity, Upstream
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.pipeline import Engine, Plan, Request, plan
from tests.fakes.documents import attached, data_url, docx, paragraph, sent_file, tarred, xlsx, zipped
from tests.fakes.engines import CLOUD, FLEET, LOCAL, SECURE, engine, planned

READERS: tuple[Reader, ...] = (TextReader(), ZipReader(), TarReader(), GzipReader())
NAME = "Martha Lindqvist"
SSN = "123-45-6789"


def reading(readers: tuple[Reader, ...] = READERS) -> Engine:
    return replace(engine(), readers=readers)


def sent(data: bytes, media_type: str, upstream: Upstream = CLOUD) -> tuple[Plan, bytes]:
    made = planned(attached(data, media_type), reading())
    assert made.first is not None
    assert made.first.upstream is upstream
    return made, sent_file(made.first.body)


def test_without_readers_a_file_is_what_it_was_content_that_cannot_be_read() -> None:
    made = planned(attached(zipped({"a.txt": "harmless"}), "application/zip"), engine())
    assert made.classification.sensitivity is Sensitivity.HIGH
    assert [segment.path for segment in made.segments if segment.text == "file"] == [
        "/messages/0/content/1/file/file_data@"
    ]


def test_a_harmless_file_passes_as_it_came() -> None:
    body = attached(docx(paragraph("Harmless words.")), "application/zip")
    made = planned(body, reading())
    assert made.classification.sensitivity is Sensitivity.LOW
    assert made.first is not None
    assert made.first.upstream is CLOUD
    assert made.first.body == body


@pytest.mark.parametrize(
    ("before", "after", "media_type"),
    [
        (f"Ask {NAME} today.", "Ask {} today.", "text/plain"),
        (f"# {NAME}\n\n*x*", "# {}\n\n*x*", "text/markdown"),
        (f"name,age\r\n{NAME},41\r\n", "name,age\r\n{},41\r\n", "text/csv"),
        (f'{{"a" : ["{NAME}", 1.50]}}', '{{"a" : ["{}", 1.50]}}', "application/json"),
        (f"<p>Ask <b>{NAME}</b>!</p>", "<p>Ask <b>{}</b>!</p>", "text/html"),
        (f"<p title='{NAME}'>x</p>", "<p title='{}'>x</p>", "text/html"),
        ("<p>Martha <i>Lindqvist</i> &amp; Co</p>", "<p>{}<i></i> &amp; Co</p>", "text/html"),
        ("<p>M&#97;rtha Lindqvist &amp; Co</p>", "<p>{} &amp; Co</p>", "text/html"),
        (f"From: a@b\r\nMIME-Version: 1.0\r\n\r\nDear {NAME}\r\n", "From: {}\r\nMIME-Version: 1.0\r\n\r\nDear {}\r\n",
         "message/rfc822"),
    ],
)  # fmt: skip
def test_a_text_file_is_rewritten_and_all_else_in_it_stays(before: str, after: str, media_type: str) -> None:
    before = before.replace("a@b", "a@b.example")
    made, data = sent(before.encode(), media_type)
    pairs = made.transformation.restorers.spans(data.decode())
    assert NAME in {original for _, _, original in pairs} or "&lt;" in data.decode()
    text = data.decode().replace("&lt;", "<").replace("&gt;", ">")
    for start, end, _ in reversed(made.transformation.restorers.spans(text)):
        text = text[:start] + "{}" + text[end:]
    assert text == after.replace("{{", "{").replace("}}", "}")
    assert made.transformation.restorers.text(data.decode()).count(NAME) == max(after.count("{}") - 1, 1)


def test_a_word_file_is_rewritten_run_by_run() -> None:
    before = docx(paragraph("Dear Mar", "tha Lind", "qvist, welcome.") + paragraph("A &amp; B"))
    _, data = sent(before, "application/zip")
    after = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert "Mar" not in after
    assert "qvist" not in after
    assert "Dear &lt;PERSON_" in after
    assert ", welcome." in after
    assert "A &amp; B" in after
    assert after.count("<w:b/>") == 4


def test_a_workbook_is_rewritten_in_its_shared_texts_and_a_number_keeps_it_home() -> None:
    _, data = sent(xlsx([["name", "age"], [NAME, "41"]]), "application/zip")
    assert NAME.encode() not in zipfile.ZipFile(io.BytesIO(data)).read("xl/sharedStrings.xml")
    made = planned(attached(xlsx([["name", "ssn"], ["x", SSN]]), "application/zip"), reading())
    assert made.first is not None
    assert made.first.upstream is LOCAL


def test_a_file_that_cannot_be_rewritten_goes_where_its_level_may_go() -> None:
    body = attached(tarred({"a.txt": NAME.encode()}), "application/x-tar")
    made = planned(body, reading())
    assert made.classification.sensitivity is Sensitivity.MODERATE
    assert made.first is not None
    assert (made.first.upstream, made.first.residual) == (SECURE, Sensitivity.MODERATE)
    assert made.first.body == body
    assert planned(body, reading(), [CLOUD]).refusal is not None


def test_an_edit_that_would_break_a_format_leaves_the_file_as_it_was() -> None:
    table = b"name,city\nMartha Lindqvist,x\n" + b'"Tomasz Wieczorek",y\n'
    _, data = sent(table, "text/csv")
    assert data.count(b",") == 3
    number = json.dumps({"note": NAME, "mail": "a@x.example"}).encode()
    assert json.loads(sent(number, "application/json")[1]).keys() == {"note", "mail"}


def test_what_is_unread_in_a_file_that_is_otherwise_harmless_keeps_the_request_home() -> None:
    file = zipped({"a.txt": "fine", "vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(60)})
    made = planned(attached(file, "application/zip"), reading())
    assert [finding.entity_type for finding in made.classification.findings] == ["UNINSPECTABLE_DOCUMENT"]
    assert made.classification.findings[0].path.endswith("file_data@entry2@")
    assert made.first is not None
    assert made.first.upstream is LOCAL


def test_a_files_text_counts_for_topics() -> None:
    made = planned(attached(b"We will acquire them.", "text/plain"), reading())
    assert made.classification.sensitivity is Sensitivity.MODERATE


def test_a_file_in_an_anthropic_document_and_in_a_tools_result_is_read() -> None:
    source = {"type": "base64", "media_type": "text/plain", "data": base64.b64encode(f"{NAME}, ".encode() * 9).decode()}
    message = {"role": "user", "content": [{"type": "document", "source": source}]}
    body = json.dumps({"model": "claude", "max_tokens": 9, "messages": [message]}).encode()
    fleet = [replace(upstream, dialects=("anthropic",)) for upstream in FLEET]
    made = plan(Request(AnthropicMessages(), body), reading(), fleet)
    assert made.first is not None
    assert made.first.upstream.name == "cloud"
    assert (
        NAME
        not in base64.b64decode(json.loads(made.first.body)["messages"][0]["content"][0]["source"]["data"]).decode()
    )
    result = json.dumps({"blob": base64.b64encode(zipped({"a.txt": SSN, "b.txt": "x", "c.txt": "y"})).decode()})
    tool = {"model": "m", "messages": [{"role": "tool", "tool_call_id": "1", "content": result}]}
    high = planned(json.dumps(tool).encode(), reading())
    assert "US_SSN" in {finding.entity_type for finding in high.classification.findings}


@pytest.mark.parametrize(
    "leaf",
    [
        "data:text/plain;base64,MTIzLT Q1LTY3ODk=",
        "data:text/plain;base64,MTIzL-Q1LTY3OD+=",
        "data:text/plain;base64," + base64.b64encode(SSN.encode("utf-16-le")).decode(),
        "data:text/plain;charset=utf-7;base64,MTIzLTQ1LTY3ODk=",
        "data:application/pdf;base64,MTIzLTQ1LTY3ODk=",
        "data:text/plain;charset=utf-7,%2BADEAMgAz-",
        "data:text/plain;charset=utf-16;base64,MTIz",
        "data:text/plain;base64,MTIz%4CTQ1LTY3ODk%3D",
        "data:text/plain;base64,MTIzLTQ1LTY3ODk",
        "data:text/plain,123%2D45%2D6789",
        "data:,123-45-6789",
        "data:text/plain;base64,MTIzLTQ1\r\nLTY3ODk=",
        "data:;base64,MTIzLTQ1LTY3ODk=",
    ],
)
def test_however_a_leaf_spells_its_file_a_number_in_it_does_not_pass(leaf: str) -> None:
    for key in ("file_data", "nobody_knows"):
        body = {"model": "m", "messages": [{"role": "user", "content": [{"type": "file", "file": {key: leaf}}]}]}
        made = planned(json.dumps(body).encode(), reading(), [CLOUD])
        assert made.first is None


class Lying:
    """Says nothing is in it, or too much."""

    name = "lying"
    kind = "file"
    media_types = ("application/x-lie",)

    def __init__(self, content: Content | Exception) -> None:
        self._content = content

    def claims(self, data: bytes) -> bool:
        return data.startswith(b"LIE")

    def read(self, data: bytes, media_type: str, files: Files) -> Content:
        if isinstance(self._content, Exception):
            raise self._content
        return self._content

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:
        raise ValueError(f"cannot write {data!r}")


@pytest.mark.parametrize(
    "content",
    [
        ValueError("broken " + SSN),
        RecursionError(),
        Content((Passage("Sheet of Martha", "x"),)),
        Content((Passage("a", "x"), Passage("a", "y"))),
        Content(unread=(Unread("a/b"),)),
    ],
)
def test_a_reader_that_fails_or_breaks_its_promise_leaves_the_file_unread(content: Content | Exception) -> None:
    made = planned(attached(b"LIE", "application/x-lie"), reading((Lying(content),)))
    assert [finding.entity_type for finding in made.classification.findings] == ["UNINSPECTABLE_DOCUMENT"]
    assert SSN not in repr(made)


def test_a_reader_that_cannot_write_leaves_the_file_as_it_was() -> None:
    made = planned(
        attached(b"LIE", "application/x-lie"), reading((Lying(Content((Passage("a", NAME, editable=True),))),))
    )
    assert made.first is not None
    assert made.first.upstream is SECURE
    assert sent_file(made.first.body) == b"LIE"


def test_what_a_reader_leaves_out_never_leaves() -> None:
    class Cleaner(Lying):
        def read(self, data: bytes, media_type: str, files: Files) -> Content:
            return Content(clean=data[:3] if len(data) > 3 else None)

    body = attached(b"LIE with metadata", "application/x-lie")
    made = planned(body, reading((Cleaner(Content()),)))
    assert made.first is not None
    assert sent_file(made.first.body) == b"LIE"
    assert made.gate.residual(body, CLOUD) is Sensitivity.HIGH
    kept = planned(json.dumps({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "file", "file": {"file_data": data_url(b"LIE with metadata", "application/x-lie")}}]}]}).encode(),
        reading((Cleaner(Content()),)))  # fmt: skip
    assert kept.first is not None
    assert b"metadata" not in base64.b64decode(
        json.loads(kept.first.body)["messages"][0]["content"][0]["file"]["file_data"][29:]
    )


def test_a_data_url_in_the_middle_of_a_message_is_opened() -> None:
    url = data_url(zipped({"a.txt": SSN}), "application/zip")
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"See ![]({url}) there"}]}).encode()
    made = planned(body, reading())
    assert (
        [finding.path for finding in made.classification.findings]
        == [
            "/messages/0/content@within1.entry1.text",
            "/messages/0/content",  # the very archive, small enough to be read as code for text
        ][: len(made.classification.findings)]
    )
    picture = data_url(b"\x89PNG\r\n\x1a\n" + bytes(60), "image/png")
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"See ![]({picture})"}]}).encode()
    kinds = [finding.entity_type for finding in planned(body, reading()).classification.findings]
    assert kinds == ["UNINSPECTABLE_IMAGE"]
    broken = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x ![](data:;base64,MTIz@Q1LTY)"}]})
    assert planned(broken.encode(), reading()).classification.sensitivity is Sensitivity.HIGH


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": f"https://x.example/a/{SSN}/b.png"}},
        {"type": "image_url", "image_url": {"url": f"https://x.example/?q={SSN}"}},
        {"type": "file", "file": {"file_url": f"https://x.example/#{SSN}"}},
        {"type": "image_url", "image_url": {"url": f"//x.example/?q={SSN}"}},
    ],
)
def test_an_address_is_not_fetched_and_its_words_are_scanned(part: dict[str, object]) -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": [part]}]}).encode()
    kinds = {finding.entity_type for finding in planned(body, reading()).classification.findings}
    assert "US_SSN" in kinds
    assert any(kind.startswith("UNINSPECTABLE") for kind in kinds)


@pytest.mark.parametrize("key", ["previous_response_id", "conversation", "encrypted_content", "container"])
def test_an_id_that_looks_like_a_file_in_base64_is_not_opened(key: str) -> None:
    for text in ("resp_1", "resp_1" * 30, "data:text/plain;base64,aGVsbG8="):
        leaf = text if text.startswith("data") else base64.b64encode(text.encode()).decode()
        made = planned(
            json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}], key: leaf}).encode(), reading()
        )
        assert made.classification.sensitivity is Sensitivity.HIGH, leaf


def test_a_surrogate_in_an_edited_text_is_no_tag() -> None:
    for text in (f"Dear {NAME}, *welcome*.", f"Dear {NAME}, <b>welcome</b>."):
        made, _ = sent(text.encode(), "text/markdown")
        assert made.first is not None
        again = planned(made.first.body, reading())
        surrogates = [segment.text.count("<PERSON_") for segment in again.segments if "welcome" in segment.text]
        assert surrogates == [1] * len(surrogates)


@pytest.mark.parametrize("charset", ["utf-7", "UTF-16", "cp037", "iso-2022-kr", "hz", "x"])
def test_a_file_told_to_be_in_a_charset_that_makes_another_text_of_its_bytes_stays_unread(charset: str) -> None:
    hidden = "+" + base64.b64encode(SSN.encode("utf-16-be")).decode().rstrip("=") + "-"
    url = data_url(hidden.encode(), f"text/plain;charset={charset}")
    for content in (
        [{"type": "file", "file": {"file_data": url}}],
        [{"type": "image_url", "image_url": {"url": url}}],
        [{"type": "text", "text": f"See ![]({url})"}],
        [{"type": "file", "file": {"file_data": data_url(f"See {url}".encode(), "text/plain")}}],
    ):
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]})
        assert planned(body.encode(), reading()).classification.sensitivity is Sensitivity.HIGH, content
    source = {"type": "base64", "media_type": f"text/plain;charset={charset}", "data": url.partition(",")[2]}
    message = {"role": "user", "content": [{"type": "document", "source": source}]}
    body = json.dumps({"model": "m", "max_tokens": 1, "messages": [message]})
    made = plan(Request(AnthropicMessages(), body.encode()), reading(), FLEET)
    assert made.classification.sensitivity is Sensitivity.HIGH


@pytest.mark.parametrize("charset", ["utf-8", "US-ASCII", "iso-8859-1"])
def test_a_file_in_a_charset_that_reads_the_same_is_read(charset: str) -> None:
    sent(b"Harmless words.", f"text/plain;charset={charset}")

"""What each reader takes out of a file, what stays unread, and what an edit leaves as it was."""

import base64
import gzip
import io
import struct
import tarfile
import zipfile
import zlib

import pytest

from gateway.adapters.readers import GzipReader, TarReader, TextReader, ZipReader
from gateway.core.files import Content, FileLimits, Reader
from tests.fakes.documents import A, P, S, docx, open_file, paragraph, tarred, xlsx, zipped

READERS: tuple[Reader, ...] = (TextReader(), ZipReader(), TarReader(), GzipReader())
SSN = "123-45-6789"


def opened(data: bytes, media_type: str = "", limits: FileLimits | None = None) -> Content:
    return open_file(READERS, limits or FileLimits(), data, media_type)


def texts(content: Content) -> str:
    return "\n".join(passage.text for passage in content.passages)


@pytest.mark.parametrize(
    "source",
    [
        f"plain {SSN}",
        f"# Title\n\n*{SSN}*",
        f"name,number\nA,{SSN}\n",
        f'{{"number": "{SSN}"}}',
        '{"number": "\\u0031\\u0032\\u0033-45-6789"}',
        f"<html><body><p>Number: <b>123</b>-45<i>-6789</i></p><!-- {SSN} --></body></html>",
        f"<p style='display:none'>{SSN}</p>",
        f'<img alt="{SSN}">',
        f"<img alt='{SSN}",
        f"<b>x</b {SSN}>",
        f"<b one number {SSN}>x</b>",
        "<p>1&#50;3-45-678&#x39;</p>",
        "A line with <b>123</b>-45-6789",
        f"<root><![CDATA[{SSN}]]></root>",
        f"<root><{SSN.replace('-', '_')} a='1'/>{SSN}</root>",
        f"<?xml version='1.0'?><?pi {SSN}?><a/>",
        f"\ufeff{SSN}",
    ],
)
def test_a_number_in_any_text_file_is_read(source: str) -> None:
    content = opened(source.encode())
    assert SSN in texts(content)
    assert not content.unread


def test_utf_16_and_windows_1252_are_read_and_other_encodings_are_not() -> None:
    assert SSN in texts(opened(f"\ufeff{SSN}".encode("utf-16-le")))
    assert "Müller" in texts(opened("Müller".encode("cp1252")))
    assert opened(SSN.encode("utf-16-le")).unread  # no byte order mark: zeros are no text
    assert opened(b'<?xml version="1.0" encoding="utf-7"?><a>+ADE-</a>').unread
    assert opened('<meta charset="shift_jis">Müller'.encode("cp1252")).unread


@pytest.mark.parametrize("codec", ["gbk", "gb18030", "big5", "shift_jis", "euc_kr", "iso2022_jp", "hz", "utf-16-le"])
def test_a_text_in_an_encoding_that_it_does_not_tell_is_unread(codec: str) -> None:
    text = (
        "患者的姓名是王小明"
        if codec in {"gbk", "gb18030", "big5", "hz", "utf-16-le"}
        else "한국"
        if codec == "euc_kr"
        else "患者の名前"
    )
    assert opened(text.encode(codec)).unread
    assert opened("Имя пациента Иванов".encode("cp1251")).unread


def test_entities_that_a_text_declares_make_it_unread() -> None:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
    stolen = '<!DOCTYPE l SYSTEM "x" [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>'
    assert opened(laughs.encode()).unread
    assert opened(stolen.encode()).unread


def test_a_drawing_in_xml_is_read_and_stays_unread_as_an_image() -> None:
    content = opened(f"<svg><text>{SSN}</text></svg>".encode(), "image/svg+xml")
    assert SSN in texts(content)
    assert [part.kind for part in content.unread] == ["image"]


def test_a_type_that_says_something_else_is_unread_besides() -> None:
    content = opened(SSN.encode(), "image/png")
    assert SSN in texts(content)
    assert content.unread


def test_rows_are_read_under_their_headings() -> None:
    assert "account: 123456789" in texts(opened(b"name;account\nA;123456789\n"))
    assert "account: 123456789" in texts(opened(xlsx([["name", "account"], ["A", "123456789"]])))
    large = xlsx([["account", "b"], ["c", "d"]], xl__worksheets__sheet2_dot_xml=f"<worksheet xmlns='{S}'><sheetData>"
        "<row><c r='A1' t='inlineStr'><is><t>account</t></is></c></row><row><c r='A2'><v>1.23456789E+8</v></c></row>")  # fmt: skip
    assert "account: 123456789" in texts(opened(large))


@pytest.mark.parametrize(
    "file",
    [
        docx(paragraph("123-", "45", "-6789")),
        docx("<w:p><w:r><w:t>123-45</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
             "<w:r><w:t>-6789</w:t></w:r></w:p>"),
        docx(f"<w:p><w:del w:author='A'><w:r><w:delText>{SSN}</w:delText></w:r></w:del></w:p>"),
        docx("<w:p><w:r><w:t>123-45</w:t></w:r><w:ins><w:r><w:t>x</w:t></w:r></w:ins>"
             "<w:r><w:t>-6789</w:t></w:r></w:p>"),
        docx("<w:p><w:r><w:t>123-45</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>"
             "<w:r><w:t>-6789</w:t></w:r></w:p>"),
        docx(f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{SSN}</w:t></w:r></w:p>"),
        docx(f'<w:p><w:drawing><wp:docPr descr="{SSN}"/></w:drawing></w:p>'),
        docx(f'<w:p><w:r><w:instrText>HYPERLINK "mailto:{SSN}"</w:instrText></w:r></w:p>'),
        docx("", word__comments_dot_xml=f"<w:comments xmlns:w='http://schemas.openxmlformats.org/x'>"
             f"{paragraph('123-45', '-6789')}</w:comments>"),
        docx("", word__header1_dot_xml=f"<w:hdr>{paragraph(SSN)}</w:hdr>"),
        docx("", word__footnotes_dot_xml=f"<w:footnotes>{paragraph(SSN)}</w:footnotes>"),
        docx("", docProps__core_dot_xml=f"<cp:coreProperties><dc:creator>{SSN}</dc:creator></cp:coreProperties>"),
        docx("", docProps__custom_dot_xml=f'<Properties><property name="{SSN}"/></Properties>'),
        docx("", customXml__item1_dot_xml=f"<data>{SSN}</data>"),
        docx("", word___rels__document_dot_xml_dot_rels=f'<R><R Target="https://x.example/?q={SSN}"/></R>'),
        docx("", word__embeddings__book_dot_xlsx=xlsx([["a", "b"], [SSN, "c"]])),
        xlsx([["name", "number"], ["A", SSN]]),
        xlsx([["a", "b"]], xl__worksheets__sheet2_dot_xml=f"<worksheet xmlns='{S}'><c t='inlineStr'><is><r><t>123-45"
             "</t></r><r><rPr><b/></rPr><t>-6789</t></r></is></c></worksheet>"),
        xlsx([["a", "b"]], xl__sheet3_dot_xml=f"<worksheet xmlns='{S}'><c><f>\"{SSN}\"&amp;A1</f></c></worksheet>"),
        xlsx([["a", "b"]], xl__defined_dot_xml=f"<workbook><definedName name='x'>\"{SSN}\"</definedName></workbook>"),
        xlsx([["a", "b"]], xl__comments1_dot_xml=f"<comments xmlns='{S}'><comment><text><t>{SSN}</t></text></comment>"
             "</comments>"),
        xlsx([["unused", SSN]]),
        docx("", word__settings_dot_xml=f"<w:settings xmlns:w='http://schemas.openxmlformats.org/{SSN}'/>"),
        zipped({"a.xml": "<a xmlns='http://schemas.microsoft.com/x' id='12345678 123-45-6789'/>"}),
        xlsx([["a", "b"]], xl__sheet4_dot_xml=f"<worksheet xmlns='{S}'><c><f>\"123-\"&amp;\"45-\"&amp;\"6789\"</f></c>"
             "</worksheet>"),
        docx("<w:p><w:r><w:t>123-45-678</w:t><w:sym w:font='Symbol' w:char='F039'/></w:r></w:p>"),
        docx(f"<w:p><w:fldSimple w:instr='QUOTE \"{SSN}\"'/></w:p>"),
        zipped({"ppt/slides/slide1.xml": f'<p:sld xmlns:p="{P}" xmlns:a="{A}"><a:p><a:r><a:t>123-45</a:t></a:r>'
                "<a:r><a:rPr/><a:t>-6789</a:t></a:r></a:p></p:sld>"}),
        zipped({"ppt/notesSlides/n.xml": f'<p:notes xmlns:p="{P}"><a:t>{SSN}</a:t></p:notes>'}),
        zipped({f"{SSN}.txt": "x"}),
        zipped({"a.txt": "x"}, comment=SSN.encode()),
        zipped({"b.zip": zipped({"a.txt": SSN})}),
        tarred({"a.txt": SSN.encode()}),
        tarred({f"{SSN}.txt": b"x"}),
        gzip.compress(SSN.encode(), mtime=0),
        gzip.compress(tarred({"a.txt": SSN.encode()}), mtime=0),
    ],
)  # fmt: skip
def test_a_number_anywhere_in_an_archive_or_office_file_is_read(file: bytes) -> None:
    content = opened(file)
    assert SSN in texts(content)
    assert not content.unread


def eml(body: str, *headers: str) -> bytes:
    return "\r\n".join(["From: a@x.example", "MIME-Version: 1.0", *headers, "", body]).encode()


@pytest.mark.parametrize(
    "message",
    [
        eml(SSN),
        eml("x", f"Subject: {SSN}"),
        eml("x", f"Subject: =?utf-8?b?{base64.b64encode(SSN.encode()).decode()}?="),
        eml("123-4=\r\n5-6789", "Content-Transfer-Encoding: quoted-printable"),
        eml(base64.b64encode(SSN.encode()).decode(), "Content-Transfer-Encoding: base64"),
        eml(base64.encodebytes(zipped({"a.txt": SSN})).decode(), "Content-Type: application/zip",
            "Content-Transfer-Encoding: base64"),
        eml(base64.encodebytes(f"\ufeff{SSN}".encode("utf-16-le")).decode(), "Content-Transfer-Encoding: base64",
            "Content-Type: text/plain; charset=utf-16-le"),
        eml(f'--b\r\nContent-Disposition: attachment; filename="{SSN}"\r\n\r\nx\r\n--b--\r\n',
            "Content-Type: multipart/mixed; boundary=b"),
        eml(f"--b\r\nContent-Type: message/rfc822\r\n\r\n{eml(SSN).decode()}\r\n--b--\r\n",
            "Content-Type: multipart/mixed; boundary=b"),
        zipped({"m.eml": eml(base64.encodebytes(zipped({"n.eml": eml(SSN)})).decode(),
                             "Content-Type: application/zip", "Content-Transfer-Encoding: base64")}),
    ],
)  # fmt: skip
def test_a_number_anywhere_in_a_mail_is_read(message: bytes) -> None:
    content = opened(message, "" if message.startswith(b"PK") else "message/rfc822")
    assert SSN in texts(content)
    assert not content.unread


IN_HEXADECIMAL = "".join(f"={byte:02X}" for byte in SSN.encode())
QUOTED = "Content-Transfer-Encoding: quoted-printable"


@pytest.mark.parametrize(
    "message",
    [
        eml(IN_HEXADECIMAL, QUOTED).replace(b"From: ", b"From:"),
        b"X_Odd: x\r\n" + eml(IN_HEXADECIMAL, QUOTED),
        b"X: y\r\n" * 5000 + eml(IN_HEXADECIMAL, QUOTED),
        eml("x", f"Content-Disposition: attachment; filename*=utf-8''{IN_HEXADECIMAL.replace('=', '%')}"),
        eml("x", 'Content-Disposition: attachment; filename*0="123-45"; filename*1="-6789"'),
    ],
    ids=["no blank", "odd header", "many headers", "encoded name", "name in parts"],
)
def test_a_number_in_a_mail_that_did_not_look_like_one_passed_unread(message: bytes) -> None:
    content = opened(message, "message/rfc822")
    assert SSN in texts(content)
    assert not content.unread


@pytest.mark.parametrize(
    "message",
    [
        eml(f"{base64.b64encode(b'w' * 42).decode()}\r\neA==\r\n{base64.b64encode(SSN.encode()).decode()}\r\n",
            "Content-Transfer-Encoding: base64"),
        eml(IN_HEXADECIMAL, "Content-Transfer-Encoding: 7bit", QUOTED),
        *(eml(IN_HEXADECIMAL, f"Content-Transfer-Encoding:{told}") for told in
          ("\r\n quoted-printable", ' "quoted-printable"', " (x) quoted-printable", " quoted-printable;")),
        eml("x") + b"\r\nFrom b@x.example Mon\r\n" + eml(IN_HEXADECIMAL, QUOTED),
    ],
)  # fmt: skip
def test_a_part_that_others_decode_in_another_way_passed_unread(message: bytes) -> None:
    assert [part.place for part in opened(message, "message/rfc822").unread] == ["defects"]


def test_data_urls_in_a_text_are_files_of_their_own() -> None:
    inner = base64.b64encode(zipped({"a.txt": SSN})).decode()
    assert SSN in texts(opened(f'<img src="data:application/zip;base64,{inner}">'.encode()))
    outer = base64.b64encode(f"![](data:application/zip;base64,{inner})".encode()).decode()
    assert SSN in texts(opened(f"![](data:text/markdown;base64,{outer})".encode()))
    noise = base64.b64encode(bytes(range(256)) * 2).decode()
    assert opened(f"see {noise}".encode()).unread
    assert opened(b"![](data:image/png;base64,iVBORw0KGgo@@@@@@@AAAAAAAAAA)").unread


@pytest.mark.parametrize(
    "file",
    [
        zipped({"a.txt": "x"}) + b"hidden behind",
        b"hidden before" + zipped({"a.txt": "x"}),
        zipped({"vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)}),
        zipped({"a.txt": "x"})[:-30],
        tarred({"a.txt": b"x"}) + b"hidden behind",
        tarred({"a.txt": b"x"}).replace(b"x" + bytes(511), b"x\n" + SSN.encode() + bytes(499), 1),
        gzip.compress(b"x", mtime=0)[:-4],
        gzip.compress(b"x", mtime=0) + b"\x1f\x8b\x08\x08" + bytes(6) + b"name\x00" + gzip.compress(b"y", mtime=0)[10:],
        bytes(range(256)),
        b"%PDF-1.7 with no reader",
        b"{\\rtf1 \\'31\\'32}",
    ],
)
def test_what_cannot_be_read_whole_is_unread(file: bytes) -> None:
    assert opened(file).unread


def test_two_entries_of_one_name_and_hidden_bytes_between_entries_are_unread() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", SSN)
    assert opened(out.getvalue()).unread
    plain = zipped({"a.txt": "x"})
    local = zipped({"b.txt": SSN}).partition(b"PK\x01\x02")[0]
    directory = plain.index(b"PK\x01\x02")
    end = plain.index(b"PK\x05\x06")
    moved = (directory + len(local)).to_bytes(4, "little")
    assert opened(plain[:directory] + local + plain[directory : end + 16] + moved + plain[end + 20 :]).unread


def entry(name: bytes, packed: bytes, size: int, *, method: int = 0, extra: bytes = b"", fields: bytes = b"") -> bytes:
    """Return a ZIP archive of one entry that holds `packed`, of which `size` bytes are told; `fields`: of its header."""
    content = zlib.decompress(packed, wbits=-15) if method else packed[:size]
    told = struct.pack("<5H3I", 20, 0, method, 0, 0x21, zlib.crc32(content), len(packed), size)
    local = b"PK\3\4" + (fields or told) + struct.pack("<2H", len(name), len(extra)) + name + extra + packed
    listed = b"PK\1\2" + struct.pack("<H", 20) + told + struct.pack("<5H2I", len(name), *[0] * 6) + name
    return local + listed + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 1, 1, len(listed), len(local), 0)


@pytest.mark.parametrize(
    "file",
    [
        entry(b"a.txt", zlib.compress(b"hello", wbits=-15) + SSN.encode(), 5, method=8),
        entry(b"a.txt", b"hello" + SSN.encode(), 5),
        entry(b"a.txt", SSN.encode(), 0),
        entry(b"a/", SSN.encode(), 0),
    ],
    ids=["behind packed", "behind stored", "empty file", "directory"],
)
def test_a_number_behind_what_an_entry_unpacks_to_passed_unread(file: bytes) -> None:
    assert [part.place for part in opened(file).unread] == ["entry1"]


def header(fields: dict[int, str]) -> bytes:
    """Return a tar archive of one file with texts at places of its header."""
    file = bytearray(tarred({"a.txt": b"x"}))
    for at, text in fields.items():
        file[at : at + len(text)] = text.encode()
    file[148:156] = b" " * 8
    file[148:156] = b"%06o\0 " % sum(file[:512])
    return bytes(file)


def behind_a_long_name() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("n" * 150))
    return out.getvalue().replace(b"n" * 150 + bytes(20), b"n" * 150 + bytes(9) + SSN.encode(), 1)


@pytest.mark.parametrize(
    "file",
    [
        *(entry(b"a.txt", b"x", 1, extra=struct.pack("<2H", kind, 11) + SSN.encode()) for kind in (1, 0x5455, 0xA220)),
        entry(b"a.txt", b"x", 1, fields=SSN.encode() + bytes(11)),
        *(header({at: SSN}) for at in (10, 160, 270, 300, 360, 500)),
        behind_a_long_name(),
        b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 2000 + SSN.encode() + b"\0" + gzip.compress(b"x", mtime=0)[10:],
    ],
)
def test_a_number_in_a_field_of_an_archives_header_passed_unread(file: bytes) -> None:
    content = opened(file)
    assert SSN in texts(content)
    assert not content.unread


def test_an_archives_own_numbers_are_no_text_of_it() -> None:
    fields = [
        passage.text
        for file in (zipped({"a.txt": "x", "b.txt": "y"}), tarred({"a": b"x"}))
        for passage in opened(file).passages
        if passage.place.endswith("fields")
    ]
    assert not any(map(str.isdigit, "".join(fields).replace("00", "")))


def test_an_encrypted_entry_is_unread() -> None:
    file = bytearray(zipped({"a.txt": "x"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        file[file.index(mark) + at] |= 1
    assert [part.place for part in opened(bytes(file)).unread] == ["entry1"]


def test_a_polyglot_of_two_formats_is_unread() -> None:
    assert opened(b"plain text, and behind it\n" + zipped({"a.txt": "x"})).unread
    assert opened(b"\x1f\x8b" + zipped({"a.txt": "x"})).unread


def test_bombs_cost_no_more_than_the_limit() -> None:
    zeros = zipped({"a.txt": b"\x20" * 50_000_000})
    assert len(zeros) < 100_000
    assert opened(zeros, limits=FileLimits(bytes=1_000_000)).unread
    assert opened(gzip.compress(b"\x20" * 5_000_000, mtime=0), limits=FileLimits(bytes=1_000_000)).unread
    nested = b"x"
    for _ in range(10):
        nested = zipped({"a.zip": nested})
    assert opened(nested).unread
    assert opened(zipped({f"{n}.txt": "x" for n in range(40)}), limits=FileLimits(files=20)).unread
    assert opened(b"word " * 1000, limits=FileLimits(characters=100)).unread
    assert opened(b"word", limits=FileLimits(seconds=-1)).unread


@pytest.mark.parametrize(
    "message",
    [
        "Subject: " + "=?utf-8?q?a?= " * 20_000,
        "Content-Type: text/plain; " + "a=b; " * 20_000,
        "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 2000,
    ],
    ids=["encoded words", "parameters", "parts"],
)
def test_a_mail_that_would_take_long_to_take_apart_is_unread(message: str) -> None:
    content = opened(f"From: a@x.example\nMIME-Version: 1.0\n{message}\n\n{SSN}".encode())
    assert SSN in texts(content)
    assert "parts" in [part.place for part in content.unread]


def prose(content: Content) -> str:
    return "\n".join(passage.text for passage in content.passages if passage.prose)


@pytest.mark.parametrize(
    "part",
    [
        f"<pivotCacheDefinition xmlns='{S}'><s v='Lindqvist'/></pivotCacheDefinition>",
        f"<x xmlns='{S}'><y z='Martha Lindqvist'/></x>",
        f"<x xmlns='{S}'><sheet name='Lindqvist'/></x>",
        f"<comments xmlns='{S}'><authors><author>Lindqvist</author></authors></comments>",
        f"<w:p xmlns='{S}'><w:ins w:author='Lindqvist'/></w:p>",
        "<person surname='Lindqvist'/>",
        "<person class='x' data-name='Lindqvist'/>",
    ],
)
def test_what_people_write_into_attributes_is_read_as_prose(part: str) -> None:
    assert "Lindqvist" in prose(opened(zipped({"[Content_Types].xml": "<Types/>", "xl/a.xml": part})))


def test_a_formats_own_words_are_no_prose() -> None:
    styles = f"<styles xmlns='{S}'><font><name val='Segoe Script'/></font><cellStyle name='Good Bad'/></styles>"
    assert not prose(opened(zipped({"[Content_Types].xml": "<Types/>", "xl/styles.xml": styles})))


def test_base64_in_lines_is_a_file_inside() -> None:
    lines = base64.encodebytes(zipped({"a.txt": SSN, "b.txt": "x", "c.txt": "y"})).decode()
    assert SSN in texts(opened(f"BEGIN:VCARD\nPHOTO:\n {lines.replace(chr(10), chr(10) + ' ')}\nEND:VCARD".encode()))
    assert opened(base64.encodebytes(bytes(range(128, 256)) * 4)).unread

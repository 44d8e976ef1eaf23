"""What is read of a PDF wherever it stands, and what keeps it unread."""

import pytest

from gateway.adapters.readers import PdfReader, TextReader, ZipReader
from gateway.core.files import Content, FileLimits
from tests.fakes.documents import open_file, pdf, shown, stream, zipped

pytest.importorskip("pypdf", reason="the extra `documents` is not installed")
SSN = "123-45-6789"
READERS = (TextReader(), ZipReader(), PdfReader())
ANNOTATED = "/Annots[10 0 R]"


def opened(data: bytes, reader: PdfReader | None = None) -> Content:
    readers = READERS if reader is None else (reader,)
    return open_file(readers, FileLimits(), data, "application/pdf")


@pytest.mark.parametrize(
    "file",
    [
        pdf(pages=(shown(SSN),)),
        pdf(pages=("", shown(SSN))),
        pdf(pages=(shown(SSN, "1 1 1 rg"),)),
        pdf(pages=(shown(SSN, "3 Tr"),)),
        pdf(pages=(f"BT /F1 0.01 Tf 50 700 Td ({SSN}) Tj ET",)),
        pdf(pages=(f"BT /F1 9 Tf -5000 9000 Td ({SSN}) Tj ET",)),
        pdf(pages=("BT /F1 9 Tf 50 700 Td [(123-4) -3 (5-67) 2 (89)] TJ ET",)),
        pdf(pages=("BT /F1 9 Tf 50 700 Td <3132332d34352d36373839> Tj ET",)),
        pdf(f"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]/Contents({SSN})>>", pages=(shown("x"),), page=ANNOTATED),
        pdf(f"<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://x.example/?q={SSN})>>>>", pages=(shown("x"),),
            page=ANNOTATED),
        pdf(f"<</T(a)/FT/Tx/V({SSN})>>", pages=(shown("x"),), catalog="/AcroForm<</Fields[10 0 R]>>"),
        pdf(f"<</Author({SSN})>>", pages=(shown("x"),), trailer="/Info 10 0 R"),
        pdf(stream(f"<x:xmpmeta><a>{SSN}</a></x:xmpmeta>", "/Type/Metadata/Subtype/XML"), pages=(shown("x"),),
            catalog="/Metadata 10 0 R"),
        pdf(f"<</S/JavaScript/JS(app.alert\\('{SSN}'\\))>>", pages=(shown("x"),), catalog="/OpenAction 10 0 R"),
        pdf(stream(f"var a = '{SSN}'"), "<</S/JavaScript/JS 10 0 R>>", pages=(shown("x"),),
            catalog="/OpenAction 11 0 R"),
        pdf(stream(zipped({"a.txt": SSN}), "/Type/EmbeddedFile"), pages=(shown("x"),)),
        pdf(stream(shown(SSN), "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 3 0 R>>>>"),
            pages=(shown("x"),)),
        pdf(f"({SSN})", pages=(shown("x"),)),
        pdf(f"<</Title({SSN})>>", pages=(shown("x"),), catalog="/Outlines 10 0 R"),
        pdf(stream(f"11 0 ({SSN})", "/Type/ObjStm/N 1/First 5"), pages=(shown("x"),)),
        pdf(pages=(f"/Span <</ActualText ({SSN})>> BDC {shown('x')} EMC",)),
        pdf(pages=(f"/Span <</ActualText <{SSN.encode().hex()}>>> BDC {shown('x')} EMC",)),
        pdf(pages=(f"{shown('x')} %{SSN}",)),
        pdf("[ 123456789 /x#31]", pages=(shown("x"),)),
        pdf(pages=(shown("x"),)).replace(b"xref\n0", f"%{SSN}\nxref\n0".encode()),
        pdf(pages=(shown("x"),)) + SSN.encode(),
    ],
)  # fmt: skip
def test_a_number_anywhere_in_a_pdf_is_read_or_makes_it_unread(file: bytes) -> None:
    content = opened(file)
    assert any(SSN in passage.text or "123456789" in passage.text for passage in content.passages) or content.unread


FONT_FILE = "<</FontFile 10 0 R>>"


@pytest.mark.parametrize(
    "file",
    [
        *(pdf(stream(SSN), f"<<{key} 10 0 R>>", pages=(shown("x"),)) for key in ("/FontFile2", "/ToUnicode", "/CIDSet")),
        pdf(stream(SSN), "[/ICCBased 10 0 R]", pages=(shown("x"),)),
        pdf(stream(shown(SSN), "/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 3 0 R>>>>"), FONT_FILE,
            pages=(shown("x"),)),
        pdf(f"<</ID({SSN})>>", pages=(shown("x"),)),
        pdf(f"<</ID<</A({SSN})>>>>", pages=(shown("x"),)),
        pdf(pages=(shown("x"),), trailer=f"/ID[({SSN})<00>]"),
        pdf(f"<</Parent({SSN})>>", pages=(shown("x"),)),
        pdf("<</M(D:4123456789)>>", pages=(shown("x"),)),
        pdf(pages=(shown("x"),)).replace(b"endstream", b"endstream " + SSN.encode()),
        pdf(pages=(shown("x"),)).replace(b"endobj", f"endobj <<{SSN}>>".encode(), 1),
        pdf(pages=(f"{shown('x')} {SSN}",)),
        pdf(pages=(f"{shown('x')} /{SSN} MP",)),
    ],
)  # fmt: skip
def test_a_number_in_what_a_pdf_calls_vocabulary_passed_unread(file: bytes) -> None:
    content = opened(file)
    assert any(SSN in passage.text or "123456789" in passage.text for passage in content.passages)


def test_a_picture_that_a_font_calls_its_own_passed_unread() -> None:
    image = stream(bytes(9000), "/Subtype/Image/Width 100/Height 90/BitsPerComponent 8/ColorSpace/DeviceGray")
    assert opened(pdf(image, FONT_FILE, pages=(shown("x"),))).unread


def test_a_text_in_a_font_that_the_page_does_not_have_passed_unread() -> None:
    assert opened(pdf(pages=(f"BT /F9 9 Tf 50 700 Td ({SSN}) Tj ET",))).unread


def test_a_pdfs_measures_and_dates_are_no_text_of_it() -> None:
    drawing = "0.1234567890 0 0 1.2345678901 12.345678901 700 cm " + shown("x")
    file = pdf("<</CreationDate(D:20260102030405+01'00')/M(D:20260102030405Z)>>", pages=(drawing,))
    assert [(passage.place, passage.text) for passage in opened(file).passages] == [("page1", "x")]


def test_a_plain_page_is_read_whole() -> None:
    content = opened(pdf(pages=(shown("Hello"), "")))
    assert [(passage.place, passage.text) for passage in content.passages] == [("page1", "Hello")]
    assert not content.unread


FONT = "/Resources<</Font<</F1 10 0 R>>>>"


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (pdf("<</Type/Font/Subtype/Type0/Encoding/Identity-H>>", pages=(shown("x"),)), "font10"),
        (pdf("<</Type/Font/Subtype/Type3/Encoding<</Differences[1/g1]>>>>", pages=(shown("x"),)), "font10"),
        (pdf("<</Type/Font/Subtype/Type1/Encoding<</Differences[65/g17/g18]>>>>", pages=(shown("x"),)), "font10"),
        (pdf(stream(bytes(300), "/Subtype/Image/Width 10/Height 10/BitsPerComponent 8/ColorSpace/DeviceRGB"),
             pages=(shown("x"),)), "object10"),
        (pdf(pages=("0 0 m 9 9 l 5 5 l S",)), "page1.drawing"),
        (pdf(pages=(shown("x") + " 1 2 3 4 5 6 c" * 200 + " S",)), "page1.drawing"),
        (pdf(pages=("q BI /W 9 /H 9 /BPC 8 /CS /G ID " + "a" * 81 + " EI Q",)), "page1.inline"),
        (pdf("(old)", pages=(shown("x"),)) + b"10 0 obj\n(new)\nendobj\n", "revision"),
        (pdf(stream(bytes(range(256)), "/Type/Unknown"), pages=(shown("x"),)), "object10"),
        (b"polyglot " + pdf(pages=(shown("x"),)), "before"),
        (b"%PDF-1.7 nothing of a PDF", ""),
        (pdf(pages=(shown("x"),))[:400], ""),
        (pdf("<</Filter/Standard/V 1/R 2/P -4/O(a)/U(b)>>", pages=(shown("x"),), trailer="/Encrypt 10 0 R"), ""),
    ],
)  # fmt: skip
def test_what_is_seen_and_cannot_be_read_is_unread(file: bytes, place: str) -> None:
    assert place in [part.place for part in opened(file).unread]


def test_a_pdf_that_is_an_archive_as_well_is_unread() -> None:
    content = opened(pdf(pages=(shown("x"),)) + zipped({"a.txt": "y"}))
    assert not content.passages
    assert content.unread


def test_a_parser_that_takes_too_long_is_stopped() -> None:
    assert opened(pdf(pages=(shown("x"),)), PdfReader(seconds=0.001)).unread


def test_a_stream_that_unpacks_to_more_than_the_memory_ends_as_unread() -> None:
    bomb = pdf(stream(b"\x00" * 300_000_000, "/Type/Unknown"), pages=(shown("x"),))
    assert open_file(READERS, FileLimits(bytes=1_000_000), bomb).unread

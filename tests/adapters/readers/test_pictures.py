"""What is told beside a picture never leaves; what is seen in it is read, covered, or makes it unread."""

import io
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.readers import PictureReader, TextReader, ZipReader
from gateway.adapters.readers.metadata import apart
from gateway.adapters.readers.pictures import can_recognize
from gateway.core.files import Content, FileLimits, Unreadable
from gateway.core.model import Sensitivity
from gateway.dialects.opening import Opening
from tests.fakes.documents import attached, docx, open_file, sent_file, zipped
from tests.fakes.engines import CLOUD, LOCAL, engine, planned

Image = pytest.importorskip("PIL.Image", reason="the extra `images` is not installed")
ImageDraw = pytest.importorskip("PIL.ImageDraw")
ImageFont = pytest.importorskip("PIL.ImageFont")
PngInfo = pytest.importorskip("PIL.PngImagePlugin").PngInfo
SSN = "123-45-6789"
ocr = pytest.mark.skipif(not can_recognize(), reason="tesseract-ocr is not installed")
MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def drawn(*lines: str, size: tuple[int, int] = (640, 200), mode: str = "RGB") -> Any:
    image = Image.new(mode, size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((20, 20 + 50 * number), line, fill="black", font=ImageFont.load_default(32))
    return image


def encoded(image: Any, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def with_exif(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = f"{SSN} described"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return encoded(drawn("x"), kind, exif=exif)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def texts() -> bytes:
    info = PngInfo()
    info.add_text("Comment", SSN)
    info.add_text("More", SSN, zip=True)
    info.add_itxt("Other", SSN, zip=True)
    return encoded(drawn("x"), "PNG", pnginfo=info)


TELLING = {
    "png-exif": with_exif("PNG"),
    "png-text": texts(),
    "png-private": encoded(drawn("x"))[:33] + chunk(b"prVt", SSN.encode()) + encoded(drawn("x"))[33:],
    "png-behind": encoded(drawn("x")) + SSN.encode(),
    "png-icc": encoded(drawn("x"), icc_profile=SSN.encode() * 9),
    "jpeg-exif": with_exif("JPEG"),
    "jpeg-comment": encoded(drawn("x"), "JPEG", comment=SSN.encode()),
    "jpeg-behind": encoded(drawn("x"), "JPEG") + SSN.encode(),
    "jpeg-xmp": encoded(drawn("x"), "JPEG", xmp=f"<x>{SSN}</x>".encode()),
    "webp-exif": with_exif("WEBP"),
    "webp-xmp": encoded(drawn("x"), "WEBP", xmp=SSN.encode()),
    "webp-behind": encoded(drawn("x"), "WEBP") + SSN.encode(),
    "gif-comment": encoded(drawn("x"), "GIF", comment=SSN.encode()),
    "gif-behind": encoded(drawn("x"), "GIF") + SSN.encode(),
}


@pytest.mark.parametrize("name", TELLING)
def test_what_is_told_beside_a_picture_is_left_out_and_the_pixels_stay(name: str) -> None:
    data = TELLING[name]
    picture = apart(data)
    kept = bytes(picture.kept)
    assert SSN.encode() not in kept
    assert SSN.encode() not in zlib.compress(kept)
    assert SSN in "".join(picture.told)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(kept))
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()
    assert before.getexif().get(0x0112) == after.getexif().get(0x0112) or not name.startswith("jpeg")
    assert set(after.getexif()) <= {0x0112}
    assert apart(kept).kept == kept
    assert picture.position == name.endswith("exif")


@pytest.mark.parametrize("name", TELLING)
def test_metadata_do_not_leave_even_where_no_text_is_recognized(name: str) -> None:
    body = attached(TELLING[name], MEDIA[name.split("-", maxsplit=1)[0].upper()])
    made = planned(body, replace(engine(), readers=(PictureReader(recognize=False),)))
    assert made.classification.sensitivity is Sensitivity.HIGH
    assert made.first is not None
    assert made.first.upstream is LOCAL
    assert sent_file(made.first.body) == bytes(apart(TELLING[name]).kept)
    assert made.gate.residual(body, LOCAL) is Sensitivity.HIGH


def test_metadata_of_a_picture_in_a_word_file_are_read_and_a_position_is_unread() -> None:
    file = docx("", word__media__image1_dot_png=texts())
    readers = (TextReader(), ZipReader(), PictureReader(recognize=False))
    content = open_file(readers, FileLimits(), file)
    assert any(SSN in passage.text for passage in content.passages)
    file = docx("", word__media__image1_dot_jpeg=with_exif("JPEG"))
    assert "position" in "".join(part.place for part in open_file(readers, FileLimits(), file).unread)


def raw_png(width: int, height: int, pixels: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        raw_png(60_000, 60_000, b"\x00" * 100_000),
        raw_png(10, 10, b"\x00" * 110 + SSN.encode()),
        raw_png(10, 10, b"\x00" * 100_000_000),
        encoded(drawn("x"))[:-40],
        encoded(drawn("x")).replace(b"IDAT", b"IDAX", 1),
        encoded(drawn("x"), "JPEG")[:400],
        encoded(drawn("x"), "WEBP")[:50],
        b"\xff\xd8\xff\xd9",
        b"GIF89a",
    ],
)
def test_a_picture_that_is_not_built_as_it_should_be_is_unread(data: bytes) -> None:
    try:
        picture = apart(data)
    except Unreadable:
        pass
    else:
        assert PictureReader(recognize=True).claims(bytes(picture.kept))
    assert opened(data).unread


def opened(data: bytes, *, trust: bool = False, media_type: str = "") -> Content:
    return open_file((TextReader(), ZipReader(), PictureReader(trust=trust)), FileLimits(), data, media_type)


def test_a_picture_that_is_an_archive_as_well_is_unread() -> None:
    assert opened(encoded(drawn("x")) + zipped({"a.txt": "y"})).unread


@ocr
@pytest.mark.parametrize("kind", MEDIA)
def test_text_in_a_picture_is_read(kind: str) -> None:
    content = opened(encoded(drawn("The number is", SSN), kind), media_type=MEDIA[kind])
    assert SSN in "".join(passage.text for passage in content.passages)
    assert not content.unread


@ocr
def test_text_in_a_large_picture_is_read_and_covered_where_it_stands() -> None:
    picture = drawn("The number is", size=(5200, 400))
    ImageDraw.Draw(picture).text((3000, 200), "martha@mail.example", fill="black", font=ImageFont.load_default(90))
    made = planned(attached(encoded(picture), "image/png"), replace(engine(), readers=(PictureReader(),)), [LOCAL])
    assert "EMAIL_ADDRESS" in made.classification.counts()
    data = PictureReader().rewrite(
        encoded(picture), {"view1": [(0, 10_000, "")]}, Opening((PictureReader(),), FileLimits())
    )
    after = Image.open(io.BytesIO(data)).convert("L")
    assert after.crop((3020, 230, 3700, 285)).getextrema() == (0, 0)
    assert after.crop((0, 300, 2000, 400)).getextrema() == (255, 255)


@ocr
def test_text_that_only_transparency_hides_or_shows_is_read() -> None:
    image = drawn("The number is", SSN, mode="RGBA")
    image.putalpha(0)
    assert SSN in "".join(passage.text for passage in opened(encoded(image)).passages)
    shape = drawn("The number is", SSN).convert("L").point(lambda value: 255 - value)
    image = Image.new("RGBA", shape.size, "black")
    image.putalpha(shape)
    assert SSN in "".join(passage.text for passage in opened(encoded(image)).passages)


@ocr
def test_a_picture_with_grey_on_grey_is_unread() -> None:
    image = drawn("Some plain words")
    ImageDraw.Draw(image).text((20, 120), SSN, fill=(252, 252, 252), font=ImageFont.load_default(32))
    assert "contrast" in [part.place for part in opened(encoded(image), trust=True).unread]


@pytest.mark.parametrize(("kind", "size"), [(b"PLTE", 12), (b"cHRM", 32)])
def test_a_number_in_a_pngs_colours_passed_unread(kind: bytes, size: int) -> None:
    image = encoded(drawn("Meeting notes", "Agenda for Tuesday"))
    content = opened(image[:33] + chunk(kind, SSN.encode().ljust(size)) + image[33:])
    assert SSN in "".join(passage.text for passage in content.passages)


def test_a_number_among_the_pixels_of_a_photograph_is_read() -> None:
    photograph = encoded(drawn("x"), "JPEG")
    content = opened(photograph[:-2] + SSN.encode() + photograph[-2:])
    assert SSN in "".join(passage.text for passage in content.passages)


@ocr
def test_a_picture_without_text_is_unread_unless_recognition_is_trusted() -> None:
    blank = encoded(Image.new("RGB", (300, 200), "white"))
    assert opened(blank).unread
    assert not opened(blank, trust=True).unread


@ocr
def test_a_picture_of_several_frames_and_one_of_another_type_are_unread() -> None:
    frames = encoded(drawn("Some words"), "GIF", save_all=True, append_images=[drawn("Other words")])
    assert opened(frames).unread
    assert opened(encoded(drawn("Some plain words here")), media_type="image/jpeg").unread


@ocr
def test_a_found_value_is_covered_and_the_rest_of_the_picture_stays() -> None:
    picture = encoded(drawn("Please write to the", "customer about this", "martha@mail.example"), "PNG")
    made = planned(attached(picture, "image/png"), replace(engine(), readers=(PictureReader(),)))
    assert made.classification.sensitivity is Sensitivity.MODERATE
    assert made.transformation.counts == {"EMAIL_ADDRESS": ("tokenize", 1)}
    assert made.first is not None
    assert (made.first.upstream, made.first.residual) == (CLOUD, Sensitivity.LOW)
    after = Image.open(io.BytesIO(sent_file(made.first.body)))
    before = Image.open(io.BytesIO(picture))
    assert after.format == "PNG"
    assert after.crop((0, 0, 640, 110)).tobytes() == before.crop((0, 0, 640, 110)).tobytes()
    assert "martha" not in "".join(passage.text for passage in opened(sent_file(made.first.body)).passages)
    assert json.loads(made.first.body)["messages"][0]["content"][0]["text"] == "What does it say?"

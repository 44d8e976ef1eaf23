"""Every text of an RTF file is read over its formatting; what is no text makes it unread."""

import pytest

from gateway.adapters.readers import RtfReader, TextReader
from gateway.core.files import Content, FileLimits
from tests.fakes.documents import open_file

SSN = "123-45-6789"


def opened(body: str) -> Content:
    data = f"{{\\rtf1\\ansi\\ansicpg1252{{\\fonttbl{{\\f0\\fcharset0 Arial;}}}}{body}}}".encode("cp1252")
    return open_file((TextReader(), RtfReader()), FileLimits(), data, "application/rtf")


@pytest.mark.parametrize(
    "body",
    [
        SSN,
        "123{\\b -45}\\i0 -6789",
        "\\'31\\'32\\'33-45-6789",
        "\\u49?\\u50?\\u51?-45-6789",
        "\\uc2\\u49ab\\u50cd3-45-6789",
        f"{{\\*\\generator {SSN}}}",
        f"{{\\info{{\\author {SSN}}}}}",
        f"{{\\v {SSN}}}",
        f'{{\\field{{\\*\\fldinst HYPERLINK "https://x.example/{SSN}"}}}}',
        "123-45\\_6789",
        "123-45-\r\n6789",
        "\\tag123456789 x",
    ],
)
def test_a_number_anywhere_in_rtf_is_read(body: str) -> None:
    content = opened(body)
    assert any(SSN in passage.text or "123456789" in passage.text for passage in content.passages)
    assert not content.unread


@pytest.mark.parametrize(
    "body",
    [
        "{\\pict\\pngblip 89504e470d0a1a0a00000000}",
        "{\\object{\\*\\objdata 01050000d0cf11e0a1b11ae1}}",
        "{\\*\\datastore d0cf11e0a1b11ae1}",
        "{\\f1\\fcharset204 x}\\'e9",
        "\\mac \\'8e",
        "4d5a" * 20,
        "\\bin4 abcd",
    ],
)
def test_pictures_objects_and_other_character_sets_are_unread(body: str) -> None:
    assert opened(body).unread


def test_a_files_hexadecimal_is_a_file_of_its_own() -> None:
    content = opened(
        f"{{\\*\\colorschememapping {f'<a>{SSN}</a>'.encode().hex()}}} fine {{\\f1\\fcharset238 Arial CE;}}"
    )
    assert not content.unread
    assert SSN in "".join(passage.text for passage in content.passages)


def test_a_number_in_a_picture_that_does_not_end_passed_unread() -> None:
    content = opened(f"{{\\pict {SSN}").passages
    assert any(SSN in passage.text for passage in content)
    whole = f"{{\\rtf1 {{\\objdata {SSN.encode().hex()}".encode()
    content = open_file((TextReader(), RtfReader()), FileLimits(), whole, "application/rtf").passages
    assert any(SSN in passage.text for passage in content)
    whole = f"{{\\rtf1 {{\\pict {SSN}".encode()
    assert open_file((TextReader(), RtfReader()), FileLimits(), whole, "application/rtf").unread

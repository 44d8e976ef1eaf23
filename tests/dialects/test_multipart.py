"""Forms are read in one way or refused, and written so that they read back as themselves."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import InvalidRequest
from gateway.dialects.multipart import MAX_PARTS, Part, boundary_of, content_type, read_form, write_form

HEAD = 'content-disposition: form-data; name="a"'


def form(*parts: str, boundary: str = "X", end: str = "--X--\r\n") -> bytes:
    return ("".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + end).encode()


def test_what_httpx_writes_is_read_with_names_types_and_bytes() -> None:
    request = httpx.Request(
        "POST",
        "http://gateway.example/",
        data={"model": "whisper-1", "prompt": "Ünïcode"},
        files={"file": ("take 1.wav", b"RIFF\x00\r\n--\xff", "audio/wav")},
    )
    body = request.read()
    read = read_form(body)
    assert read.parts == (
        Part("model", b"whisper-1"),
        Part("prompt", "Ünïcode".encode()),
        Part("file", b"RIFF\x00\r\n--\xff", "take 1.wav", "audio/wav"),
    )
    assert boundary_of(request.headers["content-type"]) == read.boundary == boundary_of(content_type(body))


def test_nothing_changed_is_the_very_bytes_and_a_change_reads_back() -> None:
    body = form(f"{HEAD}\r\n\r\none", f"{HEAD.upper().replace('NAME=', 'name=').replace('A', 'a')}\r\n\r\ntwo")
    read = read_form(body)
    assert write_form(read, {}) is body
    changed = read_form(write_form(read, {1: Part("b", b"three", "f.txt", "text/plain")}))
    assert changed.parts == (Part("a", b"one"), Part("b", b"three", "f.txt", "text/plain"))
    assert changed.named("a") == (Part("a", b"one"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        form(),
        form(f"{HEAD}\r\n\r\none", end="--X"),
        form(f"{HEAD}\r\n\r\none", end=""),
        form(f"{HEAD}\r\n\r\none", end="--X--\r\nand more"),
        form(f"{HEAD}\r\n\r\none").replace(b"\r\n", b"\n"),
        b"preamble\r\n" + form(f"{HEAD}\r\n\r\none"),
        form(f"{HEAD}\r\n\r\none\n--X\n{HEAD}\n\nhidden"),
        form(f"{HEAD}\r\n\r\none\r\n--X \r\n{HEAD}\r\n\r\nhidden"),
        form(f"{HEAD}\r\n\r\none\r\n--Xtra\r\n{HEAD}\r\n\r\nhidden"),
        form(f"{HEAD}\r\n{HEAD}\r\n\r\none"),
        form(f'{HEAD}; name="b"\r\n\r\none'),
        form(f"{HEAD}; filename*=UTF-8''x\r\n\r\none"),
        form(f'{HEAD}; filename="a\\"b"\r\n\r\none'),
        form("content-type: text/plain\r\n\r\none"),
        form(f"{HEAD}\r\nx-secret: 1\r\n\r\none"),
        form(f"{HEAD}\r\ncontent-type: text/plain; x=hidden words\r\n\r\none"),
        form(f"{HEAD}\r\ncontent-transfer-encoding: base64\r\n\r\nb25l"),
        form(f"{HEAD}\r\ncontent-length: 2\r\n\r\none"),
        form(f"{HEAD}\r\n folded\r\n\r\none"),
        form(f"{HEAD}\r\ncontent-type: {'a' * 3000}\r\n\r\none"),
        form(*[f"{HEAD}\r\n\r\none"] * (MAX_PARTS + 1)),
    ],
)
def test_a_form_that_two_parsers_could_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_form(body)
    assert "hidden" not in refused.value.message


@pytest.mark.parametrize(
    "header",
    ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=X",
     "multipart/form-data; boundary=X; boundary=Y", "multipart/form-data; charset=x; boundary=X"],
)  # fmt: skip
def test_a_header_without_one_boundary_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        boundary_of(header)


def test_a_part_that_holds_the_boundary_cannot_be_written() -> None:
    read = read_form(form(f"{HEAD}\r\n\r\none"))
    with pytest.raises(InvalidRequest):
        write_form(read, {0: Part("a", b"two\r\n--X--\r\n")})
    with pytest.raises(InvalidRequest):
        write_form(read, {0: Part("a", b"two", 'x"; name="b')})


@given(st.lists(st.tuples(st.text("abc[]_", min_size=1), st.binary(), st.none() | st.text("ab. é")), min_size=1))
def test_what_is_written_reads_back(fields: list[tuple[str, bytes, str | None]]) -> None:
    parts = tuple(Part(name, content, filename) for name, content, filename in fields)
    seed = read_form(form(*[f"{HEAD}\r\n\r\n"] * len(parts), boundary="q7Zw0Jd2kLx9", end="--q7Zw0Jd2kLx9--\r\n"))
    assert read_form(write_form(seed, dict(enumerate(parts)))).parts == parts

"""Chunks, compiled and in Python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.chunks import framed, framed_in_python, unframed, unframed_in_python
from tests.adapters.test_pouring import chunk


def plainly(data: bytes) -> bytes:
    """What a parser of whole chunks would say of them, written plainly."""
    size, _, rest = data.partition(b"\r\n")
    if not size or len(size) > 6 or any(byte not in b"0123456789abcdefABCDEF" for byte in size):
        return b""
    count = int(size, 16)
    more = plainly(rest[count + 2 :])
    if not count or rest[count : count + 2] != b"\r\n" or (rest[count + 2 :] and not more):
        return b""
    return rest[:count] + more


@given(
    st.binary(max_size=40),
    st.integers(-2, 2),
    st.sampled_from([b"", b" ", b";", b"0x", b"+", b"-", b"_", b"0"]),
    st.lists(st.binary(min_size=1, max_size=40), max_size=3),
    st.binary(max_size=3),
)
def test_only_chunks_that_are_whole_are_taken_out_of_their_frames(
    content: bytes, off: int, odd: bytes, others: list[bytes], behind: bytes
) -> None:
    before = b"".join(map(chunk, others))
    cut = odd + b"%x\r\n%b\r\n" % (max(0, len(content) + off), content)
    for take in (unframed, unframed_in_python):
        for data in (cut, before + cut, cut + before, before + behind, before + chunk(content)):
            assert take(data) == plainly(data)
        assert take(before) == b"".join(others)
        assert take(before + b"0\r\n\r\n") == b""


@given(st.lists(st.sampled_from([b"1", b"00a", b"000002", b"0000003", b"G", b"\r\n", b"\r", b"ab", b"c"]), max_size=9))
def test_a_size_has_six_digits_at_most(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert unframed(data) == unframed_in_python(data) == plainly(data)


@pytest.mark.parametrize("size", [1, 9, 10, 15, 16, 255, 256, 70_000])
def test_a_piece_becomes_a_chunk_that_holds_it(size: int) -> None:
    piece = bytes(range(256)) * (size // 256 + 1)
    piece = piece[:size]
    assert framed(piece) == framed_in_python(piece) == chunk(piece)
    assert unframed(framed(piece)) == piece


def test_no_piece_becomes_the_chunk_that_ends_a_body() -> None:
    for frame in (framed, framed_in_python):
        with pytest.raises(ValueError, match="ends a body"):
            frame(b"")

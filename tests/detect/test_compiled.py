"""What is compiled finds what its twin in Python finds. Without a C compiler there is nothing to compare."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import compiled
from gateway.detect.words import TOKEN

_tokens = pytest.importorskip("gateway.detect._tokens", reason="not compiled: no C compiler at installation")

ODD = "aZ09_'’@-./:,\n\t \r\x1c\u2028é²٣½ßİ中\U0001f600\ud800!\x85\xa0ª①"


def spans(text: str) -> list[tuple[int, int]]:
    starts, ends = np.empty(len(text), np.int32), np.empty(len(text), np.int32)
    count = _tokens.token_spans(text, starts, ends)
    return list(zip(starts[:count].tolist(), ends[:count].tolist(), strict=True))


@given(st.text())
def test_tokens_of_any_text_are_those_of_the_expression(text: str) -> None:
    assert spans(text) == [match.span() for match in TOKEN.finditer(text)]


def test_tokens_of_texts_full_of_separators_are_those_of_the_expression() -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        text = "".join(chance.choices(ODD, k=chance.randrange(14)))
        assert spans(text) == [match.span() for match in TOKEN.finditer(text)], repr(text)


def test_every_code_point_is_of_the_kind_that_the_expression_takes_it_for() -> None:
    for point in range(0x110000):
        text = f"{chr(point)}a.{chr(point)}"
        assert spans(text) == [match.span() for match in TOKEN.finditer(text)], hex(point)


def test_too_little_room_is_refused() -> None:
    with pytest.raises(ValueError, match="too little room"):
        _tokens.token_spans("abc", np.empty(2, np.int32), np.empty(2, np.int32))


def test_every_part_that_is_compiled_is_named_and_has_a_stub() -> None:
    package = Path(compiled.__file__).parents[1]
    sources = sorted(package.rglob("*.pyx"))
    named = {f"gateway.detect.{part}" for part in compiled.PARTS} | set(compiled.ELSEWHERE)
    assert {".".join(("gateway", *source.relative_to(package).with_suffix("").parts)) for source in sources} == named
    assert all(source.with_suffix(".pyi").is_file() for source in sources)


def test_where_one_part_is_compiled_all_are() -> None:
    assert compiled.missing() == ()

"""Which language a segment is in: the shipped model, and the arithmetic on a tiny one."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.models import load_model
from gateway.detect import language as module
from gateway.detect.language import LanguageModel, features_of

MODEL = Path(__file__).parents[2] / "classifiers" / "models" / "languages"


@cache
def shipped() -> LanguageModel:
    model = load_model(MODEL)
    assert isinstance(model, LanguageModel)
    return model


def tiny() -> LanguageModel:
    return LanguageModel(("de", "en"), np.random.default_rng(5).normal(0, 1, (64, 2)).astype(np.float32), 0.5)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Could you please check whether the parcel has arrived?"),
        ("de", "Könntest du bitte nachsehen, ob das Paket angekommen ist?"),
        ("fr", "Pourrais-tu vérifier si le colis est bien arrivé ?"),
        ("es", "¿Podrías mirar si ha llegado el paquete?"),
        ("it", "Potresti controllare se il pacco è arrivato?"),
        ("nl", "Kun je even kijken of het pakket is aangekomen?"),
        ("pt", "Você pode verificar se a encomenda já chegou aí?"),
        ("pl", "Czy możesz sprawdzić, czy paczka już dotarła?"),
    ],
)
def test_the_shipped_model_names_the_language(code: str, text: str) -> None:
    assert shipped().identify(text) == code
    assert shipped().identify(text.lower()) == code
    assert shipped().identify(text.upper()) == code


@pytest.mark.parametrize("text", ["", "  \n", "4711 / 0815 – 12:30", "{}[]", "🙂🙂"])
def test_text_without_words_has_no_language(text: str) -> None:
    assert shipped().identify(text) == ""
    assert shipped().probabilities(text) == {}


def test_what_is_not_sure_stays_open() -> None:
    assert shipped().identify("Berlin") == ""
    assert LanguageModel(("de", "en"), np.zeros((64, 2), dtype=np.float32), 0.5).identify("Some words of text") == ""


@given(st.text(max_size=600))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_probabilities_and_the_same_ones_again(text: str) -> None:
    model = tiny()
    once = model.probabilities(text)
    assert sum(once.values()) == pytest.approx(1 if once else 0)
    assert model.probabilities(text) == once


def test_only_the_beginning_is_read() -> None:
    start = "Das ist der Anfang eines sehr langen Textes, und so geht es weiter. "
    assert shipped().probabilities(start * 8) == shipped().probabilities(start * 8 + "and then in English " * 1000)


def test_the_cache_holds_no_word_and_is_bounded() -> None:
    model = tiny()
    letters = str.maketrans("01", "xy")
    for number in range(module._CACHED // 8 + 200):
        model.identify(" ".join(f"{number:b}".translate(letters) + letter for letter in "abcdefgh"))
    assert len(model._places) <= module._CACHED
    assert all(isinstance(key, int) for key in model._places)


def test_threads_share_a_model() -> None:
    model, texts = tiny(), [f"alpha{'b' * (index % 50)} gamma{'d' * (index % 7)}" for index in range(300)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(model.probabilities, texts))
    alone = tiny()
    assert together == [alone.probabilities(text) for text in texts]


@pytest.mark.parametrize("rows", [np.zeros((64, 3)), np.zeros((60, 2)), np.full((64, 2), np.nan)])
def test_numbers_that_do_not_fit_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="languages"):
        LanguageModel(("de", "en"), rows.astype(np.float32), 0.5)


def test_a_short_word_is_its_own_feature() -> None:
    assert features_of("a") == ["\x02a\x03"]
    assert features_of("das") == ["\x02das\x03", "\x02da", "das", "as\x03"]


def test_a_word_of_chinese_characters_took_the_place_of_an_ascii_word_that_lies_in_memory_as_it_does() -> None:
    word = "letter"
    twin = word.encode().decode("utf-16")
    assert hash(twin) == hash(word)
    model = tiny()
    assert model.probabilities(twin) != tiny().probabilities(word)
    assert model.probabilities(word) == tiny().probabilities(word)

import sys

from gateway.detect.gates import TWINS, fold


def test_each_character_is_folded_to_the_first_of_those_that_are_taken_for_one() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        assert fold(character) == character.replace("İ", "i").lower().translate(TWINS)

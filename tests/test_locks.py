"""The locks: exact versions with hashes, no index address, the image's a part of the developers'."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.lock", "requirements-runtime.lock"]


def pins(name: str) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9._-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_hashed_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = [block for block in re.split(r"\n(?=[A-Za-z0-9])", text) if block.strip() and not block.startswith("#")]
    assert len(blocks) > 50
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==\S+", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_image_gets_what_the_tests_ran_with() -> None:
    assert pins("requirements-runtime.lock") <= pins("requirements.lock")

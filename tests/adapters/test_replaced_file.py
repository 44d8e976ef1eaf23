from pathlib import Path

import pytest

from gateway.adapters.replaced_file import replace_file


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.yaml"
    file.write_bytes(b"keys: []\n# of which more was said\n")
    file.chmod(mode)
    replace_file(file, b"keys: []\n", 0o600)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"keys: []\n", mode)


def test_a_file_that_is_made_is_as_private_as_asked_for(tmp_path: Path) -> None:
    replace_file(tmp_path / "keys.yaml", b"keys: []\n", 0o600)
    assert (tmp_path / "keys.yaml").stat().st_mode & 0o777 == 0o600


def test_what_could_not_be_written_leaves_nothing_behind_and_is_told_by_its_own_name(tmp_path: Path) -> None:
    place = tmp_path / "a.bundle.json"
    (place / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.bundle\.json'$") as told:
        replace_file(place, b"{}")
    assert told.value.filename == str(place)
    assert list(tmp_path.iterdir()) == [place]

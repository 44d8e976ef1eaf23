"""Files that are read while the gateway runs are read whole, or not at all."""

from pathlib import Path

import pytest

from gateway.adapters.policy_files import FilesOnDisk
from gateway.adapters.regular_file import LONGEST, beginning_of, content_of
from gateway.core.errors import ConfigurationError


def test_a_file_as_long_as_may_be_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with file.open("wb") as out:
        out.truncate(LONGEST - 3)  # sparse
        out.seek(0, 2)
        out.write(b"end")
    assert content_of(file)[-4:] == beginning_of(file)[-4:] == b"\0end"


def test_the_rules_behind_64_mib_of_a_policy_were_not_read(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    with file.open("wb") as out:
        out.truncate(LONGEST + 1)
    with pytest.raises(OSError, match="Is too long"):
        content_of(file)
    with pytest.raises(ConfigurationError, match="Is too long"):
        FilesOnDisk(file, tmp_path).documents()

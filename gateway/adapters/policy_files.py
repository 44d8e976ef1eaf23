"""The files that a policy is made of, wherever they are kept: a directory, or a bundle of texts.

One way of naming serves both, so that a bundle means exactly what the directory meant that it was made of: a file is
named by its path from the policy's own directory (`10-legal.yaml`, `../base.yaml`), a bundled policy is
`bundled:default.yaml`. `extends` is resolved on these names alone, by the same function in both cases. All that was
read is remembered, for the bundle, for the watch, and for the texts that are kept beside the audit log. Of a file on
disk it is also remembered as what its directory told it just before it was read: a watch that asked only afterwards
would take a change in between for what was read.
"""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from gateway.adapters.regular_file import content_of
from gateway.core.documents import YamlDocument, parse_yaml_all
from gateway.core.errors import ConfigurationError, Problem

__all__ = ["FileState", "FilesInBundle", "FilesOnDisk", "PolicyFiles", "listed", "state_of", "yaml_files"]

FileState = tuple[int, int, int]
"""A file's time (ns), size (bytes) and inode; zeros: there is none."""

BUNDLED: Final = "bundled:"
_SUFFIX: Final = ".yaml"


def state_of(path: Path) -> FileState:
    """Return what tells one content of a file from the next, without reading it; follows symlinks."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def yaml_files(directory: Path) -> list[Path]:
    """Return the `.yaml` files of `directory`, in the order of their names; none if there is no such directory.

    Raises:
        ConfigurationError: if it cannot be read, or there are `.yml` files: a rule or a recognizer that is passed over
            protects nobody.
    """
    files = listed(directory)
    named = f"a name that ends in `{_SUFFIX}`"
    passed_over = [
        Problem(str(file), 0, "would be passed over", named, f"rename it to {file.stem}{_SUFFIX}")
        for file in files
        if file.name.endswith(".yml")
    ]
    if passed_over:
        raise ConfigurationError(passed_over)
    return [file for file in files if file.name.endswith(_SUFFIX)]


def listed(directory: Path) -> list[Path]:
    """Return what is in `directory`, in the order of names; nothing if it does not exist.

    `Path.glob` finds nothing, either, in a directory that it may not read.

    Raises:
        ConfigurationError: if it cannot be read.
    """
    try:
        return sorted(directory.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        problem = Problem(
            str(directory), 0, f"cannot be read ({error.strerror})", "a directory", "let this user read it"
        )
        raise ConfigurationError([problem]) from None


class PolicyFiles(ABC):
    """The files of one policy.

    Attributes:
        mains: names of the files that make the policy side by side, in order.
        texts: name to text of every file that was read so far.
    """

    def __init__(self, mains: Sequence[str]) -> None:
        self.mains = tuple(mains)
        self.texts: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def documents(self) -> list[YamlDocument]:
        """Return the documents of the policy's own files.

        Raises:
            ConfigurationError: if one cannot be read.
        """
        return self._read(self.mains)

    def bases(self, reference: str, file: str) -> list[YamlDocument]:
        """Return the documents that `extends` names in `file`: `bundled:NAME`, or a path from that file.

        Raises:
            ConfigurationError: if there is no such policy, or it cannot be read.
        """
        name = self._named(reference, self._names.get(file, file))
        for candidate in (name, name + _SUFFIX):
            found = self.find(candidate)
            if found:
                return self._read(found)
        problem = Problem(file, 0, f"there is no policy `{reference}`", "bundled:NAME, or a path from this file")
        raise ConfigurationError([problem])

    @staticmethod
    def _named(reference: str, name: str) -> str:
        bundled = reference.removeprefix(BUNDLED)
        if bundled != reference:
            return reference if bundled.replace("-", "").isalnum() else ""
        scheme = BUNDLED if name.startswith(BUNDLED) else ""
        here = posixpath.dirname(name.removeprefix(scheme))
        return scheme + posixpath.normpath(posixpath.join(here, reference))

    def _read(self, names: Iterable[str]) -> list[YamlDocument]:
        documents: list[YamlDocument] = []
        for name in names:
            shown = self.shown(name)
            self._names[shown] = name
            data = self.read(name)
            its = parse_yaml_all(data, shown)
            if not its:  # as after a disk was full: what it said would be gone without a word
                mend = "write one, or remove the file"
                raise ConfigurationError(
                    [Problem(shown, 1, "there is no policy in it", "a file of kind: Policy", mend)]
                )
            documents += its
            self.texts[name] = data.decode("utf-8-sig")  # it was just parsed as such
        return documents

    @abstractmethod
    def find(self, name: str) -> list[str]:
        """Return `name` if it is a file, the YAML files directly in it if it is a directory, nothing if neither."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            ConfigurationError: if it cannot be read.
        """

    @abstractmethod
    def shown(self, name: str) -> str:
        """Return how messages call a file."""


class FilesOnDisk(PolicyFiles):
    """A policy in a file, or in a directory whose files make one policy; cases below `tests/` are not policies.

    Args:
        path: the file or directory.
        bundled: the directory of the policies that ship.

    Raises:
        ConfigurationError: if a directory holds no policy, or a file that would be passed over (`yaml_files`).

    Attributes:
        states: each file that was read, as it was just before that.
    """

    def __init__(self, path: Path, bundled: Path) -> None:
        self._directory = path if path.is_dir() else path.parent
        self._bundled = bundled
        self.states: dict[Path, FileState] = {}
        files = yaml_files(path) if path.is_dir() else [path]
        if not files:
            mend = f"add a file whose name ends in `{_SUFFIX}`, or name another place"
            raise ConfigurationError(
                [Problem(str(path), 0, "there is no policy in it", "a file of kind: Policy", mend)]
            )
        super().__init__([file.name for file in files])

    def _place(self, name: str) -> Path:
        bundled = name.removeprefix(BUNDLED)
        return self._bundled / bundled if bundled != name else self._directory / name

    def find(self, name: str) -> list[str]:
        """See `PolicyFiles`."""
        place = self._place(name) if name else None
        if place is None or not place.exists():
            return []
        return [f"{name}/{file.name}" for file in yaml_files(place)] if place.is_dir() else [name]

    def read(self, name: str) -> bytes:
        """See `PolicyFiles`."""
        place = self._place(name)
        self.states.setdefault(place, state_of(place))
        try:
            return content_of(place)
        except OSError as error:
            problem = Problem(str(place), 0, f"cannot be read ({error.strerror})", "a file of kind: Policy")
            raise ConfigurationError([problem]) from None

    def shown(self, name: str) -> str:
        """See `PolicyFiles`."""
        return str(self._place(name))


class FilesInBundle(PolicyFiles):
    """A policy whose texts are all at hand, in `contents`.

    Args:
        mains: names of the policy's own files, in order.
        contents: name to text of these and of all that they extend.
        place: what the texts came from, for messages.
    """

    def __init__(self, mains: Sequence[str], contents: Mapping[str, str], place: str) -> None:
        super().__init__(mains)
        self.contents = contents
        self._where = place

    def find(self, name: str) -> list[str]:
        """See `PolicyFiles`."""
        if name in self.contents:
            return [name]
        return sorted(inside for inside in self.contents if name and posixpath.dirname(inside) == name)

    def read(self, name: str) -> bytes:
        """See `PolicyFiles`."""
        text = self.contents.get(name)
        if text is None:
            raise ConfigurationError([Problem(self._where, 0, f"the file `{name}` is missing in it")])
        return text.encode()

    def shown(self, name: str) -> str:
        """See `PolicyFiles`."""
        return f"{self._where}!{name}"

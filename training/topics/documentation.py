"""Documentation that the training environment holds: reference, manuals, package pages, licences. Published, hence low.

It comes in long pieces, since a long text is judged by its worst window: what is harmless must be so in each of them.
"""

from __future__ import annotations

import importlib
import inspect
import random
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from pydoc_data.topics import topics

__all__ = ["documents"]

_MODULES = (
    *(
        "argparse",
        "asyncio",
        "collections",
        "concurrent.futures.thread",
        "configparser",
        "contextlib",
        "csv",
        "datetime",
    ),
    *("decimal", "difflib", "email", "functools", "http.client", "imaplib", "itertools", "logging", "mailbox", "math"),
    *(
        "os",
        "pathlib",
        "random",
        "re",
        "sched",
        "shutil",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "statistics",
        "string",
    ),
    *("subprocess", "tempfile", "threading", "typing", "unittest", "urllib.request", "zipfile"),
    *("numpy", "numpy.fft", "numpy.linalg", "numpy.ma", "numpy.polynomial", "numpy.random", "scipy.cluster.hierarchy"),
    *("scipy.fft", "scipy.integrate", "scipy.interpolate", "scipy.linalg", "scipy.ndimage", "scipy.optimize"),
    *("scipy.signal", "scipy.sparse", "scipy.spatial", "scipy.special", "scipy.stats", "sklearn.cluster"),
    *("sklearn.datasets", "sklearn.decomposition", "sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics"),
    *("sklearn.model_selection", "sklearn.neighbors", "sklearn.preprocessing", "sklearn.svm", "sklearn.tree"),
    *("networkx", "networkx.algorithms.flow", "networkx.generators", "sympy", "sympy.combinatorics", "sympy.geometry"),
    *("sympy.matrices", "sympy.physics.mechanics", "sympy.stats", "jinja2", "torch", "torch.nn", "torch.optim"),
    *("torch.utils.data", "rich.console", "rich.table", "joblib", "phonenumbers", "yaml", "fsspec", "narwhals"),
)
_PACKAGES = (
    *("Faker", "Jinja2", "MarkupSafe", "Pygments", "PyYAML", "cloudpickle", "filelock", "fsspec", "joblib"),
    *("markdown-it-py", "mpmath", "narwhals", "networkx", "numpy", "phonenumbers", "rich", "scikit-learn", "scipy"),
    *("setuptools", "sympy", "threadpoolctl", "torch"),
)
_PIECES = (400, 800, 1500, 3000, 5000)
"""Characters of a piece."""


def documents(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (where it comes from, text)."""
    for name in _MODULES:
        yield from _pieces(f"doc:{name}", "\n\n".join(_docstrings(name, rng)), rng, 10)
    for name, text in sorted(topics.items()):
        yield from _pieces(f"manual:{name}", text, rng, 2)
    for name in _PACKAGES:
        files = distribution(name).files or []
        for file in sorted(files, key=str):
            if ".dist-info" in str(file) and (file.stem == "METADATA" or "licenses" in file.parts):
                yield from _pieces(f"package:{name}", _read(Path(str(file.locate()))), rng, 3)
    described = Path(str(distribution("scikit-learn").locate_file("sklearn/datasets/descr")))
    for file in sorted(described.glob("*.rst")):
        yield from _pieces(f"described:{file.stem}", _read(file), rng, 2)


def _docstrings(name: str, rng: random.Random) -> list[str]:
    module = importlib.import_module(name)
    members = [member for key, member in sorted(vars(module).items()) if not key.startswith("_") and callable(member)]
    rng.shuffle(members)
    return [doc for doc in (inspect.getdoc(member) for member in members[:40]) if doc and len(doc) > 80]


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")[:60_000]


def _pieces(source: str, text: str, rng: random.Random, most: int) -> Iterator[tuple[str, str]]:
    for _ in range(min(most, 1 + len(text) // 1500)):
        start = rng.randrange(max(len(text) - 300, 1))
        piece = text[start : start + rng.choice(_PIECES)].strip()
        if len(piece.split()) > 8:
            yield source, piece

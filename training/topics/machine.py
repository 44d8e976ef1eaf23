"""Harmless text for machines: tables of numbers, dumps, logs, settings, commands, schemas of tools; and words at random.

Agents send much of it, no corpus of prompts holds it, and a model that has never seen a column of numbers takes it for
a bank statement. Nothing in it is about anybody: sizes, species, countries, distances, test runs. Schemas of tools name
sensitive things (a patient, a salary) without telling any, as every request of an agent does.

Words at random are Faker's, of seven languages: what is unlike everything learned must not look private for that alone.
"""

from __future__ import annotations

import base64
import importlib
import json
import random
import unicodedata
from collections.abc import Callable, Iterator

__all__ = ["machine_texts", "random_words"]


def _split(words: str) -> list[str]:
    return words.split()


_LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "nl": "nl_NL", "pl": "pl_PL"}
_COUNTRIES = _split(
    "Iceland Malta Cyprus Kenya Peru Nepal Ghana Laos Chad Oman Cuba Togo Fiji Qatar Benin Chile Norway Latvia"
)
_THINGS = _split(
    "oak beech maple trout salmon heron otter basalt granite quartz copper zinc nickel barley rye oats pear plum"
)
_MEASURES = _split(
    "height width length weight area volume depth speed mass density temperature pressure yield score rank"
)
_NAMES = _split(
    "parser router cart index main utils core model view cache queue store config server client user payment"
)
_NOUNS = (
    *("patient", "employee", "customer", "invoice", "salary", "account", "appointment", "prescription", "order"),
    *("ticket", "document", "calendar event", "message", "contact", "file", "issue", "policy holder", "claim"),
    *("lab result", "bank transfer", "password", "booking", "student", "grade", "vehicle", "sensor", "article"),
)
_VERBS = _split("get list search create update delete find fetch send cancel export count")
_FIELDS = _split("id name date status limit page query amount email note title start end type reason currency")
_WORDS = _split(
    "the build was slow so we cache the index and retry when a request times out add a test fix a typo in the docs bump"
    " the version drop old python make the parser faster handle empty input sort the results by date rename the flag"
)
_SETTINGS = (
    ("port", "8000 8080 3000 5432 9200 80 443"), ("host", "localhost 0.0.0.0 127.0.0.1 db.example ::1"),
    ("env", "prod production dev test staging local"), ("app_env", "prod dev testing local"),
    ("debug", "true false 0 1 True"), ("log_level", "debug info warning ERROR trace"), ("workers", "#"),
    ("timeout", "30 60s 5m 250ms"), ("editor", "vim nano code emacs"), ("lang", "en_GB.UTF-8 C.UTF-8 de_DE"),
    ("tz", "UTC Europe/Berlin Asia/Tokyo"), ("region", "eu-west-1 us-east-1 westeurope"), ("retries", "#"),
    ("cache_size", "# 64mb 1g"), ("path", "/usr/local/bin ./bin $HOME/.local/bin"), ("shell", "/bin/bash zsh"),
    ("python_version", "3.11 3.12"), ("node_env", "production development"), ("theme", "dark light solarized"),
    ("max_connections", "#"), ("batch_size", "#"), ("learning_rate", "0.001 3e-4 1e-5"), ("epochs", "#"),
    ("seed", "#"), ("version", "1.0.0 2.3.1 0.9.0-rc1"), ("enabled", "true false yes no on off"),
    ("database_url", "sqlite:///app.db postgres://localhost/test"), ("redis_url", "redis://localhost:6379/0"),
    ("api_key", "changeme your-key-here xxxx <token> REPLACE_ME"), ("password", "changeme **** <password> secret"),
    ("secret_key", "change-me dev-only-secret TODO"), ("aws_access_key_id", "AKIAIOSFODNN7EXAMPLE"),
    ("image", "nginx:1.27 postgres:16 alpine"), ("replicas", "#"), ("memory", "512Mi 2Gi"), ("cpu", "500m 2"),
    ("feature_new_ui", "on off true"), ("pager", "less cat"), ("term", "xterm-256color"), ("indent_size", "2 4"),
)  # fmt: skip
_COMMANDS = (
    *("pip install {0}", "npm run {0}", "git checkout -b {0}-{1}", "git push origin {0}", "docker compose up -d {0}"),
    *(
        "kubectl get pods -n {0}",
        "kubectl logs -f {0}-{2}",
        "cd {0} && make {1}",
        "ls -la src/{0}",
        "cat {0}.log | tail",
    ),
    *("grep -rn '{0}' src/", "curl -s http://localhost:{2}/{0}", "chmod +x {0}.sh", "npm install --save-dev {0}"),
    *("python -m {0}.{1} --port {2}", "cargo build --release", "go test ./{0}/...", "ssh-keygen -t ed25519"),
    *("alias g{0}='git log --oneline'", "export PATH=$PATH:~/{0}/bin", "source .venv/bin/activate", "kill -9 {2}"),
    *("tar xzf {0}.tar.gz", "rsync -a {0}/ {1}/", "for f in *.{0}; do echo $f; done", "set -x", "terraform plan"),
    *("psql -c 'select count(*) from {0}'", "systemctl restart {0}", "journalctl -u {0} -n {2}", "brew install {0}"),
)
_FRAGMENTS = (
    *(
        "const $A = $N;",
        "export default $A;",
        "import $A from './$B';",
        "from $A import $B",
        "print($A)",
        "let $A = [];",
    ),
    *(
        "return $A",
        "if ($A > $N) {",
        "while True:",
        "$A.$B($N)",
        "def $A($B):",
        "for i in range($N):",
        "}",
        "end",
        "pass",
    ),
    *('<div class="$A">$B</div>', "#include <$A.h>", "SELECT * FROM $A LIMIT $N;", "$A: $B", "@$A.route('/$B')"),
    *(
        ".$A { margin: $Npx; }",
        "type $A = string | null",
        "assert $A == $B",
        "fn $A() -> $B {",
        "x = x + $N",
        "[$N, $N]",
    ),
    *("puts $A", "echo $A", "var $A int", "public class $A {", "TODO: $A", "console.log($A)", "try { $A() } catch {}"),
)


def machine_texts(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): 45 texts of every kind, by `rng`."""
    for make in _KINDS:
        for _ in range(45):
            yield make.__name__.strip("_"), make(rng)


def random_words(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (language, text): 160 texts of words at random in every language, by `rng`."""
    for language, locale in _LOCALES.items():
        words = importlib.import_module(f"faker.providers.lorem.{locale}").Provider.word_list
        for _ in range(160):
            sentences = [" ".join(rng.choices(words, k=rng.randint(4, 16))) for _ in range(rng.choice([1, 1, 2, 4]))]
            yield language, " ".join(f"{sentence.capitalize()}{rng.choice('..?')}" for sentence in sentences)


def _number(rng: random.Random) -> str:
    style = rng.random()
    if style < 0.4:
        return str(rng.randint(0, 10 ** rng.randint(1, 7)))
    if style < 0.8:
        return f"{rng.uniform(-100, 1000):.{rng.randint(1, 5)}f}"
    return f"{rng.random():.{rng.randint(2, 4)}e}"


def _columns(rng: random.Random) -> str:
    between = rng.choice([" ", "\t", ", ", ";", "  ", " | "])
    wide = rng.randint(1, 7)
    return "\n".join(between.join(_number(rng) for _ in range(wide)) for _ in range(rng.randint(2, 40)))


def _table(rng: random.Random) -> str:
    between = rng.choice([",", ";", "\t", " | "])
    whats, heads = (
        (_COUNTRIES, "country") if rng.random() < 0.5 else (_THINGS, rng.choice(["species", "sample", "kind"]))
    )
    names = rng.sample(_MEASURES, rng.randint(1, 5))
    head = [heads, *(["year"] if rng.random() < 0.4 else []), *names]
    rows = [[what, *(_number(rng) for _ in head[1:])] for what in rng.sample(whats, rng.randint(2, 14))]
    asked = rng.choice(["", "", "\nPlot this.", "\nWhich is the highest?", "\nSort by the last column, please."])
    return "\n".join(between.join(row) for row in [head, *rows]) + asked


def _dump(rng: random.Random) -> str:
    lines = []
    for number in range(rng.randint(2, 24)):
        data = rng.randbytes(16)
        shown = "".join(chr(c) if 32 <= c < 127 else "." for c in data)
        lines.append(f"{number * 16:08x}: {data.hex(' ', 2)}  {shown}")
    return "\n".join(lines)


def _encoded(rng: random.Random) -> str:
    data = rng.randbytes(rng.randint(60, 500))
    return base64.encodebytes(data).decode().strip() if rng.random() < 0.6 else data.hex()


def _letters(rng: random.Random) -> str:
    first = rng.choice([0x21, 0xC0, 0x100, 0x391, 0x410, 0x5D0, 0x621, 0x2190, 0x2500, 0x1F600])
    shape = rng.choice(
        ["'\\u{0:04x}': '{1}',", "0x{0:04x}: {1}", "{2}  U+{0:04X}  {1}", "    '{2}'  #  0x{0:02X} -> {1}"]
    )
    picked = range(first, first + rng.randint(5, 40))
    return "\n".join(shape.format(c, unicodedata.name(chr(c), "UNASSIGNED"), chr(c)) for c in picked)


def _constants(rng: random.Random) -> str:
    names = rng.sample([f"{a}_{b}".upper() for a in _NAMES for b in _MEASURES], rng.randint(4, 30))
    shape = rng.choice(["{} = {}", "#define {} {}", "const {} = {};", '"{}": {},', "{}: {}"])
    return "\n".join(
        shape.format(name, rng.choice([str(n), hex(n), str(2 ** (n % 20))])) for n, name in enumerate(names)
    )


def _listing(rng: random.Random) -> str:
    ends = rng.choice([".py", ".ts", ".go", ".rs", ".java", ".md"])
    paths = [
        f"{rng.choice(['src', 'lib', 'test', 'docs'])}/{rng.choice(_NAMES)}{ends}" for _ in range(rng.randint(3, 20))
    ]
    if rng.random() < 0.4:
        return "\n".join(
            f"-rw-r--r-- 1 dev dev {rng.randint(90, 90000):6} Mar {rng.randint(1, 30)} 10:12 {p}" for p in paths
        )
    return rng.choice(["$ ls\n", "$ find . -type f\n", "", "Files:\n"]) + "\n".join(paths)


def _history(rng: random.Random) -> str:
    lines = []
    for _ in range(rng.randint(2, 20)):
        start = rng.randrange(len(_WORDS) - 8)
        lines.append(f"{rng.randbytes(4).hex()[:7]} {' '.join(_WORDS[start : start + rng.randint(3, 8)])}")
    return rng.choice(["$ git log --oneline\n", "", "Commits:\n"]) + "\n".join(lines)


def _run(rng: random.Random) -> str:
    tests = [f"tests/test_{rng.choice(_NAMES)}.py::test_{rng.choice(_VERBS)}_{rng.choice(_NAMES)}" for _ in range(12)]
    lines = [f"{test} {rng.choice(['PASSED', 'PASSED', 'FAILED', 'SKIPPED'])}" for test in tests[: rng.randint(2, 12)]]
    lines.append(f"{len(lines)} tests in {rng.uniform(0.1, 90):.2f}s")
    return "\n".join(lines)


def _log(rng: random.Random) -> str:
    lines = []
    for _ in range(rng.randint(2, 16)):
        what = f"{rng.choice(['GET', 'POST', 'PUT'])} /{rng.choice(_NAMES)}/{rng.randint(1, 999)} {rng.choice([200, 201, 304, 404])}"
        lines.append(
            f"127.0.0.1 - - [0{rng.randint(1, 9)}/Mar/2026:10:{rng.randint(10, 59)}:07] {what} {rng.randint(3, 900)}ms"
        )
    return "\n".join(lines)


def _schema(rng: random.Random) -> str:
    tools = []
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        verb, noun = rng.choice(_VERBS), rng.choice(_NOUNS)
        fields = rng.sample(_FIELDS, rng.randint(1, 5))
        tells = rng.choice(
            [f"{verb.title()}s a {noun}.", f"{verb} the {noun} of a user", f"Use this to {verb} {noun}s", ""]
        )
        properties = {
            f: {"type": rng.choice(["string", "integer"]), "description": f"the {f} of the {noun}"} for f in fields
        }
        tool = {
            "name": f"{verb}_{noun.replace(' ', '_')}",
            "description": tells,
            "parameters": {"type": "object", "properties": properties, "required": fields[:1]},
        }
        tools.append({"type": "function", "function": tool} if rng.random() < 0.5 else tool)
    return json.dumps(tools if len(tools) > 1 else tools[0], indent=rng.choice([None, 2]))


def _result(rng: random.Random) -> str:
    about = rng.choice(_COUNTRIES + _THINGS)
    found = [
        {"title": f"{about}: {rng.choice(_MEASURES)}", "value": rng.randint(1, 9999)} for _ in range(rng.randint(1, 5))
    ]
    shown = {
        "tool": rng.choice(["search", "web_search", "lookup", "query"]),
        "query": f"{about} {rng.choice(_MEASURES)}",
    }
    return json.dumps(shown | {"results": found})


def _setting(rng: random.Random) -> tuple[str, str]:
    """Return the name of a setting and what it is set to; both harmless."""
    name, choices = rng.choice(_SETTINGS)
    prefix = rng.choice(["", "", "", *_NAMES])
    value = str(rng.randint(1, 9000)) if choices == "#" else rng.choice(choices.split())
    return f"{prefix}_{name}" if prefix else name, value


def _settings(rng: random.Random) -> str:
    pairs = dict(_setting(rng) for _ in range(rng.choice([1, 1, 2, 2, 3, 5, 9])))
    style = rng.randrange(6)
    if style == 0:
        return json.dumps(
            {name: int(v) if v.isdecimal() else v for name, v in pairs.items()}, indent=rng.choice([None, 2])
        )
    if style == 1:
        return "\n".join(f"{name}: {value}" for name, value in pairs.items())
    if style == 2:
        return f"[{rng.choice(_NAMES)}]\n" + "\n".join(f'{name} = "{value}"' for name, value in pairs.items())
    quote = rng.choice(["", "", '"', "'"])
    lead = rng.choice(["", "", "", "export ", "ENV ", "set "])
    return "\n".join(f"{lead}{name.upper()}={quote}{value}{quote}" for name, value in pairs.items())


def _commands(rng: random.Random) -> str:
    shown = [
        rng.choice(_COMMANDS).format(rng.choice(_NAMES), rng.choice(_NAMES), rng.randint(1, 9000))
        for _ in range(rng.choice([1, 1, 1, 2, 3, 5]))
    ]
    before = rng.choice(["", "", "$ ", "> ", "sudo ", "RUN "])
    asked = rng.choice(["", "", "", "\nwhat does this do?", "\nthis hangs, why?", "\nin PowerShell please"])
    return "\n".join(before + line for line in shown) + asked


def _fragment(rng: random.Random) -> str:
    first, second, number = rng.choice(_NAMES), rng.choice(_NAMES), rng.randint(1, 99)
    shown = rng.sample(_FRAGMENTS, rng.choice([1, 1, 2, 3]))
    return "\n".join(
        line.replace("$A", first).replace("$B", second).replace("$N", str(number)) for line in shown
    ) + rng.choice(["", "", "", "\nexplain", "\n# why?", "\nadd types"])


_KINDS: tuple[Callable[[random.Random], str], ...] = (
    *(
        _columns,
        _table,
        _dump,
        _encoded,
        _letters,
        _constants,
        _listing,
        _history,
        _run,
        _log,
        _schema,
        _schema,
        _result,
        *(_settings, _settings, _commands, _fragment),
    ),
)

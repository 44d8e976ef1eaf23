"""The servers that are compared, each started the same way: pinned to one core, on the loopback, then asked once.

All forward to the same mock upstream. What is installed under `.tools/peers` is pinned with hashes (`make peers`);
nginx comes from Debian. A server that is not there is left out, and the table says so.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["HERE", "LOAD_CORE", "ROOT", "SERVERS", "SERVER_CORE", "TOOLS", "Running", "Server", "started"]

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
TOOLS: Final = ROOT / ".tools" / "peers"
SERVER_CORE: Final = "1"
LOAD_CORE: Final = "0"
_MOCK: Final = 9300
_ANALYZER, _ANONYMIZER = 9311, 9312
_KEY: Final = "sk-bench-0123456789abcdef0123456789abcdef"
_PATIENCE_S: Final = 120
_HELLO: Final = {"model": "mock", "messages": [{"role": "user", "content": "hello"}]}
_MOCK_URL: Final = f"http://127.0.0.1:{_MOCK}/v1"


@dataclass(frozen=True, slots=True)
class Server:
    """How one server is started.

    Attributes:
        name: as the table calls it.
        port: where it answers.
        command: program and arguments.
        files: name to text; written into its directory first.
        headers: what each request to it carries.
        environment: added to ours.
        helpers: servers that it needs; their cost is counted with its own.
        core: where it is pinned.
        probe: path and body that it must answer with 200 once it is up.
    """

    name: str
    port: int
    command: Sequence[str | Path]
    files: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    helpers: tuple[Server, ...] = ()
    core: str = SERVER_CORE
    probe: tuple[str, Mapping[str, Any]] = ("/v1/chat/completions", _HELLO)

    def available(self) -> bool:
        """Whether its program is installed."""
        return shutil.which(str(self.command[0])) is not None and all(helper.available() for helper in self.helpers)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    Attributes:
        server: what was started.
        pids: its own and its helpers' first processes.
        ready_s: seconds from start to the first answer.
    """

    server: Server
    pids: tuple[int, ...]
    ready_s: float

    @property
    def url(self) -> str:
        """Where load is sent."""
        return f"http://127.0.0.1:{self.server.port}/v1/chat/completions"


def _litellm(
    name: str, port: int, guardrail: Mapping[str, Any] | None = None, helpers: tuple[Server, ...] = ()
) -> Server:
    settings: dict[str, Any] = {
        "model_list": [
            {
                "model_name": "mock",
                "litellm_params": {"model": "openai/mock", "api_base": _MOCK_URL, "api_key": "sk-mock"},
            }
        ],
        "litellm_settings": {"telemetry": False, "request_timeout": 60, "num_retries": 0},
    }
    if guardrail:
        settings["guardrails"] = [
            {"guardrail_name": "g", "litellm_params": {"mode": "pre_call", "default_on": True, **guardrail}}
        ]
    return Server(
        name,
        port,
        (
            TOOLS / "litellm/bin/litellm",
            "--config",
            "config.json",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--num_workers",
            "1",
        ),
        files={"config.json": json.dumps(settings)},
        headers={"Authorization": f"Bearer {_KEY}"},
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MODE": "PRODUCTION",
            "LITELLM_LOG": "ERROR",
            "LITELLM_MASTER_KEY": _KEY,
        },
        helpers=helpers,
    )


def _presidio(application: str, port: int, path: str, body: Mapping[str, Any]) -> Server:
    gunicorn = (TOOLS / "presidio/bin/gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "--chdir", str(HERE))
    return Server(application, port, (*gunicorn, f"presidio_server:{application}()"), probe=(path, body))


_NGINX: Final = f"""
daemon off; worker_processes 1; pid nginx.pid; error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_body_buffer_size 1m;
  upstream mock {{ server 127.0.0.1:{_MOCK}; keepalive 256; }}
  server {{
    listen 127.0.0.1:9302;
    location / {{
      proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""
_OURS: Final = f"""
listen: 127.0.0.1:9301
admin: 127.0.0.1:9381
upstreams:
  - {{name: cloud, zone: cloud, base_url: "{_MOCK_URL}"}}
  - {{name: home, zone: local, base_url: "{_MOCK_URL}"}}
audit: {{directory: audit}}
limits: {{in_flight: 4096}}
"""
SERVERS: Final = {
    "mock": Server("mock", _MOCK, (TOOLS / "mock", str(_MOCK)), core=LOAD_CORE),
    "ours": Server(
        "privacy-gateway",
        9301,
        (sys.executable, "-m", "gateway.cli", "serve", "--config", "gateway.yaml"),
        files={"gateway.yaml": _OURS},
        environment={"PYTHONPATH": str(ROOT)},
    ),
    "nginx": Server("nginx", 9302, ("nginx", "-p", ".", "-c", "nginx.conf"), files={"nginx.conf": _NGINX}),
    "portkey": Server(
        "Portkey",
        9303,
        ("node", TOOLS / "node_modules/@portkey-ai/gateway/build/start-server.js", "--port=9303", "--headless"),
        headers={
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": _MOCK_URL,
            "Authorization": "Bearer sk-mock",
        },
        environment={"NODE_ENV": "production"},
    ),
    "litellm": _litellm("LiteLLM", 9304),
    "litellm+presidio": _litellm(
        "LiteLLM + Presidio",
        9305,
        {
            "guardrail": "presidio",
            "presidio_analyzer_api_base": f"http://127.0.0.1:{_ANALYZER}",
            "presidio_anonymizer_api_base": f"http://127.0.0.1:{_ANONYMIZER}",
        },
        helpers=(
            _presidio("analyzer", _ANALYZER, "/analyze", {"text": "mail a@b.com", "language": "en"}),
            _presidio("anonymizer", _ANONYMIZER, "/anonymize", {"text": "ab", "analyzer_results": []}),
        ),
    ),
}


@contextmanager
def started(server: Server, directory: Path) -> Iterator[Running]:
    """Run `server` and its helpers; end them again.

    Raises:
        RuntimeError: if it does not answer in time; the end of its log says why.
    """
    with ExitStack() as stack:
        helpers = [stack.enter_context(started(helper, directory)) for helper in server.helpers]
        home = directory / server.name.replace(" ", "")
        home.mkdir()
        for name, text in server.files.items():
            (home / name).write_text(text, encoding="utf-8")
        log = stack.enter_context((home / "log").open("wb"))
        began = time.monotonic()
        process = subprocess.Popen(
            ["taskset", "-c", server.core, *map(str, server.command)],
            cwd=home,
            env={**os.environ, "no_proxy": "127.0.0.1", **server.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(server, process, home / "log", began)
            pids = (process.pid, *(pid for helper in helpers for pid in helper.pids))
            yield Running(server, pids, time.monotonic() - began)
        finally:
            _end(process)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path, began: float) -> None:
    path, body = server.probe
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **server.headers},
    )
    while process.poll() is None and time.monotonic() - began < _PATIENCE_S:
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"{server.name} did not answer: {log.read_text(errors='replace')[-600:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue

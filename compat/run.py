"""Run real client libraries against the running gateway and print what works.

    make compat                     # all clients; makes their environments first
    python -m compat.run --only openai-python-chat --only vercel-chat
    python -m compat.run --readme   # writes the table into README.md

Each client is a process of its own that knows a base URL and nothing of the gateway. The gateway is a process of its
own too, with the policy and models that ship, between the clients and scripted upstreams of both API families. A cell
is `yes` only if the client got what it expects *and* the upstreams can confirm it: no cloud upstream ever saw the
address; a retry came twice; a timeout and a cancelled stream closed the upstream's connection, while the gateway
still ran.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
import yaml

from compat.upstream import ADDRESS, Upstream

__all__ = ["CLIENTS", "SCENARIOS", "Client", "suite"]

ROOT: Final = Path(__file__).parents[1]
HERE: Final = Path(__file__).parent
PYTHON: Final = ROOT / ".tools" / "compat" / "bin" / "python"
MODULES: Final = HERE / "node_modules"
SCENARIOS: Final = (
    "chat",
    "streaming",
    "tools",
    "structured",
    "vision",
    "errors",
    "retries",
    "timeouts",
    "cancellation",
)
_MODELS: Final = {"errors": "error", "retries": "retry", "timeouts": "timeout", "cancellation": "cancel"}
_AT_ONCE: Final = 2
_PATIENCE_S: Final = 120
_LEAVING_S: Final = 15


@dataclass(frozen=True, slots=True)
class Client:
    """One client library with one API.

    Attributes:
        name: in the table and, before the scenario, in the model's name.
        script: under `compat/clients`.
        api: which API it speaks.
        package: whose version is printed.
    """

    name: str
    script: str
    api: str
    package: str

    @property
    def node(self) -> bool:
        """Whether it runs on Node."""
        return self.script.endswith(".mjs")

    def available(self) -> bool:
        """Whether its environment has been made (`make compat`)."""
        return (MODULES.is_dir() and shutil.which("node") is not None) if self.node else PYTHON.exists()

    def version(self) -> str:
        """Return the package's version as it is pinned."""
        if self.node:
            return str(json.loads((HERE / "package.json").read_text())["dependencies"][self.package])
        pins = (line.split(" ")[0].split("==") for line in (HERE / "requirements.lock").read_text().splitlines())
        return next(pin[1] for pin in pins if len(pin) > 1 and pin[0] == self.package)


CLIENTS: Final = (
    Client("openai-python-chat", "openai_chat.py", "chat", "openai"),
    Client("openai-python-responses", "openai_responses.py", "Responses", "openai"),
    Client("openai-node-chat", "openai_chat.mjs", "chat", "openai"),
    Client("openai-node-responses", "openai_responses.mjs", "Responses", "openai"),
    Client("anthropic-python", "anthropic_messages.py", "Messages", "anthropic"),
    Client("anthropic-node", "anthropic_messages.mjs", "Messages", "@anthropic-ai/sdk"),
    Client("langchain", "langchain_chat.py", "chat", "langchain-openai"),
    Client("llamaindex", "llamaindex_chat.py", "chat", "llama-index-llms-openai-like"),
    Client("litellm", "litellm_chat.py", "chat", "litellm"),
    Client("vercel-chat", "vercel_ai.mjs", "chat", "ai"),
    Client("vercel-responses", "vercel_ai.mjs", "Responses", "ai"),
    Client("vercel-messages", "vercel_ai.mjs", "Messages", "ai"),
)


async def suite(clients: Sequence[Client], directory: Path) -> dict[str, dict[str, str]]:
    """Run `clients`; return for each its scenarios: empty text where all is well, else what went wrong."""
    cloud, home = Upstream(), Upstream()
    async with _serving(cloud) as cloud_url, _serving(home) as home_url:
        settings = directory / "gateway.yaml"
        families = ("openai", "anthropic")
        upstreams = [
            {"name": f"{zone}-{family}", "zone": zone, "base_url": f"{url}/v1", "dialects": [family]}
            for zone, url in (("cloud", cloud_url), ("local", home_url))
            for family in families
        ]
        addresses = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0"}
        settings.write_text(yaml.safe_dump({**addresses, "audit": {"directory": "audit"}, "upstreams": upstreams}))
        async with _gateway(settings) as base_url:
            turns = asyncio.Semaphore(_AT_ONCE)

            async def run(client: Client) -> tuple[str, dict[str, str]]:
                async with turns:
                    return client.name, await _client(client, base_url, cloud)

            return dict(await asyncio.gather(*map(run, clients)))


async def _client(client: Client, base_url: str, cloud: Upstream) -> dict[str, str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "COMPAT_ADDRESS": ADDRESS,
        "COMPAT_BASE_URL": base_url,
        "COMPAT_CLIENT": client.name,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LANGCHAIN_TRACING_V2": "false",
    }
    script = str(HERE / "clients" / client.script)
    process = await asyncio.create_subprocess_exec(
        *(["node", script] if client.node else [str(PYTHON), script]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        out, complaints = await asyncio.wait_for(process.communicate(), _PATIENCE_S)
    except TimeoutError:
        process.kill()
        out, complaints = await process.communicate()
    said = {line["scenario"]: line for line in _lines(out)}
    end = complaints.decode(errors="replace")[-600:]
    results = {name: _result(said.get(name), end) for name in SCENARIOS}
    for name in SCENARIOS:
        results[name] = results[name] or await _confirmed(f"{client.name}/{_MODELS.get(name, name)}", name, cloud)
    return results


def _lines(out: bytes) -> list[dict[str, object]]:
    lines = out.decode(errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"scenario"')]


def _result(said: dict[str, object] | None, end: str) -> str:
    if said is None:
        return f"the client ended before: {end}"
    return "" if said["ok"] else str(said.get("detail", "failed"))


async def _confirmed(model: str, scenario: str, cloud: Upstream) -> str:
    """Return what the upstreams have against it."""
    if any(ADDRESS.encode() in body and model.encode() in body for body in cloud.received):
        return "the cloud saw the address"
    if scenario == "retries" and cloud.tries[model] != 2:  # noqa: PLR2004 - refused once, then answered
        return f"the upstream was asked {cloud.tries[model]} times"
    if scenario in {"timeouts", "cancellation"}:
        try:
            async with asyncio.timeout(_LEAVING_S):
                while model not in cloud.left:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            return "the upstream's connection stayed open"
    return ""


@asynccontextmanager
async def _serving(upstream: Upstream) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(upstream.app, port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _gateway(settings: Path) -> AsyncIterator[str]:
    """Start `privacy-gateway serve`; yield its base URL for clients."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "serve", "--config", str(settings)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    try:
        said = ""
        while "serves http://" not in said:
            line = (await process.stderr.readline()).decode()
            if not line:
                raise RuntimeError(f"the gateway did not start: {said}")
            said += line
        log = asyncio.create_task(process.stderr.read())
        yield said.split("serves ")[1].split("/v1")[0] + "/v1"
        process.terminate()
        if ADDRESS.encode() in await log:
            raise RuntimeError("the gateway's log holds the address")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def table(results: dict[str, dict[str, str]]) -> str:
    """Return the results as a Markdown table."""
    rows = [["client", "API", *SCENARIOS], ["---"] * (len(SCENARIOS) + 2)]
    for client in CLIENTS:
        if client.name in results:
            cells = ["no" if results[client.name][name] else "yes" for name in SCENARIOS]
            runtime = "Node" if client.node else "Python"
            rows.append([f"{client.package} {client.version()} ({runtime})", client.api, *cells])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    """Run what is asked for; exit code 1 if a cell is not `yes`."""
    parser = argparse.ArgumentParser(description="Real client libraries against the running gateway.")
    names = [client.name for client in CLIENTS]
    parser.add_argument("--only", action="append", choices=names, help="one client; may be given more than once")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    asked = parser.parse_args()
    wanted = [client for client in CLIENTS if client.available() and client.name in (asked.only or names)]
    missing = [client.name for client in CLIENTS if not client.available()]
    if missing:
        sys.stderr.write(f"skipped, run `make compat` with Node and a package index: {', '.join(missing)}\n")
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-compat-") as directory:
        results = asyncio.run(suite(wanted, Path(directory)))
    print(table(results))
    wrong = [f"{client} {name}: {what}" for client, row in results.items() for name, what in row.items() if what]
    print("\n".join(wrong))
    if asked.readme:
        readme = ROOT / "README.md"
        before, _, rest = readme.read_text().partition("<!-- compat -->\n")
        _, _, after = rest.partition("<!-- /compat -->")
        readme.write_text(f"{before}<!-- compat -->\n{table(results)}\n<!-- /compat -->{after}")
    return 1 if wrong or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())

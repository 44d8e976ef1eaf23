"""Settings: precedence, secrets, and every problem at once with file, line and mend."""

import os
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from gateway.core.agents import AgentProtocol
from gateway.core.errors import ConfigurationError
from gateway.core.model import Sensitivity, Zone
from gateway.settings import Address, load

GOOD = """\
listen: 127.0.0.1:9000
upstreams:
  - name: onprem
    zone: local
    base_url: http://vllm.models:8000/v1/
    models: {"gpt-*": llama, "*": small}
  - name: openai
    zone: cloud
    base_url: https://api.cloud.example/v1
    api_key: {env: CLOUD_KEY}
audit: {directory: records}
"""


def written(directory: Path, text: str) -> Path:
    file = directory / "gateway.yaml"
    file.write_text(text)
    return file


def problems(directory: Path, text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(written(directory, text), environment or {})
    return str(caught.value)


def test_a_good_file(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, GOOD), {"CLOUD_KEY": "k-1"})
    onprem, openai = loaded.upstreams
    assert loaded.settings.listen == Address("127.0.0.1", 9000)
    assert (onprem.zone, onprem.clearance, onprem.base_url) == (
        Zone.LOCAL,
        Sensitivity.HIGH,
        "http://vllm.models:8000/v1",
    )
    assert onprem.models == (("gpt-*", "llama"), ("*", "small"))
    assert (openai.clearance, openai.api_key) == (Sensitivity.LOW, "k-1")
    assert loaded.resolve(loaded.settings.audit.directory) == tmp_path / "records"
    assert "k-1" not in repr(loaded)


def test_flag_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    environment = {
        "CLOUD_KEY": "k",
        "PRIVACY_GATEWAY_LISTEN": "0.0.0.0:1",
        "PRIVACY_GATEWAY_ADMIN": "0.0.0.0:2",
        "PRIVACY_GATEWAY_AUDIT__DIRECTORY": "/var/audit",
        "PRIVACY_GATEWAY_UPSTREAMS__0__BASE_URL": "http://other:8000/v1",
    }
    loaded = load(file, environment, {"listen": "0.0.0.0:3"})
    assert str(loaded.settings.listen) == "0.0.0.0:3"
    assert str(loaded.settings.admin) == "0.0.0.0:2"
    assert loaded.settings.audit.directory == Path("/var/audit")
    assert loaded.upstreams[0].base_url == "http://other:8000/v1"
    assert loaded.settings.limits.in_flight == 512


def test_an_ipv6_address_is_taken_from_flags_and_environment_as_it_is_written_everywhere(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, ""), {"PRIVACY_GATEWAY_ADMIN": "[::1]:8081"}, {"listen": "[::]:8080"})
    assert (str(loaded.settings.listen), str(loaded.settings.admin)) == ("[::]:8080", "[::1]:8081")


def test_a_path_on_the_command_line_is_not_read_as_yaml(tmp_path: Path) -> None:
    for name in ("rules: draft.yaml", "rules #2.yaml", "[rules].yaml"):
        (tmp_path / name).touch()
        loaded = load(None, {}, {"policies": str(tmp_path / name)})
        assert loaded.settings.policies == tmp_path / name


def test_every_problem_at_once_each_with_line_and_mend(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        "lisen: 127.0.0.1:1\nadmin: nowhere\nupstreams:\n  - name: a\n    zone: clowd\n    base_url: ftp://x\n"
        "    api_key: sk-literal-secret\n",
    )
    for place in (":1:", ":2:", ":5:", ":6:", ":7:"):
        assert place in told, told
    assert "listen" in told
    assert "cloud" in told
    assert "{env: NAME}" in told
    assert "literal-secret" not in told


@pytest.mark.parametrize(
    "text",
    [
        "upstreams: [{name: a, zone: cloud, base_url: 'https://ada:examp@le@h.example/v1'}]",
        "mcp: {servers: [{name: a, zone: cloud, url: 'https://ada:example@h.example/mcp'}]}",
        "a2a: {agents: [{name: a, zone: cloud, url: 'https://h.example/', card: 'https://ada@h.example/card'}]}",
    ],
)
def test_an_address_could_hold_a_literal_credential(tmp_path: Path, text: str) -> None:
    told = problems(tmp_path, text)
    assert "holds a credential" in told
    assert "`api_key` or `headers`" in told
    assert "examp" not in told
    assert "ada" not in told


def test_a_server_of_agents_may_have_a_bearer_token_and_a_key_in_a_header_beside_it(tmp_path: Path) -> None:
    server = "{name: crm, url: 'http://h/mcp', zone: secure, api_key: {env: A}, headers: {X-Api-Key: {env: B}}}"
    text = f"upstreams: [{{name: a, zone: local, base_url: 'http://h/v1'}}]\nmcp: {{servers: [{server}]}}"
    (upstream,) = [one.upstream for one in load(written(tmp_path, text), {"A": "t0ken", "B": "k3y"}).agents.values()]
    assert (upstream.api_key, upstream.headers) == ("t0ken", {"X-Api-Key": "k3y"})


def test_an_upstream_may_have_headers_of_its_own_but_not_those_that_the_gateway_writes(tmp_path: Path) -> None:
    text = "upstreams: [{name: a, zone: cloud, base_url: 'https://h/v1/@home', headers: {Authorization: {env: BASIC}}}]"
    (upstream,) = load(written(tmp_path, text), {"BASIC": "Basic YTpi"}).upstreams
    assert upstream.headers == {"Authorization": "Basic YTpi"}
    assert "YTpi" not in repr(upstream)
    for more in ("headers: {Host: {env: BASIC}}", "headers: {X-Api-Key: {env: BASIC}}, api_key: {env: BASIC}"):
        told = problems(tmp_path, text.partition(", headers")[0] + f", {more}}}]", {"BASIC": "b"})
        assert "a header that the gateway writes itself" in told


def test_what_is_no_file_is_told_where_a_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    told = problems(
        tmp_path,
        "policies: pipe\nclassifiers: pipe\nshadow: {policies: nowhere}\nidentity: {api_keys: {file: directory}}\n"
        "tls: {certificate: directory, key: pipe}\nlists: [{file: directory, key: {env: K}}]\n",
        {"K": "k" * 32},
    )
    assert told.count("pipe is neither a file nor a directory") == 3
    assert told.count("directory is a directory") == 3
    assert "nowhere does not exist" in told


def test_a_wrong_environment_variable_is_named(tmp_path: Path) -> None:
    told = problems(tmp_path, "", {"PRIVACY_GATEWAY_LIMITS__IN_FLIGHT": "many", "PRIVACY_GATEWAY_LISTN": "x:1"})
    assert "PRIVACY_GATEWAY_LIMITS__IN_FLIGHT" in told
    assert "PRIVACY_GATEWAY_LISTN" in told


def test_kubernetes_own_variables_are_no_settings(tmp_path: Path) -> None:
    names = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP", "PORT_8080_TCP_ADDR")
    load(written(tmp_path, ""), {f"PRIVACY_GATEWAY_{name}": "tcp://10.0.0.1:8080" for name in names})


def test_an_address_without_its_scheme_is_mended_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, "upstreams: [{name: a, zone: local, base_url: '127.0.0.1:8000/v1'}]\n"), {})
    assert "begin it with http://" in caught.value.problems[0].mend


def test_a_missing_secret_and_a_missing_directory_are_told_together(tmp_path: Path) -> None:
    told = problems(tmp_path, GOOD + "policies: nowhere/\nkey: {file: nokey}\n")
    assert "CLOUD_KEY" in told
    assert "nowhere" in told
    assert "nokey cannot be read (No such file or directory)" in told
    (tmp_path / "nokey").write_bytes(b"\xff")
    assert "nokey is not UTF-8" in problems(tmp_path, "key: {file: nokey}\n")


def test_who_only_judges_needs_no_credential_of_an_upstream_a_store_or_an_agent_and_gets_none(tmp_path: Path) -> None:
    text = (
        GOOD
        + "budgets: {redis_url: {env: REDIS}}\nvault: {store: redis, url: {env: REDIS}}\nkey: {file: nokey}\n"
        + "mcp: {servers: [{name: crm, url: 'http://h/mcp', zone: cloud, headers: {X-Key: {env: AGENT_KEY}}}]}\n"
    )
    file = written(tmp_path, text)
    loaded = load(file, {"CLOUD_KEY": "k-1", "REDIS": "redis://h"}, to="judge")
    assert [upstream.api_key for upstream in loaded.upstreams] == [None, None]
    assert (loaded.redis_url, loaded.vault_url) == (None, None)
    assert loaded.key != load(file, {}, to="judge").key  # nobody could guess it
    assert "CLOUD_KEY" in problems(tmp_path, text)


def test_who_only_judges_needs_what_detection_needs(tmp_path: Path) -> None:
    (tmp_path / "customers.pgx").write_bytes(b"")
    file = written(tmp_path, "lists: [{file: customers.pgx, key: {env: LIST_KEY}}]\n")
    with pytest.raises(ConfigurationError, match="LIST_KEY is not set"):
        load(file, {}, to="judge")
    assert load(file, {}, to="read").list_keys == (b"",)


def test_a_missing_secret_of_the_environment_is_blamed_on_its_variable(tmp_path: Path) -> None:
    told = problems(tmp_path, "", {"PRIVACY_GATEWAY_KEY": "{env: NOWHERE}", "PRIVACY_GATEWAY_POLICIES": "nowhere/"})
    assert "environment variable PRIVACY_GATEWAY_KEY: the environment variable NOWHERE is not set" in told
    assert "environment variable PRIVACY_GATEWAY_POLICIES: " in told


def test_a_key_that_could_be_guessed_is_refused_at_start_and_not_shown(tmp_path: Path) -> None:
    told = problems(tmp_path, "key: {env: SHORT}\n", {"SHORT": "fifteen-bytes-q"})
    assert "gateway.yaml:1: " in told
    assert "openssl rand" in told
    assert "fifteen" not in told
    assert load(written(tmp_path, "key: {env: LONG}\n"), {"LONG": "sixteen-bytes-qq"}).key == b"sixteen-bytes-qq"


def test_the_mend_of_a_missing_key_can_be_followed(tmp_path: Path) -> None:
    kept = "vault: {store: sqlite}\n"
    told = problems(tmp_path, kept)
    (mend,) = re.findall(r"add (key: \{env: \w+\})", told)
    (variable,) = re.findall(r"env: (\w+)", mend)
    assert load(written(tmp_path, f"{kept}{mend}\n"), {variable: "sixteen-bytes-qq"}).key == b"sixteen-bytes-qq"


def test_secrets_from_files_lose_their_final_line_break_and_keys_stay_the_same(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("a-shared-key-of-some-length\n")
    loaded = load(written(tmp_path, "key: {file: k}\n"), {})
    assert loaded.key == b"a-shared-key-of-some-length"
    assert not loaded.key_is_ephemeral
    assert load(None, {}).key != load(None, {}).key
    assert "a-shared-key" not in repr(loaded)


def test_two_upstreams_may_not_share_a_name(tmp_path: Path) -> None:
    one = "{name: a, zone: local, base_url: 'http://a/v1'}"
    assert "two upstreams have the name a" in problems(tmp_path, f"upstreams: [{one}, {one}]\n")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(Path("/nowhere/gateway.yaml"), {})


@pytest.mark.parametrize("text", ["a: [", "upstreams: 7\n", "- a\n", "listen: {}\n", "\x00"])
def test_what_is_no_settings_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "gateway.yaml" in problems(tmp_path, text)


ISSUER = "{issuer: 'https://login.acme.example', audience: gateway}"


def test_who_may_ask(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text("keys:\n")
    loaded = load(
        written(
            tmp_path, f"identity:\n  api_keys: {{file: keys.yaml}}\n  oidc: [{ISSUER}]\n  admin: {{auditors: [dpo]}}\n"
        ),
        {},
    )
    identity = loaded.settings.identity
    assert identity is not None
    assert identity.oidc[0].algorithms == ["RS256"]
    assert identity.admin.auditors == ["dpo"]


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        ("{}", "accepts nobody"),
        (f"{{oidc: [{ISSUER}, {ISSUER}]}}", "same issuer"),
        (
            f"{{oidc: [{ISSUER}, {{issuer: 'https://b.example', audience: g}}]}}",
            "same principal_prefix",
        ),
        ("{oidc: [{issuer: 'http://login.acme.example', audience: g}]}", "https"),
        ("{oidc: [{issuer: 'https://user:word@a.example', audience: g}]}", "https"),
        ("{oidc: [{issuer: 'https://a.example', audience: g, jwks_url: 'ftp://a.example'}]}", "https"),
        ("{oidc: [{issuer: 'https://a.example', audience: g, algorithms: [HS256]}]}", "RS256"),
        ("{oidc: [{issuer: 'https://a.example', audience: g, algorithms: [none]}]}", "RS256"),
        ("{oidc: [{issuer: 'https://a.example', audience: g, algorithms: []}]}", "algorithms"),
        ("{oidc: [{issuer: 'https://a.example'}]}", "audience"),
        ("{api_keys: {file: nowhere.yaml}}", "does not exist"),
        (
            "{mtls: {ca: nowhere.pem, spiffe_trust_domain: a, peers: [{id: 'spiffe://a/b', principal: p}]}}",
            "needs TLS|need TLS",
        ),
        ("{mtls: {ca: ca, spiffe_trust_domain: a, peers: [{id: 'spiffe://b/c', principal: p}]}}", "trust domain"),
        ("{mtls: {ca: ca, spiffe_trust_domain: a, peers: []}}", "peers"),
        ("{apikeys: {file: f}}", "api_keys"),
    ],
)
def test_a_wrong_identity_is_told(tmp_path: Path, identity: str, told: str) -> None:
    assert re.search(told, problems(tmp_path, f"identity: {identity}\n"))


def test_names_of_vendors_regions_and_purposes_must_be_known(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        "upstreams:\n"
        "  - {name: a, zone: cloud, base_url: 'https://a.example/v1', vendor: bigco, region: us}\n"
        "  - {name: b, zone: secure, base_url: 'https://b.example/v1'}\n"
        "  - {name: c, zone: local, base_url: 'http://c:8000/v1'}\n"
        "purposes:\n"
        "  care:\n"
        "    description: d\n"
        "    legal_basis: l\n"
        "    allows: {vendors: [nobody], regions: [eu]}\n"
        "identity:\n"
        "  oidc: [{issuer: 'https://a.example', audience: g, purposes: [research]}]\n",
    )
    for word in ("bigco", "the upstream `b` names no vendor", "nobody", "`eu`", "research"):
        assert word in told, told
    assert "the upstream `c`" not in told


def test_a_policy_of_a_tenant_must_not_go_round_a_signed_bundle(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("")
    told = problems(tmp_path, "bundle: {file: b.json, require_signed: false}\ntenants: {acme: {policies: p.yaml}}\n")
    assert "go round its signature" in told


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"claims": {"tenant": "tid"}}, "any of all tenants"),
        ({"claims": {"groups": "groups"}}, "any of all groups"),
        ({"claims": {"tenant": "tid", "groups": "groups"}, "tenants": ["b"]}, "any of all groups"),
        ({"claims": {"tenant": "tid", "groups": "groups"}, "tenants": ["b"], "groups": ["b-staff"]}, ""),
    ],
)
def test_no_issuer_can_speak_for_the_tenants_or_groups_of_another(second: dict[str, Any], told: str) -> None:
    one = {"issuer": "https://one.example", "audience": "gateway", "principal_prefix": "one:"}
    two = {"issuer": "https://two.example", "audience": "gateway", "principal_prefix": "two:", **second}
    flags = {"identity": {"oidc": [one, two]}}
    if not told:
        assert load(None, {}, flags).settings.identity is not None
        return
    with pytest.raises(ConfigurationError, match=told):
        load(None, {}, flags)


def test_servers_of_agents_are_read_with_their_tools_and_secrets(tmp_path: Path) -> None:
    text = """
    upstreams: [{name: home, zone: local, base_url: "http://h/v1"}]
    mcp:
      servers:
        - {name: crm, url: "http://h/mcp", zone: secure, api_key: {env: TOKEN}, headers: {X-Key: {env: TOKEN}},
           tools: {allow: ["get_*"], deny: [get_secret], clearance: {get_public: low}}, results: {CREDENTIAL: block}}
    a2a: {agents: [{name: crm, url: "http://h:9/rpc", zone: cloud}]}
    """
    loaded = load(written(tmp_path, dedent(text)), {"TOKEN": "t0ken"})
    server = loaded.agents[AgentProtocol.MCP, "crm"]
    agent = loaded.agents[AgentProtocol.A2A, "crm"]
    assert (server.upstream.name, server.upstream.clearance) == ("mcp.crm", Sensitivity.MODERATE)
    assert (server.upstream.api_key, server.upstream.headers) == ("t0ken", {"X-Key": "t0ken"})
    assert "t0ken" not in repr(server)
    assert server.upstream_for("get_public").clearance is Sensitivity.LOW
    assert server.results == {"CREDENTIAL": "block"}
    assert (agent.endpoint, agent.card) == ("/a2a/crm", "http://h:9/.well-known/agent-card.json")


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("{name: crm, url: 'http://h/mcp', zone: cloud, tools: {clearance: {a: high}}}", "a tool is cleared for more"),
        ("{name: crm, url: 'http://h/mcp?x=1', zone: cloud}", "mcp.servers[0].url"),
        ("{name: ../crm, url: 'http://h/mcp', zone: cloud}", "mcp.servers[0].name"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, api_key: literal}", "is a literal secret"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, headers: {Cookie: {env: A}}}", "writes itself"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, tools: {alow: [a]}}", "did you mean `allow`"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, results: {CREDENTIAL: hide}}", "results.CREDENTIAL"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, vendor: nobody}", "there is no vendor `nobody`"),
        ("{name: crm, url: 'http://h/mcp', zone: cloud, headers: {X-Key: {env: MISSING}}}", "MISSING is not set"),
    ],
)
def test_a_wrong_server_of_agents_is_told_with_its_line(tmp_path: Path, server: str, told: str) -> None:
    whole = problems(tmp_path, f"mcp:\n  servers:\n    - {server}\n")
    assert told in whole
    assert ":3:" in whole

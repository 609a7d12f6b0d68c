"""The configurations of clients that run outside of the cluster.

certbot reads its file here as it would on a person's machine, and lego is asked which options it
knows. Caddy itself serves with its file in tests/cluster/examples. Traefik could not be built from
its module, so its file is held to the names of what it reads (v3.4,
`pkg/provider/acme/provider.go` and `pkg/config/static`).
"""

import re
from pathlib import Path

import pytest
import yaml
from certbot._internal.cli import prepare_and_parse_args
from certbot._internal.plugins.disco import PluginsRegistry

from tests.end_to_end.harness import programs
from tests.unit.examples.documents import FOLDER

CLIENTS = FOLDER / "clients"
DIRECTORY = "https://acme.example.com/acme/pki/web/directory"
KEY_ID = "team-a.default"
TRUST = "/etc/certwright/acme-ca.pem"

_LEGO = (CLIENTS / "lego.sh").read_text("utf-8")
_CADDYFILE = (CLIENTS / "Caddyfile").read_text("utf-8")
_TRAEFIK = yaml.safe_load((CLIENTS / "traefik" / "traefik.yaml").read_text("utf-8"))


def test_certbot_reads_its_file(tmp_path: Path) -> None:
    folders = [f"--{name}-dir={tmp_path}" for name in ("config", "work", "logs")]
    arguments = ["certonly", f"--config={CLIENTS / 'cli.ini'}", *folders, "-d", "www.example.com"]
    read = prepare_and_parse_args(PluginsRegistry.find_all(), arguments)
    assert (read.server, read.eab_kid) == (DIRECTORY, KEY_ID)
    assert read.noninteractive_mode
    assert read.tos
    assert read.register_unsafely_without_email
    assert not read.eab_hmac_key


def test_legos_options_are_those_that_lego_has(tmp_path: Path) -> None:
    lego = programs.on_path("lego")
    environment = programs.bare_environment(tmp_path)
    told = [
        programs.run((lego, *verb, "--help"), environment, tmp_path).succeeded().output
        for verb in ((), ("renew",), ("run",))
    ]
    known = set(re.findall(r"--[a-z.-]+", "".join(told)))
    script = "\n".join(line for line in _LEGO.splitlines() if not line.startswith("#"))
    assert set(re.findall(r"(?<=\s)--[a-z.-]+", script)) <= known


@pytest.mark.parametrize(
    ("there", "command", "unwanted"),
    [
        pytest.param((), ["--eab", "run"], ["renew"], id="the first time it registers"),
        pytest.param(
            ("shop.team-a.apps.example.com.crt",), ["renew"], ["--eab", "run"], id="then it renews"
        ),
    ],
)
def test_legos_script_obtains_once_and_renews_then(
    there: tuple[str, ...], command: list[str], unwanted: list[str], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("c2VjcmV0")
    certificates = tmp_path / "lego" / "certificates"
    certificates.mkdir(parents=True)
    for name in there:
        (certificates / name).touch()
    said = tmp_path / "bin" / "lego"
    said.parent.mkdir()
    said.write_text('#!/bin/sh\nprintf "%s\\n" "$LEGO_CA_CERTIFICATES" "$@"\n')
    said.chmod(0o755)
    script = tmp_path / "lego.sh"
    here = _LEGO.replace("/var/lib/lego", str(tmp_path / "lego"))
    script.write_text(here.replace("/etc/certwright/secret", str(tmp_path / "secret")))
    environment = programs.bare_environment(tmp_path)
    environment["PATH"] = f"{said.parent}:{environment['PATH']}"
    trust, *arguments = (
        programs.run(("sh", str(script)), environment, tmp_path).succeeded().output.splitlines()
    )
    assert trust == TRUST
    assert DIRECTORY in arguments
    assert set(command) <= set(arguments)
    assert not set(unwanted) & set(arguments)
    assert ("c2VjcmV0" in arguments) == ("--eab" in arguments)


def test_caddys_options_are_of_the_names_that_caddy_reads() -> None:
    assert re.search(rf"^\tacme_ca {re.escape(DIRECTORY)}$", _CADDYFILE, re.MULTILINE)
    assert re.search(rf"^\tacme_ca_root {re.escape(TRUST)}$", _CADDYFILE, re.MULTILINE)
    binding = re.search(r"^\tacme_eab \{\n(.*?)\n\t\}$", _CADDYFILE, re.DOTALL | re.MULTILINE)
    assert binding is not None
    words = [line.split() for line in binding[1].splitlines() if not line.strip().startswith("#")]
    # `{env.NAME}` would stay as it stands in Caddy 2.11.1 and older, which replace no placeholders
    # in a binding.
    assert words == [["key_id", KEY_ID], ["mac_key", "{$CERTWRIGHT_EAB_SECRET}"]]
    assert _CADDYFILE.count("{") == _CADDYFILE.count("}")


def test_traefiks_options_are_of_the_names_that_traefik_reads() -> None:
    """Traefik refuses to start over a name that it doesn't know."""
    assert _TRAEFIK.keys() == {"entryPoints", "certificatesResolvers"}
    acme = _TRAEFIK["certificatesResolvers"]["certwright"]["acme"]
    expected = {
        "email": "ops@example.com",
        "caServer": DIRECTORY,
        "caCertificates": [TRUST],
        "storage": "/data/acme.json",
        "certificatesDuration": 1128,
        "eab": {"kid": KEY_ID, "hmacEncoded": "SECRET"},
        "httpChallenge": {"entryPoint": "web"},
    }
    assert acme == expected


def test_traefik_answers_where_it_is_asked_and_serves_what_it_gets() -> None:
    points = _TRAEFIK["entryPoints"]
    resolvers = _TRAEFIK["certificatesResolvers"]
    for resolver in resolvers.values():
        assert points[resolver["acme"]["httpChallenge"]["entryPoint"]]["address"] == ":80"
    assert points["websecure"]["http"]["tls"]["certResolver"] in resolvers


def test_no_client_disables_verification() -> None:
    words = re.compile(r"insecure|skip.?verify|no.?verify", re.IGNORECASE)
    for file in CLIENTS.rglob("*.*"):
        assert not words.search(file.read_text("utf-8")), file

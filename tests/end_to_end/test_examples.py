"""The examples do what they say: served and linted."""

import shutil
from pathlib import Path

import yaml

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import chains, programs
from tests.end_to_end.harness.clients.certbot import Certbot

EXAMPLES = Path(__file__).parents[2] / "examples"
NAME = "www.team-a.example.test"


def test_the_quickstart_and_the_settings_beside_it_give_certbot_a_certificate(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch({})
    solvers = server.place.solvers
    shutil.copytree(EXAMPLES / "quickstart", server.place.documents, dirs_exist_ok=True)
    settings = yaml.safe_load((EXAMPLES / "settings.yaml").read_text())
    # The example's ports may be taken here.
    settings["listen"] = settings["listen"].replace("8443", str(server.place.port))
    [route] = settings["validation"]["routes"]
    route["target"] = route["target"].replace("5002", str(solvers.http_01))
    server.place.settings.write_text(yaml.safe_dump(settings))
    server.start()
    binding = server.binding(secret="team-a-eab")
    certbot = Certbot(tmp_path / "certbot", server.directory(), solvers, binding)
    certbot.http_01(NAME).succeeded()
    chains.verify(certbot.full_chain, server.roots(), NAME)


def test_lint_finds_nothing_in_the_quickstart(tmp_path: Path) -> None:
    command = (programs.beside_python("certwright"), "lint", str(EXAMPLES / "quickstart"))
    linted = programs.run(command, programs.own_environment(tmp_path), tmp_path).succeeded()
    assert "warning" not in linted.text.lower()

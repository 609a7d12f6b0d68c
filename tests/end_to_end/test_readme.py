"""The README's tour works as it is typed."""

import shutil
from pathlib import Path

from tests.end_to_end.harness import ports, programs

PROJECT = Path(__file__).parents[2]
HEADING = "## A tour in ten lines"


def tour() -> list[str]:
    """Return the commands of the tour, without the one that makes the environment."""
    section = (PROJECT / "README.md").read_text().partition(HEADING)[2]
    first, *commands = section.split("```sh\n")[1].split("```")[0].splitlines()
    assert first.startswith("make setup")
    return commands


def test_the_tour_leads_to_a_verified_certificate(tmp_path: Path) -> None:
    script = "\n".join(["set -eux", *tour()])
    shutil.copytree(PROJECT / "examples", tmp_path / "examples")
    settings = tmp_path / "examples" / "settings.yaml"
    text = settings.read_text()
    # The tour's ports may be taken here.
    for port in ("8443", "5002"):
        assert port in text
        free = str(ports.free())
        text, script = text.replace(port, free), script.replace(port, free)
    settings.write_text(text)
    environment = programs.bare_environment(tmp_path)
    environment["PATH"] = (
        f"{Path(programs.beside_python('certwright')).parent}:{environment['PATH']}"
    )
    ended = programs.run(("bash", "-c", script), environment, tmp_path).succeeded()
    assert "cert.pem: OK" in ended.text
    assert "shop.team-a.example.test" in ended.output

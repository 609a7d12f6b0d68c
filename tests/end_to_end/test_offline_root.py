"""The guide to an offline root, followed by a person: its commands are run as they stand."""

import re
import subprocess
from pathlib import Path

import yaml

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import documents, programs
from tests.end_to_end.harness.server import Server
from tests.end_to_end.test_editing import eventually, ready

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "offline-root.md").read_text()
EXAMPLE = yaml.safe_load((ROOT / "examples" / "offline-root" / "authority.yaml").read_text())

MAKE_A_ROOT = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout root.key \
  -out root.crt -days 7300 -subj /O=Example/CN=Example\\ Root \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
"""


def reason(server: Server) -> str:
    """Return why the authority is ready, or is not; empty while its file is being written."""
    return str(ready(server, "pki", "CertificateAuthority", "issuing").get("reason", ""))


def run(script: str, folder: Path) -> None:
    shell = ["bash", "-ec", script]
    subprocess.run(shell, cwd=folder, check=True, capture_output=True)


async def test_the_commands_of_the_guide_sign_the_request_and_the_answer_is_accepted(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch()
    documents.write(server.place.documents, {"authorities.yaml": [EXAMPLE]})
    server.start()
    assert reason(server) == "CertificateAwaited"
    (commands,) = re.findall(r"```sh\n(.*?)```", GUIDE, flags=re.DOTALL)
    certwright = programs.beside_python("certwright")
    script = commands.replace("DATA", str(server.data)).replace(
        "certwright status", f"{certwright} status"
    )
    run(MAKE_A_ROOT, tmp_path)
    run(script, tmp_path)
    answered = {"certificate": (tmp_path / "answer.pem").read_text()}
    signed = EXAMPLE | {"spec": EXAMPLE["spec"] | {"intermediate": answered}}
    documents.write(server.place.documents, {"authorities.yaml": [signed]})
    await eventually(lambda: reason(server) == "Issued", "Issued")
    published = server.data / "trust" / "authorities" / "pki" / "issuing.pem"
    assert published.read_text() == (tmp_path / "root.crt").read_text()

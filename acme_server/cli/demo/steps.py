"""The steps of the demo, in the order in which they happen."""

import json
import shlex
from collections import defaultdict
from importlib.resources import files
from typing import Final

from acme_server.cli.demo import certificate, programs
from acme_server.cli.demo.programs import SERVE, Server, Tell
from acme_server.cli.demo.scene import CERTIFICATE, PROFILE, ROOTS, SECRET, StepFailed
from acme_server.cli.demo.show import Step
from acme_server.cli.demo.stage import Stage
from acme_server.system import SystemClock
from certwright.resources.folder import load_folder


def write_documents(stage: Stage, tell: Tell) -> str:
    """Write the documents that the package brings along, and the server's settings."""
    scene = stage.scene
    scene.documents.mkdir()
    for source in files(__package__).joinpath("documents").iterdir():
        (scene.documents / source.name).write_bytes(source.read_bytes())
    scene.write_settings()
    by_file = defaultdict(list)
    for (kind, key), place in load_folder(scene.documents).places.items():
        by_file[place.file].append(
            f"{kind} {f'{key.namespace}/' if key.namespace else ''}{key.name}"
        )
    for file, objects in by_file.items():
        tell(f"{file:<20} {', '.join(objects)}")
    return f"{len(by_file)} files in documents/"


def start_server(stage: Stage, tell: Tell) -> str:
    """Start the server, and wait until it is ready."""
    tell(f"$ {shlex.join(SERVE)}")
    stage.server = Server(stage.scene)
    ready = json.loads(stage.server.wait_until_ready(tell))
    stage.directory = ready["directories"][PROFILE]
    return f"it serves the ACME directory {stage.directory}"


def read_credential(stage: Stage, tell: Tell) -> str:
    """Look for the Secret that the server wrote for the tenant."""
    kid = (stage.scene.secret / "kid").read_text(encoding="ascii")
    tell(f"{SECRET}/kid      {kid}: it may stand in Git")
    tell(f"{SECRET}/secret   32 random bytes, for the tenant alone")
    return "with these two a client may bind its account: external account binding (EAB)"


def get_certificate(stage: Stage, tell: Tell) -> str:
    """Have certbot get a certificate, and show what it asks the server meanwhile."""
    for line in programs.shown_certbot(stage.scene, stage.directory):
        tell(f"$ {line}" if line.startswith("REQUESTS") else f"    {line}")
    programs.run_certbot(stage.certbot, stage.scene, stage.directory, lambda: stage.tell_news(tell))
    return f"certbot has its certificate: {CERTIFICATE}/fullchain.pem"


def verify(stage: Stage, tell: Tell) -> str:
    """Verify the chain, by Certwright's own code and by OpenSSL's."""
    tell(certificate.verify(stage.scene, SystemClock().now()))
    said = programs.run_openssl(stage.scene)
    if said is None:
        return f"verified up to the root in {ROOTS}; openssl is not here to be asked"
    return f"verified up to the root in {ROOTS}; openssl verify -x509_strict: {said}"


def stop_server(stage: Stage, tell: Tell) -> str:  # noqa: ARG001 - it has nothing more to say
    """Stop the server."""
    status = stage.close()
    if status != 0:
        raise StepFailed(f"the server ended with exit status {status}")
    return "it finished what was in flight, and ended"


STEPS: Final = (
    Step("Write what a platform team and a tenant keep in Git", write_documents),
    Step("Start the server: it makes keys and certificates, and draws the secret", start_server),
    Step("Read the tenant's credential, as its client would be given it", read_credential),
    Step("Get a certificate with certbot, which has to prove the name", get_certificate),
    Step("Verify the chain", verify),
    Step("Stop the server", stop_server),
)
"""From nothing to a certificate."""

"""What to do next: commands that go on with a demo's folder, as they can be typed."""

import shlex
from collections.abc import Iterator

from acme_server.cli.demo.programs import SERVE, shown_certbot
from acme_server.cli.demo.scene import DATA, DOCUMENTS, PROFILE, Scene

_OTHER = "shop.team-a.example.test"


def commands(scene: Scene, directory: str) -> Iterator[str]:
    """Yield commands and what they are for."""
    yield f"cd {shlex.quote(str(scene.folder))}"
    yield "# serve the same documents again, and edit them while it runs"
    yield f"{shlex.join(SERVE)} 2>>server.log &"
    yield "# how does everything stand, and what was issued?"
    yield f"certwright status --data {DATA}"
    yield f"certwright certificates --data {DATA}"
    yield "# who may have what?"
    yield f"certwright can-i team-a {_OTHER} --profile {PROFILE} --documents {DOCUMENTS}"
    yield "# the certificate anew"
    first, *rest = shown_certbot(scene, directory)
    yield first.replace(" certonly ", " certonly --force-renewal ", 1)
    yield from (f"    {line}" for line in rest)
    yield "# stop the server"
    yield "kill %1"

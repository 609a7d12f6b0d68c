"""Images of one program that needs nothing beside it."""

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

from tests.cluster.harness.building import ProgramsMissing, Tell
from tests.cluster.harness.programs import NodePrograms
from tests.cluster.node.harness.images import archives, kept, names
from tests.cluster.node.harness.images.archives import Image

_NOBODY = 65534
_CERT_MANAGER_USER = 1000
"""The user of cert-manager's own images, which its pods are made for."""


def pause(programs: NodePrograms, tell: Tell) -> Path:
    """Return the image that holds a pod's namespaces."""
    return _kept("pause", _image(names.PAUSE, programs.pause, _NOBODY), tell)


def coredns(programs: NodePrograms, tell: Tell) -> Path:
    """Return the image of CoreDNS."""
    return _kept("coredns", _image(names.COREDNS, programs.coredns, _NOBODY), tell)


def cert_manager(programs: NodePrograms, tell: Tell) -> Path:
    """Return the image of cert-manager's controllers."""
    image = _image(names.CERT_MANAGER, programs.cert_manager, _CERT_MANAGER_USER)
    return _kept("cert-manager-controller", image, tell)


def acme_solver(programs: NodePrograms, tell: Tell) -> Path:
    """Return the image of the pod that answers an HTTP-01 challenge for cert-manager."""
    image = _image(names.ACME_SOLVER, programs.acme_solver, _CERT_MANAGER_USER)
    return _kept("cert-manager-acmesolver", image, tell)


def busybox(tell: Tell) -> Path:
    """Return an image with a shell and small tools, for pods that look at others.

    Raises:
        ProgramsMissing: busybox is not here.
    """
    program = shutil.which("busybox")
    if program is None:
        raise ProgramsMissing(
            "the node tests need a static busybox (Debian: apt-get install busybox-static)"
        )
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    applets = {f"/bin/{applet}": "busybox" for applet in listed.stdout.split()}
    del applets["/bin/busybox"]
    image = Image(
        names.BUSYBOX, {"/bin/busybox": Path(program)}, ("/bin/sh",), _NOBODY, links=applets
    )
    return _kept("busybox", image, tell)


def _image(name: str, program: Path, user: int) -> Image:
    inside = f"/bin/{program.name}"
    return Image(name, {inside: program}, (inside,), user)


def _kept(name: str, image: Image, tell: Tell) -> Path:
    described = json.dumps(asdict(image) | {"files": sorted(image.files)}, sort_keys=True).encode()
    writer = Path(archives.__file__).read_bytes()
    contents = (file.read_bytes() for _, file in sorted(image.files.items()))
    key = kept.key((writer, described, *contents))
    return kept.kept(name, key, lambda path: _write(path, image), tell)


def _write(path: Path, image: Image) -> None:
    path.write_bytes(archives.archive(image))

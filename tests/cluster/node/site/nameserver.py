"""A name server of a real make (BIND) on the node, whose zone cert-manager writes to (RFC 2136)."""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.processes import Process
from tests.cluster.node.harness.machine import Machine
from tests.cluster.node.harness.namespaces import ADDRESS

PORT = 5300
KEY_NAME = "cert-manager"

_CONFIGURATION = """\
options {{
    directory "{folder}";
    pid-file "{folder}/named.pid";
    session-keyfile "{folder}/session.key";
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    allow-transfer {{ none; }};
}};
controls {{ }};
key "{key_name}" {{ algorithm hmac-sha256; secret "{key}"; }};
zone "{zone}" {{
    type primary;
    file "{folder}/zone";
    update-policy {{ grant {key_name} subdomain {zone}. TXT; }};
}};
"""

_ZONE = """\
$TTL 1
@ IN SOA ns hostmaster 1 60 60 600 1
@ IN NS ns
ns IN A {address}
"""


@dataclass(frozen=True, slots=True)
class Nameserver:
    """The name server of one zone; where pods reach it is `address`.

    Args:
        zone: the domain that it answers for.
        key: what updates are signed with (TSIG, HMAC-SHA256), in base64.
    """

    zone: str
    key: str
    process: Process

    @classmethod
    def prepared(cls, machine: Machine, folder: Path, zone: str) -> "Nameserver":
        """Return one that isn't started yet; `folder` is empty and its own."""
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        configuration = folder / "named.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder, port=PORT, address=ADDRESS, key_name=KEY_NAME, key=key, zone=zone
            )
        )
        (folder / "zone").write_text(_ZONE.format(address=ADDRESS))
        program = (*machine.namespaces.network, "named", "-f", "-c", str(configuration))
        return cls(zone, key, Process(program, folder / "named.log"))

    @property
    def address(self) -> str:
        """Its IP address and port, as pods reach it."""
        return f"{ADDRESS}:{PORT}"

    def start(self, folder: Path) -> None:
        """Start it and return when it serves."""
        self.process.start((folder / "named.pid").exists)

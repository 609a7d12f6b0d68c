"""Fetching by HTTPS inside the cluster, as a program does that trusts some roots and no other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from certwright.pki import chains
from tests.cluster.node.site.kubectl import Kubectl
from tests.end_to_end.harness.programs import Finished

_PYTHON: Final = "/opt/easyhaproxy/bin/python"

_GET: Final = """
import http.client, json, socket, ssl, sys

host, address, path, trust = sys.argv[1:]
context = ssl.create_default_context(cadata=trust)
connection = http.client.HTTPSConnection(host, context=context, timeout=10)
opened = socket.create_connection((address, 443), 10)
connection.sock = context.wrap_socket(opened, server_hostname=host)
served = ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(True))
connection.request("GET", path)
response = connection.getresponse()
print(json.dumps([served, response.status, response.read().decode()]))
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server has answered.

    Args:
        certificate: The one that it was served with; it was verified.
        status: The HTTP status.
        body: The text.
    """

    certificate: x509.Certificate
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetches by HTTPS, in the ingress controller's pod.

    Args:
        kubectl: The administrator's.
        host: Whom the certificate has to be for.
        address: Where to connect to, on port 443.
        path: What to fetch.
    """

    kubectl: Kubectl
    host: str
    address: str
    path: str = "/"

    def answer(self, trusted: Sequence[x509.Certificate]) -> Answer:
        """Return the answer; raise `AssertionError` if there is none that can be trusted."""
        served, status, body = json.loads(self._run(trusted).succeeded().output)
        return Answer(chains.certificate_from_pem(served), status, body)

    def succeeds(self, trusted: Sequence[x509.Certificate]) -> bool:
        """Tell whether there is an answer, with a certificate that those roots vouch for."""
        return self._run(trusted).code == 0

    def _run(self, trusted: Sequence[x509.Certificate]) -> Finished:
        command = (_PYTHON, "-c", _GET, self.host, self.address, self.path)
        where = ("exec", "--namespace=ingress", "deployment/ingress", "--")
        return self.kubectl(*where, *command, chains.to_pem_chain(trusted))

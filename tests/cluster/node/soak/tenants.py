"""Many Certificates of some tenants: what has become of them, of their orders, and in the store."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.cluster.harness.resources import Document
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER
from tests.cluster.node.soak.metering import SOLVER
from tests.cluster.node.soak.sizes import EACH, ENOUGH

ORDERS: Final = "orders.acme.cert-manager.io"
CHALLENGES: Final = "challenges.acme.cert-manager.io"

_STORED: Final = ("acmeaccounts", "acmeorders", "acmeauthorizations", "issuedcertificates")
_PAUSE: Final = 3


@dataclass(frozen=True, slots=True)
class Tenants:
    """The Certificates of several namespaces."""

    kubectl: Kubectl
    namespaces: tuple[str, ...]

    def certificates(self) -> list[Document]:
        """Return all Certificates."""
        return self._all("certificate")

    def requests(self) -> Counter[str]:
        """Return how many CertificateRequests each Certificate has, by `NAMESPACE/NAME`."""
        return Counter(
            f"{each['metadata']['namespace']}/"
            f"{each['metadata']['annotations']['cert-manager.io/certificate-name']}"
            for each in self._all("certificaterequest")
        )

    def failures(self) -> list[str]:
        """Return the reasons of all orders and requests that failed."""
        return [
            told for each in self.namespaces for told in Certificates(self.kubectl, each).failures()
        ]

    def unready(self) -> list[str]:
        """Return what isn't Ready, as `NAMESPACE/NAME`.

        Raises:
            AssertionError: an issuance has failed, which cert-manager tries again in an hour only.
        """
        found = self.certificates()
        if any(each["status"].get("failedIssuanceAttempts") for each in found if "status" in each):
            raise AssertionError(f"issuances have failed: {self.failures()}")
        return [_called(each) for each in found if not _is_ready(each)]

    def ready(self) -> None:
        """Return once every Certificate is Ready; raise `AssertionError` if one can't be."""
        self._until(self.unready, "not Ready", ENOUGH + EACH * len(self.certificates()))

    def nothing_is_stuck(self) -> None:
        """Return once nothing is under way any more; raise `AssertionError` with what stays."""
        self._until(self._under_way, "still there", ENOUGH)

    def stored(self) -> Counter[str]:
        """Return how many documents of each kind the server has stored."""
        return Counter({each: len(self.kubectl.names(each, SERVER)) for each in _STORED})

    def clear(self) -> None:
        """Delete all Certificates and their Secrets, and return once nothing is under way."""
        for namespace in self.namespaces:
            where = f"--namespace={namespace}"
            if names := self.kubectl.names("certificate", namespace):
                self.kubectl("delete", "certificate", *names, where).succeeded()
                secrets = ("secret", *names, "--ignore-not-found")
                self.kubectl("delete", *secrets, where).succeeded()
        self.nothing_is_stuck()

    def _under_way(self) -> list[str]:
        requests = self._all("certificaterequest")
        return [
            *(f"request {_called(each)}" for each in requests if not _is_ready(each)),
            *(f"challenge {_called(each)}" for each in self._all(CHALLENGES)),
            *(
                f"order {_called(each)}"
                for each in self._all(ORDERS)
                if each.get("status", {}).get("state") != "valid"
            ),
            *(f"pod {_called(each)}" for each in self._all("pod", f"{SOLVER}=true")),
        ]

    def _all(self, kind: str, selector: str = "") -> list[Document]:
        return [
            each
            for namespace in self.namespaces
            for each in self.kubectl.list(kind, namespace, selector)
        ]

    def _until(self, left: Callable[[], list[str]], what: str, enough: float) -> None:
        given_up = time.monotonic() + enough
        while found := left():
            assert time.monotonic() < given_up, f"{what} after {enough:g} s: {found}"
            time.sleep(_PAUSE)


def _called(found: Document) -> str:
    return f"{found['metadata']['namespace']}/{found['metadata']['name']}"


def _is_ready(found: Document) -> bool:
    conditions = found.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

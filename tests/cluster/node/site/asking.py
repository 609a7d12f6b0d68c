"""Several Certificates that are asked for at once."""

from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, certificate
from tests.cluster.node.site.site import Site


def order(site: Site, prefix: str, count: int, issuer: str = documents.ISSUER) -> list[str]:
    """Ask for some Certificates at once; return what they are called."""
    names = [f"{prefix}-{number}" for number in range(count)]
    site.node.apply(
        *(certificate(ALPHA, name, [f"{name}.{ALPHA}.{DIRECT}"], issuer) for name in names)
    )
    return names


def unready(certificates: Certificates, names: list[str]) -> set[str]:
    """Return which of some Certificates aren't Ready yet."""
    return set(names) - certificates.ready_now()


def issued_at_first_try(certificates: Certificates, names: list[str]) -> None:
    """Return once all are Ready; raise `AssertionError` if one failed or was asked for twice."""
    certificates.ready(*names)
    failed = [each for each in certificates.failures() if any(name in each for name in names)]
    assert failed == []
    assert [len(certificates.requests(name)) for name in names] == [1] * len(names)

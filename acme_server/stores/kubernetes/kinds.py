"""What each kind of document is called on Kubernetes, and what `kubectl get` shows of it."""

from dataclasses import dataclass

from acme_server.domain.documents.document import Kind

GROUP = "acme.certwright.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`; one of priority 1 shows with `-o wide` only."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """How the API names a kind of document: its kind, its collection, and what is shown of it."""

    kind: str
    plural: str
    description: str
    columns: tuple[Column, ...]

    @property
    def singular(self) -> str:
        """The name for one object of it."""
        return self.kind.lower()


_PHASE = Column("Phase", ".phase")
_NAMES = Column("Names", ".names")
_REASON = Column("Reason", ".reason")
_ACCOUNT = Column("Account", ".document.account", priority=1)
_PROFILE = Column("Profile", ".document.profile")
_AGE = Column("Age", ".metadata.creationTimestamp", "date")

RESOURCES: dict[Kind, Resource] = {
    Kind.ACCOUNT: Resource(
        "ACMEAccount",
        "acmeaccounts",
        "An ACME account of one profile (RFC 8555 section 7.1.2).",
        (_PHASE, _PROFILE, Column("Credential", ".names"), _AGE),
    ),
    Kind.ACCOUNT_KEY: Resource(
        "ACMEAccountKey",
        "acmeaccountkeys",
        "The account that a key points to, under a hash of profile and key.",
        (Column("Account", ".document.account"), _AGE),
    ),
    Kind.ENROLLMENT: Resource(
        "ACMEEnrollment",
        "acmeenrollments",
        "The accounts bound under one grant from one namespace.",
        (_AGE,),
    ),
    Kind.AUTHORIZATION: Resource(
        "ACMEAuthorization",
        "acmeauthorizations",
        "The current authorization of an account for an identifier (RFC 8555 section 7.1.4).",
        (_PHASE, _NAMES, _REASON, Column("Expires", ".document.expires"), _AGE, _ACCOUNT),
    ),
    Kind.ORDER: Resource(
        "ACMEOrder",
        "acmeorders",
        "An order (RFC 8555 section 7.1.3); the certificate it led to is under its serial.",
        (
            _PHASE,
            _NAMES,
            _REASON,
            _PROFILE,
            _AGE,
            Column("Serial", ".document.serial", priority=1),
            _ACCOUNT,
        ),
    ),
    Kind.CERTIFICATE: Resource(
        "IssuedCertificate",
        "issuedcertificates",
        "A certificate that was issued, under its serial number.",
        (
            _PHASE,
            _NAMES,
            _REASON,
            _PROFILE,
            Column("Expires", ".document.notAfter"),
            _AGE,
            Column("Order", ".document.order", priority=1),
            _ACCOUNT,
        ),
    ),
    Kind.ISSUER_CHAIN: Resource(
        "IssuerChain",
        "issuerchains",
        "The chain that is served behind the certificates of one issuer.",
        (_AGE,),
    ),
}
"""Every kind of document by its name on Kubernetes."""


def path(namespace: str, kind: Kind) -> str:
    """Return the path of a kind's collection in a namespace."""
    return f"/apis/{API_VERSION}/namespaces/{namespace}/{RESOURCES[kind].plural}"

"""CertificateAuthority: a key, its certificate, and who may issue from it."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from certwright.resources.durations import Duration
from certwright.resources.keys import KEY_SIZES, KeyAlgorithm, KeySize
from certwright.resources.metadata import Resource, SecretName
from certwright.resources.model import Items, Model, OneOf
from certwright.resources.names import (
    HTTPURL,
    ConstraintDomain,
    ConstraintMailbox,
    DNSName,
    Network,
)
from certwright.resources.references import AllowedNamespaces, LocalReference
from certwright.resources.status import AuthorityStatus
from certwright.resources.subject import CommonName, Subject


class Root(Model):
    """A root: the authority signs its own certificate."""


class Intermediate(Model):
    """An authority whose certificate another one signs.

    With neither member the authority is signed offline and waits: its status shows the CSR, and the
    answer to it goes into `certificate`.
    """

    authority_ref: LocalReference | None = None
    """CertificateAuthority that signs, here or in a namespace that allows it."""
    certificate: (
        Annotated[str, StringConstraints(max_length=32768, pattern="-----BEGIN CERTIFICATE-----")]
        | None
    ) = None
    """PEM that answers the CSR in status: the authority's certificate, then its chain."""


class SecretReference(Model):
    """Names a Secret in the namespace of the object that refers to it."""

    name: SecretName
    """Name of the Secret."""


class Imported(Model):
    """An authority whose key and certificate were made elsewhere and stay in a Secret."""

    secret_ref: SecretReference
    """Secret of this namespace: `tls.crt`, the certificate and its chain up to the root; `tls.key`.

    It may name another Secret later, with a renewed certificate for the same key.
    """


class KeyGeneration(StrEnum):
    """Whether a private key may be generated."""

    IF_ABSENT = "IfAbsent"
    NEVER = "Never"


class PrivateKey(Model):
    """The authority's private key."""

    algorithm: OneOf[KeyAlgorithm] = KeyAlgorithm.ECDSA
    """Algorithm of the key."""
    size: KeySize | None = None
    """RSA: 2048 (default), 3072 or 4096. ECDSA: 256 (default), 384 or 521. Ed25519: none."""
    generate: OneOf[KeyGeneration] = KeyGeneration.IF_ABSENT
    """IfAbsent: generated when none has ever existed. Never: a person brings the key."""

    @property
    def effective_size(self) -> int | None:
        """The size, or the algorithm's default; None where the algorithm has one size only."""
        return self.size or next(iter(KEY_SIZES[self.algorithm]), None)


class ConstrainedNames(Model):
    """Subtrees of names (RFC 5280, section 4.2.1.10), in cert-manager's words."""

    dns_domains: Items[DNSName] = Field(default=(), min_length=1, max_length=64)
    """Domains; each means itself and all names below it."""
    ip_ranges: Items[Network] = Field(default=(), min_length=1, max_length=64)
    """Networks of addresses, as CIDR."""
    email_addresses: Items[ConstraintMailbox] = Field(default=(), min_length=1, max_length=64)
    """Mailboxes, hosts, or with a leading dot all hosts below."""
    uri_domains: Items[ConstraintDomain] = Field(default=(), min_length=1, max_length=64)
    """Hosts of URIs, or with a leading dot all hosts below."""


class NameConstraints(Model):
    """Names that certificates below this authority may have; critical in the certificate."""

    permitted: ConstrainedNames | None = None
    """Names of a listed type must be within one of its subtrees; types not listed are free."""
    excluded: ConstrainedNames | None = None
    """Names that are never allowed; they win over permitted ones."""


class AuthorityState(StrEnum):
    """What an authority does."""

    ACTIVE = "Active"
    RETIRED = "Retired"
    DISABLED = "Disabled"


class Crl(Model):
    """Where the authority's certificate revocation list is published."""

    url: HTTPURL
    """URL that issued certificates name as their CRL distribution point."""


class DeletionPolicy(StrEnum):
    """What happens to the key when the object is deleted."""

    RETAIN = "Retain"
    DELETE = "Delete"


class AuthoritySpec(Model):
    """Wanted state of a CertificateAuthority.

    Exactly one of `root`, `intermediate` and `imported` is given.
    """

    root: Root | None = None
    """The authority signs itself; written as `root: {}`."""
    intermediate: Intermediate | None = None
    """The authority is signed by another one, or offline with `intermediate: {}`."""
    imported: Imported | None = None
    """The authority's key and certificate were made elsewhere; its certificate says the rest."""
    common_name: CommonName | None = None
    """Common name of the authority's subject; given unless it is imported."""
    subject: Subject = Subject()
    """Other attributes of the authority's subject."""
    private_key: PrivateKey = PrivateKey()
    """The authority's key; algorithm and size never change, and a key is never generated twice."""
    duration: Duration = timedelta(hours=43800)
    """Validity of the authority's certificate: 1h to 876000h."""
    renew_before: Duration | None = None
    """How long before its end the certificate is renewed; unset, a fifth of its validity."""
    max_path_length: Annotated[int, Field(ge=0, le=16)] | None = None
    """How many authorities may stand below this one in a chain; unset, any number."""
    name_constraints: NameConstraints | None = None
    """Names that certificates below this authority may have; unset, all."""
    state: OneOf[AuthorityState] = AuthorityState.ACTIVE
    """Active: issues. Retired: no new certificates, but CRL and revocation. Disabled: nothing."""
    crl: Crl | None = None
    """Where the CRL is published; in certificates only when given."""
    allowed_namespaces: AllowedNamespaces = AllowedNamespaces()
    """Namespaces whose objects may refer to this authority, beside its own."""
    deletion_policy: OneOf[DeletionPolicy] = DeletionPolicy.RETAIN
    """Whether the key is kept when this object is deleted."""

    @property
    def effective_renew_before(self) -> timedelta:
        """How long before its end the certificate is renewed."""
        return self.duration / 5 if self.renew_before is None else self.renew_before


class CertificateAuthority(Resource):
    """A certificate authority: a key, its certificate, and who may issue from it."""

    api_version: Literal["certwright.dev/v1alpha1"] = "certwright.dev/v1alpha1"
    """Version of the schema of this object."""
    kind: Literal["CertificateAuthority"] = "CertificateAuthority"
    """Kind of this object."""
    spec: AuthoritySpec
    """Wanted state."""
    status: AuthorityStatus = AuthorityStatus()
    """Observed state."""

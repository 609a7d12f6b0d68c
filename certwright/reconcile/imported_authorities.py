"""Authorities that are imported: key, certificate and chain are a Secret's, and stay there.

Nothing of them is written but trust and status. A person renews the certificate, in that Secret or
in another one, for the same key.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from certwright.pki import chains, imports, keys
from certwright.pki.authorities import Issuer
from certwright.pki.chains import earliest_expiry
from certwright.pki.imports import ImportRefused
from certwright.pki.keys import InvalidKey, PrivateKey
from certwright.reconcile import manual_renewals
from certwright.reconcile.certification import Path
from certwright.reconcile.establishment import Claim, Establishment, without_work
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing, ImportedSecret
from certwright.reconcile.verdicts import NotReady, Reason
from certwright.resources.authority import AuthorityState, Imported
from certwright.resources.collection import Resources
from certwright.resources.metadata import ObjectKey
from certwright.resources.times import format_time

CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
_CERTIFICATE_ALLOWED: Final = (
    "it must hold in PEM the authority's certificate, then its issuers in order, the self-signed "
    "root last"
)
_KEY_ALLOWED: Final = (
    "it must hold in PEM, not encrypted, the private key of the first certificate in tls.crt"
)


def imported_secrets(resources: Resources) -> Set[ObjectKey]:
    """Return the Secrets that planning wants to see, as `Existing.imported`."""
    return {
        secret_of(key, authority.spec.imported)
        for key, authority in resources.authorities.items()
        if authority.spec.imported is not None
    }


def secret_of(authority: ObjectKey, imported: Imported) -> ObjectKey:
    """Return the Secret that an authority is imported from."""
    return ObjectKey(authority.namespace, imported.secret_ref.name)


def establish_imported(
    claim: Claim, imported: Imported, existing: Existing, now: datetime
) -> Establishment:
    """Return how an imported authority stands.

    While its key alone is missing, what is below it goes on, as it does below a root whose key went
    offline.
    """
    name = secret_of(claim.signer.key, imported)
    found = Establishment(claim, without_work(claim.spec), identifier=claim.identifier)
    active = claim.spec.state is AuthorityState.ACTIVE
    try:
        source = _Source(claim, name, _secret(name, existing))
        found = replace(found, path=source.path())
        if active:
            source.check_dates(found.path, now)
    except NotReady as unusable:
        return replace(found, verdict=unusable.verdict, uncertified=True) if active else found
    return _able_to_sign(found, source, now) if active else found


def _able_to_sign(found: Establishment, source: "_Source", now: datetime) -> Establishment:
    path = found.path
    try:
        issuer = Issuer(path[0], source.key(path), path[1:])
    except NotReady as unusable:
        return replace(found, verdict=unusable.verdict)
    todo = f"put a renewed certificate for the same key, with its chain, into {source.certificate}"
    return replace(
        found,
        verdict=manual_renewals.verdict(found.claim.spec, path, now, todo),
        issuer=issuer,
        identifier=source.identifier(path),
        events=tuple(source.events(path)),
    )


def _secret(name: ObjectKey, existing: Existing) -> ImportedSecret:
    found = existing.imported.get(name)
    if found is None:
        raise NotReady(Reason.SECRET_NOT_FOUND, f"there is no Secret {name} to import it from")
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """A Secret that is there, and whose it is to be."""

    claim: Claim
    name: ObjectKey
    secret: ImportedSecret

    @property
    def certificate(self) -> str:
        """What to call the certificates in a message."""
        return f"{CERTIFICATE} of Secret {self.name}"

    def path(self) -> Path:
        """Return certificate and chain, whatever the time.

        Raises:
            NotReady: There are none, they don't hold together, or they are another authority's.
        """
        if self.secret.certificate is None:
            raise self._refused(CERTIFICATE, "it is missing", _CERTIFICATE_ALLOWED)
        try:
            path = imports.imported_path(self.secret.certificate)
        except ImportRefused as refused:
            raise self._refused(CERTIFICATE, str(refused), _CERTIFICATE_ALLOWED) from None
        self._check_identity(path)
        self._check_revocation(path)
        return path

    def check_dates(self, path: Path, now: datetime) -> None:
        """Refuse certificates that aren't valid now."""
        findings = tuple(chains.date_findings(path, now))
        if not findings:
            return
        told = f"{self.certificate} is not valid now: {'; '.join(findings)}"
        if now <= earliest_expiry(path):
            raise NotReady(Reason.IMPORT_REFUSED, told)
        raise NotReady(
            Reason.CERTIFICATE_EXPIRED,
            f"{told}; put a renewed one for the same key there, with its chain",
            stalled=True,
        )

    def key(self, path: Path) -> PrivateKey:
        """Return the private key of the first certificate.

        Raises:
            NotReady: There is none, it can't be read, or it is another certificate's.
        """
        if self.secret.key is None:
            if self.claim.identifier is None:
                raise self._refused(KEY, "it is missing", _KEY_ALLOWED)
            raise NotReady(
                Reason.KEY_MISSING,
                f"{KEY} of Secret {self.name} is gone, so it signs nothing any more; put the same "
                "key back",
                stalled=True,
            )
        try:
            key = keys.private_key_from_pem(self.secret.key.encode())
        except InvalidKey as invalid:
            raise self._refused(KEY, str(invalid), _KEY_ALLOWED) from None
        if key.public_key() != path[0].public_key():
            raise self._refused(KEY, "it is another certificate's", _KEY_ALLOWED)
        return key

    def identifier(self, path: Path) -> str:
        """Return the key's subject key identifier in hexadecimal, computed as for our own keys."""
        public_key = keys.as_public_key(path[0].public_key())
        return keys.subject_key_identifier(public_key).hex()

    def events(self, path: Path) -> Iterator[Event]:
        """Tell that another certificate is in force than the status says."""
        if self.claim.certificate != chains.to_pem_chain(path[:1]):
            end = format_time(earliest_expiry(path))
            yield Event(f"{self.certificate} is in force, valid until {end}")

    def _check_identity(self, path: Path) -> None:
        before, found = self.claim.identifier, self.identifier(path)
        if before is not None and before != found:
            raise NotReady(
                Reason.KEY_MISMATCH,
                f"{self.certificate} is for another key than before, whose subject key identifier "
                f"was {before} and is {found}: put the former back, or write a new authority",
                stalled=True,
            )

    def _check_revocation(self, path: Path) -> None:
        if self.claim.spec.crl is None:
            return
        if findings := "; ".join(imports.revocation_findings(path[0])):
            raise self._refused(CERTIFICATE, findings, "leave spec.crl out")

    def _refused(self, member: str, found: str, allowed: str) -> NotReady:
        message = f"{member} of Secret {self.name} can't be used: {found}; {allowed}"
        return NotReady(Reason.IMPORT_REFUSED, message, stalled=True)

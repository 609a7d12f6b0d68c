"""A root that somebody has elsewhere: it is imported, or it signs requests offline."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certwright.pki import keys
from certwright.pki.authorities import AuthorityContents, self_signed_root
from certwright.pki.certificates import random_serial
from certwright.pki.chains import to_pem_chain
from certwright.pki.subjects import Subject

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Root:
    """A root with its key."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def made(cls, name: str) -> "Root":
        """Make a root, valid for a year."""
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        contents = AuthorityContents(Subject(common_name=name), now - _DAY, now + 365 * _DAY)
        return cls(key, self_signed_root(key, contents, random_serial()))

    @property
    def secret(self) -> dict[str, str]:
        """What a Secret holds that it is imported from."""
        return {
            "tls.crt": to_pem_chain((self.certificate,)),
            "tls.key": keys.private_key_to_pem(self.key).decode(),
        }

    def answer(self, request: str) -> str:
        """Sign an authority's request as it stands, and return the certificate with its chain."""
        asked = x509.load_pem_x509_csr(request.encode())
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=self.certificate.subject,
            subject_name=asked.subject,
            public_key=asked.public_key(),
            serial_number=random_serial(),
            not_valid_before=now - _DAY,
            not_valid_after=now + 300 * _DAY,
        )
        for extension in asked.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        signer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
        signed = builder.add_extension(signer, critical=False).sign(self.key, hashes.SHA256())
        return to_pem_chain((signed, self.certificate))

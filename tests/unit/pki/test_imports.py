"""Authorities that were made elsewhere: what is taken, and what is refused with which words."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, rsa

from certwright.pki import extensions, keys, usages
from certwright.pki.authorities import Issuer
from certwright.pki.imports import ImportRefused, imported_path, revocation_findings
from certwright.pki.usages import KeyUsage
from tests.unit.pki.material import NOW, P256, YEAR, authority, below, key, leaf, pem, root

ROOT = root()
MIDDLE = below(ROOT, owner="middle")
ISSUING = below(MIDDLE, owner="issuing", contents=authority("Issuing", years=3))
OTHER = root(owner="other")


def foreign(
    subject_key: rsa.RSAPrivateKey | dsa.DSAPrivateKey | None = None,
    *,
    ca: bool = True,
    path_length: int | None = None,
    usage: frozenset[KeyUsage] | None = usages.AUTHORITY_USAGES,
    issuer: Issuer | None = None,
    with_identifier: bool = True,
) -> x509.Certificate:
    """Return a certificate that this package would never make; a root without an issuer."""
    own = key(P256, "foreign")
    public_key = own.public_key() if subject_key is None else subject_key.public_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign")])
    builder = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name if issuer is None else issuer.certificate.subject,
        public_key=public_key,
        serial_number=7,
        not_valid_before=NOW - timedelta(hours=1),
        not_valid_after=NOW + YEAR,
    ).add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if usage is not None:
        builder = builder.add_extension(usages.key_usage_extension(usage), critical=True)
    if with_identifier:
        identifier = extensions.subject_key_identifier(own.public_key())
        builder = builder.add_extension(identifier, critical=False)
    signing = subject_key or own if issuer is None else issuer.key
    return builder.sign(signing, hashes.SHA256())


@pytest.mark.parametrize("path", [ROOT.path, MIDDLE.path, ISSUING.path])
def test_a_certificate_is_taken_with_its_issuers_up_to_the_root(
    path: Sequence[x509.Certificate],
) -> None:
    assert imported_path(pem(*path)) == path


def test_the_least_that_an_authority_made_elsewhere_may_have_is_taken() -> None:
    certificate = foreign(usage=frozenset({KeyUsage.CERT_SIGN}))
    assert imported_path(pem(certificate)) == (certificate,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "holds 0 certificates", id="nothing"),
        pytest.param("rubbish", "holds 0 certificates", id="no PEM"),
        pytest.param(pem(*ISSUING.path[:2]), "not a self-signed root", id="no root"),
        pytest.param(
            pem(ISSUING.certificate, ROOT.certificate),
            "'CN=Issuing,O=Acme' is not signed",
            id="gap",
        ),
        pytest.param(pem(*reversed(ISSUING.path)), "is not signed by", id="another order"),
        pytest.param(pem(*ISSUING.path, OTHER.certificate), "is not signed by", id="one too many"),
        pytest.param(pem(leaf(ISSUING), *ISSUING.path), "lacks CA:TRUE", id="a leaf"),
        pytest.param(pem(foreign(ca=False)), "lacks CA:TRUE", id="no CA flag"),
        pytest.param(pem(foreign(usage=None)), "lacks keyCertSign", id="no key usage"),
        pytest.param(
            pem(foreign(usage=frozenset({KeyUsage.CRL_SIGN}))), "lacks keyCertSign", id="lists only"
        ),
        pytest.param(
            pem(foreign(with_identifier=False)), "no subject key identifier", id="no identifier"
        ),
        pytest.param(
            pem(
                foreign(issuer=below(ROOT, contents=authority("Last", 0), owner="last")),
                *below(ROOT, contents=authority("Last", 0), owner="last").path,
            ),
            "allows 1 fewer authorities",
            id="a path length used up",
        ),
        pytest.param(
            pem(foreign(rsa.generate_private_key(65537, 1024))), "1024 bits", id="a weak key"
        ),
        pytest.param(
            keys.private_key_to_pem(ROOT.key).decode() + pem(ROOT.certificate),
            "block 1 of the PEM text is a PRIVATE KEY",
            id="the key with it",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused(text: str, told: str) -> None:
    with pytest.raises(ImportRefused, match=told) as caught:
        imported_path(text)
    body = keys.private_key_to_pem(ROOT.key).decode().splitlines()[1]
    assert body not in str(caught.value)


def test_a_key_of_an_unsupported_kind_is_refused() -> None:
    with pytest.raises(ImportRefused, match="algorithm is not supported"):
        imported_path(pem(foreign(dsa.generate_private_key(2048))))


def test_every_reason_is_told() -> None:
    with pytest.raises(ImportRefused) as caught:
        imported_path(pem(foreign(ca=False, usage=None), ROOT.certificate))
    assert len(caught.value.findings) == 3


def test_who_may_not_sign_lists_is_told_apart() -> None:
    assert not list(revocation_findings(ROOT.certificate))
    (finding,) = revocation_findings(foreign(usage=frozenset({KeyUsage.CERT_SIGN})))
    assert "lacks cRLSign" in finding

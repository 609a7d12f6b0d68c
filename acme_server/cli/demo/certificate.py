"""The certificate that came of it: verified, and summed up."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from acme_server.cli.demo.scene import NAME, Scene, StepFailed
from certwright.pki import chains, keys
from certwright.resources.times import format_time


def read_chain(scene: Scene) -> tuple[x509.Certificate, ...]:
    """Return the certificate and its chain, as certbot was given them."""
    text = (scene.issued / "fullchain.pem").read_text(encoding="ascii")
    return chains.certificates_from_pem(text)


def verify(scene: Scene, now: datetime) -> str:
    """Verify the certificate up to the published root, and return that way as a line.

    Raises:
        StepFailed: Something is wrong; all of it is told.
    """
    certificate, *chain = read_chain(scene)
    roots = chains.certificates_from_pem(scene.roots.read_text(encoding="ascii"))
    findings = list(chains.verify_chain(certificate, chain, roots, now))
    if NAME not in names(certificate):
        findings.append(f"the certificate is not for {NAME}")
    if findings:
        raise StepFailed("the certificate does not verify: " + "; ".join(findings))
    issuers = (each.subject.rfc4514_string() for each in (*chain, *roots))
    return " signed by ".join((NAME, *issuers))


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names that a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return tuple(str(name.value) for name in found.value)


def summary(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield what a person wants to know of the certificate, as label and text."""
    certificate = read_chain(scene)[0]
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    yield "names", ", ".join(names(certificate))
    yield "issuer", certificate.issuer.rfc4514_string()
    yield "serial", f"{certificate.serial_number:040x}"
    yield "valid", f"{format_time(begin)} until {format_time(end)}, {(end - begin).days} days"
    yield "key", str(keys.key_type_of(certificate.public_key()))

"""Verifiers and linters that nobody here wrote: OpenSSL, `cryptography` as a client, pkilint."""

import subprocess
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store
from pkilint import loader, validation  # type: ignore[import-untyped]
from pkilint.bin import lint_pkix_signer_signee_cert_chain as pairs  # type: ignore[import-untyped]
from pkilint.pkix import certificate, extension, name  # type: ignore[import-untyped]
from pkilint.validation import ValidationFindingSeverity as Severity  # type: ignore[import-untyped]

from tests.unit.pki.material import NOW, pem


def openssl_verify(
    folder: Path,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    at: datetime = NOW,
) -> str:
    """Return what `openssl verify -x509_strict` complains of; empty if the chain is good.

    Args:
        folder: For the files it reads.
        certificate: The one to verify.
        chain: Its issuers up to the root, which alone is trusted.
        at: The time of verification.
    """
    leaf, intermediates, root = (folder / f"{part}.pem" for part in ("leaf", "chain", "root"))
    leaf.write_text(pem(certificate))
    intermediates.write_text(pem(*chain[:-1]))
    root.write_text(pem(chain[-1]))
    untrusted = ["-untrusted", str(intermediates)] if chain[:-1] else []
    run = subprocess.run(
        [
            *("openssl", "verify", "-x509_strict", "-no-CApath", "-no-CAstore"),
            *("-attime", str(int(at.timestamp())), "-CAfile", str(root), *untrusted, str(leaf)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr


def verify_tls_server(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    dns_name: str,
    at: datetime = NOW,
) -> None:
    """Verify as a TLS client by `cryptography`; it raises VerificationError."""
    verifier = (
        PolicyBuilder()
        .store(Store([chain[-1]]))
        .time(at)
        .build_server_verifier(x509.DNSName(dns_name))
    )
    verifier.verify(certificate, list(chain[:-1]))


def lint(subject: x509.Certificate) -> list[str]:
    """Return pkilint's findings about RFC 5280, warnings and worse."""
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(
        subject.public_bytes(Encoding.DER)
    )
    return _findings(_certificate_validator().validate(document.root), Severity.WARNING)


def lint_pair(issuer: x509.Certificate, subject: x509.Certificate) -> list[str]:
    """Return pkilint's findings about an issuer and what it signed, notices and worse."""
    load = loader.RFC5280CertificateDocumentLoader().load_der_document
    documents: dict[str, Any] = {}
    for role, one in (("issuer", issuer), ("subject", subject)):
        documents[role] = load(one.public_bytes(Encoding.DER), role, None, documents)
    decoding = pairs.create_decoder_validation_container()
    roots = {role: document.root for role, document in documents.items()}
    results = [
        *decoding.validate(roots["issuer"]),
        *decoding.validate(roots["subject"]),
        *pairs.create_issuer_validation_container().validate(roots["issuer"]),
        *pairs.create_subject_validation_container().validate(roots["subject"]),
    ]
    return _findings(results, Severity.NOTICE)


@cache
def _certificate_validator() -> validation.ValidatorContainer:
    """Build what `lint_pkix_cert` runs."""
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


def _findings(results: Sequence[validation.ValidationResult], threshold: Severity) -> list[str]:
    return [
        str(description)
        for result in results
        for description in result.finding_descriptions
        if description.finding.severity <= threshold
    ]

"""Certificate chains as a relying party takes them: read, and verified by OpenSSL."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.end_to_end.harness import programs


def read(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a file, in their order."""
    return x509.load_pem_x509_certificates(path.read_bytes())


def names(certificate: x509.Certificate) -> set[str]:
    """Return all subject alternative names of a certificate, as text."""
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in extension.value}


def serial(path: Path) -> str:
    """Return the serial number of a file's first certificate, in 40 hex digits."""
    return f"{read(path)[0].serial_number:040x}"


def verify(path: Path, roots: Path, name: str) -> None:
    """Have OpenSSL verify a full chain for a host; raise `AssertionError` with its words."""
    leaf, *others = read(path)
    folder = path.parent / "verifying"
    folder.mkdir(exist_ok=True)
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in others)
    (folder / "chain.pem").write_bytes(pem)
    kind = "-verify_ip" if name.replace(".", "").isdigit() else "-verify_hostname"
    command = (
        *(programs.on_path("openssl"), "verify", "-x509_strict", "-purpose", "sslserver"),
        *(kind, name),
        *("-no-CAfile", "-no-CApath", "-no-CAstore"),
        *("-CAfile", str(roots), "-untrusted", str(folder / "chain.pem")),
        str(folder / "leaf.pem"),
    )
    programs.run(command, programs.bare_environment(folder), folder).succeeded()

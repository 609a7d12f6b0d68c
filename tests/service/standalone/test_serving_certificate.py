import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone.files import Files
from acme_server.standalone.serving_certificate import ServingCertificate
from certwright.pki import chains, keys
from certwright.pki.certificates import random_serial
from certwright.reconcile.effects import Effects

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTS = ("acme.example.com", "192.0.2.7")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def serving(files: Files) -> ServingCertificate:
    return ServingCertificate(files, Effects(keys.generate, bytes, random_serial))


def certificate(files: Files) -> x509.Certificate:
    text = (files.read("serving/tls.pem") or b"").decode()
    return chains.certificate_from_pem(text[text.index("-----BEGIN CERTIFICATE") :])


def names(files: Files) -> set[str]:
    found = certificate(files).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in found.value}


def trust(files: Files) -> x509.Certificate:
    return chains.certificate_from_pem((files.read("trust/serving-ca.pem") or b"").decode())


def test_a_certificate_for_all_hosts_is_made_and_its_root_published(files: Files) -> None:
    assert serving(files).ensure(HOSTS, NOW)
    assert names(files) == {*HOSTS, "localhost", "127.0.0.1", "::1"}
    root = trust(files)
    assert chains.verify_chain(certificate(files), (), [root], NOW) == ()
    where = serving(files).paths
    assert where.trust == files.root / "trust/serving-ca.pem"
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(where.certificate, where.key)


def test_a_good_certificate_stays(files: Files) -> None:
    serving(files).ensure(HOSTS, NOW)
    before = files.read("serving/tls.pem")
    assert not serving(files).ensure(HOSTS, NOW + timedelta(days=59))
    assert files.read("serving/tls.pem") == before


@pytest.mark.parametrize(
    ("hosts", "later"),
    [(HOSTS, timedelta(days=60)), ((*HOSTS, "web.acme.com"), timedelta())],
    ids=["renewal", "new host"],
)
def test_a_certificate_is_made_anew_when_it_ends_or_hosts_change(
    files: Files, hosts: tuple[str, ...], later: timedelta
) -> None:
    serving(files).ensure(HOSTS, NOW)
    root, before = trust(files), certificate(files)
    assert serving(files).ensure(hosts, NOW + later)
    assert certificate(files) != before
    assert trust(files) == root


@pytest.mark.parametrize("content", [b"", b"rubbish", None])
def test_a_serving_file_that_is_damaged_is_made_anew(files: Files, content: bytes | None) -> None:
    serving(files).ensure(HOSTS, NOW)
    if content is None:
        files.remove("serving/tls.pem")
    else:
        files.put("serving/tls.pem", content)
    assert serving(files).ensure(HOSTS, NOW)


def test_the_root_is_renewed_with_its_key(files: Files) -> None:
    serving(files).ensure(HOSTS, NOW)
    before = trust(files)
    later = before.not_valid_after_utc - timedelta(days=365)
    serving(files).ensure(HOSTS, later)
    assert trust(files).not_valid_after_utc > before.not_valid_after_utc
    assert trust(files).public_key() == before.public_key()
    assert chains.verify_chain(certificate(files), (), [before], later) == ()


def test_the_lost_key_of_the_root_is_not_made_again(files: Files) -> None:
    serving(files).ensure(HOSTS, NOW)
    files.remove("serving/ca.key")
    with pytest.raises(KeepingFailed, match=r"ca\.key: the private key is gone"):
        serving(files).ensure(HOSTS, NOW)


def test_a_crash_after_the_key_goes_on_with_that_key(files: Files) -> None:
    serving(files).ensure(HOSTS, NOW)
    before = files.read("serving/ca.key")
    for path in ("serving/ca.crt", "serving/tls.pem", "trust/serving-ca.pem"):
        files.remove(path)
    assert serving(files).ensure(HOSTS, NOW)
    assert files.read("serving/ca.key") == before


def test_a_file_that_cannot_be_used_is_named(files: Files) -> None:
    (files.root / "serving").write_text("")
    with pytest.raises(KeepingFailed, match="serving"):
        serving(files).ensure(HOSTS, NOW)

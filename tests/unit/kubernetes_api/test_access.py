import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api.access import Access, NotInCluster
from acme_server.kubernetes_api.connection import Connection
from acme_server.ports import StoreUnavailable
from acme_server.stores.kubernetes.store import KubernetesStore
from tests.unit.stores.fake_api import FakeAPI

POD = {"KUBERNETES_SERVICE_HOST": "203.0.113.1", "KUBERNETES_SERVICE_PORT": "443"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_text("")
    (tmp_path / "token").write_text("first\n")
    return tmp_path


@pytest.mark.parametrize(
    ("host", "server"),
    [("203.0.113.1", "https://203.0.113.1:443"), ("2001:db8::1", "https://[2001:db8::1]:443")],
)
def test_a_pod_comes_with_its_service_account(folder: Path, host: str, server: str) -> None:
    access = Access.in_cluster(POD | {"KUBERNETES_SERVICE_HOST": host}, folder)
    assert access == Access(server, folder / "ca.crt", folder / "token")


def test_what_is_no_pod_is_told_so(folder: Path) -> None:
    with pytest.raises(NotInCluster, match="KUBERNETES_SERVICE_HOST"):
        Access.in_cluster({}, folder)
    (folder / "token").unlink()
    with pytest.raises(NotInCluster, match=r"token is missing"):
        Access.in_cluster(POD, folder)


async def test_a_token_that_changes_is_read_again(
    folder: Path, access: Access, api: FakeAPI
) -> None:
    token = folder / "token"
    store = KubernetesStore.open(Access(access.server, token=token), "certwright-acme")
    await store.get(Kind.ORDER, "o1")
    # As the kubelet does it: what the name stands for is exchanged as a whole.
    (folder / "next").write_text("second")
    os.replace(folder / "next", token)
    await store.get(Kind.ORDER, "o1")
    token.unlink()
    with pytest.raises(StoreUnavailable, match="token"):
        await store.get(Kind.ORDER, "o1")
    await store.close()
    sent = [each.headers["Authorization"] for each in api.requests]
    assert sent == ["Bearer first", "Bearer second"]


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("api")]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "api.crt", folder / "api.key"
    files[0].write_bytes(built.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.parametrize(
    ("server_name", "trusted"),
    [
        pytest.param(None, True, id="the URL's host"),
        pytest.param("api", True, id="a name of its own"),
        pytest.param("other", False, id="another name"),
    ],
)
async def test_the_api_server_is_checked_and_may_ask_for_a_certificate(
    tmp_path: Path, api: FakeAPI, server_name: str | None, trusted: bool
) -> None:
    files = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files[0])
    tls.load_cert_chain(*files)
    tls.verify_mode = ssl.CERT_REQUIRED
    server = await api.start(tls)
    access = Access(str(server.make_url("/")), files[0], None, files, server_name)
    store = KubernetesStore.open(access, "certwright-acme")
    if trusted:
        assert await store.get(Kind.ORDER, "o1") is None
    else:
        with pytest.raises(StoreUnavailable, match="Hostname mismatch"):
            await store.get(Kind.ORDER, "o1")
    await store.close()
    await server.close()


async def test_a_server_that_nobody_vouches_for_gets_no_token(folder: Path, api: FakeAPI) -> None:
    files = certificate(folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*files)
    server = await api.start(tls)
    store = KubernetesStore.open(
        Access(str(server.make_url("/")), token=folder / "token"), "certwright-acme"
    )
    with pytest.raises(StoreUnavailable, match="self-signed certificate"):
        await store.get(Kind.ORDER, "o1")
    assert api.requests == []
    await store.close()
    await server.close()


async def test_an_authority_that_changes_is_read_again(tmp_path: Path, api: FakeAPI) -> None:
    server = await api.start(issued(tmp_path))
    connection = Connection.open(Access(str(server.make_url("/")), tmp_path / "ca.crt"))
    assert (await connection.request("GET", "/")).status == 404
    port = server.port
    await server.close()
    server = await api.start(issued(tmp_path), port)
    assert (await connection.request("GET", "/")).status == 404
    await connection.close()
    await server.close()


def issued(folder: Path) -> ssl.SSLContext:
    """Return what an API server shows from now on, and let the file `ca.crt` vouch for it."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate(folder))
    os.replace(folder / "api.crt", folder / "ca.crt")
    return tls


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("https://192.0.2.1:443", "192.0.2.1"),
        ("https://[2001:db8::1]:6443", "2001:db8::1"),
        ("https://kubernetes.example.com", "None"),
    ],
)
def test_where_the_api_server_is_can_be_told_where_its_url_has_an_address(
    server: str, address: str
) -> None:
    assert str(Access(server).address) == address

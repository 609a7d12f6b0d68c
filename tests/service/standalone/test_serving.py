"""Serving TLS: its own certificate, renewed in time, or the given one, reloaded when it changes."""

import logging
import shutil
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from acme_server.standalone.files import Files
from acme_server.standalone.serving import Serving
from acme_server.standalone.settings import Settings
from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import FakeRandomness

EFFECTS = Effects(generate, FakeRandomness().token, random_serial)
BASE = "https://acme.example.test:8443"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def serving(folder: Path, settings: Settings | None = None) -> Serving:
    return Serving(settings or Settings(), Files(folder), EFFECTS, BASE)


def certificate(folder: Path) -> x509.Certificate:
    pem = (folder / "serving" / "tls.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])


def names(folder: Path) -> set[str]:
    extension = certificate(folder).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(extension.value.get_values_for_type(x509.DNSName))


def test_its_own_certificate_is_for_the_public_host_and_the_profiles_hosts(
    tmp_path: Path, clock: FakeClock
) -> None:
    found = serving(tmp_path)
    found.start(["web.pki.example"], clock.now())
    assert isinstance(found.context, ssl.SSLContext)
    assert names(tmp_path) == {"acme.example.test", "web.pki.example", "localhost"}


def test_a_profile_s_new_host_gets_into_the_certificate(tmp_path: Path, clock: FakeClock) -> None:
    found = serving(tmp_path)
    found.start([], clock.now())
    trust = (tmp_path / "trust" / "serving-ca.pem").read_bytes()
    found.look(["new.pki.example"], clock.now())
    assert "new.pki.example" in names(tmp_path)
    assert (tmp_path / "trust" / "serving-ca.pem").read_bytes() == trust


def test_nothing_is_made_anew_while_nothing_changed(tmp_path: Path, clock: FakeClock) -> None:
    found = serving(tmp_path)
    found.start([], clock.now())
    before = certificate(tmp_path)
    found.look([], clock.now() + timedelta(days=1))
    serving(tmp_path).start([], clock.now())
    assert certificate(tmp_path) == before


def test_it_is_renewed_before_it_expires(tmp_path: Path, clock: FakeClock) -> None:
    found = serving(tmp_path)
    found.start([], clock.now())
    before = certificate(tmp_path)
    clock.advance(timedelta(days=70))
    found.look([], clock.now())
    assert certificate(tmp_path).not_valid_after_utc > before.not_valid_after_utc


async def test_a_given_one_is_reloaded_and_a_broken_one_leaves_the_last_in_force(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    serving(tmp_path).start([], clock.now())
    pair = tmp_path / "pair.pem"
    shutil.copy(tmp_path / "serving" / "tls.pem", pair)
    settings = Settings.model_validate({"tls": {"certificate": str(pair), "key": str(pair)}})
    found = serving(tmp_path, settings)
    found.start([], clock.now())
    assert found.trust is None
    pair.write_text("nonsense")
    await one_look(found, caplog)
    assert "the serving certificate stays as it is" in caplog.text
    caplog.clear()
    pair.unlink()
    shutil.copy(tmp_path / "serving" / "tls.pem", pair)
    await one_look(found, caplog)
    assert f"serving with a new certificate from {pair}" in caplog.text


class Enough(Exception):
    """The clock has been slept by often enough."""


class OneLook(FakeClock):
    """A clock that lets one look be taken."""

    def __init__(self) -> None:
        super().__init__()
        self._slept = 0

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self._slept += 1
        if self._slept > 1:
            raise Enough


async def one_look(found: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(Enough):
        await found.run(list, OneLook())

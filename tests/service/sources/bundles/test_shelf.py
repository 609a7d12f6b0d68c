"""What is in force, whatever comes and in whatever order."""

import base64
import json
import logging
from typing import Any

import pytest

from acme_server.sources.bundles.shelf import Shelf
from certwright.bundles.document import BundleRefused
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL, BundleKind
from tests.service.sources.bundles.material import (
    CREDENTIAL,
    PROFILE,
    credential,
    profile,
    signer,
    signer_secret,
)

FIRST, SECOND = signer("first"), signer("second")


class Secrets:
    """Hands a shelf Secrets, each write with a version of its own."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self._version = 0

    def put(self, secret: str, content: bytes, **metadata: Any) -> dict[str, Any]:
        self._version += 1
        item = {
            "metadata": {
                "name": secret,
                "labels": {BUNDLE_LABEL: secret.partition(".")[0]},
                "resourceVersion": str(self._version),
                **metadata,
            },
            "data": {BUNDLE_KEY: base64.b64encode(content).decode()},
        }
        self.shelf.seen(item)
        return item

    def put_signers(self, *names: str) -> None:
        for name in names:
            self.put(signer_secret(name), signer(name).to_json())

    @property
    def signer(self) -> str | None:
        found = self.shelf.profile(PROFILE)
        return None if found is None or found.signer is None else found.signer.name


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


def test_a_profile_is_in_force_once_its_signer_is_there_too(secrets: Secrets) -> None:
    secrets.put(PROFILE, profile(FIRST).to_json())
    assert secrets.shelf.awaited(PROFILE) == signer_secret("first")
    with pytest.raises(BundleRefused, match="waits for its signer"):
        secrets.shelf.profile(PROFILE)
    secrets.put_signers("first")
    assert secrets.signer == FIRST.name
    assert secrets.shelf.faults == ()


@pytest.mark.parametrize("profile_first", [True, False], ids=["profile first", "signer first"])
def test_a_profile_switches_its_signer_when_both_are_there(
    secrets: Secrets, profile_first: bool
) -> None:
    secrets.put_signers("first")
    secrets.put(PROFILE, profile(FIRST).to_json())
    if profile_first:
        secrets.put(PROFILE, profile(SECOND).to_json())
        assert secrets.signer == FIRST.name
        assert secrets.shelf.refused == {BundleKind.PROFILE: 1}
    secrets.put_signers("second")
    assert secrets.signer == (SECOND.name if profile_first else FIRST.name)
    if not profile_first:
        secrets.put(PROFILE, profile(SECOND).to_json())
    assert secrets.signer == SECOND.name
    assert secrets.shelf.refused == {}


def test_a_profile_that_changed_its_mind_doesn_t_take_the_signer_it_waited_for(
    secrets: Secrets,
) -> None:
    secrets.put_signers("first")
    secrets.put(PROFILE, profile(SECOND).to_json())
    secrets.put(PROFILE, profile(FIRST).to_json())
    secrets.put_signers("second")
    assert secrets.signer == FIRST.name


def test_a_profile_that_is_to_refuse_waits_for_no_signer(secrets: Secrets) -> None:
    secrets.put_signers("first")
    secrets.put(PROFILE, profile(FIRST).to_json())
    secrets.put(PROFILE, profile(SECOND, refusal="the grant was withdrawn").to_json())
    found = secrets.shelf.profile(PROFILE)
    assert found is not None
    assert (found.refusal, found.signer) == ("the grant was withdrawn", None)


def test_a_profile_in_force_keeps_the_signer_whose_secret_is_deleted(secrets: Secrets) -> None:
    secrets.put_signers("first")
    secrets.put(PROFILE, profile(FIRST).to_json())
    secrets.shelf.gone(signer_secret("first"))
    assert secrets.signer == FIRST.name


def changed(content: bytes, **members: object) -> bytes:
    return json.dumps(json.loads(content) | members).encode()


BROKEN = [
    pytest.param(b"{", "not JSON", id="no JSON"),
    pytest.param(changed(credential().to_json(), schemaVersion=9), "update it", id="newer schema"),
    pytest.param(changed(credential().to_json(), grant=5), "grant", id="malformed"),
    pytest.param(
        credential(name="other").to_json(), "bundle of credential.team-a.other", id="another's"
    ),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_a_refused_bundle_leaves_the_last_good_one_in_force_and_is_told_once(
    secrets: Secrets, content: bytes, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets.put(CREDENTIAL, credential().to_json())
    good = secrets.shelf.credential(CREDENTIAL)
    item = secrets.put(CREDENTIAL, content)
    secrets.shelf.seen(item)
    assert secrets.shelf.credential(CREDENTIAL) is good
    assert secrets.shelf.refused == {BundleKind.CREDENTIAL: 1}
    assert secrets.shelf.faults == ()
    (told,) = caplog.records
    assert told.levelno == logging.ERROR
    assert said in told.message
    secrets.put(CREDENTIAL, credential().to_json())
    assert secrets.shelf.refused == {}


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_without_a_last_good_one_a_refused_bundle_is_told_to_who_asks(
    secrets: Secrets, content: bytes, said: str
) -> None:
    secrets.put(CREDENTIAL, content)
    with pytest.raises(BundleRefused, match=said):
        secrets.shelf.credential(CREDENTIAL)
    assert len(secrets.shelf.faults) == 1
    assert said in secrets.shelf.faults[0]


def test_a_deleted_bundle_is_gone_and_no_last_good_one_outlives_it(secrets: Secrets) -> None:
    secrets.put(CREDENTIAL, credential().to_json())
    secrets.shelf.gone(CREDENTIAL)
    assert secrets.shelf.credential(CREDENTIAL) is None
    secrets.put(CREDENTIAL, b"{")
    with pytest.raises(BundleRefused):
        secrets.shelf.credential(CREDENTIAL)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        pytest.param({"key": SECOND.key}, "can't sign", id="another's key"),
        pytest.param({"certificate": SECOND.certificate}, "can't sign", id="another certificate"),
        pytest.param({"name": SECOND.name}, "the bundle of", id="another's name"),
    ],
)
def test_a_tampered_signer_signs_nothing(
    secrets: Secrets, members: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets.put(signer_secret("first"), changed(FIRST.to_json(), **members))
    secrets.put(PROFILE, profile(FIRST).to_json())
    with pytest.raises(BundleRefused, match="waits for its signer"):
        secrets.shelf.profile(PROFILE)
    assert said in caplog.text
    assert "PRIVATE KEY" not in caplog.text


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"labels": {BUNDLE_LABEL: "signer"}}, id="another kind's label"),
        pytest.param({"name": "else", "labels": {BUNDLE_LABEL: "profile"}}, id="another name"),
        pytest.param({"name": "else", "labels": {BUNDLE_LABEL: "else"}}, id="no kind"),
    ],
)
def test_what_is_no_bundle_by_its_name_and_label_is_none(
    secrets: Secrets, metadata: dict[str, Any]
) -> None:
    secrets.put(PROFILE, profile().to_json(), **metadata)
    assert secrets.shelf.profiles == ()
    assert len(secrets.shelf.faults) == 1


def test_a_list_says_what_is_gone(secrets: Secrets) -> None:
    secrets.put(CREDENTIAL, credential().to_json())
    secrets.put(PROFILE, profile().to_json())
    secrets.shelf.listed({PROFILE})
    assert secrets.shelf.credential(CREDENTIAL) is None
    assert secrets.shelf.profile(PROFILE) is not None

"""Whether an Issuer is given trust, loses it, or is left as it is, and why."""

import base64
from typing import Any

import pytest

from certwright.resources.metadata import ObjectKey
from certwright_operator.injection.decision import (
    Concern,
    Decision,
    Inject,
    Leave,
    Release,
    decide,
)
from certwright_operator.injection.issuer import FIELD_MANAGER, ISSUERS, Issuer
from tests.unit.operator.injection.bodies import DIRECTORY, body, owned

TRUST = b"-----BEGIN CERTIFICATE-----\n"
WANTED = base64.b64encode(TRUST).decode()
OTHER = base64.b64encode(b"other").decode()


def directories(profile: ObjectKey) -> str | None:
    return DIRECTORY if profile == ObjectKey("pki", "web") else None


def decided(
    *owners: str, trust: bytes | None = TRUST, source: str | None = "pki/web", **acme: Any
) -> Decision:
    found = Issuer.read(ISSUERS, owned(body(source=source, **acme), *owners))
    return decide(found, trust, directories)


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(decided(), id="without one"),
        pytest.param(decided(FIELD_MANAGER, caBundle=OTHER), id="with an old one of ours"),
        pytest.param(decided("git", caBundle=WANTED), id="with the same of somebody's"),
        pytest.param(decided(caBundle=WANTED), id="with the same of nobody's"),
    ],
)
def test_an_issuer_is_given_the_trust(decision: Decision) -> None:
    assert decision == Inject(WANTED)


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(decided(FIELD_MANAGER, caBundle=WANTED), id="ours"),
        pytest.param(decided(FIELD_MANAGER, "git", caBundle=WANTED), id="shared"),
        pytest.param(decided(source=None), id="not asked for"),
        pytest.param(decided("git", source=None, caBundle=OTHER), id="somebody's, not asked for"),
    ],
)
def test_what_is_right_is_left(decision: Decision) -> None:
    assert isinstance(decision, Leave)
    assert decision.concern is Concern.NONE


def test_what_was_injected_goes_with_the_annotation_whatever_else_holds() -> None:
    assert decided(FIELD_MANAGER, source=None, caBundle=WANTED) == Release()
    assert decided(FIELD_MANAGER, source=None, trust=None, caBundle=OTHER) == Release()


@pytest.mark.parametrize(
    ("decision", "parts"),
    [
        pytest.param(decided(source=""), ("'' is not NAMESPACE/NAME",), id="nothing"),
        pytest.param(decided(source="web"), ("'web' is not NAMESPACE/NAME",), id="a name"),
        pytest.param(decided(source="pki/"), ("'pki/' is not",), id="a namespace"),
        pytest.param(decided(source="a/b/c"), ("'a/b/c' is not",), id="too much"),
        pytest.param(
            decided(server="https://elsewhere.test/directory"),
            ("'https://elsewhere.test/directory'", DIRECTORY, "pki/web"),
            id="another server",
        ),
        pytest.param(decided(server=f"{DIRECTORY}/"), (DIRECTORY,), id="a slash too much"),
        pytest.param(decided(skipTLSVerify=True), ("skipTLSVerify",), id="no verification"),
        pytest.param(
            decided("git", "kubectl", caBundle=OTHER), ("'git', 'kubectl'",), id="somebody's"
        ),
        pytest.param(decided("git", caBundle=""), ("'git'",), id="somebody's empty one"),
        pytest.param(
            decided(FIELD_MANAGER, "git", caBundle=OTHER), ("'git'",), id="shared, and old"
        ),
        pytest.param(decided(caBundle=OTHER), ("somebody unknown",), id="nobody's"),
    ],
)
def test_people_are_told_what_they_have_to_change(
    decision: Decision, parts: tuple[str, ...]
) -> None:
    assert isinstance(decision, Leave)
    assert decision.concern is Concern.LASTING
    for part in parts:
        assert part in decision.reason


def test_only_an_acme_issuer_can_be_given_trust() -> None:
    found = Issuer.read(ISSUERS, body() | {"spec": {"selfSigned": {}}})
    decision = decide(found, TRUST, directories)
    assert isinstance(decision, Leave)
    assert "no spec.acme" in decision.reason


@pytest.mark.parametrize(
    ("decision", "part"),
    [
        pytest.param(decided(source="pki/later"), "pki/later", id="a profile"),
        pytest.param(decided(trust=None), "isn't known", id="the trust"),
    ],
)
def test_what_is_missing_may_be_on_its_way(decision: Decision, part: str) -> None:
    assert isinstance(decision, Leave)
    assert decision.concern is Concern.PASSING
    assert part in decision.reason


@pytest.mark.parametrize(
    "decision",
    [
        decided(FIELD_MANAGER, source="pki/gone", caBundle=OTHER),
        decided(FIELD_MANAGER, trust=None, caBundle=OTHER),
        decided(FIELD_MANAGER, server="https://elsewhere.test/directory", caBundle=OTHER),
    ],
    ids=["the profile is gone", "the trust isn't known", "another server"],
)
def test_what_was_injected_stays_while_something_does_not_fit(decision: Decision) -> None:
    assert isinstance(decision, Leave)


def test_who_means_to_trust_otherwise_is_told_how() -> None:
    decision = decided(FIELD_MANAGER, trust=None, caBundle=OTHER)
    assert isinstance(decision, Leave)
    assert "stays as it was injected" in decision.reason
    assert "remove the annotation certwright.dev/inject-ca-from" in decision.reason

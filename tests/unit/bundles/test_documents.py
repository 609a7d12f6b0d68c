import json

import pytest

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.document import SCHEMA_VERSION, Bundle, BundleRefused
from certwright.bundles.profile import ProfileBundle, ProfileInForce
from certwright.bundles.signer import SignerBundle
from tests.unit.bundles.material import SECRET, credential, profile, signer

BUNDLES: list[tuple[type[Bundle], Bundle]] = [
    (ProfileBundle, profile()),
    (CredentialBundle, credential()),
    (SignerBundle, signer()),
]
EACH = pytest.mark.parametrize(
    ("model", "bundle"), BUNDLES, ids=[model.kind for model, _ in BUNDLES]
)


def edited(bundle: Bundle, **members: object) -> str:
    return json.dumps(json.loads(bundle.to_json()) | members)


@EACH
def test_a_bundle_is_read_as_it_was_written(model: type[Bundle], bundle: Bundle) -> None:
    assert model.from_json(bundle.to_json()) == bundle
    assert json.loads(bundle.to_json())["schemaVersion"] == SCHEMA_VERSION == 1


@EACH
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (b"\xff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "is malformed: schemaVersion is missing"),
        ('{"schemaVersion": 0}', "is malformed: schemaVersion: Input should be greater than"),
        ('{"schemaVersion": "x"}', "is malformed: schemaVersion: Input should be a valid integer"),
    ],
)
def test_what_is_no_bundle_is_refused_with_a_sentence(
    model: type[Bundle],
    bundle: Bundle,  # noqa: ARG001 - each kind has both
    text: str | bytes,
    said: str,
) -> None:
    with pytest.raises(BundleRefused) as refused:
        model.from_json(text)
    assert said in str(refused.value)
    assert f"the {model.kind} bundle" in str(refused.value)


@EACH
def test_a_newer_schema_is_refused(model: type[Bundle], bundle: Bundle) -> None:
    with pytest.raises(BundleRefused, match="schema version 2; this program reads up to 1"):
        model.from_json(edited(bundle, schemaVersion=2))


@EACH
def test_an_unknown_member_is_refused(model: type[Bundle], bundle: Bundle) -> None:
    with pytest.raises(BundleRefused, match="surprise: Extra inputs are not permitted"):
        model.from_json(edited(bundle, surprise=True))


def test_what_is_for_people_s_information_may_grow() -> None:
    told = {"directoryUrl": "https://acme.example.test/acme/pki/web/directory", "surprise": 1}
    read = ProfileBundle.from_json(edited(profile(), information=told))
    assert read.information.directory_url == told["directoryUrl"]
    assert ProfileInForce.load(read, None).told_url == told["directoryUrl"]


def test_many_faults_are_told_in_part() -> None:
    with pytest.raises(BundleRefused, match="and 2 more"):
        ProfileBundle.from_json(edited(profile(), a=1, b=1, c=1, d=1, e=1, f=1, g=1))


def test_no_secret_shows_in_a_refusal_or_a_repr() -> None:
    twice = SECRET * 2
    with pytest.raises(BundleRefused) as refused:
        CredentialBundle.from_json(edited(credential(), secrets=[{"revision": 1, "secret": twice}]))
    assert "secrets.0.secret" in str(refused.value)
    assert refused.value.__cause__ is None
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(credential())
    with pytest.raises(BundleRefused) as refused:
        SignerBundle.from_json(edited(signer(), key=[signer().key]))
    assert "PRIVATE KEY" not in str(refused.value)
    assert "PRIVATE KEY" not in repr(signer())

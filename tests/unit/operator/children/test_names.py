import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.reconcile.existing import SignerKey, SignerRole
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.children import names

labels = st.from_regex(re.compile(r"[a-z0-9](?:[-a-z0-9]{0,20}[a-z0-9])?"), fullmatch=True)
namespaces = labels
dotted = st.lists(labels, min_size=1, max_size=3).map(".".join).filter(lambda name: len(name) <= 63)
keys = st.builds(ObjectKey, namespaces, dotted)
signer_keys = st.builds(SignerKey, keys, st.sampled_from(SignerRole))
trusted = st.builds(ObjectId, st.sampled_from([Kind.AUTHORITY, Kind.PROFILE]), keys)
digests = st.from_regex(re.compile(r"[0-9a-f]{16}"), fullmatch=True)


@given(signer_keys)
def test_a_key_is_found_again_by_its_secrets_name(signer: SignerKey) -> None:
    assert names.signer_key(names.key_name(signer)) == signer


@given(keys)
def test_a_bundle_is_found_again_by_its_secrets_name(key: ObjectKey) -> None:
    assert names.profile_key(names.profile_name(key)) == key
    assert names.credential_key(names.credential_name(key)) == key


@given(trusted)
def test_whose_roots_they_are_is_found_again_by_their_config_maps_name(owner: ObjectId) -> None:
    assert names.trust_owner(names.trust_name(owner)) == owner


@given(keys, digests)
def test_a_signer_is_found_again_by_its_secrets_name(key: ObjectKey, digest: str) -> None:
    signer = f"{key.namespace}.{key.name}.{digest}"
    assert names.signer(names.signer_name(signer)) == signer
    assert names.signer_source(signer) == key


@given(st.lists(signer_keys, unique=True), st.lists(keys, unique=True))
def test_no_two_secrets_of_the_same_namespace_share_a_name(
    signers: list[SignerKey], found: list[ObjectKey]
) -> None:
    assert len({*map(names.key_name, signers)}) == len(signers)
    bundles = [*map(names.profile_name, found), *map(names.credential_name, found)]
    assert len({*bundles}) == len(bundles)


@given(st.builds(ObjectKey, st.just("n" * 63), st.just("o" * 63)))
def test_the_longest_names_are_within_what_kubernetes_allows(key: ObjectKey) -> None:
    signer = f"{key.namespace}.{key.name}.{'0' * 16}"
    longest = (
        names.key_name(SignerKey(key, SignerRole.PROFILE_ISSUER)),
        names.trust_name(ObjectId(Kind.AUTHORITY, key)),
        names.credential_name(key),
        names.signer_name(signer),
    )
    assert max(map(len, longest)) <= 253


@pytest.mark.parametrize(
    "name",
    [
        "",
        "root",
        "authority.pki",
        "authority..root",
        "authority.pki.",
        "authority.pki.Root",
        "authority.pki.root\n",
        "authority.-pki.root",
        f"authority.pki.{'o' * 64}",
        f"authority.{'n' * 64}.root",
        "intermediate.pki.root",
        "profile.pki.root",
    ],
)
def test_what_is_no_keys_name_holds_no_key(name: str) -> None:
    assert names.signer_key(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "signer.pki.root",
        "signer.pki.root.0123456789abcde",
        "signer.pki.root.0123456789ABCDEF",
        "signer.root.0123456789abcdef",
        "profile.pki.root.0123456789abcdef",
    ],
)
def test_what_is_no_signers_name_holds_no_signer(name: str) -> None:
    assert names.signer(name) is None


@pytest.mark.parametrize(
    "name",
    ["trust.credential.pki.default", "profile.pki.web", "trust.profile.web", "trust.pki.web"],
)
def test_what_is_no_roots_name_holds_no_roots(name: str) -> None:
    assert names.trust_owner(name) is None


def test_credentials_have_no_roots() -> None:
    with pytest.raises(ValueError, match=r"EABCredential pki/default has no roots"):
        names.trust_name(ObjectId(Kind.CREDENTIAL, ObjectKey("pki", "default")))

import pytest

from certwright.reconcile.world import Kind
from certwright_operator.children.child import Child
from certwright_operator.children.freezing import MANY, confirmed_kinds, freeze_reason
from tests.unit.operator.children.cluster import OURS

SERVED = dict.fromkeys(Kind, True)
SOME = dict.fromkeys(Kind, 1)
LEASE = "by annotating the operator's Lease with certwright.dev/confirm-removal: "


def child(namespace: str, name: str, label: str, kind: str = "Secret", **annotations: str) -> Child:
    word, _, value = label.partition("=")
    named = {f"certwright.dev/{each.replace('_', '-')}": it for each, it in annotations.items()}
    metadata = {
        "namespace": namespace,
        "name": name,
        "uid": name,
        "resourceVersion": "1",
        "labels": {
            "app.kubernetes.io/managed-by": "certwright",
            f"certwright.dev/{word}": value,
        },
        "annotations": named,
    }
    return Child.read({"kind": kind, "metadata": metadata}, OURS)


def credentials(number: int) -> list[Child]:
    return [
        child("certwright-acme", f"credential.team-{each}.x", "bundle=credential", source_uid="u")
        for each in range(number)
    ]


def keys(number: int, **annotations: str) -> list[Child]:
    return [
        child("certwright-system", f"authority.pki.a{each}", "key=authority", **annotations)
        for each in range(number)
    ]


def test_where_everything_is_there_nothing_is_frozen() -> None:
    assert freeze_reason(credentials(20), SOME, SERVED, frozenset()) is None


@pytest.mark.parametrize(
    ("number", "frozen"),
    [(0, False), (MANY - 1, False), (MANY, True), (MANY + 10, True)],
    ids=["none", "nine", "ten", "twenty"],
)
def test_ten_objects_that_are_gone_at_once_freeze(number: int, frozen: bool) -> None:
    reason = freeze_reason(credentials(number), {**SOME, Kind.CREDENTIAL: 0}, SERVED, frozenset())
    assert (reason is not None) is frozen


def test_a_kind_that_isnt_counted_has_no_objects() -> None:
    assert freeze_reason(credentials(MANY), {}, SERVED, frozenset()) is not None


def test_the_reason_says_what_was_found_and_how_a_person_goes_on() -> None:
    counts = {**SOME, Kind.CREDENTIAL: 0}
    reason = freeze_reason(credentials(12), counts, SERVED, frozenset())
    assert reason is not None
    assert "there is no EABCredential any more, and what 12 of them left is there" in reason
    assert "until the definitions and objects are restored" in reason
    assert reason.endswith(f"{LEASE}EABCredential")


def test_children_of_one_object_count_once() -> None:
    roots = [
        child(
            "certwright-acme",
            f"trust.authority.pki.a{each}",
            "trust=authority",
            "ConfigMap",
            source_uid="u",
        )
        for each in range(MANY - 1)
    ]
    counts = {**SOME, Kind.AUTHORITY: 0}
    found = [*keys(MANY - 1, source_uid="u"), *roots]
    assert freeze_reason(found, counts, SERVED, frozenset()) is None
    assert freeze_reason([*found, *keys(MANY, source_uid="u")], counts, SERVED, frozenset())


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            keys(20, source_uid="u", retained_since="2026-01-01T00:00:00Z"), id="retained"
        ),
        pytest.param(keys(20), id="put there by a person"),
        pytest.param(
            [
                child(
                    "certwright-acme",
                    f"signer.pki.a{each}.0123456789abcdef",
                    "bundle=signer",
                    source_uid="u",
                    source_kind="CertificateAuthority",
                )
                for each in range(20)
            ],
            id="signers, which go later",
        ),
        pytest.param(
            [child("team-a", f"profile.pki.p{each}", "bundle=profile") for each in range(20)],
            id="what a tenant labelled",
        ),
    ],
)
def test_what_outlives_its_object_doesnt_freeze(found: list[Child]) -> None:
    assert freeze_reason(found, {}, SERVED, frozenset()) is None


@pytest.mark.parametrize("served", [{}, {Kind.TEMPLATE: False}], ids=["missing", "terminating"])
def test_a_definition_that_isnt_there_freezes_whatever_else_is(served: dict[Kind, bool]) -> None:
    others = dict(SERVED)
    del others[Kind.TEMPLATE]
    reason = freeze_reason((), SOME, {**others, **served}, frozenset())
    assert reason is not None
    assert reason.startswith("the definition of CertificateTemplate is missing or is being deleted")
    assert reason.endswith(f"{LEASE}CertificateTemplate")


def test_several_kinds_are_told_of_together() -> None:
    reason = freeze_reason(credentials(12), {}, {Kind.AUTHORITY: True}, frozenset())
    assert reason is not None
    assert reason.endswith(f"{LEASE}CertificateTemplate,CertificateProfile,EABCredential")


def test_what_a_person_confirmed_doesnt_freeze() -> None:
    confirmed = frozenset({Kind.CREDENTIAL})
    served = {**SERVED, Kind.CREDENTIAL: False}
    assert freeze_reason(credentials(20), {}, served, confirmed) is None
    assert freeze_reason([], {}, {**served, Kind.PROFILE: False}, confirmed) is not None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("EABCredential", {Kind.CREDENTIAL}),
        ("EABCredential, CertificateProfile,", {Kind.CREDENTIAL, Kind.PROFILE}),
        ("eabcredential", set()),
        ("*", set()),
        ("", set()),
    ],
)
def test_only_kinds_by_their_names_are_confirmed(text: str, kinds: set[Kind]) -> None:
    assert confirmed_kinds({"certwright.dev/confirm-removal": text}) == kinds


def test_without_the_annotation_nothing_is_confirmed() -> None:
    assert confirmed_kinds({}) == frozenset()

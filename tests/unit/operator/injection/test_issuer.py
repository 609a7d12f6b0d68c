"""What is read of an Issuer, whatever it looks like."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from certwright_operator.injection.issuer import CLUSTER_ISSUERS, FIELD_MANAGER, ISSUERS, Issuer
from tests.unit.operator.injection.bodies import DIRECTORY, body, owned

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["acme", "server", "caBundle", "manager", "fieldsV1", "f:spec", "f:acme"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


def test_what_matters_is_read() -> None:
    found = Issuer.read(ISSUERS, owned(body(caBundle="eA=="), FIELD_MANAGER, "git"))
    assert str(found.place) == "Issuer team-a/one"
    assert (found.source, found.server, found.ca_bundle) == ("pki/web", DIRECTORY, "eA==")
    assert found.is_acme
    assert found.is_ours
    assert found.others == ("git",)
    assert not found.skips_verification


def test_a_cluster_issuer_has_no_namespace() -> None:
    document = body()
    del document["metadata"]["namespace"]
    assert str(Issuer.read(CLUSTER_ISSUERS, document).place) == "ClusterIssuer one"


def test_a_status_is_no_news() -> None:
    before, after = body(version=1), body(version=2)
    after["status"] = {"acme": {"uri": "https://acme.example.com/account/1"}}
    assert Issuer.read(ISSUERS, after) == Issuer.read(ISSUERS, before)


@given(spec=_ANYTHING, fields=_ANYTHING, annotations=_ANYTHING)
def test_whatever_is_not_of_its_type_counts_as_absent(
    spec: Any, fields: Any, annotations: Any
) -> None:
    document = body() | {"spec": spec}
    document["metadata"] |= {"managedFields": fields, "annotations": annotations}
    found = Issuer.read(ISSUERS, document)
    assert found.uid == "uid-one"
    assert isinstance(found.server, str)

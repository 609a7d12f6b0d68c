"""What a real API server makes of the store's kinds, objects and questions."""

from datetime import UTC, datetime, timedelta

import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account, CredentialBinding
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.certificates import Certificate, IssuerChain, Revocation
from acme_server.domain.documents.document import Document, Kind
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import ChallengeStatus
from acme_server.domain.problems import ErrorType
from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.connection import Connection
from acme_server.ports import Record, Selection, StoreUnavailable
from acme_server.services.documents import Documents
from acme_server.stores.kubernetes import answers
from acme_server.stores.kubernetes.kinds import RESOURCES, path
from acme_server.stores.kubernetes.objects import encode
from acme_server.stores.kubernetes.store import KubernetesStore
from acme_server.system import SystemRandomness
from certwright.policy.identifiers import IdentifierType
from tests.cluster.harness.client import Client
from tests.cluster.harness.definitions import condition
from tests.cluster.harness.resources import Document as Object
from tests.cluster.store.conftest import Opener, documents
from tests.service.stores.contract import ids

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
IDENTIFIERS = tuple(
    StoredIdentifier(type=IdentifierType.DNS, value=f"{name}.example") for name in "abcd"
)
PROBLEM = StoredProblem(type=ErrorType.UNAUTHORIZED, detail="The token is not there.")


def authorization() -> Authorization:
    challenge = Challenge(
        type=ChallengeType.HTTP_01,
        token="t",
        status=ChallengeStatus.PROCESSING,
        error=PROBLEM,
    )
    return Authorization(
        id="authorization",
        account="a1",
        profile="pki/web",
        number=1,
        identifier=IDENTIFIERS[0],
        wildcard=True,
        expires=LATER,
        challenges=(challenge,),
    )


def order() -> Order:
    return Order(
        id="order",
        account="a1",
        profile="pki/web",
        identifiers=IDENTIFIERS,
        authorizations=(AuthorizationReference(slot="authorization", number=1),),
        serial="0123",
        created=NOW,
        expires=LATER,
        error=PROBLEM,
    )


def certificate() -> Certificate:
    return Certificate(
        id="0123",
        certificate="PEM",
        issuer="i1",
        order="order",
        account="a1",
        profile="pki/web",
        request_digest="d",
        not_before=NOW,
        not_after=LATER,
        issued=NOW,
        identifiers=IDENTIFIERS[:1],
        revocation=Revocation(time=NOW, reason=4, by="account:a1"),
    )


def account() -> Account:
    return Account(
        id="a1",
        profile="pki/web",
        key={"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"},
        created=NOW,
        credential=CredentialBinding(
            namespace="team-a", name="default", uid="u", grant="teams", bound=NOW
        ),
    )


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (
            account(),
            {"Phase": "valid", "Profile": "pki/web", "Credential": "team-a.default"},
        ),
        (
            authorization(),
            {"Phase": "processing", "Names": "*.a.example", "Reason": PROBLEM.detail},
        ),
        (
            order(),
            {
                "Phase": "invalid",
                "Names": "a.example, b.example, c.example and 1 more",
                "Reason": PROBLEM.detail,
                "Profile": "pki/web",
                "Serial": "0123",
                "Account": "a1",
            },
        ),
        (
            certificate(),
            {
                "Phase": "revoked",
                "Names": "a.example",
                "Reason": "superseded",
                "Expires": "2026-11-24T17:00:00Z",
            },
        ),
    ],
    ids=["account", "authorization", "order", "certificate"],
)
async def test_kubectl_shows_where_it_stands_what_it_is_about_and_why(
    open_store: Opener, client: Client, namespace: str, document: Document, shown: dict[str, str]
) -> None:
    store = await open_store()
    stored = await Documents(store, SystemRandomness()).create(document)
    assert await Documents(store, SystemRandomness()).get(type(document), document.id) == stored
    (row,) = await client.table(path(namespace, document.kind))
    assert shown.items() <= row.items()
    assert {"Name", "Age"} <= row.keys()


def test_every_kind_is_served_with_a_structural_schema(kinds: list[Object]) -> None:
    assert {each["spec"]["names"]["kind"] for each in kinds} == {
        each.kind for each in RESOURCES.values()
    }
    assert {condition(each, "NonStructuralSchema") for each in kinds} == {"Unknown"}


async def test_definitions_applied_again_do_not_change(client: Client, kinds: list[Object]) -> None:
    before = {each["metadata"]["name"]: each["metadata"]["generation"] for each in kinds}
    for document in documents():
        applied = await client.apply(document)
        assert applied["metadata"]["generation"] == before[applied["metadata"]["name"]]


async def test_nothing_in_a_document_changes_on_the_way(open_store: Opener) -> None:
    members: dict[str, object] = {
        "nothing": None,
        "deep": {"list": [None, {}, []], "nothing": None},
        "numbers": [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)],
        "text": "\0 \t < > & \u2028 é \U0001f600",
    }
    body = encode(dict(sorted(members.items())))
    store = await open_store()
    await store.create(Record(Kind.ORDER, "o1", body))
    stored = await store.get(Kind.ORDER, "o1")
    assert stored is not None
    assert stored.record.body == body


async def test_who_wrote_which_member_is_not_recorded_beyond_a_create(
    open_store: Opener, client: Client, namespace: str
) -> None:
    """That record would be a third of an order, for each of which the API server has memory."""
    store = await open_store()
    documents = Documents(store, SystemRandomness())
    created = await documents.create(order())
    item = f"{path(namespace, Kind.ORDER)}/order"
    (entry,) = (await client.request("GET", item))["metadata"]["managedFields"]
    assert entry["manager"] == "certwright-acme"
    assert entry["fieldsV1"]["f:document"] == {}
    await documents.replace(created, created.document.but(error=None))
    assert "managedFields" not in (await client.request("GET", item))["metadata"]


async def test_only_an_absent_object_is_absent(access: Access, namespace: str) -> None:
    connection = Connection.open(access)
    place = path(namespace, Kind.ORDER)
    absent = await connection.request("GET", f"{place}/o1")
    assert answers.is_absence(absent, Kind.ORDER, "o1")
    not_served = await connection.request("GET", f"{place.replace('acmeorders', 'acmeothers')}/o1")
    assert not_served.status == 404
    assert not answers.is_absence(not_served, Kind.ORDER, "o1")
    await connection.close()


async def test_a_namespace_that_is_not_the_server_s_is_refused_and_not_empty(
    access: Access,
) -> None:
    store = KubernetesStore.open(access, "kube-system")
    with pytest.raises(StoreUnavailable, match="403 Forbidden"):
        await store.get(Kind.ORDER, "o1")
    with pytest.raises(StoreUnavailable, match="403 Forbidden"):
        await ids(store, Selection(Kind.ORDER))
    await store.close()


async def test_a_document_of_a_megabyte_is_taken(open_store: Opener) -> None:
    """The largest is an enrollment of 1,000 accounts, or a long chain: far below that."""
    store = await open_store()
    documents = Documents(store, SystemRandomness())
    await documents.create(IssuerChain(id="c1", certificates="x" * 1_000_000))


async def test_certificates_are_counted_without_being_read(open_store: Opener) -> None:
    store = await open_store()
    assert await store.count(Kind.CERTIFICATE) == 0
    for number in range(1, 8):
        await store.create(Record(Kind.CERTIFICATE, f"c{number}", b"{}"))
        assert await store.count(Kind.CERTIFICATE) == number
    await store.create(Record(Kind.ORDER, "o1", b"{}"))
    assert await store.count(Kind.CERTIFICATE) == 7

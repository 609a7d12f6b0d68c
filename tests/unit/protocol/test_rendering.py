from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus

import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus, OrderStatus
from acme_server.domain.problems import ErrorType, Problem
from acme_server.protocol import problem_documents, rendering
from acme_server.protocol.replies import Link
from acme_server.protocol.urls import Urls
from certwright.policy.identifiers import Identifier, IdentifierType

URLS = Urls("https://acme.example", "pki", "web")
PREFIX = "https://acme.example/acme/pki/web/"
NOW = datetime(2026, 1, 1, 12, 0, 0, 999, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NAME = StoredIdentifier(type=IdentifierType.DNS, value="a.example.com")
PROBLEM = StoredProblem(type=ErrorType.UNAUTHORIZED, detail="the answer was another one")
ORDER = Order(
    id="o1",
    account="a1",
    profile="pki/web",
    identifiers=(NAME,),
    authorizations=(AuthorizationReference(slot="s1", number=3),),
    serial="0af3",
    created=NOW,
    expires=LATER,
)


@pytest.mark.parametrize("required", [True, False])
def test_a_directory_lists_what_is_there_and_whether_a_binding_is_required(
    required: bool,
) -> None:
    """RFC 8555 §7.1.1, §9.7.6. What isn't offered (newAuthz) isn't listed."""
    assert rendering.directory(URLS, external_account_required=required) == {
        "newNonce": PREFIX + "new-nonce",
        "newAccount": PREFIX + "new-account",
        "newOrder": PREFIX + "new-order",
        "revokeCert": PREFIX + "revoke-cert",
        "keyChange": PREFIX + "key-change",
        "meta": {"externalAccountRequired": required},
    }


def test_an_account_shows_its_status_contacts_and_orders() -> None:
    """RFC 8555 §7.1.2. The contacts are echoed: cert-manager compares them."""
    account = Account(id="a1", profile="pki/web", key={"kty": "EC"}, created=NOW)
    bare = {"status": "valid", "orders": PREFIX + "account/a1/orders"}
    assert rendering.account(account, URLS) == bare
    with_contact = account.but(contact=("mailto:a@example.com",))
    assert rendering.account(with_contact, URLS) == {**bare, "contact": ["mailto:a@example.com"]}


def test_a_list_of_orders_is_a_list_of_urls() -> None:
    """RFC 8555 §7.1.2.1."""
    assert rendering.orders(["o1", "o2"], URLS) == {
        "orders": [PREFIX + "order/o1", PREFIX + "order/o2"]
    }


def test_a_pending_order_shows_what_to_do_and_leaves_out_what_it_has_not() -> None:
    """RFC 8555 §7.1.3."""
    assert rendering.order(ORDER, OrderStatus.PENDING, None, URLS) == {
        "status": "pending",
        "expires": "2026-01-02T12:00:00Z",
        "identifiers": [{"type": "dns", "value": "a.example.com"}],
        "authorizations": [PREFIX + "authorization/s1/3"],
        "finalize": PREFIX + "order/o1/finalize",
    }


def test_an_order_has_a_certificate_once_it_is_valid_and_not_before() -> None:
    for status in OrderStatus:
        shown = rendering.order(ORDER, status, None, URLS).get("certificate")
        expected = PREFIX + "certificate/0af3" if status is OrderStatus.VALID else None
        assert shown == expected


def test_an_invalid_order_shows_why() -> None:
    shown = rendering.order(ORDER, OrderStatus.INVALID, PROBLEM, URLS)
    assert shown["error"] == {
        "type": "urn:ietf:params:acme:error:unauthorized",
        "detail": "the answer was another one",
        "status": 403,
    }


def test_an_order_shows_the_times_it_was_asked_for() -> None:
    shown = rendering.order(
        ORDER.but(not_before=NOW, not_after=LATER), OrderStatus.READY, None, URLS
    )
    assert shown["notBefore"] == "2026-01-01T12:00:00Z"
    assert shown["notAfter"] == "2026-01-02T12:00:00Z"


HTTP = Challenge(type=ChallengeType.HTTP_01, token="t1")
AUTHORIZATION = Authorization(
    id="s1",
    number=3,
    account="a1",
    profile="pki/web",
    identifier=NAME,
    expires=LATER,
    challenges=(HTTP,),
)


def test_an_authorization_shows_its_challenges() -> None:
    """RFC 8555 §7.1.4, §7.1.5."""
    assert rendering.authorization(AUTHORIZATION, AuthorizationStatus.EXPIRED, URLS) == {
        "identifier": {"type": "dns", "value": "a.example.com"},
        "status": "expired",
        "expires": "2026-01-02T12:00:00Z",
        "challenges": [
            {
                "type": "http-01",
                "url": PREFIX + "challenge/s1/3/http-01",
                "status": "pending",
                "token": "t1",
            }
        ],
    }


def test_only_the_authorization_of_a_wildcard_says_so() -> None:
    """RFC 8555 §7.1.4: the member is true or absent."""
    wildcard = AUTHORIZATION.but(wildcard=True)
    status = AuthorizationStatus.PENDING
    assert rendering.authorization(wildcard, status, URLS)["wildcard"] is True
    assert "wildcard" not in rendering.authorization(AUTHORIZATION, status, URLS)


def test_a_challenge_shows_when_it_was_met_or_why_not() -> None:
    """RFC 8555 §8."""
    valid = HTTP.but(status=ChallengeStatus.VALID, validated=NOW)
    failed = HTTP.but(status=ChallengeStatus.INVALID, error=PROBLEM)
    assert rendering.challenge(AUTHORIZATION, valid, URLS)["validated"] == "2026-01-01T12:00:00Z"
    shown = rendering.challenge(AUTHORIZATION, failed, URLS)
    assert shown["status"] == "invalid"
    assert shown["error"]["detail"] == PROBLEM.detail
    assert "validated" not in shown


def test_times_are_utc_and_whole_seconds() -> None:
    """RFC 3339."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=2)))
    assert rendering.time(elsewhere) == "2026-01-01T12:00:00Z"


def test_a_problem_document_has_type_detail_and_status() -> None:
    """RFC 8555 §6.7, RFC 9457 §3.1."""
    problem = Problem(ErrorType.BAD_NONCE, "the nonce was used")
    assert problem_documents.render(problem) == {
        "type": "urn:ietf:params:acme:error:badNonce",
        "detail": "the nonce was used",
        "status": 400,
    }


def test_subproblems_say_which_identifier_they_are_about() -> None:
    """RFC 8555 §6.7.1."""
    name = Identifier(IdentifierType.DNS, "a.example.com")
    problem = Problem(
        ErrorType.REJECTED_IDENTIFIER,
        "two names",
        HTTPStatus.FORBIDDEN,
        subproblems=(
            Problem(ErrorType.REJECTED_IDENTIFIER, "not allowed", identifier=name),
            Problem(ErrorType.UNSUPPORTED_IDENTIFIER, "unknown type"),
        ),
    )
    rendered = problem_documents.render(problem)
    assert rendered["status"] == 403
    assert rendered["subproblems"] == [
        {
            "type": "urn:ietf:params:acme:error:rejectedIdentifier",
            "detail": "not allowed",
            "identifier": {"type": "dns", "value": "a.example.com"},
        },
        {
            "type": "urn:ietf:params:acme:error:unsupportedIdentifier",
            "detail": "unknown type",
        },
    ]


def test_a_refused_algorithm_comes_with_those_that_would_do() -> None:
    """RFC 8555 §6.2."""
    problem = Problem(ErrorType.BAD_SIGNATURE_ALGORITHM, "none", algorithms=("ES256",))
    assert problem_documents.render(problem)["algorithms"] == ["ES256"]


def test_a_link_is_written_as_rfc_8288_has_it() -> None:
    assert str(Link("https://acme.example/d", "index")) == '<https://acme.example/d>;rel="index"'

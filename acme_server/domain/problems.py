"""Problems: every way in which the server says no, as values (RFC 8555 §6.7, RFC 9457)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from certwright.policy.identifiers import Identifier


class ErrorType(StrEnum):
    """The error types of RFC 8555 §6.7 and the registry it opened, without their common prefix."""

    ACCOUNT_DOES_NOT_EXIST = "accountDoesNotExist"
    ALREADY_REVOKED = "alreadyRevoked"
    BAD_CSR = "badCSR"
    BAD_NONCE = "badNonce"
    BAD_PUBLIC_KEY = "badPublicKey"
    BAD_REVOCATION_REASON = "badRevocationReason"
    BAD_SIGNATURE_ALGORITHM = "badSignatureAlgorithm"
    CONNECTION = "connection"
    DNS = "dns"
    EXTERNAL_ACCOUNT_REQUIRED = "externalAccountRequired"
    INCORRECT_RESPONSE = "incorrectResponse"
    INVALID_CONTACT = "invalidContact"
    INVALID_PROFILE = "invalidProfile"
    MALFORMED = "malformed"
    ORDER_NOT_READY = "orderNotReady"
    RATE_LIMITED = "rateLimited"
    REJECTED_IDENTIFIER = "rejectedIdentifier"
    SERVER_INTERNAL = "serverInternal"
    TLS = "tls"
    UNAUTHORIZED = "unauthorized"
    UNSUPPORTED_CONTACT = "unsupportedContact"
    UNSUPPORTED_IDENTIFIER = "unsupportedIdentifier"
    USER_ACTION_REQUIRED = "userActionRequired"

    @property
    def urn(self) -> str:
        """The type as it stands in a problem document."""
        return f"urn:ietf:params:acme:error:{self.value}"


#: The HTTP status of a type where a service names none. 403 where the request was understood and
#: refused, 400 where it was not well formed, as the peers read RFC 8555.
DEFAULT_STATUS: dict[ErrorType, HTTPStatus] = {
    ErrorType.EXTERNAL_ACCOUNT_REQUIRED: HTTPStatus.FORBIDDEN,
    ErrorType.ORDER_NOT_READY: HTTPStatus.FORBIDDEN,
    ErrorType.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorType.SERVER_INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorType.UNAUTHORIZED: HTTPStatus.FORBIDDEN,
    ErrorType.USER_ACTION_REQUIRED: HTTPStatus.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document, before it is rendered.

    `detail` is a sentence that a person can act on and never holds a secret. `identifier` is set in
    subproblems (RFC 8555 §6.7.1). `algorithms` is for `badSignatureAlgorithm` (RFC 8555 §6.2).
    """

    type: ErrorType
    detail: str
    status: HTTPStatus = HTTPStatus.OK
    identifier: Identifier | None = None
    subproblems: tuple["Problem", ...] = ()
    algorithms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Fill the status that the type implies where none was given."""
        if self.status is HTTPStatus.OK:
            implied = DEFAULT_STATUS.get(self.type, HTTPStatus.BAD_REQUEST)
            object.__setattr__(self, "status", implied)


@dataclass(eq=False)
class ACMEError(Exception):
    """Raised to answer a request with a problem document.

    `location` and `retry_after` (seconds) become headers: a 409 of a key change names the account
    that holds the key (RFC 8555 §7.3.5), a 503 says when to come back.
    """

    problem: Problem
    location: str | None = None
    retry_after: int | None = None

    def __str__(self) -> str:
        """Return the problem's type and detail."""
        return f"{self.problem.type}: {self.problem.detail}"


def refuse(kind: ErrorType, detail: str, status: HTTPStatus = HTTPStatus.OK) -> ACMEError:
    """Return the error to raise for a problem of one type and one sentence."""
    return ACMEError(Problem(kind, detail, status))


def malformed(detail: str) -> ACMEError:
    """Return the error for a request that is not well formed: 400 `malformed`."""
    return refuse(ErrorType.MALFORMED, detail)


def not_found(detail: str) -> ACMEError:
    """Return the error for a resource that is not there, or not this account's: 404 `malformed`."""
    return refuse(ErrorType.MALFORMED, detail, HTTPStatus.NOT_FOUND)


def unauthorized(detail: str) -> ACMEError:
    """Return the error for what this account may not do: 403 `unauthorized`."""
    return refuse(ErrorType.UNAUTHORIZED, detail)


def unavailable(detail: str, retry_after: int = 2) -> ACMEError:
    """Return the error for what may work in `retry_after` seconds: 503.

    Never a 4xx: cert-manager takes any 4xx for final and parks its Issuer.
    """
    problem = Problem(ErrorType.SERVER_INTERNAL, detail, HTTPStatus.SERVICE_UNAVAILABLE)
    return ACMEError(problem, retry_after=retry_after)


def combined(kind: ErrorType, problems: Iterable[Problem]) -> ACMEError:
    """Return one error for several problems: itself when there is one, else with subproblems."""
    found = tuple(problems)
    details = "; ".join(problem.detail for problem in found)
    subproblems = found if len(found) > 1 else ()
    return ACMEError(Problem(kind, details, subproblems=subproblems))

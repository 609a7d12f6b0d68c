"""External account binding: from what newAccount brings to a binding (RFC 8555 §7.3.4)."""

from dataclasses import dataclass

from acme_server.domain.documents.accounts import CredentialBinding
from acme_server.domain.problems import ACMEError, ErrorType, refuse, unauthorized
from acme_server.protocol import external_account_binding
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified
from acme_server.services.standing import is_for
from certwright.bundles.credential import CredentialInForce

# Compared against when the KID is unknown, so that the answer takes as long as for a known one.
_NO_SECRET = (bytes(32),)


@dataclass(frozen=True, slots=True)
class Bound:
    """A credential that a request proved to hold, and the binding to store for it."""

    credential: CredentialInForce
    binding: CredentialBinding


async def verify(environment: Environment, request: Verified, given: object) -> Bound:
    """Return the binding that `given`, the payload's `externalAccountBinding`, proves.

    Raises `malformed` or `badPublicKey` for a wrong form, and 403 `unauthorized` for a credential
    that is unknown, of another profile, or may bind nobody now. Unknown and wrong read alike.
    Raises `BundlesUnavailable` where that can't be told now.
    """
    environment.bundles.require_current()
    parsed = external_account_binding.parse(given, request.urls.new_account, request.key)
    credential = await environment.bundles.credential(parsed.kid)
    if credential is not None and not is_for(credential, request.profile):
        credential = None
    now = environment.now()
    secrets = _NO_SECRET if credential is None else credential.secrets_at(now)
    proved = external_account_binding.verify(parsed, secrets)
    if credential is None or not proved:
        raise unauthorized(
            f"the external account binding with KID {parsed.kid!r} was not accepted: either no "
            f"EABCredential of that name is for profile {request.profile.key}, or its secret is "
            "another one; take both `kid` and `secret` from the credential's Secret"
        )
    reason = credential.refusal_for_binding(now)
    if reason is not None:
        raise unauthorized(reason)
    binding = CredentialBinding(
        namespace=credential.namespace,
        name=credential.name,
        uid=credential.uid,
        grant=credential.grant,
        bound=now,
    )
    return Bound(credential, binding)


def required() -> ACMEError:
    """Return the error for a registration without the binding that the profile requires."""
    return refuse(
        ErrorType.EXTERNAL_ACCOUNT_REQUIRED,
        "this profile requires an external account binding: take `kid` and `secret` from the "
        "Secret of an EABCredential and give them to your client",
    )

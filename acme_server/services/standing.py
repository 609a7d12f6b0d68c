"""Whether an account may order now: its profile, credential and grant, asked afresh each time.

Asked at newOrder, at a challenge and again at finalize. Reads, deactivation and revocation go on
whatever the answer: a tenant who lost his grant must still be able to revoke.
"""

from acme_server.domain.documents import Account, CredentialBinding
from acme_server.domain.problems import ErrorType, refuse, unauthorized
from acme_server.ports import Bundles
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.profile import ProfileInForce
from certwright.policy.account import AccountPolicy


async def policy_of(bundles: Bundles, profile: ProfileInForce, account: Account) -> AccountPolicy:
    """Return what `account` may have; raise 403 with the reason if it may not order."""
    if profile.refusal is not None:
        raise unauthorized(f"profile {profile.key} issues nothing now: {profile.refusal}")
    if account.credential is None:
        if profile.external_account_required:
            raise refuse(
                ErrorType.EXTERNAL_ACCOUNT_REQUIRED,
                f"profile {profile.key} now requires an external account binding, and this account "
                "has none: register again with the same key and an EAB",
            )
        return profile.account_policy(None)
    credential = await bundles.credential(key_identifier(account.credential))
    reason = refusal(account.credential, credential, profile)
    if reason is not None:
        raise unauthorized(reason)
    return profile.account_policy(credential)


def refusal(
    binding: CredentialBinding, credential: CredentialInForce | None, profile: ProfileInForce
) -> str | None:
    """Return why an account bound by `binding` may not order, None if it may."""
    name = key_identifier(binding)
    if credential is None:
        return f"EABCredential {name}, which this account is bound to, has been deleted"
    if credential.uid != binding.uid:
        return (
            f"EABCredential {name} was deleted and made anew since this account was bound: "
            "register again with the same key and the new secret"
        )
    if credential.profile != profile.key:
        return f"EABCredential {name} is now for profile {credential.profile}"
    return credential.refusal_for_ordering(binding.bound)


def key_identifier(binding: CredentialBinding) -> str:
    """Return the KID of the credential that an account is bound to."""
    return f"{binding.namespace}.{binding.name}"

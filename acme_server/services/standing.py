"""Whether an account may order now: its profile, credential and grant, asked afresh each time.

Asked at newOrder, at a challenge and again at finalize. Reads, deactivation and revocation go on
whatever the answer: a tenant who lost his grant must still be able to revoke.
"""

from dataclasses import dataclass

from acme_server.domain.documents.accounts import Account, CredentialBinding
from acme_server.domain.problems import ErrorType, refuse, unauthorized, unavailable
from acme_server.ports import Bundles
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.profile import ProfileInForce
from certwright.policy.account import AccountPolicy


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may have now, and the credential that it has it by."""

    policy: AccountPolicy
    credential: CredentialInForce | None = None


async def standing_of(bundles: Bundles, profile: ProfileInForce, account: Account) -> Standing:
    """Return how `account` stands; raise 403 with the reason if it may not order.

    Raises `BundlesUnavailable` where that can't be told now: see its `require_current`.
    """
    bundles.require_current()
    if profile.refusal is not None:
        raise unauthorized(f"profile {profile.key} issues nothing now: {profile.refusal}")
    if account.credential is None:
        if profile.external_account_required:
            raise refuse(
                ErrorType.EXTERNAL_ACCOUNT_REQUIRED,
                f"profile {profile.key} now requires an external account binding, and this account "
                "has none: register again with the same key and an EAB",
            )
        return Standing(profile.account_policy(None))
    credential = await bundles.credential(key_identifier(account.credential))
    reason = refusal(account.credential, credential, profile)
    if reason is not None:
        raise unauthorized(reason)
    return Standing(profile.account_policy(credential), credential)


async def in_force(bundles: Bundles, profile: ProfileInForce) -> ProfileInForce:
    """Return a profile as it is now, for who has held it since a request came in.

    Raises 503 if there is none of its name any more.
    """
    found = await bundles.profile(profile.namespace, profile.name)
    if found is None:
        raise unavailable(f"there is no profile {profile.key} here any more")
    return found


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
    if not is_for(credential, profile):
        return f"EABCredential {name} is now for another profile, {credential.profile}"
    return credential.refusal_for_ordering(binding.bound)


def is_for(credential: CredentialInForce, profile: ProfileInForce) -> bool:
    """Whether a credential is for this profile, not one that had its name before or has another."""
    return (credential.profile, credential.profile_uid) == (profile.key, profile.uid)


def has_ended(binding: CredentialBinding, credential: CredentialInForce | None) -> bool:
    """Whether a binding can't come to life again: unlike that of a credential that is suspended."""
    if credential is None or credential.uid != binding.uid:
        return True
    rejected = credential.reject_accounts_before_time
    return rejected is not None and binding.bound < rejected


def key_identifier(binding: CredentialBinding) -> str:
    """Return the KID of the credential that an account is bound to."""
    return f"{binding.namespace}.{binding.name}"

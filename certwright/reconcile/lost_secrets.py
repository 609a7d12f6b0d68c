"""Secrets that were drawn and are gone: nobody draws them a second time unless asked to."""

from dataclasses import dataclass

from certwright.reconcile import secret_names
from certwright.reconcile.existing import Existing
from certwright.reconcile.verdicts import Reason, Verdict
from certwright.resources.credential import EABCredential


@dataclass(frozen=True, slots=True)
class LostSecret:
    """A credential's secret that was drawn, and that its bundle doesn't hold.

    Args:
        revision: Of the rotation that it was drawn for. Where only the tenant's Secret tells of it,
            the revision of today stands in for it.
    """

    revision: int

    def is_given_up(self, credential: EABCredential) -> bool:
        """Tell whether a new secret is asked for, by a later revision."""
        return credential.spec.rotation.revision > self.revision

    @property
    def verdict(self) -> Verdict:
        """How its credential stands; accounts that are bound go on."""
        return Verdict(
            False,
            Reason.SECRET_MISSING,
            f"its secret of revision {self.revision} was drawn and is missing, so it binds no new "
            "accounts: restore it from a backup, or raise spec.rotation.revision above "
            f"{self.revision} to have a new one, which its clients must be given",
            stalled=True,
        )


def lost_secret(existing: Existing, credential: EABCredential) -> LostSecret | None:
    """Return the secret that a credential had and its bundle doesn't hold; None if there is none.

    A bundle of another object of that name says that what is left of it was that object's.
    """
    bundle = existing.credentials.get(credential.key)
    told = credential.status.secret_revision
    if bundle is not None and bundle.uid == credential.metadata.uid and bundle.secrets:
        return None
    if told is not None:
        return LostSecret(told)
    handed_out = existing.tenant_secrets.get(secret_names.secret_key(credential))
    if bundle is None and handed_out == credential.key_id:
        return LostSecret(credential.spec.rotation.revision)
    return None

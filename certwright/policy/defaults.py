"""What a certificate gets of its profile when order and CSR leave it out."""

from datetime import timedelta

from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.policy.model import PolicyModel, SubjectValues
from certwright.policy.template import split_usages
from certwright.resources.profile import Defaults


class IssuanceDefaults(PolicyModel):
    """A profile's defaults; what is empty supplies nothing.

    Args:
        duration: Validity for orders that ask for none; None means `lifetime.DEFAULT_DURATION`.
        subject: Values of the subject's attributes, each for CSRs that leave that attribute out.
        key_usages: For CSRs without key usages.
        extended_key_usages: For CSRs without extended key usages.
    """

    duration: timedelta | None = None
    subject: SubjectValues = SubjectValues()
    key_usages: tuple[KeyUsage, ...] = ()
    extended_key_usages: tuple[ExtendedKeyUsage, ...] = ()


def resolve_defaults(defaults: Defaults) -> IssuanceDefaults:
    """Return a profile's defaults as policy uses them."""
    found = defaults.subject.model_dump(by_alias=False)
    found["serial_number"] = (found["serial_number"],) if found["serial_number"] else ()
    key_usages, extended_key_usages = split_usages(defaults.usages)
    return IssuanceDefaults(
        duration=defaults.duration,
        subject=SubjectValues(**found),
        key_usages=key_usages,
        extended_key_usages=extended_key_usages,
    )

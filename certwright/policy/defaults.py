"""What a certificate gets of its profile when order and CSR leave it out."""

from dataclasses import replace
from datetime import timedelta
from typing import Self

from pydantic import model_validator

from certwright.pki.subjects import InvalidSubject, Subject
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

    @model_validator(mode="after")
    def _check_subject(self) -> Self:
        try:
            self.filling(Subject())
        except InvalidSubject as error:
            raise ValueError(str(error)) from None
        return self

    def filling(self, subject: Subject) -> Subject:
        """Return a subject with the attributes it lacks supplied."""
        number = self.subject.serial_number[0] if self.subject.serial_number else None
        return replace(
            subject,
            organizations=subject.organizations or self.subject.organizations,
            organizational_units=subject.organizational_units or self.subject.organizational_units,
            countries=subject.countries or self.subject.countries,
            provinces=subject.provinces or self.subject.provinces,
            localities=subject.localities or self.subject.localities,
            street_addresses=subject.street_addresses or self.subject.street_addresses,
            postal_codes=subject.postal_codes or self.subject.postal_codes,
            serial_number=subject.serial_number or number,
        )


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

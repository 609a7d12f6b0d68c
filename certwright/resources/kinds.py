"""The four kinds, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from certwright.resources.authority import CertificateAuthority
from certwright.resources.credential import EABCredential
from certwright.resources.profile import CertificateProfile
from certwright.resources.template import CertificateTemplate

AnyResource = CertificateAuthority | CertificateTemplate | CertificateProfile | EABCredential

KINDS: Mapping[str, type[AnyResource]] = MappingProxyType(
    {
        "CertificateAuthority": CertificateAuthority,
        "CertificateTemplate": CertificateTemplate,
        "CertificateProfile": CertificateProfile,
        "EABCredential": EABCredential,
    }
)

"""The presets: what each fills in where a template leaves it unset, as a table.

Every preset allows any common name (an ACME server takes one only from among the names of its
order) and 365 days; none allows another attribute of the subject or a wildcard. Usages that a
certificate gets when neither its CSR nor the profile names any are in `supplied`.

Against the presets that people know, these also take the keys and the usages that ACME clients come
with: RSA keys everywhere, Ed25519 wherever TLS is spoken, and for all that key encipherment, which
cert-manager asks for unless it is told otherwise. The S/MIME and code-signing presets leave Ed25519
out, since few verifiers of those know it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.policy.model import PolicyModel
from certwright.resources.template import Preset as PresetName
from certwright.resources.usages import Usage

_SMALLEST: Final = MappingProxyType({KeyAlgorithm.RSA: 2048, KeyAlgorithm.ECDSA: 256})


class KeyRule(PolicyModel):
    """Keys of one algorithm: unset sizes are the smallest that is sound and no upper bound."""

    algorithm: KeyAlgorithm
    min_size: int | None = None
    max_size: int | None = None

    def permits(self, key_type: KeyType) -> bool:
        """Tell whether a key of this type fits."""
        if key_type.algorithm is not self.algorithm:
            return False
        if key_type.size is None:
            return True
        smallest = max(self.min_size or 0, _SMALLEST[self.algorithm])
        return smallest <= key_type.size and (
            self.max_size is None or key_type.size <= self.max_size
        )

    def __str__(self) -> str:
        """Return the rule for a message: `RSA from 2048`."""
        if self.algorithm not in _SMALLEST:
            return str(self.algorithm)
        smallest = max(self.min_size or 0, _SMALLEST[self.algorithm])
        up_to = f" to {self.max_size}" if self.max_size else ""
        return f"{self.algorithm} from {smallest}{up_to}"


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset fills in; the members are those of `TemplatePolicy`. By default nothing."""

    common_names: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    ip_cidrs: tuple[str, ...] = ()
    usages: tuple[Usage, ...] = ()
    supplied: tuple[Usage, ...] = ()
    private_keys: tuple[KeyRule, ...] = ()
    max_duration: timedelta | None = None


_YEAR: Final = timedelta(days=365)
_ANY_DNS_NAME: Final = ("**",)
_ANY_ADDRESS: Final = ("0.0.0.0/0", "::/0")
_RSA_ECDSA: Final = (
    KeyRule(algorithm=KeyAlgorithm.RSA, min_size=2048),
    KeyRule(algorithm=KeyAlgorithm.ECDSA, min_size=256),
)
_TLS_KEYS: Final = (*_RSA_ECDSA, KeyRule(algorithm=KeyAlgorithm.ED25519))


def _preset(
    supplied: tuple[Usage, ...],
    also_allowed: tuple[Usage, ...] = (),
    *,
    dns_names: tuple[str, ...] = (),
    ip_cidrs: tuple[str, ...] = (),
    private_keys: tuple[KeyRule, ...] = _TLS_KEYS,
) -> Preset:
    return Preset(
        common_names=("*",),
        dns_names=dns_names,
        ip_cidrs=ip_cidrs,
        usages=(*supplied, *also_allowed),
        supplied=supplied,
        private_keys=private_keys,
        max_duration=_YEAR,
    )


PRESETS: Final[Mapping[PresetName, Preset]] = MappingProxyType(
    {
        PresetName.TLS_SERVER: _preset(
            (Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT, Usage.SERVER_AUTH),
            dns_names=_ANY_DNS_NAME,
            ip_cidrs=_ANY_ADDRESS,
        ),
        PresetName.TLS_CLIENT: _preset(
            (Usage.DIGITAL_SIGNATURE, Usage.CLIENT_AUTH),
            (Usage.KEY_ENCIPHERMENT, Usage.KEY_AGREEMENT),
            dns_names=_ANY_DNS_NAME,
        ),
        PresetName.CODE_SIGNING: _preset(
            (Usage.DIGITAL_SIGNATURE, Usage.CONTENT_COMMITMENT, Usage.CODE_SIGNING),
            (Usage.TIMESTAMPING,),
            private_keys=_RSA_ECDSA,
        ),
        PresetName.DEVICE: _preset(
            (Usage.DIGITAL_SIGNATURE, Usage.CLIENT_AUTH),
            (Usage.KEY_ENCIPHERMENT, Usage.KEY_AGREEMENT, Usage.SERVER_AUTH),
            dns_names=_ANY_DNS_NAME,
            ip_cidrs=_ANY_ADDRESS,
        ),
        PresetName.USER: _preset(
            (
                Usage.DIGITAL_SIGNATURE,
                Usage.KEY_ENCIPHERMENT,
                Usage.CLIENT_AUTH,
                Usage.EMAIL_PROTECTION,
            ),
            (Usage.KEY_AGREEMENT,),
            private_keys=_RSA_ECDSA,
        ),
        PresetName.EMAIL_PROTECTION: _preset(
            (Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT, Usage.EMAIL_PROTECTION),
            (Usage.KEY_AGREEMENT,),
            private_keys=_RSA_ECDSA,
        ),
        PresetName.DUAL_PURPOSE_SERVER: _preset(
            (
                Usage.DIGITAL_SIGNATURE,
                Usage.KEY_ENCIPHERMENT,
                Usage.SERVER_AUTH,
                Usage.CLIENT_AUTH,
            ),
            (Usage.KEY_AGREEMENT,),
            dns_names=_ANY_DNS_NAME,
            ip_cidrs=_ANY_ADDRESS,
        ),
    }
)

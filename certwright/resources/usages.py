"""Key usages and extended key usages of leaf certificates, in cert-manager's words."""

from enum import StrEnum


class Usage(StrEnum):
    """A use of a key (RFC 5280, sections 4.2.1.3 and 4.2.1.12).

    cert-manager's second words for the same use (`signing`, `s/mime`), the uses of authorities and
    the use for anything at all are left out: a template says one thing in one way.
    """

    DIGITAL_SIGNATURE = "digital signature"
    CONTENT_COMMITMENT = "content commitment"
    KEY_ENCIPHERMENT = "key encipherment"
    DATA_ENCIPHERMENT = "data encipherment"
    KEY_AGREEMENT = "key agreement"
    ENCIPHER_ONLY = "encipher only"
    DECIPHER_ONLY = "decipher only"
    SERVER_AUTH = "server auth"
    CLIENT_AUTH = "client auth"
    CODE_SIGNING = "code signing"
    EMAIL_PROTECTION = "email protection"
    TIMESTAMPING = "timestamping"
    OCSP_SIGNING = "ocsp signing"

"""The resources of a profile and where they live: one table for those who route and who render."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Resource(StrEnum):
    """What a request can be addressed to, by the names of RFC 8555 §7.1."""

    DIRECTORY = "directory"
    NEW_NONCE = "newNonce"
    NEW_ACCOUNT = "newAccount"
    NEW_ORDER = "newOrder"
    REVOKE_CERTIFICATE = "revokeCert"
    KEY_CHANGE = "keyChange"
    ACCOUNT = "account"
    ORDERS = "orders"
    ORDER = "order"
    FINALIZE = "finalize"
    AUTHORIZATION = "authorization"
    CHALLENGE = "challenge"
    CERTIFICATE = "certificate"


#: Each resource's path below `/acme/NAMESPACE/PROFILE/`; braces name its parameters.
PATHS: Final = MappingProxyType(
    {
        Resource.DIRECTORY: "directory",
        Resource.NEW_NONCE: "new-nonce",
        Resource.NEW_ACCOUNT: "new-account",
        Resource.NEW_ORDER: "new-order",
        Resource.REVOKE_CERTIFICATE: "revoke-cert",
        Resource.KEY_CHANGE: "key-change",
        Resource.ACCOUNT: "account/{account}",
        Resource.ORDERS: "account/{account}/orders",
        Resource.ORDER: "order/{order}",
        Resource.FINALIZE: "order/{order}/finalize",
        Resource.AUTHORIZATION: "authorization/{slot}/{number}",
        Resource.CHALLENGE: "challenge/{slot}/{number}/{type}",
        Resource.CERTIFICATE: "certificate/{serial}",
    }
)

#: What each parameter looks like, as a regular expression. Ids are lower-case hex or base32.
PARAMETERS: Final = MappingProxyType(
    {
        "account": "[a-z0-9]{1,64}",
        "order": "[a-z0-9]{1,64}",
        "slot": "[a-z0-9]{1,64}",
        "number": "0|[1-9][0-9]{0,8}",
        "type": "[a-z0-9-]{1,32}",
        "serial": "[0-9a-f]{1,40}",
    }
)

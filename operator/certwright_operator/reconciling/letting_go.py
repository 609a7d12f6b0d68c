"""Taking a secret back out of a tenant's namespace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from certwright_operator.api.port import API, SECRETS
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.settings import TenantSecrets

_EMPTIED: Final[Mapping[str, Any]] = {
    "data": {labels.KID_DATA: None, labels.SECRET_DATA: None},
    "metadata": {
        "labels": {labels.MANAGED_BY: None, labels.CREDENTIAL: None},
        "annotations": {labels.SOURCE: None, labels.SOURCE_UID: None},
        "ownerReferences": None,
    },
}


@dataclass(frozen=True, slots=True)
class LettingGo:
    """Ends the life of tenants' Secrets.

    Args:
        api: The API server.
        tenant_secrets: What may be done to Secrets of others.
    """

    api: API
    tenant_secrets: TenantSecrets

    async def let_go(self, child: Child) -> None:
        """Delete a tenant's Secret of ours, or where that isn't allowed, empty it.

        What is left then is nobody's: without our data, our labels and its owner.

        Raises:
            Refused, Unavailable: The API server can't or won't.
        """
        where = child.key.namespace, child.key.name
        if self.tenant_secrets.may_list(child.key.namespace):
            await self.api.delete(SECRETS, *where, uid=child.uid, version=child.version)
        else:
            await self.api.merge(SECRETS, *where, _emptied(child))


def _emptied(child: Child) -> dict[str, Any]:
    at_version = {"uid": child.uid, "resourceVersion": child.version}
    return {**_EMPTIED, "metadata": {**_EMPTIED["metadata"], **at_version}}

"""Which tenants' namespaces can be watched."""

import logging
from dataclasses import replace

from certwright_operator.api.port import API, SECRETS, Forbidden
from certwright_operator.settings import Settings, TenantSecrets

_log = logging.getLogger(__name__)


async def within_reach(api: API, settings: Settings) -> Settings:
    """Return the settings without the tenants' namespaces whose Secrets can't be listed.

    A namespace that was deleted took the operator's role in it along, and one watch that is refused
    ends them all. What is left out is read again at each resync, and watched after the next start.

    Raises:
        Refused, Unavailable: The API server can't or won't tell.
    """
    reachable = set[str]()
    for namespace in sorted(settings.tenant_secrets.namespaces):
        try:
            async for _ in api.pages(SECRETS, namespace, limit=1):
                break
        except Forbidden as forbidden:
            _log.warning("namespace %s is not watched: %s", namespace, forbidden)
        else:
            reachable.add(namespace)
    return replace(settings, tenant_secrets=TenantSecrets(frozenset(reachable)))

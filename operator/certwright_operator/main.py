"""The operator, and every trigger of it: what is watched, where, and whom it is told to."""

from collections.abc import Mapping
from typing import Any

import kopf

from certwright_operator.api import access
from certwright_operator.api.port import (
    AUTHORITIES,
    CONFIG_MAPS,
    CREDENTIALS,
    NAMESPACES,
    PROFILES,
    SECRETS,
    TEMPLATES,
)
from certwright_operator.children.labels import MANAGED_BY, MANAGER
from certwright_operator.running import Operator
from certwright_operator.settings import Settings
from certwright_operator.triggers.inbox import Inbox
from certwright_operator.triggers.watch import Watch, told_by

OURS = f"{MANAGED_BY}={MANAGER}"
"""Selects the objects that the operator made."""


async def operate(settings: Settings, environment: Mapping[str, str]) -> None:
    """Run until a signal says to stop; raise what ends it otherwise: see `Operator.run`.

    Raises:
        NoAccess: the environment doesn't say how to come to an API server.
    """
    configuration = await access.configuration(environment)
    await Operator(settings, configuration, watches).run()


def watches(settings: Settings, inbox: Inbox) -> tuple[Watch, ...]:
    """Return all watches: of what people write, of Secrets, and of published roots."""
    written = Watch((AUTHORITIES, TEMPLATES, PROFILES, CREDENTIALS, NAMESPACES))
    own = {settings.operator_namespace, settings.server_namespace}
    secrets = Watch((SECRETS,), frozenset(own | settings.tenant_secrets.namespaces), OURS)
    roots = Watch((CONFIG_MAPS,), frozenset({settings.server_namespace}), OURS)

    @kopf.on.event(*told_by(AUTHORITIES), registry=written.registry)
    async def authority(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(AUTHORITIES.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(TEMPLATES), registry=written.registry)
    async def template(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(TEMPLATES.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(PROFILES), registry=written.registry)
    async def profile(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(PROFILES.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(CREDENTIALS), registry=written.registry)
    async def credential(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(CREDENTIALS.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(NAMESPACES), registry=written.registry)
    async def namespace(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(NAMESPACES.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(SECRETS), registry=secrets.registry)
    async def secret(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(SECRETS.plural, event["type"], event["object"])

    @kopf.on.event(*told_by(CONFIG_MAPS), registry=roots.registry)
    async def published(event: kopf.RawEvent, **_: Any) -> None:
        inbox.seen(CONFIG_MAPS.plural, event["type"], event["object"])

    return written, secrets, roots

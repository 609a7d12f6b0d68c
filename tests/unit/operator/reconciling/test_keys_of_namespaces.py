"""Whose a key is when namespaces, too, are written anew, and news of them comes late."""

from certwright.reconcile.world import Kind
from certwright_operator.api.port import KINDS, NAMESPACES, SECRETS
from tests.unit.operator.reconciling.world import OPERATOR, Cluster, quickstart

AUTHORITIES = KINDS[Kind.AUTHORITY]


async def test_a_key_is_withheld_though_news_of_the_new_namespace_is_late() -> None:
    cluster = Cluster()
    cluster.write(quickstart())
    await cluster.settle()
    root = cluster.found(Kind.AUTHORITY, "root")
    cluster.api.remove(AUTHORITIES, "pki", "root")
    await cluster.settle()
    cluster.api.watchers.clear()
    cluster.api.remove(NAMESPACES, None, "pki")
    anew = cluster.api.put(NAMESPACES, None, {"metadata": {"name": "pki"}})
    cluster.api.watchers[:] = [cluster.operator.seen]
    root.pop("status")
    cluster.write([root])
    await cluster.settle()
    assert "status" not in cluster.found(Kind.AUTHORITY, "root")
    cluster.operator.seen(NAMESPACES.plural, "ADDED", anew)
    await cluster.settle()
    assert cluster.ready(Kind.AUTHORITY, "root") == ("False", "KeyWithheld")


async def test_a_key_is_never_withheld_from_the_object_that_it_was_made_for() -> None:
    cluster = Cluster()
    cluster.write(quickstart())
    await cluster.settle()
    key = cluster.secret(OPERATOR, "authority.pki.root")
    assert key is not None
    key["metadata"]["annotations"]["certwright.dev/namespace-uid"] = "of one before"
    cluster.api.put(SECRETS, OPERATOR, key)
    await cluster.settle()
    assert cluster.ready(Kind.AUTHORITY, "root") == ("True", "Issued")


async def test_a_credential_is_suspended_though_its_authority_is_in_trouble() -> None:
    cluster = Cluster()
    cluster.write(quickstart())
    await cluster.settle()
    trust = cluster.api.found(AUTHORITIES, "pki", "issuing")
    assert trust is not None
    cluster.api.watchers.clear()
    trust["spec"]["duration"] = "40000h"
    cluster.write([trust])
    credential = cluster.found(Kind.CREDENTIAL, "team-a/default")
    credential["spec"]["suspend"] = True
    cluster.write([credential])
    cluster.refuse_writes_to("authority.pki.issuing")
    await cluster.settle(cluster.new_operator())
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default") == ("False", "Suspended")

"""ServiceAccounts: their tokens, and what RBAC lets them do."""

from dataclasses import dataclass

from tests.cluster.harness.client import Client
from tests.cluster.harness.resources import ACCESS_REVIEWS, Resource


async def token_of(client: Client, namespace: str, name: str) -> str:
    """Return a token of a ServiceAccount, as a pod is given one."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    given = await client.request("POST", path, body=request)
    token: str = given["status"]["token"]
    return token


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that somebody could want to do; an empty namespace means all namespaces."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""


async def may(client: Client, user: str, attempt: Attempt, *groups: str) -> bool:
    """Tell whether the API server's authorizer lets a user do something (`kubectl can-i`)."""
    *group, version = attempt.resource.api_version.split("/")
    attributes = {
        "verb": attempt.verb,
        "group": "".join(group),
        "version": version,
        "resource": attempt.resource.plural,
        "namespace": attempt.namespace,
        "name": attempt.name,
    }
    review = {
        "apiVersion": ACCESS_REVIEWS.api_version,
        "kind": ACCESS_REVIEWS.kind,
        "metadata": {},
        "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
    }
    answer = await client.create(review)
    return bool(answer["status"]["allowed"])

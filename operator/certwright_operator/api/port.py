"""What the operator needs of an API server. Objects are plain JSON values."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from certwright.reconcile.world import Kind
from certwright.resources.model import GROUP, VERSION

Object = dict[str, Any]
"""An object of the API, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of objects, and where it is served.

    Args:
        group: API group; empty is the core group.
        version: Of the group: `v1`.
        plural: Name of the collection in paths: `secrets`.
        kind: `Secret`.
        namespaced: Whether its objects are in namespaces.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`apiVersion` of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """Return the path of a collection, of an object in it, or of an object's subresource."""
        root = "/apis" if self.group else "/api"
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        path = f"{root}/{self.api_version}{within}/{self.plural}"
        return "/".join(part for part in (path, name, subresource) if part)


@dataclass(frozen=True, slots=True)
class Change:
    """What a watch tells.

    Args:
        type: ADDED, also of what was there before; MODIFIED or DELETED.
        object: The object after it, or as it was last.
    """

    type: str
    object: Object


SECRETS: Final = Resource("", "v1", "secrets", "Secret")
CONFIG_MAPS: Final = Resource("", "v1", "configmaps", "ConfigMap")
NAMESPACES: Final = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
LEASES: Final = Resource("coordination.k8s.io", "v1", "leases", "Lease")
EVENTS: Final = Resource("", "v1", "events", "Event")
DEFINITIONS: Final = Resource(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    namespaced=False,
)
AUTHORITIES: Final = Resource(GROUP, VERSION, "certificateauthorities", Kind.AUTHORITY)
TEMPLATES: Final = Resource(GROUP, VERSION, "certificatetemplates", Kind.TEMPLATE)
PROFILES: Final = Resource(GROUP, VERSION, "certificateprofiles", Kind.PROFILE)
CREDENTIALS: Final = Resource(GROUP, VERSION, "eabcredentials", Kind.CREDENTIAL)

KINDS: Final[Mapping[Kind, Resource]] = MappingProxyType(
    {
        Kind.AUTHORITY: AUTHORITIES,
        Kind.TEMPLATE: TEMPLATES,
        Kind.PROFILE: PROFILES,
        Kind.CREDENTIAL: CREDENTIALS,
    }
)
"""The four kinds."""


class Refused(Exception):
    """The API server answered, and refuses. The sentence holds nothing of what was sent.

    Args:
        status: HTTP status.
        reason: One word for programs, such as `AlreadyExists`; may be empty.
    """

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


class NotFound(Refused):
    """The object is not there, or for a create its namespace."""


class NotServed(Refused):
    """The kind is not served: its definition is gone, or the API server has only just started.

    No `NotFound`, for it says nothing about any object.
    """


class AlreadyExists(Refused):
    """There is an object of that name."""


class Conflict(Refused):
    """The object is at another version than was said, or is another one of the same name."""


class Forbidden(Refused):
    """The operator's roles don't allow this, or the namespace is being deleted."""


class Invalid(Refused):
    """The API server doesn't take the object as it is."""


class Unavailable(Exception):
    """No answer, or none that tells what became of the request: it is tried again later.

    Args:
        retry_after: Seconds that the API server asks to wait; None if it didn't say.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class API(Protocol):
    """An API server. Every method raises `Refused` or `Unavailable`.

    Bodies may leave out `apiVersion` and `kind`; they are never changed. `namespace` is None for
    kinds without namespaces, and in `pages` for all namespaces.
    """

    async def get(self, resource: Resource, namespace: str | None, name: str) -> Object:
        """Return an object, read live; raise `NotFound`."""
        ...

    def pages(
        self, resource: Resource, namespace: str | None, labels: str = "", limit: int = 500
    ) -> AsyncIterator[Object]:
        """Yield all objects that a label selector selects, read live, `limit` at a time.

        Each comes once, and may lack `apiVersion` and `kind`. What changes meanwhile may be seen
        before or after its change.
        """
        ...

    async def create(self, resource: Resource, namespace: str | None, body: Object) -> Object:
        """Create an object; raise `AlreadyExists`, or `NotFound` when its namespace isn't there."""
        ...

    async def replace(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """Replace an object at its `metadata.resourceVersion`; raise `Conflict`, `NotFound`."""
        ...

    async def apply(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Object,
        *,
        subresource: str = "",
    ) -> Object:
        """Create an object or change what the operator owns of it, by server-side apply with force.

        With `metadata.uid` only that object is changed, and none is created; with
        `metadata.resourceVersion` only that version is changed, but one is created if there is
        none: raises `Conflict` otherwise. A `subresource` (`status`) is applied where its object
        exists: raises `NotFound` otherwise.
        """
        ...

    async def merge(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """Change an object by a merge patch (RFC 7396); raise `NotFound`.

        With `metadata.resourceVersion` only that version is changed: raises `Conflict` otherwise.
        """
        ...

    async def delete(
        self, resource: Resource, namespace: str | None, name: str, *, uid: str, version: str = ""
    ) -> None:
        """Delete the object of that UID, and at that version if one is given; raise `Conflict`.

        To find none of that name is success.
        """
        ...

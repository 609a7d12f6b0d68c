"""Which redirects of an http-01 target are followed: pure decisions (RFC 8555 §8.3 and §10.4)."""

from yarl import URL

from acme_server.validation.endpoints import bracketed
from acme_server.validation.failures import AttemptFailed, connection, unauthorized

#: RFC 8555 §8.3 leaves the number to the server; browsers and Boulder follow about as many.
MOST_REDIRECTS = 10
LONGEST_LOCATION = 2000

SEE_OTHER = 303
REDIRECTS = frozenset({301, 302, SEE_OTHER, 307, 308})


def origin(url: URL) -> str:
    """Return scheme, host and port, which is all that is repeated to a client of a foreign URL."""
    host = bracketed(url.raw_host or "")
    return f"{url.scheme}://{host}" + ("" if url.is_default_port() else f":{url.port}")


def next_url(
    visited: tuple[URL, ...], status: int, location: str | None, ports: frozenset[int]
) -> URL:
    """Return where a redirect from the last of `visited` leads; raise `AttemptFailed`.

    `ports` are those that the server connects to at all.
    """
    here = visited[-1]
    if status == SEE_OTHER:
        # RFC 9110 §15.4.4: it names something else than what was asked for.
        raise connection(f"Redirect from {origin(here)} not followed: its status is 303")
    if location is None:
        raise unauthorized(f"Invalid response from {origin(here)}: {status} without a Location")
    target = _parsed(here, location)
    if (objection := _objection(target, ports)) is not None:
        raise connection(f"Redirect from {origin(here)} not followed: {objection}")
    if target in visited:
        raise connection(f"Redirect loop detected at {origin(target)}")
    if len(visited) > MOST_REDIRECTS:
        raise connection(f"Too many redirects: more than {MOST_REDIRECTS}")
    return target


def _parsed(here: URL, location: str) -> URL:
    if len(location) > LONGEST_LOCATION:
        raise connection(
            f"Redirect from {origin(here)} not followed: its target is longer than "
            f"{LONGEST_LOCATION} characters"
        )
    try:
        # The fragment is the browser's; it is not part of what is fetched.
        target = here.join(URL(location)).with_fragment(None)
        _ = target.port
    except (ValueError, TypeError) as error:
        raise _not_a_url(here) from error
    return target


def _not_a_url(here: URL) -> AttemptFailed:
    return connection(f"Redirect from {origin(here)} not followed: its target is no valid URL")


def _objection(target: URL, ports: frozenset[int]) -> str | None:
    if target.scheme not in {"http", "https"}:
        return "its target is neither http nor https"
    if target.raw_user is not None or target.raw_password is not None:
        return "its target holds a user name or password"
    if not target.raw_host or "%" in target.raw_host:
        return "its target has no host, or an address with a zone"
    if target.port not in ports:
        allowed = ", ".join(str(port) for port in sorted(ports))
        return f"its target's port is {target.port}; allowed are {allowed}"
    return None

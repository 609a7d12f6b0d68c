"""A member's Lease: what a replica tells of itself in annotations, and how others read it."""

import re
from collections.abc import Iterable
from dataclasses import replace

from acme_server.membership.lease import Lease
from acme_server.membership.port import Member

PREFIX = "acme-server-"

LABEL = "certwright.dev/replica"
SELECTOR = f"{LABEL}=true"

ADDRESS = "certwright.dev/peer-address"
INCARNATIONS = "certwright.dev/incarnations"
SUCCESSOR = "certwright.dev/successor"

#: Seconds that a record is good for after a renewal.
DURATION = 15

#: A label of RFC 1123, or several with dots between, as an object's name demands.
_IDENTITY = re.compile(r"[a-z0-9]([-a-z0-9.]{0,198}[a-z0-9])?")
_PEER_ADDRESS = re.compile(r"(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")


def first(identity: str, address: str) -> Lease:
    """Return the record of a replica that redeems nothing yet; raise ValueError.

    Args:
        identity: What tells the replica from all others, such as its pod's name.
        address: Host and port at which other replicas ask it.
    """
    if not _IDENTITY.fullmatch(identity):
        raise ValueError(
            f"a replica's identity has at most 200 lower-case letters, digits, `-` and `.`,"
            f" not {identity[:210]!r}"
        )
    if not _PEER_ADDRESS.fullmatch(address):
        raise ValueError(f"a peer's address is HOST:PORT or [IPV6]:PORT, not {address[:300]!r}")
    return Lease(
        name=PREFIX + identity,
        holder=identity,
        seconds=DURATION,
        renewed="",
        labels={LABEL: "true"},
        annotations={ADDRESS: address, INCARNATIONS: ""},
    )


def telling(lease: Lease, incarnations: Iterable[bytes], successor: str | None) -> Lease:
    """Return a record that tells these incarnations and this successor."""
    told = {
        ADDRESS: lease.annotations[ADDRESS],
        INCARNATIONS: ",".join(sorted(each.hex() for each in incarnations)),
    }
    if successor is not None:
        told[SUCCESSOR] = successor
    return replace(lease, annotations=told)


def member(lease: Lease) -> Member | None:
    """Return the member that a record tells of, or None if it tells of none that can be asked."""
    address = lease.annotations.get(ADDRESS, "")
    if not lease.holder or not _PEER_ADDRESS.fullmatch(address):
        return None
    return Member(
        id=lease.holder,
        address=address,
        incarnations=frozenset(_incarnations(lease.annotations.get(INCARNATIONS, ""))),
        successor=lease.annotations.get(SUCCESSOR),
        created=lease.created,
    )


def _incarnations(text: str) -> Iterable[bytes]:
    """Yield what is hex; what isn't was put there by somebody else."""
    for each in filter(None, text.split(",")):
        try:
            yield bytes.fromhex(each)
        except ValueError:
            continue

"""Policies and names for these tests, written as documents write them."""

import json
from collections.abc import Iterable

from certwright.policy.account import AccountPolicy
from certwright.policy.identifiers import Identifier, parse_dns_name, parse_ip_address
from certwright.policy.scopes import Scope
from certwright.policy.template import TemplatePolicy, resolve
from certwright.resources.template import TemplateSpec

WEB_SERVER: dict[str, object] = {
    "preset": "TLSServer",
    "allowed": {
        "commonName": {"values": ["**.acme.com"]},
        "dnsNames": {"values": ["*.acme.com", "**.apps.acme.com"]},
        "ipAddresses": {"cidrs": ["192.0.2.0/24"]},
    },
    "denied": {
        "dnsNames": {"values": ["**.mgmt.apps.acme.com"]},
        "ipAddresses": {"cidrs": ["192.0.2.128/25"]},
    },
}


def template(document: object) -> TemplatePolicy:
    return resolve(TemplateSpec.model_validate_json(json.dumps(document)), "template pki/web")


def policy(document: object, *scopes: Scope) -> AccountPolicy:
    return AccountPolicy.of(template(document), scopes)


def names(*texts: str) -> tuple[Identifier, ...]:
    """Read names and addresses."""
    return tuple(
        parse_ip_address(text) if text[-1].isdigit() or ":" in text else parse_dns_name(text)
        for text in texts
    )


def with_wildcards(patterns: Iterable[str], denied: Iterable[str] = ()) -> dict[str, object]:
    return {
        "preset": "TLSServer",
        "allowed": {"dnsNames": {"values": list(patterns), "wildcards": "Allowed"}},
        "denied": {"dnsNames": {"values": list(denied)}},
    }

"""The loader and the API server say the same of a value: what one takes, the other takes.

A document that a folder refuses and a cluster takes, or the other way round, would come to the
operator as something that it can't read, or never reach it. The rules' own examples are in
`test_rules.py`; here are the values between and beside them, at the edges of types and patterns.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from certwright.resources.rule import example_document
from certwright.resources.validation import InvalidResource, parse_resource
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.resources import Document

pytestmark = pytest.mark.usefixtures("definitions")

_IMPORTED = {"root": None, "commonName": None, "imported": {"secretRef": {"name": "a"}}}
_IMPORTS: tuple[Any, ...] = (
    *({}, [], {"secretRef": {}}, {"secretRef": {"name": ""}}, {"secretRef": "a"}),
    *({"secretRef": {"name": "a" * 253}}, {"secretRef": {"name": "a" * 254}}),
    *({"secretRef": {"name": "a.b"}}, {"secretRef": {"name": "A"}}),
    *({"secretRef": {"name": "a", "namespace": "b"}}, {"secretRef": {"name": None}}),
)
_BESIDE_IMPORTED: tuple[dict[str, Any], ...] = (
    *({}, {"commonName": "a"}, {"subject": {}}, {"subject": None}, {"maxPathLength": 0}),
    *({"privateKey": {}}, {"privateKey": {"algorithm": "ECDSA"}}, {"privateKey": {"size": 256}}),
    *({"privateKey": {"algorithm": "Ed25519"}}, {"privateKey": {"generate": "Never"}}),
    *({"duration": "43800h"}, {"duration": "43800h0m0s"}, {"duration": "43801h"}),
    *({"deletionPolicy": "Retain"}, {"deletionPolicy": "Delete"}, {"state": "Disabled"}),
    *({"renewBefore": "87600h"}, {"renewBefore": "0s"}, {"renewBefore": "876000h"}),
    *({"crl": {"url": "http://a/"}}, {"allowedNamespaces": {"from": "All"}}),
)

_VALUES: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("CertificateAuthority", "spec.duration"): (
        *("0", "0s", "1h", "59m59s", "59m59.999999s", "60m", "1.5h", ".5h", "1.h", "8760h0m0s"),
        *("3600000ms", "3600000000us", "3600000000µs", "3600000000μs", "3600000000000ns"),
        *("3600000000001ns", "1h0.0000001s", "876000h", "876000h1us", "2562047h", "2562048h"),
        *("9223372036854775808ns", "1h" * 32, "1h" * 33, "24h ", " 24h", "1h 30m", "1H", "+1h"),
        *(
            "-1h",
            "1d",
            "90",
            "",
            "h",
            "1e3h",
            "1_000h",
            "24h\n",
            "\uff124h",
            24,
            None,
            True,
            ["24h"],
        ),
    ),
    ("CertificateTemplate", "spec.allowed.ipAddresses.cidrs[]"): (
        *("192.0.2.0/24", "192.0.2.1/32", "0.0.0.0/0", "192.0.2.0/024", "192.0.02.0/24"),
        *("192.0.2.0/33", "192.0.2.0", "192.0.2.0/", "192.0.2/24", "192.0.2.0/-1", "192.0.2.1/24"),
        *("2001:db8::/32", "2001:DB8::/32", "2001:db8:0:0:0:0:0:0/32", "2001:0db8::/32", "::/0"),
        *("2001:db8::/032", "2001:db8::/129", "2001:db8::1/128", "2001:db8::1/64", "::1/128"),
        *("::ffff:192.0.2.0/120", "::ffff:c000:200/120", "::192.0.2.0/120", "64:ff9b::/96"),
        *("fe80::%eth0/64", "192.0.2.0/255.255.255.0", " 192.0.2.0/24", "192.0.2.0/24\n", "/24"),
        *("::ffff:0:0/96", "::/80", "::/95", "::ffff:0:0/95", ":::/0", "1::2::3/64", 24, None, ""),
    ),
    ("EABCredential", "spec.expirationTime"): (
        *("2027-01-01T00:00:00Z", "2027-01-01t00:00:00z", "2027-01-01T02:00:00+02:00"),
        *("2027-01-01T00:00:00.123456789Z", "2027-01-01T00:00:00.1234567891Z"),
        *("2027-01-01T00:00:00,5Z", "2027-01-01T00:00:00.Z", "2027-01-01T24:00:00Z"),
        *(
            "2027-01-01T23:59:60Z",
            "2027-02-29T00:00:00Z",
            "2028-02-29T00:00:00Z",
            "2027-1-1T0:0:0Z",
        ),
        *("2027-01-01T00:00:00", "2027-01-01 00:00:00Z", "2027-01-01", "soon", "", 1767225600),
        *("2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00+23:59", "2027-01-01T00:00:00+00:60"),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z"),
        *("2027-01-01T00:00:00-00:00", "2027-01-01T00:00:00+0200", "2027-01-01T00:00:00Z "),
    ),
    ("CertificateTemplate", "spec.allowed.dnsNames.values[]"): (
        *("acme.com", "ACME.com", "*", "**", "*.acme.com", "**.acme.com", "a.*.acme.com"),
        *(
            "**.a.**.b",
            "**.a.**.b.**",
            "w*.acme.com",
            "*w.acme.com",
            "***.acme.com",
            "*.*",
            "**.**",
        ),
        *("", ".", ".acme.com", "acme.com.", "a..b", "-a.com", "a-.com", "a_b.com", "xn--a.com"),
        *("a" * 63 + ".com", "a" * 64 + ".com", "1.2.3.4", "é.com", "a b.com", "a.com\n", "a/b"),
        *(".".join(["a" * 49] * 5) + ".abc", ".".join(["a" * 49] * 5) + ".abcd"),
        *("${namespace}.acme.com", "²", 5, None, True),
    ),
    ("CertificateProfile", "spec.grants[].dnsNames.values[]"): (
        *(
            "**.${namespace}.acme.com",
            "a-${namespace}.acme.com",
            "${namespace}${namespace}.acme.com",
        ),
        *("${Namespace}.acme.com", "${}.acme.com", "-${namespace}.a", "${namespace}-.a"),
        *("${namespace}", "$namespace.a", "*${namespace}.a", "${namespace}." * 20 + "a"),
        *("a" * 63 + "${namespace}.a", "a" * 62 + "${namespace}.a", "x${namespace}-y.a"),
    ),
    ("CertificateAuthority", "spec.commonName"): (
        *(
            "Acme Root",
            "A",
            "",
            " ",
            "é" * 64,
            "é" * 65,
            "\U0001d538" * 64,
            "\U0001d538" * 65,
            "a\tb",
            "a\nb",
            "a\n",
        ),
        *("a\x7fb", "a\x80b", "a\u2028b", "a\u00a0b", "*", 1, None, True),
    ),
    ("CertificateAuthority", "spec.subject"): (
        *({"countries": ["NZ"]}, {"countries": ["nz"]}, {"countries": ["NZL"]}, {"countries": []}),
        *({"organizations": ["a"] * 8}, {"organizations": ["a"] * 9}, {"organizations": [""]}),
        *({"organizations": "Acme"}, {"organizations": {"0": "Acme"}}, {"organizations": [None]}),
        *({"serialNumber": "A-1"}, {"serialNumber": "A_1"}, {"serialNumber": "é"}),
        *({"postalCodes": ["a" * 40]}, {"postalCodes": ["a" * 41]}, {"unknown": ["a"]}, {}, []),
    ),
    ("CertificateAuthority", "spec.maxPathLength"): (0, 16, 17, -1, 1.5, "1", True, None),
    ("CertificateAuthority", "spec.state"): ("Active", "active", "", "Retired ", None, 1),
    ("CertificateAuthority", "spec.privateKey"): (
        *({"algorithm": "RSA"}, {"algorithm": "rsa"}, {"size": 2048}, {"size": 0}, {"size": None}),
        *({"algorithm": "Ed25519", "size": None}, {}),
    ),
    ("CertificateAuthority", "spec.crl.url"): (
        *(
            "http://crl.acme.example/root.crl",
            "https://[2001:db8::1]:8080/a",
            "http://a",
            "http://",
        ),
        *("HTTP://a/", "ftp://a/", "http://a/ b", "http://a/é", "http://a?b", "http://a:99999/"),
        *("http://u@a/", "http://a/#f", "http://a/%zz", "ldap://a/", "", "http://a/\n"),
        *("http://a/" + "b" * 2039, "http://a/" + "b" * 2040),
    ),
    ("CertificateAuthority", "spec.nameConstraints.permitted"): (
        *({"emailAddresses": ["acme.com"]}, {"emailAddresses": ["a@acme.com"]}),
        *({"emailAddresses": [".acme.com"]}, {"emailAddresses": ["@acme.com"]}),
        *({"emailAddresses": ["a b@acme.com"]}, {"emailAddresses": ["a\u00a0b@acme.com"]}),
        *({"emailAddresses": ["a\x0bb@acme.com"]}, {"emailAddresses": ["é@acme.com"]}),
        *({"emailAddresses": ["a\x1fb@acme.com"]}, {"emailAddresses": ["a\x00b@acme.com"]}),
        *({"emailAddresses": ["a" * 64 + "@b.c"]}, {"emailAddresses": ["a" * 65 + "@b.c"]}),
        *({"uriDomains": [".acme.com"]}, {"uriDomains": ["acme.com:80"]}, {"uriDomains": []}),
        *({"dnsDomains": ["*.acme.com"]}, {"dnsDomains": [".acme.com"]}, {"dnsDomains": None}),
        *({"ipRanges": ["192.0.2.0/24"] * 64}, {"ipRanges": ["192.0.2.0/24"] * 65}),
    ),
    ("CertificateAuthority", "spec.intermediate"): (
        *({"certificate": "x"}, {"certificate": "-----BEGIN CERTIFICATE-----"}, {}, None),
        *({"authorityRef": {}}, {"authorityRef": {"name": ""}}, {"authorityRef": {"name": "A"}}),
        *({"authorityRef": {"name": "a.b"}}, {"authorityRef": {"name": "a", "namespace": "b.c"}}),
        *({"authorityRef": {"name": "a" * 63}}, {"authorityRef": {"name": "a" * 64}}),
        *({"authorityRef": {"name": "a", "namespace": None}}, {"authorityRef": {"name": "a..b"}}),
        *({"authorityRef": {"name": "a", "kind": "X"}}, {"authorityRef": "root"}),
    ),
    ("CertificateAuthority", "spec"): (
        *({"imported": None}, {"imported": {"secretRef": {"name": "a"}}}, {"commonName": None}),
        *({**_IMPORTED, "imported": each} for each in _IMPORTS),
        *({**_IMPORTED, **each} for each in _BESIDE_IMPORTED),
    ),
    ("CertificateTemplate", "spec.allowedNamespaces.selector"): (
        *({"matchLabels": {"team": "a"}}, {"matchLabels": {"acme.com/team": ""}}, {}),
        *(
            {"matchLabels": {"Team!": "a"}},
            {"matchLabels": {"": "a"}},
            {"matchLabels": {"/a": "a"}},
        ),
        *({"matchLabels": {"a/b/c": "a"}}, {"matchLabels": {"Acme.com/team": "a"}}),
        *({"matchLabels": {"a" * 63: "a"}}, {"matchLabels": {"a" * 64: "a"}}),
        *({"matchLabels": {"team": "-a"}}, {"matchLabels": {"team": "a" * 63}}),
        *({"matchLabels": {"team": "a" * 64}}, {"matchLabels": {"team": True}}),
        *({"matchLabels": {"team": None}}, {"matchLabels": ["team"]}, {"matchLabels": None}),
        *({"matchLabels": {f"l{n}": "a" for n in range(32)}},),
        *({"matchLabels": {f"l{n}": "a" for n in range(33)}},),
        *({"matchExpressions": [{"key": "a", "operator": "Exists"}] * 16},),
        *({"matchExpressions": [{"key": "a", "operator": "Exists"}] * 17},),
        *({"matchExpressions": [{"key": "a", "operator": "exists"}]},),
        *({"matchExpressions": [{"key": "a_/b", "operator": "Exists"}]},),
        *({"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]},),
    ),
    ("CertificateTemplate", "spec.constraints.privateKeys"): (
        *([], [{"algorithm": "RSA"}, {"algorithm": "ECDSA"}], [{"algorithm": "RSA"}] * 2, [{}]),
        *([{"algorithm": "RSA", "minSize": 2049}], [{"algorithm": "RSA", "minSize": 255}]),
        *([{"algorithm": "RSA", "maxSize": 8193}], [{"algorithm": "Ed448"}], None),
    ),
    ("CertificateTemplate", "spec"): (
        *({}, {"preset": None}, {"preset": ""}, {"preset": "TLSServer"}, {"preset": "tlsserver"}),
        *({"allowed": None}, {"allowed": {}}, {"allowed": []}, {"denied": {"usages": []}}),
        *({"allowed": {"usages": ["server auth"]}}, {"allowed": {"usages": ["signing"]}}),
        *({"allowed": {"usages": ["server auth"] * 2}}, {"allowed": {"usages": []}}),
        *({"allowed": {"commonName": {"values": ["*"]}}},),
        *({"allowed": {"commonName": {"values": ["a\nb"]}}},),
        *({"allowed": {"commonName": {"values": ["x" * 512]}}},),
        *({"allowed": {"commonName": {"values": ["x" * 513]}}},),
        *({"allowed": {"commonName": {"values": ["x"] * 65}}},),
    ),
    ("CertificateProfile", "spec.acme"): (
        *({}, {"challenges": []}, {"challenges": ["http-01"]}, {"challenges": ["http-01"] * 2}),
        *({"challenges": ["http-02"]}, {"challenges": ["dns-01", "http-01", "tls-alpn-01"]}),
        *({"hostname": "web.acme.com"}, {"hostname": "web_1.acme.com"}, {"hostname": "*.acme.com"}),
        *({"hostname": "192.0.2.1"}, {"hostname": ""}, {"externalAccountBinding": "required"}),
    ),
    ("CertificateProfile", "spec.grants"): (
        *(
            [],
            [{"name": "a"}, {"name": "b"}],
            [{"name": "a"}, {"name": "a"}],
            [{}],
            [{"name": "A"}],
        ),
        *([{"name": "a", "maxAccounts": 0}], [{"name": "a", "maxAccounts": 1000}]),
        *([{"name": "a", "maxAccounts": 1001}], [{"name": "a", "namespaces": None}]),
        *([{"name": f"g{n}"} for n in range(64)], [{"name": f"g{n}"} for n in range(65)], {}, None),
        *([{"name": "a", "dnsNames": {"wildcards": "allowed"}}], [{"name": "a", "dnsNames": {}}]),
    ),
    ("CertificateProfile", "spec"): (
        *({"issuer": None}, {"issuer": {"selfSigned": None}}, {"issuer": {"selfSigned": []}}),
        *({"templateRef": None}, {"templateRef": {}}, {"issuer": {"selfSigned": {"a": 1}}}),
        *({"defaults": {"usages": ["server auth"]}}, {"defaults": {"duration": "1s"}}),
    ),
    ("EABCredential", "spec"): (
        *({}, {"suspend": "true"}, {"suspend": None}, {"suspend": 1}, {"secretName": "a.b"}),
        *({"secretName": "a" * 253}, {"secretName": "a" * 254}, {"secretName": "A"}),
        *({"secretName": ""}, {"rotation": {}}, {"rotation": None}, {"rotation": {"revision": 0}}),
        *({"rotation": {"revision": 2**31 - 1}}, {"rotation": {"revision": 2**31}}),
        *({"rotation": {"overlap": "8760h"}}, {"rotation": {"overlap": "8760h0.000001s"}}),
        *({"profileRef": {"namespace": "pki"}}, {"dnsNames": {"values": []}}, {"dnsNames": {}}),
    ),
}


def _cases() -> list[Any]:
    return [
        pytest.param(kind, path, value, id=f"{kind} {path} {json.dumps(value)[:60]} {number}")
        for (kind, path), values in _VALUES.items()
        for number, value in enumerate(values)
    ]


def _document(kind: str, path: str, value: Any) -> Document:
    """Return a valid document but for `value` at `path`; a null is written, not left out."""
    document = example_document(kind, path, value)
    match path.split("."):
        case ["spec"]:
            document["spec"] |= value
        case ["spec", field] if value is None:
            document["spec"][field] = None
    return document


def _taken_by_the_loader(document: Document) -> bool:
    try:
        parse_resource(document)
    except InvalidResource:
        return False
    return True


async def _taken_by_the_api_server(client: Client, document: Document) -> bool:
    try:
        await client.create(document, dry_run=True)
    except Refused as refused:
        if refused.code not in {400, 422}:
            raise
        return False
    return True


@pytest.mark.parametrize(("kind", "path", "value"), _cases())
async def test_the_api_server_takes_what_the_loader_takes(
    client: Client, kind: str, path: str, value: Any
) -> None:
    document = _document(kind, path, value)
    here = _taken_by_the_loader(document)
    assert await _taken_by_the_api_server(client, document) == here

"""The rules of `certwright.resources.rules` for CertificateAuthority."""

from datetime import timedelta

from certwright.resources.authority import AuthoritySpec
from certwright.resources.keys import is_size_of
from certwright.resources.repeated_rules import (
    choice_of_namespaces,
    duration_between,
    is_network,
)
from certwright.resources.rule import Rule, TransitionRule

AUTHORITY = "CertificateAuthority"

_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def _names_given(path: str) -> Rule:
    return Rule(
        AUTHORITY,
        path,
        "has(self.dnsDomains) || has(self.ipRanges) || has(self.emailAddresses)"
        " || has(self.uriDomains)",
        "at least one of dnsDomains, ipRanges, emailAddresses and uriDomains must be given",
        lambda names: bool(
            names.dns_domains or names.ip_ranges or names.email_addresses or names.uri_domains
        ),
        accept=({"dnsDomains": ["acme.com"]}, {"ipRanges": ["192.0.2.0/24"]}),
        refuse=({},),
    )


_SECRET = {"secretRef": {"name": "issuing-2020"}}
_IMPORTED = {"root": None, "commonName": None, "imported": _SECRET}


def _is_made_elsewhere(spec: AuthoritySpec) -> bool:
    """Tell whether a spec is silent about what an imported certificate says.

    Where the API server fills in a default it can't tell whether somebody wrote that.
    """
    made = AuthoritySpec()
    return (
        spec.common_name is None
        and "subject" not in spec.model_fields_set
        and spec.max_path_length is None
        and spec.name_constraints is None
        and spec.private_key == made.private_key
        and spec.duration == made.duration
        and spec.deletion_policy is made.deletion_policy
    )


AUTHORITY_RULES: tuple[Rule | TransitionRule, ...] = (
    Rule(
        AUTHORITY,
        "spec",
        "[has(self.root), has(self.intermediate), has(self.imported)].exists_one(given, given)",
        "exactly one of root, intermediate and imported must be given, such as `root: {}`",
        lambda spec: [spec.root, spec.intermediate, spec.imported].count(None) == 2,
        accept=({"root": {}}, {"root": None, "intermediate": {}}, _IMPORTED),
        refuse=(
            {"root": None},
            {"root": {}, "intermediate": {}},
            _IMPORTED | {"root": {}},
            _IMPORTED | {"intermediate": {}},
        ),
    ),
    Rule(
        AUTHORITY,
        "spec",
        "has(self.commonName) || has(self.imported)",
        "commonName must be given, unless the authority is imported",
        lambda spec: spec.common_name is not None or spec.imported is not None,
        accept=({"commonName": "Acme Root"}, _IMPORTED),
        refuse=({"commonName": None}, {"root": None, "intermediate": {}, "commonName": None}),
    ),
    Rule(
        AUTHORITY,
        "spec",
        "!has(self.imported) || (!has(self.commonName) && !has(self.subject)"
        " && !has(self.maxPathLength) && !has(self.nameConstraints)"
        " && self.privateKey.algorithm == 'ECDSA' && !has(self.privateKey.size)"
        " && self.privateKey.generate == 'IfAbsent'"
        " && duration(self.duration) == duration('43800h') && self.deletionPolicy == 'Retain')",
        "commonName, subject, privateKey, duration, maxPathLength, nameConstraints and"
        " deletionPolicy must be left out of an imported authority: its Secret says all that",
        lambda spec: spec.imported is None or _is_made_elsewhere(spec),
        accept=({}, _IMPORTED, _IMPORTED | {"renewBefore": "87600h", "state": "Retired"}),
        refuse=(
            _IMPORTED | {"commonName": "Acme"},
            _IMPORTED | {"subject": {"countries": ["NZ"]}},
            _IMPORTED | {"privateKey": {"algorithm": "RSA"}},
            _IMPORTED | {"privateKey": {"size": 256}},
            _IMPORTED | {"privateKey": {"generate": "Never"}},
            _IMPORTED | {"duration": "8760h"},
            _IMPORTED | {"maxPathLength": 0},
            _IMPORTED | {"nameConstraints": {"permitted": {"dnsDomains": ["acme.com"]}}},
            _IMPORTED | {"deletionPolicy": "Delete"},
        ),
    ),
    Rule(
        AUTHORITY,
        "spec.intermediate",
        "!(has(self.authorityRef) && has(self.certificate))",
        "at most one of authorityRef and certificate can be given",
        lambda source: source.authority_ref is None or source.certificate is None,
        accept=({"authorityRef": {"name": "root"}}, {"certificate": _CERTIFICATE}, {}),
        refuse=({"authorityRef": {"name": "root"}, "certificate": _CERTIFICATE},),
    ),
    Rule(
        AUTHORITY,
        "spec.intermediate.certificate",
        "!self.contains('PRIVATE KEY')",
        "must hold certificates only; whoever could read this document has the key now",
        lambda certificate: "PRIVATE KEY" not in certificate,
        accept=(_CERTIFICATE,),
        refuse=(_CERTIFICATE + "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n",),
    ),
    Rule(
        AUTHORITY,
        "spec.privateKey",
        "!has(self.size) || (self.algorithm == 'RSA' ? self.size in [2048, 3072, 4096]"
        " : self.algorithm == 'ECDSA' && self.size in [256, 384, 521])",
        "size must be 2048, 3072 or 4096 for RSA, 256, 384 or 521 for ECDSA, unset for Ed25519",
        lambda key: is_size_of(key.algorithm, key.size),
        accept=(
            {"algorithm": "RSA", "size": 3072},
            {"algorithm": "ECDSA", "size": 521},
            {"algorithm": "Ed25519"},
            {"size": 384},
        ),
        refuse=(
            {"algorithm": "RSA", "size": 1024},
            {"algorithm": "ECDSA", "size": 2048},
            {"algorithm": "Ed25519", "size": 256},
            {"size": 512},
        ),
    ),
    duration_between(AUTHORITY, "spec.duration", timedelta(hours=1)),
    Rule(
        AUTHORITY,
        "spec",
        "!has(self.renewBefore) || (duration(self.renewBefore) > duration('0s')"
        " && (has(self.imported) || duration(self.renewBefore) < duration(self.duration)))",
        "renewBefore must be more than 0s and less than duration",
        lambda spec: (
            spec.renew_before is None
            or (
                timedelta() < spec.renew_before
                and (spec.imported is not None or spec.renew_before < spec.duration)
            )
        ),
        accept=(
            {},
            {"duration": "48h", "renewBefore": "47h59m59s"},
            _IMPORTED | {"renewBefore": "87600h"},
        ),
        refuse=(
            {"duration": "48h", "renewBefore": "48h"},
            {"renewBefore": "0s"},
            _IMPORTED | {"renewBefore": "0s"},
        ),
    ),
    Rule(
        AUTHORITY,
        "spec.nameConstraints",
        "has(self.permitted) || has(self.excluded)",
        "at least one of permitted and excluded must be given",
        lambda constraints: bool(constraints.permitted or constraints.excluded),
        accept=({"permitted": {"dnsDomains": ["a.example"]}},),
        refuse=({},),
    ),
    _names_given("spec.nameConstraints.permitted"),
    _names_given("spec.nameConstraints.excluded"),
    is_network(AUTHORITY, "spec.nameConstraints.permitted.ipRanges[]"),
    is_network(AUTHORITY, "spec.nameConstraints.excluded.ipRanges[]"),
    *choice_of_namespaces(AUTHORITY, "spec.allowedNamespaces"),
    TransitionRule(
        AUTHORITY,
        "spec",
        "has(self.root) == has(oldSelf.root) && has(self.imported) == has(oldSelf.imported)",
        "an authority stays a root, an intermediate or imported: write a new one instead",
        lambda old, new: (
            (old.root is None, old.imported is None) == (new.root is None, new.imported is None)
        ),
        accept=(
            ({}, {"crl": {"url": "http://crl.acme.example/root.crl"}}),
            (_IMPORTED, _IMPORTED | {"imported": {"secretRef": {"name": "issuing-2026"}}}),
        ),
        refuse=(
            ({}, {"root": None, "intermediate": {}}),
            ({}, _IMPORTED),
            ({"root": None, "intermediate": {}}, _IMPORTED),
            (_IMPORTED, {}),
        ),
    ),
    TransitionRule(
        AUTHORITY,
        "spec.commonName",
        "self == oldSelf",
        "the common name never changes: write a new authority instead",
        lambda old, new: old == new,
        accept=(("Acme Root", "Acme Root"),),
        refuse=(("Acme Root", "Acme Root 2"),),
    ),
    TransitionRule(
        AUTHORITY,
        "spec",
        "has(self.subject) == has(oldSelf.subject)"
        " && (!has(self.subject) || self.subject == oldSelf.subject)",
        "the subject never changes: write a new authority instead",
        lambda old, new: old.subject == new.subject,
        accept=(({"subject": {"countries": ["NZ"]}}, {"subject": {"countries": ["NZ"]}}), ({}, {})),
        refuse=(
            ({}, {"subject": {"countries": ["NZ"]}}),
            ({"subject": {"countries": ["NZ"]}}, {}),
            ({"subject": {"countries": ["NZ"]}}, {"subject": {"countries": ["FI"]}}),
        ),
    ),
    TransitionRule(
        AUTHORITY,
        "spec.privateKey",
        "self.algorithm == oldSelf.algorithm && has(self.size) == has(oldSelf.size)"
        " && (!has(self.size) || self.size == oldSelf.size)",
        "algorithm and size of the key never change: write a new authority instead",
        lambda old, new: (old.algorithm, old.size) == (new.algorithm, new.size),
        accept=(({"generate": "IfAbsent"}, {"generate": "Never"}), ({"size": 256}, {"size": 256})),
        refuse=(
            ({}, {"algorithm": "RSA"}),
            ({}, {"size": 384}),
            ({"size": 384}, {}),
            ({"size": 384}, {"size": 521}),
        ),
    ),
)

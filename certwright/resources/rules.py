"""The one table of what must hold between fields, and between an object and its former self.

The API server runs the expressions (`x-kubernetes-validations` in the CRDs), so that a server-side
dry run refuses a bad document in the pull request; the loader runs the predicates. A rule on a
single value stands here only where no pattern can say it: bounds of durations, networks, a pasted
private key. CEL's network functions need Kubernetes 1.31.
"""

from datetime import timedelta

from certwright.resources.keys import is_bound_of, is_size_of
from certwright.resources.repeated_rules import (
    choice_of_namespaces,
    duration_between,
    is_network,
)
from certwright.resources.rule import Rule, TransitionRule

AUTHORITY = "CertificateAuthority"
TEMPLATE = "CertificateTemplate"
PROFILE = "CertificateProfile"
CREDENTIAL = "EABCredential"

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


_AUTHORITY_RULES: tuple[Rule | TransitionRule, ...] = (
    Rule(
        AUTHORITY,
        "spec",
        "has(self.root) != has(self.intermediate)",
        "exactly one of root and intermediate must be given, such as `root: {}`",
        lambda spec: (spec.root is None) != (spec.intermediate is None),
        accept=({"root": {}}, {"root": None, "intermediate": {}}),
        refuse=({"root": None}, {"root": {}, "intermediate": {}}),
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
        " && duration(self.renewBefore) < duration(self.duration))",
        "renewBefore must be more than 0s and less than duration",
        lambda spec: spec.renew_before is None or timedelta() < spec.renew_before < spec.duration,
        accept=({}, {"duration": "48h", "renewBefore": "47h59m59s"}),
        refuse=({"duration": "48h", "renewBefore": "48h"}, {"renewBefore": "0s"}),
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
        "has(self.root) == has(oldSelf.root)",
        "an authority stays a root or an intermediate: write a new one instead",
        lambda old, new: (old.root is None) == (new.root is None),
        accept=(({}, {"crl": {"url": "http://crl.acme.example/root.crl"}}),),
        refuse=(({}, {"root": None, "intermediate": {}}),),
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

_TEMPLATE_RULES = (
    is_network(TEMPLATE, "spec.allowed.ipAddresses.cidrs[]"),
    is_network(TEMPLATE, "spec.denied.ipAddresses.cidrs[]"),
    duration_between(TEMPLATE, "spec.constraints.maxDuration", timedelta(minutes=1)),
    Rule(
        TEMPLATE,
        "spec.constraints.privateKeys[]",
        "[has(self.minSize) ? self.minSize : -1, has(self.maxSize) ? self.maxSize : -1]"
        ".all(bits, bits == -1"
        " || (self.algorithm == 'RSA' && bits >= 2048)"
        " || (self.algorithm == 'ECDSA' && bits in [256, 384, 521]))",
        "sizes must be from 2048 for RSA, 256, 384 or 521 for ECDSA, unset for Ed25519",
        lambda key: all(is_bound_of(key.algorithm, size) for size in (key.min_size, key.max_size)),
        accept=(
            {"algorithm": "RSA", "minSize": 2048, "maxSize": 8192},
            {"algorithm": "ECDSA", "maxSize": 384},
            {"algorithm": "Ed25519"},
        ),
        refuse=(
            {"algorithm": "RSA", "minSize": 1024},
            {"algorithm": "ECDSA", "maxSize": 2048},
            {"algorithm": "Ed25519", "minSize": 256},
        ),
    ),
    Rule(
        TEMPLATE,
        "spec.constraints.privateKeys[]",
        "!has(self.minSize) || !has(self.maxSize) || self.minSize <= self.maxSize",
        "minSize must not be more than maxSize",
        lambda key: not (key.min_size and key.max_size) or key.min_size <= key.max_size,
        accept=({"algorithm": "RSA", "minSize": 2048, "maxSize": 2048}, {"algorithm": "ECDSA"}),
        refuse=({"algorithm": "ECDSA", "minSize": 521, "maxSize": 256},),
    ),
    *choice_of_namespaces(TEMPLATE, "spec.allowedNamespaces"),
)

_PROFILE_RULES = (
    Rule(
        PROFILE,
        "spec.issuer",
        "has(self.authorityRef) != has(self.selfSigned)",
        "exactly one of authorityRef and selfSigned must be given, such as `selfSigned: {}`",
        lambda issuer: (issuer.authority_ref is None) != (issuer.self_signed is None),
        accept=({"selfSigned": {}}, {"authorityRef": {"name": "issuing", "namespace": "pki"}}),
        refuse=({}, {"selfSigned": {}, "authorityRef": {"name": "issuing"}}),
    ),
    duration_between(PROFILE, "spec.defaults.duration", timedelta(minutes=1)),
    *choice_of_namespaces(PROFILE, "spec.grants[].namespaces"),
    is_network(PROFILE, "spec.grants[].ipAddresses.cidrs[]"),
)

_CREDENTIAL_RULES: tuple[Rule | TransitionRule, ...] = (
    is_network(CREDENTIAL, "spec.ipAddresses.cidrs[]"),
    duration_between(CREDENTIAL, "spec.rotation.overlap", timedelta(), timedelta(hours=8760)),
    TransitionRule(
        CREDENTIAL,
        "spec.profileRef",
        "self == oldSelf",
        "the profile never changes, its accounts belong to it: write a new credential instead",
        lambda old, new: old == new,
        accept=(({"name": "web", "namespace": "pki"}, {"name": "web", "namespace": "pki"}),),
        refuse=(
            ({"name": "web"}, {"name": "mail"}),
            ({"name": "web", "namespace": "pki"}, {"name": "web", "namespace": "test"}),
        ),
    ),
    TransitionRule(
        CREDENTIAL,
        "spec",
        "has(self.secretName) == has(oldSelf.secretName)"
        " && (!has(self.secretName) || self.secretName == oldSelf.secretName)",
        "the Secret's name never changes: write a new credential instead",
        lambda old, new: old.secret_name == new.secret_name,
        accept=(({}, {"suspend": True}), ({"secretName": "eab"}, {"secretName": "eab"})),
        refuse=(
            ({}, {"secretName": "eab"}),
            ({"secretName": "eab"}, {}),
            ({"secretName": "eab"}, {"secretName": "eab-2"}),
        ),
    ),
    TransitionRule(
        CREDENTIAL,
        "spec.rotation.revision",
        "self >= oldSelf",
        "the revision never goes down: a secret that was replaced doesn't come back",
        lambda old, new: new >= old,
        accept=((1, 1), (1, 3)),
        refuse=((2, 1),),
    ),
)

RULES: tuple[Rule | TransitionRule, ...] = (
    *_AUTHORITY_RULES,
    *_TEMPLATE_RULES,
    *_PROFILE_RULES,
    *_CREDENTIAL_RULES,
)

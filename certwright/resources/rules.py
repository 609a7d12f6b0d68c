"""The one table of what must hold between fields, and between an object and its former self.

The API server runs the expressions (`x-kubernetes-validations` in the CRDs), so that a server-side
dry run refuses a bad document in the pull request; the loader runs the predicates. A rule on a
single value stands here only where no pattern can say it: bounds of durations, networks, a pasted
private key. CEL's network functions need Kubernetes 1.31.
"""

from datetime import timedelta

from certwright.resources.authority_rules import AUTHORITY_RULES
from certwright.resources.keys import is_bound_of
from certwright.resources.repeated_rules import (
    choice_of_namespaces,
    duration_between,
    is_network,
)
from certwright.resources.rule import Rule, TransitionRule

TEMPLATE = "CertificateTemplate"
PROFILE = "CertificateProfile"
CREDENTIAL = "EABCredential"

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
    *AUTHORITY_RULES,
    *_TEMPLATE_RULES,
    *_PROFILE_RULES,
    *_CREDENTIAL_RULES,
)

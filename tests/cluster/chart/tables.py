"""Values that users have, by name: each is rendered and shown to the API server."""

from types import MappingProxyType
from typing import Any, Final

EVERYTHING: Final[dict[str, Any]] = {
    "serverURL": "https://acme.example.com",
    "image": {"repository": "localhost:5000/certwright", "digest": f"sha256:{'0a' * 32}"},
    "imagePullSecrets": [{"name": "pull"}],
    "commonLabels": {"example.com/team": "platform"},
    "operator": {
        "replicaCount": 2,
        "logFormat": "text",
        "extraEnv": [{"name": "CERTWRIGHT_OPERATOR_RESYNC", "value": "5m"}],
        "extraVolumes": [{"name": "more", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
        "deploymentAnnotations": {"example.com/a": "b"},
        "podAnnotations": {"example.com/c": "d"},
        "podLabels": {"example.com/e": "f"},
        "serviceAccountAnnotations": {"example.com/g": "h"},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "tolerations": [{"operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
        "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["api.example.com"]}],
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["192.0.2.53"]},
        "networkPolicy": {"enabled": True, "operationsFrom": [{"namespaceSelector": {}}]},
    },
    "server": {
        "replicaCount": 3,
        "drainSeconds": 60,
        "routes": [
            {"suffix": "apps.example.com", "target": "ingress.ingress.svc.cluster.local:8000"}
        ],
        "tls": {"names": ["acme.example.net"]},
        "settings": {
            "validation": {"deniedNetworks": ["203.0.113.0/24"], "timeout": "5s"},
            "lifetimes": {"order": "48h"},
            "bundles": {"staleAfter": "30s"},
            "audit": {"file": "/var/log/certwright/audit.log"},
            "backdate": "1m",
        },
        "extraVolumes": [{"name": "audit", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "audit", "mountPath": "/var/log/certwright"}],
        "service": {
            "type": "LoadBalancer",
            "annotations": {"example.com/a": "b"},
            "labels": {"example.com/c": "d"},
            "loadBalancerClass": "example.com/balancer",
            "loadBalancerSourceRanges": ["192.0.2.0/24"],
            "externalTrafficPolicy": "Local",
        },
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"nginx.ingress.kubernetes.io/backend-protocol": "HTTPS"},
            "extraHosts": ["pki.example.com"],
            "tls": [{"hosts": ["acme.example.com"], "secretName": "acme-tls"}],
        },
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "certwright"}},
            }
        ],
        "podDisruptionBudget": {"maxUnavailable": "30%"},
        "resources": {"limits": {"memory": "512Mi"}},
        "networkPolicy": {
            "enabled": True,
            "operationsFrom": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
            "extraEgress": [{"ports": [{"port": 8080}]}],
        },
    },
    "prometheus": {
        "serviceMonitor": {
            "enabled": True,
            "interval": "30s",
            "scrapeTimeout": "10s",
            "labels": {"release": "prometheus"},
        }
    },
    "extraObjects": [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "extra", "namespace": "{{ .Release.Namespace }}"},
        },
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "more-{{ .Release.Name }}"}\n',
    ],
}

SQLITE: Final[dict[str, Any]] = {
    "server": {
        "replicaCount": 1,
        "store": {"kind": "sqlite", "sqlite": {"size": "5Gi", "storageClassName": "fast"}},
    }
}

TABLE: Final = MappingProxyType(
    {
        "defaults": {},
        "everything": EVERYTHING,
        "sqlite": SQLITE,
        "sqlite on a claim of one's own": {
            "server": {
                "replicaCount": 1,
                "store": {"kind": "sqlite", "sqlite": {"existingClaim": "mine"}},
            }
        },
        "a given certificate": {"server": {"tls": {"existingSecret": "acme-tls"}}},
        "pods with IPv6 alone": {"listenHost": "::"},
        "another port": {"server": {"service": {"port": 8443}}},
        "a namespace that is there already": {"server": {"createNamespace": False}},
        "definitions from elsewhere": {"crds": {"enabled": False}},
        "nobody reads metrics": {
            "operator": {"networkPolicy": {"enabled": True}},
            "server": {"networkPolicy": {"enabled": True}},
        },
        "stopped": {"operator": {"replicaCount": 0}, "server": {"replicaCount": 0}},
        "user numbers that the platform chooses": {
            "operator": {"podSecurityContext": {"runAsUser": None, "fsGroup": None}},
            "server": {"podSecurityContext": {"runAsUser": None, "fsGroup": None}},
        },
        "no cert-manager": {"operator": {"certManager": {"injectCA": False}}},
    }
)

"""What the servers have counted, as Prometheus would read it from each pod."""

from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER


def counted(kubectl: Kubectl, metric: str, label: str) -> Counter[str]:
    """Return a metric of all servers that run, summed by one of its labels.

    Args:
        kubectl: the administrator's.
        metric: its name, `_total` included.
        label: the label's name.
    """
    totals: Counter[str] = Counter()
    for pod in kubectl.names("pod", SERVER):
        path = f"/api/v1/namespaces/{SERVER}/pods/http:{pod}:8081/proxy/metrics"
        for family in text_string_to_metric_families(
            kubectl("get", "--raw", path).succeeded().output
        ):
            for sample in family.samples:
                if sample.name == metric:
                    totals[sample.labels[label]] += int(sample.value)
    return totals


def problems(kubectl: Kubectl) -> Counter[str]:
    """Return how many requests the servers answered with a problem, by its type."""
    return counted(kubectl, "certwright_problems_total", "type")


def nonces(kubectl: Kubectl) -> Counter[str]:
    """Return how many nonces were issued, redeemed and rejected."""
    return counted(kubectl, "certwright_nonces_total", "result")

"""How the operator comes to its API server: as a pod's ServiceAccount, or as KUBECONFIG says."""

from collections.abc import Mapping

import yaml
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.incluster_config import SERVICE_HOST_ENV_NAME, load_incluster_config
from kubernetes.aio.config.kube_config import load_kube_config

KUBECONFIG = "KUBECONFIG"


class NoAccess(Exception):
    """Nothing says how to come to an API server, or not well enough; the sentence says what."""


async def configuration(environment: Mapping[str, str]) -> Configuration:
    """Return how to come to the API server.

    A ServiceAccount's token is read again every minute: the kubelet replaces it long before it
    expires.

    Args:
        environment: The variables of this process. `KUBECONFIG` wins over the pod's own.

    Raises:
        NoAccess: there is neither, or it can't be used.
    """
    found = Configuration()
    # Proxies are for what is outside the cluster.
    found.client_session_kwargs = {"trust_env": False}
    path = environment.get(KUBECONFIG)
    try:
        if path:
            await load_kube_config(  # type: ignore[no-untyped-call]
                config_file=path, client_configuration=found
            )
        elif environment.get(SERVICE_HOST_ENV_NAME):
            load_incluster_config(found)  # type: ignore[no-untyped-call]
        else:
            raise NoAccess(
                f"this is no pod ({SERVICE_HOST_ENV_NAME} is not set), and {KUBECONFIG} names no "
                "file that says how to come to an API server"
            )
    except yaml.YAMLError:
        raise NoAccess(f"{KUBECONFIG} names {path}, which is not YAML") from None
    except (ConfigException, OSError, KeyError, TypeError, ValueError) as error:
        raise NoAccess(f"how to come to the API server can't be read: {error}") from None
    return found


async def authorization(found: Configuration) -> str | None:
    """Return the Authorization header's value that holds now; None if none is used."""
    settings = await found.auth_settings()
    if "BearerToken" not in settings:
        return None
    return settings["BearerToken"]["value"]

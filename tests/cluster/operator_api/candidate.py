"""A program that stands for the Lease, says so when it holds it, and gives it back when asked to.

Arguments: kubeconfig, namespace, identity.
"""

import asyncio
import sys

from certwright_operator.api import access
from certwright_operator.api.access import KUBECONFIG
from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.leading.election import Election
from certwright_operator.signals import Signals
from certwright_operator.system import SystemClock


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def stand(kubeconfig: str, namespace: str, me: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    signals = Signals(task)
    signals.listen()
    api = KubernetesAPI.open(await access.configuration({KUBECONFIG: kubeconfig}))
    election = Election(api, namespace, me, SystemClock())
    say("standing")
    try:
        await election.win()
        say("leading")
        await election.keep()
    except asyncio.CancelledError:
        await election.give_back()
    finally:
        await api.close()


if __name__ == "__main__":
    asyncio.run(stand(*sys.argv[1:]))

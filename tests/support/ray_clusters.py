"""Ray clusters of several nodes on this machine, whose nodes are killed and replaced."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

NODES = 4
# The smallest object store that Ray accepts: nothing but reports is stored.
STORE_BYTES = 80 * 2**20


class RayNodes:
    """A head without cores, and worker nodes of one core each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE_BYTES}
        self.cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self.nodes = [self._added() for _ in range(NODES)]
        self.killed = 0

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def _added(self) -> Any:
        return self.cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)

    def replace_one(self, chance: random.Random) -> None:
        """Kill a node without a warning, and start another."""
        victim = self.nodes.pop(chance.randrange(len(self.nodes)))
        self.cluster.remove_node(victim, allow_graceful=False)
        self.killed += 1
        self.nodes.append(self._added())

    def while_killed(self, work: Callable[[], Any], seed: int, kills: int = 2) -> Any:
        """Do work in a thread while some nodes are killed at random and replaced; return its result.

        Ray starts nodes in the main thread only.
        """
        chance = random.Random(seed)
        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(work)
            for _ in range(kills):
                wait([result], chance.uniform(0.2, 5.0))
                if not result.done():
                    self.replace_one(chance)
            return result.result()


@contextmanager
def ray_nodes() -> Iterator[RayNodes]:
    """Start a cluster, and connect this process to it."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    nodes = RayNodes()
    try:
        ray.init(address=nodes.address, log_to_driver=False)
        yield nodes
    finally:
        ray.shutdown()
        nodes.cluster.shutdown()

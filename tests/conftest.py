"""One thread for each product of matrices, here and in the processes that tests start.

Models in tests are so small that threads only wait for each other, and tests already run on every core.
It stands in the environment before torch and numpy are loaded.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

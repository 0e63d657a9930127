"""What several tests need.

Small models, adapters, checkpoints and files, and how they are called and compared.
"""

import pytest

# Asserts in here say what differs, as those of the tests do.
pytest.register_assert_rewrite("support")

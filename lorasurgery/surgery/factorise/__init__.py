"""From a change ΔW to low-rank factors as they are stored: decompose, choose ranks, round, and state the exact error."""

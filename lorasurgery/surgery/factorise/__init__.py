"""From a change ΔW to stored low-rank factors: decompose, choose ranks, round, state the error."""

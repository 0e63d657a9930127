"""What ΔW is, as algebra: one file per variant, named after it."""

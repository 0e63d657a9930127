"""What several tests need: small models, adapters, checkpoints and files, and how they are called and compared."""

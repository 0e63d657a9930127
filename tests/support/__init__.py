"""What several tests need.

Small models, adapters, checkpoints and files, and how they are called and compared.
"""

"""Pipelines of diffusers as bases: a folder of models, each in a folder of its own."""

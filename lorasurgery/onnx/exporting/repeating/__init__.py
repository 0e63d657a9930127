"""Trace a few of a model's equal layers, and copy what was traced for the others.

A run of the whole model records which operation each layer does on what; layers of which this
agrees, and whose modules do, are of one kind. The exporter, whose time grows with the depth, sees
the first layers only.
"""

"""The undo record: what turns a merged tensor back into the base's own bits."""

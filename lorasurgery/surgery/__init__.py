"""The verbs, a file each, and the rooms that they share; the parts of one verb are in its own folder."""

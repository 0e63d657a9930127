"""Name outputs, write adapters, and read them back before they are put in place."""

"""One file per command, each with a `command`; the folder is the list."""

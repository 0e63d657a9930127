"""The command line: a thin file per command, one place where errors become messages, one place that draws."""

"""What an exported graph is: its weights (`file`), who reads them (`uses`), which parameters they
are (`slots`, `reference`), and all of it as a checkpoint (`view`, `exported`); how it is run
(`inputs`, `runtime`).
"""

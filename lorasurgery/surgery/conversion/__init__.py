"""What `rerank`, `fuse` and `convert` share: `opening` reads an adapter for its model, `decompose` finds what each module is, `factors` makes new ones,
`ranks` decides how many, `proof` reads what was written and holds it against what was meant,
`output` puts it in place, `report` tells.
"""

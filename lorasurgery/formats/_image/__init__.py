"""Parts that the formats of image models share: names, pipelines, LyCORIS factors, alphas in headers."""

"""What the formats of image models share: flat names, parts of a pipeline, LyCORIS factors, alphas in headers."""

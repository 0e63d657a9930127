"""The layers by which image models take their input, of which control models have a wider one."""

# Flux's, and those of Qwen-Image, Z-Image and diffusers' classes.
INPUT_LAYERS = ("img_in", "x_embedder")

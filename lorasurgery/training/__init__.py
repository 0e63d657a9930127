"""Making adapters and full fine-tunes, and telling what they are worth.

PEFT holds LoRA, DoRA and AdaLoRA, transformers the models; what they lack is here: nested ranks,
branches side by side, anchored targets, a fit that goes on after a kill to the same result. A kind
of task has a file in `kinds/`, a method one in `methods/`.
"""

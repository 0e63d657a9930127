"""The UNet of Stable Diffusion XL, three levels deep, with attention at the lower two; and Kolors'.

Kolors, which has another text encoder, was published with diffusers' names only.

Source: `sgm/modules/diffusionmodules/openaimodel.py` of Stability-AI/generative-models;
`UNet2DConditionModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family
from lorasurgery.formats._image.families._unet import unet

FAMILY = Family(
    name="Stable Diffusion XL",
    part="unet",
    classes=("UNet2DConditionModel",),
    table={
        **unet(levels=3, attended=(1, 2), depth="#"),
        "label_emb.0.0": "add_embedding.linear_1",
        "label_emb.0.2": "add_embedding.linear_2",
        # Kolors' own
        "encoder_hid_proj": "encoder_hid_proj",
    },
    encoders=("clip_l", "clip_g"),
)

"""The UNets of Stable Diffusion 1 and 2, four levels deep, with attention at the upper three.

Source: `ldm/modules/diffusionmodules/openaimodel.py` of CompVis/stable-diffusion;
`UNet2DConditionModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family
from lorasurgery.formats._image.families._unet import unet

FAMILY = Family(
    name="Stable Diffusion 1 or 2",
    part="unet",
    classes=("UNet2DConditionModel",),
    table=unet(levels=4, attended=(0, 1, 2), depth="0"),
    encoders=("clip_l",),
)

"""Files of image models' adapters, a folder for each form: methods, dialects, and words in their headers."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery.adapter import Host
from lorasurgery.errors import SurgeryError
from lorasurgery.formats import read_adapter
from support.good_cases import read_for
from support.good_files import read_whole_adapter, use
from support.lycoris_modules import LORA, NAME

Tensors = Mapping[str, Tensor]
Form = tuple[Tensors, Mapping[str, str]]
OUT, WIDTH, RANK = 4, 6, 2
WIDE = {"lora_down.weight": torch.ones(RANK, WIDTH, 3, 3), "lora_up.weight": torch.ones(OUT, RANK, 1, 1)}
LOHA = {f"hada_w{i}_a": torch.ones(OUT, RANK) for i in (1, 2)}
LOHA |= {f"hada_w{i}_b": torch.ones(RANK, WIDTH) for i in (1, 2)}
LOHA_CORES = {f"hada_t{i}": torch.ones(RANK, RANK, 3, 3) for i in (1, 2)}
LOHA_CORES |= {f"hada_w{i}_a": torch.ones(RANK, OUT) for i in (1, 2)}
LOKR = {"lokr_w1": torch.ones(2, 2), "lokr_w2_a": torch.ones(2, 1), "lokr_w2_b": torch.ones(1, 3)}
LOKR_CORE = {"lokr_t2": torch.ones(1, 1, 3, 3), "lokr_w2_a": torch.ones(1, 2)}
GLORA = {"a1.weight": torch.ones(WIDTH, RANK), "a2.weight": torch.ones(RANK, WIDTH)}
GLORA |= {"b1.weight": torch.ones(OUT, RANK), "b2.weight": torch.ones(RANK, WIDTH)}
ROWS, COLUMNS = {"dora_scale": torch.ones(OUT, 1)}, {"dora_scale": torch.ones(1, WIDTH)}
BIAS = {"diff_b": torch.ones(OUT)}
# Tensors of one module, by the method that they are of: read, refused, or of several methods.
METHODS: dict[str, Tensors] = {
    "lora": LORA,
    "lora with a bias": LORA | BIAS,
    "convolution": WIDE,
    "convolution, pointwise": {name: each.unsqueeze(-1).unsqueeze(-1) for name, each in LORA.items()},
    "Tucker": LORA | {"lora_mid.weight": torch.ones(RANK, RANK, 3, 3)},
    "Tucker, two kernels": WIDE | {"lora_mid.weight": torch.ones(RANK, RANK, 3, 3)},
    "DoRA": LORA | ROWS,
    "DoRA by column": LORA | COLUMNS,
    "DoRA by channel": WIDE | {"dora_scale": torch.ones(1, WIDTH, 1, 1)},
    "loha": LOHA,
    "loha, DoRA": LOHA | ROWS,
    "loha, Tucker": LOHA | LOHA_CORES,
    "loha, Tucker, DoRA": LOHA | LOHA_CORES | ROWS,
    "loha with a bias": LOHA | BIAS,
    "lokr": LOKR,
    "lokr, DoRA": LOKR | {"dora_scale": torch.ones(4, 1)},
    "lokr, whole": {"lokr_w1": torch.ones(2, 2), "lokr_w2": torch.ones(2, 3)},
    "lokr, products": {f"lokr_w{i}_{side}": torch.ones(2, 2) for i in (1, 2) for side in "ab"},
    "lokr, Tucker": LOKR | LOKR_CORE,
    "lokr, Tucker of a line": LOKR | LOKR_CORE | {"lokr_t2": torch.ones(1, 1, 3)},
    "lokr, convolution": LOKR | {"lokr_w2_b": torch.ones(1, 3, 3, 3)},
    "glora": GLORA,
    "glora, DoRA": GLORA | ROWS,
    "ia3": {"weight": torch.ones(OUT, 1), "on_input": torch.tensor(False)},
    "oft": {"oft_blocks": torch.ones(2, 2, 2), "rescale": torch.ones(4, 1)},
    "oft in parts": {f"oft_blocks.{i}": torch.ones(2, 2, 2) for i in (0, 1)},
    "boft": {"oft_blocks": torch.ones(2, 4, 2, 2)},
    "diff": {"diff": torch.ones(OUT, WIDTH), **BIAS},
    "diff, tall": {"diff": torch.ones(WIDTH, OUT, 1, 1)},
    "diff of a vector": {"diff": torch.ones(OUT), **BIAS},
    "diff, DoRA": {"diff": torch.ones(OUT, WIDTH), **ROWS},
    "diff of a number": {"diff": torch.ones(())},
    "norm": {"w_norm": torch.ones(OUT), "b_norm": torch.ones(OUT)},
    "norm and bias": {"w_norm": torch.ones(OUT), "b_norm": torch.ones(OUT), **BIAS},
    "bias": BIAS,
    "set": {"set_weight": torch.ones(OUT)},
    "T-LoRA": {"q_layer.weight": torch.ones(2, 6), "lambda_layer": torch.ones(1, 2)},
}
# What headers say of the scale.
CONFIG = {"unet.lora_alpha": 8, "unet.r": 3, "unet.alpha_pattern": {"x": 4}, "unet.peft_type": "LORA"}
HEADERS: dict[str, dict[str, str]] = {
    "a number": {"lora_alpha": "4"},
    "an option": {"ss_network_alpha": "4", "ss_network_dim": "2"},
    "a config": {"lora_adapter_metadata": json.dumps(CONFIG)},
    "of several parts": {"lora_adapter_metadata": json.dumps({"te.lora_alpha": 4, "other.lora_alpha": 2})},
    "by the root": {"lora_adapter_metadata": json.dumps({"lora_alpha": 4, "use_rslora": True})},
    "another method": {"lora_adapter_metadata": json.dumps({"unet.peft_type": "LOHA"})},
    "DoRA": {"lora_adapter_metadata": json.dumps({"unet.use_dora": True, "unet.lora_alpha": None})},
}


def _pair(name: str, ends: tuple[str, str], out: int = OUT, width: int = WIDTH) -> dict[str, Tensor]:
    first, second = torch.ones(RANK, width), torch.ones(out, RANK)
    return {f"{name}{ends[0]}": first, f"{name}{ends[1]}": second}


PEFT, OLD = (".lora_A.weight", ".lora_B.weight"), (".lora.down.weight", ".lora.up.weight")
KOHYA = (".lora_down.weight", ".lora_up.weight")
PROCESSOR = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor"
CLIP = "text_encoder.text_model.encoder.layers.0.self_attn"
FLUX = "transformer.transformer_blocks.0.attn"
DIFFUSERS: dict[str, Form] = {
    **{name: (_pair("unet.x", PEFT), header) for name, header in HEADERS.items()},
    "old names": (
        _pair("unet.x.y", OLD)
        | _pair("unet.x.z", (".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight")),
        {},
    ),
    "processors": (
        _pair(f"{PROCESSOR}.to_q_lora", (".down.weight", ".up.weight"))
        | _pair(f"{PROCESSOR}.to_out_lora", (".down.weight", ".up.weight")),
        {},
    ),
    "without a part": (_pair("down_blocks.0.attentions.0.proj_in", PEFT), {}),
    "text encoder": (
        _pair(f"{CLIP}.to_q_lora", (".down.weight", ".up.weight"))
        | _pair("text_encoder.encoder.layers.0.mlp.fc1", PEFT),
        {},
    ),
    "control": (_pair(f"{FLUX}.to_q", PEFT) | {f"{FLUX}.norm_q.weight": torch.ones(OUT)}, {}),
    "DoRA": (
        _pair("unet.x", PEFT)
        | {"unet.x.lora_magnitude_vector": torch.ones(OUT), "unet.x.alpha": torch.tensor(2.0)},
        {},
    ),
    "biases": (_pair("unet.x", PEFT) | {"unet.x.lora_B.bias": torch.ones(OUT)}, {}),
    "SimpleTuner": (
        _pair("transformer.base_model.model.x", PEFT)
        | {"transformer.base_model.model.x.alpha": torch.tensor(4.0)},
        {},
    ),
    "two alphas": (_pair("unet.x", PEFT) | {"unet.x.alpha": torch.tensor(2.0)}, HEADERS["a config"]),
    "embeddings": (_pair("unet.x", PEFT) | {"text_encoders_0": torch.ones(2, 4)}, {}),
}
ONE_FILE: dict[str, Form] = {
    "one": (
        _pair("layers.0.self_attn.q_proj", (".lora_A.default.weight", ".lora_B.default.weight")),
        HEADERS["a number"],
    ),
    "of PEFT": (_pair("base_model.model.layers.0.self_attn.q_proj", PEFT), {}),
    "DoRA": (
        _pair("blocks.0.q", PEFT)
        | {
            "blocks.0.q.lora_magnitude_vector": torch.ones(OUT),
            "blocks.0.q.lora_B.bias": torch.ones(OUT),
            "blocks.0.q.alpha": torch.tensor(2.0),
        },
        {},
    ),
    "several": (
        _pair("blocks.0.q", (".lora_A.one.weight", ".lora_B.one.weight"))
        | _pair("blocks.0.q", (".lora_A.two.weight", ".lora_B.two.weight")),
        {},
    ),
    "XLabs": (
        {
            key: each
            for block, layer in (
                ("double_blocks.0", "qkv_lora1"),
                ("double_blocks.0", "proj_lora2"),
                ("single_blocks.0", "qkv_lora"),
                ("single_blocks.1", "qkv_lora1"),
            )
            for key, each in _pair(f"{block}.processor.{layer}", (".down.weight", ".up.weight"), 18).items()
        },
        {},
    ),
    "control": (
        _pair("double_blocks.0.img_attn.qkv", PEFT, 18)
        | {"double_blocks.0.img_attn.norm.query_norm.scale": torch.ones(OUT)},
        {},
    ),
    "Flux": (
        _pair("double_blocks.0.img_attn.qkv", PEFT, 18) | _pair("single_blocks.0.linear1", PEFT, 42),
        {},
    ),
}
COMFYUI: dict[str, Form] = {
    "Flux": (
        _pair("diffusion_model.double_blocks.0.img_attn.qkv", KOHYA, 18)
        | {"diffusion_model.double_blocks.0.img_attn.qkv.alpha": torch.tensor(2.0)},
        {},
    ),
    "single": (_pair("diffusion_model.single_blocks.0.linear1_qkv", KOHYA, 18), {}),
    "control": (
        _pair("diffusion_model.img_in", KOHYA)
        | {
            "diffusion_model.img_in.reshape_weight": torch.tensor([OUT, WIDTH]),
            "diffusion_model.double_blocks.0.img_attn.norm.query_norm.set_weight": torch.ones(OUT),
        },
        {},
    ),
    "PEFT": (_pair("diffusion_model.layers.0.attention.to_q", PEFT), HEADERS["a number"]),
    "flat": (
        _pair("lora_unet_double_blocks_0_img_attn_qkv", KOHYA, 18)
        | _pair("diffusion_model.double_blocks.0.img_attn.proj", KOHYA),
        {},
    ),
    "flat and lost": (_pair("lora_unet_some_thing", KOHYA) | _pair("diffusion_model.other.thing", KOHYA), {}),
    "encoders": (
        _pair("text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1", KOHYA)
        | _pair("lora_te1_text_model_encoder_layers_0_mlp_fc1", KOHYA),
        {},
    ),
    "bare": (
        {
            "diffusion_model.blocks.0.modulation.diff": torch.ones(1, 6, 4),
            "diffusion_model.blocks.0.modulation": torch.ones(1, 6, 4),
        },
        {},
    ),
    "norms": (
        {
            "diffusion_model.blocks.0.norm.w_norm": torch.ones(OUT),
            "diffusion_model.blocks.0.norm.b_norm": torch.ones(OUT),
            "diffusion_model.blocks.0.proj.diff_b": torch.ones(OUT),
        },
        {},
    ),
}
CLONEOFSIMO: dict[str, Form] = {
    "unet": (
        {
            f"unet:{i}:{side}": torch.ones(*shape)
            for i in (0, 1)
            for side, shape in (("down", (2, 6)), ("up", (4, 2)))
        },
        {"unet": '["CrossAttention", "Attention", "GEGLU"]', "unet:0:rank": "2"},
    ),
    "both": (
        {
            f"{part}:0:{side}": torch.ones(*shape)
            for part in ("unet", "text_encoder")
            for side, shape in (("down", (2, 6)), ("up", (4, 2)))
        },
        {"unet": '["CrossAttention"]', "text_encoder": '["CLIPAttention"]', "<s1>": "<embed>"},
    ),
    "embeds": (
        {"unet:0:down": torch.ones(2, 6), "unet:0:up": torch.ones(4, 2), "<s1>": torch.ones(6)},
        {"unet": '["CrossAttention"]', "<s1>": "<embed>"},
    ),
    "convolutions": (
        {"unet:0:down": torch.ones(2, 6, 3, 3), "unet:0:up": torch.ones(4, 2, 1, 1)},
        {"unet": '["ResnetBlock2D"]'},
    ),
}


def good_methods(folder: Path) -> list[Path]:
    """Files of one module in kohya's names, for each method of LyCORIS; with and without an alpha."""
    forms: dict[str, Form] = {}
    for name, parts in METHODS.items():
        tensors = {f"{NAME}.{part}": each for part, each in parts.items()}
        forms[name] = tensors, {}
        forms[f"{name}, alpha"] = tensors | {f"{NAME}.alpha": torch.tensor(2.0)}, {"ss_network_dim": "2"}
    return good_image_files(forms)(folder)


def good_kohya_forms(folder: Path) -> list[Path]:
    """Files in kohya's names: of modules that are known, of others, with words in the header."""
    name = "lora_unet_down_blocks_0_attentions_0_proj_in"
    forms: dict[str, Form] = {
        header: (_pair(name, KOHYA) | _pair("lora_te_text_model_encoder_layers_0_mlp_fc1", KOHYA), words)
        for header, words in HEADERS.items()
    }
    forms["Flux"] = _pair("lora_unet_double_blocks_0_img_attn_qkv", KOHYA, 18), {}
    forms["LyCORIS"] = _pair("lycoris_down_blocks_0_attentions_0_proj_in", KOHYA), {}
    forms["OneTrainer"] = _pair("lora_transformer_single_transformer_blocks_0_attn_to_q", KOHYA), {}
    forms["unknown"] = _pair("lora_unet_some_thing", KOHYA), {}
    forms["text"] = _pair("lora_model_layers_0_self_attn_q_proj", KOHYA, 64, 64), {}
    forms["control"] = {f"{name}.set_weight": torch.ones(OUT), **_pair(f"{name}_2", KOHYA)}, {}
    return good_image_files(forms)(folder)


def good_image_files(forms: Mapping[str, Form], file: str = "x.safetensors") -> Callable[[Path], list[Path]]:
    """Write a file for each form, in a folder of its own."""

    def make(folder: Path) -> list[Path]:
        for number, (tensors, header) in enumerate(forms.values()):
            (folder / f"{number:02}").mkdir()
            held = {name: each.contiguous().clone() for name, each in tensors.items()}
            save_file(held, folder / f"{number:02}" / file, {"format": "pt", **header})
        return sorted(folder.rglob(file))

    return make


@functools.cache
def image_host() -> Host:
    """A model with the modules that the forms above are for, by diffusers' names or by the authors'."""
    unet = ("x", "x.y", "x.z", "down_blocks.0.attentions.0.proj_in", "mid_block.attentions.0.proj_in")
    names = [f"unet.{name}" for name in unet]
    names += [f"{PROCESSOR.removesuffix('.processor')}.{each}" for each in ("to_q", "to_out.0")]
    names += [f"{FLUX}.{each}" for each in ("to_q", "norm_q")]
    names += [f"{CLIP}.q_proj", "text_encoder.text_model.encoder.layers.0.mlp.fc1"]
    names += [
        f"diffusion_model.{each}" for each in ("double_blocks.0.img_attn.qkv", "single_blocks.0.linear1")
    ]
    names += ["diffusion_model.img_in", "diffusion_model.layers.0.attention.to_q"]
    return Host(modules=tuple(names), kinds=dict.fromkeys(names, "linear"))


def read_image_file(file: str) -> Callable[[Path], None]:
    """Read an adapter alone, then for the model; what one of them refuses is refused."""
    return lambda folder: read_for(folder / file, image_host())


def read_numbered(folder: Path) -> None:
    """Read an adapter alone; what names no module is refused for a model."""
    with suppress(SurgeryError):
        use(read_adapter(str(folder / "x.safetensors"), image_host())[1])
    read_whole_adapter(folder / "x.safetensors")

"""Write a seeded pair of Flux.1's shape in bfloat16, OUT/base.safetensors and OUT/tuned.safetensors.

    python benchmarks/make_flux_pair.py OUT [--double 1] [--single 2] [--width 3072] [--seed 0]

Names and widths are those of `src/flux/model.py` of black-forest-labs/flux; only the numbers of blocks
are smaller than Flux's 19 and 38. The weights of the blocks are drawn and changed as in
`make_pair.py`; their biases and norms and the layers outside of the blocks stay as they are, since
`flux_extract_lora.py` of sd-scripts does not look at them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
from make_pair import Shape, base_weight, generator, tuned_weight
from safetensors.torch import save_file

HEAD = 128
LATENT, TEXT, POOLED, TIMES = 64, 4096, 768, 256


def linears(double: int, single: int, width: int) -> Iterator[tuple[str, Shape]]:
    """Name the linear layers of the blocks, with their shapes."""
    for index in range(double):
        for stream in ("img", "txt"):
            block = f"double_blocks.{index}.{stream}"
            yield f"{block}_mod.lin", (6 * width, width)
            yield f"{block}_attn.qkv", (3 * width, width)
            yield f"{block}_attn.proj", (width, width)
            yield f"{block}_mlp.0", (4 * width, width)
            yield f"{block}_mlp.2", (width, 4 * width)
    for index in range(single):
        block = f"single_blocks.{index}"
        yield f"{block}.linear1", (7 * width, width)
        yield f"{block}.linear2", (width, 5 * width)
        yield f"{block}.modulation.lin", (3 * width, width)


def norms(double: int, single: int) -> Iterator[str]:
    """Name the norms of queries and keys."""
    owners = [f"double_blocks.{index}.{stream}_attn" for index in range(double) for stream in ("img", "txt")]
    owners += [f"single_blocks.{index}" for index in range(single)]
    yield from (f"{owner}.norm.{which}_norm.scale" for owner in owners for which in ("query", "key"))


def around(width: int) -> dict[str, Shape]:
    """Name the linear layers outside of the blocks."""
    found = {"img_in": (width, LATENT), "txt_in": (width, TEXT)}
    for name, inputs in (("time_in", TIMES), ("vector_in", POOLED), ("guidance_in", TIMES)):
        found |= {f"{name}.in_layer": (width, inputs), f"{name}.out_layer": (width, width)}
    final = {"adaLN_modulation.1": (2 * width, width), "linear": (LATENT, width)}
    return found | {f"final_layer.{name}": shape for name, shape in final.items()}


def write_pair(out: Path, arguments: argparse.Namespace) -> int:
    """Write both files, and return how many parameters each has."""
    blocks = dict(linears(arguments.double, arguments.single, arguments.width))
    base: dict[str, torch.Tensor] = {}
    changed: dict[str, torch.Tensor] = {}
    for name, shape in (blocks | around(arguments.width)).items():
        random = generator(f"{arguments.seed}/{name}")
        base[f"{name}.weight"] = base_weight(shape, random)
        base[f"{name}.bias"] = torch.zeros(shape[0], dtype=torch.bfloat16)
        if name in blocks:
            changed[f"{name}.weight"] = tuned_weight(base[f"{name}.weight"], random)
    scales = norms(arguments.double, arguments.single)
    base |= {name: torch.ones(HEAD, dtype=torch.bfloat16) for name in scales}
    out.mkdir(parents=True, exist_ok=True)
    save_file(base, out / "base.safetensors")
    save_file(base | changed, out / "tuned.safetensors")
    return sum(tensor.numel() for tensor in base.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--double", type=int, default=1)
    parser.add_argument("--single", type=int, default=2)
    parser.add_argument("--width", type=int, default=3072)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    count = write_pair(arguments.out, arguments)
    print(f"2 x {count / 1e9:.3f} B parameters -> {arguments.out}")


if __name__ == "__main__":
    main()

"""A server with models for tests of reading by ranges: plain HTTP, S3 and GCS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.remote import fetching, request, stand_ins, stores
from support.range_server import RangeServer, serving

# What a file may cost above the bytes that are used: 2 % and 256 kB.
SHARE, EXTRA_BYTES = 1.02, 256_000


@contextmanager
def stores_at(folder: Path, patch: pytest.MonkeyPatch, **manners: object) -> Iterator[RangeServer]:
    """Serve a folder by HTTP, as S3 and as GCS, to a process that knows nothing of it yet."""
    with serving(folder, **manners) as server:
        account = folder.parent / f"{folder.name}-account.json"
        text = {"gcs_base_url": server.url, "disable_oauth": True, "client_email": "", "private_key": ""}
        account.write_text(json.dumps(text | {"private_key_id": ""}), encoding="utf-8")
        for name, value in {
            "AWS_ENDPOINT": server.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
            "AWS_REGION": "us-east-1",
            "GOOGLE_SERVICE_ACCOUNT": str(account),
        }.items():
            patch.setenv(name, value)
        start_anew(patch)
        yield server


def start_anew(patch: pytest.MonkeyPatch, in_flight: int = 24) -> None:
    """Forget what was opened, as a new process."""
    patch.setattr(stand_ins, "_FILES", {})
    patch.setattr(stand_ins, "_OPENED", {})
    patch.setattr(stand_ins, "_SIGNED", {})
    patch.setattr(fetching, "_FETCHER", fetching.Fetcher(in_flight))
    patch.setattr(request, "FIRST_PAUSE_S", 0.005)
    stores._store.cache_clear()
    stores.web_store.cache_clear()


def many_tensors(folder: Path, count: int = 40, side: int = 160) -> Path:
    """Write a checkpoint of many square matrices with a small vector after each."""
    generator = torch.Generator().manual_seed(7)
    tensors = {}
    for index in range(count):
        tensors[f"m{index:03}.weight"] = torch.randn(side, side, generator=generator)
        tensors[f"m{index:03}.bias"] = torch.randn(side, generator=generator)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text('{"model_type": "x"}', encoding="utf-8")
    return folder


WIDTH, INNER, LAYERS, RANK = 192, 512, 4, 4
SHAPES = {
    "self_attn.q_proj": (WIDTH, WIDTH),
    "self_attn.v_proj": (WIDTH, WIDTH),
    "mlp.up_proj": (INNER, WIDTH),
    "mlp.down_proj": (WIDTH, INNER),
}


def write_pair(folder: Path) -> None:
    """Write `base` and `tuned`, of some megabytes, and `adapter`, which is the difference of the two."""
    generator = torch.Generator().manual_seed(3)
    base, tuned, factors = {}, {}, {}
    for layer in range(LAYERS):
        for name, (rows, columns) in SHAPES.items():
            path = f"model.layers.{layer}.{name}"
            A = torch.randn(RANK, columns, generator=generator)
            B = torch.randn(rows, RANK, generator=generator)
            W = torch.randn(rows, columns, generator=generator)
            base[f"{path}.weight"], tuned[f"{path}.weight"] = W.bfloat16(), (W + 0.1 * B @ A).bfloat16()
            factors[f"base_model.model.{path}.lora_A.weight"] = A
            factors[f"base_model.model.{path}.lora_B.weight"] = 0.1 * B
    for name, tensors in {"base": base, "tuned": tuned}.items():
        # Weights that an adapter does not change are copied by a merge, and not read otherwise.
        table = torch.randn(4096, WIDTH, generator=torch.Generator().manual_seed(4)).bfloat16()
        (folder / name).mkdir(parents=True)
        save_file(tensors | {"model.embed_tokens.weight": table}, folder / name / "model.safetensors")
        (folder / name / "tokenizer.json").write_text(json.dumps({"long": "x" * 600_000}), encoding="utf-8")
    (folder / "adapter").mkdir()
    save_file(factors, folder / "adapter/adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": RANK, "target_modules": sorted(_ends(SHAPES))}
    (folder / "adapter/adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


def _ends(names: Iterable[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}

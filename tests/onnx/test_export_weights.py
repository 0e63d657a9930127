"""Where the weights of an export lie.

Streamed into one file, or left in the checkpoint's own; and in eight bits.
"""

from __future__ import annotations

import dataclasses
import errno
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NoSpaceError, NumericError, OutputError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.export import export
from lorasurgery.onnx.exporting.datafile import PAGE_BYTES, StoredConstant, offsets, write_data
from support.int8_saturation import can_saturate, integer_weights
from support.onnx_models import adapted, answer, apart, quantised_bert, rim, saved, text
from support.shared_folders import Shared

pytestmark = pytest.mark.slow

TOLERANCE = 1e-4


def stored(
    name: str, tensor: torch.Tensor, *, transposed: bool = False, dtype: torch.dtype = torch.float32
) -> StoredConstant:
    return StoredConstant(name, LazyTensor.of(tensor), transposed, dtype)


@pytest.mark.parametrize("block", [64, 1 << 24], ids=["many blocks", "one block"])
def test_what_is_written_is_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("lorasurgery.onnx.exporting.datafile.BLOCK_BYTES", block)
    made = torch.Generator().manual_seed(0)
    wide = torch.randn(70, 33, generator=made)
    wanted = {
        (each.name, each.transposed): each
        for each in (
            stored("a", wide),
            stored("a", wide, transposed=True),
            stored("b", wide.bfloat16(), transposed=True),
            stored("c", wide, dtype=torch.float16),
            stored("d", torch.tensor(3.0)),
            stored("e", torch.zeros(0, 4)),
            dataclasses.replace(
                stored("f", wide), tensor=LazyTensor((70, 33), Dtype.of(wide.dtype), lambda: wide)
            ),
        )
    }
    places, end = offsets(wanted)
    write_data(tmp_path / "data", wanted, places)
    content = (tmp_path / "data").read_bytes()
    assert len(content) <= end
    for key, each in wanted.items():
        assert places[key] % (PAGE_BYTES if each.nbytes >= PAGE_BYTES else 64) == 0
        expected = each.tensor.read()
        expected = (expected.T if each.transposed else expected).to(each.dtype).contiguous()
        assert content[places[key] : places[key] + each.nbytes] == expected.numpy().tobytes(), key


def test_tensors_do_not_overlap() -> None:
    wanted = {(str(n), False): stored(str(n), torch.zeros(n)) for n in (1, 5000, 3, 16, 1024, 1025)}
    places, end = offsets(wanted)
    spans = sorted((place, place + wanted[key].nbytes) for key, place in places.items())
    assert all(stop <= start for (_, stop), (start, _) in itertools.pairwise(spans))
    assert spans[-1][1] == end


def test_infinities_of_the_input_stay_and_new_ones_are_refused(tmp_path: Path) -> None:
    infinite = {("a", False): stored("a", torch.tensor([torch.inf]), dtype=torch.float16)}
    write_data(tmp_path / "one", infinite, offsets(infinite)[0])
    beyond = {("a", False): stored("a", torch.tensor([1e5]), dtype=torch.float16)}
    with pytest.raises(NumericError, match=r"'a' holds 1e\+05, which is beyond float16"):
        write_data(tmp_path / "two", beyond, offsets(beyond)[0])


def test_a_disk_that_is_too_small_is_found_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved("vit", tmp_path / "base")
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("lorasurgery.checkpoint.output.shutil.disk_usage", lambda _: usage)
    with pytest.raises(NoSpaceError, match="are free"):
        export(tmp_path / "base", (), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


@pytest.mark.parametrize(
    "dtype",
    [torch.float32, torch.bfloat16],
    ids=["as stored", "cast when run"],
)
def test_a_graph_can_refer_into_the_checkpoint(tmp_path: Path, dtype: torch.dtype) -> None:
    model = saved("llama-tied", tmp_path / "base", dtype)
    before = {path: path.read_bytes() for path in (tmp_path / "base").iterdir()}
    report = export(tmp_path / "base", (), task="text-generation", reuse_shards=True)
    path = tmp_path / "base" / "model.onnx"
    assert list(rim(path)[1]) == ["logits"]
    assert report.output == str(path)
    assert report.check is not None
    assert report.check.graphs[0].relative < TOLERANCE
    assert sorted((tmp_path / "base").iterdir()) == sorted([*before, path])
    assert all(file.read_bytes() == content for file, content in before.items())
    external = [t for t in onnx.load(path, load_external_data=False).graph.initializer if t.external_data]
    assert {entry.value for t in external for entry in t.external_data if entry.key == "location"} == {
        "model.safetensors"
    }
    assert report.referred_nbytes == sum(p.numel() * dtype.itemsize for p in model.parameters())
    onnx.checker.check_model(path, full_check=True)
    given = text(2, 7)
    given["position_ids"] = torch.arange(7).expand(2, 7).contiguous()
    with torch.inference_mode():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(dtype))
        said = model(**given).logits
    assert apart(answer(path, given)["logits"], said) < TOLERANCE


def test_only_what_an_adapter_changed_is_written_beside_the_checkpoint(tmp_path: Path) -> None:
    peft_model = adapted("bert", saved("bert", tmp_path / "base"), tmp_path / "adapter")
    path = tmp_path / "merged.onnx"
    report = export(tmp_path / "base", [tmp_path / "adapter"], path, reuse_shards=True)
    data = {}
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        where = {entry.key: entry.value for entry in tensor.external_data}
        if where:
            data.setdefault(where["location"], set()).add(tensor.name)
    (own,) = (file.name for file in tmp_path.glob("merged.*.onnx_data"))
    assert set(data) == {own, "base/model.safetensors"}
    assert len(data[own]) == report.changed
    assert all(("query" in name or "dense" in name or "classifier" in name) for name in data[own])
    given = {**text(2, 7), "token_type_ids": torch.zeros(2, 7, dtype=torch.long)}
    with torch.inference_mode():
        assert apart(answer(path, given)["logits"], peft_model(**given).logits) < TOLERANCE
    with pytest.raises(OutputError, match="exists already"):
        export(tmp_path / "base", [tmp_path / "adapter"], path, reuse_shards=True)


def test_a_disk_that_fills_up_is_named_whatever_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved("vit", tmp_path / "base")

    def is_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("onnx_ir.save", is_full)
        with pytest.raises(NoSpaceError, match=r"model\.onnx"):
            export(tmp_path / "base", (), tmp_path / "out")
    sizes = iter([1 << 30, 1000])  # all is well until the graph is quantised
    monkeypatch.setattr(
        "lorasurgery.checkpoint.output.shutil.disk_usage",
        lambda _: type("Usage", (), {"free": next(sizes)}),
    )
    with pytest.raises(NoSpaceError, match="are free"):
        export(tmp_path / "base", (), tmp_path / "out", int8=True)
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def test_the_room_that_the_check_takes_is_counted_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = saved("vit", tmp_path / "base")
    adapted("vit", model, tmp_path / "adapter")
    nbytes = sum(4 * each.numel() for each in model.parameters())
    usage = type("Usage", (), {"free": 3 * nbytes // 2})
    monkeypatch.setattr("lorasurgery.checkpoint.output.shutil.disk_usage", lambda _: usage)
    with pytest.raises(NoSpaceError, match="out needs"):
        export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out", verify=False)


def test_a_replacement_that_ends_in_the_middle_leaves_the_graph_and_its_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old and new numbers have names of their own; so a graph never finds others than its own."""
    model = saved("vit", tmp_path / "base")
    made = {n: adapted("vit", model, tmp_path / n, seed) for seed, n in enumerate(("one", "two"))}
    path, given = tmp_path / "base" / "merged.onnx", {"pixel_values": torch.randn(2, 3, 16, 16)}

    def graph_says() -> torch.Tensor:
        return answer(path, given)["logits"]

    def put(adapter: str) -> None:
        export(tmp_path / "base", [tmp_path / adapter], path, reuse_shards=True, verify=False, force=True)

    put("one")
    replace = Path.replace

    def ending_before(what: str) -> Callable[[Path, Path], Path]:
        def ends(self: Path, target: Path) -> Path:
            if Path(target).parent == path.parent and target.name.endswith(what):
                raise KeyboardInterrupt
            return replace(self, target)

        return ends

    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    for what in (".onnx", ".onnx_data"):
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", ending_before(what))
            with pytest.raises(KeyboardInterrupt):
                put("two")
        assert {file: file.read_bytes() for file in path.parent.iterdir()} == before
    with torch.inference_mode():
        assert apart(graph_says(), made["one"](**given).logits) < TOLERANCE
        put("two")
        assert apart(graph_says(), made["two"](**given).logits) < TOLERANCE
    assert len(list(path.parent.glob("*.onnx_data"))) == 1


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ("base/inside/model.onnx", OutputError, "outside its folder"),
        ("other/model.onnx", OutputError, "outside its folder"),
        ("graph", OutputError, r"ends in \.onnx"),
        ("base/model.safetensors", OutputError, r"ends in \.onnx"),
    ],
)
def test_places_that_onnx_runtime_refuses_are_refused(
    tmp_path: Path, where: str, error: type[Exception], said: str
) -> None:
    saved("vit", tmp_path / "base")
    with pytest.raises(error, match=said):
        export(tmp_path / "base", (), tmp_path / where, reuse_shards=True)


def test_a_checkpoint_behind_links_cannot_be_referred_to(tmp_path: Path) -> None:
    saved("vit", tmp_path / "blobs")
    (tmp_path / "base").mkdir()
    for file in (tmp_path / "blobs").iterdir():
        (tmp_path / "base" / file.name).symlink_to(file)
    with pytest.raises(UnsupportedError, match="cp -rL"):
        export(tmp_path / "base", (), reuse_shards=True)


def test_eight_bits_are_measured_beside_torch(shared: Shared) -> None:
    out = quantised_bert(shared)
    (quantised,) = json.loads((out / "lorasurgery.json").read_text())["check"]["quantised"]
    assert quantised["graph"] == "model_quantized"
    assert 1e-4 < quantised["max_difference"] / quantised["largest"] < 0.3
    kinds = {node.op_type for node in onnx.load(out / "model_quantized.onnx").graph.node}
    assert "MatMulInteger" in kinds
    assert "model_quantized" in (out / "README.md").read_text()


def test_no_product_of_a_quantised_graph_saturates_on_a_processor_without_vnni(
    shared: Shared, tmp_path: Path
) -> None:
    out = quantised_bert(shared)
    weights = integer_weights(out / "model_quantized.onnx")
    assert any(weight.ndim == 2 for weight in weights.values())
    assert not [name for name, weight in weights.items() if can_saturate(weight)]
    signed = tmp_path / "signed.onnx"
    quantize_dynamic(out / "model.onnx", signed, weight_type=QuantType.QInt8, per_channel=True)
    assert any(can_saturate(weight) for weight in integer_weights(signed).values())


@pytest.mark.parametrize(
    "options", [{"int8": True, "dtype": "fp16"}, {"int8": True, "reuse_shards": True}, {"attn": "flash"}]
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    saved("vit", tmp_path / "base")
    with pytest.raises(UnsupportedError, match=r"choose one|is not one of"):
        export(tmp_path / "base", (), **options)  # type: ignore[arg-type]

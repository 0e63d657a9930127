"""Time and memory of `export-onnx`, compared with torch's exporter on what PEFT merged.

    python benchmarks/make_pair.py /tmp/pair --hidden 1024 --layers 20 --intermediate 2816 --vocab
    8192 python benchmarks/make_adapter.py /tmp/pair/base /tmp/adapter python benchmarks/export.py
    /tmp/pair/base /tmp/adapter

    python benchmarks/export.py --seventy /tmp/seventy

Each row is a whole process: wall and CPU seconds, and its peaks, sampled twenty times a second:
private memory (`RssAnon`), which the system cannot take back, and resident memory, in which the
pages of mapped files are. The check's own process is measured apart. With `--optimum PYTHON` (of an
environment with optimum-onnx, PEFT and a transformers that it works with) a third row is what
`optimum-cli` does with the merged model.

`--seventy` writes a config with 80 layers of Llama's largest width, and weight files that are holes
(no disk is taken), and exports the graph by `--reuse-shards --no-verify`.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import record

PEER = Path(__file__).with_name("export_by_torch.py")
SAMPLES_PER_SECOND = 20
LAYERS, HIDDEN, INTERMEDIATE, HEADS, KV_HEADS, VOCABULARY = 80, 8192, 28672, 64, 8, 128256


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes at the peak: of the process itself, and of those that it started."""

    wall: float
    cpu: float
    private: int
    resident: int
    child_private: int


def measured(command: Sequence[str]) -> Cost:
    """Run a command to its end and watch its memory."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    private = resident = child = 0
    while process.poll() is None:
        anonymous, whole = _memory(process.pid)
        private, resident = max(private, anonymous), max(resident, whole)
        child = max([child, *(_memory(pid)[0] for pid in _children(process.pid))])
        time.sleep(1 / SAMPLES_PER_SECOND)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, private, resident, child)


def _memory(pid: int) -> tuple[int, int]:
    """RssAnon and VmHWM of a process, in bytes; zero once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in lines)
    return tuple(int(fields.get(key, "0 kB").split()[0]) * 1024 for key in ("RssAnon", "VmHWM"))  # type: ignore[return-value]


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def commands(base: Path, adapter: Path, out: Path, optimum: str | None) -> dict[str, list[str]]:
    """By name, in the order in which every round runs them."""
    ours = [sys.executable, "-m", "lorasurgery", "export-onnx", str(base), str(adapter), "--json", "-o"]
    found = {
        "export-onnx": [*ours, str(out / "checked")],
        "export-onnx --no-verify": [*ours, str(out / "unchecked"), "--no-verify"],
        "PEFT + torch.onnx.export": [sys.executable, str(PEER), str(base), str(adapter), str(out / "torch")],
        "import torch, transformers": [sys.executable, "-c", "import torch, transformers, onnxscript, peft"],
    }
    if optimum:
        program = (
            "import sys; from peft import PeftModel; from transformers import AutoModelForCausalLM as M; "
            "from optimum.exporters.onnx import main_export; base, adapter, out = sys.argv[1:]; "
            "merged = PeftModel.from_pretrained(M.from_pretrained(base), adapter).merge_and_unload(); "
            "merged.save_pretrained(out + '-merged'); "
            "main_export(out + '-merged', out, task='text-generation-with-past', do_validation=False)"
        )
        found["PEFT + optimum-onnx"] = [optimum, "-c", program, str(base), str(adapter), str(out / "optimum")]
    return found


def rounds(base: Path, adapter: Path, count: int, optimum: str | None) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {}
    for _ in range(count):
        out = Path(tempfile.mkdtemp(prefix="bench-export-"))
        try:
            for name, command in commands(base, adapter, out, optimum).items():
                costs.setdefault(name, []).append(measured(command))
                print(f"  {name}: {costs[name][-1].wall:.1f} s", file=sys.stderr)
                for folder in out.iterdir():
                    shutil.rmtree(folder)
        finally:
            shutil.rmtree(out)
    return costs


def table(costs: dict[str, list[Cost]]) -> None:
    print(f"\n{'':28}{'wall s':>8}{'CPU s':>8}{'private MB':>12}{'resident MB':>13}{'check, private MB':>19}")
    for name, runs in costs.items():
        wall, cpu = (
            statistics.median(values) for values in zip(*((c.wall, c.cpu) for c in runs), strict=True)
        )
        private, resident, child = (
            max(values) / 1e6
            for values in zip(*((c.private, c.resident, c.child_private) for c in runs), strict=True)
        )
        print(f"{name:28}{wall:>8.1f}{cpu:>8.1f}{private:>12.0f}{resident:>13.0f}{child:>19.0f}")


def keep(costs: dict[str, list[Cost]]) -> None:
    """Record wall time and private memory of each row."""
    rows = []
    for name, runs in costs.items():
        wall = statistics.median(cost.wall for cost in runs)
        private, child = (
            max(values) / 1e9 for values in zip(*((c.private, c.child_private) for c in runs), strict=True)
        )
        rows.append([f"`{name}`", f"{wall:.1f} s", f"{private:.2f} GB", f"{child:.2f} GB"])
    title = (
        "A bfloat16 Llama with a rank-16 adapter, exported as float32; private memory, which "
        "includes that of the imported libraries."
    )
    columns = ["", "wall", "private memory", "private memory of the check's process"]
    record.keep("export", "export-onnx", title, "python benchmarks/run_all.py --only export", columns, rows)


def write_seventy(folder: Path) -> None:
    """A checkpoint of 70 billion parameters in bfloat16 of which only the headers are there."""
    kv = HIDDEN * KV_HEADS // HEADS
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        attention = {
            "q_proj": (HIDDEN, HIDDEN),
            "k_proj": (kv, HIDDEN),
            "v_proj": (kv, HIDDEN),
            "o_proj": (HIDDEN, HIDDEN),
        }
        mlp = {
            "gate_proj": (INTERMEDIATE, HIDDEN),
            "up_proj": (INTERMEDIATE, HIDDEN),
            "down_proj": (HIDDEN, INTERMEDIATE),
        }
        shapes |= {f"{at}.self_attn.{name}.weight": shape for name, shape in attention.items()}
        shapes |= {f"{at}.mlp.{name}.weight": shape for name, shape in mlp.items()}
        shapes |= {
            f"{at}.{name}.weight": (HIDDEN,) for name in ("input_layernorm", "post_attention_layernorm")
        }
    shapes |= {"model.norm.weight": (HIDDEN,), "lm_head.weight": (VOCABULARY, HIDDEN)}
    names, count = sorted(shapes), 15
    folder.mkdir(parents=True)
    placed = {}
    for index in range(count):
        file, entries, end = f"model-{index + 1:05d}-of-{count:05d}.safetensors", {}, 0
        for name in names[index::count]:
            rows, columns = (*shapes[name], 1)[:2]
            entries[name] = {
                "dtype": "BF16",
                "shape": shapes[name],
                "data_offsets": [end, end + 2 * rows * columns],
            }
            end += 2 * rows * columns
            placed[name] = file
        header = json.dumps(entries).encode()
        header += b" " * (-len(header) % 8)
        with (folder / file).open("wb") as out:
            out.write(len(header).to_bytes(8, "little") + header)
            out.truncate(8 + len(header) + end)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": placed}))
    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "dtype": "bfloat16",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "intermediate_size": INTERMEDIATE,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 8192,
        "tie_word_embeddings": False,
    }
    (folder / "config.json").write_text(json.dumps(config))


def seventy(folder: Path) -> None:
    if not folder.exists():
        write_seventy(folder)
    command = [
        sys.executable,
        "-m",
        "lorasurgery",
        "export-onnx",
        str(folder),
        "--reuse-shards",
        "--no-verify",
        "--force",
    ]
    cost = measured([*command, "--json"])
    table({"70B, --reuse-shards": [cost]})
    print(f"model.onnx {(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path, nargs="?")
    parser.add_argument("adapter", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--optimum", metavar="PYTHON", help="the interpreter of an environment with optimum-onnx"
    )
    parser.add_argument(
        "--seventy", type=Path, metavar="FOLDER", help="where to make the checkpoint of holes"
    )
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    arguments = parser.parse_args()
    print(record.machine())
    if arguments.base:
        costs = rounds(arguments.base, arguments.adapter, arguments.rounds, arguments.optimum)
        table(costs)
        if arguments.record:
            keep(costs)
    if arguments.seventy:
        seventy(arguments.seventy)


if __name__ == "__main__":
    main()

"""What configs and side files say about quantisation: which method, and its settings.

`config.json` says it under `quantization_config`, in older files `compression_config`, in MLX's
`quantization`; a model of several parts says it in the part's own config (`text_config`). ModelOpt,
AutoGPTQ, AutoAWQ, AutoRound and Mistral have files of their own beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation._flattened import torchao_metadata

CONFIG_KEYS = ("quantization_config", "compression_config", "quantization")
# Files that say nothing else, and whose method they are where they do not say it.
SIDE_FILES = {
    "hf_quant_config.json": "modelopt",
    "quantize_config.json": "gptq",
    "quant_config.json": "awq",
    "quantization_config.json": "auto-round",
}
# Mistral's own config, which says other things as well.
MISTRAL_FILE, MISTRAL_KEY = "params.json", "quantization"
STATING_FILES = (*SIDE_FILES, MISTRAL_FILE)
# Where a method lists the modules that are not quantised; of ModelOpt's names the one that the
# statement has.
EXCEPTIONS = {
    "compressed-tensors": ("ignore",),
    "fp8": ("modules_to_not_convert",),
    "modelopt": ("ignore", "exclude_modules"),
}


@dataclass(frozen=True)
class Stated:
    """What config files state about quantisation: `method` is "" if nothing does; the first setting
    of a name counts.

    `marks` are the formats that ComfyUI's marks give to single modules, `torchao` the headers'
    metadata, where torchao says of which class each tensor was.
    """

    method: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    torchao: Mapping[str, str] = field(default_factory=dict)

    def number(self, *keys: str) -> int | None:
        """The first of these settings that is a number, as an integer."""
        found = (self.settings.get(key) for key in keys)
        return next((each for each in found if type(each) is int and each > 0), None)

    def is_packed_by(self, layout: str) -> bool:
        """Return whether AutoRound, if it made the model, says that it packed it in this layout."""
        return "auto-round" not in self.method or layout in str(self.settings.get("packing_format", ""))


def stated_by(checkpoint: Checkpoint, marks: Mapping[str, str]) -> Stated:
    """Read what config and side files of a checkpoint state."""
    method = ""
    settings: dict[str, Any] = {}
    for stated, default in _statements(checkpoint):
        method = method or str(stated.get("quant_method") or default)
        settings = {**stated, **settings}
    return Stated(method.lower(), settings, marks, torchao_metadata(checkpoint))


@dataclass(frozen=True)
class Statements:
    """What must be said anew: fields of `config.json` and texts of side files; None where one goes."""

    config: Mapping[str, Any] = field(default_factory=dict)
    side_files: Mapping[str, str | None] = field(default_factory=dict)


def no_statements(checkpoint: Checkpoint) -> Statements:
    """What configs and side files say once nothing is quantised any more."""
    return _changed(checkpoint, lambda _statement, _method: None)


def statements_without(checkpoint: Checkpoint, modules: Sequence[str], label: str) -> Statements:
    """What configs and side files say once these modules are not quantised any more, and others are.

    Args:
        label: what the others are quantised with.

    Raises:
        UnsupportedError: the statement of a method whose exceptions are not known.
    """

    def without(statement: Mapping[str, Any], method: str) -> Mapping[str, Any]:
        keys = [key for key in EXCEPTIONS.get(method, ()) if key in statement or method != "modelopt"]
        if not keys:
            raise UnsupportedError(
                f"{checkpoint.name} holds weights in FP8 and in {label}, and its config "
                f"({method or 'no method'}) "
                "cannot be made to say that only the latter are quantised. Merge into the 16-bit "
                "original, and quantise the result."
            )
        changed: dict[str, Any] = {key: [*(statement.get(key) or []), *modules] for key in keys}
        layers = statement.get("quantized_layers")
        if isinstance(layers, Mapping):
            changed["quantized_layers"] = {k: v for k, v in layers.items() if k not in modules}
        return {**statement, **changed}

    return _changed(checkpoint, without)


def _changed(
    checkpoint: Checkpoint, change: Callable[[Mapping[str, Any], str], Mapping[str, Any] | None]
) -> Statements:
    config = _changed_config(checkpoint.config, change)
    fields = {key: config.get(key) for key in checkpoint.config if config.get(key) != checkpoint.config[key]}
    texts: dict[str, str | None] = {}
    for name, method in SIDE_FILES.items():
        content = _side_file(checkpoint.folder / name)
        if content:
            inner = content.get("quantization")
            changed = change(inner if isinstance(inner, Mapping) else content, method)
            nested = {**content, "quantization": changed} if isinstance(inner, Mapping) else changed
            texts[name] = _text(nested) if changed is not None and nested is not None else None
    content = _side_file(checkpoint.folder / MISTRAL_FILE)
    if isinstance(content.get(MISTRAL_KEY), Mapping):
        changed = change(content[MISTRAL_KEY], "mistral")
        rest = {key: value for key, value in content.items() if key != MISTRAL_KEY}
        texts[MISTRAL_FILE] = _text(rest if changed is None else {**content, MISTRAL_KEY: changed})
    return Statements(fields, texts)


def _changed_config(
    config: Mapping[str, Any], change: Callable[[Mapping[str, Any], str], Mapping[str, Any] | None]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in config.items():
        if _is_statement(key, value):
            changed = change(value, str(value.get("quant_method") or "").lower())
            made |= {} if changed is None else {key: changed}
        else:
            made[key] = _changed_config(value, change) if _is_part(key, value) else value
    return made


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def without_statements(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config as that of a model that is not quantised."""
    return _changed_config(config, lambda _statement, _method: None)


def _statements(checkpoint: Checkpoint) -> Iterator[tuple[Mapping[str, Any], str]]:
    for config in _configs(checkpoint.config):
        for key in CONFIG_KEYS:
            if key in config and _is_statement(key, config[key]):
                yield config[key], "mlx" if key == "quantization" else ""
    for name, method in SIDE_FILES.items():
        content = _side_file(checkpoint.folder / name)
        inner = content.get("quantization")
        if content:
            yield inner if isinstance(inner, Mapping) else content, method
    mistral = _side_file(checkpoint.folder / MISTRAL_FILE).get(MISTRAL_KEY)
    if isinstance(mistral, Mapping):
        yield mistral, "mistral"


def _configs(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A config and those of the model's parts."""
    yield config
    for key, value in config.items():
        if _is_part(key, value):
            yield from _configs(value)


def _is_part(key: str, value: object) -> bool:
    return isinstance(value, Mapping) and key.endswith("_config") and key not in CONFIG_KEYS


def _is_statement(key: str, value: object) -> bool:
    return key in CONFIG_KEYS and isinstance(value, Mapping)


def _side_file(path: Path) -> Mapping[str, Any]:
    return read_json(path) if path.is_file() else {}

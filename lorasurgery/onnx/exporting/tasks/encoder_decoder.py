"""Text or sound in, text out, token by token: encoder-decoders (T5, BART, Marian, Whisper) as three graphs.

encoder_model            the input, once
decoder_model            the first tokens; gives out the decoder's cache, and the encoder's keys and values
decoder_with_past_model  further tokens; takes both caches in, and gives the decoder's out

The two decoders have the same weights and share one file of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.model import quiet
from lorasurgery.onnx.exporting.tasks.value import ExportTask, Feed, GraphPort, GraphSpec
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from torch import Tensor

TASKS = ("text2text-generation", "automatic-speech-recognition")

HEARD = ("batch_size", "encoder_sequence_length")
NEW = ("batch_size", "decoder_sequence_length")
PAST = "past_decoder_sequence_length"
MASK = "encoder_attention_mask"


def suits(model: Any) -> bool:
    """Whether the model reads text or sound, and writes text."""
    return bool(model.config.is_encoder_decoder) and model.main_input_name in ("input_ids", "input_features")


def task(name: str, model: Any) -> ExportTask:
    """The encoder, and the decoder without and with a past; without a cache, only the first of the decoders.

    Raises:
        UnsupportedError: what the model keeps from token to token is not a cache of keys and
            values, or it hears sound of any length.
    """
    cached = name.endswith("-with-past")
    if not _reads_text(model) and not hasattr(model.config, "num_mel_bins"):
        raise UnsupportedError(
            f"{type(model).__name__} cannot be exported for {name}: it takes recordings of any length with "
            "a mask of their frames. "
            "Of models that hear, those with a window of fixed length are exported (Whisper)."
        )
    encoder = _encoder(model)
    states = GraphPort("encoder_hidden_states", encoder.outputs[0].axes)
    masks = (GraphPort(MASK, HEARD, "mask"),) if _reads_text(model) else ()
    tokens = GraphPort("input_ids", NEW, "tokens")
    words = getattr(model.config, "decoder_vocab_size", None) or model.config.vocab_size
    logits = GraphPort("logits", (*NEW, words))
    shapes = _cache_shapes(model, encoder) if cached else []
    heard = states.axes[1]
    first = _ports("present", shapes, NEW[1], heard)
    graphs = [
        encoder,
        GraphSpec("decoder_model", (*masks, tokens, states), (logits, *first), partial(_first, cached)),
    ]
    if cached:
        past = _ports("past_key_values", shapes, PAST, heard)
        after = tuple(
            p for p in _ports("present", shapes, "total_sequence_length", heard) if ".decoder." in p.name
        )
        graphs.append(
            GraphSpec(
                "decoder_with_past_model",
                (*masks, tokens, *past),
                (logits, *after),
                _further,
                data="decoder_model",
            )
        )
    return ExportTask(name, type(model).__name__, tuple(graphs), "encoder-decoder")


def _reads_text(model: Any) -> bool:
    return bool(model.main_input_name == "input_ids")


def _encoder(model: Any) -> GraphSpec:
    config = model.config
    inputs: tuple[GraphPort, ...]
    if _reads_text(model):
        inputs = (GraphPort("input_ids", HEARD, "tokens"), GraphPort("attention_mask", HEARD, "mask"))
        output = GraphPort("last_hidden_state", (*HEARD, config.hidden_size), mask="attention_mask")
    else:
        # Whisper hears thirty seconds, no more and no less, and halves them.
        length = config.max_source_positions
        inputs = (GraphPort("input_features", ("batch_size", config.num_mel_bins, 2 * length)),)
        output = GraphPort("last_hidden_state", ("batch_size", length, config.hidden_size))
    return GraphSpec("encoder_model", inputs, (output,), _encode)


def _encode(model: Any, feed: Feed) -> Sequence[Tensor]:
    return [model.get_encoder()(**feed).last_hidden_state]


def _ports(
    prefix: str, shapes: Sequence[tuple[int, int]], decoder: str, encoder: str | int
) -> tuple[GraphPort, ...]:
    """Four tensors a layer: keys and values of the decoder, and of what it hears."""
    kinds = (("decoder", decoder), ("encoder", encoder))
    return tuple(
        GraphPort(f"{prefix}.{layer}.{side}.{kind}", ("batch_size", heads, length, width))
        for layer, (heads, width) in enumerate(shapes)
        for side, length in kinds
        for kind in ("key", "value")
    )


def _cache_shapes(model: Any, encoder: GraphSpec) -> list[tuple[int, int]]:
    """Heads and width of each layer, by a run on one token."""
    import torch

    # Anything may go wrong in a model that keeps something else; that it does is the answer.
    try:
        states = torch.zeros(1, _length(encoder), model.config.hidden_size, dtype=model.dtype)
        feed: dict[str, Tensor] = {
            "input_ids": torch.zeros(1, 2, dtype=torch.long),
            "encoder_hidden_states": states,
        }
        if _reads_text(model):
            feed[MASK] = torch.ones(states.shape[:2], dtype=torch.long)
        with quiet(), torch.no_grad():
            _, *cache = _first(True, model, feed)
        return [(int(tensor.shape[1]), int(tensor.shape[3])) for tensor in cache[::4]]
    except Exception as error:
        raise UnsupportedError(
            f"What {type(model).__name__} keeps from token to token is no cache of keys and values that a "
            f"graph can take in and give out ({reason_of(error)}). "
            "Export it without, by a --task that does not end in -with-past."
        ) from None


def _length(encoder: GraphSpec) -> int:
    length = encoder.outputs[0].axes[1]
    return length if isinstance(length, int) else 4


def _first(cached: bool, model: Any, feed: Feed) -> Sequence[Tensor]:
    from transformers.modeling_outputs import BaseModelOutput

    answer = model(
        encoder_outputs=BaseModelOutput(last_hidden_state=feed["encoder_hidden_states"]),
        decoder_input_ids=feed["input_ids"],
        use_cache=cached,
        **_mask(feed),
    )
    return [answer.logits, *(_flat(answer.past_key_values, encoder=True) if cached else [])]


def _further(model: Any, feed: Feed) -> Sequence[Tensor]:
    from transformers import EncoderDecoderCache
    from transformers.modeling_outputs import BaseModelOutput

    from lorasurgery.onnx.exporting.tasks.causal import cache_of

    own = cache_of([tensor for name, tensor in feed.items() if ".decoder." in name])
    heard = cache_of([tensor for name, tensor in feed.items() if ".encoder." in name])
    key = heard.layers[0].keys
    # The model asks for what was heard, and looks no further than its shape: keys and values of it
    # are in the cache.
    states = key.new_zeros(key.shape[0], key.shape[2], model.config.hidden_size)
    answer = model(
        encoder_outputs=BaseModelOutput(last_hidden_state=states),
        decoder_input_ids=feed["input_ids"],
        past_key_values=EncoderDecoderCache(own, heard),
        use_cache=True,
        **_mask(feed),
    )
    return [answer.logits, *_flat(answer.past_key_values, encoder=False)]


def _mask(feed: Feed) -> Mapping[str, Tensor]:
    return {"attention_mask": feed[MASK]} if MASK in feed else {}


def _flat(cache: Any, *, encoder: bool) -> list[Tensor]:
    """The keys and values of all layers that have any, in the order of `_ports`."""
    pairs = zip(cache.self_attention_cache.layers, cache.cross_attention_cache.layers, strict=True)
    return [
        tensor
        for own, heard in pairs
        if own.keys is not None
        for layer in ((own, heard) if encoder else (own,))
        for tensor in (layer.keys, layer.values)
    ]

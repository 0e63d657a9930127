"""Descriptions of the plainest model families, so that they need no transformers (seconds to import).

A family answers only for a file whose parameters are exactly those that its class has: one name
more or one less, and transformers is asked. That keeps this table harmless: it can be too narrow,
and a test compares all it says with the classes themselves.

`modules` are the owners of parameters and what encloses them; the class has parameterless ones
besides (activations, dropouts, rotary embeddings). They do not matter: PEFT's patterns match by
suffix, so a pattern made of the path of a module with a weight hits only modules whose path ends
like that one, and none of the parameterless ones does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lorasurgery.architecture.names import integers_of, kinds_of, parameters_of, shapes_of
from lorasurgery.architecture.tasks import task_of
from lorasurgery.architecture.value import Architecture, enclosing
from lorasurgery.checkpoint.value import Checkpoint


@dataclass(frozen=True)
class Head:
    """A class of a family: what it adds to the base model, what it lacks, and what it ties if the
    config says so.
    """

    adds: str = ""
    lacks: str = ""
    ties: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Family:
    """A base model under `prefix`; `{a,b}` in a name stands for both, `#` for every layer that
    `layers` counts.
    """

    prefix: str
    layers: str
    ties_by_default: bool
    body: str
    classes: Mapping[str, Head]


# Set in a config, these add parameters or pack them: then the class is asked.
UNUSUAL = ("attention_bias", "mlp_bias", "add_cross_attention", "quantization_config", "text_config")


def architecture_by_table(checkpoint: Checkpoint) -> Architecture | None:
    """Answer for a file that has exactly the names of a family's class, or not at all."""
    config = checkpoint.config
    family = FAMILIES.get(config.get("model_type", ""))
    class_name = next(iter(config.get("architectures") or ()), "")
    if family is None or class_name not in family.classes or any(config.get(key) for key in UNUSUAL):
        return None
    head, layers = family.classes[class_name], config.get(family.layers)
    if not isinstance(layers, int):
        return None
    tied = dict(head.ties or {}) if config.get("tie_word_embeddings", family.ties_by_default) else {}
    wanted, shapes = names_of(family, class_name, layers), _without_buffers(checkpoint)
    if not set(wanted) - set(tied) <= set(shapes) <= set(wanted):
        return None
    shapes = {name: shapes[name] if name in shapes else shapes[tied[name]] for name in wanted}
    return Architecture(
        class_name=class_name,
        model_type=config["model_type"],
        task_type=task_of(class_name, encoder_decoder=False, reads_text=True),
        modules=enclosing(wanted),
        parameters=parameters_of(shapes, model_type=config["model_type"]),
        tied=tied,
        origin="table",
        prefix=family.prefix,
    )


def _without_buffers(checkpoint: Checkpoint) -> dict[str, tuple[int, ...]]:
    """Old files hold buffers (`position_ids`, masks) that the classes no longer read."""
    shapes = shapes_of(checkpoint)
    kinds = kinds_of(shapes, integers_of(checkpoint), checkpoint.config["model_type"])
    return {name: shape for name, shape in shapes.items() if kinds[name] != "buffer"}


def names_of(family: Family, class_name: str, layers: int) -> tuple[str, ...]:
    """List the parameters of a class, at run time as on disk."""
    head = family.classes[class_name]
    is_base = head == BASE
    body = [name for pattern in family.body.split() for name in _expand(pattern, layers)]
    body = [name for name in body if not (head.lacks and name.startswith(head.lacks))]
    prefixed = body if is_base else [f"{family.prefix}.{name}" for name in body]
    return (*prefixed, *(name for pattern in head.adds.split() for name in _expand(pattern, layers)))


def _expand(pattern: str, layers: int) -> Iterable[str]:
    """Write a pattern out: `#` first, then each `{a,b}`."""
    if "#" in pattern:
        return [name for i in range(layers) for name in _expand(pattern.replace("#", str(i)), layers)]
    choice = re.search(r"\{(.*?)\}", pattern)
    if choice is None:
        return [pattern]
    options = choice[1].split(",")
    return [name for option in options for name in _expand(pattern.replace(choice[0], option, 1), layers)]


BASE = Head()
BOTH = "{weight,bias}"

LLAMA_NORMS = "layers.#.{input,post_attention}_layernorm.weight norm.weight"
LLAMA_MLP = "layers.#.mlp.{gate,up,down}_proj.weight"
LLAMA = f"embed_tokens.weight layers.#.self_attn.{{q,k,v,o}}_proj.weight {LLAMA_MLP} {LLAMA_NORMS}"
QWEN2 = f"{LLAMA} layers.#.self_attn.{{q,k,v}}_proj.bias"
QWEN3 = f"{LLAMA} layers.#.self_attn.{{q,k}}_norm.weight"
GEMMA2 = f"{LLAMA} layers.#.{{pre,post}}_feedforward_layernorm.weight"
GEMMA3 = f"{GEMMA2} layers.#.self_attn.{{q,k}}_norm.weight"
PHI3 = f"""embed_tokens.weight layers.#.self_attn.{{qkv,o}}_proj.weight
    layers.#.mlp.{{gate_up,down}}_proj.weight {LLAMA_NORMS}"""
GPT2 = (
    f"""{{wte,wpe}}.weight h.#.{{ln_1,ln_2,attn.c_attn,attn.c_proj,mlp.c_fc,mlp.c_proj}}.{BOTH} ln_f.{BOTH}"""
)
BERT = f"""embeddings.{{word,position,token_type}}_embeddings.weight embeddings.LayerNorm.{BOTH}
    encoder.layer.#.attention.{{self.query,self.key,self.value,output.dense,output.LayerNorm}}.{BOTH}
    encoder.layer.#.{{intermediate.dense,output.dense,output.LayerNorm}}.{BOTH} pooler.dense.{BOTH}"""
DISTILBERT = f"""embeddings.{{word,position}}_embeddings.weight embeddings.LayerNorm.{BOTH}
    transformer.layer.#.attention.{{q,k,v,out}}_lin.{BOTH} transformer.layer.#.ffn.{{lin1,lin2}}.{BOTH}
    transformer.layer.#.{{sa,output}}_layer_norm.{BOTH}"""

CLASSIFIER, ANSWERS = f"classifier.{BOTH}", f"qa_outputs.{BOTH}"
POOLER = "pooler."
BERT_WORDS = {
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}
BERT_LM = f"cls.predictions.bias cls.predictions.{{transform.dense,transform.LayerNorm,decoder}}.{BOTH}"
ROBERTA_WORDS = {
    "lm_head.decoder.weight": "roberta.embeddings.word_embeddings.weight",
    "lm_head.decoder.bias": "lm_head.bias",
}
DISTILBERT_WORDS = {"vocab_projector.weight": "distilbert.embeddings.word_embeddings.weight"}


def _decoder(stem: str, body: str, base: str = "Model", ties: bool = False) -> Family:
    """Return a decoder built like Llama, with all its heads next to `model`."""
    words = {"lm_head.weight": "model.embed_tokens.weight"}
    classes = {
        f"{stem}{base}": BASE,
        f"{stem}ForCausalLM": Head("lm_head.weight", ties=words),
        f"{stem}ForSequenceClassification": Head("score.weight"),
        f"{stem}ForTokenClassification": Head(f"score.{BOTH}"),
    }
    return Family("model", "num_hidden_layers", ties, body, classes)


FAMILIES: Mapping[str, Family] = {
    "llama": _decoder("Llama", LLAMA),
    "mistral": _decoder("Mistral", LLAMA),
    "qwen2": _decoder("Qwen2", QWEN2),
    "qwen3": _decoder("Qwen3", QWEN3),
    "phi3": _decoder("Phi3", PHI3),
    "gemma": _decoder("Gemma", LLAMA, ties=True),
    "gemma2": _decoder("Gemma2", GEMMA2, ties=True),
    "gemma3_text": Family(
        "model",
        "num_hidden_layers",
        True,
        GEMMA3,
        {
            "Gemma3TextModel": BASE,
            "Gemma3ForCausalLM": Head("lm_head.weight", ties={"lm_head.weight": "model.embed_tokens.weight"}),
            "Gemma3TextForSequenceClassification": Head("score.weight"),
        },
    ),
    "gpt2": Family(
        "transformer",
        "n_layer",
        True,
        GPT2,
        {
            "GPT2Model": BASE,
            "GPT2LMHeadModel": Head("lm_head.weight", ties={"lm_head.weight": "transformer.wte.weight"}),
            "GPT2ForSequenceClassification": Head("score.weight"),
            "GPT2ForTokenClassification": Head(CLASSIFIER),
            "GPT2ForQuestionAnswering": Head(ANSWERS),
        },
    ),
    "bert": Family(
        "bert",
        "num_hidden_layers",
        True,
        BERT,
        {
            "BertModel": BASE,
            "BertForMaskedLM": Head(BERT_LM, POOLER, BERT_WORDS),
            "BertForPreTraining": Head(f"{BERT_LM} cls.seq_relationship.{BOTH}", ties=BERT_WORDS),
            "BertForSequenceClassification": Head(CLASSIFIER),
            "BertForTokenClassification": Head(CLASSIFIER, POOLER),
            "BertForQuestionAnswering": Head(ANSWERS, POOLER),
        },
    ),
    "roberta": Family(
        "roberta",
        "num_hidden_layers",
        True,
        BERT,
        {
            "RobertaModel": BASE,
            "RobertaForMaskedLM": Head(
                f"lm_head.bias lm_head.{{dense,layer_norm,decoder}}.{BOTH}", POOLER, ROBERTA_WORDS
            ),
            "RobertaForSequenceClassification": Head(f"classifier.{{dense,out_proj}}.{BOTH}", POOLER),
            "RobertaForTokenClassification": Head(CLASSIFIER, POOLER),
            "RobertaForQuestionAnswering": Head(ANSWERS, POOLER),
        },
    ),
    "distilbert": Family(
        "distilbert",
        "n_layers",
        True,
        DISTILBERT,
        {
            "DistilBertModel": BASE,
            "DistilBertForMaskedLM": Head(
                f"vocab_transform.{BOTH} vocab_layer_norm.{BOTH} vocab_projector.{BOTH}",
                ties=DISTILBERT_WORDS,
            ),
            "DistilBertForSequenceClassification": Head(f"pre_classifier.{BOTH} {CLASSIFIER}"),
            "DistilBertForTokenClassification": Head(CLASSIFIER),
            "DistilBertForQuestionAnswering": Head(ANSWERS),
        },
    ),
}

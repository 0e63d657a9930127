"""PEFT's task (`task_type`) for a model, from the name of its class."""

from __future__ import annotations

import re

# PEFT's `TaskType`, by how transformers ends the names of its classes; the first match counts.
ENDINGS = {
    r"(ForCausalLM|LMHeadModel)$": "CAUSAL_LM",
    r"ForSequenceClassification$": "SEQ_CLS",
    r"ForTokenClassification$": "TOKEN_CLS",
    r"ForQuestionAnswering$": "QUESTION_ANS",
    r"ForConditionalGeneration$": "SEQ_2_SEQ_LM",
    r"(?<!DoubleHeads)Model$": "FEATURE_EXTRACTION",
}


def task_of(class_name: str | None, *, encoder_decoder: bool, reads_text: bool) -> str | None:
    """Name PEFT's task for a class, or None where PEFT has none.

    PEFT's task wrappers call the model with `input_ids`, so that one around a model of pictures or
    sound fails: those get None. `ForConditionalGeneration` is sequence to sequence only in an
    encoder-decoder.
    """
    if not class_name or not reads_text:
        return None
    task = next((task for ending, task in ENDINGS.items() if re.search(ending, class_name)), None)
    return None if task == "SEQ_2_SEQ_LM" and not encoder_decoder else task

"""What models are for: each task under its name on the Hub, PEFT's name, and transformers' classes for it.

One row a task. PEFT's names are those of its `TaskType`; `classes` names the mapping in
transformers' `modeling_auto` from a model type to its class, and `auto_class` the class that loads
any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelTask:
    """One task.

    `peft` is None where PEFT has no name for it; `ending` is how transformers ends the names of its
    classes.
    """

    name: str
    peft: str | None
    ending: str
    classes: str
    auto_class: str


# The first row whose ending fits the name of a class counts.
TASKS = (
    ModelTask(
        "text-generation",
        "CAUSAL_LM",
        r"(ForCausalLM|LMHeadModel)$",
        "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
        "AutoModelForCausalLM",
    ),
    ModelTask(
        "text-classification",
        "SEQ_CLS",
        r"ForSequenceClassification$",
        "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
        "AutoModelForSequenceClassification",
    ),
    ModelTask(
        "token-classification",
        "TOKEN_CLS",
        r"ForTokenClassification$",
        "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
        "AutoModelForTokenClassification",
    ),
    ModelTask(
        "question-answering",
        "QUESTION_ANS",
        r"ForQuestionAnswering$",
        "MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES",
        "AutoModelForQuestionAnswering",
    ),
    ModelTask(
        "fill-mask",
        None,
        r"(ForMaskedLM|ForPreTraining)$",
        "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
        "AutoModelForMaskedLM",
    ),
    ModelTask(
        "image-classification",
        None,
        r"ForImageClassification$",
        "MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES",
        "AutoModelForImageClassification",
    ),
    ModelTask(
        "automatic-speech-recognition",
        None,
        r"ForSpeechSeq2Seq$",
        "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES",
        "AutoModelForSpeechSeq2Seq",
    ),
    # Only in an encoder-decoder: other classes of this ending read pictures.
    ModelTask(
        "text2text-generation",
        "SEQ_2_SEQ_LM",
        r"ForConditionalGeneration$",
        "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
        "AutoModelForSeq2SeqLM",
    ),
    ModelTask(
        "feature-extraction",
        "FEATURE_EXTRACTION",
        r"(?<!DoubleHeads)Model$",
        "MODEL_MAPPING_NAMES",
        "AutoModel",
    ),
)
BY_NAME = {task.name: task for task in TASKS}
BY_PEFT = {task.peft: task for task in TASKS if task.peft is not None}


def task_by_ending(class_name: str) -> ModelTask | None:
    """Return the task that the ending of a class's name says, or None."""
    return next((task for task in TASKS if re.search(task.ending, class_name)), None)


def class_of_type(task: ModelTask, model_type: str) -> str | None:
    """Return the class that transformers has for a task and a model type, or None."""
    from transformers.models.auto import modeling_auto

    names = getattr(modeling_auto, task.classes).get(model_type)
    return str(names[0] if isinstance(names, list | tuple) else names) if names else None


def classes_of(task: ModelTask) -> set[str]:
    """Return all classes that transformers has for a task."""
    from transformers.models.auto import modeling_auto

    values = getattr(modeling_auto, task.classes).values()
    return {name for each in values for name in ((each,) if isinstance(each, str) else each)}


def task_of(class_name: str | None, *, encoder_decoder: bool, reads_text: bool) -> str | None:
    """Name PEFT's task for a class, or None where PEFT has none.

    PEFT's task wrappers call the model with `input_ids`, so that one around a model of pictures or
    sound fails: those get None. `ForConditionalGeneration` is sequence to sequence only in an
    encoder-decoder.
    """
    task = task_by_ending(class_name) if class_name and reads_text else None
    if task is None or (task.peft == "SEQ_2_SEQ_LM" and not encoder_decoder):
        return None
    return task.peft

"""Expressions out of files match what `re` matches, in a time that no file decides."""

from __future__ import annotations

import random
import re
from contextlib import suppress

import pytest

from lorasurgery.errors import UnsupportedError
from lorasurgery.expressions import compiled
from support.hangs import never_hangs

# Unsloth writes this into `target_modules` (unsloth_zoo/peft_utils.py, get_peft_regex).
UNSLOTH = (
    r"(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense).*?"
    r"(?:k_proj|v_proj|q_proj|out_proj|fc1|fc2|o_proj|gate_proj|up_proj|down_proj).*?)|"
    r"(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)\."
    r"(?:(?:k_proj|v_proj|q_proj|out_proj|fc1|fc2|o_proj|gate_proj|up_proj|down_proj)))"
)
# As trainers write them: LLaMA-Factory, ms-swift, PEFT's own documentation.
OTHERS = (
    r"^(?!.*(?:visual|patch_embed)).*(?:q_proj|k_proj).*",
    r"^(language_model|model\.language_model)(?=\.).*\.(o_proj|q_proj|gate_proj)$",
    r".*decoder.*(SelfAttention|EncDecAttention).*(q|v)$",
    r"(?i).*\.Q_PROJ",
    r"model\.layers\.(?:[0-9]|1[0-5])\.self_attn\.[qkvo]_proj",
    r".*(?<!experts)\.\w+_proj",
)
NAMES = [
    f"{prefix}layers.{i}.{kind}"
    for prefix in ("model.", "model.language_model.", "visual.", "decoder.")
    for i in (0, 9, 15, 16, 100)
    for kind in (
        "self_attn.q_proj",
        "mlp.down_proj",
        "mlp.experts.3.w1",
        "attn.o_proj.base_layer",
        "SelfAttention.q",
        "experts.up_proj",
    )
]


@pytest.mark.parametrize("text", [UNSLOTH, *OTHERS])
def test_the_expressions_of_trainers_hit_what_re_says(text: str) -> None:
    hit = {name for name in NAMES if re.fullmatch(text, name)}
    assert hit
    assert {name for name in NAMES if compiled(text).hits(name)} == hit


def test_any_expression_hits_what_re_says() -> None:
    random_ = random.Random(0)
    for _ in range(1500):
        text = _made_up(random_)
        try:
            expected = re.compile(text)
        except re.error:
            continue
        for _ in range(4):
            name = "".join(random_.choice("ab.1c") for _ in range(random_.randrange(1, 7)))
            assert compiled(text).hits(name) == (expected.fullmatch(name) is not None), (text, name)


def _made_up(random_: random.Random, depth: int = 0) -> str:
    def more() -> str:
        return _made_up(random_, depth + 1)

    kind = random_.randrange(12 if depth < 4 else 4)
    if kind < 4:
        return random_.choice(["a", "b", ".", r"\.", "[ab]", "[^a]", r"\d", r"\W", "^", "$", r"\b", r"\Z"])
    if kind < 7:
        return more() + more()
    if kind < 9:
        return f"(?:{more()}|{more()}|{more()})"
    if kind < 11:
        return f"(?:{more()}){random_.choice(['*', '+', '?', '*?', '{2}', '{1,3}', '{2,}'])}"
    return f"(?{random_.choice('=!')}{more()})"


@pytest.mark.parametrize(
    "text",
    [
        r"(([a-z_0-9.])+)+$x",
        r"(.*)*(.*)*(.*)*(.*)*x",
        r"(?:a?){300}a{300}",
        r"((((.*a)*b)*c)*d)*e",
        r"(?:(?=.*x).)*(?:(?=.*x).)*y",
        r"((a{1000}){1000}){1000}",
        "(?:" * 80 + "a" + ")*" * 80,
    ],
)
def test_no_expression_takes_long(text: str) -> None:
    with never_hangs():
        for name in ("model.layers.10.self_attn.q_proj", "a" * 300, "x" * 100_000):
            with suppress(UnsupportedError):  # which says that it takes too long
                compiled(text).hits(name)


@pytest.mark.parametrize(
    "text",
    [
        r"(a)\1",
        r"(?P<n>a)(?(n)b|c)",
        r"(?>a)b",
        r"a*+b",
        r"(?m)^a",
        "a{99999999999999999999}",
        "(",
        "(" * 5000,
    ],
)
def test_what_cannot_be_followed_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"not understood here|not a regular expression"):
        compiled(text)


def test_an_expression_that_takes_too_long_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        UnsupportedError, match=r"takes too long to match against 'x.*list the modules by name"
    ) as caught:
        compiled("((x{1000}){1000}){1000}").hits("x" * 1000)
    assert len(str(caught.value)) < 500

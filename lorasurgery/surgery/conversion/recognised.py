"""Say what an adapter was recognised as, and count both sides: what was read, and what becomes of it."""

from __future__ import annotations

from lorasurgery import formats
from lorasurgery.adapter import Adapter
from lorasurgery.formats import Format
from lorasurgery.formats._state_dict import names_in
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter
from lorasurgery.text import counted, ranks_in_words
from lorasurgery.variants.edit import Factors, variant_of
from lorasurgery.variants.lora import LoraFactors


def recognised(opened: OpenAdapter) -> tuple[str, ...]:
    """Name the family of models, the dialect, the variants, and how many tensors and modules were read.

    Nothing is said of adapters whose format knows no families. A reader refuses a file with a
    tensor that it does not know, or notes that it is left out: the tensors that are counted are
    those of the file.
    """
    file, adapter = opened.file.folder, opened.file.adapter
    family = formats.load(opened.format).family_of(adapter) if opened.format else ""
    if not family:
        return ()
    variants = " and ".join(sorted({variant_of(each) for each in adapter.modules.values()}))
    known = [rank for each in adapter.modules.values() if (rank := getattr(each, "rank", None))]
    words = [f"{family}: {variants}", f"{opened.format} naming", counted(len(adapter.modules), "module")]
    words += [ranks_in_words(known)] if known else []
    words += [f"from {counted(len(names_in(file)), 'tensor')}"] if file.is_file() else []
    return (", ".join(words),)


def idle(adapter: Adapter) -> tuple[str, ...]:
    """Say so where an adapter does nothing: all its factors are LoRA's, and one of each pair is zero.

    It is read up to the first module that does something.
    """
    does_nothing = bool(adapter.modules) and not adapter.replaced and not adapter.token_rows
    if not does_nothing or not all(map(_is_nothing, adapter.modules.values())):
        return ()
    return (
        f"the adapter does nothing: ΔW is zero in all of its {counted(len(adapter.modules), 'module')}, as "
        "before training",
    )


def _is_nothing(factors: Factors) -> bool:
    if not isinstance(factors, LoraFactors) or factors.bias is not None:
        return False
    return not factors.B.raw().exact().any() or not factors.A.raw().exact().any()


def renamed(before: Adapter, after: Adapter, form: Format) -> tuple[str, ...]:
    """Say how many modules are written where packed ones were taken apart, or parts packed."""
    if len(before.modules) == len(after.modules):
        return ()
    why = "packed ones are taken apart" if len(before.modules) < len(after.modules) else "some are packed"
    return (
        f"{counted(len(before.modules), 'module')} became {len(after.modules)} in the {form.name} naming, "
        f"where {why}",
    )

"""The safeguards: what is taken out of which file, and the tests that have to fail then."""

from __future__ import annotations

from mutations.mutation import Mutation
from mutations.safeguards_of_reaching import SAFEGUARDS_OF_REACHING
from mutations.safeguards_of_runs import SAFEGUARDS_OF_RUNS

OUTPUT, FILES = "tests/checkpoint/output", "tests/checkpoint"
SAFEGUARDS: dict[str, Mutation] = {
    # The order of flushes and renames.
    "files are not synced": Mutation(
        "checkpoint/flush.py", "        os.fsync(descriptor)", "        pass", f"{OUTPUT}/test_killed.py"
    ),
    "a folder is synced after it has its name": Mutation(
        "checkpoint/output.py",
        "        flush_tree(built)\n        _check_again(_check_name_of_folder, target, built, force=force)\n"
        "        about_to_appear(target, built)\n        folder_appears(built, place, replace=force)",
        "        _check_again(_check_name_of_folder, target, built, force=force)\n"
        "        about_to_appear(target, built)\n        folder_appears(built, place, replace=force)\n"
        "        flush_tree(place)",
        f"{OUTPUT}/test_killed.py",
    ),
    "the parent is not synced": Mutation(
        "checkpoint/appear.py",
        "            raise\n    flush_folder(place.parent)\n    workplace",
        "            raise\n    workplace",
        f"{OUTPUT}/test_killed.py",
    ),
    # Whole or absent, and nothing replaced.
    "a taken name is written over": Mutation(
        "checkpoint/output.py",
        "    if not force:\n        raise _exists_already(target)\n\n\ndef _exists_already",
        "\n\ndef _exists_already",
        f"{OUTPUT}/test_file.py",
    ),
    "an output may be inside an input": Mutation(
        "checkpoint/output.py",
        "            if place == real or place in real.parents or (real.is_dir() and real in place.parents):",
        "            if place == real:",
        f"{OUTPUT}/test_whole.py",
    ),
    "the size of the disk is not asked for": Mutation(
        "checkpoint/output.py", "    if nbytes > free:", "    if False:", f"{OUTPUT}/test_killed.py"
    ),
    # Stamps.
    "a stamp has no time": Mutation(
        "stamp.py",
        "        now = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)",
        "        now = (status.st_dev, status.st_ino, status.st_size, self.modified_ns)",
        f"{FILES}/test_pages.py {FILES}/pickle_file/test_damaged.py",
    ),
    "a stamp is not looked at again after reading": Mutation(
        "checkpoint/pages.py",
        "        yield descriptor\n        stamp.check(path, os.fstat(descriptor))",
        "        yield descriptor",
        f"{FILES}/test_pages.py",
    ),
    # Hashes.
    "a base that comes out otherwise is written": Mutation(
        "surgery/undo/restore_tensor.py",
        "    if str(base_digest) != job.undo.base_hash:",
        "    if False:",
        "tests/surgery/test_merge_undo.py",
    ),
    "a merged tensor that was changed is undone": Mutation(
        "surgery/undo/restore_tensor.py",
        "    if found_hash != job.merged_hash:",
        "    if False:",
        "tests/surgery/test_merge_undo.py",
    ),
    "a record's texts are believed": Mutation(
        "surgery/undo/undo_record.py",
        '            if self.operations[-1]["texts_hash"] != _texts_hash(operation):',
        "            if False:",
        "tests/surgery/test_undo_record.py tests/surgery/test_merge_undo.py",
    ),
    "a delta's header is believed": Mutation(
        "surgery/delta/delta_file.py",
        "    if blake3(text.encode()).hexdigest() != hashed:",
        "    if False:",
        "tests/surgery/test_deltas.py",
    ),
    "a delta's parts are believed": Mutation(
        "surgery/delta/recipe.py",
        "        if hashed != self.part_hashes[name]:",
        "        if False:",
        "tests/surgery/test_deltas.py",
    ),
    "a delta is applied to another base": Mutation(
        "surgery/delta/decode_piece.py",
        "    if job.source is not None and str(read) != job.recipe.source_hash:",
        "    if False:",
        "tests/surgery/test_deltas.py",
    ),
    "a part's manifest is believed": Mutation(
        "surgery/parts/manifest.py",
        "    if stated != _hash(content):",
        "    if False:",
        "tests/surgery/test_part_manifests.py",
    ),
    "a part's manifest has any form": Mutation(
        "surgery/parts/manifest.py",
        "        check_manifest(content)",
        "        pass",
        "tests/surgery/test_part_manifests.py",
    ),
    # Bounds.
    "a header is as long as it says": Mutation(
        "checkpoint/safetensors_file.py",
        "    if length > min(MAX_HEADER_BYTES, stamp.nbytes - 8):",
        "    if False:",
        f"{FILES}/test_safetensors_file.py",
    ),
    "tensors may overlap": Mutation(
        "checkpoint/safetensors_file.py",
        "        if entry.start != end:",
        "        if False:",
        f"{FILES}/test_safetensors_file.py",
    ),
    "a file may be cut off": Mutation(
        "checkpoint/safetensors_file.py",
        "    if data_nbytes is not None and end != data_nbytes:",
        "    if False:",
        f"{FILES}/test_safetensors_file.py",
    ),
    "half a surrogate pair is a text": Mutation(
        "checkpoint/safetensors_file.py",
        "            check_letters(pairs)",
        "            pass",
        f"{FILES}/test_safetensors_file.py",
    ),
    "a pickle's tensor may reach beyond its storage": Mutation(
        "checkpoint/pickle_file.py",
        "        if (tensor.storage_offset() + _span(tensor.shape, tensor.stride()))"
        " * tensor.element_size() > stored:",
        "        if False:",
        f"{FILES}/pickle_file/test_damaged.py",
    ),
    "a pickle's tensor may be expanded without end": Mutation(
        "checkpoint/pickle_file.py",
        "    if nbytes > max(MAX_EXPANSION * stored, MAX_SMALL_BYTES):",
        "    if False:",
        f"{FILES}/pickle_file/test_damaged.py",
    ),
    "a pickle may run code": Mutation(
        "checkpoint/pickle_file.py",
        "weights_only=True)",
        "weights_only=False)",
        f"{FILES}/pickle_file/test_damaged.py",
    ),
    "a zip bomb is unpacked": Mutation(
        "checkpoint/torch_archive.py",
        "        if unpacked > max(MAX_RATIO * stamp.nbytes, MAX_SMALL_BYTES):",
        "        if False:",
        f"{FILES}/pickle_file/test_damaged.py",
    ),
    "GGUF's lengths are believed": Mutation(
        "checkpoint/gguf_file.py",
        "        if nbytes > self.left:",
        "        if False:",
        f"{FILES}/test_gguf_file.py",
    ),
    "GGUF's counts are believed": Mutation(
        "checkpoint/gguf_file.py",
        "        if found * least_nbytes > self.left:",
        "        if False:",
        f"{FILES}/test_gguf_file.py",
    ),
    "numbers of an adapter of ONNX Runtime lie anywhere": Mutation(
        "formats/onnx/container.py",
        "        if not 0 <= at <= self.stamp.nbytes - nbytes:",
        "        if False:",
        "tests/formats/test_onnx.py",
    ),
    "external data lie anywhere": Mutation(
        "onnx/graph/file.py",
        '    if ".." in parts or PurePosixPath(location).is_absolute() or leads_out(file, path.parent):',
        "    if False:",
        "tests/onnx/test_damaged_graphs.py",
    ),
    "an index names files anywhere": Mutation(
        "checkpoint/folder.py",
        '        name not in ("", ".", "..")\n        and not any(mark in name for mark in "/\\\\:\\0")\n'
        "        and len(name.encode()) < 256",
        "        True",
        f"{FILES}/test_open.py",
    ),
    "links out of a folder are followed": Mutation(
        "checkpoint/inside.py",
        "    return not real.is_relative_to(home) and real.parent != _blobs_of(home)",
        "    return False",
        "tests/cli/test_side_files.py",
    ),
    "an expression may take all day": Mutation(
        "expressions/subject.py",
        "        if self.steps > MAX_STEPS:",
        "        if False:",
        "tests/test_expressions.py",
    ),
    "an error obeys a file": Mutation(
        "errors.py", "printable(as_said(message))", "as_said(message)", "tests/test_errors.py"
    ),
    **SAFEGUARDS_OF_RUNS,
    **SAFEGUARDS_OF_REACHING,
}

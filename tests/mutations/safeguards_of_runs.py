"""Safeguards of parts, remote files, deltas, recovered adapters, quantised weights and direct writing."""

from __future__ import annotations

from mutations.mutation import Mutation

SURGERY = "tests/surgery"
SAFEGUARDS_OF_RUNS: dict[str, Mutation] = {
    # Parts, and what joins them.
    "a part's small files are believed": Mutation(
        "surgery/parts/parts_folder.py",
        "            elif file_hash(path) != stated:",
        "            elif False:",
        f"{SURGERY}/test_parts.py::test_every_flipped_byte_is_found",
    ),
    "a part's tensors are believed": Mutation(
        "surgery/parts/check_files.py",
        "    return None if found.hexdigest() == job.stated else job",
        "    return None",
        f"{SURGERY}/test_parts.py::test_every_flipped_byte_is_found",
    ),
    "a part's files may have another header": Mutation(
        "surgery/parts/check_files.py",
        "        elif _header(plan, stored) != plan.header:",
        "        elif False:",
        f"{SURGERY}/test_parts.py::test_every_flipped_byte_is_found",
    ),
    "parts of another run are joined": Mutation(
        "surgery/parts/manifest.py",
        "        return self.inputs.get(name) == other.inputs.get(name)",
        "        return True",
        f"{SURGERY}/test_parts.py::test_parts_of_another_input_are_refused",
    ),
    "two parts that differ are joined": Mutation(
        "surgery/parts/parts_folder.py",
        "        if first is not each:",
        "        if False:",
        f"{SURGERY}/test_parts.py::test_a_part_that_is_there_twice_and_differs_is_refused",
    ),
    "absent parts are not missed": Mutation(
        "surgery/assemble.py",
        "    if absent:",
        "    if False:",
        f"{SURGERY}/test_parts.py::test_a_part_of_another_run_is_refused",
    ),
    "a manifest names files anywhere": Mutation(
        "surgery/parts/manifest_checks.py",
        "    return is_below and is_short and len(os.fsencode(name)) <= LONGEST_PATH",
        "    return True",
        f"{SURGERY}/test_part_manifests.py",
    ),
    "a run that goes on believes what is there": Mutation(
        "surgery/engines/resume.py",
        "check=there is not None",
        "check=False",
        f"{SURGERY}/test_resume.py::test_a_damaged_part_is_found",
    ),
    # Files elsewhere.
    "a remote file may change under way": Mutation(
        "remote/request.py",
        "    if mark is not None and not mark.agrees(answered):",
        "    if False:",
        "tests/remote/test_remote_faults.py::test_a_file_that_changes_under_way_is_an_error_and_is_opened_anew",
    ),
    "an ETag is not compared": Mutation(
        "remote/request.py",
        "            return self.tag == other.tag",
        "            return True",
        "tests/remote/test_remote_faults.py::test_a_file_that_changes_under_way_is_an_error_and_is_opened_anew",
    ),
    "a size that no file has is believed": Mutation(
        "remote/stand_ins.py",
        "            except (OSError, OverflowError):\n                raise RemoteError(",
        "            except ArithmeticError:\n                raise RemoteError(",
        "tests/remote/test_remote_faults.py::test_a_size_that_no_file_has_is_not_believed",
    ),
    "an error of a store is passed on": Mutation(
        "remote/request.py",
        '    return PassingError("the connection broke")',
        "    return PassingError(text)",
        "tests/remote/test_remote_faults.py::test_a_broken_connection_says_nothing_of_a_signed_address",
    ),
    # Deltas and recovered adapters.
    "parts of the other direction are believed": Mutation(
        "surgery/apply.py",
        "            list(pool.map(Recipe.check_parts, self.others))",
        "            pass",
        f"{SURGERY}/test_delta_guards.py::test_a_damaged_part_of_the_way_back_is_refused_on_the_way_there",
    ),
    "a delta is applied to a checkpoint of other shapes": Mutation(
        "surgery/apply.py",
        "        if kind != (listed_piece.dtype, listed_piece.shape):",
        "        if False:",
        f"{SURGERY}/test_deltas.py::test_another_model_is_refused_from_headers",
    ),
    "planes of a delta are as long as they say": Mutation(
        "surgery/delta/byte_planes.py",
        "            if zstandard.frame_content_size(frame.data) != count:"
        "  # that much memory would be allocated",
        "            if False:",
        f"{SURGERY}/test_delta_guards.py::test_a_plane_of_another_length_is_refused",
    ),
    "another base is not noted": Mutation(
        "surgery/adapter_input/base_root.py",
        "    if meant == found:",
        "    if True:",
        f"{SURGERY}/test_base_root.py::test_another_base_is_one_note_that_names_both",
    ),
    "exceptions name files anywhere": Mutation(
        "surgery/exceptions.py",
        '                not (is_plain_name(name) and name[0] != "." and name.endswith(ending))',
        "                False",
        f"{SURGERY}/test_exceptions.py",
    ),
    "exceptions describe other tensors than the merge has": Mutation(
        "surgery/merging/recovered_adapter.py",
        "    if stated != wanted:",
        "    if False:",
        f"{SURGERY}/test_exceptions.py {SURGERY}/test_recover.py",
    ),
    "an index of exceptions is believed": Mutation(
        "surgery/merging/recovered_adapter.py",
        "    if not agrees:",
        "    if False:",
        f"{SURGERY}/test_exceptions.py",
    ),
    # Quantised weights.
    "a record of codes that were moved by another rule is read": Mutation(
        "surgery/undo/undo_record.py",
        '    if entry["rounding"] not in CODE_ROUNDINGS or not is_count(entry["seed"]):',
        "    if False:",
        f"{SURGERY}/test_undo_record.py::test_codes_that_were_moved_by_an_unknown_rule_are_refused",
    ),
    "codes that are laid out otherwise are moved back": Mutation(
        "surgery/undo/moved_codes.py",
        "    if encoding is None or encoding.shape != undo.matrix_shape:",
        "    if encoding is None:",
        f"{SURGERY}/test_undo_record.py::test_codes_that_are_laid_out_otherwise_are_not_moved_back",
    ),
    "a record of any version is read": Mutation(
        "surgery/undo/undo_record.py",
        '    if content.get("version") not in READ_VERSIONS:',
        "    if False:",
        f"{SURGERY}/test_undo_record.py",
    ),
    "a shape that is stated is believed": Mutation(
        "quantisation/_model.py",
        "    if weight.shape is None or math.prod(weight.shape) <= 8 * sum(each.nbytes for each in held):",
        "    if True:",
        "tests/fuzzing/test_fuzzing.py",
    ),
    # Writing past the page cache.
    "what the disk refused is not reported": Mutation(
        "checkpoint/direct.py",
        "                if error.errno not in _REFUSED:\n                    raise\n",
        "",
        "tests/checkpoint/test_direct.py",
    ),
    "parts of pages are written as whole ones": Mutation(
        "checkpoint/direct.py",
        "            low = min(stop, -(-start // file.alignment) * file.alignment)",
        "            low = start",
        "tests/checkpoint/test_direct.py",
    ),
    "nobody waits for the pieces that are under way": Mutation(
        "checkpoint/direct.py",
        "        for each in waiting:\n            each.result()\n",
        "",
        "tests/checkpoint/test_direct.py",
    ),
    # Names of image models.
    "three families have LyCORIS's names in kohya's files": Mutation(
        "formats/_image/kohya_names.py",
        '    **dict.fromkeys(("QwenImage", "LTX", "HiDream"), "lora_unet_"),\n',
        "",
        "tests/formats/families/test_dialects.py tests/formats/test_pipeline_names.py",
    ),
}

"""Safeguards of exports in parts, clusters, stores, threads, failing disks, and what a change is called."""

from __future__ import annotations

from mutations.mutation import Mutation

EXPORT, RAY = "tests/onnx/test_export_parts.py", "tests/surgery/test_ray.py"
STORES, THREADS = "tests/remote/test_remote_faults.py", "tests/test_thread_pool.py tests/test_interrupts.py"
GOOGLE, COMPARISON = "tests/remote/test_gcs_emulator.py", "tests/surgery/comparison"
SAFEGUARDS_OF_REACHING: dict[str, Mutation] = {
    # Exports in parts.
    "parts of graphs that were traced otherwise are joined": Mutation(
        "onnx/export.py",
        '        return {**found, "layout of the weights": of_values(layout_of(self.traced))}',
        "        return found",
        f"{EXPORT}::test_a_part_for_another_layout_of_the_graph_is_refused",
        also_slow=True,
    ),
    "parts of exports with other options are joined": Mutation(
        "surgery/parts/manifest.py",
        "        if call := self.call.difference(other.call):",
        "        if call := None:",
        f"{EXPORT}::test_a_part_of_another_run_is_refused",
        also_slow=True,
    ),
    "a changed byte in a part of an export is written": Mutation(
        "surgery/parts/check_files.py",
        "    return None if found.hexdigest() == job.stated else job",
        "    return None",
        f"{EXPORT}::test_a_byte_that_changed_in_a_part_is_found",
        also_slow=True,
    ),
    "weights of a part are transposed twice": Mutation(
        "onnx/exporting/pieces.py",
        "tensor=tensors[_entry(file, key)], transposed=False)",
        "tensor=tensors[_entry(file, key)])",
        f"{EXPORT}::test_more_parts_than_tensors_give_the_single_run",
        also_slow=True,
    ),
    "an export that writes no weights is divided": Mutation(
        "onnx/exporting/pieces.py",
        "        if self._export.reuses_shards:",
        "        if False:",
        f"{EXPORT}::test_an_export_that_writes_no_weights_is_not_divided",
    ),
    "a base that changes while a part of an export is written is not noticed": Mutation(
        "onnx/export.py",
        "        hashes = write_pieces(self.traced, share, folder, progress)\n"
        "        self.merged.base.check_unchanged()\n",
        "        hashes = write_pieces(self.traced, share, folder, progress)\n",
        f"{EXPORT}::test_a_base_that_changes_while_a_part_is_written_is_refused",
    ),
    # Parts that the workers of a cluster do.
    "an error of a worker ends in a traceback": Mutation(
        "surgery/engines/part_task.py",
        "    except SurgeryError as error:\n        return PartOutcome(error=error)\n",
        "",
        f"{RAY}::test_a_folder_that_a_worker_does_not_see_is_named",
    ),
    "a worker that was interrupted goes on": Mutation(
        "surgery/engines/part_task.py",
        "        _stopped.append(run.token)\n",
        "",
        f"{RAY}::test_a_process_in_which_a_part_was_stopped_does_no_other",
    ),
    "a worker takes the plan of another run": Mutation(
        "surgery/engines/part_task.py",
        "    if run.token not in _known:",
        "    if not _known:",
        f"{RAY}::test_a_worker_plans_anew_for_another_run",
    ),
    "a part that is lost with its worker is given up": Mutation(
        "surgery/engines/ray_driver.py",
        "                    if report is None:",
        "                    if False:",
        "tests/surgery/test_ray_driver.py",
    ),
    "a part that kills every worker is done for good": Mutation(
        "surgery/engines/ray_driver.py",
        "            if self.lost[index] >= MOST_LOST:",
        "            if False:",
        "tests/surgery/test_ray_driver.py",
    ),
    "a folder that a lost worker still holds ends the run": Mutation(
        "surgery/engines/ray_driver.py",
        "        if isinstance(outcome.error, PlaceInUseError) and self._busy[index] < MOST_BUSY:",
        "        if False:",
        "tests/surgery/test_ray_driver.py",
    ),
    "tasks go on after an error": Mutation(
        "surgery/engines/ray_driver.py",
        "        except BaseException:\n            self._cancel([*tasks])\n            raise\n",
        "        except ZeroDivisionError:\n            raise\n",
        "tests/surgery/test_ray_driver.py",
    ),
    "what a lost worker wrote is believed": Mutation(
        "surgery/engines/engine.py",
        "check=lost > 0, force=self.force)",
        "check=False, force=self.force)",
        f"{RAY}::test_where_a_worker_was_lost_every_byte_is_checked",
    ),
    # Stores.
    "a bucket of Google's has the limits of its client": Mutation(
        "remote/stores.py",
        "            return GCSStore(bucket, **_options())\n",
        '            return GCSStore(bucket, client_options={"allow_http": True})\n',
        f"{STORES}::test_how_often_a_request_is_sent_is_up_to_us",
    ),
    "names of a bucket lead out of a folder": Mutation(
        "remote/stand_ins.py",
        '    if any(part in ("", ".", "..") or "\\0" in part or len(part.encode()) > 255 for part in parts):',
        "    if False:",
        "tests/remote/test_remote_reading.py::test_names_of_a_bucket_that_lead_out_of_a_folder_are_left_out",
    ),
    "a file of a bucket that is replaced is read on": Mutation(
        "remote/request.py",
        "        if self.e_tag and other.e_tag:\n            return self.tag == other.tag\n",
        "",
        f"{GOOGLE}::test_a_file_that_changes_under_way_is_named {STORES}",
        also_slow=True,
    ),
    "a length that is only said is waited for": Mutation(
        "remote/request.py",
        '    data = next(iter(result.stream(min_chunk_size=max(1, expected))), b"")',
        '    data = memoryview(result.bytes()).cast("B")',
        f"{STORES}::test_a_length_that_is_only_said_is_not_waited_for",
    ),
    "a server that stands still is asked as often as others": Mutation(
        "remote/request.py",
        " or still == ATTEMPTS_AT_STILL:",
        ":",
        f"{STORES}::test_a_fault_that_stays_is_an_error_that_names_the_file",
    ),
    # Threads.
    "what has not begun is done after an error": Mutation(
        "thread_pool.py",
        "        self._is_stopped = drop",
        "        self._is_stopped = False",
        "tests/test_thread_pool.py",
    ),
    "an interrupt comes where a thread is started": Mutation(
        "thread_pool.py",
        "            start_new_thread(self._begin, (thread,))",
        "            self._begin(thread)",
        THREADS,
    ),
    "a task waits for a thread that is not there": Mutation(
        "thread_pool.py",
        "        # In this order, since an interrupt may come between any two: no task waits for no "
        "thread.\n",
        "        self._open.append(task)\n",
        THREADS,
    ),
    "a system that gives no threads ends the work": Mutation(
        "thread_pool.py",
        "        except RuntimeError:  # the system gives no more threads: this one does the work",
        "        except ZeroDivisionError:",
        "tests/test_thread_pool.py",
    ),
    "a result is waited for by one thread alone": Mutation(
        "thread_pool.py",
        "                self._ended.put(None)  # for others that wait\n",
        "",
        "tests/test_thread_pool.py::test_many_threads_wait_for_one_result",
    ),
    "a lock in Python is between readers": Mutation(
        "remote/fetching.py",
        "        self._lock = threading.RLock()",
        "        self._lock = threading.Condition()",
        "tests/test_interrupts.py",
    ),
    "Ctrl-C is lost where Python forgets exceptions": Mutation(
        "cli/interrupts.py",
        "        if frame is not None and _is_forgotten_in(frame):",
        "        if False:",
        "tests/cli/test_interrupted.py::test_ctrl_c_where_python_forgets_exceptions_comes_a_moment_later",
    ),
    "nobody tells the thread that keeps writing to end": Mutation(
        "checkpoint/flush.py",
        "        finally:\n            done.put(None)\n",
        "        finally:\n            pass\n",
        "tests/test_interrupts.py",
    ),
    # Disks that fail.
    "a disk that fails is called a broken link": Mutation(
        "checkpoint/tree.py",
        "        if error.errno != errno.ELOOP:\n            raise\n",
        "",
        "tests/checkpoint/test_tree.py",
    ),
    "a folder that cannot be listed is empty": Mutation(
        "checkpoint/tree.py", "    raise error\n", "    return\n", "tests/checkpoint/test_tree.py"
    ),
    "a disk that fails is called a damaged file": Mutation(
        "foreign.py",
        "            raise UnreadableError(f",
        "            raise DamagedFileError(f",
        "tests/test_foreign.py",
    ),
    "an adapter that cannot be read is called a checkpoint": Mutation(
        "formats/_state_dict.py",
        "    except UnreadableError:\n        raise\n",
        "",
        "tests/formats/test_unreadable.py",
    ),
    "a trouble with the disk is a verdict": Mutation(
        "cli/verdicts.py", "TROUBLE = 2", "TROUBLE = 1", "tests/cli/test_verdicts.py"
    ),
    "a link that leads nowhere is left out of a delta": Mutation(
        "surgery/make_delta.py",
        "        refuse_broken_links(side)\n",
        "",
        "tests/surgery/test_delta_links.py",
    ),
    "a link that leads out is left out of a delta without a word": Mutation(
        "surgery/make_delta.py",
        "        notes=notes_of_links(sides),\n",
        "",
        "tests/surgery/test_delta_links.py",
    ),
    # What killed runs leave in the folder for temporary files.
    "a temporary folder that is in use is cleared": Mutation(
        "temporary.py",
        "        if _is_locked(mark):\n            shutil",
        "        if True:\n            shutil",
        "tests/test_temporary.py",
    ),
    "a link to somebody's mark has a folder cleared": Mutation(
        "temporary.py", " | os.O_NOFOLLOW", "", "tests/test_temporary.py"
    ),
    # What a change is called.
    "noise is called a product": Mutation(
        "surgery/comparison/rank_of_change.py",
        "    if not 0 < rank <= limit:\n        return 0\n    if rank == len(sigma) or",
        "    if",
        COMPARISON,
    ),
    "rounding is counted in the rank": Mutation(
        "surgery/comparison/rank_of_change.py",
        "    edge = max(edge, floor * float(sigma[0]))\n",
        "    edge = floor * float(sigma[0])\n",
        COMPARISON,
    ),
    "the rows of a change are those of any space": Mutation(
        "surgery/comparison/rank_of_change.py",
        "            found, _ = np.linalg.qr(self.gram @ found)\n",
        "            pass\n",
        f"{COMPARISON}/test_rank_of_change.py",
    ),
    "numbers that are not finite are squared": Mutation(
        "surgery/comparison/rank_of_change.py",
        "        if not (W.is_finite and V.is_finite):\n            return None\n",
        "",
        COMPARISON,
    ),
    "changed rows of tokens are called a product": Mutation(
        "surgery/comparison/rank_of_change.py",
        "        if np.count_nonzero((before != after).any(axis=1)) < LEAST_ROWS * len(before):",
        "        if False:",
        COMPARISON,
    ),
}

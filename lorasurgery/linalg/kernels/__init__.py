"""Compiled kernels, for work that would cost numpy a pass over memory a step or a call an element.

    sums.py, rows.py, ulps.py   the kernels of merging, as numba compiles them
    moves.py, grown.py          those of deltas
    feedback.py                 the kernel of quantising again; even_grid.py, uneven_grid.py, code_step.py
                                are parts of it, and orthonormal.py makes its basis
    changes.py                  the difference of a pair's numbers
    skinny.py                   products of a matrix with few columns, by the loops of skinny_tiles.py
    bfloat16.py                 the same of bfloat16, by the loops of bfloat16_tiles.py
    jit.py                      how they are compiled
    numbers.py                  the dtypes that numba does not know, by their bits
    marks.py                    which elements of a tile are not zero, as bits
    tiles.py                    dtypes and tile sizes that kernels and their callers agree on
    call.py                     the one door: calls a kernel, by machine code or through numba
    machine_code.py             the address of a kernel's machine code, from the cache or compiled now
    typed_text.py               object code from what numba typed once, stored in typed/
    object_cache.py             where object code is stored between runs
    compile.py                  object code of a kernel for given types of arguments
    abi.py                      how compiled functions take arguments; probe.py tries whether they still do

numba compiles only what is neither in the cache nor in `typed/`, and is imported for nothing else:
importing and preparing it takes longer than all else that a merge does before its first block. Object
code is loaded by llvmlite, on which numba rests. After a change of a kernel of merging, unmerging or
extraction, `python tools/typed_kernels.py` writes `typed/` anew.
"""

"""Compiled kernels: for what numpy would need a pass over memory for every step, or a call for every element.

    sums.py, rows.py, ulps.py   the kernels, as numba compiles them
    jit.py                      how they are compiled
    numbers.py                  the dtypes that numba does not know, by their bits
    tiles.py                    dtypes and tile sizes that kernels and their callers agree on
    call.py                     calls a kernel
    object_cache.py             where object code is stored between runs
    compile.py                  object code of a kernel for given types of arguments

numba compiles only what is not in the cache yet, and is imported for nothing else: importing and preparing it takes longer than all
else that a merge does before its first block. Object code is loaded by llvmlite, on which numba rests.
"""

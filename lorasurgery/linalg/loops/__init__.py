"""The loops that are compiled: where numpy would need a pass over memory for every step, or a call for every element.

    sums.py, rows.py, steps.py   the loops, as numba compiles them
    compiled.py                  how they are compiled
    numbers.py                   the numbers that numba does not know, by their bits
    kinds.py                     what loops and their callers have to agree on
    loop.py                      calls a loop
    kept.py                      where object code is kept between runs
    build.py                     object code of a loop for some types of arguments

numba compiles what is not kept yet, and is imported for nothing else: to import it and have it prepare itself takes longer than all else
that a merge does before its first block. Object code is loaded by llvmlite, on which numba rests.
"""

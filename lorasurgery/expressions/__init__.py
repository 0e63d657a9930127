"""Regular expressions out of files, matched in bounded time.

    match.py     an expression compiled to steps, each from positions to positions
    letters.py   tests of one letter: classes, categories, either case
    subject.py   a name that is matched, with a limit of steps
    words.py     an expression that spells words: looked up, not tried one after the other

Python's `re` goes back and tries again, so that sixty letters such as `(([a-z.])+)+$x` keep it busy
for ever, and nothing stops it. Here all positions that an expression can have reached in a name are
followed at once, as the bits of one integer (Thompson, "Regular Expression Search Algorithm",
1968), under a limit of steps. Only whether a name matches is asked, so greedy and lazy repeats are
the same. Python's own parser reads the expression, so the syntax is that of `re`, except for what
needs backtracking: references to groups, conditions, atomic groups and possessive repeats are
refused.
"""

from lorasurgery.expressions.match import Expression, compiled, parsed
from lorasurgery.expressions.words import ANYWHERE, WHOLE, Word, Words, last_word, words_of

__all__ = ["ANYWHERE", "WHOLE", "Expression", "Word", "Words", "compiled", "last_word", "parsed", "words_of"]

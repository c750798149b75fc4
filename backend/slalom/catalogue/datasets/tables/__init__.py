"""Users' tables: bytes in, columns of numbers out, and every decision on the way in words.

From the bottom: ``words``, ``encoding``, ``numbers`` and ``dates`` read cells; ``dialect``, ``header`` and ``sheet``
make columns of a file; ``columns`` says what one holds; ``plan`` decides what is made of each; ``matrix`` makes arrays
of them; and ``reading`` keeps all of it as JSON, so that a file is read again as it was.
"""

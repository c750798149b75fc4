"""Languages: what the page, the lessons and the sentences of the engine are called in others than English.

The English texts of the sources are the messages' names, as gettext has it; a folder of ``.po`` files here is a
language (docs/languages.md). English needs no catalogue: what is missing in another one stays English.
"""

from __future__ import annotations

from .catalogue import DOMAINS, SOURCE_LANGUAGE, Messages, languages, messages, name_of, preferred
from .sentences import Sentences, sentences

__all__ = [
    "DOMAINS",
    "SOURCE_LANGUAGE",
    "Messages",
    "Sentences",
    "languages",
    "messages",
    "name_of",
    "preferred",
    "sentences",
]

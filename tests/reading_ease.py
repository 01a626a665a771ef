"""How hard a text is to read: the two published measures that the clinic's texts are held to."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:](?:\s|$)")
_SPANISH_NUCLEUS = re.compile(
    # Two strong vowels, or an accented weak one, are two syllables; otherwise one.
    r"[aeoáéó][iuüy]?|[iuü][aeoáéó][iuüy]?|[íú]|[iuüy]+"
)


def grade(text: str) -> float:
    """Flesch–Kincaid grade of an English text (Kincaid 1975): years of school in the US."""
    words = _words(text)
    syllables = sum(english_syllables(word) for word in words)
    return 0.39 * len(words) / _sentences(text) + 11.8 * syllables / len(words) - 15.59


def ease(text: str) -> float:
    """Fernández-Huerta ease of a Spanish text (1959): 70 and more is easy, 100 very easy."""
    words = _words(text)
    syllables = sum(spanish_syllables(word) for word in words)
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / _sentences(text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _sentences(text: str) -> int:
    return max(1, len(_SENTENCE_END.findall(text)))


def english_syllables(word: str) -> int:
    """Count the sounded vowel groups of an English word, by the usual rules of thumb."""
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeioutd]ed$|[^aeiouyszxc]es$", word) is not None
    return max(1, groups - silent)


def spanish_syllables(word: str) -> int:
    """Count the syllables of a Spanish word by the rules of diphthong and hiatus."""
    plain = re.sub(r"qu(?=[eiéí])", "q", re.sub(r"gu(?=[eiéí])", "g", word))
    return max(1, len(_SPANISH_NUCLEUS.findall(plain)))

"""What language a text is in, by its script or its commonest words: enough to see that a page changed it. Pure."""

import re
from collections import Counter
from functools import lru_cache
from typing import Final

LOOKED_AT = 6000  # characters
LEAST_LETTERS = 120  # fewer say nothing
LEAST_HITS = 6  # common words that must be found
WHOLE = 12  # what a word counts; one that several languages have counts a part of it for each
LEAD = 1.4  # times as many as in the next language

# Only words that few of the other languages have: "de", "in" and "a" tell nothing apart.
_COMMON: Final = {
    "en": "the of and to is was were that for with by has have been are it this from which not",
    "fr": "le les des du et est une dans pour que qui par sur pas avec ont été aux ce cette sont",
    "es": "el los las del y es una para por que con no se fue han sido su al lo más como según hay pero sobre son está",
    "pt": "o os da do das dos e é uma para que com não foi em no na ao pelo são como",
    "de": "der die das und ist den von zu mit nicht auf für wurde eine ein im des dem sich werden",
    "it": "il gli della delle dei e è una per che con non sono nel alla del di lo stato come",
    "nl": "het een van is dat niet zijn op voor met werd aan door ook bij naar worden er",
    "pl": "i w na z do nie się jest że przez oraz dla od po przy były został są jak o",
    "tr": "ve bir bu için ile olarak olan daha çok gibi kadar sonra tarafından ancak ise her ne",
    "sv": "och att det som är av för med den till inte har på ett om de var från vid",
    "id": "yang dan untuk dengan dari pada ini itu tidak dalam adalah oleh ke akan telah sebagai karena juga atau",
    "vi": "và của là các có cho trong được với không những người một đã này từ khi về đến để",
    "ru": "и в на не что с по для из от как это или был были году мин при также его",
    "uk": "і в на не що з по для від як це або був були та до у року також його",
    "sr": "и у на не да је се од за са су који или био као али из по би што",
    "bg": "и в на не че с по за от как това или беше са се да е при също",
    "ar": "في من على إلى أن التي عن مع هذا هذه الذي لا كان ما بين وقد كما أو بعد لم",
    "fa": "در به از که این را با است برای آن یک شده های می تا بر هم یا بود شد",
}  # fmt: skip
_OF_WORD: Final[dict[str, list[str]]] = {}
for _name, _words in _COMMON.items():
    for _word in dict.fromkeys(_words.split()):
        _OF_WORD.setdefault(_word, []).append(_name)
# Letters that few other languages have, each as telling as a common word.
_LETTERS: Final = {
    letter: name
    for name, letters in (
        ("ru", "ыэё"), ("uk", "іїєґ"), ("sr", "јћђљњџ"), ("fa", "پچگیک"), ("tr", "şğı"), ("pl", "łżśńćźę"), ("de", "ß"),
        ("es", "ñ¿"), ("pt", "ãõ"), ("sv", "å"), ("vi", "ơưđạảấậếệộợ"),
    )
    for letter in letters
}  # fmt: skip
# Scripts that are one language's, or several that nobody would mistake for another script's.
_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ka", re.compile(r"[\u10a0-\u10ff]")),
    ("hy", re.compile(r"[\u0530-\u058f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("my", re.compile(r"[\u1000-\u109f]")),
    ("lo", re.compile(r"[\u0e80-\u0eff]")),
    ("am", re.compile(r"[\u1200-\u137f]")),
)
_WORD: Final = re.compile(r"[^\W\d_]+")
NAMES: Final = {
    "en": "English", "fr": "French", "es": "Spanish", "pt": "Portuguese", "de": "German", "it": "Italian",
    "nl": "Dutch", "pl": "Polish", "tr": "Turkish", "sv": "Swedish", "id": "Indonesian", "vi": "Vietnamese",
    "ru": "Russian", "uk": "Ukrainian", "sr": "Serbian", "bg": "Bulgarian", "ar": "Arabic", "fa": "Persian",
    "ja": "Japanese", "zh": "Chinese", "ko": "Korean", "th": "Thai", "he": "Hebrew", "el": "Greek", "hi": "Hindi",
    "ka": "Georgian", "hy": "Armenian", "km": "Khmer", "my": "Burmese", "lo": "Lao", "am": "Amharic",
}  # fmt: skip


@lru_cache(maxsize=64)
def language(text: str) -> str | None:
    """The language of a text, as an ISO 639-1 code; None where the text is too short or too mixed to say."""
    told = text[:LOOKED_AT]
    letters = sum(map(str.isalpha, told))
    if letters < LEAST_LETTERS:
        # A sign of Chinese is a word.
        dense = len(_SCRIPTS[1][1].findall(told)) + len(_SCRIPTS[0][1].findall(told))
        return None if dense < LEAST_LETTERS // 4 else _by_script(told, letters)
    return _by_script(told, letters) or _by_words(told)


def _by_script(text: str, letters: int) -> str | None:
    if text.isascii():
        return None
    found = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if found["ja"] > 0.1 * letters and found["ja"] + found["zh"] > 0.4 * letters:
        return "ja"
    most = max(found, key=found.__getitem__)
    return most if found[most] > 0.4 * letters else None


def _by_words(text: str) -> str | None:
    hits: Counter[str] = Counter()
    for word in _WORD.findall(text.casefold()):
        for name in _OF_WORD.get(word, ()):
            hits[name] += WHOLE // len(_OF_WORD[word])
    if not text.isascii():
        for letter in filter(_LETTERS.__contains__, text):
            hits[_LETTERS[letter]] += WHOLE
    ranked = hits.most_common(2)
    if not ranked or ranked[0][1] < LEAST_HITS * WHOLE:
        return None
    if len(ranked) > 1 and ranked[0][1] < LEAD * ranked[1][1]:
        return None
    return ranked[0][0]

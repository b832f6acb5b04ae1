"""A profile in another language: the same shape, every heading and sentence in French, Spanish or German. Pure.

Sentences are filled from a few patterns; what counts is that their small words are those of the language.
"""

import random

from tests.exam.model import Para, Profile, holders
from tests.exam.words import COUNTRIES, TOWNS

LANGUAGES = ("fr", "es", "de")
_SENTENCES = {
    "fr": (
        "Le gouvernement de {c} a déclaré que les routes de {t} seront ouvertes avant la fin de l’année {y}.",
        "Selon le ministère, il n’y a pas de nouvelles informations sur les collines qui entourent {t}.",
        "Les habitants de {t} ont été avertis par les équipes, mais ils ne sont pas encore revenus.",
        "En {y}, la commission a remis un rapport de {n} pages sur le déminage dans la région de {t}.",
    ),
    "es": (
        "El gobierno de {c} declaró que los caminos de {t} se abrirán antes de que termine el año {y}.",
        "Según el ministerio, no hay nueva información sobre las colinas que rodean la ciudad de {t}.",
        "Los habitantes de {t} fueron avisados por los equipos, pero todavía no han vuelto a sus casas.",
        "En {y} la comisión entregó un informe de {n} páginas sobre la limpieza de la región de {t}.",
    ),
    "de": (
        "Die Regierung von {c} hat erklärt, dass die Straßen nach {t} noch vor dem Ende des Jahres {y} offen sind.",
        "Nach den Angaben des Ministeriums gibt es keine neuen Nachrichten über die Hügel, die {t} umgeben.",
        "Die Bewohner von {t} wurden von den Helfern gewarnt, aber sie sind noch nicht zurückgekehrt.",
        "Im Jahr {y} hat die Kommission einen Bericht von {n} Seiten über die Räumung bei {t} vorgelegt.",
    ),
}
_TITLES = {
    "fr": ("Politique sur les mines", "Coordination et gestion", "Résumé du pays", "Aide aux victimes", "Méthodes"),
    "es": (
        "Política sobre las minas",
        "Coordinación y gestión",
        "Resumen del país",
        "Asistencia a las víctimas",
        "Uso",
    ),
    "de": (
        "Politik zu den Minen",
        "Koordination und Leitung",
        "Überblick über das Land",
        "Hilfe für die Opfer",
        "Lage",
    ),
}


def translated(profile: Profile, language: str, rng: random.Random) -> Profile:
    """The profile in this language: prose and headings; names and numbers in tables are left as they are."""
    other = profile.copy()
    for at, chapter in enumerate(other.chapters):
        chapter.title = f"{rng.choice(_TITLES[language])} {at + 1}"
        for holder, _ in holders(chapter):
            if holder is not chapter:
                holder.title = f"{rng.choice(_TITLES[language])} {rng.randrange(99)}"
            for block in holder.blocks:
                if isinstance(block, Para):
                    block.text = _prose(language, rng, len(block.text))
        chapter.notes.clear()
    return other


def _prose(language: str, rng: random.Random, length: int) -> str:
    told = ""
    while len(told) < length:
        pattern = rng.choice(_SENTENCES[language])
        said = pattern.format(
            c=rng.choice(COUNTRIES), t=rng.choice(TOWNS), y=rng.randrange(1994, 2025), n=rng.randrange(9, 400)
        )
        told = f"{told} {said}" if told else said
    return told

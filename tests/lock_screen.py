"""Words that would tell whoever sees a locked phone what a visit is for."""

import re

#: Beginnings of words, in English and Spanish: drugs, procedures, diagnoses, specialties.
# fmt: off
TERMS = (
    "ketamin", "esketamin", "spravato", "ketalar", "stimulant", "estimulant", "benzodia",
    "lamotrig", "maoi", "imao", "ozempic", "glp", "alcohol", "cannabis", "marihuan",
    "marijuan", "opioid", "opiáceo", "opiace", "medicine", "medicin", "medicament",
    "medication", "drug", "fármaco", "farmac", "droga", "pill", "pastilla", "dose", "dosis",
    "infus", "iv", "intraven", "drip", "suero", "nasal", "spray", "aerosol", "inject",
    "inyec", "needle", "aguja", "vein", "vena", "sedat", "sedac", "sedant", "anaesth",
    "anesth", "anest", "procedure", "procedimiento", "treatment", "tratamiento", "therap",
    "terap", "session", "sesión", "sesion", "depress", "depres", "adhd", "tdah", "anxi",
    "ansied", "bipolar", "ptsd", "tept", "suicid", "psych", "psiq", "psic", "mental", "mood",
    "ánimo", "brain", "cerebr", "neuro", "pregnan", "embaraz", "hospital", "doctor", "médic",
    "medic",
)
# fmt: on


def revealing(words: str) -> set[str]:
    """Return the terms that a text gives away; empty when a locked phone may show it."""
    spoken = re.findall(r"[\w'-]+", words.casefold())
    return {term for term in TERMS for word in spoken if word.startswith(term)}

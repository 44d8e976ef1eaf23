"""Which entity types mean the same: labels of corpora, and finer types of ours that count as a broader label.

A corpus labels what it knows. Where it says DATE_TIME for a date of birth, our DATE_OF_BIRTH is right; where it has the
finer label too, the finer one is asked for. A finding of a type that the corpus labels nowhere is neither right nor
wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

__all__ = ["MEDDOCAN", "counted_as"]

MEDDOCAN: Final[Mapping[str, str]] = {
    "CALLE": "STREET_ADDRESS",
    "CENTRO_SALUD": "ORGANIZATION",
    "CORREO_ELECTRONICO": "EMAIL_ADDRESS",
    "DIREC_PROT_INTERNET": "IP_ADDRESS",
    "EDAD_SUJETO_ASISTENCIA": "AGE",
    "FAMILIARES_SUJETO_ASISTENCIA": "RELATIVE",
    "FECHAS": "DATE_TIME",
    "HOSPITAL": "ORGANIZATION",
    "IDENTIF_BIOMETRICOS": "BIOMETRIC",
    "IDENTIF_DISPOSITIVOS_NRSERIE": "DEVICE_ID",
    "IDENTIF_VEHICULOS_NRSERIE_PLACAS": "LICENSE_PLATE",
    "ID_ASEGURAMIENTO": "RECORD_ID",
    "ID_CONTACTO_ASISTENCIAL": "RECORD_ID",
    "ID_EMPLEO_PERSONAL_SANITARIO": "RECORD_ID",
    "ID_SUJETO_ASISTENCIA": "RECORD_ID",
    "ID_TITULACION_PERSONAL_SANITARIO": "RECORD_ID",
    "INSTITUCION": "ORGANIZATION",
    "NOMBRE_PERSONAL_SANITARIO": "PERSON",
    "NOMBRE_SUJETO_ASISTENCIA": "PERSON",
    "NUMERO_BENEF_PLAN_SALUD": "RECORD_ID",
    "NUMERO_FAX": "PHONE_NUMBER",
    "NUMERO_TELEFONO": "PHONE_NUMBER",
    "OTROS_SUJETO_ASISTENCIA": "RECORD_ID",
    "PAIS": "LOCATION",
    "PROFESION": "TITLE",
    "SEXO_SUJETO_ASISTENCIA": "SEX",
    "TERRITORIO": "LOCATION",
    "URL_WEB": "URL",
}
"""The kinds of the Spanish clinical corpus MEDDOCAN (Marimon et al. 2019, IberLEF) to types of this product."""

_LOCAL: Final = ("LOCATION", "STREET_ADDRESS")
_RECORD: Final = ("RECORD_ID",)
_BROADER: Final[Mapping[str, tuple[str, ...]]] = {
    "COORDINATES": ("LOCATION",),
    "DATE_OF_BIRTH": ("DATE_TIME",),
    "DATE_TIME": ("DATE_OF_BIRTH",),
    "DE_PLZ": _LOCAL,
    "POSTAL_CODE": _LOCAL,
    "STREET_ADDRESS": ("LOCATION",),
    "UK_POSTCODE": _LOCAL,
    **dict.fromkeys(
        (
            "ES_NIE",
            "ES_NIF",
            "ES_SOCIAL_SECURITY",
            "HEALTH_INSURANCE_ID",
            "MEDICAL_LICENSE",
            "MEDICAL_RECORD_NUMBER",
            "NATIONAL_ID",
            "USERNAME",
            "US_NPI",
        ),
        _RECORD,
    ),
}
"""A type to those labels that it is also right for, where the data does not have its own."""


def counted_as(entity_type: str, labels: Collection[str]) -> str | None:
    """Return the label among `labels` that a finding of `entity_type` answers; None if the data has no such label."""
    if entity_type in labels:
        return entity_type
    return next((label for label in _BROADER.get(entity_type, ()) if label in labels), None)

"""Who says so: publishers of what is known of medicines, and the hosts that their pages lie on."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import HttpUrl, model_validator

from knowledge.condition import Text, Value

HOSTS = {
    "MedlinePlus": "medlineplus.gov",
    "DailyMed": "dailymed.nlm.nih.gov",
    "FDA": "fda.gov",
    "NHS": "nhs.uk",
    "BNF": "bnf.nice.org.uk",
    "BNFC": "bnfc.nice.org.uk",
    "NICE": "nice.org.uk",
    "MHRA": "gov.uk",
    "EMA": "ema.europa.eu",
    "WHO": "who.int",
    "CDC": "cdc.gov",
    "NIH": "nih.gov",
    "CPIC": "cpicpgx.org",
    "AGS": "doi.org",
}


class Source(Value):
    """A public page that a rule or a dose rests on; AGS stands for the Beers criteria of 2023."""

    publisher: Literal[
        "MedlinePlus",
        "DailyMed",
        "FDA",
        "NHS",
        "BNF",
        "BNFC",
        "NICE",
        "MHRA",
        "EMA",
        "WHO",
        "CDC",
        "NIH",
        "CPIC",
        "AGS",
    ]
    title: Text
    url: HttpUrl

    @model_validator(mode="after")
    def _lies_with_its_publisher(self) -> Source:
        host, wanted = urlsplit(str(self.url)).hostname or "", HOSTS[self.publisher]
        if host != wanted and not host.endswith(f".{wanted}"):
            raise ValueError(f"{host} is not a host of {self.publisher} ({wanted})")
        return self

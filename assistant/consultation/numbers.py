"""Age, sex and vital signs as a message gives them, in the units of the rules."""

from __future__ import annotations

import re
from typing import Literal

from assistant.consultation.words import normalise
from knowledge.red_flags import Vital

Sex = Literal["female", "male"]
YEARS_PER_UNIT = {"y": 1.0, "m": 1 / 12, "w": 1 / 52.18, "d": 1 / 365.25}
CHINESE_UNITS = {"岁": "y", "周岁": "y", "个月": "m", "月龄": "m", "周": "w", "星期": "w", "天": "d", "日龄": "d"}
UNIT = r"(y(?:ea)?rs?|y/?o|m(?:on)?ths?|mos?|w(?:ee)?ks?|days?|[mwd](?=[\s-]*(?:of age|old|baby|infant|newborn)\b))"
PERSON = (
    r"(?:baby|infant|newborn|son|daughter|child|boy|girl|kid|toddler|grandson|granddaughter|man|woman|male|female|lady"
    r"|old)"
)
AGES = (
    re.compile(rf"\b(\d{{1,3}}(?:\.\d)?)[\s-]*{UNIT}[\s-]*(?:of age|old\b|{PERSON}\b)"),
    re.compile(rf"\baged?(?: of)?[\s:]*(\d{{1,3}})(?:[\s-]*{UNIT})?\b"),
    re.compile(
        r"\b(?:i am|i'm|im|she is|he is|she's|he's|who is)\s+(\d{1,3})(?:[\s-]*(y(?:ea)?rs?|y/?o))?"
        r"(?=\s*(?:old|,|\.|and\b|with\b|$))"
    ),
    re.compile(
        r"(?<!for )(?<!past )(?<!last )(?<!over )(?<!about )(?<!than )(?<!after )(?<!every )(?<!nearly )(?<!almost )"
        r"\b(\d{1,3})[\s-]*(y(?:ea)?rs?|y/?o|m/?o)\b(?!\s*(?:ago|history|hx|later|before|now|of\b))"
    ),
    re.compile(r"\b(\d{1,3})\s*(?=[mf]\b)"),
    re.compile(rf"\bborn (?:about |around |just |only )?(\d{{1,2}})\s*{UNIT} ago\b"),
)
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
} | {
    "fifteen": "15",
    "eighteen": "18",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
}
NUMBER_WORD = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})\b(?=[\s-]*(?:year|month|week|day))")
CHINESE_AGE = re.compile(r"(\d{1,3})\s*(周岁|岁|个月大|个月的|月龄|周大|天大|日龄)")
NEWBORN = re.compile(r"\bnew ?born\b|新生儿|刚出生")
FEMALE = re.compile(
    r"\b(female|woman|lady|girl|she|her|pregnant|mother|mum|mom|wife|daughter|sister|grandmother|gran|nan|grandma)\b"
    r"|\b\d{1,2}\s*f\b|女|孕|妈|妻|老婆|奶奶"
)
MALE = re.compile(
    r"\b(male|man|gentleman|boy|he|his|father|dad|husband|son|brother|grandfather|grandad|grandpa)\b"
    r"|\b\d{1,2}\s*m\b|男|爸|丈夫|老公|爷爷"
)
GAP = r"[^\d\n.,;]{0,18}?"
TIME = r"min(?:ute)?s?\b|h(?:ou)?rs?\b|days?\b|weeks?\b|months?\b|years?\b|yrs?\b|天|小时|分钟|周|个月"
NOT_A_TIME = rf"(?!\d|\s*-?(?:{TIME}))"
NOT_COUNTED = rf"(?![\d.]*\d)(?!\s*-?(?:{TIME}|times|x\b|tablets?|pills?|puffs?|次))"
NUMBER = rf"(\d{{1,3}}(?:\.\d{{1,2}})?){NOT_COUNTED}"
VITALS: dict[Vital, tuple[re.Pattern[str], ...]] = {
    "temperature": (
        re.compile(
            rf"(?:\btemp(?:erature)?\b|\bthermometer\b|\bt(?=[\s:=]*\d)|\bfever\b|\bfebrile\b|体温|发烧|高烧|发热|烧到){GAP}{NUMBER}"
        ),
        re.compile(r"(?<![\d.])(3[4-9](?:\.\d)?|4[0-3](?:\.\d)?)\s*(?:°|º|degrees|deg\b|c\b|celsius|℃|度)"),
        re.compile(r"\b(9[4-9](?:\.\d)?|10\d(?:\.\d)?)\s*(?:°|º|degrees|deg\b|f\b|fahrenheit|℉)"),
        re.compile(r"\b(3[5-9]\.\d|4[0-2]\.\d)\b(?!\s*(?:kg|mmol|cm|mg|weeks?|w\b|%|/))"),
    ),
    "spo2": (
        re.compile(
            rf"(?:\bspo2\b|\bsp02\b|\bo2\s*sats?\b|\bsats?\b|\boxygen\b|\bo2\b|\bsaturation\b|血氧|氧饱和度){GAP}(\d{{2,3}})(?!\s*(?:l\b|litre|liter))"
        ),
        re.compile(r"\b(\d{2,3})\s*%\s*(?:on room air|on air|sats?|oxygen|o2|ra\b)"),
    ),
    "heart_rate": (
        re.compile(rf"(?:\bhr\b|\bheart ?rate\b|\bpulse\b|\bheart is at\b|心率|脉搏|心跳){GAP}(\d{{2,3}}){NOT_A_TIME}"),
    ),
    "respiratory_rate": (
        re.compile(
            r"(?:\brr\b|\bresp(?:iratory|iration)?s?(?: rate)?\b|\bbreathing rate\b|呼吸频率|呼吸)"
            rf"{GAP}(\d{{1,2}}){NOT_A_TIME}"
        ),
    ),
    "glucose": (
        re.compile(rf"(?:\bglucose\b|\bblood sugars?\b|\bsugars?\b|\bbm\b|\bcbg\b|血糖){GAP}{NUMBER}\s*(mmol|mg)?"),
    ),
}
PRESSURE = re.compile(r"(?<![\d/.])(\d{2,3})\s*(?:/|over)\s*(\d{2,3})(?![\d/])")
SYSTOLIC = re.compile(rf"(?:\bsystolic\b|\bsbp\b|\bbp\b|\bblood pressure\b|血压){GAP}(\d{{2,3}}){NOT_A_TIME}")
POSSIBLE: dict[Vital, tuple[float, float]] = {
    "temperature": (25, 45), "spo2": (40, 100), "heart_rate": (20, 300), "systolic": (40, 300),
    "diastolic": (20, 200), "respiratory_rate": (3, 80), "glucose": (0.5, 80),
}  # fmt: skip
MG_PER_MMOL = 18.0
OLDEST = 120


def read_age(text: str) -> float | None:
    """Age in years, or None: "6 week old baby" is 0.11; the first age given counts."""
    plain = NUMBER_WORD.sub(lambda match: NUMBER_WORDS[match.group()], normalise(text))
    chinese = CHINESE_AGE.search(plain)
    if chinese:
        unit = chinese.group(2).removesuffix("大").removesuffix("的")
        return float(chinese.group(1)) * YEARS_PER_UNIT[CHINESE_UNITS[unit]]
    for pattern in AGES:
        match = pattern.search(plain)
        if match:
            unit = match.group(2) if match.lastindex and match.lastindex > 1 and match.group(2) else "y"
            years = float(match.group(1)) * YEARS_PER_UNIT[unit[0]]
            return years if years <= OLDEST else None
    return 0.02 if NEWBORN.search(plain) else None


def read_sex(text: str) -> Sex | None:
    """The first sex that the words tell, or None."""
    plain = normalise(text)
    female, male = FEMALE.search(plain), MALE.search(plain)
    if female and (not male or female.start() < male.start()):
        return "female"
    return "male" if male else None


def read_vitals(text: str) -> dict[Vital, float]:
    """Vital signs in °C, %, per minute, mmHg and mmol/L; a value that no living person has is left out."""
    plain = normalise(text)
    found: dict[Vital, float] = {}
    for vital, patterns in VITALS.items():
        hits = (hit for pattern in patterns for hit in pattern.finditer(plain))
        values = (_in_our_units(vital, float(hit.group(1)), hit) for hit in hits)
        value = next((value for value in values if _is_possible(vital, value)), None)
        if value is not None:
            found[vital] = value
    pressure, systolic = PRESSURE.search(plain), SYSTOLIC.search(plain)
    if pressure and int(pressure.group(1)) > int(pressure.group(2)):
        found["systolic"], found["diastolic"] = float(pressure.group(1)), float(pressure.group(2))
    elif systolic:
        found["systolic"] = float(systolic.group(1))
    return {vital: value for vital, value in found.items() if _is_possible(vital, value)}


def _is_possible(vital: Vital, value: float) -> bool:
    least, most = POSSIBLE[vital]
    return least <= value <= most


def _in_our_units(vital: Vital, value: float, match: re.Match[str]) -> float:
    if vital == "temperature" and value >= 90:
        return round((value - 32) / 1.8, 1)
    if vital == "glucose" and (match.group(2) == "mg" or (match.group(2) is None and value > 40)):
        return round(value / MG_PER_MMOL, 1)
    return value

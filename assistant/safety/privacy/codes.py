"""Identifiers with a form of their own: e-mail, links, network addresses, cards, telephone and record numbers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from assistant.safety.privacy.identifier import Identifier, Kind
from assistant.safety.privacy.wording import alternatives, wording

FREE = r"(?<![A-Za-z0-9])"  # \b sees no border between Chinese and Latin letters
END = r"(?![A-Za-z0-9])"
EMAIL = re.compile(
    rf"{FREE}[A-Za-z0-9][A-Za-z0-9._%+-]*(?:@|\s?[(\[]\s?at\s?[)\]]\s?)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{{2,}}"
    rf"|{FREE}[A-Za-z0-9._%+-]+\s(?:at|\(at\))\s[A-Za-z0-9-]+(?:\s(?:dot|\(dot\))\s[A-Za-z]{{2,}})+{END}"
)
LINK = re.compile(rf"{FREE}(?:https?://|www\.)[^\s<>\"'，。；！？、）】]+")
OWNED = re.compile(
    rf"//[^/]*@|[?&][^=&\s]+=[^&\s]+|/~\w|/{alternatives('link_words')}/[^/\s]*\w"
    r"|/[^/\s]*\d{5}|/[0-9a-f]{8}-[0-9a-f]{4}-|[/=][A-Za-z0-9_-]{20,}",
    re.IGNORECASE,
)
IP = re.compile(
    r"(?<![\w.:])(?<!version )(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)|(?=[^\s]*[A-Fa-f0-9]{2})[A-Fa-f0-9]{0,4}"
    r"(?::[A-Fa-f0-9]{0,4}){3,7})(?![\w])",
    re.IGNORECASE,
)
CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){11,18}(?!\d)")
CARD_LABEL = re.compile(rf"{alternatives('card_labels')}{END}\D{{0,12}}?(\d(?:[ -]?\d){{11,18}})", re.IGNORECASE)
PHONE_ENDS = r"(?:\s?(?:x|ext\.?|extension|转|轉|分机)\s?\d{1,5}|-\d{1,4}(?=\D|$))?(?!\d)"
PHONES = tuple(
    re.compile(rf"(?<![\w+./-]){form}{PHONE_ENDS}", re.ASCII | re.IGNORECASE)
    for form in (
        r"\+\d(?:[\s().-]{0,2}\d){8,14}",
        r"00[1-9](?:[\s().-]{0,2}\d){8,13}",
        r"(?:1[-. ])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[-. ])\d{3}[-. ]\d{4}",
        r"(?:1[-. ]?)?\([2-9]\d\d\)\d{3}-\d{4}",
        r"(?:\(0\d{1,4}\)|0\d{1,5})[\s./-]{0,2}\d{3,8}(?:[\s-]\d{2,5}){0,2}",
        r"0\d(?:[ .-]\d\d){4}",
        r"(?:86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}",
        r"0\d{2,3}[- ]?\d{7,8}",
        r"400[- ]?\d{3}[- ]?\d{4}",
        r"[1-9]\d{9,10}",
        r"(?:(?<=\()|(?<=\n)|(?<=, ))\d{2,4}(?:[ -]\d{2,4}){2,4}(?=\)|\n|$|,)",
    )
)
CHINESE_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
PHONE_LABEL = re.compile(
    rf"(?:\b{alternatives('phone_labels')}\b|{alternatives('phone_labels_chinese')})\.?[^\d\n.;!?。；，]{{0,24}}?"
    rf"(\+?\(?\d[\d\s().-]{{5,20}}\d){PHONE_ENDS}",
    re.IGNORECASE,
)
DRUG_CODE = re.compile(r"\d{4,5}-\d{3,4}-\d{1,2}")  # of the American directory (NDC)
DATED = re.compile(r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d")
GROUPS = (
    r"\d{3}[ -]\d{3}[ -]\d{4}|\d{3}[ -]\d\d[ -]\d{4}|\d{4}[ -]\d{4}[ -]\d{4}(?![ -]?\d)"
    r"|[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-Z]"
)
CODE = rf"(?:{GROUPS}|(?=[A-Z-]*(?:[A-Z/.-]*\d){{4}})[A-Z0-9]+(?:[-/.][A-Z0-9]+)*)"
ID_NUMBER = rf"(?:[\s-]*\b(?:{alternatives('id_words')})\b\.?)"
ID_LABEL = re.compile(
    rf"{FREE}(?:{alternatives('id_labels')}\b{ID_NUMBER}*|{alternatives('id_labels_loose')}(?:\b{ID_NUMBER}+|(?=\s?[:：#])))"
    rf"(?:\s+(?:is|was))?[\s:：#=]*(?:{alternatives('id_words')}[\s:：#]+)?({CODE}){END}",
    re.IGNORECASE,
)
ID_ALONE = re.compile(rf"{FREE}(?:ID|id|Id)\s*(?:no\.?|number|is)?\s*[:：#]?\s*({CODE}){END}")
ID_BEFORE = re.compile(
    rf"{FREE}({CODE})\s*(?:\)\s*)?(?:(?:is|as)\s+(?:my|the|his|her|our)\s+(?:{alternatives('id_labels')}\b|"
    rf"{alternatives('id_labels_loose')}{ID_NUMBER})|(?:这)?(?:是|为)(?:我的?|他的?|她的?)?{alternatives('id_labels_chinese')})",
    re.IGNORECASE,
)
ID_CHINESE = re.compile(
    rf"{alternatives('id_labels_chinese')}(?:码|号|号码)?\s*(?:是|为)?\s*[:：#]?\s*"
    rf"([A-Z]{{0,5}}[- ]?\d[A-Z0-9-]{{3,24}}){END}",
    re.IGNORECASE,
)
HANDLE = re.compile(
    rf"{FREE}{alternatives('handles')}(?:(?<=[A-Za-z])(?![A-Za-z])|(?<![A-Za-z]))(?:\s*(?:号|账号|id|handle|name|is|是|为))*\s*[:：]?\s*"
    rf"(@?(?=[\w.-]*[\d_.@]|@)[A-Za-z0-9_.-]{{4,30}}|@[A-Za-z0-9_.]{{3,30}}|(?<=[:：])[A-Za-z][\w-]{{4,30}}){END}",
    re.IGNORECASE | re.ASCII,
)
MEDICARE = "[A-HJ-NP-RT-Y][A-HJ-NP-RT-Y0-9]"
SELF_EVIDENT = (  # social security, national insurance, Medicare, a Chinese number plate and identity card
    re.compile(r"(?<![\d-])(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])"),
    re.compile(rf"{FREE}[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]{END}"),
    re.compile(rf"{FREE}[1-9]{MEDICARE}[0-9]-?{MEDICARE}[0-9]-?[A-HJ-NP-RT-Y]{{2}}\d\d{END}"),
    re.compile(rf"[{wording()['plates']}][A-Z][·• ]?[A-Z0-9]{{5,6}}{END}"),
    re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"),
)
NHS = re.compile(r"(?<![\d.-])\d{3}([ -]?)\d{3}\1\d{4}(?![\d-])")


def find_codes(text: str) -> Iterator[Identifier]:
    """Every identifier of a text whose form, or the word before it, gives it away."""
    yield from (_whole("email", match) for match in EMAIL.finditer(text))
    yield from _links(text)
    if any(letter.isdigit() for letter in text):
        yield from _network(text)
        yield from _cards(text)
        yield from _ids(text)
        yield from _phones(text)
    yield from (_first("id", match) for match in HANDLE.finditer(text))


def _links(text: str) -> Iterator[Identifier]:
    for match in LINK.finditer(text):
        link = match.group().rstrip(".,;:!?)")
        if OWNED.search(link):
            yield Identifier("link", match.start(), match.start() + len(link), link)


def _network(text: str) -> Iterator[Identifier]:
    for match in IP.finditer(text):
        try:
            address = ipaddress.ip_address(match.group())
        except ValueError:
            continue
        if not address.is_loopback and not address.is_unspecified:
            yield _whole("ip", match)


def _cards(text: str) -> Iterator[Identifier]:
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if (len(digits) > 13 or digits[0] in "0456") and luhn(digits):
            yield _whole("card", match)
    yield from (_first("card", match) for match in CARD_LABEL.finditer(text))


def _ids(text: str) -> Iterator[Identifier]:
    for pattern in (ID_LABEL, ID_ALONE, ID_BEFORE, ID_CHINESE):
        yield from (_first("id", match) for match in pattern.finditer(text) if not DATED.fullmatch(match[1]))
    for pattern in SELF_EVIDENT:
        yield from (_whole("id", match) for match in pattern.finditer(text))
    yield from (_whole("id", match) for match in NHS.finditer(text) if nhs(re.sub(r"\D", "", match.group())))


def _phones(text: str) -> Iterator[Identifier]:
    for pattern in (*PHONES, CHINESE_MOBILE):
        for match in pattern.finditer(text):
            if _dials(match.group(), least=9):
                yield _whole("phone", match)
    for match in PHONE_LABEL.finditer(text):
        if _dials(match[1], least=7):
            yield Identifier("phone", match.start(1), match.end(), text[match.start(1) : match.end()])


def _dials(written: str, least: int) -> bool:
    digits = re.sub(r"\D", "", written)
    if len(digits) < least or digits.endswith("00000"):  # a round number counts something
        return False
    return not DATED.match(written) and not DRUG_CODE.fullmatch(written)


def luhn(digits: str) -> bool:
    """Whether the last digit of a card's number checks the others."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def nhs(digits: str) -> bool:
    """Whether the last of ten digits checks the others as in an NHS number (modulus 11)."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[9]) and check != 10 and len(set(digits)) > 1


def _whole(kind: Kind, match: re.Match[str]) -> Identifier:
    return Identifier(kind, match.start(), match.end(), match.group())


def _first(kind: Kind, match: re.Match[str]) -> Identifier:
    return Identifier(kind, match.start(1), match.end(1), match[1])

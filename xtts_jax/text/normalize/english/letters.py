"""Letters that espeak-ng would read as words: A as a name, and acronyms such as UFC and EPA."""

import re

# Nouns that a letter names, so that a name or the end of the sentence may follow it.
NAMED_BY_LETTERS = (
    "(?i:"
    "plan|team|group|vitamin|hepatitis|influenza|option|exhibit|grade|type|class|section|part|appendix|"
    "figure|table|block|building|room|gate|terminal|platform|level|category|point|item|question|answer|"
    "player|schedule|serie|series|letter|zone|phase|side|column|row|batch|version|driver|brand"
    ")"
)
_SPEECH = "said|says|say|asked|wrote|called|shouted|titled|read|reads"
# What follows the name of a letter, and no article, at the beginning of a clause.
_AFTER_A_NAME = (
    "is|was|are|were|has|had|and|or|nor|to|in|on|at|for|from|of|with|by|as|not|but|than|equals|plus"
)
_FOLLOWS_A_NAME = rf"(?=\s+(?:{_AFTER_A_NAME})\b(?!-))"
_LETTER_A = re.compile(
    rf"\bA-(?=\w)|(?<!\S)A{_FOLLOWS_A_NAME}|\b(?P<noun>{NAMED_BY_LETTERS}) A(?=\s)"
    rf"|\b(?P<before>(?!(?:{_SPEECH})\b)[\w']+) A(?=\s+[a-z])"
)
_TWO_LETTERS = """
    AH AN AS AT AX BE BY DO EH GO HA HE HI HM HO IF IN IS IT LO ME MY NO OF OH ON OR OX SO TO UH UM UP
    US WE YE YO
"""
# Words of three letters that begin with a vowel.
_THREE_LETTERS = """
    ACE ACT ADD ADO AFT AGE AGO AHA AID AIL AIM AIR ALE ALL AND ANT ANY APE APP APT ARC ARE ARK ARM ART
    ASH ASK ASP ASS ATE AWE AWL AXE AYE EAR EAT EBB EEL EGG EGO EKE ELF ELK ELM EMU END ERA ERR EVE EWE
    EYE ICE ICY ILK ILL IMP INK INN ION IRE IRK ITS IVY OAF OAK OAR OAT ODD ODE OFF OHM OIL OLD ONE OPT
    ORB ORE OUR OUT OVA OWE OWL OWN UGH UMP URN USE
"""
# Acronyms that begin with a consonant and could be words; those that cannot be are spelled by espeak-ng.
_ACRONYMS = """
    CEO CFO CIA CIO COO CTO DEA DIY DOB DOJ DUI FAA FAQ FIA GED GOP HIV LAX LED MIA MIT NIH
    POV POW RIP ROI SAS SEO SUV TIA VIP VOD WIP YOY ICAO IATA UCLA ESPN IEEE OECD YMCA ACLU IMDB UNDP
    USDA USPS
"""
_WORDS = frozenset((_TWO_LETTERS + _THREE_LETTERS).split())
_SPELLED = frozenset(_ACRONYMS.split())
_CAPITALS = re.compile(r"\b([A-Z]{2,4})(?:('?s)\b|(?![\w'-]))")


def name_letters(words: str) -> str:
    """Words of a clause, with A as espeak-ng reads its name, and acronyms with points between the letters.

    espeak-ng reads a word in capitals by its spelling if it can, and A as the article within a clause.
    """
    return _CAPITALS.sub(_dotted, _LETTER_A.sub(_named, words))


def _named(match: re.Match[str]) -> str:
    if match[0] == "A-":
        return "eh "
    before = match["noun"] or match["before"]
    return f"{before} eh" if before else "eh"


def _dotted(match: re.Match[str]) -> str:
    word, before = match[1], match.string[: match.start()]
    pronoun = word == "AM" and re.search(r"\bI $", before)
    if pronoun or not _is_spelled(word):
        return match[0]
    return ".".join(word) + "'s" * bool(match[2])


def _is_spelled(word: str) -> bool:
    if not re.search("[AEIOUY]", word):
        return False
    could_be_spelled = len(word) == 2 or (len(word) == 3 and word[0] in "AEIOU")
    return word in _SPELLED or (could_be_spelled and word not in _WORDS)

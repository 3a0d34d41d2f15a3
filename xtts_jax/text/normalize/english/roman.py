"""Roman numerals: after a noun that is numbered, a ruler's name, or before a century; "I" stays a word."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal, ordinal, year
from xtts_jax.text.normalize.roman_value import roman_value
from xtts_jax.text.patterns import sub

_ANY = r"[IVXLCDM]+|[ivxlcdm]+"

_NUMBERED = (
    "chapter|act|scene|part|volume|vol|book|section|sect|article|art|appendix|phase|stage|title|canto|psalm|"
    "verse|page|war|bowl|level|type|class|category|grade|table|figure|fig|plate|lesson|unit|episode|season|"
    "round|step|division|tier|schedule|amendment|factor|apollo|mark|theorem|symphony|opus|number|question|"
    "rule|item|corps|generation|series|group|sonata|concerto|protocol|tome|stanza|sonnet|exhibit|annex|"
    "module|topic|paragraph|clause|cohort|model|saturn|gemini|olympiad|vatican|world"
)
# The nouns after which a single letter is a numeral too: but "Model X".
_SINGLE = (
    "chapter|act|scene|part|volume|vol|book|section|article|phase|stage|type|grade|level|class|canto|page|war|"
    "unit|appendix|amendment|title|category|psalm|figure|table|division|tier|world"
)
_RULERS = (
    "Henry|Louis|Charles|George|Edward|Richard|William|James|Elizabeth|Mary|Anne|Victoria|Philip|Napoleon|"
    "Frederick|Wilhelm|Friedrich|Nicholas|Alexander|Peter|Catherine|Ivan|Paul|John|Benedict|Pius|Gregory|Leo|"
    "Clement|Innocent|Urban|Boniface|Francis|Ferdinand|Alfonso|Carlos|Felipe|Leopold|Albert|Rainier|Gustav|"
    "Adolf|Christian|Haakon|Olav|Harald|Margrethe|Otto|Maximilian|Rudolf|Joseph|Sigismund|Ptolemy|Ramses|"
    "Ramesses|Rameses|Thutmose|Amenhotep|Cleopatra|Darius|Xerxes|Artaxerxes|Shapur|Cyrus|Mehmed|Murad|Selim|"
    "Suleiman|Hamid|Robert|David|Emmanuel|Emanuel|Umberto|Pedro|Manuel|Theodosius|Constantine|Justinian|"
    "Michael|Basil|Sixtus|Julius|Adrian|Celestine|Honorius|Eugene|Stephen|Casimir|Abbas|Ismail|Khosrow|"
    "Yazdegerd|Oscar|Baldwin|Conrad|Lothair|Malcolm|Edmund|Isabella|Joan|Margaret|Juan|Naser|Fuad|Hussein|"
    "Abdullah|Rama|Tiberius|Valentinian|Demetrius|Antiochus|Seleucus|Mithridates|Thomas|Walter|Harold|Arthur"
)
_TITLES = "King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Prince|Princess|Sultan|Shah|Saint|Duke"
_NTH = r"centur(?:y|ies)|Centur(?:y|ies)|Olympi\w+|Dynasty|dynasty|Congress|Legion|Army|Corps"
_VERBS = "am|have|had|will|would|can|could|do|did|think|like|love|want|know|see|say|said|mean|need|saw|went"
_COMPOSED = r"(?:II|III|VII|VIII|XI{2,3}|XIV|XV|XVI{1,3}|XIX|X{2,3}(?:I{1,3}|IV|VI{0,3}|IX))"
_ENDS = r"(?=\s+of\b|'s\b|\s*[,.;:!?)]|\s*$|\s+(?:ruled|reigned)\b)"


def speak_roman_numerals(text: str, row: Language) -> str:
    text = sub(r"\bWW ?(II?|[12])\b", r"World War \1", text)
    for rule in (_after_nouns, _before_centuries, _rulers, _years, _after_names, _in_brackets, _alone):
        text = rule(text, row)
    return text


def _clear(numeral: str, noun: str) -> bool:
    """Whether letters can be a numeral after a noun: not the C of "Section C"."""
    single = numeral.upper() in "IVX" and re.fullmatch(rf"(?i:(?:{_SINGLE})s?\.?)", noun)
    return bool(roman_value(numeral) and (len(numeral) > 1 or single))


def _after_nouns(text: str, row: Language) -> str:
    """Chapter IV, Acts I-III, scene ii; but "in part I agree"."""

    def spoken(match: re.Match[str]) -> str:
        noun, numerals = match.groups()
        found = re.findall(rf"\b(?:{_ANY})\b", numerals)
        pronoun = "I" in found and (noun[0].islower() or re.match(rf"\s+(?:{_VERBS})\b", text[match.end() :]))
        if pronoun or not all(_clear(numeral, noun) for numeral in found):
            return match.group()
        numerals = sub(r"\s?[-–—]\s?", " to ", numerals)
        return f"{noun} " + sub(rf"\b(?:{_ANY})\b", lambda m: cardinal(str(roman_value(m[0])), row), numerals)

    numeral = r"(?:[IVXLC]+|[ivxlc]+)\b"
    more = rf"(?:(?:\s?[-–—]\s?|, |,? (?:and|or|to|&) ){numeral})*"
    return sub(rf"\b((?i:(?:{_NUMBERED})s?)\.?)[ -]({numeral}{more})(?!')", spoken, text)


def _before_centuries(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        return ordinal(str(roman_value(match[1])), row) if roman_value(match[1]) else match.group()

    between = r"(?:\s?[-–]\s?| and | or | to )"
    text = sub(
        rf"\b([IVXL]+)(?:th|st|nd|rd)?(?=(?:{between}[IVXL]+)?(?:th|st|nd|rd)?[ -](?:{_NTH})\b)", spoken, text
    )
    return sub(r"\b([IVXLC]{2,}|[VX])(?:th|st|nd|rd)\b", spoken, text)


def _rulers(text: str, row: Language) -> str:
    """Henry VIII, John Paul II, William Gates III: "the" and an ordinal."""

    def spoken(match: re.Match[str]) -> str:
        if not roman_value(match[2]) or (match[1].endswith("Malcolm ") and match[2] == "X"):
            return match.group()
        return f"{match[1]}the {ordinal(str(roman_value(match[2])), row)}"

    name = rf"\b(?i:{_RULERS}) (?:[A-Z][a-z]+ )?"
    text = sub(rf"({name})([IVX]{{2,}}|[VX])\b", spoken, text)
    first = rf"\b(?:{_TITLES}) (?:{_RULERS}) |\b(?:{_RULERS}) "
    text = sub(rf"((?:{_TITLES}) (?:{_RULERS}) )(I)\b", spoken, text)
    text = sub(rf"((?:^|(?<=[.!?] ))(?:{_RULERS}) )(I)(?=\s+(?:was|is|became|had)\b)", spoken, text)
    joined = rf"(?=,? (?:and|or|to) (?:(?:{_TITLES}) )?(?:{_RULERS}) (?:[IVX]+\b|the [a-z]))"
    return sub(rf"({first})(I)\b(?:{_ENDS}|{joined})", spoken, text)


def _years(text: str, row: Language) -> str:
    def spoken(match: re.Match[str]) -> str:
        return year(str(roman_value(match[0])), row) if 1000 < roman_value(match[0]) < 2100 else match.group()

    return sub(r"\bM[MDCLXVI]{3,}\b", spoken, text)


def _after_names(text: str, row: Language) -> str:
    """Rocky III: a capitalized word and a numeral of several letters."""
    numeral = rf"(?:{_COMPOSED}|IV|VI|IX|XI|XII)"
    no_name = r"(?!(?:An?|The|Start|Give|Stop|With|In|On|Your?|My|His|Her|This|Each|No)\b)"
    return sub(
        rf"\b({no_name}[A-Z][a-z']+:? )({numeral})\b",
        lambda m: m[1] + cardinal(str(roman_value(m[2])), row),
        text,
    )


def _in_brackets(text: str, row: Language) -> str:
    listed = "ii|iii|iv|vi|vii|viii|ix" + ("|i|v|x" if "(ii)" in text else "")
    return sub(rf"\(({listed})\)", lambda m: f"({cardinal(str(roman_value(m[1])), row)})", text)


def _alone(text: str, row: Language) -> str:
    return sub(rf"\b{_COMPOSED}\b", lambda m: cardinal(str(roman_value(m[0])), row), text)

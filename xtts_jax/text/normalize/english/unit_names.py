"""The names of units of measurement, for one and for many."""

import re

_PREFIXES = {"k": "kilo", "c": "centi", "m": "milli", "μ": "micro", "µ": "micro", "n": "nano", "M": "mega",
             "G": "giga", "T": "tera", "d": "deci", "h": "hecto", "P": "peta"}  # fmt: skip
# The prefixes in use; with another, the symbol is more often something else.
_METRIC = {
    "m": ("kcmμµnd", "meter"), "g": ("kmμµn", "gram"),
    "mol": ("mμµn", "mole"), "l": ("mcdμµ", "liter"), "L": ("mcdμµ", "liter"),
    "s": ("mμµn", "second"), "W": ("kmMG", "watt"), "V": ("kmμµ", "volt"), "Wh": ("kMG", "watt hour"),
    "J": ("kM", "joule"), "Pa": ("khM", "pascal"), "Ω": ("kM", "ohm"), "B": ("kMGTP", "byte"),
    "Ah": ("m", "ampere hour"), "cal": ("k", "calorie"),
}  # fmt: skip
_PLURAL = {"kg": "kilogram", "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "ml": "milliliter",
           "wk": "week", "yr": "year", "yd": "yard", "tsp": "teaspoon", "tbsp": "tablespoon"}  # fmt: skip
_SIDES = {"km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"),
          "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
          "in": ("inch", "inches")}  # fmt: skip
_NO_BARE = {"B", "Ah", "cal"}
UNITS: dict[str, tuple[str, str]] = {
    **{name: (said, f"{said}s") for name, (_, said) in _METRIC.items() if name not in _NO_BARE},
    **{
        prefix + name: (_PREFIXES[prefix] + said, f"{_PREFIXES[prefix]}{said}s")
        for name, (prefixes, said) in _METRIC.items()
        for prefix in prefixes
    },
    **{
        prefix + "bit": (f"{_PREFIXES[prefix]}bit", f"{_PREFIXES[prefix]}bits") for prefix in "kMGT"
    },
    **{f"{of}s": (said, f"{said}s") for of, said in _PLURAL.items()},
    **{f"sq {of}": (f"square {said}", f"square {many}") for of, (said, many) in _SIDES.items()},
    **{f"cu {of}": (f"cubic {said}", f"cubic {many}") for of, (said, many) in _SIDES.items()},
    "tsp": ("teaspoon", "teaspoons"), "tbsp": ("tablespoon", "tablespoons"),
    "fl oz": ("fluid ounce", "fluid ounces"), "wk": ("week", "weeks"), "yr": ("year", "years"),
    "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "nm": ("nanometer", "nanometers"), "ha": ("hectare", "hectares"), "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "gal": ("gallon", "gallons"),
    "KB": ("kilobyte", "kilobytes"), "mA": ("milliampere", "milliamperes"),
    "hPa": ("hectopascal", "hectopascals"), "sec": ("second", "seconds"), "secs": ("second", "seconds"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "h": ("hour", "hours"),
    "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "dB": ("decibel", "decibels"), "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "kbps": ("kilobit per second", "kilobits per second"), "mph": ("mile per hour", "miles per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"), "mpg": ("mile per gallon", "miles per gallon"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "fps": ("frame per second", "frames per second"), "bpm": ("beat per minute", "beats per minute"),
    "ppm": ("part per million", "parts per million"),
    "psi": ("pound per square inch", "pounds per square inch"), "px": ("pixel", "pixels"),
    "kΩ": ("kilohm", "kilohms"), "MΩ": ("megohm", "megohms"),
    "sq. ft.": ("square foot", "square feet"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "° C": ("degree Celsius", "degrees Celsius"),
    "° F": ("degree Fahrenheit", "degrees Fahrenheit"), "°K": ("kelvin", "kelvins"),
    "°": ("degree", "degrees"), "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
}  # fmt: skip
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))

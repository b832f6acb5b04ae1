"""Units and currencies, and the ways of writing them. Data."""

from decimal import Decimal

# name, base, factor, ways of writing it
UNITS: tuple[tuple[str, str, int | Decimal, str], ...] = (
    ("km²", "m²", 10**6, r"km²|km2|sq\.? ?km|sqkm|square[ -]kilomet(?:er|re)s?|км²|кв\.? ?км"),
    ("m²", "m²", 1, r"m²|m2|sq\.? ?m|sqm|square[ -]met(?:er|re)s?|м²"),
    ("ha", "m²", 10**4, r"ha|hectares?|hect[aá]reas?|hektar|га"),
    ("acres", "m²", Decimal("4046.8564224"), r"acres?"),
    ("sq mi", "m²", Decimal("2589988.110336"), r"square miles?|sq\.? ?mi"),
    ("km", "m", 1000, r"km|kilomet(?:er|re)s?|км"),
    ("cm", "m", Decimal("0.01"), r"cm|centimet(?:er|re)s?|см"),
    ("mm", "m", Decimal("0.001"), r"mm|millimet(?:er|re)s?|мм"),
    ("miles", "m", Decimal("1609.344"), r"miles?"),
    ("m", "m", 1, r"m|met(?:er|re)s?|м"),
    ("kg", "kg", 1, r"kg|kilograms?|kilos?|кг"),
    ("t", "kg", 1000, r"tonn?es|tonn?e|tons?"),
    ("percentage points", "points", 1, r"percentage[ -]points?|pp"),
    ("%", "ratio", Decimal("0.01"), r"%|per ?cent|percent|pct|процент\w*"),
    ("times", "times", 1, r"times"),
)  # fmt: skip
CURRENCIES = (
    ("US$", r"US ?\$|\$|USD|(?:US |U\.S\. )?dollars?"),
    ("€", r"€|EUR|euros?"),
    ("£", r"£|GBP|pounds?(?: sterling)?"),
    ("CHF", r"CHF|Swiss francs?|francs?"),
    ("¥", r"¥|JPY|CNY|yen|yuan"),
    ("A$", r"A\$|AU\$|AUD"),
    ("C$", r"C\$|CA\$|CAD"),
    ("NOK", r"NOK|(?:Norwegian )?kroner?"),
    ("SEK", r"SEK|(?:Swedish )?kronor"),
    ("DKK", r"DKK"),
    ("AZN", r"AZN|manats?"),
    ("₽", r"₽|RUB|rubles?|roubles?"),
    ("₴", r"₴|UAH|hryvnias?"),
)

"""Places, streets, companies, jobs.

Sources: Faker's address and company providers (MIT), the town names that libphonenumber knows for area codes (Apache-2.0,
through the `phonenumbers` package), and lists written for this project.
"""

# ruff: noqa: C409, ISC004, PLR0911, RUF005  (long lists of words; one return for each form)

from __future__ import annotations

import random
import re
from functools import cache

from faker import Faker
from phonenumbers.geodata import GEOCODE_DATA

from training.common.names import held_out, person

__all__ = [
    "BIG",
    "COMPANY_WORDS",
    "COUNTRIES",
    "JOBS",
    "LOCALES",
    "STATES",
    "STREET_WORDS",
    "city",
    "company",
    "country",
    "faker",
    "hospital",
    "job",
    "postcode",
    "street",
    "towns",
]

LOCALES = (
    "en_US",
    "en_GB",
    "en_AU",
    "en_CA",
    "en_IN",
    "en_IE",
    "de_DE",
    "de_AT",
    "de_CH",
    "fr_FR",
    "fr_CA",
    "es_ES",
    "es_MX",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "pt_PT",
    "sv_SE",
    "da_DK",
    "cs_CZ",
)

COUNTRIES = tuple(
    [
        "Afghanistan",
        "Albania",
        "Algeria",
        "Argentina",
        "Armenia",
        "Australia",
        "Austria",
        "Azerbaijan",
        "Bahrain",
        "Bangladesh",
        "Belarus",
        "Belgium",
        "Bolivia",
        "Bosnia",
        "Botswana",
        "Brazil",
        "Bulgaria",
        "Cambodia",
        "Cameroon",
        "Canada",
        "Chile",
        "China",
        "Colombia",
        "Croatia",
        "Cuba",
        "Cyprus",
        "Denmark",
        "Ecuador",
        "Egypt",
        "England",
        "Estonia",
        "Ethiopia",
        "Finland",
        "France",
        "Georgia",
        "Germany",
        "Ghana",
        "Greece",
        "Guatemala",
        "Haiti",
        "Honduras",
        "Hungary",
        "Iceland",
        "India",
        "Indonesia",
        "Iran",
        "Iraq",
        "Ireland",
        "Israel",
        "Italy",
        "Jamaica",
        "Japan",
        "Jordan",
        "Kazakhstan",
        "Kenya",
        "Kuwait",
        "Latvia",
        "Lebanon",
        "Libya",
        "Lithuania",
        "Luxembourg",
        "Malaysia",
        "Mali",
        "Malta",
        "Mexico",
        "Moldova",
        "Mongolia",
        "Morocco",
        "Mozambique",
        "Namibia",
        "Nepal",
        "Netherlands",
        "Nicaragua",
        "Nigeria",
        "Norway",
        "Oman",
        "Pakistan",
        "Panama",
        "Paraguay",
        "Peru",
        "Philippines",
        "Poland",
        "Portugal",
        "Qatar",
        "Romania",
        "Russia",
        "Rwanda",
        "Scotland",
        "Senegal",
        "Serbia",
        "Singapore",
        "Slovakia",
        "Slovenia",
        "Somalia",
        "Spain",
        "Sudan",
        "Sweden",
        "Switzerland",
        "Syria",
        "Taiwan",
        "Tanzania",
        "Thailand",
        "Tunisia",
        "Turkey",
        "Uganda",
        "Ukraine",
        "Uruguay",
        "Venezuela",
        "Vietnam",
        "Wales",
        "Yemen",
        "Zambia",
        "Zimbabwe",
        "USA",
        "UK",
        "US",
        "U.S.",
        "España",
        "Deutschland",
        "Italia",
        "Polska",
        "Brasil",
        "México",
        "Nederland",
        "Österreich",
        "Schweiz",
        "Perú",
    ]
) + (
    "United States",
    "United Kingdom",
    "New Zealand",
    "South Africa",
    "South Korea",
    "North Korea",
    "Saudi Arabia",
    "Sri Lanka",
    "Costa Rica",
    "Puerto Rico",
    "Czech Republic",
    "Dominican Republic",
    "El Salvador",
    "United Arab Emirates",
    "Hong Kong",
    "European Union",
    "Ivory Coast",
)

STATES = tuple(
    [
        "Alabama",
        "Alaska",
        "Arizona",
        "Arkansas",
        "California",
        "Colorado",
        "Connecticut",
        "Delaware",
        "Florida",
        "Georgia",
        "Hawaii",
        "Idaho",
        "Illinois",
        "Indiana",
        "Iowa",
        "Kansas",
        "Kentucky",
        "Louisiana",
        "Maine",
        "Maryland",
        "Massachusetts",
        "Michigan",
        "Minnesota",
        "Mississippi",
        "Missouri",
        "Montana",
        "Nebraska",
        "Nevada",
        "Ohio",
        "Oklahoma",
        "Oregon",
        "Pennsylvania",
        "Tennessee",
        "Texas",
        "Utah",
        "Vermont",
        "Virginia",
        "Washington",
        "Wisconsin",
        "Wyoming",
        "Bavaria",
        "Bayern",
        "Hessen",
        "Sachsen",
        "Kent",
        "Essex",
        "Surrey",
        "Devon",
        "Cornwall",
        "Yorkshire",
        "Lancashire",
        "Ontario",
        "Quebec",
        "Alberta",
        "Manitoba",
        "Queensland",
        "Victoria",
        "Tasmania",
        "Punjab",
        "Kerala",
        "Gujarat",
        "Maharashtra",
        "Catalonia",
        "Andalusia",
        "Galicia",
        "Cataluña",
        "Andalucía",
        "Toscana",
        "Lombardia",
        "Provence",
        "Bretagne",
        "Normandie",
        "Silesia",
    ]
) + (
    "New York",
    "New Jersey",
    "New Mexico",
    "North Carolina",
    "South Dakota",
    "Rhode Island",
    "West Virginia",
    "British Columbia",
    "New South Wales",
    "Tamil Nadu",
    "Nova Scotia",
    "Castilla y León",
    "Comunidad de Madrid",
    "Nordrhein-Westfalen",
    "Baden-Württemberg",
)

BIG = tuple(
    [
        "London",
        "Paris",
        "Berlin",
        "Madrid",
        "Rome",
        "Vienna",
        "Amsterdam",
        "Brussels",
        "Lisbon",
        "Warsaw",
        "Prague",
        "Budapest",
        "Dublin",
        "Copenhagen",
        "Stockholm",
        "Oslo",
        "Helsinki",
        "Athens",
        "Istanbul",
        "Moscow",
        "Kyiv",
        "Zurich",
        "Geneva",
        "Munich",
        "Hamburg",
        "Frankfurt",
        "Cologne",
        "Milan",
        "Naples",
        "Turin",
        "Barcelona",
        "Valencia",
        "Seville",
        "Porto",
        "Lyon",
        "Marseille",
        "Toulouse",
        "Manchester",
        "Birmingham",
        "Liverpool",
        "Leeds",
        "Glasgow",
        "Edinburgh",
        "Bristol",
        "Cardiff",
        "Belfast",
        "Boston",
        "Chicago",
        "Houston",
        "Dallas",
        "Austin",
        "Seattle",
        "Denver",
        "Miami",
        "Atlanta",
        "Phoenix",
        "Detroit",
        "Philadelphia",
        "Portland",
        "Cleveland",
        "Pittsburgh",
        "Baltimore",
        "Minneapolis",
        "Sacramento",
        "Orlando",
        "Tampa",
        "Charlotte",
        "Nashville",
        "Memphis",
        "Toronto",
        "Montreal",
        "Vancouver",
        "Calgary",
        "Ottawa",
        "Sydney",
        "Melbourne",
        "Brisbane",
        "Perth",
        "Adelaide",
        "Auckland",
        "Wellington",
        "Tokyo",
        "Osaka",
        "Kyoto",
        "Beijing",
        "Shanghai",
        "Shenzhen",
        "Guangzhou",
        "Seoul",
        "Busan",
        "Taipei",
        "Singapore",
        "Bangkok",
        "Jakarta",
        "Manila",
        "Hanoi",
        "Mumbai",
        "Delhi",
        "Bangalore",
        "Bengaluru",
        "Chennai",
        "Kolkata",
        "Hyderabad",
        "Pune",
        "Karachi",
        "Lahore",
        "Dhaka",
        "Dubai",
        "Doha",
        "Riyadh",
        "Tehran",
        "Baghdad",
        "Cairo",
        "Lagos",
        "Nairobi",
        "Accra",
        "Johannesburg",
        "Casablanca",
        "Algiers",
        "Tunis",
        "Mexico",
        "Bogotá",
        "Lima",
        "Santiago",
        "Caracas",
        "Quito",
        "Havana",
        "Kraków",
        "Gdańsk",
        "Wrocław",
        "Poznań",
        "Rotterdam",
        "Utrecht",
        "Antwerp",
        "Ghent",
        "Basel",
        "Graz",
        "Salzburg",
        "Stuttgart",
        "Leipzig",
        "Dresden",
        "Nuremberg",
        "Bremen",
        "Hannover",
        "Düsseldorf",
        "Bologna",
        "Florence",
        "Venice",
        "Palermo",
        "Bilbao",
        "Zaragoza",
        "Málaga",
        "Granada",
        "Europe",
        "Asia",
        "Africa",
        "NYC",
        "LA",
        "Brooklyn",
        "Manhattan",
        "Hollywood",
    ]
) + (
    "New York",
    "Los Angeles",
    "San Francisco",
    "San Diego",
    "San Antonio",
    "Las Vegas",
    "Salt Lake City",
    "New Orleans",
    "Kansas City",
    "Hong Kong",
    "Tel Aviv",
    "Cape Town",
    "Buenos Aires",
    "São Paulo",
    "Rio de Janeiro",
    "The Hague",
    "Kuala Lumpur",
    "Addis Ababa",
    "Abu Dhabi",
    "Bay Area",
    "Middle East",
    "Latin America",
    "Silicon Valley",
    "North America",
)

_EN_STREET = [
    "Street",
    "Road",
    "Avenue",
    "Lane",
    "Drive",
    "Court",
    "Close",
    "Way",
    "Boulevard",
    "Place",
    "Terrace",
    "Crescent",
    "Gardens",
    "Grove",
    "Hill",
    "Square",
    "Row",
    "Mews",
    "Parkway",
    "Circle",
    "Trail",
    "St",
    "Rd",
    "Ave",
    "Ln",
    "Dr",
    "Blvd",
    "St.",
    "Rd.",
    "Ave.",
    "Ct",
    "Pl",
    "Hwy",
    "Highway",
    "Walk",
    "Rise",
    "View",
    "Park",
    "Green",
    "Parade",
    "Alley",
    "Loop",
    "Pike",
]
_EN_NAMES = [
    "Main",
    "High",
    "Church",
    "Station",
    "Victoria",
    "Park",
    "Mill",
    "London",
    "King",
    "Queen",
    "Albert",
    "York",
    "Oak",
    "Maple",
    "Cedar",
    "Elm",
    "Pine",
    "Washington",
    "Lincoln",
    "Jefferson",
    "Madison",
    "Jackson",
    "Franklin",
    "Lake",
    "Hill",
    "River",
    "Spring",
    "Sunset",
    "Highland",
    "Ridge",
    "Forest",
    "Meadow",
    "Willow",
    "Chestnut",
    "Walnut",
    "Birch",
    "Ash",
    "Orchard",
    "Garden",
    "Bridge",
    "Market",
    "School",
    "College",
    "North",
    "South",
    "East",
    "West",
    "Broad",
    "Center",
    "Union",
    "Canal",
    "Castle",
    "Manor",
    "Grange",
    "Abbey",
    "Chapel",
    "Windsor",
    "Clarence",
    "Grosvenor",
    "Bedford",
    "Prince",
    "Wellington",
    "Nelson",
    "Cambridge",
    "Oxford",
    "Stanley",
    "Cherry",
    "Magnolia",
    "Dogwood",
    "Hickory",
    "Juniper",
    "Valley",
    "Mountain",
    "Prospect",
    "Pleasant",
    "Fairview",
    "Lakeview",
    "Riverside",
    "Hillcrest",
    "Woodland",
    "Brook",
    "Stone",
    "Fox",
    "Deer",
    "Eagle",
    "Hawthorn",
    "Ivy",
    "Laurel",
    "Rose",
    "Primrose",
    "Sycamore",
    "Poplar",
    "Beech",
    "Linden",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "1st",
    "2nd",
    "3rd",
    "4th",
    "5th",
    "7th",
    "12th",
    "23rd",
    "42nd",
    "86th",
]


@cache
def _generator(locale: str) -> Faker:
    return Faker(locale)


def faker(locale: str, rng: random.Random) -> Faker:
    """Return the shared generator of a locale, drawing from `rng`."""
    generator = _generator(locale)
    generator.random = rng
    return generator


@cache
def towns() -> tuple[str, ...]:
    """Return town names, cleaned of region codes."""
    names: set[str] = set()
    for entry in GEOCODE_DATA.values():
        for language in ("en", "de", "fr", "es", "pt"):
            for raw in re.split(r"[/(;]|, | - ", entry.get(language, "")):
                name = raw.strip(" )")
                if (
                    re.fullmatch(r"[^\W\d_][\w'’. -]{2,24}", name)
                    and name[0].isupper()
                    and name.isprintable()
                    and not name.isupper()
                ):
                    names.add(name)
    return tuple(sorted(name for name in names if sum(ord(c) > 0x24F for c in name) == 0))


@cache
def _town_pool(*, dev: bool | None) -> tuple[str, ...]:
    return tuple(name for name in towns() if held_out(name) is dev) or towns()


def city(rng: random.Random, *, dev: bool | None = False) -> str:
    """Return a town or city."""
    chance = rng.random()
    if chance < 0.35:
        return rng.choice(BIG)
    if chance < 0.45:
        return rng.choice(STATES)
    return rng.choice(_town_pool(dev=dev))


def country(rng: random.Random) -> str:
    """Return a country."""
    return rng.choice(COUNTRIES)


def postcode(rng: random.Random) -> str:
    """Return a postal code of some country."""
    return faker(rng.choice(LOCALES), rng).postcode()


def _street_name(rng: random.Random, *, dev: bool | None) -> str:
    chance = rng.random()
    if chance < 0.55:
        return rng.choice(_EN_NAMES)
    if chance < 0.75:
        return person(rng, dev=dev).last
    if chance < 0.9:
        return city(rng, dev=dev)
    return person(rng, dev=dev).full


def street(rng: random.Random, *, dev: bool | None = False, language: str = "") -> str:
    """Return a street address without the town."""
    kind = (
        language
        or rng.choices(["en", "de", "fr", "es", "it", "nl", "pt", "pl", "faker"], [50, 9, 7, 9, 6, 5, 5, 5, 14])[0]
    )
    number = (
        str(rng.choice([rng.randint(1, 99), rng.randint(1, 999), rng.randint(100, 19999)]))
        if kind == "en"
        else str(rng.randint(1, 240))
    )
    name = _street_name(rng, dev=dev)
    who = person(rng, dev=dev)
    if kind == "faker":
        return faker(rng.choice(LOCALES), rng).street_address().replace("\n", rng.choice([", ", " "])).strip(" ,")
    if kind == "en":
        if rng.random() < 0.1:
            number += rng.choice("ABCDab")
        line = f"{number} {rng.choice(['', '', '', '', 'N ', 'S ', 'West ', 'E. ', 'Old ', 'North '])}{name} {rng.choice(_EN_STREET)}"
        extra = rng.random()
        if extra < 0.18:
            line += (
                rng.choice([", ", " "])
                + rng.choice(["Apt", "Apt.", "Suite", "Unit", "#", "Flat", "Ste", "Apartment", "Floor"])
                + " "
                + rng.choice([str(rng.randint(1, 999)), f"{rng.randint(1, 40)}{rng.choice('ABCD')}"])
            )
        elif extra < 0.25:
            line = (
                rng.choice(["Flat ", "Apt ", "Unit ", "Apartment ", "Suite "])
                + f"{rng.randint(1, 60)}{rng.choice(['', '', 'A', 'B'])}, {line}"
            )
        elif extra < 0.28:
            line = f"P.O. Box {rng.randint(10, 9999)}"
        elif extra < 0.33:
            line = f"{rng.choice(['Rose', 'Ivy', 'Oak', 'Mill', 'Church'])} {rng.choice(['Cottage', 'House', 'Court', 'Lodge'])}, {line}"
        return line
    form = {
        "de": lambda: rng.choice(
            [
                f"{rng.choice(['Haupt', 'Bahnhof', 'Garten', 'Schul', 'Linden', 'Berg', 'Dorf', 'Goethe', 'Schiller', 'Wald', 'Ring', 'Mühlen', 'Kirch', who.last.split()[-1]])}"
                f"{rng.choice(['straße', 'strasse', 'str.', 'weg', 'gasse', 'allee', 'platz', 'ring'])} {number}{rng.choice(['', '', 'a', 'b'])}",
                f"{rng.choice(['Am', 'An der', 'Auf dem', 'Im', 'Zum'])} {rng.choice(['Markt', 'Anger', 'Sonnenhang', 'Bach', 'Kirchberg', 'Rosengarten', 'Alten Hof'])} {number}",
                f"{who.first.replace(' ', '-')}-{who.last.replace(' ', '-')}-{rng.choice(['Straße', 'Weg', 'Allee', 'Platz'])} {number}",
            ]
        ),
        "fr": lambda: (
            f"{number}{rng.choice(['', ' bis', ' ter', ','])} {rng.choice(['rue', 'avenue', 'boulevard', 'place', 'chemin', 'impasse', 'allée', 'quai', 'route'])} "
            f"{rng.choice(['de la République', 'Victor Hugo', 'du Moulin', 'des Lilas', 'de la Gare', 'Jean Jaurès', 'de l’Église', 'du Général Leclerc', 'des Écoles', who.full, who.last, 'de ' + city(rng, dev=dev)])}"
        ),
        "es": lambda: (
            f"{rng.choice(['Calle', 'calle', 'C/', 'c/', 'Avenida', 'Avda.', 'Av.', 'Plaza', 'Paseo', 'Pº', 'Camino', 'Ronda', 'Travesía', 'Carretera'])} "
            f"{rng.choice(['', '', 'de ', 'del ', 'de la ', 'de los '])}{rng.choice(['Mayor', 'Real', 'Alcalá', 'Constitución', 'Sol', 'San Juan', 'Santa María', 'Olivos', 'Molino', 'Abedul', who.full, who.last, city(rng, dev=dev)])}"
            f"{rng.choice([' ', ', ', ' nº ', ', nº '])}{number}{rng.choice(['', '', '', ', 2º dcha', ', 3º B', ' 1º izq', ', portal 2, 4ºA', ', bajo C', '-5'])}"
        ),
        "it": lambda: (
            f"{rng.choice(['Via', 'via', 'Viale', 'Piazza', 'Corso', 'Largo', 'Vicolo', 'Strada'])} "
            f"{rng.choice(['Roma', 'Garibaldi', 'Mazzini', 'Dante Alighieri', 'Verdi', 'Cavour', 'dei Mille', 'della Libertà', 'San Marco', who.full, who.last])}{rng.choice([' ', ', ', ' n. '])}{number}{rng.choice(['', '', '/A', ' bis'])}"
        ),
        "nl": lambda: (
            f"{rng.choice(['Dorp', 'Kerk', 'Molen', 'Stations', 'School', 'Prins Hendrik', 'Wilhelmina', 'Beatrix', 'Linden', 'Eiken', who.last.split()[-1].capitalize()])}"
            f"{rng.choice(['straat', 'weg', 'laan', 'plein', 'gracht', 'kade', 'dijk', 'hof', 'singel'])} {number}{rng.choice(['', '', '-a', 'B', ' II'])}"
        ),
        "pt": lambda: (
            f"{rng.choice(['Rua', 'rua', 'R.', 'Avenida', 'Av.', 'Travessa', 'Praça', 'Largo', 'Alameda', 'Estrada'])} "
            f"{rng.choice(['', 'da ', 'do ', 'de ', 'dos ', 'das '])}{rng.choice(['Liberdade', 'Flores', 'Augusta', 'Comércio', 'São João', 'Sete de Setembro', 'Paulista', 'Alegria', who.full, who.last])}"
            f"{rng.choice([', ', ' ', ', nº '])}{number}{rng.choice(['', '', ', apto 42', ', 3º Esq.', ' - ap 101', ', bloco B'])}"
        ),
        "pl": lambda: (
            f"{rng.choice(['ul.', 'ul.', 'al.', 'pl.', 'os.', 'ulica'])} {rng.choice(['Kwiatowa', 'Polna', 'Leśna', 'Słoneczna', 'Krótka', 'Szkolna', 'Ogrodowa', 'Mickiewicza', 'Kościuszki', 'Piłsudskiego', '3 Maja', who.last])} "
            f"{number}{rng.choice(['', '', f'/{rng.randint(1, 90)}', f' m. {rng.randint(1, 90)}', 'A'])}"
        ),
    }
    return form[kind]()


_SUFFIX = (
    "Inc",
    "Inc.",
    "Ltd",
    "Ltd.",
    "LLC",
    "Corp",
    "Corp.",
    "GmbH",
    "AG",
    "S.A.",
    "SA",
    "S.L.",
    "SARL",
    "SAS",
    "B.V.",
    "BV",
    "S.p.A.",
    "S.r.l.",
    "Sp. z o.o.",
    "Lda",
    "plc",
    "& Co",
    "& Sons",
    "Group",
    "Holdings",
    "Partners",
    "Industries",
    "Solutions",
    "Technologies",
    "Systems",
    "Logistics",
    "Capital",
    "Consulting",
    "Labs",
    "Bank",
    "Insurance",
    "Pharma",
    "Foods",
    "Energy",
    "Media",
)
_STEM = [
    "Northwind",
    "Contoso",
    "Globex",
    "Initech",
    "Acme",
    "Umbra",
    "Vertex",
    "Apex",
    "Summit",
    "Blue",
    "Silver",
    "Golden",
    "Bright",
    "Clear",
    "Prime",
    "Alpha",
    "Omega",
    "Delta",
    "Nova",
    "Stellar",
    "Quantum",
    "Fusion",
    "Horizon",
    "Pioneer",
    "Evergreen",
    "Redwood",
    "Ironwood",
    "Lakeside",
    "Harbor",
    "Coastal",
    "Metro",
    "Inter",
    "Trans",
    "Omni",
    "Uni",
    "Poly",
    "Micro",
    "Macro",
    "Nano",
    "Cyber",
    "Data",
    "Cloud",
    "Green",
    "Terra",
    "Aqua",
]
_PUBLIC_ORG = [
    "Google",
    "Microsoft",
    "Apple",
    "Amazon",
    "Facebook",
    "Twitter",
    "Netflix",
    "IBM",
    "Oracle",
    "Intel",
    "Nvidia",
    "Tesla",
    "Toyota",
    "Honda",
    "Sony",
    "Samsung",
    "Nokia",
    "Siemens",
    "BMW",
    "Volkswagen",
    "Bosch",
    "Walmart",
    "Starbucks",
    "McDonalds",
    "Disney",
    "CNN",
    "BBC",
    "NASA",
    "FBI",
    "CIA",
    "NATO",
    "UN",
    "UNESCO",
    "WHO",
    "Reuters",
    "Spotify",
    "Uber",
    "Airbnb",
    "YouTube",
    "Instagram",
    "LinkedIn",
    "Reddit",
    "GitHub",
    "OpenAI",
    "Visa",
    "Mastercard",
    "PayPal",
    "Barclays",
    "HSBC",
    "Santander",
    "Nestlé",
    "Unilever",
    "Pfizer",
    "Novartis",
    "Bayer",
    "Ikea",
    "Adidas",
    "Nike",
    "Boeing",
    "Airbus",
    "Arsenal",
    "Chelsea",
    "Barcelona",
    "Juventus",
    "Lakers",
    "Yankees",
    "Congress",
    "Parliament",
    "Senate",
]
_HOSPITAL_EN = (
    "General Hospital",
    "Medical Center",
    "Memorial Hospital",
    "Clinic",
    "Community Hospital",
    "Health Center",
    "Children's Hospital",
    "Infirmary",
    "Regional Medical Center",
    "University Hospital",
    "Nursing Home",
    "Surgery",
    "Rehabilitation Center",
    "Hospice",
)
_SAINTS = (
    "St. Mary's",
    "St Mary's",
    "Saint Joseph",
    "St. Luke's",
    "Mercy",
    "Holy Cross",
    "Good Samaritan",
    "Mount Sinai",
    "Bethesda",
    "Providence",
    "Sacred Heart",
)


def company(rng: random.Random, *, dev: bool | None = False) -> str:
    """Return an organisation: firm, hospital, school, authority, well-known or not."""
    chance = rng.random()
    last = person(rng, dev=dev).last.split()[-1]
    if chance < 0.2:
        return rng.choice(_PUBLIC_ORG)
    if chance < 0.4:
        return f"{rng.choice([last, rng.choice(_STEM), rng.choice(_STEM) + rng.choice(['tech', 'soft', 'works', 'net', 'corp', 'Systems'])])} {rng.choice(_SUFFIX)}"
    if chance < 0.5:
        return f"{last}{rng.choice([' & ', ' and ', '-'])}{person(rng, dev=dev).last.split()[-1]}"
    if chance < 0.6:
        return f"{rng.choice([city(rng, dev=dev), last])} {rng.choice(['University', 'College', 'High School', 'Elementary School', 'City Council', 'Police Department', 'Institute', 'Academy', 'Library', 'FC', 'United'])}"
    if chance < 0.72:
        return hospital(rng, dev=dev)
    if chance < 0.78:
        return f"{rng.choice(['University of', 'Bank of', 'Ministry of', 'Department of', 'Institute of', 'Church of', 'City of'])} {rng.choice([city(rng, dev=dev), 'Health', 'Justice', 'Education', 'Finance', 'Technology'])}"
    return faker(rng.choice(LOCALES), rng).company()


def hospital(rng: random.Random, *, dev: bool | None = False, language: str = "") -> str:
    """Return a hospital or practice."""
    kind = language or rng.choice(["en", "en", "en", "es", "de", "fr", "it", "pt", "nl"])
    town, who = city(rng, dev=dev), person(rng, dev=dev)
    forms = {
        "en": [
            f"{rng.choice([town, town, who.last, rng.choice(_SAINTS), rng.choice(_SAINTS)])} {rng.choice(_HOSPITAL_EN)}"
        ],
        "es": [
            f"Hospital {rng.choice(['Universitario ', 'General ', 'Clínico ', ''])}{rng.choice(['de ' + town, 'Virgen del Rocío', 'La Paz', '12 de Octubre', 'San Juan de Dios', 'Santa Creu', 'Doctor ' + who.last])}",
            f"Centro de Salud {rng.choice([town, who.last, 'La Rosaleda'])}",
            f"Clínica {rng.choice([who.last, town, 'Santa Elena'])}",
        ],
        "de": [
            f"{rng.choice(['Klinikum', 'Universitätsklinikum', 'Krankenhaus', 'Charité', 'Praxis Dr.', 'St.-Josef-Krankenhaus'])} {rng.choice([town, who.last])}"
        ],
        "fr": [
            f"{rng.choice(['CHU de', 'Hôpital', 'Clinique', 'Centre hospitalier de', 'Hôpital Saint-Louis de'])} {rng.choice([town, town, who.last])}"
        ],
        "it": [f"{rng.choice(['Ospedale', 'Policlinico', 'Clinica', 'ASL', 'Ospedale San Raffaele di'])} {town}"],
        "pt": [
            f"{rng.choice(['Hospital de', 'Hospital', 'Centro Hospitalar de', 'Clínica', 'UPA'])} {rng.choice([town, 'Santa Maria', 'São José'])}"
        ],
        "nl": [f"{rng.choice(['Ziekenhuis', 'UMC', 'Medisch Centrum', 'Huisartsenpraktijk'])} {town}"],
        "pl": [f"{rng.choice(['Szpital Miejski w', 'Szpital Wojewódzki', 'Przychodnia', 'Klinika'])} {town}"],
    }
    return rng.choice(forms[kind])


def job(rng: random.Random) -> str:
    """Return a job title in English or another language."""
    if rng.random() < 0.75:
        return rng.choice(JOBS)
    title = faker(rng.choice(("en_US", "fr_FR", "de_DE", "es_ES", "pl_PL", "nl_NL")), rng).job()
    return (
        title.split(",")[0].split("(")[0].split("/")[0].strip().lower()
        if rng.random() < 0.5
        else title.split(",")[0].split("(")[0].split("/")[0].strip()
    )


JOBS = [
    "software engineer",
    "nurse",
    "teacher",
    "accountant",
    "Senior Product Manager",
    "CEO",
    "CFO",
    "CTO",
    "Head of Sales",
    "Vice President",
    "VP of Engineering",
    "HR manager",
    "project manager",
    "sales representative",
    "electrician",
    "plumber",
    "carpenter",
    "bus driver",
    "truck driver",
    "farmer",
    "lawyer",
    "attorney",
    "paralegal",
    "judge",
    "police officer",
    "firefighter",
    "soldier",
    "receptionist",
    "secretary",
    "data analyst",
    "data scientist",
    "Marketing Director",
    "Chief Operating Officer",
    "Chief of Staff",
    "consultant",
    "architect",
    "civil engineer",
    "mechanical engineer",
    "pharmacist",
    "dentist",
    "surgeon",
    "cardiologist",
    "physiotherapist",
    "psychologist",
    "social worker",
    "midwife",
    "paramedic",
    "radiologist",
    "librarian",
    "professor",
    "lecturer",
    "research assistant",
    "PhD student",
    "waiter",
    "chef",
    "baker",
    "butcher",
    "hairdresser",
    "cleaner",
    "security guard",
    "cashier",
    "shop assistant",
    "warehouse worker",
    "welder",
    "miner",
    "pilot",
    "flight attendant",
    "journalist",
    "photographer",
    "graphic designer",
    "web developer",
    "DevOps engineer",
    "QA tester",
    "System Administrator",
    "Executive Assistant",
    "Managing Director",
    "Regional Manager",
    "Team Lead",
    "Scrum Master",
    "Compliance Officer",
    "Data Protection Officer",
    "General Counsel",
    "Account Executive",
    "Financial Analyst",
    "Loan Officer",
    "Claims Adjuster",
    "Real Estate Agent",
    "Store Manager",
    "Operations Manager",
    "Geschäftsführer",
    "Buchhalterin",
    "Lehrerin",
    "Krankenschwester",
    "Ingenieur",
    "directrice commerciale",
    "infirmière",
    "comptable",
    "ingénieur",
    "enfermera",
    "médico",
    "abogado",
    "contable",
    "maestra",
    "albañil",
    "infermiera",
    "ingegnere",
    "avvocato",
    "verpleegkundige",
    "leraar",
    "enfermeiro",
    "advogada",
    "nauczycielka",
    "kierowca",
    "lekarz",
]

STREET_WORDS = (
    *_EN_STREET,
    *[
        "calle",
        "avenida",
        "avda",
        "plaza",
        "paseo",
        "camino",
        "carretera",
        "rue",
        "boulevard",
        "chemin",
        "impasse",
        "allée",
        "quai",
        "via",
        "viale",
        "piazza",
        "corso",
        "largo",
        "rua",
        "travessa",
        "praça",
        "alameda",
        "ulica",
        "aleja",
        "straße",
        "strasse",
        "weg",
        "gasse",
        "platz",
        "allee",
        "laan",
        "straat",
        "gracht",
        "apt",
        "suite",
        "flat",
        "unit",
        "floor",
        "apartment",
        "c/",
        "nº",
    ],
)
COMPANY_WORDS = (
    *_SUFFIX,
    *_STEM,
    *_PUBLIC_ORG,
    *_HOSPITAL_EN,
    *[
        "university",
        "college",
        "school",
        "institute",
        "ministry",
        "department",
        "council",
        "hospital",
        "klinikum",
        "clinic",
        "clínica",
    ],
)

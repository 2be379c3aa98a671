"""Names by which people call their time zone: cities that are no zone of their own, countries, abbreviations.

Cities that name a zone ("Madrid") are not listed here; they come from the zone database.
"""

#: zone: cities, states and countries with one zone
PLACES = {
    "Africa/Cairo": "egypt",
    "Africa/Casablanca": "morocco, rabat, marrakech",
    "Africa/Johannesburg": "south africa, cape town, durban, pretoria",
    "Africa/Lagos": "nigeria, abuja",
    "Africa/Nairobi": "kenya",
    "Africa/Accra": "ghana",
    "Africa/Addis_Ababa": "ethiopia",
    "Africa/Tunis": "tunisia",
    "America/Argentina/Buenos_Aires": "argentina, buenos aires, cordoba, rosario",
    "America/Bogota": "colombia, medellin, cali",
    "America/Chicago": (
        "central time, central, houston, dallas, austin, san antonio, minneapolis, st louis, saint louis, kansas city,"
        " new orleans, nashville, memphis, milwaukee, texas, illinois, minnesota, oklahoma, wisconsin, iowa"
    ),
    "America/Denver": "mountain time, mountain, salt lake city, colorado, utah, albuquerque, new mexico, montana",
    "America/Phoenix": "arizona, tucson",
    "America/Los_Angeles": (
        "pacific time, pacific, san francisco, sf, la, san diego, san jose, seattle, portland, las vegas, sacramento,"
        " oakland, california, oregon, nevada, washington state, silicon valley, bay area"
    ),
    "America/New_York": (
        "eastern time, eastern, east coast, new york city, nyc, ny, boston, washington, washington dc, dc, miami,"
        " atlanta, philadelphia, orlando, charlotte, cleveland, columbus, pittsburgh, baltimore, florida, georgia usa,"
        " massachusetts, new jersey, virginia, pennsylvania, ohio, north carolina"
    ),
    "America/Lima": "peru",
    "America/Santiago": "chile",
    "America/Mexico_City": "cdmx, guadalajara",
    "America/Montevideo": "uruguay",
    "America/Panama": "panama",
    "America/Puerto_Rico": "san juan",
    "America/Sao_Paulo": "rio de janeiro, rio, brasilia, sao paulo, belo horizonte",
    "America/Toronto": "montreal, ottawa, quebec, ontario, quebec city",
    "America/Vancouver": "british columbia",
    "America/Edmonton": "calgary, alberta",
    "America/Halifax": "nova scotia, atlantic time",
    "America/Anchorage": "alaska",
    "Pacific/Honolulu": "hawaii",
    "Asia/Bangkok": "thailand, phuket",
    "Asia/Dhaka": "bangladesh",
    "Asia/Dubai": "uae, united arab emirates, abu dhabi, emirates",
    "Asia/Ho_Chi_Minh": "vietnam, hanoi, saigon",
    "Asia/Hong_Kong": "hong kong",
    "Asia/Jakarta": "java, west indonesia",
    "Asia/Jerusalem": "israel, tel aviv, haifa",
    "Asia/Karachi": "pakistan, lahore, islamabad",
    "Asia/Kathmandu": "nepal",
    "Asia/Kolkata": (
        "india, mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, hyderabad, pune, calcutta, ahmedabad"
    ),
    "Asia/Kuala_Lumpur": "malaysia",
    "Asia/Colombo": "sri lanka",
    "Asia/Manila": "philippines, cebu",
    "Asia/Qatar": "doha",
    "Asia/Riyadh": "saudi arabia, jeddah",
    "Asia/Seoul": "korea, south korea, busan",
    "Asia/Shanghai": "china, beijing, shenzhen, guangzhou, china time",
    "Asia/Taipei": "taiwan",
    "Asia/Tehran": "iran",
    "Asia/Tokyo": "japan, osaka, kyoto, japan time",
    "Atlantic/Reykjavik": "iceland",
    "Australia/Sydney": "canberra, new south wales",
    "Australia/Melbourne": "victoria australia",
    "Australia/Brisbane": "queensland, gold coast",
    "Australia/Perth": "western australia",
    "Europe/Amsterdam": "netherlands, the netherlands, holland, rotterdam, the hague, utrecht, eindhoven",
    "Europe/Athens": "greece, thessaloniki",
    "Europe/Belgrade": "serbia",
    "Europe/Berlin": (
        "germany, munich, muenchen, hamburg, frankfurt, cologne, koln, stuttgart, dusseldorf, duesseldorf, leipzig,"
        " dresden, hanover, hannover, nuremberg, bremen"
    ),
    "Europe/Bratislava": "slovakia",
    "Europe/Brussels": "belgium, antwerp, ghent",
    "Europe/Bucharest": "romania, cluj",
    "Europe/Budapest": "hungary",
    "Europe/Chisinau": "moldova",
    "Europe/Copenhagen": "denmark, aarhus",
    "Europe/Dublin": "ireland, cork, galway",
    "Europe/Helsinki": "finland, espoo, tampere",
    "Europe/Istanbul": "turkey, turkiye, ankara, izmir",
    "Europe/Kyiv": "ukraine, kiev, kyiv, lviv, odesa",
    "Europe/Lisbon": "portugal, porto",
    "Europe/Ljubljana": "slovenia",
    "Europe/London": (
        "uk, united kingdom, england, scotland, wales, great britain, britain, manchester, birmingham, edinburgh,"
        " glasgow, leeds, liverpool, bristol, cambridge, oxford, cardiff, belfast, uk time, northern ireland"
    ),
    "Europe/Luxembourg": "luxembourg",
    "Europe/Madrid": "spain, barcelona, valencia, sevilla, seville, bilbao, malaga, zaragoza",
    "Europe/Oslo": "norway, bergen",
    "Europe/Paris": "france, lyon, marseille, toulouse, nice, bordeaux, lille, nantes, strasbourg",
    "Europe/Prague": "czech republic, czechia, brno",
    "Europe/Riga": "latvia",
    "Europe/Rome": "italy, milan, naples, turin, florence, venice, bologna, milano, roma",
    "Europe/Sofia": "bulgaria",
    "Europe/Stockholm": "sweden, gothenburg, malmo",
    "Europe/Tallinn": "estonia",
    "Europe/Vienna": "austria, wien, graz, salzburg, linz",
    "Europe/Vilnius": "lithuania",
    "Europe/Warsaw": "poland, krakow, cracow, wroclaw, gdansk, poznan",
    "Europe/Zagreb": "croatia",
    "Europe/Zurich": "switzerland, geneva, basel, bern, lausanne, zuerich",
    "Europe/Moscow": "moscow time, saint petersburg, st petersburg",
    "Asia/Tbilisi": "georgia",
    "Asia/Yerevan": "armenia",
    "Pacific/Auckland": "new zealand, nz, wellington, christchurch",
}

ABBREVIATIONS = {
    "utc": "UTC", "gmt": "UTC", "zulu": "UTC", "wet": "Europe/Lisbon", "west": "Europe/Lisbon",
    "bst": "Europe/London", "cet": "Europe/Paris", "cest": "Europe/Paris", "mez": "Europe/Berlin",
    "eet": "Europe/Athens", "eest": "Europe/Athens", "msk": "Europe/Moscow", "trt": "Europe/Istanbul",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York",
    "cst": "America/Chicago", "cdt": "America/Chicago", "ct": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "mt": "America/Denver",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
    "akst": "America/Anchorage", "hst": "Pacific/Honolulu", "brt": "America/Sao_Paulo",
    "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "pkt": "Asia/Karachi",
    "gst": "Asia/Dubai", "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "awst": "Australia/Perth",
    "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland", "sast": "Africa/Johannesburg",
}  # fmt: skip

#: Words and countries that may be several zones: the client is asked which.
SEVERAL = {
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "usa": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "us": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "america": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "united states": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "canada": ("America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver"),
    "australia": ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"),
    "brazil": ("America/Sao_Paulo", "America/Manaus", "America/Fortaleza"),
    "mexico": ("America/Mexico_City", "America/Cancun", "America/Tijuana"),
    "russia": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"),
    "indonesia": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    "europe": ("Europe/London", "Europe/Paris", "Europe/Athens"),
}

#: Abbreviations that are words as well: zones only behind a time ("3pm ET") or where a zone is expected.
ALSO_WORDS = frozenset(
    {"et", "ct", "mt", "pt", "est", "west", "wet", "us", "la", "zulu", "nice", "central", "mountain"}
)

#: Offsets of a half or a quarter hour, in minutes, and a place that keeps them all year.
ODD_OFFSETS = {
    210: "Asia/Tehran", 270: "Asia/Kabul", 330: "Asia/Kolkata", 345: "Asia/Kathmandu", 390: "Asia/Yangon",
    570: "Australia/Darwin",
}  # fmt: skip

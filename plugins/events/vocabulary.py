"""The controlled vocabularies of a record: each value with the words that readers see.

Order matters: it is the order of filters, of the field reference and of the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType


def _words(**names: str) -> Mapping[str, str]:
    return MappingProxyType({key.replace("_", "-"): name for key, name in names.items()})


KIND = _words(
    conference="Conference",
    summit="Summit",
    symposium="Symposium",
    festival="Festival",
    expo="Expo",
    workshop="Workshop",
    training="Training",
    webcast="Webcast",
    webinar="Webinar",
    public_meeting="Public meeting",
    hearing="Hearing",
    listening_session="Listening session",
    industry_day="Industry day",
    hackathon="Hackathon",
    forum="Forum",
    community_call="Community call",
    job_fair="Job fair",
    award_ceremony="Award ceremony",
    open_house="Open house",
)

KIND_PLURAL = _words(
    conference="Conferences",
    summit="Summits",
    symposium="Symposia",
    festival="Festivals",
    expo="Expos",
    workshop="Workshops",
    training="Trainings",
    webcast="Webcasts",
    webinar="Webinars",
    public_meeting="Public meetings",
    hearing="Hearings",
    listening_session="Listening sessions",
    industry_day="Industry days",
    hackathon="Hackathons",
    forum="Forums",
    community_call="Community calls",
    job_fair="Job fairs",
    award_ceremony="Award ceremonies",
    open_house="Open houses",
)

FORMAT = _words(in_person="In person", online="Online", hybrid="In person and online", on_demand="On demand")

STATUS = _words(
    scheduled="Scheduled",
    tentative="Tentative",
    postponed="Postponed",
    rescheduled="Rescheduled",
    moved_online="Moved online",
    cancelled="Cancelled",
)

AUDIENCE = _words(
    federal="Federal employees",
    defense="Defense and military",
    state="State employees",
    local="Local government",
    tribal="Tribal governments",
    territorial="Territorial governments",
    education="Education",
    contractors="Contractors",
    small_business="Small businesses",
    public="The public",
    international="International",
)

ELIGIBILITY = _words(
    public="Open to everyone",
    registered="Open to everyone who registers",
    government_only="Government employees only",
    federal_only="Federal employees only",
    us_persons="U.S. persons only",
    cleared="Security clearance required",
    members="Members only",
    invitation="By invitation only",
)

PRICE_FOR = _words(
    public="General public",
    government="Government employees",
    federal="Federal employees",
    state_local="State and local government",
    military="Military",
    contractor="Contractors",
    nonprofit="Nonprofits",
    member="Members",
    student="Students",
    speaker="Speakers",
)

REGISTRATION = _words(
    open="Registration is open",
    waitlist="Waitlist only",
    sold_out="Sold out",
    closed="Registration is closed",
    walk_in="No registration needed",
)

# Upper case in records, as the professions write them, so `_words` does not fit.
CREDIT: Mapping[str, str] = MappingProxyType(
    {
        "CPE": "Continuing professional education",
        "CLP": "Continuous learning points",
        "CEU": "Continuing education units",
        "CLE": "Continuing legal education",
        "PDU": "Professional development units",
        "CME": "Continuing medical education",
    }
)

ACCESSIBILITY = _words(
    captions="Captions",
    cart="Live captions by a person (CART)",
    asl="American Sign Language",
    assistive_listening="Assistive listening",
    audio_description="Audio description",
    wheelchair="Wheelchair access",
    accessible_materials="Accessible materials",
    materials_in_advance="Materials in advance",
    quiet_room="Quiet room",
    remote_option="Remote option",
    recording_captioned="Recording with captions",
    transcript="Transcript",
)

RESOURCE = _words(
    slides="Slides",
    recording="Recording",
    transcript="Transcript",
    agenda="Agenda",
    summary="Summary",
    photos="Photos",
    other="More",
)

ORGANIZER = _words(
    federal="Federal agency",
    state="State agency",
    local="Local government",
    tribal="Tribal government",
    territorial="Territorial government",
    interagency="Interagency body",
    association="Association",
    academic="Academic institution",
    nonprofit="Nonprofit",
    company="Company",
    media="Media",
    international="International body",
)

# USPS Publication 28, appendix B: the states, the District of Columbia and the territories of the contract.
STATE: Mapping[str, str] = MappingProxyType(
    {
        "AL": "Alabama",
        "AK": "Alaska",
        "AZ": "Arizona",
        "AR": "Arkansas",
        "CA": "California",
        "CO": "Colorado",
        "CT": "Connecticut",
        "DE": "Delaware",
        "DC": "District of Columbia",
        "FL": "Florida",
        "GA": "Georgia",
        "HI": "Hawaii",
        "ID": "Idaho",
        "IL": "Illinois",
        "IN": "Indiana",
        "IA": "Iowa",
        "KS": "Kansas",
        "KY": "Kentucky",
        "LA": "Louisiana",
        "ME": "Maine",
        "MD": "Maryland",
        "MA": "Massachusetts",
        "MI": "Michigan",
        "MN": "Minnesota",
        "MS": "Mississippi",
        "MO": "Missouri",
        "MT": "Montana",
        "NE": "Nebraska",
        "NV": "Nevada",
        "NH": "New Hampshire",
        "NJ": "New Jersey",
        "NM": "New Mexico",
        "NY": "New York",
        "NC": "North Carolina",
        "ND": "North Dakota",
        "OH": "Ohio",
        "OK": "Oklahoma",
        "OR": "Oregon",
        "PA": "Pennsylvania",
        "RI": "Rhode Island",
        "SC": "South Carolina",
        "SD": "South Dakota",
        "TN": "Tennessee",
        "TX": "Texas",
        "UT": "Utah",
        "VT": "Vermont",
        "VA": "Virginia",
        "WA": "Washington",
        "WV": "West Virginia",
        "WI": "Wisconsin",
        "WY": "Wyoming",
        "AS": "American Samoa",
        "GU": "Guam",
        "MP": "Northern Mariana Islands",
        "PR": "Puerto Rico",
        "VI": "U.S. Virgin Islands",
    }
)


# What editors and other people's calendars say for a value of these vocabularies.
SPOKEN: Mapping[str, str] = MappingProxyType(
    {
        "virtual": "online",
        "remote": "online",
        "web": "online",
        "onsite": "in-person",
        "on-site": "in-person",
        "offline": "in-person",
        "mixed": "hybrid",
        "recorded": "on-demand",
        "recording": "on-demand",
        "confirmed": "scheduled",
        "planned": "scheduled",
        "delayed": "postponed",
        "called off": "cancelled",
        "class": "training",
        "course": "training",
        "seminar": "training",
        "meetup": "community-call",
        "exhibition": "expo",
        "video": "recording",
        "presentation": "slides",
        "full": "sold-out",
        "sold out": "sold-out",
        "subtitles": "captions",
        "captioning": "captions",
        "sign language": "asl",
        "feds": "federal",
        "federal employees": "federal",
        "federal government": "federal",
        "military": "defense",
        "everyone": "public",
    }
)


# What schema.org, RFC 5545, spreadsheets and people call these fields, wherever a record has one of that name.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "name heading headline event event_name subject",
        "kind": "type event_type",
        "format": "mode attendance_mode modality",
        "status": "event_status",
        "start": "date day begin begins starts start_date start_time startdate dtstart from time",
        "end": "ends end_date end_time enddate dtend finish to",
        "timezone": "tz zone",
        "previous_start": "previous_date previous_start_date",
        "venue": "location place where building",
        "organizer": "host hosts hosted_by agency organization sponsor",
        "topics": "tags categories category keywords",
        "prices": "cost costs fee fees tickets admission offers",
        "registration": "register rsvp signup sign_up registration_url registration_link",
        "speakers": "presenters panelists instructors performers",
        "sessions": "agenda program schedule",
        "url": "link website web page homepage event_url href",
        "resources": "materials recording recordings slides",
        "language": "lang in_language",
        "summary": "abstract teaser tagline",
        "description": "details body text notes about content",
        "street": "address street_address",
        "city": "town locality",
        "state": "region province",
        "postal_code": "zip zip_code postcode zipcode",
        "amount": "price cost",
        "label": "name title",
        "name": "title label",
        "for": "type audience who",
        "date": "day deadline",
    }
)


@cache
def countries(language: str = "en") -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 codes with their names in a language, from the Unicode CLDR as Babel ships it."""
    # Imported here: Babel takes 30 ms to load, and most records are at home.
    from babel import Locale  # noqa: PLC0415

    names = Locale(language).territories
    # CLDR also names regions ("EU", "UN", "ZZ") and reserved codes, which no letter can be sent to.
    no_country = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
    found = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in no_country}  # noqa: PLR2004
    return MappingProxyType(dict(sorted(found.items())))


@cache
def currencies() -> Mapping[str, str]:
    """ISO 4217 codes with their English names, from the Unicode CLDR as Babel ships it."""
    from babel import Locale  # noqa: PLC0415

    return MappingProxyType(dict(sorted(Locale("en").currencies.items())))

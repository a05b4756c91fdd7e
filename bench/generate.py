"""Content folders of any size: records as editors write them, the same ones on every machine.

    python -m bench.generate 10000 FOLDER

Nothing is drawn at random: the n-th record of a folder is the same whatever its size, so that measurements compare.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

TODAY = date(2027, 3, 10)
# From six years back to one year ahead: as in any directory, most of it is past.
FIRST, DAYS = date(2021, 1, 4), 2616

TOPICS = (
    ("accessibility", "Accessibility", "Services that everyone can use, whatever their body or their device."),
    ("acquisition", "Acquisition", "How government buys, and how companies sell to it."),
    ("artificial-intelligence", "Artificial intelligence", "Machines that learn, and the rules they work under."),
    ("budget", "Budget and finance", "Planning money, spending it, accounting for it."),
    ("cloud", "Cloud", "Computing that somebody else keeps running."),
    ("customer-experience", "Customer experience", "Making public services easy to find, to use and to trust."),
    ("cybersecurity", "Cybersecurity", "Keeping systems and people safe from attack."),
    ("data", "Data", "Collecting, sharing and using data well."),
    ("emergency-management", "Emergency management", "Getting ready for the worst, and through it."),
    ("grants", "Grants", "Giving money for a purpose, and seeing what became of it."),
    ("health", "Health", "Public health, and the systems behind care."),
    ("human-resources", "Human resources", "Hiring, keeping and growing the people of the public service."),
    ("plain-language", "Plain language", "Writing that its readers understand the first time."),
    ("records", "Records management", "What must be kept, for how long, and who may see it."),
    ("social-media", "Social media", "Reaching, hearing and answering people on social networks."),
    ("transportation", "Transportation", "Roads, rails, ships, wings, and those who use them."),
)
ORGANIZERS = (
    ("gsa", "General Services Administration", "GSA", "federal"),
    ("opm", "Office of Personnel Management", "OPM", "federal"),
    ("nist", "National Institute of Standards and Technology", "NIST", "federal"),
    ("fema", "Federal Emergency Management Agency", "FEMA", "federal"),
    ("nara", "National Archives and Records Administration", "NARA", "federal"),
    ("va", "Department of Veterans Affairs", "VA", "federal"),
    ("dot", "Department of Transportation", "DOT", "federal"),
    ("cisa", "Cybersecurity and Infrastructure Security Agency", "CISA", "federal"),
    ("nascio", "National Association of State Chief Information Officers", "NASCIO", "association"),
    ("icma", "International City/County Management Association", "ICMA", "association"),
    ("naco", "National Association of Counties", "NACo", "association"),
    ("gwu", "The George Washington University", "GW", "academic"),
)
CITIES = (
    ("Washington", "DC", "20405", "America/New_York", "Ronald Reagan Building"),
    ("Austin", "TX", "78701", "America/Chicago", "Palmer Events Center"),
    ("Denver", "CO", "80202", "America/Denver", "Colorado Convention Center"),
    ("Sacramento", "CA", "95814", "America/Los_Angeles", "SAFE Credit Union Convention Center"),
    ("Anchorage", "AK", "99501", "America/Anchorage", "Dena’ina Center"),
    ("Honolulu", "HI", "96814", "Pacific/Honolulu", "Hawai‘i Convention Center"),
    ("Phoenix", "AZ", "85004", "America/Phoenix", "Phoenix Convention Center"),
    ("Indianapolis", "IN", "46225", "America/Indiana/Indianapolis", "Indiana Convention Center"),
    ("San Juan", "PR", "00907", "America/Puerto_Rico", "Puerto Rico Convention Center"),
    ("Nashville", "TN", "37214", "America/Chicago", "Gaylord Opryland"),
)
_KINDS = ("webinar", "training", "conference", "workshop", "summit", "public-meeting", "community-call", "forum")
_NOUNS = ("Forms", "Open data", "Shared services", "Web analytics", "Risk", "Digital identity", "Procurement", "Hiring",
          "Content design", "Field offices", "Call centers", "Legacy systems", "Mapping", "Dashboards", "Zero trust",
          "Public comments", "Translation", "Records", "Benefits", "Permits")  # fmt: skip
_TWISTS = ("for small teams", "from pilot to practice", "step by step", "in rural counties", "without new money",
           "after the first year", "for program managers", "with residents at the table", "under new rules",
           "across agencies", "in plain words", "at scale", "for newcomers")  # fmt: skip
_LEADS = ("What works in", "Lessons from", "A first look at", "Deep dive into", "Office hours on", "Measuring", "Buying",
          "Funding", "Explaining", "Rethinking", "Securing")  # fmt: skip
_PARAGRAPHS = (
    "Practitioners from agencies at three levels of government show what they tried and what they would do otherwise.",
    "Bring a case of your own: the second half is spent in small groups, each with a host who has done the work before.",
    "The session follows the guide at [{topic}](https://www.example.gov/guides/{topic}) and assumes no knowledge of it.",
    "- where to begin, and whom to ask\n- what the law asks for\n- **how to tell** whether it helps",
    "Slides and a recording with captions will be linked here within a week.",
)


def registry(name: str) -> str:
    """The YAML of content/topics.yaml, content/organizers.yaml or content/series.yaml."""
    if name == "topics":
        return "".join(f"{key}:\n  name: {title}\n  description: {text}\n" for key, title, text in TOPICS)
    if name == "organizers":
        return "".join(
            f"{key}:\n  name: {title}\n  acronym: {short}\n  type: {kind}\n" for key, title, short, kind in ORGANIZERS
        )
    return "".join(
        f"{key}-series:\n  name: {title} series\n  description: Meetings on {title.lower()}, several times a year.\n"
        for key, title, _ in TOPICS
    )


def record(number: int) -> tuple[str, str]:
    """The id and the YAML of the n-th record."""
    kind = _KINDS[number % 8]
    topic = TOPICS[number * 7 % 16]
    second = TOPICS[(number * 5 + 3) % 16]
    organizer = ORGANIZERS[number * 11 % 12]
    city, state, postal_code, zone, hall = CITIES[number * 3 % 10]
    noun, twist, lead = _NOUNS[number // 3 % 20], _TWISTS[number // 7 % 13], _LEADS[number // 2 % 11]
    title = f"{lead} {noun.lower()} {twist}"
    day = FIRST + timedelta(days=number * 1597 % DAYS)
    identity = f"{topic[0]}-{kind}-{day.year}-{number}"
    days = 3 if kind in ("conference", "summit") else 1
    form = "in-person" if days > 1 or kind == "workshop" else "hybrid" if number % 5 == 0 else "online"
    lines = [f"title: {title}", f"kind: {kind}", f"format: {form}"]
    status = {3: "cancelled", 17: "postponed", 31: "tentative"}.get(number % 97)
    if status:
        lines += [f"status: {status}", "status_note: The organizer gave no reason."]
    if days > 1:
        lines += [f"start: {day}", f"end: {day + timedelta(days=days - 1)}"]
    else:
        hour = 9 + number % 7
        lines += [f"start: {day} {hour:02}:30", f"end: {day} {hour + 1:02}:30", f"timezone: {zone}"]
    if form != "online":
        lines += ["venue:", f"  name: {hall}", f"  city: {city}", f"  state: {state}", f"  postal_code: {postal_code}"]
    if form != "in-person":
        lines += ["online:", "  platform: Zoom"]
    lines += [f"organizer: {organizer[0]}", f"topics: [{topic[0]}{'' if topic is second else ', ' + second[0]}]"]
    lines += ["audience: [federal, state, local]", f"eligibility: {'registered' if number % 3 else 'government-only'}"]
    if number % 2:
        lines += ["prices:", "  - for: government", "    amount: 0"]
        if days > 1:
            lines += ["  - for: public", f"    amount: {195 + number % 8 * 50}"]
    page = f"https://www.example.gov/events/{identity}"
    lines += ["registration:", f"  url: {page}/register", f"  closes: {day - timedelta(days=1)}"]
    if number % 4 == 0:
        lines += ["credits:", "  - type: CPE", f"    amount: {1 + number % 3}.5"]
    if number % 3 == 0:
        lines += ["accessibility:", "  features: [captions, asl]", "  contact: access@example.gov"]
        lines += [f"  request_by: {day - timedelta(days=10)}"]
    lines += [f"url: {page}"]
    lines += [f"summary: {noun} {twist}, told by those who do the work, with time for questions and cases of your own."]
    lines += ["description: |"]
    for step in range(2 + number % 3):
        text = _PARAGRAPHS[(number + step) % 5].format(topic=topic[0])
        lines += (
            ["", *(f"  {line}" for line in text.split("\n"))] if step else [f"  {line}" for line in text.split("\n")]
        )
    lines += [f"checked: {day - timedelta(days=20)}", f"announced: {day - timedelta(days=60)}"]
    if status:
        lines += ["changes:", f"  - date: {day - timedelta(days=15)}", f"    note: The event is {status}."]
    return identity, "\n".join(lines) + "\n"


def records(count: int) -> Iterator[tuple[str, str, str]]:
    """The folder, id and YAML of each of the first `count` records."""
    for number in range(count):
        identity, text = record(number)
        yield identity.rsplit("-", 2)[1], identity, text


def write(folder: Path, count: int) -> Path:
    """Write a content folder of `count` records; returns it."""
    for name in ("topics", "organizers", "series"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(registry(name), encoding="utf-8")
    for year, identity, text in records(count):
        place = folder / "events" / year
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{identity}.yaml").write_text(text, encoding="utf-8")
    return folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a content folder of the size that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("count", type=int, help="how many records")
    parser.add_argument("folder", type=Path, help="where to write the content folder")
    options = parser.parse_args(arguments)
    write(options.folder, options.count)


if __name__ == "__main__":
    main()

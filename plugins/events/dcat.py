"""`/data.json`: the directory as a dataset of a government's catalogue (DCAT-US 1.1, "Project Open Data").

https://resources.data.gov/resources/dcat-us/ says what each field means. Who publishes and whom to write to are the
operator's facts, and the standard requires them: without `EVENT_PUBLISHER` and `EVENT_CONTACT` there is no file.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from . import data
from .catalog import Catalog
from .settings import Settings

_SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
_KEYWORDS = ("events", "conferences", "training", "public servants")


def catalog_file(catalog: Catalog, settings: Settings, *, calendar: bool) -> bytes | None:
    """The catalogue with its one dataset; None without the operator's facts, or without a record.

    `calendar` says whether there is an `/events.ics`.
    """
    modified = data.updated(catalog)
    if not (settings.catalogued and catalog.events and modified):
        return None
    found = {
        "@context": f"{_SCHEMA}/catalog.jsonld",
        "@id": f"{settings.site_url}/data.json",
        "@type": "dcat:Catalog",
        "conformsTo": _SCHEMA,
        "describedBy": f"{_SCHEMA}/catalog.json",
        "dataset": [_dataset(catalog, settings, modified, calendar=calendar)],
    }
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _dataset(catalog: Catalog, settings: Settings, modified: date, *, calendar: bool) -> dict[str, Any]:
    rows = [catalog.row(event) for event in catalog.events]
    used = {topic for row in rows for topic in row.topics}
    names = sorted(catalog.collection.topics[topic].name for topic in used)
    found: dict[str, Any] = {
        "@type": "dcat:Dataset",
        "identifier": f"events@{settings.uid_domain}",
        "title": settings.site_name,
        "description": "Conferences, webinars, public meetings and training for public servants: when and where they are, "
        "what they cost, who may attend, and what became of them. A record for each event, past ones too.",
        "keyword": list(dict.fromkeys((*_KEYWORDS, *names))),
        "modified": modified.isoformat(),
        "publisher": {"@type": "org:Organization", "name": settings.publisher},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": settings.publisher,
            "hasEmail": f"mailto:{settings.contact}",
        },
        "accessLevel": "public",
        "license": data.LICENSE,
        "language": sorted({settings.language, *(row.language for row in rows)}),
        # Records come and change when somebody knows more, and not by the calendar.
        "accrualPeriodicity": "irregular",
        "landingPage": f"{settings.site_url}/",
        "describedBy": f"{settings.site_url}/{data.EVENTS_SCHEMA}",
        "describedByType": "application/schema+json",
        "distribution": list(_distributions(settings, calendar=calendar)),
    }
    if settings.bureau_code:
        found["bureauCode"], found["programCode"] = list(settings.bureau_code), list(settings.program_code)
    if days := [(row.first, row.last) for row in rows if row.first]:
        first, last = min(first for first, _ in days), max(last for _, last in days)
        found["temporal"] = f"{date.fromordinal(first)}/{date.fromordinal(last)}"
    return found


def _distributions(settings: Settings, *, calendar: bool) -> list[dict[str, Any]]:
    rows = [
        ("events.json", "application/json", "JSON", "All records, under their own field names."),
        ("events.csv", "text/csv", "CSV", "A row for each event, for spreadsheets."),
    ]
    if calendar:
        rows.append(("events.ics", "text/calendar", "iCalendar", "What is ahead or was on lately, to subscribe to."))
    return [
        {
            "@type": "dcat:Distribution",
            "title": f"Events as {form}",
            "description": words,
            "downloadURL": f"{settings.site_url}/{path}",
            "mediaType": media,
            "format": form,
        }
        for path, media, form, words in rows
    ]

"""An event for search engines: schema.org's Event as JSON-LD, with nothing in it that the record does not say.

Only a dated event has one, and only on its own page. What is not known is left out: a missing recommended property
costs a warning, an invented one costs trust. The rules are those of schema.org and of Google's event documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import times
from .model import Event, Organizer, Price
from .times import Moment

_TYPES = {
    "conference": "BusinessEvent",
    "summit": "BusinessEvent",
    "symposium": "BusinessEvent",
    "industry-day": "BusinessEvent",
    "job-fair": "BusinessEvent",
    "festival": "Festival",
    "expo": "ExhibitionEvent",
    "workshop": "EducationEvent",
    "training": "EducationEvent",
    "webcast": "EducationEvent",
    "webinar": "EducationEvent",
    "hackathon": "Hackathon",
}

_STATUS = {
    "scheduled": "EventScheduled",
    # schema.org has no word for tentative; what is planned is scheduled until someone says otherwise.
    "tentative": "EventScheduled",
    "postponed": "EventPostponed",
    "rescheduled": "EventRescheduled",
    "moved-online": "EventMovedOnline",
    "cancelled": "EventCancelled",
}

_MODE = {
    "in-person": "OfflineEventAttendanceMode",
    "online": "OnlineEventAttendanceMode",
    "hybrid": "MixedEventAttendanceMode",
}

_AVAILABILITY = {
    "open": "InStock",
    "walk-in": "InStock",
    "waitlist": "BackOrder",
    "sold-out": "SoldOut",
    "closed": "OutOfStock",
}

_GOVERNMENT = {"federal", "state", "local", "tribal", "territorial", "interagency"}


def event(record: Event, page: str, organizers: Mapping[str, Organizer]) -> dict[str, Any] | None:
    """The event's JSON-LD; `page` is the absolute address of its page. None for an event without a day."""
    if record.start is None:
        return None
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(record.kind, "Event"),
        "@id": page,
        "url": page,
        "name": record.title,
        "description": record.summary,
        "startDate": moment(record.start, record.timezone),
        "eventStatus": _schema(_STATUS[record.status]),
        "eventAttendanceMode": _schema(_MODE[record.format]),
        "inLanguage": record.language,
        "location": _location(record, page),
    }
    if record.acronym:
        data["alternateName"] = record.acronym
    if record.end is not None:
        data["endDate"] = moment(record.end, record.timezone)
    if record.previous_start:
        former = [moment(start, record.timezone) for start in record.previous_start]
        data["previousStartDate"] = former[0] if len(former) == 1 else former
    if record.organizer:
        bodies = [_organizer(organizers[body]) for body in record.organizer if body in organizers]
        data["organizer"] = bodies[0] if len(bodies) == 1 else bodies
    if record.speakers:
        data["performer"] = [
            {"@type": "Person", "name": speaker.name, **({"jobTitle": speaker.title} if speaker.title else {})}
            for speaker in record.speakers
        ]
    if record.prices:
        data["offers"] = [_offer(record, price) for price in record.prices]
        public = [price for price in record.prices if price.for_ == "public"]
        if public:
            data["isAccessibleForFree"] = all(price.free for price in public)
    return data


def moment(when: Moment, zone: str | None) -> str:
    """ISO 8601, as HTML's `datetime` has it too: a day where no time is known, else the time with the offset that holds on
    that date."""
    if isinstance(when, datetime) and zone:
        return times.there(when, zone).isoformat(timespec="minutes")
    return when.isoformat()


def _schema(name: str) -> str:
    return f"https://schema.org/{name}"


def _location(record: Event, page: str) -> Any:
    places: list[dict[str, Any]] = []
    venue = record.venue
    if venue is not None and record.format != "online":
        address = {
            "streetAddress": venue.street,
            "addressLocality": venue.city,
            "addressRegion": venue.state,
            "postalCode": venue.postal_code,
            "addressCountry": venue.country,
        }
        place: dict[str, Any] = {
            "@type": "Place",
            "name": venue.name or venue.city,
            "address": {"@type": "PostalAddress", **{key: value for key, value in address.items() if value}},
        }
        if venue.latitude is not None and venue.longitude is not None:
            place["geo"] = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
        places.append(place)
    if record.is_online:
        registration = record.registration.url if record.registration else None
        where = (record.online.url if record.online else None) or registration or record.url or page
        places.append({"@type": "VirtualLocation", "url": where})
    return places[0] if len(places) == 1 else places


def _organizer(body: Organizer) -> dict[str, Any]:
    data = {"@type": "GovernmentOrganization" if body.type in _GOVERNMENT else "Organization", "name": body.name}
    if body.url:
        data["url"] = body.url
    return data


def _offer(record: Event, price: Price) -> dict[str, Any]:
    registration = record.registration
    offer: dict[str, Any] = {
        "@type": "Offer",
        # Google wants a plain number, and 0 for what is free.
        "price": "0" if price.free else format(Decimal(price.amount), "f"),
        "priceCurrency": price.currency,
        "category": price.for_,
    }
    if price.label:
        offer["name"] = price.label
    if price.until:
        offer["priceValidUntil"] = price.until.isoformat()
    if registration and registration.url:
        offer["url"] = registration.url
    if registration and registration.opens:
        offer["validFrom"] = moment(registration.opens, record.timezone)
    if registration and registration.state:
        offer["availability"] = _schema(_AVAILABILITY[registration.state])
    return offer

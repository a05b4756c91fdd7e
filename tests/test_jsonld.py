"""JSON-LD that is true: schema.org's Event, with nothing in it that the record does not say."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from events import jsonld, vocabulary
from events.model import Organizer
from hypothesis import given
from hypothesis import strategies as st

from tests import factory
from tests.site import ROOT, Site

PAGE = "https://events.example.gov/events/some-event.html"
GSA = {"gsa": Organizer(id="gsa", name="General Services Administration", type="federal", url="https://www.gsa.gov/")}
VENUE = {"name": "City Hall", "street": "1 Main Street", "city": "Chicago", "state": "IL", "postal_code": "60602"}


def data(**changes: Any) -> dict[str, Any]:
    """The JSON-LD of a minimal event with some fields changed."""
    found = jsonld.event(factory.event(**changes), PAGE, GSA)
    assert found is not None
    return found


def test_an_event_without_a_day_has_none() -> None:
    assert jsonld.event(factory.event(start=None, when="Spring 2027"), PAGE, {}) is None
    assert jsonld.event(factory.event(start=None, format="on-demand", kind="webcast"), PAGE, {}) is None


@pytest.mark.parametrize("kind", vocabulary.KIND)
def test_every_kind_has_a_type_of_schema_org(kind: str) -> None:
    # https://schema.org/Event, "more specific types"
    known = {"Event", "BusinessEvent", "EducationEvent", "ExhibitionEvent", "Festival", "Hackathon"}
    assert data(kind=kind)["@type"] in known


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("scheduled", "EventScheduled"),
        ("tentative", "EventScheduled"),
        ("postponed", "EventPostponed"),
        ("rescheduled", "EventRescheduled"),
        ("moved-online", "EventMovedOnline"),
        ("cancelled", "EventCancelled"),
    ],
)
def test_the_status_is_said_in_schema_org_s_words(status: str, word: str) -> None:
    assert data(status=status)["eventStatus"] == f"https://schema.org/{word}"


def test_a_day_without_hours_stays_a_day() -> None:
    found = data(start="2027-03-05", end="2027-03-08")
    assert (found["startDate"], found["endDate"]) == ("2027-03-05", "2027-03-08")


def test_an_end_that_nobody_stated_is_left_out() -> None:
    assert "endDate" not in data(start="2027-03-05 09:00", timezone="America/New_York")


@pytest.mark.parametrize(("day", "away"), [("2027-03-13", "-05:00"), ("2027-03-15", "-04:00")])
def test_an_offset_is_right_on_its_date(day: str, away: str) -> None:
    found = data(start=f"{day} 09:00", end=f"{day} 10:00", timezone="America/New_York")
    assert found["startDate"] == f"{day}T09:00{away}"
    assert datetime.fromisoformat(found["endDate"]) > datetime.fromisoformat(found["startDate"])


def test_a_rescheduled_event_keeps_every_former_start() -> None:
    once = data(status="rescheduled", previous_start=["2027-02-01"])
    twice = data(status="rescheduled", previous_start=["2027-02-01", "2027-02-15"])
    assert once["previousStartDate"] == "2027-02-01"
    assert twice["previousStartDate"] == ["2027-02-01", "2027-02-15"]


def test_an_event_in_a_room_is_at_a_place_with_its_address() -> None:
    found = data(format="in-person", venue=VENUE)
    assert found["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert found["location"] == {
        "@type": "Place",
        "name": "City Hall",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "1 Main Street",
            "addressLocality": "Chicago",
            "addressRegion": "IL",
            "postalCode": "60602",
            "addressCountry": "US",
        },
    }


def test_an_online_event_is_at_the_address_where_one_joins_or_registers_or_reads_of_it() -> None:
    join, register = "https://example.gov/join", "https://example.gov/register"
    assert data()["location"] == {"@type": "VirtualLocation", "url": PAGE}
    assert data(registration={"url": register})["location"]["url"] == register
    assert data(online={"url": join}, registration={"url": register})["location"]["url"] == join


def test_a_hybrid_event_is_at_both() -> None:
    found = data(format="hybrid", venue=VENUE)
    assert [place["@type"] for place in found["location"]] == ["Place", "VirtualLocation"]
    assert found["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"


def test_an_event_that_moved_online_is_no_longer_at_its_venue() -> None:
    found = data(status="moved-online", venue=VENUE)
    assert found["location"]["@type"] == "VirtualLocation"


def test_prices_become_offers_and_no_price_becomes_none() -> None:
    prices = [{"for": "public", "amount": "0.00"}, {"for": "contractor", "amount": "95.50", "until": "2027-02-01"}]
    found = data(
        prices=prices, registration={"url": "https://example.gov/r", "opens": "2027-01-02", "state": "sold-out"}
    )
    free, paid = found["offers"]
    assert (free["price"], free["priceCurrency"], free["category"]) == ("0", "USD", "public")
    assert (paid["price"], paid["priceValidUntil"]) == ("95.50", "2027-02-01")
    assert paid["validFrom"] == "2027-01-02"
    assert paid["availability"] == "https://schema.org/SoldOut"
    assert found["isAccessibleForFree"] is True
    assert "offers" not in data()
    assert "isAccessibleForFree" not in data(prices=[{"for": "member", "amount": "0"}])


def test_a_government_body_is_a_government_organization() -> None:
    assert data(organizer="gsa")["organizer"] == {
        "@type": "GovernmentOrganization",
        "name": "General Services Administration",
        "url": "https://www.gsa.gov/",
    }
    assert "organizer" not in data()


def test_nothing_is_made_up() -> None:
    assert set(data()) == {
        "@context",
        "@type",
        "@id",
        "url",
        "name",
        "description",
        "startDate",
        "eventStatus",
        "eventAttendanceMode",
        "inLanguage",
        "location",
    }


@given(title=st.text(min_size=1).map(lambda text: f"x{text}x"))
def test_any_name_survives_json(title: str) -> None:
    import dataclasses

    found = jsonld.event(dataclasses.replace(factory.event(), title=title), PAGE, {})
    assert found is not None
    assert json.loads(json.dumps(found))["name"] == title


BLOCK = 'script[type="application/ld+json"]'


def test_it_stands_on_the_pages_of_dated_events_once_and_nowhere_else(rich_site: Site) -> None:
    count = {page: len(rich_site.document(page).query(BLOCK)) for page in rich_site.pages()}
    dated = {page for page in count if page.startswith("events/") and rich_site.has(page.replace(".html", ".ics"))}
    dated -= {page for page in dated if "/page/" in page or rich_site.moved(page)}
    # What was taken back is no event any more, for search engines too.
    dated -= {f"events/{identity}.html" for identity, tree in factory.rich().items() if "withdrawn" in tree}
    assert {page for page in count if count[page] == 1} == dated
    assert max(count.values()) == 1


def test_what_stands_on_a_page_is_json_and_cannot_end_its_script(rich_site: Site) -> None:
    seen = 0
    for page in rich_site.pages():
        for block in rich_site.html(page).split('<script type="application/ld+json">')[1:]:
            body = block.split("</script>")[0]
            assert json.loads(body)["url"].endswith(page)
            assert "<" not in body
            seen += 1
    assert seen


def test_google_s_required_and_known_recommended_properties_are_there() -> None:
    # https://developers.google.com/search/docs/appearance/structured-data/event
    found = data(
        format="in-person",
        venue=VENUE,
        end="2027-04-07",
        organizer="gsa",
        prices=[{"for": "public", "amount": "95"}],
        registration={"url": "https://example.gov/r", "opens": "2027-01-02", "state": "open"},
    )
    assert {"name", "startDate", "location"} <= set(found)
    assert found["location"]["address"]
    assert {"description", "endDate", "eventStatus", "offers", "organizer"} <= set(found)
    assert {"availability", "price", "priceCurrency", "validFrom", "url"} <= set(found["offers"][0])
    assert {"name", "url"} <= set(found["organizer"])


def test_schema_org_s_own_types_accept_every_event(rich_site: Site, tmp_path: Path) -> None:
    """The vocabulary as TypeScript types: an unknown property, a wrong value or a wrong type does not compile."""
    blocks = [
        block.split("</script>")[0]
        for page in rich_site.pages()
        for block in rich_site.html(page).split('<script type="application/ld+json">')[1:]
    ]
    good = [f"export const e{number}: WithContext<{_type(block)}> = {block};" for number, block in enumerate(blocks)]
    head = 'import type * as schema from "schema-dts";\nimport type { WithContext } from "schema-dts";\n'
    names = sorted({_type(block).removeprefix("schema.") for block in blocks})
    assert len(names) > 1
    assert _compile(tmp_path, head + "\n".join(good)) == ""
    # The types must be able to refuse.
    wrong = blocks[0].replace('"eventStatus"', '"eventstatus"')
    assert "eventstatus" in _compile(tmp_path, head + f"export const e: WithContext<{_type(wrong)}> = {wrong};")


def _type(block: str) -> str:
    return f"schema.{json.loads(block)['@type']}"


def _compile(folder: Path, source: str) -> str:
    """What TypeScript's compiler has against a source; "" for nothing."""
    modules = ROOT / "node_modules"
    options = {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "module": "esnext",
        "moduleResolution": "bundler",
        "types": [],
        "paths": {"schema-dts": [str(modules / "schema-dts")]},
    }
    (folder / "events.ts").write_text(source, encoding="utf-8")
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "files": ["events.ts"]}), encoding="utf-8"
    )
    command = ["node", str(modules / "typescript" / "bin" / "tsc"), "-p", str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300).stdout

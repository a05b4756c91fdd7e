"""The settings: what cannot be used is refused by its name, before anything is built."""

from __future__ import annotations

import runpy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from events.settings import DEFAULTS, SettingsError
from events.times import zone

from tests.factory import settings
from tests.site import ROOT


@pytest.mark.parametrize(
    ("key", "meant"),
    [("EVENT_ASOF", "EVENT_AS_OF"), ("EVENT_PATH", "EVENT_PATHS"), ("EVENT_SERCH", "EVENT_SEARCH")],
)
def test_an_unknown_setting_is_refused_with_the_one_that_was_meant(key: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"unknown setting {key}; did you mean {meant}\\?"):
        settings(**{key: "x"})


def test_a_setting_like_none_of_ours_is_refused_without_a_guess() -> None:
    with pytest.raises(SettingsError, match=r"^unknown setting EVENT_ZZZZZZZZ$"):
        settings(EVENT_ZZZZZZZZ=1)


def test_every_default_can_be_written_out() -> None:
    assert settings(**{**DEFAULTS, "EVENT_AS_OF": "2027-03-10"}) == settings()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EVENT_AS_OF", "20.2.2019"),
        ("EVENT_AS_OF", 2019),
        ("EVENT_AS_OF", "2019-02-30"),
        ("EVENT_AS_OF", "0001-01-01"),
        ("EVENT_AS_OF", "9999-12-31"),
        ("EVENT_AS_OF", "2019-W08-3"),
        ("EVENT_AS_OF", "20190220"),
        ("EVENT_AS_OF", 0),
        ("EVENT_AS_OF", False),
        ("EVENT_CHANGED_FILES", 5),
        ("EVENT_CHANGED_FILES", False),
        ("EVENT_CHANGED_FILES", "docs"),
        ("EVENT_CHANGED_FILES", "nowhere/changed.txt"),
        ("EVENT_CACHE", 5),
        ("EVENT_CACHE", ""),
        ("EVENT_CACHE", "README.md"),
        ("EVENT_CACHE", "README.md/cache"),
        ("EVENT_CACHE", "."),
        ("EVENT_CACHE", "content"),
        ("EVENT_CACHE", "output"),
        ("OUTPUT_PATH", "content"),
        ("OUTPUT_PATH", "."),
        ("EVENT_PATHS", "events"),
        ("EVENT_PATHS", []),
        ("EVENT_SEARCH", "false"),
        ("EVENT_STRICT", 1),
        ("EVENT_PRECOMPRESS", "yes"),
        ("EVENT_SECURITY_CONTACT", "security@example.gov"),
        ("EVENT_SECURITY_CONTACT", "mailto:security@example.gov\nPolicy: none"),
        ("EVENT_PAGE_SIZE", 0),
        ("EVENT_PAGE_SIZE", True),
        ("EVENT_PAGE_SIZE", "25"),
        ("EVENT_FEED_MAX_EVENTS", -1),
        ("EVENT_FEED_PAST_MONTHS", 1.5),
        ("EVENT_FEED_MAX_BYTES", 1),
        ("EVENT_UID_DOMAIN", "events.example.org/x"),
        ("EVENT_UID_DOMAIN", ""),
        ("EVENT_URL", "/events/{id}.html"),
        ("EVENT_URL", "events/{slug}/"),
        ("EVENT_SAVE_AS", "events/event.html"),
        ("EVENT_SAVE_AS", "../{id}.html"),
        ("EVENT_SAVE_AS", "{year}/{id}.html"),
        ("EVENT_URL", "events/{id}}.html"),
        ("EVENT_URL", "events/{id}{.html"),
        ("EVENT_URL", "events//{id}.html"),
        ("EVENT_URL", "events\\{id}.html"),
        ("EVENT_URL", "a b/{id}.html"),
        ("EVENT_URL", "events/{id}.html\n"),
        ("EVENT_SAVE_AS", ".e/{id}.html"),
        ("EVENT_SAVE_AS", "e/./{id}.html"),
        ("EVENT_GOV_BANNER", "no"),
        ("TIMEZONE", "EST"),
        ("SITEURL", ""),
        ("SITEURL", "events.example.gov"),
        ("SITEURL", "ftp://events.example.gov"),
        ("SITEURL", "https://events.example.gov/a b"),
        ("SITEURL", "https://[::1"),
        ("SITEURL", 5),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_key_and_itself(
    key: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SettingsError, match=key) as raised:
        settings(**{key: value})
    assert repr(value) in str(raised.value) or key in ("SITEURL", "EVENT_GOV_BANNER")


def test_an_event_is_shown_where_it_is_saved() -> None:
    both = {"EVENT_URL": "e/{slug}/index.html", "EVENT_SAVE_AS": "e/{id}/index.html"}
    chosen = settings(**both)
    assert chosen.event_url == chosen.event_save_as == both["EVENT_SAVE_AS"]
    for key, value in both.items():
        with pytest.raises(SettingsError, match=r"EVENT_URL is .* EVENT_SAVE_AS is .* write the same for both"):
            settings(**{key: value})


def test_the_banner_of_government_is_for_government() -> None:
    assert settings(EVENT_GOV_BANNER=True).gov_banner
    for url in ("https://events.example.org", "http://events.example.gov"):
        with pytest.raises(SettingsError, match="EVENT_GOV_BANNER"):
            settings(EVENT_GOV_BANNER=True, SITEURL=url)


def test_the_site_s_address_has_no_slash_at_its_end() -> None:
    assert settings(SITEURL="https://a.example/b/").site_url == "https://a.example/b"
    assert settings(SITEURL="https://a.example/b/").base_path == "/b"
    assert settings(SITEURL="https://a.example").base_path == ""


def test_today_is_the_day_that_was_asked_for() -> None:
    chosen = settings(EVENT_AS_OF="2019-02-20")
    assert (chosen.today, chosen.as_of) == (date(2019, 2, 20), True)
    assert settings(EVENT_AS_OF=date(2019, 2, 20)).today == date(2019, 2, 20)


def test_today_is_the_source_date_in_the_site_s_own_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2027, 3, 11, 2, 30, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
    for name in ("America/New_York", "UTC", "Pacific/Guam"):
        chosen = settings(EVENT_AS_OF=None, TIMEZONE=name)
        assert (chosen.today, chosen.as_of) == (moment.astimezone(zone(name)).date(), False)


@pytest.mark.parametrize("epoch", ["today", "-1", "9" * 12, "9" * 30, "1_0"])
def test_a_source_date_that_is_no_number_of_our_time_is_refused(epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(SettingsError, match="SOURCE_DATE_EPOCH"):
        settings(EVENT_AS_OF=None)


def test_otherwise_today_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = datetime.now(zone("America/New_York")).date()
    today = settings(EVENT_AS_OF=None).today
    assert before <= today <= before + timedelta(days=1)


def test_folders_of_their_own_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    chosen = settings(
        PATH=str(tmp_path / "content"),
        OUTPUT_PATH=str(tmp_path / "output"),
        EVENT_CACHE=str(tmp_path / ".cache" / "events"),
        EVENT_CHANGED_FILES=str(tmp_path / "changed.txt"),
    )
    assert (chosen.cache, chosen.changed_files) == (tmp_path / ".cache" / "events", tmp_path / "changed.txt")
    # As `make publish` leaves it where nobody asked.
    assert settings(EVENT_CHANGED_FILES="").changed_files is None


def test_a_preview_is_not_strict_unless_asked_to_be() -> None:
    from events.settings import read

    pelican = {"PATH": ".", "THEME": ".", "OUTPUT_PATH": "output", "SITEURL": "http://a.example"}
    assert read(pelican).strict
    assert not read(pelican, previewing=True).strict
    assert read({**pelican, "EVENT_STRICT": True}, previewing=True).strict


def test_the_project_s_own_settings_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from events.settings import read

    ours = runpy.run_path(str(ROOT / "pelicanconf.py"))
    assert read(ours).site_url == ours["SITEURL"]
    monkeypatch.setenv("SITEURL", "https://events.example.gov/directory/")
    published = runpy.run_path(str(ROOT / "publishconf.py"))
    assert read(published).site_url == "https://events.example.gov/directory"

"""Web addresses: what is quick for the usual ones is the same for all."""

from __future__ import annotations

from urllib import parse

import pytest
from events.urls import is_government, is_this_machine, quote, site_fault
from hypothesis import example, given
from hypothesis import strategies as st

HOSTS = st.sampled_from(
    ["a.gov", "A.GOV", "x.mil.", "a.gov.", "a.com", "gov", "", "u:p@a.gov", "a.gov:80", "a.gov@b.com", "à.gov"]
)
BEFORE = st.sampled_from(
    ["https://", "http://", "HTTPS://", "//", "", "ftp://", " https://", "http\u017f://", "mailto:a@"]
)
AFTER = st.sampled_from(
    ["", "/", "/x.gov", "?a.gov", "#.gov", "\\.gov", "\n", "\n.gov", "/\n", " ", "\t/", ":.gov", "/://b.mil"]
)


@given(st.text())
@example("%20% +%")
@example("a b, c: d/e?f=g&h\r\n")
@example("~._-0aZ\x00\x7f\x80é€😀")
def test_a_text_is_quoted_as_the_standard_library_does(text: str) -> None:
    assert quote(text) == parse.quote(text, safe="")


@given(st.builds(str.__add__, st.builds(str.__add__, BEFORE, HOSTS | st.text(max_size=5)), AFTER | st.text(max_size=5)))
def test_a_host_is_found_as_the_standard_library_does(url: str) -> None:
    try:
        host = (parse.urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return
    assert is_government(url) == host.endswith((".gov", ".mil"))


SITES = [
    "https://events.example.org", "http://127.0.0.1:8000", "https://www.example.gov/events/all/", "http://[::1]:8000/x",
    "http://my_machine:1", "https://x.org:65535/~a/b.c-d_e",
]  # fmt: skip
NO_SITES = [
    "", 5, None, "events.example.org", "//x.org", "ftp://x.org", "https://", "https:///x", "https://:80",
    "https://x.org/a b", "https://x.org/<", 'https://x.org/"', "https://x.org\n", "https://x.org/a\n", "https://x.org\n/a",
    "https://x.org/;}", "https://x.org/a%20b", "https://x.org/é", "https://x.org//a", "https://x.org/a/../b", "https://x.org/.",
    "https://x..org", "https://.x.org", "https://x.org.", "https://-x.org", "https://événements.org", "https://x y.org",
    "https://x.org?a=b", "https://x.org/?", "https://x.org/#a", "https://user:password@x.org", "https://user@x.org",
    "https://x.org:99999", "https://x.org:0", "https://x.org:", "https://x.org:http", "https://[::1", "https://[x]", "https://[]",
]  # fmt: skip


@pytest.mark.parametrize("url", SITES)
def test_a_site_may_be_at_a_host_and_below_a_path(url: str) -> None:
    assert site_fault(url) is None
    assert parse.urlsplit(url).hostname


@pytest.mark.parametrize("url", NO_SITES)
def test_an_address_that_makes_a_broken_site_is_refused_with_its_mend(url: object) -> None:
    fault = site_fault(url)
    assert fault
    assert fault[1].startswith("write ")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "127.0.0.1", "127.1", "127.8.8.8",
        "0x7f.1", "2130706433", "017700000001", "0", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1",
    ],
)  # fmt: skip
def test_this_machine_is_known_by_all_of_its_names(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host", ["events.example.gov", "localhost.org", "10.0.0.1", "1.1", "2001:db8::1", "127.example.org"]
)
def test_another_machine_is_not_this_one(host: str) -> None:
    assert not is_this_machine(host)

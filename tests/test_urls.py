"""Web addresses: what is quick for the usual ones is the same for all."""

from __future__ import annotations

from urllib import parse

from events.urls import is_government, quote
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

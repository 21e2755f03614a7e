"""What stands between a source under test and its API."""

import requests

from connector_core.testing.transports import Remembering, Tampering, made
from tests.fakes import answer, in_turn


def asked(url: str) -> requests.PreparedRequest:
    return requests.Request("GET", url).prepare()


def test_an_api_is_asked_once_for_each_url_and_a_bad_moment_passes() -> None:
    api = in_turn(answer(429), answer(200, b"1"), answer(200, b"2"))
    transport = Remembering(api, {})
    assert transport.send(asked("http://a/x")).status_code == 429
    assert [transport.send(asked("http://a/x")).content for _ in range(2)] == [b"1", b"1"]
    assert transport.send(asked("http://a/y")).content == b"2"


def test_requests_to_one_url_that_send_different_bodies_are_different() -> None:
    api = in_turn(answer(200, b"1"), answer(200, b"2"))
    transport = Remembering(api, {})
    first, second = (requests.Request("POST", "http://a/x", json={"page": page}).prepare() for page in (1, 2))
    assert [transport.send(each).content for each in (first, second, first)] == [b"1", b"2", b"1"]


def test_a_request_that_is_made_again_is_the_same_request_and_is_passed_on_once() -> None:
    api = in_turn(answer(200, b"1"), answer(200, b"2"))
    transport = Tampering(api, lambda number, given: made(given, status=503) if number == 1 else given)
    assert [transport.send(asked("http://a/x")).status_code for _ in range(3)] == [503, 503, 503]
    assert transport.send(asked("http://a/y")).content == b"2"
    assert (transport.sent, len(api.sent)) == (2, 2)


def test_a_bad_moment_of_the_apis_own_is_no_request_of_its_own() -> None:
    """So the numbers of requests are the same in each run, whatever an API refuses now and then."""
    api = in_turn(answer(429), answer(200, b"1"), answer(200, b"2"))
    seen: list[tuple[int, bytes]] = []

    def look(number: int, given: requests.Response) -> requests.Response:
        seen.append((number, given.content))
        return given

    transport = Tampering(api, look)
    assert [transport.send(asked("http://a/x")).status_code for _ in range(2)] == [429, 200]
    transport.send(asked("http://a/y"))
    assert seen == [(1, b"1"), (2, b"2")]

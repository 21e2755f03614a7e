"""The command: one line of JSON that says where, and then it serves until it is told to stop."""

import signal
import socket
import subprocess
import sys
from typing import Any

import orjson
import pytest
import requests

COMMAND = [sys.executable, "-m", "trackco_simulator"]


def announced(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    said: dict[str, Any] = orjson.loads(process.stdout.readline())
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_both_apis_until_told_to_stop(number: signal.Signals) -> None:
    arguments = [*COMMAND, "--answers", "20", "--token", "t", "--organization", "org"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        said = announced(process)
        headers = {"Authorization": f"Bearer {said['token']}"}
        surveys = f"{said['base_url']}/v1/organizations/{said['organization_id']}/surveys"
        data = requests.get(surveys, headers=headers, timeout=10).json()["data"]
        campaigns = requests.get(f"{said['nps_base_url']}/campaign", headers=headers, timeout=10).json()
        process.send_signal(number)
        assert process.wait(10) == 0
    assert [survey["public_hash"] for survey in data] == said["surveys"]
    assert [campaign["code"] for campaign in campaigns] == said["campaigns"]
    assert said["organization_id"] == "org"
    assert said["time_zone"] == "America/Sao_Paulo"


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--answers", "1", "--port", port], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"trackco-simulator: cannot serve on port {port}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(("api", "key"), [("cxm", "surveys"), ("nps", "campaigns")])
def test_it_serves_one_api_alone(api: str, key: str) -> None:
    with subprocess.Popen([*COMMAND, "--api", api, "--answers", "5"], stdout=subprocess.PIPE, text=True) as process:
        said = announced(process)
        process.terminate()
    assert ("surveys" in said, "campaigns" in said) == (key == "surveys", key == "campaigns")


def test_it_lets_requests_fail_when_told_to() -> None:
    arguments = [*COMMAND, "--api", "nps", "--answers", "5", "--faults", "1", "--fault-rate", "1"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        said = announced(process)
        got = []
        for _ in range(10):
            try:
                answer = requests.get(
                    f"{said['nps_base_url']}/campaign", headers={"Authorization": f"Bearer {said['token']}"}, timeout=10
                )
                got.append(f"{answer.status_code} {answer.headers['Content-Type']}")
            except requests.RequestException as error:
                got.append(type(error).__name__)
        process.terminate()
    assert len(set(got)) > 2
    assert "200 application/json" in got[4:]

"""Questions about a source that other processes answer: one for each environment, which forks for each question.

So a question costs a fork, not a start of Python, and what one answer leaves behind is gone with its process.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

from attrs import define

from connector_core.model import Json
from connector_core.testing.subject import Subject

_SECONDS = 120
"""How long an answer may take."""


@define
class Elsewhere:
    """A process that answers questions, one after the other."""

    process: "subprocess.Popen[str]"

    def ask(self, question: Json) -> list[str]:
        """The answer; what became of the process, if none comes."""
        asking, answering = self.process.stdin, self.process.stdout
        if asking is None or answering is None:
            raise TypeError
        print(json.dumps(question), file=asking, flush=True)
        ready, _, _ = select.select([answering], [], [], _SECONDS)
        line = answering.readline() if ready else ""
        if not line:
            self.process.kill()
            return ["a process of its own hangs" if not ready else "a process of its own ends"]
        answer: list[str] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let the process go."""
        self.process.kill()
        self.process.communicate()


_STARTED: dict[str, Elsewhere] = {}


def ask(action: str, subject: Subject, **environment: str) -> list[str]:
    """What is answered about a source in a process with another environment."""
    name = json.dumps(environment)
    if name not in _STARTED or _STARTED[name].process.poll() is not None:
        process = subprocess.Popen(
            [sys.executable, "-m", "connector_core.testing.child"], env=os.environ | environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        _STARTED[name] = Elsewhere(process)
        atexit.register(_STARTED[name].end)
    cassette = subject.case.cassette
    case = {
        "plugin": subject.case.plugin,
        "document": dict(subject.document),
        "cassette": str(cassette) if cassette else None,
    }
    known = {"path": sys.path, "environment": dict(os.environ) | environment}
    return _STARTED[name].ask({"action": action, "case": case, **known})


def serve(answer: Callable[[str, Json], list[str]], questions: TextIO) -> None:
    """Answer questions, each in a process of its own, until there are no more."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a plugin prints is no answer
    for line in questions:
        print(forked(answer, json.loads(line)), file=out, flush=True)


def forked(answer: Callable[[str, Json], list[str]], question: Json) -> str:
    """The answer to one question, as a line of JSON."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(writing, given(answer, question).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    os.waitpid(process, 0)
    return said or json.dumps(["a process of its own dies"])


def given(answer: Callable[[str, Json], list[str]], question: Json) -> str:
    """The same in this process, which becomes like the one that asks."""
    sys.path[:] = question["path"]
    os.environ.update(question["environment"])
    try:
        return json.dumps(answer(question["action"], question["case"]))
    except Exception as error:  # noqa: BLE001 - of which only the kind is told
        return json.dumps([f"a process of its own raises {type(error).__name__}"])

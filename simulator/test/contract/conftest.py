"""What the contract tests run against: the simulator, and (test_moto.py) moto beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config

ROOT = Path(__file__).parents[3]

# The simulator's name of a service (as in signatures), and botocore's.
BOTOCORE_NAMES = {"elasticloadbalancing": "elbv2"}


@dataclass(frozen=True)
class Launcher:
    """The process that simulator/test/contract/serve.ts describes."""

    process: subprocess.Popen[str]
    served: dict[str, list[str]]

    def call(self, function: str, *arguments: Any) -> Any:
        """Calls a function of the launcher; an error there fails the test here."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps([function, *arguments]), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]


@dataclass(frozen=True)
class Aws:
    """A simulator, or moto, for one test."""

    endpoint: str
    # Calls a function of the launcher for this simulator; moto has none.
    tell: Callable[..., Any]

    def client(self, service: str, region: str = "eu-west-1", **config: Any) -> BaseClient:
        """A botocore client of this AWS, without retries."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def arrange(self, function: str, *arguments: Any) -> Any:
        """Calls one of the functions of simulator/world/arrange.ts."""
        return self.tell("arrange", function, *arguments)


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    command = ["node", "tools/node24.mjs", "simulator/test/contract/serve.ts"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        yield Launcher(process, json.loads(process.stdout.readline()))


@pytest.fixture(scope="session")
def served(launcher: Launcher) -> set[str]:
    """Every operation that the simulator serves, such as `elbv2.RegisterTargets`."""
    return {
        f"{BOTOCORE_NAMES.get(service, service)}.{operation}"
        for service, operations in launcher.served.items()
        for operation in operations
    }


def started(launcher: Launcher, **options: Any) -> Iterator[Aws]:
    simulator = launcher.call("simulate", options)

    def tell(function: str, *arguments: Any) -> Any:
        return launcher.call(function, simulator["number"], *arguments)

    yield Aws(simulator["endpoint"], tell)
    tell("close")


@pytest.fixture
def simulator(launcher: Launcher) -> Iterator[Aws]:
    """A simulator with nothing in it, in which an hour passes in seconds."""
    yield from started(launcher)


@pytest.fixture
def unhurried(launcher: Launcher) -> Iterator[Aws]:
    """A simulator with nothing in it, in which a second takes a second."""
    yield from started(launcher, speed=1)

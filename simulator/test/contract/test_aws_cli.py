"""The aws command against `npm run simulator`, exactly as its screen says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

# Sixty times as fast: the deployment is Ready within seconds, and stays so for half a minute.
SIMULATOR = ["npm", "run", "--silent", "simulator", "--", "--port", "0", "--speed", "60"]
FUNCTION = "CodeDeployHook_greenlight"


@dataclass(frozen=True)
class Screen:
    """The text that the simulator prints, and a directory to run its commands in."""

    text: str
    directory: Path
    environment: dict[str, str]

    @property
    def commands(self) -> list[str]:
        """The commands on the screen."""
        lines = [line.strip() for line in self.text.splitlines() if line.startswith("  ")]
        return [line for line in lines if not line.startswith("export ")]

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command after the exports of the screen."""
        exports = re.findall(r"^ *export .*$", self.text, re.MULTILINE)
        return subprocess.run(
            ["sh", "-c", "\n".join([*exports, command])],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def command(self, words: str, deployment: str = "") -> str:
        """The command of the screen that has these words, about this deployment."""
        (command,) = [command for command in self.commands if words in command]
        return command.replace("d-...", deployment)

    def result(self, words: str, deployment: str = "") -> Any:
        """The JSON that this command prints."""
        done = self.shell(self.command(words, deployment))
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout or "null")


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    # In a process group, so that the interrupt reaches every process that npm has started.
    process = subprocess.Popen(
        SIMULATOR, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C ends it." in line:
                break
        assert lines and "Ctrl-C" in lines[-1], "the simulator did not start"
        environment = {name: os.environ[name] for name in ("PATH", "HOME")}
        yield Screen("".join(lines), tmp_path_factory.mktemp("aws"), environment)
        os.killpg(process.pid, signal.SIGINT)


@pytest.fixture(scope="module")
def ready(screen: Screen) -> str:
    """A deployment that the command of the screen created, and that waits at Ready."""
    deployment: str = screen.result("deploy create-deployment")["deploymentId"]
    for _ in range(40):
        info = screen.result("deploy get-deployment", deployment)["deploymentInfo"]
        if info["status"] == "Ready":
            return deployment
    pytest.fail(f"{deployment} is {info['status']}, not Ready")


def test_the_screen_shows_no_command_but_those_that_are_run_here(screen: Screen) -> None:
    shown = re.findall(r"\baws (\S+ \S+)", "\n".join(screen.commands))
    assert sorted(shown) == [
        "autoscaling describe-auto-scaling-groups",
        "deploy continue-deployment",
        "deploy create-deployment",
        "deploy get-deployment",
        "elbv2 describe-target-health",
        "lambda invoke",
    ]


def test_get_deployment_tells_of_the_deployment_that_create_deployment_made(
    screen: Screen, ready: str
) -> None:
    info = screen.result("deploy get-deployment", ready)["deploymentInfo"]
    said = {name: info[name] for name in ("deploymentId", "applicationName", "computePlatform")}
    assert said == {
        "deploymentId": ready,
        "applicationName": "shop",
        "computePlatform": "Server",
    }
    green = f"CodeDeploy_production_{ready}"
    assert info["targetInstances"]["autoScalingGroups"] == [green]


def test_describe_auto_scaling_groups_shows_the_defect(screen: Screen, ready: str) -> None:
    groups = screen.result("autoscaling describe-auto-scaling-groups")["AutoScalingGroups"]
    attached = {one["AutoScalingGroupName"]: len(one["TargetGroupARNs"]) for one in groups}
    # The group of the hooks belongs to no deployment group.
    del attached["CodeDeploy_orders-workers"]
    assert attached == {"web-blue": 1, f"CodeDeploy_production_{ready}": 0}


def test_describe_target_health_shows_blue_healthy(screen: Screen, ready: str) -> None:
    described = screen.result("elbv2 describe-target-health")["TargetHealthDescriptions"]
    assert [one["TargetHealth"]["State"] for one in described] == ["healthy"] * 3


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (
            "aws deploy get-deployment --deployment-id d-NONE",
            "An error occurred (DeploymentDoesNotExistException) when calling the GetDeployment "
            "operation: The deployment d-NONE could not be found",
        ),
        (
            "aws autoscaling set-desired-capacity --auto-scaling-group-name none"
            " --desired-capacity 1",
            "An error occurred (ValidationError) when calling the SetDesiredCapacity operation: "
            "AutoScalingGroup name not found - AutoScalingGroup 'none' not found",
        ),
        (
            "aws elbv2 describe-target-groups --names none",
            "An error occurred (TargetGroupNotFound) when calling the DescribeTargetGroups "
            "operation: One or more target groups not found",
        ),
        (
            "aws lambda invoke --function-name none answer.json",
            "An error occurred (ResourceNotFoundException) when calling the Invoke operation: "
            "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:none",
        ),
        (
            "aws deploy list-on-premises-instances",
            "An error occurred (UnknownOperationException) when calling the "
            "ListOnPremisesInstances operation: This simulator does not serve "
            "ListOnPremisesInstances of codedeploy. It serves CreateDeployment, ",
        ),
        (
            "aws lambda list-functions",
            "An error occurred (UnknownOperationException) when calling the ListFunctions "
            "operation: This simulator does not serve GET /2015-03-31/functions of lambda. "
            "It serves Invoke.",
        ),
    ],
)
def test_a_bad_call_gives_the_error_text_of_aws(screen: Screen, command: str, text: str) -> None:
    done = screen.shell(command)
    assert done.returncode in (254, 255)
    assert text in done.stderr


@pytest.mark.parametrize(
    ("command", "error", "missing"),
    [
        (
            "sts get-caller-identity",
            "(InvalidAction) when calling the GetCallerIdentity",
            "GetCallerIdentity of sts",
        ),
        (
            "ec2 describe-instances",
            "(InvalidAction) when calling the DescribeInstances",
            "DescribeInstances of ec2",
        ),
        ("s3 ls", "(NotImplemented) when calling the ListBuckets", "GET / of s3"),
        (
            "s3 cp s3://releases/shop/v2.zip .",
            "(501) when calling the HeadObject operation: Not Implemented",
            "",
        ),
        (
            "s3api list-objects-v2 --bucket releases",
            "(NotImplemented) when calling the ListObjectsV2",
            "GET /releases of s3",
        ),
        (
            "route53 list-hosted-zones",
            "(InvalidAction) when calling the ListHostedZones",
            "GET /2013-04-01/hostedzone of route53",
        ),
        (
            "dynamodb list-tables",
            "(UnknownOperationException) when calling the ListTables",
            "ListTables of dynamodb",
        ),
        (
            "eks list-clusters",
            "(UnknownOperationException) when calling the ListClusters",
            "GET /clusters of eks",
        ),
    ],
)
def test_a_service_that_is_not_simulated_says_so(
    screen: Screen, command: str, error: str, missing: str
) -> None:
    done = screen.shell(f"aws {command}")
    assert done.returncode in (1, 254, 255)
    assert error in done.stderr
    if missing:
        assert f"This simulator does not serve {missing}. The services that it has" in done.stderr


UPDATE = (
    "aws deploy update-deployment-group --application-name shop"
    " --current-deployment-group-name production"
)
TAG = "ResourceId=web-blue,ResourceType=auto-scaling-group,Key=team"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (
            f"{UPDATE} --blue-green-deployment-configuration"
            " 'deploymentReadyOption={actionOnTimeout=STOP_DEPLOYMENT,waitTimeInMinutes=1440}'",
            {"hooksNotCleanedUp": []},
        ),
        (
            f"{UPDATE} --trigger-configurations triggerName=to-greenlight,"
            "triggerTargetArn=arn:aws:sns:eu-west-1:123456789012:deployments,"
            "triggerEvents=DeploymentReady,DeploymentStop",
            {"hooksNotCleanedUp": []},
        ),
        (
            "aws deploy list-deployments --application-name shop"
            " --deployment-group-name production --include-only-statuses Stopped Failed"
            " --create-time-range start=2020-01-01T00:00:00,end=2020-01-02T00:00:00",
            {"deployments": []},
        ),
        ("aws deploy batch-get-deployments --deployment-ids d-NONE", {"deploymentsInfo": []}),
        (
            "aws autoscaling suspend-processes --auto-scaling-group-name web-blue"
            " --scaling-processes AZRebalance AlarmNotification",
            None,
        ),
        ("aws autoscaling resume-processes --auto-scaling-group-name web-blue", None),
        (
            "aws autoscaling create-or-update-tags"
            f" --tags {TAG},Value=shop,PropagateAtLaunch=false",
            None,
        ),
        (f"aws autoscaling delete-tags --tags {TAG}", None),
    ],
)
def test_a_command_that_changes_or_lists_is_answered_as_by_aws(
    screen: Screen, command: str, answer: Any
) -> None:
    done = screen.shell(command)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout or "null") == answer


def test_lambda_invoke_is_told_that_nobody_has_asked_for_a_gate(screen: Screen, ready: str) -> None:
    assert FUNCTION in screen.command("lambda invoke")
    assert screen.result("lambda invoke", ready)["StatusCode"] == 200
    answer = json.loads((screen.directory / "answer.json").read_text())
    assert (answer["verdict"], answer["deploymentId"]) == ("Pending", ready)
    assert answer["reason"].startswith(f"nobody has asked Greenlight to gate deployment {ready}")


def test_continue_deployment_ends_the_wait(screen: Screen, ready: str) -> None:
    screen.result("deploy continue-deployment", ready)
    info = screen.result("deploy get-deployment", ready)["deploymentInfo"]
    assert info["status"] in ("InProgress", "Succeeded")

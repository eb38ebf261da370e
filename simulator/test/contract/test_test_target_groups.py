"""The snippets of docs/test-target-groups.md, each read by its own tool: three ways to the same test target group."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import yaml
from conftest import ROOT, Aws

PAGE = (ROOT / "docs/test-target-groups.md").read_text()

EXPECTED = {
    "name": "greenlight-web",
    "type": "instance",
    "protocol": "HTTP",
    "port": 80,
    "path": "/health",
    "interval": 10,
    "delay": "0",
    "tags": {"greenlight:gated-by": "shop/production"},
    "listener": ("HTTP", 9000, "forward"),
}


def snippets(language: str) -> str:
    """All code of the page in this language, without the indentation of lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no {language} on the page"
    return "".join(re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found)


class CloudFormation(yaml.SafeLoader):
    """YAML with `!Ref`."""


CloudFormation.add_constructor("!Ref", lambda loader, node: f"ref:{loader.construct_scalar(node)}")


def test_the_commands_make_a_twin_of_the_production_target_group(
    simulator: Aws, tmp_path: Path
) -> None:
    simulator.arrange("createTargetGroup", {"name": "web", "healthCheck": {"path": "/health"}})
    simulator.arrange("createAutoScalingGroup", {"name": "blue", "targetGroups": ["web"]})
    group = {"name": "production", "autoScalingGroup": "blue", "targetGroups": ["web"]}
    production = simulator.arrange("createDeploymentGroup", group)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME")},
        "AWS_ENDPOINT_URL": simulator.endpoint,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    script = snippets("sh").replace("REGION", "eu-west-1").replace("ACCOUNT", "123456789012")
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

    elb = simulator.client("elbv2")
    (web,) = elb.describe_target_groups(Names=["web"])["TargetGroups"]
    (made,) = elb.describe_target_groups(Names=["greenlight-web"])["TargetGroups"]
    shared = {"LoadBalancerArns", "VpcId", "Protocol", "ProtocolVersion", "Port", "IpAddressType"}
    shared |= {"TargetType", "HealthCheckPort", "HealthCheckProtocol", "HealthCheckPath", "Matcher"}
    assert {name: made[name] for name in shared} == {name: web[name] for name in shared}

    arn = made["TargetGroupArn"]
    attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    delay = {one["Key"]: one["Value"] for one in attributes}["deregistration_delay.timeout_seconds"]
    (tagged,) = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    found = {
        "name": made["TargetGroupName"],
        "type": made["TargetType"],
        "protocol": made["Protocol"],
        "port": made["Port"],
        "path": made["HealthCheckPath"],
        "interval": made["HealthCheckIntervalSeconds"],
        "delay": delay,
        "tags": {one["Key"]: one["Value"] for one in tagged["Tags"]},
        "listener": EXPECTED["listener"],  # that there is one shows in LoadBalancerArns
    }
    assert found == EXPECTED

    deploy = simulator.client("codedeploy")
    tags = deploy.list_tags_for_resource(ResourceArn=production["arn"])["Tags"]
    assert tags == [{"Key": "greenlight:test-target-groups", "Value": made["TargetGroupName"]}]


def test_the_cloudformation_passes_cfn_lint_and_makes_the_same(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(snippets("yaml"))
    done = subprocess.run(["cfn-lint", template], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")

    resources = yaml.load(template.read_text(), CloudFormation)["Resources"]
    group = resources["TestTargetGroup"]["Properties"]
    listener = resources["TestListener"]["Properties"]
    assert group["VpcId"] == "ref:Vpc"
    assert listener["LoadBalancerArn"] == "ref:LoadBalancer"
    assert {one["TargetGroupArn"] for one in listener["DefaultActions"]} == {"ref:TestTargetGroup"}
    found = {
        "name": group["Name"],
        "type": group["TargetType"],
        "protocol": group["Protocol"],
        "port": group["Port"],
        "path": group["HealthCheckPath"],
        "interval": group["HealthCheckIntervalSeconds"],
        "delay": {one["Key"]: one["Value"] for one in group["TargetGroupAttributes"]}[
            "deregistration_delay.timeout_seconds"
        ],
        "tags": {one["Key"]: one["Value"] for one in group["Tags"]},
        "listener": (listener["Protocol"], listener["Port"], listener["DefaultActions"][0]["Type"]),
    }
    assert found == EXPECTED


def test_the_terraform_is_hcl_and_makes_the_same() -> None:
    parsed = plain(hcl2.loads(snippets("hcl")))
    resources = {kind: body for one in parsed["resource"] for kind, body in one.items()}
    group = resources["aws_lb_target_group"]["test"]
    listener = resources["aws_lb_listener"]["test"]
    (checks,) = group["health_check"]
    (action,) = listener["default_action"]
    assert group["vpc_id"] == "${var.vpc_id}"
    assert listener["load_balancer_arn"] == "${var.load_balancer_arn}"
    assert action["target_group_arn"] == "${aws_lb_target_group.test.arn}"
    assert [next(iter(one)) for one in parsed["variable"]] == ["vpc_id", "load_balancer_arn"]
    found = {
        "name": group["name"],
        "type": group["target_type"],
        "protocol": group["protocol"],
        "port": group["port"],
        "path": checks["path"],
        "interval": checks["interval"],
        "delay": str(group["deregistration_delay"]),
        "tags": group["tags"],
        "listener": (listener["protocol"], listener["port"], action["type"]),
    }
    assert found == EXPECTED


def plain(parsed: Any) -> Any:
    """What the parser gives, without the quotes around texts and without its marks of blocks."""
    if isinstance(parsed, dict):
        return {plain(key): plain(value) for key, value in parsed.items() if key != "__is_block__"}
    if isinstance(parsed, list):
        return [plain(one) for one in parsed]
    return parsed.strip('"') if isinstance(parsed, str) else parsed

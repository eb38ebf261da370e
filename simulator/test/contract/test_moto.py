"""The simulator and moto, an independent emulator, under the same tests.

That is, wherever moto has the operation. Where moto is unlike AWS, the test says how, and asks the
simulator alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from conftest import Aws
from moto.autoscaling.responses import AutoScalingResponse
from moto.awslambda.responses import LambdaResponse
from moto.codedeploy.responses import CodeDeployResponse
from moto.elbv2.responses import ELBV2Response
from moto.server import ThreadedMotoServer

# The operations of the simulator that moto does not implement.
MOTO_LACKS = {
    "autoscaling.AttachTrafficSources",
    "autoscaling.DetachTrafficSources",
    "autoscaling.StartInstanceRefresh",
    "codedeploy.BatchGetDeploymentGroups",
    "codedeploy.BatchGetDeploymentTargets",
    "codedeploy.ContinueDeployment",
    "codedeploy.ListDeploymentTargets",
    "codedeploy.PutLifecycleEventHookExecutionStatus",
    "codedeploy.StopDeployment",
    "codedeploy.UpdateDeploymentGroup",
}
MOTO = {
    "autoscaling": AutoScalingResponse,
    "codedeploy": CodeDeployResponse,
    "elbv2": ELBV2Response,
    "lambda": LambdaResponse,
}

PRODUCTION = {"applicationName": "shop", "deploymentGroupName": "production"}
BUNDLE = {
    "revisionType": "S3",
    "s3Location": {"bucket": "releases", "key": "v2.zip", "bundleType": "zip"},
}


@dataclass(frozen=True)
class Account:
    """`blue`, two instances behind `web`; `spare`, an unused target group; shop/production."""

    autoscaling: Any
    codedeploy: Any
    elbv2: Any
    lambda_: Any
    web: str  # ARNs
    spare: str
    production: str

    def group(self, name: str = "blue") -> dict[str, Any]:
        groups = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        (group,) = groups["AutoScalingGroups"]
        return dict(group)

    def instances(self) -> set[str]:
        return {instance["InstanceId"] for instance in self.group()["Instances"]}

    def health(self, target_group: str, **asked: Any) -> dict[str, str]:
        """The state of each target."""
        described = self.elbv2.describe_target_health(TargetGroupArn=target_group, **asked)
        return {
            one["Target"]["Id"]: one["TargetHealth"]["State"]
            for one in described["TargetHealthDescriptions"]
        }


def account_of(aws: Aws, **arns: str) -> Account:
    names = ("autoscaling", "codedeploy", "elbv2")
    clients = {name: aws.client(name) for name in names}
    return Account(**clients, lambda_=aws.client("lambda"), **arns)


def in_the_simulator(aws: Aws) -> Account:
    web = aws.arrange("createTargetGroup", {"name": "web"})
    spare = aws.arrange("createTargetGroup", {"name": "spare"})
    options = {"targetGroups": ["web"], "minSize": 1, "maxSize": 4, "tags": {"team": "shop"}}
    aws.arrange("createAutoScalingGroup", {"name": "blue", **options})
    options = {"targetGroups": ["web"], "readyWaitMinutes": 30, "tags": {"team": "shop"}}
    production = aws.arrange(
        "createDeploymentGroup", {"name": "production", "autoScalingGroup": "blue", **options}
    )
    aws.arrange("putBundle", "releases", "v2.zip", {"version": "v2"})
    return account_of(aws, web=web["arn"], spare=spare["arn"], production=production["arn"])


def in_moto(aws: Aws) -> Account:
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in {"eu-west-1a": "10.0.0.0/24", "eu-west-1b": "10.0.1.0/24"}.items()
    ]
    arns = {}
    for name in ("web", "spare"):
        balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]
        group = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance"
        )["TargetGroups"][0]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
        )
        arns[name] = group["TargetGroupArn"]

    ec2.create_launch_template(
        LaunchTemplateName="application",
        LaunchTemplateData={"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro"},
    )
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="blue",
        LaunchTemplate={"LaunchTemplateName": "application", "Version": "$Latest"},
        MinSize=1,
        MaxSize=4,
        DesiredCapacity=2,
        HealthCheckType="ELB",
        HealthCheckGracePeriod=300,
        VPCZoneIdentifier=",".join(subnets),
        TargetGroupARNs=[arns["web"]],
        Tags=[{"Key": "team", "Value": "shop", "PropagateAtLaunch": False}],
    )

    deploy = aws.client("codedeploy")
    deploy.create_application(applicationName="shop", computePlatform="Server")
    deploy.create_deployment_group(
        **PRODUCTION,
        serviceRoleArn="arn:aws:iam::123456789012:role/CodeDeployServiceRole",
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
        autoScalingGroups=["blue"],
        deploymentStyle={
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 5,
            },
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": 30,
            },
            "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        },
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
        tags=[{"Key": "team", "Value": "shop"}],
    )
    codedeploy = "arn:aws:codedeploy:eu-west-1:123456789012"
    return account_of(aws, **arns, production=f"{codedeploy}:deploymentgroup:shop/production")


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    # Its hundreds of machine images would take seconds at every reset.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_endpoint: str) -> Account:
    urlopen(Request(f"{moto_endpoint}/moto-api/reset", method="POST")).close()

    def nobody(*_: Any) -> Any:
        raise AssertionError("moto is arranged by its own API")

    return in_moto(Aws(moto_endpoint, nobody))


@pytest.fixture
def simulated(simulator: Aws) -> Account:
    return in_the_simulator(simulator)


@pytest.fixture(params=["simulated", "moto"])
def account(request: pytest.FixtureRequest) -> Account:
    made: Account = request.getfixturevalue(request.param)
    return made


def refusal(call: Any, **asked: Any) -> str:
    """The code of the error that the call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return str(refused.value.response["Error"]["Code"])


def test_what_moto_lacks_is_listed_and_the_rest_is_called_here(served: set[str]) -> None:
    def implemented(operation: str) -> bool:
        service, _, name = operation.partition(".")
        return hasattr(MOTO[service], xform_name(name))

    assert {operation for operation in served if not implemented(operation)} == MOTO_LACKS
    here = Path(__file__).read_text()
    names = {xform_name(operation.partition(".")[2]) for operation in served - MOTO_LACKS}
    assert {name for name in names if f".{name}" not in here} == set()


# Auto Scaling


def test_a_group_is_described_with_its_instances_target_groups_and_tags(account: Account) -> None:
    group = account.group()
    tag = {"ResourceId": "blue", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
    said = {name: group.get(name) for name in ("MinSize", "MaxSize", "DesiredCapacity", "Tags")}
    assert said == {
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "Tags": [{**tag, "Key": "team", "Value": "shop"}],
    }
    assert group["TargetGroupARNs"] == [account.web]
    assert (group["HealthCheckType"], group["HealthCheckGracePeriod"]) == ("ELB", 300)
    assert (group["LoadBalancerNames"], group["SuspendedProcesses"]) == ([], [])
    states = [(one["LifecycleState"], one["HealthStatus"]) for one in group["Instances"]]
    assert states == [("InService", "Healthy")] * 2


def test_a_group_that_does_not_exist_is_absent_from_the_answer(account: Account) -> None:
    names = ["none", "blue"]
    described = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)
    found = [group["AutoScalingGroupName"] for group in described["AutoScalingGroups"]]
    assert found == ["blue"]


def test_an_empty_list_of_names_describes_every_group(account: Account) -> None:
    described = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[])
    assert len(described["AutoScalingGroups"]) == 1


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("tag:team", ["shop"], ["blue"]),
        ("tag:team", ["web", "shop"], ["blue"]),
        ("tag:team", ["sh*"], []),
        ("tag-key", ["team"], ["blue"]),
        ("tag-key", ["colour"], []),
        ("tag-value", ["shop"], ["blue"]),
        ("tag-value", ["team"], []),
    ],
)
def test_filters_match_tags_exactly(
    account: Account, name: str, values: list[str], found: list[str]
) -> None:
    filters = [{"Name": name, "Values": values}]
    described = account.autoscaling.describe_auto_scaling_groups(Filters=filters)
    groups = [group["AutoScalingGroupName"] for group in described["AutoScalingGroups"]]
    assert groups == found


def test_attaching_adds_a_target_group_and_registers_every_instance(account: Account) -> None:
    account.autoscaling.attach_load_balancer_target_groups(
        AutoScalingGroupName="blue", TargetGroupARNs=[account.spare]
    )
    assert account.group()["TargetGroupARNs"] == [account.web, account.spare]
    attached = account.autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName="blue")
    arns = [one["LoadBalancerTargetGroupARN"] for one in attached["LoadBalancerTargetGroups"]]
    assert sorted(arns) == sorted([account.web, account.spare])
    assert account.health(account.spare).keys() == account.instances()


def test_a_hook_of_another_name_is_absent_from_the_answer(account: Account) -> None:
    described = account.autoscaling.describe_lifecycle_hooks(
        AutoScalingGroupName="blue", LifecycleHookNames=["none"]
    )
    assert described["LifecycleHooks"] == []


def test_detaching_leaves_the_instances_running_and_gives_them_no_more_traffic(
    account: Account,
) -> None:
    account.autoscaling.detach_load_balancer_target_groups(
        AutoScalingGroupName="blue", TargetGroupARNs=[account.web]
    )
    assert account.group()["TargetGroupARNs"] == []
    assert len(account.instances()) == 2
    assert set(account.health(account.web).values()) <= {"draining"}


def test_the_desired_capacity_is_what_was_set(account: Account) -> None:
    account.autoscaling.set_desired_capacity(AutoScalingGroupName="blue", DesiredCapacity=3)
    assert account.group()["DesiredCapacity"] == 3


def suspended(account: Account) -> set[str]:
    return {process["ProcessName"] for process in account.group()["SuspendedProcesses"]}


def test_processes_are_suspended_and_resumed_by_name(account: Account) -> None:
    blue = {"AutoScalingGroupName": "blue"}
    processes = ["AZRebalance", "HealthCheck"]
    account.autoscaling.suspend_processes(**blue, ScalingProcesses=processes)
    assert suspended(account) == {"AZRebalance", "HealthCheck"}
    account.autoscaling.resume_processes(**blue, ScalingProcesses=["HealthCheck", "Launch"])
    assert suspended(account) == {"AZRebalance"}


def test_all_processes_are_suspended_and_resumed_where_none_is_named(account: Account) -> None:
    account.autoscaling.suspend_processes(AutoScalingGroupName="blue")
    assert suspended(account) == {
        "AddToLoadBalancer",
        "AlarmNotification",
        "AZRebalance",
        "HealthCheck",
        "InstanceRefresh",
        "Launch",
        "ReplaceUnhealthy",
        "ScheduledActions",
        "Terminate",
    }
    account.autoscaling.resume_processes(AutoScalingGroupName="blue")
    assert suspended(account) == set()


def tag(key: str, value: str) -> dict[str, Any]:
    resource = {"ResourceId": "blue", "ResourceType": "auto-scaling-group"}
    return {**resource, "Key": key, "Value": value, "PropagateAtLaunch": False}


def test_tags_are_created_changed_and_deleted(account: Account) -> None:
    tags = [tag("team", "web"), tag("greenlight:record", "d-1")]
    account.autoscaling.create_or_update_tags(Tags=tags)
    assert account.group()["Tags"] == tags
    # A missing tag is no error.
    account.autoscaling.delete_tags(Tags=[tag("team", "web"), tag("none", "")])
    assert account.group()["Tags"] == tags[1:]


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("auto-scaling-group", ["blue"], ["team", "colour"]),
        ("auto-scaling-group", ["none"], []),
        ("key", ["team", "none"], ["team"]),
        ("value", ["red"], ["colour"]),
    ],
)
def test_tags_are_described_by_filters(
    account: Account, name: str, values: list[str], found: list[str]
) -> None:
    account.autoscaling.create_or_update_tags(Tags=[tag("colour", "red")])
    filters = [{"Name": name, "Values": values}]
    described = account.autoscaling.describe_tags(Filters=filters)["Tags"]
    assert [one["Key"] for one in described] == found


def test_tags_of_target_groups_are_added_and_described(account: Account) -> None:
    for colour in ("red", "blue"):
        tags = [{"Key": "colour", "Value": colour}]
        account.elbv2.add_tags(ResourceArns=[account.web, account.spare], Tags=tags)
        described = account.elbv2.describe_tags(ResourceArns=[account.web])["TagDescriptions"]
        assert described == [{"ResourceArn": account.web, "Tags": tags}]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("attach_load_balancer_target_groups", {"TargetGroupARNs": ["arn:aws:elb"]}),
        ("detach_load_balancer_target_groups", {"TargetGroupARNs": ["arn:aws:elb"]}),
        ("describe_load_balancer_target_groups", {}),
        ("set_desired_capacity", {"DesiredCapacity": 1}),
        ("suspend_processes", {}),
        ("resume_processes", {}),
    ],
)
def test_a_group_that_does_not_exist_is_a_validation_error(
    simulated: Account, operation: str, asked: dict[str, Any]
) -> None:
    """moto answers an internal error (500) instead."""
    call = getattr(simulated.autoscaling, operation)
    assert refusal(call, AutoScalingGroupName="none", **asked) == "ValidationError"


def test_an_instance_leaves_service_for_standby_and_comes_back(account: Account) -> None:
    instance = min(account.instances())
    given = {"AutoScalingGroupName": "blue", "InstanceIds": [instance]}
    account.autoscaling.enter_standby(**given, ShouldDecrementDesiredCapacity=True)
    assert account.group()["DesiredCapacity"] == 1

    def state() -> str:
        (one,) = (one for one in account.group()["Instances"] if one["InstanceId"] == instance)
        return str(one["LifecycleState"])

    while state() == "EnteringStandby":
        pass
    assert state() == "Standby"
    account.autoscaling.exit_standby(**given)
    assert account.group()["DesiredCapacity"] == 2
    while state() == "Pending":
        pass
    assert state() == "InService"


def test_an_instance_is_protected_from_scale_in(account: Account) -> None:
    instance = min(account.instances())
    account.autoscaling.set_instance_protection(
        AutoScalingGroupName="blue", InstanceIds=[instance], ProtectedFromScaleIn=True
    )
    protected = {one["InstanceId"]: one["ProtectedFromScaleIn"] for one in account.group()["Instances"]}
    assert {one for one, is_so in protected.items() if is_so} == {instance}


def test_an_instance_is_called_unhealthy(account: Account) -> None:
    instance = min(account.instances())
    account.autoscaling.set_instance_health(
        InstanceId=instance, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    found = [one for one in account.group()["Instances"] if one["InstanceId"] == instance]
    assert [one["HealthStatus"] for one in found] in (["Unhealthy"], [])


def test_an_instance_is_terminated_and_its_group_wants_fewer(account: Account) -> None:
    instance = min(account.instances())
    account.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=True
    )
    group = account.group()
    assert group["DesiredCapacity"] == 1
    in_service = [one for one in group["Instances"] if one["LifecycleState"] == "InService"]
    assert instance not in [one["InstanceId"] for one in in_service]


def test_a_group_is_updated(account: Account) -> None:
    changed = {"MinSize": 2, "MaxSize": 3, "DesiredCapacity": 3, "HealthCheckType": "EC2"}
    account.autoscaling.update_auto_scaling_group(AutoScalingGroupName="blue", **changed)
    group = account.group()
    assert {name: group[name] for name in changed} == changed


def test_a_group_with_instances_is_not_deleted_without_force(simulated: Account) -> None:
    """moto deletes it."""
    delete = simulated.autoscaling.delete_auto_scaling_group
    assert refusal(delete, AutoScalingGroupName="blue") == "ResourceInUse"


def test_a_group_is_deleted_by_force_with_its_instances(account: Account) -> None:
    account.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="blue", ForceDelete=True)
    described = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["blue"])
    assert {one.get("Status") for one in described["AutoScalingGroups"]} <= {"Delete in progress"}


def test_scaling_activities_are_described(simulated: Account) -> None:
    """moto knows of none."""
    simulated.autoscaling.set_desired_capacity(AutoScalingGroupName="blue", DesiredCapacity=3)
    blue = {"AutoScalingGroupName": "blue"}
    (newest, *_) = simulated.autoscaling.describe_scaling_activities(**blue)["Activities"]
    assert newest["AutoScalingGroupName"] == "blue"
    assert newest["StatusCode"] in {"InProgress", "Successful"}


# Elastic Load Balancing


def test_load_balancers_are_described(account: Account) -> None:
    described = account.elbv2.describe_load_balancers(Names=["web"])["LoadBalancers"]
    (web,) = account.elbv2.describe_target_groups(Names=["web"])["TargetGroups"]
    assert [one["LoadBalancerArn"] for one in described] == web["LoadBalancerArns"]
    assert [one["Type"] for one in described] == ["application"]


def test_attributes_of_a_target_group_are_modified(account: Account) -> None:
    """moto has no default for the thresholds, and reads them back only once they are set."""
    key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
    changed = {"deregistration_delay.timeout_seconds": "900", key: "60"}
    account.elbv2.modify_target_group_attributes(
        TargetGroupArn=account.web,
        Attributes=[{"Key": name, "Value": value} for name, value in changed.items()],
    )
    described = account.elbv2.describe_target_group_attributes(TargetGroupArn=account.web)
    attributes = {one["Key"]: one["Value"] for one in described["Attributes"]}
    assert {name: attributes[name] for name in changed} == changed


def test_target_groups_are_found_by_name_and_by_arn(account: Account) -> None:
    by_name = account.elbv2.describe_target_groups(Names=["web", "spare"])["TargetGroups"]
    by_arn = account.elbv2.describe_target_groups(TargetGroupArns=[account.web])["TargetGroups"]
    assert {one["TargetGroupName"] for one in by_name} == {"web", "spare"}
    assert [one["TargetGroupName"] for one in by_arn] == ["web"]
    (web,) = by_arn
    said = {name: web[name] for name in ("TargetType", "Protocol", "Port", "TargetGroupArn")}
    assert said == {
        "TargetType": "instance",
        "Protocol": "HTTP",
        "Port": 80,
        "TargetGroupArn": account.web,
    }
    assert len(web["LoadBalancerArns"]) == 1


def test_target_groups_are_found_by_their_load_balancer(account: Account) -> None:
    (web,) = account.elbv2.describe_target_groups(Names=["web"])["TargetGroups"]
    (balancer,) = web["LoadBalancerArns"]
    behind = account.elbv2.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"]
    assert behind == [web]


@pytest.mark.parametrize("names", [["none"], ["web", "none"]])
def test_one_missing_target_group_fails_the_whole_call(account: Account, names: list[str]) -> None:
    assert refusal(account.elbv2.describe_target_groups, Names=names) == "TargetGroupNotFound"


def test_the_health_of_a_target_group_names_each_instance_of_its_group(account: Account) -> None:
    assert account.health(account.web) == dict.fromkeys(account.instances(), "healthy")
    assert account.health(account.spare) == {}


def test_a_target_that_was_never_registered_is_unused(account: Account) -> None:
    target = min(account.instances())
    assert account.health(account.spare, Targets=[{"Id": target}]) == {target: "unused"}


def test_a_target_is_registered_and_deregistered(account: Account) -> None:
    target = min(account.instances())
    account.elbv2.register_targets(TargetGroupArn=account.spare, Targets=[{"Id": target}])
    assert account.health(account.spare).keys() == {target}
    account.elbv2.deregister_targets(TargetGroupArn=account.spare, Targets=[{"Id": target}])
    assert set(account.health(account.spare).values()) <= {"draining"}


def test_a_target_group_is_used_by_a_load_balancer_once_a_listener_forwards_to_it(
    account: Account,
) -> None:
    elb = account.elbv2
    (web,) = elb.describe_target_groups(Names=["web"])["TargetGroups"]
    asked = {"Name": "greenlight-web", "Protocol": "HTTP", "Port": 80, "VpcId": web["VpcId"]}
    (made,) = elb.create_target_group(**asked, TargetType="instance")["TargetGroups"]
    details = ("VpcId", "Port", "Protocol", "ProtocolVersion", "HealthCheckPort", "Matcher")
    details += ("HealthCheckProtocol", "HealthCheckPath", "UnhealthyThresholdCount")
    assert {name: made.get(name) for name in details} == {name: web.get(name) for name in details}
    assert made.get("LoadBalancerArns", []) == []

    (balancer,) = web["LoadBalancerArns"]
    forward = [{"Type": "forward", "TargetGroupArn": made["TargetGroupArn"]}]
    listener = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 9000}
    elb.create_listener(**listener, DefaultActions=forward)
    (used,) = elb.describe_target_groups(Names=["greenlight-web"])["TargetGroups"]
    assert used["LoadBalancerArns"] == [balancer]
    other = {**asked, "Port": 81}
    assert refusal(elb.create_target_group, **other) == "DuplicateTargetGroupName"


@pytest.mark.parametrize(
    "operation", ["describe_target_health", "register_targets", "deregister_targets"]
)
def test_targets_of_a_target_group_that_does_not_exist_are_an_error(
    account: Account, operation: str
) -> None:
    asked: dict[str, Any] = {"TargetGroupArn": account.web[:-1]}
    if operation != "describe_target_health":
        asked["Targets"] = [{"Id": min(account.instances())}]
    assert refusal(getattr(account.elbv2, operation), **asked) == "TargetGroupNotFound"


# CodeDeploy


def test_a_deployment_group_is_described_as_it_was_made(account: Account) -> None:
    info = account.codedeploy.get_deployment_group(**PRODUCTION)["deploymentGroupInfo"]
    names = ("applicationName", "deploymentGroupName", "deploymentConfigName", "computePlatform")
    assert [info[name] for name in names] == [
        "shop",
        "production",
        "CodeDeployDefault.AllAtOnce",
        "Server",
    ]
    assert info["deploymentStyle"] == {
        "deploymentType": "BLUE_GREEN",
        "deploymentOption": "WITH_TRAFFIC_CONTROL",
    }
    assert info["loadBalancerInfo"] == {"targetGroupInfoList": [{"name": "web"}]}
    blue_green = info["blueGreenDeploymentConfiguration"]
    assert blue_green == {
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": 5,
        },
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 30},
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
    }


def test_applications_and_their_deployment_groups_are_listed(account: Account) -> None:
    assert account.codedeploy.list_applications()["applications"] == ["shop"]
    listed = account.codedeploy.list_deployment_groups(applicationName="shop")
    assert listed["deploymentGroups"] == ["production"]


def test_a_deployment_is_created_by_its_user_with_what_its_group_says(account: Account) -> None:
    made = account.codedeploy.create_deployment(**PRODUCTION, revision=BUNDLE, description="v2")
    deployment = made["deploymentId"]
    info = account.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
    group = account.codedeploy.get_deployment_group(**PRODUCTION)["deploymentGroupInfo"]
    assert info["deploymentId"] == deployment
    names = ("applicationName", "deploymentGroupName", "creator", "description", "revision")
    assert [info[name] for name in names] == ["shop", "production", "user", "v2", BUNDLE]
    same = ("deploymentStyle", "loadBalancerInfo", "blueGreenDeploymentConfiguration")
    for name in (*same, "computePlatform", "deploymentConfigName"):
        assert info[name] == group[name]


def test_deployments_are_listed_by_their_group_and_status(account: Account) -> None:
    deployment = account.codedeploy.create_deployment(**PRODUCTION, revision=BUNDLE)["deploymentId"]

    def listed(**asked: Any) -> list[str]:
        return list(account.codedeploy.list_deployments(**asked)["deployments"])

    assert listed() == [deployment]
    assert listed(**PRODUCTION) == [deployment]
    under_way = ["Created", "Queued", "InProgress", "Ready"]
    assert listed(**PRODUCTION, includeOnlyStatuses=under_way) == [deployment]
    assert listed(**PRODUCTION, includeOnlyStatuses=["Stopped"]) == []
    assert listed(createTimeRange={"end": datetime(2020, 1, 1)}) == []


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("applicationName", "ApplicationNameRequiredException"),
        ("deploymentGroupName", "DeploymentGroupNameRequiredException"),
    ],
)
def test_deployments_are_listed_by_application_and_deployment_group_together(
    account: Account, missing: str, code: str
) -> None:
    asked = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert refusal(account.codedeploy.list_deployments, **asked) == code


def test_deployments_are_described_in_batches_without_a_missing_one(account: Account) -> None:
    deployment = account.codedeploy.create_deployment(**PRODUCTION, revision=BUNDLE)["deploymentId"]
    ids = ["d-NONE12345", deployment]
    infos = account.codedeploy.batch_get_deployments(deploymentIds=ids)["deploymentsInfo"]
    assert [info["deploymentId"] for info in infos] == [deployment]


def test_a_deployment_that_does_not_exist_is_an_error(account: Account) -> None:
    code = refusal(account.codedeploy.get_deployment, deploymentId="d-NONE12345")
    assert code == "DeploymentDoesNotExistException"


@pytest.mark.parametrize("operation", ["get_deployment_group", "create_deployment"])
@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("applicationName", "ApplicationDoesNotExistException"),
        ("deploymentGroupName", "DeploymentGroupDoesNotExistException"),
    ],
)
def test_a_deployment_group_that_does_not_exist_is_an_error(
    account: Account, operation: str, missing: str, code: str
) -> None:
    call = getattr(account.codedeploy, operation)
    assert refusal(call, **{**PRODUCTION, missing: "none"}) == code


def test_a_deployment_group_is_tagged_and_untagged(account: Account) -> None:
    deploy, arn = account.codedeploy, account.production

    def tags() -> dict[str, str]:
        listed = deploy.list_tags_for_resource(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    assert tags() == {"team": "shop"}
    added = {"team": "web", "greenlight:mode": "gate"}
    deploy.tag_resource(
        ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in added.items()]
    )
    assert tags() == added
    deploy.untag_resource(ResourceArn=arn, TagKeys=["greenlight:mode", "never-there"])
    assert tags() == {"team": "web"}


# Lambda


def test_a_function_that_does_not_exist_is_an_error(account: Account) -> None:
    """test_botocore.py tests what a function answers, because moto would run it in Docker."""
    code = refusal(account.lambda_.invoke, FunctionName="none", Payload=b"{}")
    assert code == "ResourceNotFoundException"

"""Every operation of the simulator through botocore, which comes with AWS's models.

Answers hold nothing that the model does not know and all that it requires; errors are those that
the model lists for the operation; bad parameters are refused by the simulator itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import Any
from xml.etree import ElementTree

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape, StructureShape
from conftest import ROOT, Aws

# Codes that a service may answer to any operation, so that its model lists them for none: the
# "Common Errors" of each API's reference, in the two ways to say it (F38).
JSON_ERRORS = {"AccessDeniedException", "InternalFailure", "MissingAuthenticationToken"}
JSON_ERRORS |= {"SerializationException", "ThrottlingException", "UnknownOperationException"}
JSON_ERRORS |= {"InvalidSignatureException"}
QUERY_ERRORS = {"AccessDenied", "InternalFailure", "MissingAuthenticationToken", "InvalidAction"}
QUERY_ERRORS |= {"MissingAction", "MalformedQueryString", "Throttling", "ValidationError"}
QUERY_ERRORS |= {"SignatureDoesNotMatch"}
COMMON_ERRORS = {
    "autoscaling": QUERY_ERRORS,
    "codedeploy": JSON_ERRORS,
    "elbv2": QUERY_ERRORS,
    "lambda": JSON_ERRORS,
}


@dataclass(frozen=True)
class Shop:
    """An account in which every operation can succeed."""

    aws: Aws
    web: str  # the ARN of the target group of `blue`
    sources: str  # of one that was attached to `blue` as a traffic source
    spare: str  # of one that is attached nowhere
    addresses: str  # of one of type ip
    instance: str  # of `blue`
    other: str  # another of `blue`
    group: str  # the ARN of the deployment group shop/production
    ready: str  # a deployment of it that waits to be continued
    hooked: str  # a deployment on Lambda that waits for its hook's report

    def reach(self, deployment: str, status: str) -> str:
        self.aws.tell("reaches", deployment, status)
        return deployment

    def suspended(self) -> dict[str, list[str]]:
        """The Auto Scaling group, with every process suspended."""
        self.aws.client("autoscaling").suspend_processes(AutoScalingGroupName="blue")
        return {"AutoScalingGroupNames": ["blue"]}

    def test_listener(self, *, created: bool = False) -> dict[str, Any]:
        """A listener of the load balancer of `spare` that forwards to it, and may exist already."""
        elb = self.aws.client("elbv2")
        (spare,) = elb.describe_target_groups(TargetGroupArns=[self.spare])["TargetGroups"]
        (balancer,) = spare["LoadBalancerArns"]
        forward = [{"Type": "forward", "TargetGroupArn": self.spare}]
        asked = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 9000}
        if created:
            elb.create_listener(**asked, DefaultActions=forward)
        return {**asked, "DefaultActions": forward}

    def weighted(self) -> dict[str, list[str]]:
        """Auto Scaling groups whose capacity is in units."""
        weights = {"weights": {"large": 4, "small": 2}, "desiredCapacity": 6}
        self.aws.arrange("createAutoScalingGroup", {"name": "units", **weights})
        counts = {**weights, "desiredCapacityType": "vcpu"}
        self.aws.arrange("createAutoScalingGroup", {"name": "counts", **counts})
        return {"AutoScalingGroupNames": ["units", "counts"]}

    def in_standby(self) -> dict[str, Any]:
        """Instances in Standby."""
        given = {"AutoScalingGroupName": "blue", "InstanceIds": [self.instance]}
        client = self.aws.client("autoscaling")
        client.enter_standby(**given, ShouldDecrementDesiredCapacity=True)
        while True:
            described = client.describe_auto_scaling_groups(AutoScalingGroupNames=["blue"])
            instances = described["AutoScalingGroups"][0]["Instances"]
            if "Standby" in {instance["LifecycleState"] for instance in instances}:
                return given

    def full(self) -> dict[str, str]:
        """An Auto Scaling group that has as many instances as it may."""
        client = self.aws.client("autoscaling")
        client.update_auto_scaling_group(AutoScalingGroupName="blue", MaxSize=1)
        return {"AutoScalingGroupName": "blue"}

    def minimal(self) -> dict[str, str]:
        """An instance that its group cannot do without."""
        client = self.aws.client("autoscaling")
        client.update_auto_scaling_group(AutoScalingGroupName="blue", MinSize=2)
        return {"InstanceId": self.instance}

    def undeletable(self) -> dict[str, str]:
        protected = {"name": "protected", "deletionProtection": "prevent-all-deletion"}
        self.aws.arrange("createAutoScalingGroup", protected)
        return {"AutoScalingGroupName": "protected"}

    def managed_group(self) -> dict[str, str]:
        """An Auto Scaling group that an AWS service manages."""
        managed = {"name": "managed", "operator": "ecs.amazonaws.com"}
        self.aws.arrange("createAutoScalingGroup", managed)
        return {"AutoScalingGroupName": "managed"}

    def managed(self) -> dict[str, list[str]]:
        return {"AutoScalingGroupNames": [self.managed_group()["AutoScalingGroupName"]]}

    def refreshing(self) -> dict[str, str]:
        """An Auto Scaling group whose instances are being replaced."""
        self.aws.arrange("suspendProcesses", "blue", ["InstanceRefresh"])
        self.aws.arrange("startInstanceRefresh", "blue")
        return {"AutoScalingGroupName": "blue"}

    def launched(self) -> dict[str, str]:
        """An Auto Scaling group that has launched an instance."""
        self.aws.arrange("setDesiredCapacity", "blue", 3)
        return {"AutoScalingGroupName": "blue"}

    def stopped(self) -> str:
        self.aws.arrange("stopDeployment", self.ready)
        return self.reach(self.ready, "Stopped")

    def terminating(self) -> str:
        """A deployment that waits before it terminates blue."""
        self.aws.arrange("continueDeployment", self.ready)
        return self.reach(self.ready, "TerminationWait")

    def failed(self) -> str:
        """A deployment whose script failed on every instance; it is being rolled back."""
        hooks = {"BeforeInstall": [{"script": "/no/such/script"}]}
        made = {"revision": {"version": "v3", "hooks": hooks}, "autoRollback": True}
        deployment = self.aws.arrange("deploy", {"deploymentGroup": "staging", **made})
        return self.reach(deployment, "Failed")

    def fully_tagged(self) -> dict[str, Any]:
        """One tag too many for `staging`, which has as many as there can be."""
        tags = [{**TAG, "ResourceId": "staging", "Key": f"k{index}"} for index in range(51)]
        client = self.aws.client("autoscaling")
        client.create_or_update_tags(Tags=tags[:25])
        client.create_or_update_tags(Tags=tags[25:50])
        return {"Tags": tags[50:]}

    def triggering(self) -> dict[str, str]:
        """The deployment group that `TRIGGER` has been given to."""
        change = {"applicationName": "shop", "currentDeploymentGroupName": "production"}
        self.aws.client("codedeploy").update_deployment_group(
            **change, triggerConfigurations=[TRIGGER]
        )
        return PRODUCTION

    def report(self) -> dict[str, str]:
        """The report that `hooked` waits for."""
        execution = self.aws.tell("hookExecution", self.hooked)
        report = {"deploymentId": self.hooked, "lifecycleEventHookExecutionId": execution}
        return {**report, "status": "Succeeded"}

    def reported(self) -> dict[str, str]:
        """The same report, after it was made."""
        report = self.report()
        self.aws.client("codedeploy").put_lifecycle_event_hook_execution_status(**report)
        return report

    def targets(self, deployment: str) -> dict[str, Any]:
        """All that a deployment deploys to."""
        listed = self.aws.client("codedeploy").list_deployment_targets(deploymentId=deployment)
        return {"deploymentId": deployment, "targetIds": listed["targetIds"]}


@pytest.fixture
def shop(simulator: Aws) -> Shop:
    arrange = simulator.arrange
    arns = {
        name: arrange("createTargetGroup", {"name": name, "targetType": target_type})["arn"]
        for name, target_type in {
            "web": "instance",
            "sources": "instance",
            "spare": "instance",
            "addresses": "ip",
            "more-addresses": "ip",
        }.items()
    }
    attached = {"targetGroups": ["web"], "trafficSources": ["sources"]}
    kept = {"suspendedProcesses": ["AZRebalance"], "tags": {"team": "shop"}}
    arrange("createAutoScalingGroup", {"name": "blue", "minSize": 1, **attached, **kept})
    arrange("createAutoScalingGroup", {"name": "staging"})

    groups: list[dict[str, Any]] = [
        {
            "name": "production",
            "autoScalingGroup": "blue",
            "targetGroups": ["web"],
            "readyWaitMinutes": 60_000,
            "terminateBlueAfterMinutes": 60_000,
            "tags": {"team": "shop"},
        },
        {
            "name": "staging",
            "autoScalingGroup": "staging",
            "deploymentStyle": {"deploymentType": "IN_PLACE"},
        },
        {"application": "mailer", "name": "production", "computePlatform": "Lambda"},
        {"application": "mailer", "name": "staging", "computePlatform": "Lambda"},
        {
            "application": "orders",
            "name": "production",
            "computePlatform": "ECS",
            "targetGroupPairs": [["addresses", "more-addresses"]],
        },
    ]
    production, *_ = [arrange("createDeploymentGroup", group) for group in groups]
    arrange("putBundle", "releases", "v2.zip", {"version": "v2"})
    simulator.tell("createFunction", "echo", "echoes")
    simulator.tell("createFunction", "broken", "breaks")

    ready = arrange("deploy", {"deploymentGroup": "production"})
    hooks = {"application": "mailer", "lambdaHooks": {"BeforeAllowTraffic": "echo"}}
    hooked = arrange("deploy", {"deploymentGroup": "production", **hooks})
    simulator.tell("reaches", ready, "Ready")
    simulator.tell("reaches", hooked, "InProgress")
    health = simulator.client("elbv2").describe_target_health(TargetGroupArn=arns["web"])
    return Shop(
        aws=simulator,
        web=arns["web"],
        sources=arns["sources"],
        spare=arns["spare"],
        addresses=arns["addresses"],
        instance=health["TargetHealthDescriptions"][0]["Target"]["Id"],
        other=health["TargetHealthDescriptions"][1]["Target"]["Id"],
        group=production["arn"],
        ready=ready,
        hooked=hooked,
    )


Asked = Callable[[Shop], dict[str, Any]]
BUNDLE = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "v2.zip"}}
APP_SPEC = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0"}}
PRODUCTION = {"applicationName": "shop", "deploymentGroupName": "production"}
STAGING = {"applicationName": "shop", "deploymentGroupName": "staging"}
MAILER = {"applicationName": "mailer", "deploymentGroupName": "staging"}
TAG = {"ResourceId": "blue", "ResourceType": "auto-scaling-group"}
CODEDEPLOY_ARN = "arn:aws:codedeploy:eu-west-1:123456789012"
TRIGGER = {
    "triggerName": "to-greenlight",
    "triggerTargetArn": "arn:aws:sns:eu-west-1:123456789012:deployments",
    "triggerEvents": ["DeploymentReady", "InstanceSuccess"],
}
TEST_TARGET_GROUP = {
    "Name": "greenlight-web",
    "Protocol": "HTTP",
    "Port": 80,
    "VpcId": "vpc-0123456789abcdef0",
}
NOWHERE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/0123456789abcdef"

# Good inputs of each operation. BAD changes the first one of each.
GOOD: list[tuple[str, Asked]] = [
    (
        "codedeploy.CreateDeployment",
        lambda shop: {
            **STAGING,
            "revision": BUNDLE,
            "deploymentConfigName": "CodeDeployDefault.OneAtATime",
            "description": "the second version",
            "targetInstances": {"autoScalingGroups": ["staging"]},
            "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        },
    ),
    (
        "codedeploy.UpdateDeploymentGroup",
        lambda shop: {
            "applicationName": "shop",
            "currentDeploymentGroupName": "production",
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess": {
                    "action": "TERMINATE",
                    "terminationWaitTimeInMinutes": 5,
                },
                "deploymentReadyOption": {
                    "actionOnTimeout": "STOP_DEPLOYMENT",
                    "waitTimeInMinutes": 60,
                },
                "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
            },
            "triggerConfigurations": [TRIGGER],
            "terminationHookEnabled": True,
            "autoRollbackConfiguration": {
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"],
            },
        },
    ),
    ("codedeploy.CreateDeployment", lambda shop: {**MAILER, "revision": APP_SPEC}),
    ("codedeploy.GetDeployment", lambda shop: {"deploymentId": shop.ready}),
    ("codedeploy.GetDeployment", lambda shop: {"deploymentId": shop.stopped()}),
    ("codedeploy.GetDeployment", lambda shop: {"deploymentId": shop.terminating()}),
    ("codedeploy.GetDeployment", lambda shop: {"deploymentId": shop.failed()}),
    ("codedeploy.GetDeployment", lambda shop: {"deploymentId": shop.hooked}),
    ("codedeploy.GetDeploymentGroup", lambda shop: PRODUCTION),
    ("codedeploy.GetDeploymentGroup", lambda shop: shop.triggering()),
    (
        "codedeploy.ListDeployments",
        lambda shop: {
            **PRODUCTION,
            "includeOnlyStatuses": ["Ready", "Created"],
            "createTimeRange": {"start": datetime(2020, 1, 1), "end": datetime(2100, 1, 1)},
        },
    ),
    ("codedeploy.ListDeployments", lambda shop: {}),
    (
        "codedeploy.BatchGetDeployments",
        lambda shop: {"deploymentIds": [shop.ready, shop.hooked, "d-NONE"]},
    ),
    (
        "codedeploy.GetDeploymentGroup",
        lambda shop: {"applicationName": "orders", "deploymentGroupName": "production"},
    ),
    ("codedeploy.ListApplications", lambda shop: {}),
    ("codedeploy.ListDeploymentGroups", lambda shop: {"applicationName": "shop"}),
    (
        "codedeploy.BatchGetDeploymentGroups",
        lambda shop: {
            "applicationName": "shop",
            "deploymentGroupNames": ["production", "staging", "none"],
        },
    ),
    (
        "codedeploy.ListDeploymentTargets",
        lambda shop: {
            "deploymentId": shop.ready,
            "targetFilters": {"ServerInstanceLabel": ["Green"], "TargetStatus": ["Ready"]},
        },
    ),
    ("codedeploy.ListDeploymentTargets", lambda shop: {"deploymentId": shop.ready}),
    ("codedeploy.BatchGetDeploymentTargets", lambda shop: shop.targets(shop.ready)),
    ("codedeploy.BatchGetDeploymentTargets", lambda shop: shop.targets(shop.terminating())),
    ("codedeploy.BatchGetDeploymentTargets", lambda shop: shop.targets(shop.failed())),
    ("codedeploy.BatchGetDeploymentTargets", lambda shop: shop.targets(shop.hooked)),
    ("codedeploy.ListTagsForResource", lambda shop: {"ResourceArn": shop.group}),
    (
        "codedeploy.TagResource",
        lambda shop: {"ResourceArn": shop.group, "Tags": [{"Key": "team", "Value": "web"}]},
    ),
    ("codedeploy.UntagResource", lambda shop: {"ResourceArn": shop.group, "TagKeys": ["team"]}),
    ("codedeploy.PutLifecycleEventHookExecutionStatus", lambda shop: shop.report()),
    (
        "codedeploy.ContinueDeployment",
        lambda shop: {"deploymentId": shop.ready, "deploymentWaitType": "READY_WAIT"},
    ),
    (
        "codedeploy.ContinueDeployment",
        lambda shop: {
            "deploymentId": shop.terminating(),
            "deploymentWaitType": "TERMINATION_WAIT",
        },
    ),
    (
        "codedeploy.StopDeployment",
        lambda shop: {"deploymentId": shop.ready, "autoRollbackEnabled": False},
    ),
    (
        "autoscaling.DescribeAutoScalingGroups",
        lambda shop: {
            "AutoScalingGroupNames": ["blue"],
            "Filters": [{"Name": "tag:team", "Values": ["shop"]}],
            "IncludeInstances": True,
            "MaxRecords": 100,
        },
    ),
    ("autoscaling.DescribeAutoScalingGroups", lambda shop: {"MaxRecords": 1}),
    ("autoscaling.DescribeAutoScalingGroups", lambda shop: {"AutoScalingGroupNames": []}),
    (
        "autoscaling.AttachLoadBalancerTargetGroups",
        lambda shop: {"AutoScalingGroupName": "blue", "TargetGroupARNs": [shop.spare]},
    ),
    (
        "autoscaling.DetachLoadBalancerTargetGroups",
        lambda shop: {"AutoScalingGroupName": "blue", "TargetGroupARNs": [shop.web]},
    ),
    (
        "autoscaling.DescribeLoadBalancerTargetGroups",
        lambda shop: {"AutoScalingGroupName": "blue", "MaxRecords": 10},
    ),
    (
        "autoscaling.DescribeLifecycleHooks",
        lambda shop: {"AutoScalingGroupName": "blue"},
    ),
    (
        "autoscaling.AttachTrafficSources",
        lambda shop: {
            "AutoScalingGroupName": "blue",
            "TrafficSources": [{"Identifier": shop.spare, "Type": "elbv2"}],
        },
    ),
    (
        "autoscaling.DetachTrafficSources",
        lambda shop: {
            "AutoScalingGroupName": "blue",
            "TrafficSources": [{"Identifier": shop.sources}],
        },
    ),
    (
        "autoscaling.SetDesiredCapacity",
        lambda shop: {"AutoScalingGroupName": "blue", "DesiredCapacity": 3, "HonorCooldown": True},
    ),
    *(
        (f"autoscaling.{verb}Processes", lambda shop, named=named: named)
        for verb in ("Suspend", "Resume")
        for named in (
            {"AutoScalingGroupName": "blue", "ScalingProcesses": ["AZRebalance", "Launch"]},
            {"AutoScalingGroupName": "blue"},
        )
    ),
    ("autoscaling.DescribeAutoScalingGroups", lambda shop: shop.suspended()),
    (
        "autoscaling.CreateOrUpdateTags",
        lambda shop: {
            "Tags": [
                {**TAG, "Key": "team", "Value": "web", "PropagateAtLaunch": True},
                {**TAG, "Key": "greenlight:record", "Value": "d-ABC", "ResourceId": "staging"},
            ]
        },
    ),
    (
        "autoscaling.DeleteTags",
        lambda shop: {"Tags": [{**TAG, "Key": "team", "Value": "shop"}, {**TAG, "Key": "none"}]},
    ),
    (
        "autoscaling.DescribeTags",
        lambda shop: {"Filters": [{"Name": "key", "Values": ["team"]}], "MaxRecords": 100},
    ),
    ("autoscaling.DescribeAutoScalingGroups", lambda shop: shop.weighted()),
    (
        "autoscaling.EnterStandby",
        lambda shop: {
            "AutoScalingGroupName": "blue",
            "InstanceIds": [shop.instance],
            "ShouldDecrementDesiredCapacity": True,
        },
    ),
    ("autoscaling.ExitStandby", lambda shop: shop.in_standby()),
    (
        "autoscaling.DescribeScalingActivities",
        lambda shop: {
            **shop.launched(),
            "MaxRecords": 1,
            "ActivityIds": [],
            "IncludeDeletedGroups": False,
        },
    ),
    ("autoscaling.DescribeScalingActivities", lambda shop: {"IncludeDeletedGroups": True}),
    (
        "autoscaling.SetInstanceProtection",
        lambda shop: {
            "AutoScalingGroupName": "blue",
            "InstanceIds": [shop.instance],
            "ProtectedFromScaleIn": True,
        },
    ),
    (
        "autoscaling.SetInstanceHealth",
        lambda shop: {
            "InstanceId": shop.instance,
            "HealthStatus": "Unhealthy",
            "ShouldRespectGracePeriod": False,
        },
    ),
    (
        "autoscaling.TerminateInstanceInAutoScalingGroup",
        lambda shop: {"InstanceId": shop.instance, "ShouldDecrementDesiredCapacity": False},
    ),
    (
        "autoscaling.UpdateAutoScalingGroup",
        lambda shop: {
            "AutoScalingGroupName": "blue",
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 3,
            "HealthCheckType": "EC2",
            "HealthCheckGracePeriod": 60,
            "DeletionProtection": "prevent-force-deletion",
        },
    ),
    (
        "autoscaling.DeleteAutoScalingGroup",
        lambda shop: {"AutoScalingGroupName": "blue", "ForceDelete": True},
    ),
    (
        "autoscaling.StartInstanceRefresh",
        lambda shop: {"AutoScalingGroupName": "blue", "Strategy": "Rolling"},
    ),
    ("autoscaling.DescribeAutoScalingGroups", lambda shop: shop.managed()),
    ("elbv2.DescribeTargetGroups", lambda shop: {"Names": ["web", "addresses"], "PageSize": 1}),
    ("elbv2.DescribeTargetGroups", lambda shop: {"TargetGroupArns": [shop.spare]}),
    (
        "elbv2.DescribeTargetHealth",
        lambda shop: {"TargetGroupArn": shop.web, "Targets": [{"Id": shop.instance, "Port": 80}]},
    ),
    ("elbv2.DescribeTargetHealth", lambda shop: {"TargetGroupArn": shop.spare}),
    (
        "elbv2.DescribeTargetHealth",
        lambda shop: {"TargetGroupArn": shop.spare, "Targets": [{"Id": shop.instance}]},
    ),
    (
        "elbv2.RegisterTargets",
        lambda shop: {"TargetGroupArn": shop.spare, "Targets": [{"Id": shop.instance, "Port": 80}]},
    ),
    (
        "elbv2.DeregisterTargets",
        lambda shop: {"TargetGroupArn": shop.web, "Targets": [{"Id": shop.instance}]},
    ),
    (
        "elbv2.RegisterTargets",
        lambda shop: {"TargetGroupArn": shop.web, "Targets": [{"Id": shop.instance, "Port": 81}]},
    ),
    (
        "elbv2.CreateTargetGroup",
        lambda shop: {
            **TEST_TARGET_GROUP,
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 10,
            "Matcher": {"HttpCode": "200-299"},
            "Tags": [{"Key": "greenlight:gated-by", "Value": "shop/production"}],
        },
    ),
    ("elbv2.CreateListener", lambda shop: shop.test_listener()),
    ("elbv2.DescribeTargetGroupAttributes", lambda shop: {"TargetGroupArn": shop.web}),
    (
        "elbv2.ModifyTargetGroupAttributes",
        lambda shop: {
            "TargetGroupArn": shop.web,
            "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "3600"}],
        },
    ),
    ("elbv2.DescribeTags", lambda shop: {"ResourceArns": [shop.web, shop.spare]}),
    (
        "elbv2.AddTags",
        lambda shop: {"ResourceArns": [shop.spare], "Tags": [{"Key": "owner", "Value": "shop"}]},
    ),
    ("elbv2.DescribeLoadBalancers", lambda shop: {"Names": ["web", "spare"], "PageSize": 1}),
    (
        "lambda.Invoke",
        lambda shop: {
            "FunctionName": "echo",
            "InvocationType": "RequestResponse",
            "LogType": "Tail",
            "Qualifier": "$LATEST",
            "Payload": b'{"DeploymentId":"d-ABC"}',
        },
    ),
    ("lambda.Invoke", lambda shop: {"FunctionName": "broken", "Payload": b"{}"}),
    ("lambda.Invoke", lambda shop: {"FunctionName": "echo", "InvocationType": "Event"}),
    ("lambda.Invoke", lambda shop: {"FunctionName": "echo", "InvocationType": "DryRun"}),
]
OPERATIONS = list(dict.fromkeys(operation for operation, _ in GOOD))

# The codes that refuse each operation, with the input that leads to each.
BAD: list[tuple[str, str, Asked]] = [
    *(
        (f"codedeploy.{operation}", code, asked)
        for operation in (
            "GetDeployment",
            "ListDeploymentTargets",
            "BatchGetDeploymentTargets",
            "PutLifecycleEventHookExecutionStatus",
            "ContinueDeployment",
            "StopDeployment",
        )
        for code, asked in (
            ("DeploymentIdRequiredException", lambda shop: {"deploymentId": None}),
            ("InvalidDeploymentIdException", lambda shop: {"deploymentId": "d-nonsense"}),
            ("DeploymentDoesNotExistException", lambda shop: {"deploymentId": "d-NONE"}),
        )
    ),
    *(
        (f"codedeploy.{operation}", code, lambda shop, changed=changed: changed)
        for operation in (
            "CreateDeployment",
            "GetDeploymentGroup",
            "ListDeployments",
            "UpdateDeploymentGroup",
        )
        for code, changed in (
            ("ApplicationNameRequiredException", {"applicationName": ""}),
            ("InvalidApplicationNameException", {"applicationName": "my shop"}),
            ("ApplicationDoesNotExistException", {"applicationName": "none"}),
        )
    ),
    *(
        (f"codedeploy.{operation}", code, lambda shop, changed=changed: changed)
        for operation in ("CreateDeployment", "GetDeploymentGroup", "ListDeployments")
        for code, changed in (
            ("DeploymentGroupNameRequiredException", {"deploymentGroupName": None}),
            ("InvalidDeploymentGroupNameException", {"deploymentGroupName": "g" * 101}),
            ("DeploymentGroupDoesNotExistException", {"deploymentGroupName": "none"}),
        )
    ),
    (
        "codedeploy.ListDeployments",
        "ApplicationNameRequiredException",
        lambda shop: {"applicationName": None},
    ),
    *(
        (f"codedeploy.{operation}", code, lambda shop, changed=changed: changed)
        for operation in ("ListDeploymentGroups", "BatchGetDeploymentGroups")
        for code, changed in (
            ("ApplicationNameRequiredException", {"applicationName": ""}),
            ("InvalidApplicationNameException", {"applicationName": "my shop"}),
            ("ApplicationDoesNotExistException", {"applicationName": "none"}),
        )
    ),
    *(
        (f"codedeploy.{operation}", "InvalidNextTokenException", lambda shop: {"nextToken": "no"})
        for operation in ("ListApplications", "ListDeploymentGroups")
    ),
    *(
        (
            "codedeploy.BatchGetDeploymentGroups",
            code,
            lambda shop, names=names: {"deploymentGroupNames": names},
        )
        for code, names in (
            ("DeploymentGroupNameRequiredException", None),
            ("DeploymentGroupNameRequiredException", []),
            ("InvalidDeploymentGroupNameException", ["g" * 101]),
            ("BatchLimitExceededException", ["production"] * 101),  # F40
        )
    ),
    *(
        ("codedeploy.ListDeployments", code, lambda shop, changed=changed: changed)
        for code, changed in (
            ("InvalidDeploymentStatusException", {"includeOnlyStatuses": ["Lost"]}),
            (
                "InvalidTimeRangeException",
                {"createTimeRange": {"start": datetime(2100, 1, 1), "end": datetime(2020, 1, 1)}},
            ),
            ("InvalidNextTokenException", {"nextToken": "nonsense"}),
        )
    ),
    *(
        ("codedeploy.BatchGetDeployments", code, lambda shop, ids=ids: {"deploymentIds": ids})
        for code, ids in (
            ("DeploymentIdRequiredException", None),
            ("DeploymentIdRequiredException", []),
            ("InvalidDeploymentIdException", ["d-nonsense"]),
            ("BatchLimitExceededException", ["d-NONE"] * 26),  # F40
        )
    ),
    *(
        ("codedeploy.UpdateDeploymentGroup", code, lambda shop, changed=changed: changed)
        for code, changed in (
            ("DeploymentGroupNameRequiredException", {"currentDeploymentGroupName": None}),
            ("InvalidDeploymentGroupNameException", {"currentDeploymentGroupName": "g" * 101}),
            ("DeploymentGroupDoesNotExistException", {"currentDeploymentGroupName": "none"}),
            ("InvalidDeploymentGroupNameException", {"newDeploymentGroupName": "testing"}),
            (
                "InvalidAutoRollbackConfigException",
                {"autoRollbackConfiguration": {"enabled": True}},
            ),
            (
                "InvalidBlueGreenDeploymentConfigurationException",
                {"currentDeploymentGroupName": "staging"},
            ),
            *(
                (
                    "InvalidBlueGreenDeploymentConfigurationException",
                    {"blueGreenDeploymentConfiguration": {"deploymentReadyOption": option}},
                )
                for option in (
                    {"actionOnTimeout": "WAIT"},
                    {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": -1},
                )
            ),
            *(
                ("InvalidTriggerConfigException", {"triggerConfigurations": [{**TRIGGER, **wrong}]})
                for wrong in (
                    {"triggerName": ""},
                    {"triggerTargetArn": "arn:aws:sns:us-east-1:123456789012:deployments"},
                    {"triggerEvents": []},
                    {"triggerEvents": ["Lunch"]},
                )
            ),
            ("TriggerTargetsLimitExceededException", {"triggerConfigurations": [TRIGGER] * 11}),
        )
    ),
    *(
        (f"codedeploy.{operation}", code, lambda shop, arn=arn: {"ResourceArn": arn})
        for operation in ("ListTagsForResource", "TagResource", "UntagResource")
        for code, arn in (
            ("ResourceArnRequiredException", None),
            ("InvalidArnException", "shop/production"),
            ("ArnNotSupportedException", f"{CODEDEPLOY_ARN}:application:shop"),
        )
    ),
    *(
        (
            f"codedeploy.{operation}",
            "DeploymentGroupDoesNotExistException",
            lambda shop: {"ResourceArn": f"{CODEDEPLOY_ARN}:deploymentgroup:shop/none"},
        )
        for operation in ("TagResource", "UntagResource")
    ),
    # Its model has no code for a deployment group that does not exist.
    (
        "codedeploy.ListTagsForResource",
        "InvalidArnException",
        lambda shop: {"ResourceArn": f"{CODEDEPLOY_ARN}:deploymentgroup:shop/none"},
    ),
    ("codedeploy.TagResource", "TagRequiredException", lambda shop: {"Tags": None}),
    (
        "codedeploy.TagResource",
        "InvalidTagsToAddException",
        lambda shop: {"Tags": [{"Key": "team", "Value": "v" * 257}]},
    ),
    ("codedeploy.UntagResource", "TagRequiredException", lambda shop: {"TagKeys": None}),
    ("codedeploy.CreateDeployment", "DeploymentLimitExceededException", lambda shop: PRODUCTION),
    (
        "codedeploy.CreateDeployment",
        "DeploymentConfigDoesNotExistException",
        lambda shop: {"deploymentConfigName": "CodeDeployDefault.None"},
    ),
    (
        "codedeploy.CreateDeployment",
        "InvalidComputePlatformException",
        lambda shop: {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"},
    ),
    *(
        (
            "codedeploy.CreateDeployment",
            "InvalidAutoRollbackConfigException",
            lambda shop, events=events: {
                "autoRollbackConfiguration": {"enabled": True, "events": events}
            },
        )
        for events in ([], ["LUNCH"])
    ),
    (
        "codedeploy.CreateDeployment",
        "DescriptionTooLongException",
        lambda shop: {"description": "d" * 257},
    ),
    (
        "codedeploy.CreateDeployment",
        "RevisionRequiredException",
        lambda shop: {**MAILER, "revision": None, "deploymentConfigName": None},
    ),
    (
        "codedeploy.CreateDeployment",
        "RevisionDoesNotExistException",
        lambda shop: {"revision": {**BUNDLE, "s3Location": {"bucket": "b", "key": "k"}}},
    ),
    (
        "codedeploy.CreateDeployment",
        "InvalidRevisionException",
        lambda shop: {"revision": {**APP_SPEC, "appSpecContent": {"content": "]["}}},
    ),
    (
        "codedeploy.CreateDeployment",
        "InvalidRevisionException",
        lambda shop: {"revision": {**APP_SPEC, "appSpecContent": {"content": "Hooks: one"}}},
    ),
    (
        "codedeploy.ListDeploymentTargets",
        "InvalidTargetFilterNameException",
        lambda shop: {"targetFilters": {"Colour": ["Green"]}},
    ),
    (
        "codedeploy.ListDeploymentTargets",
        "InvalidInstanceTypeException",
        lambda shop: {"targetFilters": {"ServerInstanceLabel": ["Red"]}},
    ),
    (
        "codedeploy.ListDeploymentTargets",
        "InvalidNextTokenException",
        lambda shop: {"nextToken": "nonsense"},
    ),
    (
        "codedeploy.BatchGetDeploymentTargets",
        "DeploymentTargetIdRequiredException",
        lambda shop: {"targetIds": []},
    ),
    (
        "codedeploy.BatchGetDeploymentTargets",
        "DeploymentTargetDoesNotExistException",
        lambda shop: {"targetIds": ["i-0"]},
    ),
    (
        "codedeploy.BatchGetDeploymentTargets",
        "DeploymentTargetListSizeExceededException",
        lambda shop: {"targetIds": [shop.instance] * 26},  # F40
    ),
    (
        "codedeploy.PutLifecycleEventHookExecutionStatus",
        "InvalidLifecycleEventHookExecutionStatusException",
        lambda shop: {"status": "Skipped"},  # F33
    ),
    (
        "codedeploy.PutLifecycleEventHookExecutionStatus",
        "InvalidLifecycleEventHookExecutionIdException",
        lambda shop: {"lifecycleEventHookExecutionId": None},
    ),
    (
        "codedeploy.PutLifecycleEventHookExecutionStatus",
        "InvalidLifecycleEventHookExecutionIdException",
        lambda shop: {"lifecycleEventHookExecutionId": "none"},
    ),
    (
        "codedeploy.PutLifecycleEventHookExecutionStatus",
        "UnsupportedActionForDeploymentTypeException",
        lambda shop: {"deploymentId": shop.ready},  # F33
    ),
    (
        "codedeploy.PutLifecycleEventHookExecutionStatus",
        "LifecycleEventAlreadyCompletedException",
        lambda shop: shop.reported(),  # F33
    ),
    (
        "codedeploy.ContinueDeployment",
        "InvalidDeploymentWaitTypeException",
        lambda shop: {"deploymentWaitType": "ANY_WAIT"},
    ),
    (
        "codedeploy.ContinueDeployment",
        "DeploymentAlreadyCompletedException",
        lambda shop: {"deploymentId": shop.stopped()},
    ),
    (
        "codedeploy.ContinueDeployment",
        "DeploymentIsNotInReadyStateException",
        lambda shop: {"deploymentId": shop.terminating()},
    ),
    (
        "codedeploy.ContinueDeployment",
        "InvalidDeploymentStatusException",
        lambda shop: {"deploymentWaitType": "TERMINATION_WAIT"},
    ),
    (
        "codedeploy.ContinueDeployment",
        "UnsupportedActionForDeploymentTypeException",
        lambda shop: {"deploymentId": shop.hooked},
    ),
    (
        "codedeploy.StopDeployment",
        "DeploymentAlreadyCompletedException",
        lambda shop: {"deploymentId": shop.stopped()},
    ),
    (
        "autoscaling.DescribeAutoScalingGroups",
        "ValidationError",
        lambda shop: {"AutoScalingGroupNames": ["blue"] * 51, "MaxRecords": None},  # F22
    ),
    (
        "autoscaling.DescribeAutoScalingGroups",
        "ValidationError",
        lambda shop: {"AutoScalingGroupNames": ["blue"] * 101},  # F22
    ),
    (
        "autoscaling.DescribeAutoScalingGroups",
        "ValidationError",
        lambda shop: {"MaxRecords": 101},
    ),
    (
        "autoscaling.DescribeAutoScalingGroups",
        "ValidationError",
        lambda shop: {"Filters": [{"Name": "colour", "Values": ["green"]}]},
    ),
    *(
        (operation, "InvalidNextToken", lambda shop: {"NextToken": "nonsense"})
        for operation in (
            "autoscaling.DescribeAutoScalingGroups",
            "autoscaling.DescribeLoadBalancerTargetGroups",
            "autoscaling.DescribeScalingActivities",
            "autoscaling.DescribeTags",
        )
    ),
    *(
        (operation, "ValidationError", lambda shop: {"AutoScalingGroupName": "none"})
        for operation in OPERATIONS
        if operation.startswith("autoscaling.")
        and not operation.endswith(("DescribeAutoScalingGroups", "Tags", "SetInstanceHealth"))
        and "TerminateInstance" not in operation
    ),
    *(
        (
            f"autoscaling.{verb}Processes",
            "ValidationError",
            lambda shop: {"ScalingProcesses": ["Launch", "Lunch"]},
        )
        for verb in ("Suspend", "Resume")
    ),
    *(
        (operation, "ValidationError", lambda shop, tags=tags: {"Tags": tags})
        for operation in ("autoscaling.CreateOrUpdateTags", "autoscaling.DeleteTags")
        for tags in (
            [],
            [{**TAG, "Key": "team"}] * 26,  # F28
            [{**TAG, "Key": "k" * 129}],
            [{**TAG, "Key": "aws:team"}],
            [{**TAG, "Key": "team", "Value": "v" * 257}],  # F28
            [{**TAG, "Key": "team", "ResourceId": "none"}],
            [{**TAG, "Key": "team", "ResourceType": "instance"}],
            [{"Key": "team"}],
        )
    ),
    ("autoscaling.CreateOrUpdateTags", "LimitExceeded", lambda shop: shop.fully_tagged()),  # F28
    (
        "autoscaling.DescribeTags",
        "ValidationError",
        lambda shop: {"Filters": [{"Name": "team", "Values": ["shop"]}]},
    ),
    *(
        (
            f"autoscaling.{verb}LoadBalancerTargetGroups",
            "ValidationError",
            lambda shop, wanted=wanted: {"TargetGroupARNs": wanted(shop)},
        )
        for verb in ("Attach", "Detach")
        for wanted in (
            lambda shop: [],
            lambda shop: [shop.web] * 11,  # F21
            lambda shop: [NOWHERE],
            lambda shop: [shop.addresses],  # F20
        )
    ),
    *(
        (
            f"autoscaling.{verb}TrafficSources",
            "ValidationError",
            lambda shop, wanted=wanted: {"TrafficSources": wanted(shop)},
        )
        for verb in ("Attach", "Detach")
        for wanted in (
            lambda shop: [],
            lambda shop: [{"Identifier": shop.sources}] * 11,  # F21
            lambda shop: [{"Identifier": NOWHERE}],
            lambda shop: [{"Type": "elbv2"}],
        )
    ),
    (
        "autoscaling.DetachLoadBalancerTargetGroups",
        "ValidationError",
        lambda shop: {"TargetGroupARNs": [shop.sources]},  # F21: the other family's
    ),
    *(
        (
            "autoscaling.SetDesiredCapacity",
            "ValidationError",
            lambda shop, desired=desired: {"DesiredCapacity": desired},
        )
        for desired in (-1, 0, 21)
    ),
    *(
        ("elbv2.DescribeTargetGroups", code, lambda shop, asked=asked: {"Names": None, **asked})
        for code, asked in (
            ("TargetGroupNotFound", {"Names": ["web", "none"]}),  # F19
            ("TargetGroupNotFound", {"TargetGroupArns": [NOWHERE]}),
            ("LoadBalancerNotFound", {"LoadBalancerArn": NOWHERE}),
            ("ValidationError", {"Names": ["web"] * 21}),  # F19
            ("ValidationError", {"Names": ["w" * 33]}),  # F20
            ("ValidationError", {"TargetGroupArns": [NOWHERE] * 21}),
            ("ValidationError", {"Names": ["web"], "TargetGroupArns": [NOWHERE]}),
            ("ValidationError", {"PageSize": 401}),
            ("ValidationError", {"Marker": "nonsense"}),
        )
    ),
    *(
        (operation, code, lambda shop, arn=arn: {"TargetGroupArn": arn})
        for operation in OPERATIONS
        if operation.endswith(("TargetHealth", "Targets", "TargetGroupAttributes"))
        and operation.startswith("elbv2.")
        for code, arn in (("TargetGroupNotFound", NOWHERE), ("ValidationError", "web"))
    ),
    *(
        ("autoscaling.EnterStandby", "ValidationError", asked)
        for asked in (
            lambda shop: {"InstanceIds": ["i-0"]},
            lambda shop: {"InstanceIds": [shop.instance, shop.other]},
        )
    ),
    ("autoscaling.ExitStandby", "ValidationError", lambda shop: {"InstanceIds": [shop.other]}),
    ("autoscaling.ExitStandby", "ValidationError", lambda shop: shop.full()),
    (
        "autoscaling.SetInstanceProtection",
        "ValidationError",
        lambda shop: {"InstanceIds": ["i-0"]},
    ),
    *(
        (f"autoscaling.{operation}", "ValidationError", lambda shop: {"InstanceId": "i-0"})
        for operation in ("SetInstanceHealth", "TerminateInstanceInAutoScalingGroup")
    ),
    (
        "autoscaling.TerminateInstanceInAutoScalingGroup",
        "ValidationError",
        lambda shop: {**shop.minimal(), "ShouldDecrementDesiredCapacity": True},
    ),
    ("autoscaling.SetInstanceHealth", "ValidationError", lambda shop: {"HealthStatus": "Ill"}),
    *(
        ("autoscaling.UpdateAutoScalingGroup", "ValidationError", lambda shop, asked=asked: asked)
        for asked in ({"DesiredCapacity": 5}, {"MinSize": 5}, {"HealthCheckType": "VPC"})
    ),
    ("autoscaling.DeleteAutoScalingGroup", "ResourceInUse", lambda shop: {"ForceDelete": False}),
    ("autoscaling.DeleteAutoScalingGroup", "ValidationError", lambda shop: shop.undeletable()),
    *(
        (f"autoscaling.{operation}", "InstanceRefreshInProgress", lambda shop: shop.refreshing())
        for operation in (
            "AttachLoadBalancerTargetGroups",
            "AttachTrafficSources",
            "StartInstanceRefresh",
        )
    ),
    ("autoscaling.SuspendProcesses", "AccessDenied", lambda shop: shop.managed_group()),
    (
        "autoscaling.DescribeScalingActivities",
        "ValidationError",
        lambda shop: {"MaxRecords": 101},
    ),
    *(
        (
            "elbv2.ModifyTargetGroupAttributes",
            "ValidationError",
            lambda shop, wanted=wanted: {"Attributes": wanted},
        )
        for wanted in (
            [],
            [{"Key": "nonsense", "Value": "1"}],
            [{"Key": "deregistration_delay.timeout_seconds", "Value": "soon"}],
        )
    ),
    (
        "elbv2.ModifyTargetGroupAttributes",
        "InvalidConfigurationRequest",
        lambda shop: {
            "Attributes": [
                {"Key": f"target_group_health.{what}.minimum_healthy_targets.percentage", "Value": value}
                for what, value in (("dns_failover", "30"), ("unhealthy_state_routing", "31"))
            ]
        },
    ),
    *(
        (operation, code, lambda shop, arns=arns: {"ResourceArns": arns})
        for operation in ("elbv2.DescribeTags", "elbv2.AddTags")
        for code, arns in (
            ("TargetGroupNotFound", [NOWHERE]),
            ("ValidationError", ["web"]),
            ("ValidationError", []),
        )
    ),
    ("elbv2.DescribeTags", "ValidationError", lambda shop: {"ResourceArns": [shop.web] * 21}),
    ("elbv2.AddTags", "ValidationError", lambda shop: {"Tags": []}),
    *(
        ("elbv2.DescribeLoadBalancers", code, lambda shop, asked=asked: asked)
        for code, asked in (
            ("LoadBalancerNotFound", {"Names": ["none"]}),
            ("ValidationError", {"PageSize": 401}),
            ("ValidationError", {"Marker": "nonsense"}),
        )
    ),
    ("elbv2.RegisterTargets", "InvalidTarget", lambda shop: {"TargetGroupArn": shop.addresses}),
    (
        "elbv2.RegisterTargets",
        "InvalidTarget",
        lambda shop: {"Targets": [{"Id": shop.instance}, {"Id": "i-0"}]},
    ),
    ("elbv2.CreateTargetGroup", "DuplicateTargetGroupName", lambda shop: {"Name": "web"}),
    *(
        ("elbv2.CreateTargetGroup", "ValidationError", lambda shop, asked=asked: asked)
        for asked in ({"Name": "w" * 33}, {"Port": 0}, {"Protocol": "SMTP"})
    ),
    ("elbv2.CreateListener", "DuplicateListener", lambda shop: shop.test_listener(created=True)),
    ("elbv2.CreateListener", "LoadBalancerNotFound", lambda shop: {"LoadBalancerArn": NOWHERE}),
    *(
        (
            "elbv2.CreateListener",
            code,
            lambda shop, arn=arn: {
                "DefaultActions": [
                    {"Type": "forward", "TargetGroupArn": getattr(shop, arn, NOWHERE)}
                ]
            },
        )
        for code, arn in (("TargetGroupNotFound", "none"), ("TargetGroupAssociationLimit", "web"))
    ),
    *(
        (operation, "ValidationError", lambda shop, targets=targets: {"Targets": targets})
        for operation in ("elbv2.RegisterTargets", "elbv2.DeregisterTargets")
        for targets in ([], [{"Port": 80}], [{"Id": "i-0", "Port": 65_536}])
    ),
    ("lambda.Invoke", "ResourceNotFoundException", lambda shop: {"FunctionName": "none"}),
    ("lambda.Invoke", "InvalidRequestContentException", lambda shop: {"Payload": b"{"}),
    *(
        ("lambda.Invoke", "InvalidParameterValueException", lambda shop, asked=asked: asked)
        for asked in (
            {"FunctionName": "my function"},
            {"InvocationType": "Sometimes"},
            {"LogType": "Head"},
        )
    ),
]


SESSION = botocore.session.get_session()


@cache
def model_of(operation: str) -> OperationModel:
    service, _, name = operation.partition(".")
    return SESSION.get_service_model(service).operation_model(name)


def errors_of(operation: str) -> dict[str, int | None]:
    """The codes that an operation may be refused with, and the HTTP status if the model says it."""
    errors = {
        shape.metadata.get("error", {}).get("code", shape.name): shape.metadata.get("error", {})
        for shape in model_of(operation).error_shapes
    }
    common = dict.fromkeys(COMMON_ERRORS[operation.partition(".")[0]])
    return {**common, **{code: error.get("httpStatusCode") for code, error in errors.items()}}


@dataclass
class Exchange:
    """One call: the answer as botocore parses it, and the raw answer."""

    parsed: dict[str, Any]
    body: bytes
    headers: dict[str, str]


class Caller:
    """Calls operations as botocore does, without its checks of the input."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def call(
        self,
        operation: str,
        asked: dict[str, Any],
        change: Callable[[Any], Any] = lambda body: body,
    ) -> Exchange:
        """Calls an operation; `change` takes the body (JSON or a form) and returns another."""
        service, _, name = operation.partition(".")
        client = self.aws.client(service, parameter_validation=False)
        answers: list[dict[str, Any]] = []

        def sending(params: dict[str, Any], **_: Any) -> None:
            if isinstance(params["body"], dict):
                params["body"] = change(params["body"])
            elif service != "lambda":
                params["body"] = json.dumps(change(json.loads(params["body"]))).encode()

        def received(response_dict: dict[str, Any], **_: Any) -> None:
            answers.append(response_dict)

        client.meta.events.register("before-call", sending)
        client.meta.events.register("response-received", received)
        given = {member: value for member, value in asked.items() if value is not None}
        parsed = getattr(client, xform_name(name))(**given)
        del parsed["ResponseMetadata"]
        (answer,) = answers
        body = parsed["Payload"].read() if "Payload" in parsed else answer["body"]
        return Exchange(parsed, body, answer["headers"])

    def refusal(self, operation: str, *arguments: Any) -> str:
        """The code of the error that the call ends with: one that the model knows."""
        with pytest.raises(ClientError) as refused:
            self.call(operation, *arguments)
        error = refused.value.response["Error"]
        metadata = refused.value.response["ResponseMetadata"]
        known = errors_of(operation)
        assert error["Code"] in known, error
        assert metadata["HTTPStatusCode"] == (known[error["Code"]] or metadata["HTTPStatusCode"])
        assert error["Message"], error
        assert metadata["RequestId"]
        return str(error["Code"])


@pytest.fixture
def caller(shop: Shop) -> Caller:
    return Caller(shop.aws)


def good_input(operation: str, shop: Shop) -> dict[str, Any]:
    return next(asked(shop) for name, asked in GOOD if name == operation)


# Whether the answer is what the model says


def plain(element: ElementTree.Element, shape: Shape | None) -> Any:
    """The value of an XML element, by its shape in the model, with unknown elements."""
    tags = [child.tag.rpartition("}")[2] for child in element]
    match shape.type_name if shape else "string":
        case "structure":
            assert len(set(tags)) == len(tags), f"{element.tag} has an element twice: {tags}"
            members = shape.members
            return {tag: plain(child, members.get(tag)) for tag, child in zip(tags, element)}
        case "list":
            assert set(tags) <= {"member"}, f"{element.tag} is a list, not {tags}"
            return [plain(child, shape.member) for child in element]
        case "integer" | "long":
            return int(element.text or "")
        case "boolean":
            return {"true": True, "false": False}[element.text or ""]
        case "timestamp":
            said = datetime.strptime(element.text or "", "%Y-%m-%dT%H:%M:%S.%fZ")
            return said.replace(tzinfo=timezone.utc).timestamp()
    return element.text or ""


def without_datetimes(value: Any) -> Any:
    match value:
        case dict():
            return {name: without_datetimes(inner) for name, inner in value.items()}
        case list():
            return [without_datetimes(inner) for inner in value]
        case datetime():
            return value.timestamp()
    return value


# The Python type of each scalar of a model; never a subclass, because a bool is an int.
TYPES = {
    "boolean": {bool},
    "integer": {int},
    "long": {int},
    "string": {str},
    "timestamp": {int, float},
}


def complaints(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """The parts of an answer that contradict the model."""
    match shape.type_name:
        case "structure":
            assert isinstance(shape, StructureShape)
            for name in value.keys() - shape.members.keys():
                yield f"{path} has {name}, which the model does not know"
            for name in set(shape.required_members) - value.keys():
                yield f"{path} has no {name}, which the model requires"
            for name in value.keys() & shape.members.keys():
                yield from complaints(value[name], shape.members[name], f"{path}.{name}")
        case "list":
            for index, item in enumerate(value):
                yield from complaints(item, shape.member, f"{path}[{index}]")
        case "map":
            for key, item in value.items():
                yield from complaints(key, shape.key, f"{path} key")
                yield from complaints(item, shape.value, f"{path}[{key}]")
        case scalar:
            if type(value) not in TYPES[scalar]:
                yield f"{path} is {value!r}, which is no {scalar}"
            if getattr(shape, "enum", None) and value not in shape.enum:
                yield f"{path} is {value!r}, not one of {shape.enum}"


def test_every_operation_of_the_simulator_is_called_here(served: set[str]) -> None:
    assert set(OPERATIONS) == served


@pytest.mark.parametrize(("operation", "asked"), GOOD, ids=[operation for operation, _ in GOOD])
def test_an_answer_holds_nothing_that_the_model_does_not_know_and_all_that_it_requires(
    operation: str, asked: Asked, shop: Shop, caller: Caller
) -> None:
    exchange = caller.call(operation, asked(shop))
    model = model_of(operation)
    output = model.output_shape
    if operation == "lambda.Invoke":
        answered = without_payload(exchange, output)
    elif model.service_model.metadata["protocol"] == "query":
        answered = xml_result(exchange, model)
    else:
        answered = json.loads(exchange.body)
    assert without_datetimes(exchange.parsed) == answered
    assert not list(complaints(answered, output, operation) if output else answered)


def xml_result(exchange: Exchange, model: OperationModel) -> Any:
    """The result in the envelope of the Query protocol."""
    document = ElementTree.fromstring(exchange.body)
    namespace = f"{{{model.service_model.metadata['xmlNamespace']}}}"
    assert document.tag == f"{namespace}{model.name}Response"
    wrapper = model.output_shape.serialization["resultWrapper"] if model.output_shape else None
    tags = [f"{namespace}{wrapper}"] if wrapper else []
    assert [child.tag for child in document] == [*tags, f"{namespace}ResponseMetadata"]
    return plain(document[0], model.output_shape) if wrapper else {}


def without_payload(exchange: Exchange, output: StructureShape) -> Any:
    """Lambda's output, which is in headers; the payload, which may be anything, is taken out."""
    json.loads(exchange.body or b"null")
    exchange.parsed.pop("Payload")
    headers = {
        shape.serialization["name"].lower(): name
        for name, shape in output.members.items()
        if shape.serialization.get("location") == "header"
    }
    sent = {name.lower(): value for name, value in exchange.headers.items()}
    special = {name for name in sent if name.startswith("x-amz-")}
    answered = {headers.get(name, name): sent[name] for name in special}
    return {"StatusCode": exchange.parsed["StatusCode"], **answered}


@pytest.mark.parametrize(
    ("operation", "code", "asked"), BAD, ids=[f"{operation} {code}" for operation, code, _ in BAD]
)
def test_a_refusal_has_a_code_that_the_model_lists(
    operation: str, code: str, asked: Asked, shop: Shop, caller: Caller
) -> None:
    good = good_input(operation, shop)
    assert caller.refusal(operation, {**good, **asked(shop)}) == code


@pytest.mark.parametrize(
    ("operation", "asked"),
    [("ListDeploymentTargets", {}), ("BatchGetDeploymentTargets", {"targetIds": ["i-0"]})],
)
def test_a_deployment_has_no_targets_before_it_has_started(
    operation: str, asked: dict[str, Any], unhurried: Aws
) -> None:
    unhurried.arrange("createAutoScalingGroup", {"name": "blue"})
    unhurried.arrange("createDeploymentGroup", {"name": "production", "autoScalingGroup": "blue"})
    deployment = unhurried.arrange("deploy", {"deploymentGroup": "production"})
    refusal = Caller(unhurried).refusal(
        f"codedeploy.{operation}", {"deploymentId": deployment, **asked}
    )
    assert refusal == "DeploymentNotStartedException"


def test_the_regions_of_the_account_are_listed_and_a_token_never_given_is_refused(
    shop: Shop,
) -> None:
    account = shop.aws.client("account", region="us-east-1")
    regions = account.list_regions(RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])
    assert {"RegionName", "RegionOptStatus"} == set(regions["Regions"][0])
    with pytest.raises(ClientError) as refused:
        account.list_regions(NextToken="nonsense")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_every_code_in_the_source_of_the_services_is_met_here() -> None:
    sources = [path.read_text() for path in (ROOT / "simulator/services").glob("*.ts")]
    code = re.compile(r"ServiceError\(\s*'(\w+)'|(?<![\w}])(\w+Exception)\b")
    written = {one or other for text in sources for one, other in code.findall(text)}
    met = {code for _, code, _ in BAD} | {"DeploymentNotStartedException", "ValidationException"}
    assert written - met == set()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("throttle", {"Throttling", "ThrottlingException", "TooManyRequestsException"}),
        ("accessDenied", {"AccessDenied", "AccessDeniedException"}),
        ("error500", {"InternalFailure", "ServiceException"}),
    ],
)
def test_a_scripted_fault_has_a_code_that_the_service_has(
    operation: str, fault: str, codes: set[str], shop: Shop, caller: Caller
) -> None:
    good = good_input(operation, shop)
    shop.aws.tell("addFault", {"kind": fault})
    assert caller.refusal(operation, good) in codes


@pytest.mark.parametrize("service", COMMON_ERRORS)
def test_what_is_signed_for_another_region_is_refused_as_the_service_refuses_it(
    service: str, shop: Shop
) -> None:
    operation = next(name for name in OPERATIONS if name.startswith(f"{service}."))
    client = shop.aws.client(service, region="us-east-1")
    with pytest.raises(ClientError, match="scoped to a valid region, not 'us-east-1'") as refused:
        getattr(client, xform_name(operation.partition(".")[2]))(**good_input(operation, shop))
    code = refused.value.response["Error"]["Code"]
    assert code in COMMON_ERRORS[service] & {"InvalidSignatureException", "SignatureDoesNotMatch"}


# Whether bad parameters are refused by the simulator itself


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        (operation, member)
        for operation in OPERATIONS
        for member in model_of(operation).input_shape.required_members
        # Without the name of a function a request has no URL.
        if (operation, member) != ("lambda.Invoke", "FunctionName")
    ],
)
def test_a_missing_required_member_is_refused(
    operation: str, member: str, shop: Shop, caller: Caller
) -> None:
    caller.refusal(operation, {**good_input(operation, shop), member: None})


# The input of Lambda's Invoke, except the payload, is in the URL and in headers, where AWS ignores
# what it does not know.
WITH_BODIES = [operation for operation in OPERATIONS if operation != "lambda.Invoke"]


@pytest.mark.parametrize("operation", WITH_BODIES)
def test_an_unknown_member_is_refused(operation: str, shop: Shop, caller: Caller) -> None:
    caller.refusal(
        operation, good_input(operation, shop), lambda body: {**body, "Nonsense": "nonsense"}
    )


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        (operation, member)
        for operation in WITH_BODIES
        for member in model_of(operation).input_shape.members
    ],
)
def test_a_member_of_the_wrong_type_is_refused(
    operation: str, member: str, shop: Shop, caller: Caller
) -> None:
    """Every member of the model; the simulator refuses unknown members anyway."""
    kind = model_of(operation).input_shape.members[member].type_name

    def change(body: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in body.items() if name.split(".")[0] != member}
        if "Action" in body:  # a form has only text, and its structure is in the names
            return {**kept, **({f"{member}.inner": "x"} if kind == "string" else {member: "x"})}
        return {**kept, member: {"inner": "x"} if kind == "string" else "x"}

    caller.refusal(operation, good_input(operation, shop), change)


# An operation of each service that the simulator does not serve.
UNSERVED = {
    "autoscaling": ("DescribeAccountLimits", "InvalidAction"),
    "codedeploy": ("ListOnPremisesInstances", "UnknownOperationException"),
    "elbv2": ("DescribeAccountLimits", "InvalidAction"),
    "lambda": ("GetAccountSettings", "UnknownOperationException"),
}


@pytest.mark.parametrize("service", COMMON_ERRORS)
def test_an_unknown_operation_gets_the_services_own_error(service: str, simulator: Aws) -> None:
    operation, code = UNSERVED[service]
    assert Caller(simulator).refusal(f"{service}.{operation}", {}) == code

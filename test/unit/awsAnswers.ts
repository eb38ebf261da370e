import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentInfo, DeploymentTarget, LifecycleEventStatus } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { arnOf, deploymentId, greenName } from './builders.ts'

// AWS's answers as they are on a good day, in the SDK's shapes: for tests of what reads them. A test names only what
// matters to it.

/** A first-hand deployment that waits at Ready. */
export const deploymentInfo = (differences: Partial<DeploymentInfo> = {}): DeploymentInfo => ({
  deploymentId,
  applicationName: 'shop',
  deploymentGroupName: 'production',
  status: 'Ready',
  creator: 'user',
  computePlatform: 'Server',
  deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' } },
  targetInstances: { autoScalingGroups: [greenName] },
  loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
  ...differences,
})

/** Green with its instances InService, and without any target group: the defect (F15). */
export const autoScalingGroup = ({
  instances = ['i-1', 'i-2'],
  targetGroups = [],
  ...differences
}: Partial<AutoScalingGroup> & { instances?: readonly string[]; targetGroups?: readonly string[] } = {}) =>
  ({
    AutoScalingGroupName: greenName,
    TargetGroupARNs: targetGroups.map(arnOf),
    DesiredCapacity: instances.length,
    Instances: instances.map((id) => ({ InstanceId: id, LifecycleState: 'InService' })),
    ...differences,
  }) as AutoScalingGroup

export const targetGroup = (name: string, differences: Partial<TargetGroup> = {}): TargetGroup => ({
  TargetGroupName: name,
  TargetGroupArn: arnOf(name),
  TargetType: 'instance',
  LoadBalancerArns: ['arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef'],
  ...differences,
})

export const targetHealth = (
  id: string,
  State: 'healthy' | 'unhealthy' | 'initial' | 'draining' | 'unhealthy.draining' = 'healthy',
  because: { Reason?: 'Target.FailedHealthChecks' | 'Target.Timeout'; Description?: string } = {},
): TargetHealthDescription => ({ Target: { Id: id, Port: 80 }, TargetHealth: { State, ...because } })

/** A green instance with the statuses of its lifecycle events; those that are not named are Pending (F2). */
export const greenTarget = (
  id: string,
  statuses: Readonly<
    Partial<Record<'Install' | 'ValidateService' | 'BeforeAllowTraffic' | 'AllowTraffic', LifecycleEventStatus>>
  >,
  differences: DeploymentTarget['instanceTarget'] = {},
): DeploymentTarget => ({
  deploymentTargetType: 'InstanceTarget',
  instanceTarget: {
    targetId: `arn:aws:ec2:eu-west-1:123456789012:instance/${id}`,
    instanceLabel: 'Green',
    status: 'InProgress',
    lifecycleEvents: (['Install', 'ValidateService', 'BeforeAllowTraffic', 'AllowTraffic'] as const).map((name) => ({
      lifecycleEventName: name,
      status: statuses[name] ?? 'Pending',
    })),
    ...differences,
  },
})

/** An instance whose application is installed and which awaits its traffic. */
export const installedTarget = (id: string): DeploymentTarget =>
  greenTarget(id, { Install: 'Succeeded', ValidateService: 'Succeeded' })

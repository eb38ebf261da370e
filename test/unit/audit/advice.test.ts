import { expect } from 'chai'
import { type Condition, conditions, generateAccount } from '../../../simulator/account.ts'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import type { Fault } from '../../../simulator/wire/faults.ts'
import { advice, commandsFor } from '../../../src/audit/advice.ts'
import { auditRegion, type RegionAudit } from '../../../src/audit/auditRegion.ts'
import { onOneLine } from '../../../src/audit/shellCommand.ts'
import { limitsWithTimeout } from '../../../src/audit/timeout.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { regionReading } from '../../../src/aws/region.ts'
import { somebody } from '../../audit/commandLine.ts'
import { withEnvironment } from '../../environment.ts'

describe('What to do about a finding', () => {
  let aws: Simulator
  let restore: () => void
  beforeEach(async () => {
    aws = await simulate()
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = somebody(aws)
    restore = withEnvironment({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })
  })
  afterEach(async () => {
    restore()
    await aws.close()
  })

  const audit = async (): Promise<RegionAudit> => {
    const { endpoint, world } = aws
    const reading = regionReading(createClients({ endpoint, region: world.region }), limitsWithTimeout(10_000))
    const everything = { application: undefined, group: undefined, explain: String, onProgress: () => {} }
    return auditRegion('eu-west-1', reading, { namePatterns: ['CodeDeploy_*'], ...everything })
  }
  /** All commands, without their region and without random digits. */
  const commands = ({ region, audited }: RegionAudit): readonly string[] =>
    audited.flatMap(({ observation, findings }) =>
      findings.flatMap((finding) =>
        commandsFor(finding, { region, observation }).map((command) =>
          onOneLine(command)
            .replace(' --region eu-west-1', '')
            .replaceAll(/i-[0-9a-f]{17}/g, 'i-…')
            .replace(
              /arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup\/([\w-]+)\/[0-9a-f]{16}/g,
              'ARN($1)',
            ),
        ),
      ),
    )
  const inCondition = (condition: Condition) =>
    generateAccount(aws.world, { deploymentGroups: 1, conditionOf: () => condition })

  const owner = '--application-name application-0 --current-deployment-group-name group-0'
  const attach = 'aws autoscaling attach-load-balancer-target-groups'
  const detach = 'aws autoscaling detach-load-balancer-target-groups'
  const remove =
    'aws autoscaling delete-auto-scaling-group --auto-scaling-group-name CodeDeploy_group-0_d-F00000000 --force-delete'
  const health = 'aws elbv2 describe-target-health --output table --target-group-arn ARN(web-0)'
  const onlyIf =
    '# Only if production has as many healthy targets there as this group has registered, or no load balancer uses it:'
  const detachLeftover = `${detach} --auto-scaling-group-name CodeDeploy_group-0_d-F00000000 --target-group-arns ARN(web-0)`
  const drained = 'aws elbv2 wait target-deregistered --target-group-arn ARN(web-0) --targets Id=i-… Id=i-…'
  const traffic = 'aws autoscaling describe-traffic-sources --auto-scaling-group-name CodeDeploy_group-0_d-D00000000'
  const resource = 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:application-0/group-0'
  const wait = [
    'aws deploy get-deployment-group --application-name application-0 --deployment-group-name group-0 --output json --query ' +
      "'deploymentGroupInfo.blueGreenDeploymentConfiguration.{terminateBlueInstancesOnDeploymentSuccess:" +
      'terminateBlueInstancesOnDeploymentSuccess,greenFleetProvisioningOption:greenFleetProvisioningOption,' +
      'deploymentReadyOption:`{"actionOnTimeout":"STOP_DEPLOYMENT","waitTimeInMinutes":60}`}\' > blue-green.json',
    `aws deploy update-deployment-group ${owner} --blue-green-deployment-configuration file://blue-green.json`,
  ]
  const expected: Readonly<Record<Condition, readonly string[]>> = {
    healthy: [],
    missing: [`${attach} --auto-scaling-group-name CodeDeploy_group-0_d-D00000000 --target-group-arns ARN(web-0)`],
    missingElsewhere: [
      `${attach} --auto-scaling-group-name workers-0 --target-group-arns ARN(web-0)`,
      'sam deploy --guided --stack-name greenlight-2 --parameter-overrides FunctionName=CodeDeployHook_greenlight_2 AutoScalingGroupNamePattern=workers-0',
    ],
    unnamed: [
      `aws deploy update-deployment-group ${owner} --load-balancer-info 'targetGroupInfoList=[{name=web-0},{name=admin-0}]'`,
    ],
    keptBlue: [health, onlyIf, `${detach} --auto-scaling-group-name blue-0 --target-group-arns ARN(web-0)`],
    leftover: [remove],
    leftoverAttached: [health, onlyIf, detachLeftover, drained, remove, health, onlyIf, detachLeftover],
    held: [
      'aws autoscaling resume-processes --auto-scaling-group-name CodeDeploy_group-0_d-D00000000 --scaling-processes ' +
        'HealthCheck AZRebalance AlarmNotification ReplaceUnhealthy ScheduledActions',
    ],
    recorded: [
      `printf '{"DeploymentId": "%s"}' d-D00000000 > call.json`,
      'aws lambda invoke --function-name CodeDeployHook_greenlight --cli-read-timeout 0 --payload fileb://call.json answer.json',
    ],
    classicLoadBalancer: [traffic],
    lattice: [traffic],
    doesNotWait: wait,
    nobodyAsks: wait,
    provesByAttaching: [
      `aws deploy list-tags-for-resource --resource-arn ${resource}`,
      `aws deploy tag-resource --resource-arn ${resource} --tags Key=greenlight:test-target-groups,Value=NAME`,
    ],
    suspended: [
      'aws autoscaling resume-processes --auto-scaling-group-name CodeDeploy_group-0_d-D00000000 --scaling-processes AddToLoadBalancer',
    ],
    leftoverServing: [
      onlyIf,
      remove,
      health,
      `${attach} --auto-scaling-group-name CodeDeploy_group-0_d-F00000000 --target-group-arns ARN(web-0)`,
    ],
    launchedEarly: [
      'aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-… --no-should-decrement-desired-capacity',
    ],
    foreignRecord: [
      'aws autoscaling delete-tags --tags ResourceId=CodeDeploy_group-0_d-D00000000,ResourceType=auto-scaling-group,Key=greenlight:record',
    ],
    recordedElsewhere: ['sam deploy --guided --parameter-overrides AutoScalingGroupNamePattern=workers-0'],
    badTag: [
      `aws deploy list-tags-for-resource --resource-arn ${resource}`,
      `aws deploy tag-resource --resource-arn ${resource} --tags Key=greenlight:mode,Value=MODE`,
    ],
    noAutoScalingGroup: [
      "aws autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[].[AutoScalingGroupName,CreatedTime,length(Instances)]' --output table",
      `aws deploy update-deployment-group ${owner} --auto-scaling-groups NAME`,
    ],
    noTargetGroup: [
      'aws elbv2 describe-target-groups --names web-0',
      `aws deploy update-deployment-group ${owner} --load-balancer-info 'targetGroupInfoList=[{name=NAME}]'`,
    ],
  }
  for (const condition of conditions) {
    it(`is these commands in the condition ${condition}`, async () => {
      inCondition(condition)
      expect(commands(await audit())).to.deep.equal(expected[condition])
    })
  }

  it('exists for each kind that an account in all these conditions has', async () => {
    const conditionOf = (number: number) => conditions[number] ?? 'healthy'
    generateAccount(aws.world, { deploymentGroups: conditions.length, conditionOf })
    const found = (await audit()).audited.flatMap(({ findings }) => findings.map(({ kind }) => kind))
    expect(new Set(found)).to.deep.equal(new Set(Object.keys(advice)))
  })

  it('asks for the ARN where the audit could not look at target groups', async () => {
    inCondition('missing')
    const fault: Fault = { action: 'elasticloadbalancing:DescribeTargetGroups', kind: 'accessDenied', times: 'forever' }
    aws.faults.add(fault)
    expect(commands(await audit())).to.deep.equal([
      'aws elbv2 describe-target-groups --names web-0',
      `${attach} --auto-scaling-group-name CodeDeploy_group-0_d-D00000000 --target-group-arns ARN`,
    ])
  })

  it('detaches a traffic source as a traffic source', async () => {
    inCondition('leftover')
    const arn = aws.world.targetGroups.get('web-0')?.arn ?? ''
    const green = aws.world.autoScalingGroups.get('CodeDeploy_group-0_d-F00000000')
    green?.trafficSources.push({ identifier: arn, type: 'elbv2' })
    expect(commands(await audit())).to.include(
      'aws autoscaling detach-traffic-sources --auto-scaling-group-name CodeDeploy_group-0_d-F00000000 ' +
        '--traffic-sources Identifier=ARN(web-0),Type=elbv2',
    )
  })

  it('keeps attached what a record would have detached, by removing the record', async () => {
    inCondition('leftoverAttached')
    const green = aws.world.autoScalingGroups.get('CodeDeploy_group-0_d-F00000000')
    const key = 'greenlight:attached/web-0'
    if (green) green.tags = [...green.tags, { key, value: 'd-F00000000', propagateAtLaunch: false }]
    expect(commands(await audit()).slice(0, 5)).to.deep.equal([
      health,
      "# To keep them attached, remove Greenlight's records:",
      `aws autoscaling delete-tags --tags ResourceId=CodeDeploy_group-0_d-F00000000,ResourceType=auto-scaling-group,Key=${key}`,
      onlyIf,
      detachLeftover,
    ])
  })

  it('keeps the other load balancers that the deployment group names, Classic Load Balancers too', async () => {
    inCondition('unnamed')
    const deploymentGroup = aws.world.deploymentGroups.get('application-0/group-0')
    Object.assign(deploymentGroup?.loadBalancerInfo ?? {}, { elbInfoList: [{ name: 'old' }] })
    expect(commands(await audit())).to.deep.equal([
      `aws deploy update-deployment-group ${owner} --load-balancer-info ` +
        "'targetGroupInfoList=[{name=web-0},{name=admin-0}],elbInfoList=[{name=old}]'",
      traffic,
    ])
  })
})

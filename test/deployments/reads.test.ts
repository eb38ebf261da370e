import { expect } from 'chai'
import { type Life, live } from './life.ts'

/** What Greenlight has asked AWS for: run by run, and in each turn by turn; every turn begins with the deployment. */
const askedBy = ({ aws }: Life): readonly (readonly string[])[] => {
  const runs = new Map<number, string[]>()
  for (const { at, action, principal } of aws.calls) {
    if (principal.kind !== 'lambda') continue
    const [, operation = ''] = action.split(':')
    runs.set(at.getTime(), [...(runs.get(at.getTime()) ?? []), operation])
  }
  return [...runs.values()].map((asked) => asked.join(' ').split(/ (?=GetDeployment )/))
}

describe('Notifications cost no more calls than they need (built bundle, real protocols)', () => {
  let life: Life
  afterEach(() => life.aws.end())

  it('from Created to Succeeded in mode heal', async () => {
    life = await live({ via: 'EventBridge', instances: 1, inProcess: true })
    const { aws, id, later } = life
    await aws.until(id, 'Ready')
    await later(20)
    aws.world.continueDeployment(id)
    await aws.played(id)
    await later(60)
    const howFar = 'ListDeploymentTargets BatchGetDeploymentTargets'
    expect(askedBy(life)).to.deep.equal([
      // It has begun. No instance of green is a target yet.
      ['GetDeployment ListTagsForResource ListDeploymentTargets DescribeAutoScalingGroups DescribeTargetGroups'],
      // It is Ready.
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups CreateOrUpdateTags',
        'GetDeployment DescribeAutoScalingGroups SuspendProcesses',
        'GetDeployment DescribeAutoScalingGroups',
      ],
      // The instance of green is in service behind the load balancer.
      [
        `GetDeployment ListTagsForResource ${howFar} DescribeAutoScalingGroups DescribeTargetGroups CreateOrUpdateTags`,
        `GetDeployment ${howFar} DescribeAutoScalingGroups AttachLoadBalancerTargetGroups`,
        `GetDeployment ${howFar} DescribeAutoScalingGroups ResumeProcesses`,
        `GetDeployment ${howFar} DescribeAutoScalingGroups DeleteTags`,
        `GetDeployment ${howFar} DescribeAutoScalingGroups`,
      ],
      // That of blue is out of it.
      [`GetDeployment ListTagsForResource ${howFar} DescribeAutoScalingGroups DescribeTargetGroups`],
      // It has succeeded.
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetGroups DeleteTags',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments',
      ],
    ])
  })

  it('when it is stopped at Ready, and nothing was attached that would have to be looked at', async () => {
    life = await live({ via: 'EventBridge', instances: 1, inProcess: true })
    const { aws, id, later } = life
    await aws.until(id, 'Ready')
    await later(20)
    const before = askedBy(life).length
    aws.world.stopDeployment(id)
    await later(60)
    expect(askedBy(life).slice(before)).to.deep.equal([
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetGroups ResumeProcesses',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DeleteTags',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments',
      ],
    ])
  })
})

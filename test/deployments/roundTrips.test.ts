import { expect } from 'chai'
import { coldHook, countOf } from './coldHook.ts'
import { healthyAfter } from './healthPolls.ts'
import { beginDeployment, type PlayedDeployment } from './playedDeployment.ts'

describe('From the event of a cold hook to its report', () => {
  it('where nothing is missing, 14 calls are made, 8 deep', async () => {
    const { verdict, levels } = await coldHook({ isMissing: false })
    expect(verdict).to.equal('Succeeded')
    expect(levels).to.deep.equal([
      'GetDeployment',
      'ListTagsForResource',
      'DescribeAutoScalingGroups DescribeTargetGroups ListDeploymentTargets',
      'BatchGetDeploymentTargets DescribeTargetHealth',
      'CreateOrUpdateTags',
      'SuspendProcesses',
      'DescribeAutoScalingGroups DescribeTargetHealth GetDeployment ListTagsForResource',
      'PutLifecycleEventHookExecutionStatus',
    ])
    expect([levels.length, countOf(levels)]).to.deep.equal([8, 14])
  })

  it('where one target group is missing and green is healthy at once, 19 calls are made, 10 deep', async () => {
    const { verdict, levels } = await coldHook({ isMissing: true })
    expect(verdict).to.equal('Succeeded')
    expect(levels).to.deep.equal([
      'GetDeployment',
      'ListTagsForResource',
      'DescribeAutoScalingGroups DescribeTargetGroups ListDeploymentTargets',
      'BatchGetDeploymentTargets DescribeTargetGroupAttributes DescribeTargetHealth',
      'CreateOrUpdateTags',
      // The attachment is judged on a status that is read after the change before it was sent.
      'GetDeployment SuspendProcesses',
      'AttachLoadBalancerTargetGroups',
      'DescribeAutoScalingGroups DescribeTargetHealth GetDeployment',
      'DescribeTargetHealth GetDeployment ListTagsForResource',
      'PutLifecycleEventHookExecutionStatus',
    ])
    expect([levels.length, countOf(levels)]).to.deep.equal([10, 19])
  })
})

/** What each run of the function has asked AWS for, in its order. */
const runsOf = ({ aws }: PlayedDeployment): readonly (readonly string[])[] => {
  const runs = new Map<number, string[]>()
  for (const { at, action, principal } of aws.calls) {
    if (principal.kind !== 'lambda') continue
    runs.set(at.getTime(), [...(runs.get(at.getTime()) ?? []), action.replace(/^\w+:/, '')])
  }
  // Every look begins with the deployment.
  return [...runs.values()].map((asked) => asked.join(' ').split(/ (?=GetDeployment )/))
}

describe('From healthy to the report of a hook', () => {
  // Early, where pauses are short, and late; just after a look, and just before one.
  for (const seconds of [2.3, 7.7, 33.3, 61.9, 120.5]) {
    it(`no more than one pause of five seconds passes, where green is healthy after ${seconds} seconds`, async () => {
      const { seenMs, reportedMs } = await healthyAfter(seconds * 1000)
      expect(seenMs).to.be.at.most(5_000)
      // The look that sees it, one more, and the report: four levels of 50 ms at most.
      expect(reportedMs - seenMs).to.be.at.most(200)
    })
  }
})

describe('Notifications cost no more calls than they need', () => {
  let life: PlayedDeployment
  afterEach(() => life.aws.end())

  it('from Created to Succeeded in mode heal', async () => {
    life = await beginDeployment({ via: 'EventBridge', instances: 1 })
    const { aws, id, later } = life
    await aws.until(id, 'Ready')
    await later(20)
    aws.world.continueDeployment(id)
    await aws.played(id)
    await later(60)
    expect(runsOf(life)).to.deep.equal([
      // It has begun. It names no green yet, and no instance of green is a target.
      [
        'GetDeployment DescribeAutoScalingGroups ListTagsForResource ListDeploymentTargets DescribeAutoScalingGroups DescribeTargetGroups',
      ],
      // It is Ready.
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups CreateOrUpdateTags SuspendProcesses',
        'GetDeployment DescribeAutoScalingGroups',
      ],
      // It has succeeded.
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetGroups DescribeTargetHealth ResumeProcesses',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetHealth CreateOrUpdateTags',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetHealth AttachLoadBalancerTargetGroups',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DeleteTags',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments',
      ],
    ])
  })

  it('when it is stopped at Ready, and nothing was attached that would have to be looked at', async () => {
    life = await beginDeployment({ via: 'EventBridge', instances: 1 })
    const { aws, id, later } = life
    await aws.until(id, 'Ready')
    await later(20)
    const before = runsOf(life).length
    aws.world.stopDeployment(id)
    await later(60)
    expect(runsOf(life).slice(before)).to.deep.equal([
      [
        'GetDeployment ListTagsForResource DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DescribeTargetGroups ResumeProcesses',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments DeleteTags',
        'GetDeployment DescribeAutoScalingGroups GetDeploymentGroup ListDeployments',
      ],
    ])
  })
})

import { expect } from 'chai'
import { readRequest } from '../promises/oracles/request.ts'
import { beginDeployment, type PlayedDeployment } from './playedDeployment.ts'
import { type Playground, playground } from './playground.ts'
import type { Meeting } from './runs.ts'

/** How long each request takes. */
const latencyMs = 10

/** Lets each request take its time, and tells how many answers each one had to wait for. */
const measuring = () => {
  const asked: { operation: string; at: number }[] = []
  const onAnswered: ((operation: string) => void)[] = []
  const meets: Meeting = async (_run, request, handle) => {
    const operation = readRequest(request).action.replace(/^\w+:/, '')
    asked.push({ operation, at: Date.now() })
    await new Promise((resolve) => setTimeout(resolve, latencyMs))
    const response = await handle()
    for (const hear of onAnswered) hear(operation)
    return response
  }
  return {
    meets,
    onAnswered: (hear: (operation: string) => void) => void onAnswered.push(hear),
    /** From the event on: what is asked for at once stands in one line, each line after the answers to the one before. */
    levels: async (invoke: () => Promise<unknown>): Promise<readonly string[]> => {
      asked.length = 0
      const began = Date.now()
      await invoke()
      const levels: string[][] = []
      for (const { operation, at } of asked) {
        const level = (at - began) / latencyMs
        expect(level % 1, `${operation} was sent while another request was under way`).to.equal(0)
        levels[level] = [...(levels[level] ?? []), operation]
      }
      // It does not matter in which order the requests of one level leave.
      return Array.from(levels, (level = []) => level.sort().join(' '))
    },
  }
}

const hook = (deploymentId: string) => ({ DeploymentId: deploymentId, LifecycleEventHookExecutionId: 'execution-1' })
const countOf = (levels: readonly string[]) => levels.join(' ').split(' ').length

describe('From the event of a cold hook to its report', () => {
  let aws: Playground
  afterEach(() => aws.end())

  /** A Server deployment at Ready, whose green was found healthy wherever it is registered. */
  const ready = async (copyLosesTargetGroups: boolean) => {
    const measured = measuring()
    aws = await playground({
      switches: { copyLosesTargetGroups },
      settings: { GREENLIGHT_MODE: 'gate' },
      meets: measured.meets,
    })
    const deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
    await aws.time.advance(60_000)
    return { measured, levels: () => measured.levels(() => aws.invoke(hook(deploymentId))) }
  }
  const verdict = () => aws.log.find(({ message }) => message === 'Verdict')?.['verdict']

  it('where nothing is missing, 14 calls are made, 8 deep', async () => {
    const { levels } = await ready(false)
    const calls = await levels()
    expect(verdict()).to.equal('Succeeded')
    expect(calls).to.deep.equal([
      'GetDeployment',
      'ListTagsForResource',
      'DescribeAutoScalingGroups DescribeTargetGroups ListDeploymentTargets',
      'BatchGetDeploymentTargets DescribeTargetHealth',
      'CreateOrUpdateTags',
      'SuspendProcesses',
      'DescribeAutoScalingGroups DescribeTargetHealth GetDeployment ListTagsForResource',
      'PutLifecycleEventHookExecutionStatus',
    ])
    expect([calls.length, countOf(calls)]).to.deep.equal([8, 14])
  })

  it('where one target group is missing and green is healthy at once, 19 calls are made, 10 deep', async () => {
    const { measured, levels } = await ready(true)
    const { world } = aws
    measured.onAnswered((operation) => {
      if (operation !== 'AttachLoadBalancerTargetGroups') return
      const web = world.targetGroups.get('web')
      for (const { instanceId, autoScalingGroupName: name } of world.instances.values()) {
        if (web !== undefined && name !== 'blue') world.targetHealth.assumeHealthy(web, instanceId)
      }
    })
    const calls = await levels()
    expect(verdict()).to.equal('Succeeded')
    expect(calls).to.deep.equal([
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
    expect([calls.length, countOf(calls)]).to.deep.equal([10, 19])
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

import { expect } from 'chai'
import { type Sources, sentences } from '../../demo/sentences.ts'
import type { About } from '../../simulator/world/timeline.ts'
import { aRun } from './aRun.ts'

const names = new Map([
  ['CodeDeploy_production_d-1', 'green'],
  ...[1, 2, 3, 4, 5].map((number): [string, string] => [`i-${number}`, `green-${number}`]),
  ['d-1', 'v2'],
])

const told = (
  entries: readonly (readonly [second: number, who: string, what: string, about?: About])[],
  more: Partial<Sources> = {},
) =>
  sentences(
    aRun({
      names,
      deployments: ['d-1'],
      timeline: entries.map(([second, who, what, about]) => ({ at: new Date(second * 1000), who, what, ...about })),
      ...more,
    }),
  ).map(({ at, who, what }) => `${at / 1000} ${who} ${what}`)

const launches = (second: number, instanceId: string) =>
  [second, 'Auto Scaling', `launches ${instanceId} in CodeDeploy_production_d-1.`, { instanceId }] as const

describe('the sentences of the story', () => {
  it('put together what happens to several instances at once, and call them by their place in the story', () => {
    expect(told([launches(1, 'i-1'), launches(1, 'i-2'), launches(1, 'i-3')])).to.deep.equal([
      '1 Auto Scaling launches green-1 to -3 in green.',
    ])
    expect(told([launches(1, 'i-2'), launches(1, 'i-1')])).to.deep.equal([
      '1 Auto Scaling launches green-1 and -2 in green.',
    ])
    expect(told([launches(1, 'i-1'), launches(1, 'i-2'), launches(1, 'i-5')])).to.deep.equal([
      '1 Auto Scaling launches green-1, -2 and -5 in green.',
    ])
  })

  it('stand where it has happened to all of them, and keep apart what is not together', () => {
    expect(told([launches(1, 'i-1'), launches(9, 'i-2'), launches(60, 'i-3')])).to.deep.equal([
      '9 Auto Scaling launches green-1 and -2 in green.',
      '60 Auto Scaling launches green-3 in green.',
    ])
  })

  it('put together only the same sentence', () => {
    const finds = (instanceId: string, how: string) =>
      [1, 'Load balancer', `finds ${instanceId} ${how} in web.`, { instanceId }] as const
    expect(told([finds('i-1', 'healthy'), finds('i-2', 'unhealthy')])).to.deep.equal([
      '1 Load balancer finds green-1 healthy in web.',
      '1 Load balancer finds green-2 unhealthy in web.',
    ])
  })

  it('name each change that Greenlight makes, before what comes of it, and no call that changes nothing', () => {
    const call = {
      at: new Date(2000),
      service: 'autoscaling',
      action: 'autoscaling:AttachLoadBalancerTargetGroups',
      principal: { kind: 'lambda', functionName: 'CodeDeployHook_greenlight' },
      input: { AutoScalingGroupName: 'CodeDeploy_production_d-1' },
      resources: [],
      context: {},
      outcome: 'ok',
      effect: 'changed',
    } as const
    const stop = { ...call, action: 'codedeploy:StopDeployment', input: { deploymentId: 'd-1' } }
    const tag = {
      ...call,
      action: 'autoscaling:CreateOrUpdateTags',
      input: { Tags: [{ ResourceId: 'CodeDeploy_production_d-1' }] },
    }
    const calls = [call, stop, tag, { ...call, effect: 'nothing' }] as const
    const attached = [2, 'Auto Scaling', 'attaches target group web to CodeDeploy_production_d-1.'] as const
    expect(told([attached], { calls })).to.deep.equal([
      '2 Greenlight calls AttachLoadBalancerTargetGroups on green.',
      '2 Greenlight calls StopDeployment on deployment v2.',
      '2 Greenlight calls CreateOrUpdateTags on green.',
      '2 Auto Scaling attaches target group web to green.',
    ])
  })

  it('leave out invocations, and what CodeDeploy does about other deployments', () => {
    expect(
      told([
        [1, 'Lambda', 'invokes CodeDeployHook_greenlight with {}.'],
        [2, 'CodeDeploy', 'ends deployment d-2 as Succeeded.', { deploymentId: 'd-2' }],
        [3, 'CodeDeploy', 'ends deployment d-1 as Succeeded.', { deploymentId: 'd-1' }],
      ]),
    ).to.deep.equal(['3 CodeDeploy ends deployment v2 as Succeeded.'])
  })
})

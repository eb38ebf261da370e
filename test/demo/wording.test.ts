import { expect } from 'chai'
import type { Run } from '../../demo/story.ts'
import { wording } from '../../demo/wording.ts'
import { aRun } from './aRun.ts'

const names = new Map([
  ['CodeDeploy_production_d-1', 'green'],
  ...[1, 2, 3, 4, 5].map((number): [string, string] => [`i-${number}`, `green-${number}`]),
  ['d-1', '<deployment>'],
])

const told = (entries: readonly (readonly [second: number, who: string, what: string])[], more: Partial<Run> = {}) =>
  wording(
    aRun({
      names,
      timeline: entries.map(([second, who, what]) => ({ at: new Date(second * 1000), who, what })),
      ...more,
    }),
  ).map(({ at, who, what }) => `${at / 1000} ${who} ${what}`)

const launches = (second: number, id: string) =>
  [second, 'Auto Scaling', `launches ${id} in CodeDeploy_production_d-1.`] as const

describe('the wording of the timeline', () => {
  it('merges what happens to several instances at once, and calls them by their place in the story', () => {
    expect(told([launches(1, 'i-1'), launches(1, 'i-2'), launches(1, 'i-3')])).to.deep.equal([
      '1 Auto Scaling launches green-1 to -3',
    ])
    expect(told([launches(1, 'i-2'), launches(1, 'i-1')])).to.deep.equal(['1 Auto Scaling launches green-1 and -2'])
    expect(told([launches(1, 'i-1'), launches(1, 'i-2'), launches(1, 'i-5')])).to.deep.equal([
      '1 Auto Scaling launches green-1, -2 and -5',
    ])
  })

  it('tells it when it was so of all of them, and keeps apart what was not together', () => {
    expect(told([launches(1, 'i-1'), launches(9, 'i-2'), launches(60, 'i-3')])).to.deep.equal([
      '9 Auto Scaling launches green-1 and -2',
      '60 Auto Scaling launches green-3',
    ])
  })

  it('adds up the connections that were open', () => {
    const terminates = (id: string) => `terminates ${id} in CodeDeploy_production_d-1, with 20 connections open.`
    expect(
      told([
        [1, 'Auto Scaling', terminates('i-1')],
        [1, 'Auto Scaling', terminates('i-2')],
      ]),
    ).to.deep.equal(['1 Auto Scaling terminates green-1 and -2 with 40 connections open'])
  })

  it('names Greenlight as the one who attaches, from the call that it made', () => {
    const call = {
      at: new Date(2000),
      service: 'autoscaling',
      action: 'autoscaling:AttachLoadBalancerTargetGroups',
      principal: { kind: 'lambda', functionName: 'CodeDeployHook_greenlight' },
      input: {
        AutoScalingGroupName: 'CodeDeploy_production_d-1',
        TargetGroupARNs: ['arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef'],
      },
      resources: [],
      context: {},
      outcome: 'ok',
      effect: 'changed',
    } as const
    const attached = [2, 'Auto Scaling', 'web is attached to CodeDeploy_production_d-1.'] as const
    expect(told([attached], { calls: [call, { ...call, outcome: 'Throttling' }] })).to.deep.equal([
      '2 Greenlight attaches target group web to green',
    ])
  })

  it('leaves a sentence that it does not know as it is, rather than out', () => {
    expect(told([[3, 'CodeDeploy', 'does something new with i-1.']])).to.deep.equal([
      '3 CodeDeploy does something new with green-1',
    ])
  })
})

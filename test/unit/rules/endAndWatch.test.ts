import { expect } from 'chai'
import { endAndWatch, healthyTargets } from '../../../src/rules/endAndWatch.ts'
import { arnOf, deployment, deploymentId, green, greenName, seenAs, target } from '../builders.ts'

const named = {
  named: [greenName],
  underWay: [],
  inTheWay: [],
  production: { names: [], instances: [], hasBegunTraffic: undefined, underWay: [] },
}
const attach = {
  call: 'autoscaling:AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: arnOf('web') }],
}

describe('Heal', () => {
  for (const status of ['Succeeded', 'Stopped']) {
    it(`attaches what is missing where the deployment group names green, though its deployment is ${status}`, () => {
      const greens = [green({ tags: { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId } })]
      const seen = seenAs('endAndWatch', { deployment: deployment({ status }), ending: named, greens })
      expect(endAndWatch(seen, 0)).to.deep.equal({ decision: 'change', changes: [attach] })
    })
  }

  it('watches what is healthy once nothing is missing any more', () => {
    const seen = seenAs('endAndWatch', {
      deployment: deployment({ status: 'Succeeded' }),
      greens: [green({ targetGroups: ['web'] })],
      ending: named,
    })
    expect(endAndWatch(seen, 0)).to.deep.equal({
      decision: 'watch',
      reason: `deployment ${deploymentId} is Succeeded: settled`,
      left: [],
      healthy: { web: 2 },
    })
  })

  it('counts the healthy targets of each wanted target group, to whomever they belong', () => {
    const seen = seenAs('endAndWatch', {
      goal: { greens: [greenName], wanted: ['web', 'api'], tests: [] },
      health: new Map([['web', [target('i-1'), target('x-1'), target('i-2', 'initial')]]]),
    })
    expect(healthyTargets(seen)).to.deep.equal({ web: 2, api: 0 })
  })
})

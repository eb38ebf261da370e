import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { noticesOf } from '../../../src/reconcile/notices.ts'
import { deployment, ecs, green, greenName, heldGreen, seenAs } from '../builders.ts'
import { afterChange, begun, done, stop, tag, throttled } from './changes.ts'

const kindsOf = (...given: Parameters<typeof noticesOf>) => noticesOf(...given).map(({ kind }) => kind)
const whole = [green({ targetGroups: ['web'] })]

describe('A look gives notice', () => {
  it('of its mode', () => {
    expect(noticesOf(seenAs('settle'), begun())).to.deep.equal([{ kind: 'mode', mode: 'heal' }])
    expect(noticesOf({ row: 'deploymentOnly', deployment: deployment() }, begun())).to.deep.equal([])
    const { choice } = seenAs('gate')
    expect(noticesOf(seenAs('settle', { choice: { ...choice, mode: { refusal: 'none' } } }), begun())).to.deep.equal([])
  })

  it('of nothing missing, before Greenlight did anything, and once', () => {
    const arrived = { progress: { ...seenAs('gate').progress, step: 'arrived' } } as const
    for (const seen of [
      seenAs('preflight', { greens: whole }),
      seenAs('hold', { greens: whole }),
      seenAs('gate', { greens: whole }),
      seenAs('gate', { greens: [heldGreen({ targetGroups: ['web'], recorded: [] })], ...arrived }),
      seenAs('arrive', { greens: [heldGreen({ targetGroups: ['web'], recorded: [] })], ...arrived }),
    ]) {
      expect(noticesOf(seen, begun())).to.deep.include({ kind: 'nothingMissing', greens: [greenName], wanted: ['web'] })
    }
    expect(kindsOf(seenAs('settle', { greens: whole }), begun())).to.deep.equal(['mode'])
    expect(kindsOf(seenAs('gate', { greens: whole }), afterChange(begun(), tag))).to.deep.equal(['mode'])
    expect(kindsOf(seenAs('gate', { greens: whole }), { ...begun(), told: ['nothingMissing'] })).to.deep.equal(['mode'])
  })

  it('of none of that where there is no green, or an attachment is on record', () => {
    expect(kindsOf(seenAs('gate', { greens: [] }), begun())).to.deep.equal(['mode'])
    const attached = green({ targetGroups: ['web'], tags: { 'greenlight:attached/web': 'd-1' } })
    expect(kindsOf(seenAs('gate', { greens: [attached] }), begun())).to.deep.equal(['mode'])
  })

  it('of none of that where somebody may have removed the records of an earlier invocation', () => {
    // CodeDeploy resumes two of the processes by itself.
    for (const suspended of [holdProcesses, ['HealthCheck', 'AZRebalance', 'ReplaceUnhealthy']]) {
      const stripped = green({ targetGroups: ['web'], suspended })
      expect(kindsOf(seenAs('gate', { greens: [stripped] }), begun())).to.deep.equal(['mode'])
    }
    // Once traffic has arrived something may have been attached without a hold, or released.
    const progress = { ...seenAs('gate').progress, step: 'arrived' } as const
    const stripped = [
      green({ targetGroups: ['web'] }),
      green({ targetGroups: ['web'], tags: { 'greenlight:held': 'd-OLD HealthCheck' } }),
    ]
    for (const one of stripped)
      for (const row of ['gate', 'arrive'] as const)
        expect(kindsOf(seenAs(row, { greens: [one], progress }), begun())).to.deep.equal(['mode'])
  })

  it('of load balancers that Greenlight does not handle, each once', () => {
    const subject = {
      kind: 'server',
      greens: [greenName],
      isNamed: true,
      wanted: ['web'],
      classicLoadBalancers: ['old'],
    } as const
    const seen = seenAs('settle', {
      deployment: deployment({ subject }),
      greens: [green({ notHandled: ['old', 'lattice'] })],
    })
    expect(noticesOf(seen, begun())).to.deep.include({ kind: 'notHandled', notHandled: ['old', 'lattice'] })
    expect(kindsOf(seen, { ...begun(), told: ['notHandled'] })).to.deep.equal(['mode'])
  })

  it('of a tag that has no effect, to a gate of Lambda or ECS, once', () => {
    const choice = { ...seenAs('gate').choice, tags: new Map([['greenlight:test-target-groups', 'greenlight-web']]) }
    const seen = seenAs('gate', { deployment: deployment({ subject: ecs }), choice })
    const reason =
      'tag greenlight:test-target-groups of deployment group shop/production has no effect: only EC2 deployments are proved in ' +
      'test target groups'
    expect(noticesOf(seen, begun())).to.deep.include({ kind: 'withoutEffect', reason })
    expect(kindsOf(seen, { ...begun(), told: ['withoutEffect'] })).to.not.include('withoutEffect')
    expect(kindsOf(seenAs('gate', { choice }), begun())).to.not.include('withoutEffect')
  })

  it('of a deployment that CodeDeploy stopped though it did not answer', () => {
    const stopped = seenAs('undo', { deployment: deployment({ status: 'Stopped' }) })
    const unanswered = afterChange(begun('notification'), stop, { kind: 'unanswered', refusal: throttled })
    expect(noticesOf(stopped, unanswered)).to.deep.include({
      kind: 'stopped',
      reason: 'green is sick',
      refusal: 'unhealthy',
    })
    expect(kindsOf(stopped, { ...unanswered, told: ['stopped'] })).to.deep.equal(['mode'])
    expect(kindsOf(stopped, afterChange(begun('notification'), stop, done))).to.deep.equal(['mode'])
    expect(kindsOf(seenAs('gate'), unanswered)).to.deep.equal(['mode'])
  })
})

import { expect } from 'chai'
import type { Notice } from '../../../src/model/notice.ts'
import { lookAgain, waitFor } from '../../../src/reconcile/move.ts'
import { telling } from '../../../src/reconcile/tell.ts'
import { attach, denied, detach, done, refusedBy, resume, stop, suspend, tag } from './changes.ts'

/** Everything that was told, in its order. */
const heard = () => {
  const lines: unknown[] = []
  const log = (level: string) => (message: string, facts: object) => void lines.push({ level, message, ...facts })
  const meter =
    (name: string) =>
    (...counted: readonly unknown[]) =>
      void lines.push([name, ...counted])
  const tell = telling('notification', {
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    meter: {
      count: meter('count'),
      refused: meter('refused'),
      inMode: meter('mode'),
      verdict: meter('verdict'),
      healthWait: meter('healthWait'),
      measure: meter('measure'),
      found: meter('found'),
    },
    waitingFor: (reason) => void lines.push(`waiting for ${reason}`),
  })
  return { lines, tell }
}

describe('What the loop tells', () => {
  it('of a wait is its reason: to the answer every time, to the log when it is new', () => {
    const { lines, tell } = heard()
    for (const reason of ['a', 'a', 'b']) tell.move(waitFor('health', reason))
    expect(lines).to.deep.equal([
      'waiting for a',
      { level: 'info', message: 'Waiting', reason: 'a' },
      'waiting for a',
      'waiting for b',
      { level: 'info', message: 'Waiting', reason: 'b' },
    ])
  })

  it('of a change is what is sent', () => {
    const { lines, tell } = heard()
    tell.sending(attach)
    expect(lines).to.deep.equal([{ level: 'info', message: 'Changing', ...attach, targetGroups: ['web'] }])
  })

  it('of a change that was made is what it counts', () => {
    const { lines, tell } = heard()
    for (const change of [tag, suspend, resume, attach, detach]) tell.outcome(change, done)
    expect(lines).to.deep.equal([
      ...[
        ['count', 'Held', 1],
        ['count', 'Released', 1],
      ],
      ...[
        ['count', 'Attached', 1],
        ['count', 'Detached', 1],
      ],
    ])
  })

  it("of a change that AWS refused is AWS's reason, which is waited for as well", () => {
    const { lines, tell } = heard()
    tell.outcome(suspend, refusedBy(denied))
    expect(lines).to.deep.equal([
      { level: 'warn', message: 'AWS refused a change', ...suspend, reason: 'denied', refused: 'denied' },
      'waiting for denied',
      { level: 'info', message: 'Waiting', reason: 'denied' },
    ])
  })

  it('of a stop is a verdict', () => {
    const { lines, tell } = heard()
    tell.outcome(stop, done)
    expect(lines).to.deep.equal([
      ['refused', 'unhealthy'],
      ['verdict', 'notification', 'Failed'],
      { level: 'error', message: 'Verdict', verdict: 'Failed', reason: 'green is sick' },
    ])
  })

  for (const [notice, told] of [
    [{ kind: 'mode', mode: 'gate' }, [['mode', 'gate']]],
    [
      { kind: 'refused', refusal: 'tags', reason: 'r', isAnswered: false },
      [['refused', 'tags'], { level: 'warn', message: 'Refused', reason: 'r' }],
    ],
    [{ kind: 'refused', refusal: 'tags', reason: 'r', isAnswered: true }, [['refused', 'tags']]],
    [{ kind: 'noMode', reason: 'r' }, [['refused', 'mode'], { level: 'warn', message: 'No mode', reason: 'r' }]],
    [
      { kind: 'nothingMissing', greens: ['g'], wanted: ['web'] },
      [['count', 'NothingMissing'], { level: 'info', message: 'Nothing was missing', greens: ['g'], wanted: ['web'] }],
    ],
    [
      { kind: 'notHandled', notHandled: ['old'] },
      [{ level: 'warn', message: 'Greenlight handles target groups alone', notHandled: ['old'] }],
    ],
    [
      { kind: 'leftAttached', autoScalingGroup: 'green', targetGroup: 'web', reason: 'r' },
      [
        ['measure', 'LeftAttached', 1],
        { level: 'error', message: 'Left attached', autoScalingGroup: 'green', targetGroup: 'web', reason: 'r' },
      ],
    ],
    [
      { kind: 'notAttached', reason: 'r' },
      [['refused', 'missing'], { level: 'error', message: 'Not attached', reason: 'r' }],
    ],
    [{ kind: 'notStopped', reason: 'r' }, [{ level: 'error', message: 'Not stopped', reason: 'r' }]],
    [{ kind: 'healthy', afterMs: 7 }, [['healthWait', 7]]],
    [
      { kind: 'released', autoScalingGroup: 'g', reason: 'r' },
      [{ level: 'warn', message: 'Released', autoScalingGroup: 'g', reason: 'r' }],
    ],
    [
      { kind: 'healed', autoScalingGroups: ['g'], targetGroups: ['web'] },
      [['count', 'Healed'], { level: 'info', message: 'Healed', autoScalingGroups: ['g'], targetGroups: ['web'] }],
    ],
    [
      { kind: 'healingStopped', autoScalingGroups: ['g'], reason: 'r' },
      [
        ['count', 'HealingStopped'],
        { level: 'error', message: 'Healing stopped', autoScalingGroups: ['g'], reason: 'r' },
      ],
    ],
    [{ kind: 'bypassed', readyDeployment: undefined }, [['count', 'Bypassed']]],
    [
      { kind: 'bypassed', readyDeployment: { id: 'd-1', waitMinutes: 60 } },
      [
        ['count', 'Bypassed'],
        {
          level: 'warn',
          message: 'Bypassed: somebody has to continue the deployment',
          command: 'aws deploy continue-deployment --deployment-id d-1 --deployment-wait-type READY_WAIT',
          waitMinutes: 60,
        },
      ],
    ],
    [{ kind: 'wouldChange', change: suspend }, [{ level: 'warn', message: 'Would change', ...suspend }]],
    [{ kind: 'wouldRefuse', reason: 'r' }, [{ level: 'warn', message: 'Would refuse', reason: 'r' }]],
    [{ kind: 'couldNotLook', reason: 'r' }, [{ level: 'error', message: 'Could not look', reason: 'r' }]],
  ] satisfies [Notice, readonly unknown[]][]) {
    it(`of a notice is its line and its metric: ${JSON.stringify(notice)}`, () => {
      const { lines, tell } = heard()
      tell.move({ ...lookAgain, notices: [notice] })
      expect(lines).to.deep.equal(told)
    })
  }
})

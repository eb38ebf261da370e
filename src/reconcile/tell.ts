import type { Log } from '../log.ts'
import type { Counted, Gauge, Meter } from '../meter.ts'
import { type Call, type Change, factsOf, type Outcome } from '../model/change.ts'
import type { Notice } from '../model/notice.ts'
import type { RefusalKind } from '../model/refused.ts'
import type { Trigger } from '../model/trigger.ts'
import type { Move } from './move.ts'

export type Writers = {
  readonly log: Log
  readonly meter: Meter
  /** Hears what is being waited for, so that the answer can say it when the time is over. */
  readonly waitingFor: (reason: string) => void
}

/** What the loop tells of its work. */
export type Tell = {
  readonly move: (move: Move) => void
  readonly sending: (change: Change) => void
  readonly outcome: (change: Change, outcome: Outcome) => void
}

/** The one writer of logs and metrics of the loop. */
export const telling = (trigger: Trigger, writers: Writers): Tell => {
  const { log, meter, waitingFor } = writers
  let lastReason = ''
  const waits = (reason: string): void => {
    waitingFor(reason)
    // Every poll waits for the same: only news go to the log.
    if (reason !== lastReason) log.info('Waiting', { reason })
    lastReason = reason
  }
  return {
    move: (move) => {
      for (const notice of move.notices) tellNotice(notice, trigger, writers)
      if (move.kind === 'wait') waits(move.reason)
    },
    sending: (change) => log.info('Changing', factsOf(change)),
    outcome: (change, outcome) => {
      if (outcome.kind !== 'done') {
        const { reason, kind: refused } = outcome.refusal
        log.warn('AWS refused a change', { ...factsOf(change), reason, refused })
        return waits(reason)
      }
      const counted = countedAs[change.call]
      if (counted !== undefined) meter.count(counted, 'targetGroups' in change ? change.targetGroups.length : 1)
      if (change.call === 'codedeploy:StopDeployment') tellNotice({ ...change, kind: 'stopped' }, trigger, writers)
    },
  }
}

const countedAs: Readonly<Record<Call, Counted | undefined>> = {
  'autoscaling:CreateOrUpdateTags': undefined,
  'autoscaling:DeleteTags': undefined,
  'autoscaling:SuspendProcesses': 'Held',
  'autoscaling:ResumeProcesses': 'Released',
  'autoscaling:AttachLoadBalancerTargetGroups': 'Attached',
  'autoscaling:DetachLoadBalancerTargetGroups': 'Detached',
  'elasticloadbalancing:RegisterTargets': undefined,
  'elasticloadbalancing:DeregisterTargets': undefined,
  'codedeploy:ContinueDeployment': undefined,
  'codedeploy:StopDeployment': undefined,
}

const tellNotice = (notice: Notice, trigger: Trigger, { log, meter }: Writers) => {
  switch (notice.kind) {
    case 'mode':
      return meter.inMode(notice.mode)
    case 'healthy':
      return meter.healthWait(notice.afterMs)
    case 'refused':
      meter.refused(notice.refusal)
      // A caller gets the reason with the verdict.
      return notice.isAnswered ? undefined : log.warn('Refused', { reason: notice.reason })
    case 'stopped':
      meter.refused(notice.refusal)
      meter.verdict(trigger, 'Failed')
      return log.error('Verdict', { verdict: 'Failed', reason: notice.reason })
    case 'bypassed': {
      meter.count('Bypassed')
      if (notice.readyDeployment === undefined) return
      const { id, waitMinutes } = notice.readyDeployment
      const command = `aws deploy continue-deployment --deployment-id ${id} --deployment-wait-type READY_WAIT`
      return log.warn('Bypassed: somebody has to continue the deployment', { command, waitMinutes })
    }
    case 'wouldChange':
      return log.warn('Would change', factsOf(notice.change))
    default: {
      const { kind, ...facts } = notice
      const { level, message, counted, gauge, refusal } = lines[kind]
      if (counted !== undefined) meter.count(counted)
      if (gauge !== undefined) meter.measure(gauge, 1)
      if (refusal !== undefined) meter.refused(refusal)
      return log[level](message, facts)
    }
  }
}

type Line = {
  readonly level: keyof Log
  readonly message: string
  readonly counted?: Counted
  readonly gauge?: Gauge
  readonly refusal?: RefusalKind
}
type Special = 'mode' | 'healthy' | 'refused' | 'stopped' | 'bypassed' | 'wouldChange'

/** The line of each notice that is told with its facts as they are, and how it is counted. */
const lines: Readonly<Record<Exclude<Notice['kind'], Special>, Line>> = {
  noMode: { level: 'warn', message: 'No mode', refusal: 'mode' },
  nothingMissing: { level: 'info', message: 'Nothing was missing', counted: 'NothingMissing' },
  notHandled: { level: 'warn', message: 'Greenlight handles target groups alone' },
  withoutEffect: { level: 'warn', message: 'A tag has no effect' },
  leftAttached: { level: 'error', message: 'Left attached', gauge: 'LeftAttached' },
  notAttached: { level: 'error', message: 'Not attached', refusal: 'missing' },
  notStopped: { level: 'error', message: 'Not stopped' },
  wouldRefuse: { level: 'warn', message: 'Would refuse' },
  couldNotLook: { level: 'error', message: 'Could not look' },
  released: { level: 'warn', message: 'Released' },
  healed: { level: 'info', message: 'Healed', counted: 'Healed' },
  healingStopped: { level: 'error', message: 'Healing stopped', counted: 'HealingStopped' },
}

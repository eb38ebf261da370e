import { expect } from 'chai'
import { deploymentStates } from './deploymentStates.ts'
import { notifications } from './notifications.ts'
import { beginDeployment, named, type PlayedDeployment, settled, untouched, wordsOf } from './playedDeployment.ts'

/** What one cell of the table comes to; ids and names as `named` calls them. */
type Cell = {
  /** The changes, in their order. */
  readonly changes?: readonly string[]
  /** What of green is Greenlight's business afterwards; undefined where there is no green yet. */
  readonly green: { attached: readonly string[]; held: readonly string[]; records: Record<string, string> } | undefined
  /** The verdict and its reason: of a notification, where it has one. */
  readonly verdict?: readonly [verdict: 'Succeeded' | 'Failed' | 'Pending', reason: string]
  /** What else the log says above INFO. */
  readonly lines?: readonly string[]
}

const five = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']
const heldRecords = { record: 'D', held: 'D five processes' }

const holding = ['CreateOrUpdateTags record=D held=D five processes', 'SuspendProcesses five processes']
const gating = [
  'CreateOrUpdateTags record=D held=D five processes attached/web=D',
  'SuspendProcesses five processes',
  'AttachLoadBalancerTargetGroups web',
]
const attaching = ['CreateOrUpdateTags attached/web=D', 'AttachLoadBalancerTargetGroups web']
const arriving = [...attaching, 'ResumeProcesses five processes']
const settling = [
  'ResumeProcesses five processes',
  'CreateOrUpdateTags attached/web=D',
  'AttachLoadBalancerTargetGroups web',
]
const undoing = ['DetachLoadBalancerTargetGroups web']
const releasing = ['ResumeProcesses five processes', 'DeleteTags held record']

const held: Cell['green'] = { attached: [], held: five, records: heldRecords }
const gated: Cell['green'] = { attached: ['web'], held: five, records: { ...heldRecords, 'attached/web': 'D' } }
const attached: Cell['green'] = { attached: ['web'], held: [], records: { record: 'D', 'attached/web': 'D' } }
/** Held until it is drained, and a sweep sees that. */
const detached: Cell['green'] = { attached: [], held: five, records: { ...heldRecords, 'attached/web': 'D' } }

const healthy = 'green has 2 of 2 instances healthy behind web'
const gate: Cell = { changes: gating, green: gated, verdict: ['Succeeded', healthy] }
const nothing: Cell = { green: untouched }
const absent: Cell = { green: undefined }
const arrive: Cell = { changes: [...arriving, 'DeleteTags held'], green: attached }
const would = (changes: readonly string[]) => changes.map((change) => `WARN Would change: ${change}`)
const toContinue =
  'WARN Bypassed: somebody has to continue the deployment: ' +
  'aws deploy continue-deployment --deployment-id D --deployment-wait-type READY_WAIT'

/** Rows by how the deployment stands, columns by why Greenlight runs. */
const table: Readonly<
  Record<
    string,
    {
      /** Which of the two nobody has invited in mode heal. */
      uninvited?: readonly Door[]
      /** In modes heal and gate alike. */
      hook: Cell
      call: Cell
      /** Notifications: of one column in modes heal and gate where these agree. */
      heal: Cell
      gate?: Cell
      /** In mode observe: of a hook and a call, which are bypassed, and of a notification. */
      asked: Cell
      told: Cell
      /** With a tag that is no mode; green as it was. */
      green?: Cell['green']
    }
  >
> = {
  Created: {
    uninvited: ['hook'],
    hook: gate,
    call: { green: undefined, verdict: ['Pending', 'deployment D has not begun: it is Created'] },
    heal: absent,
    asked: absent,
    told: absent,
  },
  Queued: {
    uninvited: ['hook'],
    hook: gate,
    call: { green: undefined, verdict: ['Pending', 'deployment D has not begun: it is Queued'] },
    heal: absent,
    asked: absent,
    told: absent,
  },
  'InProgress, installing': {
    uninvited: ['hook'],
    hook: gate,
    call: { green: untouched, verdict: ['Pending', 'CodeDeploy is still installing on i and i'] },
    heal: nothing,
    asked: nothing,
    told: nothing,
  },
  'InProgress, installed': {
    uninvited: ['hook', 'call'],
    hook: gate,
    call: gate,
    heal: nothing,
    asked: { green: untouched, lines: would(gating) },
    told: nothing,
  },
  'InProgress, shifting': {
    uninvited: ['hook', 'call'],
    hook: gate,
    call: gate,
    heal: nothing,
    asked: { green: untouched, lines: would(gating) },
    told: nothing,
  },
  // Green stays held until blue is out of the load balancer.
  'InProgress, arrived': {
    uninvited: ['hook', 'call'],
    hook: { changes: attaching, green: gated, verdict: ['Succeeded', healthy] },
    call: { changes: attaching, green: gated, verdict: ['Succeeded', healthy] },
    heal: { changes: attaching, green: gated },
    asked: { changes: releasing, green: untouched, lines: would(attaching) },
    told: { changes: releasing, green: untouched, lines: would(attaching) },
    green: held,
  },
  Baking: {
    uninvited: ['hook', 'call'],
    hook: { ...arrive, verdict: ['Succeeded', healthy] },
    call: { ...arrive, verdict: ['Succeeded', healthy] },
    heal: arrive,
    asked: { changes: releasing, green: untouched, lines: would(arriving) },
    told: { changes: releasing, green: untouched, lines: would(arriving) },
    green: held,
  },
  'Ready, waiting': {
    uninvited: ['hook', 'call'],
    hook: gate,
    call: gate,
    heal: { changes: holding, green: held },
    gate: { ...gate, changes: [...gating, 'ContinueDeployment READY_WAIT'] },
    asked: { green: untouched, lines: [toContinue, ...would(gating)] },
    told: { green: untouched, lines: [toContinue, ...would(gating)] },
  },
  'Ready, not waiting': {
    uninvited: ['hook', 'call'],
    hook: gate,
    call: gate,
    heal: { changes: holding, green: held },
    gate: {
      ...gate,
      verdict: ['Succeeded', `${healthy}; the deployment does not wait, so that this could only race CodeDeploy`],
    },
    asked: { green: untouched, lines: [toContinue, ...would(gating)] },
    told: { green: untouched, lines: [toContinue, ...would(gating)] },
  },
  Succeeded: {
    hook: {
      changes: [...settling, 'DeleteTags held attached/web record'],
      green: settled,
      verdict: ['Succeeded', `deployment D has succeeded, and ${healthy}`],
    },
    call: {
      changes: [...settling, 'DeleteTags held attached/web record'],
      green: settled,
      verdict: ['Succeeded', `deployment D has succeeded, and ${healthy}`],
    },
    heal: { changes: [...settling, 'DeleteTags held attached/web record'], green: settled },
    asked: { changes: releasing, green: untouched, lines: would(settling) },
    told: { changes: releasing, green: untouched, lines: would(settling) },
    green: held,
  },
  ...Object.fromEntries(
    ['Failed', 'Stopped'].map((status) => [
      status,
      {
        hook: { changes: undoing, green: detached, verdict: ['Failed', `deployment D is over: it is ${status}`] },
        call: { changes: undoing, green: detached, verdict: ['Failed', `deployment D is over: it is ${status}`] },
        heal: { changes: undoing, green: detached },
        asked: {
          changes: ['ResumeProcesses five processes', 'DeleteTags held'],
          green: attached,
          lines: would([...undoing, 'ResumeProcesses five processes']),
        },
        told: {
          changes: ['ResumeProcesses five processes', 'DeleteTags held'],
          green: attached,
          lines: would([...undoing, 'ResumeProcesses five processes']),
        },
        green: gated,
      } satisfies (typeof table)[string],
    ]),
  ),
  'Paused, which nobody knows': {
    hook: { green: untouched, verdict: ['Failed', 'deployment D has status Paused, which Greenlight does not know'] },
    call: { green: untouched, verdict: ['Failed', 'deployment D has status Paused, which Greenlight does not know'] },
    heal: { green: untouched, lines: ['WARN Refused: deployment D has status Paused, which Greenlight does not know'] },
    asked: {
      green: untouched,
      lines: ['WARN Would refuse: deployment D has status Paused, which Greenlight does not know'],
    },
    told: {
      green: untouched,
      lines: ['WARN Would refuse: deployment D has status Paused, which Greenlight does not know'],
    },
  },
}

/** What each door sends; of a notification, nothing but the id is believed. */
const doors = {
  ...notifications,
  hook: (DeploymentId: string) => ({ DeploymentId, LifecycleEventHookExecutionId: 'execution-1' }),
  call: (DeploymentId: string) => ({ DeploymentId }),
} as const
type Door = keyof typeof doors

const modes = ['observe', 'heal', 'gate', 'heel'] as const
const noMode = 'tag greenlight:mode of deployment group shop/production is "heel"; it must be observe, heal or gate'

const undone: Cell = { changes: undoing, green: detached }
/** Green is to get its target group once the tag is put right. */
const released: Cell = {
  changes: ['ResumeProcesses five processes', 'DeleteTags held'],
  green: { attached: [], held: [], records: { record: 'D' } },
}
const finishedWithoutMode: Readonly<Record<string, Cell>> = {
  Baking: released,
  Succeeded: released,
  Failed: undone,
  Stopped: undone,
}

/** The cell of the table, with what every cell of a door or of a mode has in common. */
const cellOf = (state: string, door: Door, mode: (typeof modes)[number]): Cell => {
  const row = table[state]
  if (row === undefined) throw new Error(`the table has no row ${state}`)
  const isAsked = door === 'hook' || door === 'call'
  if (mode === 'heel') {
    const green = ['Created', 'Queued'].includes(state) ? undefined : (row.green ?? untouched)
    // Nothing new is begun, and what was begun is finished.
    const finished = isAsked && state === 'Baking' ? {} : finishedWithoutMode[state]
    const lines = [`WARN No mode: ${noMode}`]
    return { green, lines, ...finished, ...(isAsked && { verdict: ['Failed', noMode] as const }) }
  }
  if (mode === 'observe') {
    const bypassed = 'Bypassed: greenlight is in mode observe and changes nothing on deployment D'
    return isAsked ? { ...row.asked, verdict: ['Succeeded', bypassed] } : row.told
  }
  if (isAsked) return mode === 'heal' && row.uninvited?.includes(door) ? uninvited(door, row.green) : row[door]
  return mode === 'gate' ? (row.gate ?? row.heal) : row.heal
}

const noInvitation =
  'nobody has asked Greenlight to gate deployment D: its mode is heal, and no script of its own is at BeforeAllowTraffic'
/** It changes nothing; a hook waits for an invitation until its time is over. */
const uninvited = (door: 'hook' | 'call', green: Cell['green'] = untouched): Cell => ({
  green,
  verdict: door === 'hook' ? ['Failed', `out of time after 870 s: ${noInvitation}`] : ['Pending', noInvitation],
})

const refusedReport =
  'codedeploy:PutLifecycleEventHookExecutionStatus failed: UnsupportedActionForDeploymentTypeException: ' +
  'Lifecycle event hooks are for Lambda and ECS deployments.'

/** What a hook's cell has beside the others': for a Server deployment AWS refuses the report (F33), which fails the invocation. */
const reportOf = (door: Door, { verdict }: Cell) =>
  door === 'hook'
    ? {
        changes: [`PutLifecycleEventHookExecutionStatus ${verdict?.[0]}`],
        lines: [`ERROR Could not report: ${refusedReport}`],
      }
    : { changes: [], lines: [] }

describe('What is decided, for each status, trigger and mode', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  const play = async (state: string, door: Door, mode: string) => {
    deployment = await beginDeployment({ mode, inProcess: true })
    await deploymentStates[state]?.(deployment)
    const answer = await deployment.aws.invoke(doors[door](deployment.id))
    return {
      answer: answer?.['errorMessage'] ? `failed: ${answer['errorMessage']}` : namedAll(answer, deployment),
      changes: deployment.aws.changes().map((change) => wordsOf(change, deployment)),
      green: namedAll(deployment.now(), deployment),
      verdicts: deployment.lines('Verdict').map(({ verdict, reason }) => [verdict, named(String(reason), deployment)]),
      lines: deployment.aws.log
        .filter(({ level, message }) => level !== 'INFO' && message !== 'Verdict')
        .map((line) => named(wordsOfLine(line), deployment)),
    }
  }

  for (const state of Object.keys(deploymentStates)) {
    describe(state, () => {
      for (const door of ['EventBridge', 'SNS', 'hook', 'call'] as const) {
        for (const mode of modes) {
          it(`${door}, ${mode === 'heel' ? 'a tag that is no mode' : `mode ${mode}`}`, async () => {
            const cell = cellOf(state, door, mode)
            const played = await play(state, door, mode)
            const [verdict, reason] = cell.verdict ?? []
            const report = reportOf(door, cell)
            expect(played).to.deep.equal({
              changes: [...(cell.changes ?? []), ...report.changes],
              green: cell.green,
              verdicts: cell.verdict === undefined ? [] : [cell.verdict],
              lines: [...(cell.lines ?? []), ...report.lines],
              answer: {
                EventBridge: null,
                SNS: null,
                call: { verdict, reason, deploymentId: 'D' },
                hook: `failed: ${refusedReport}`,
              }[door],
            })
          })
        }
      }
    })
  }
})

/** A whole value with the names of `named`, and Greenlight's tags by what comes after `greenlight:`. */
const namedAll = <Value>(value: Value, deployment: PlayedDeployment): Value =>
  value === undefined ? value : JSON.parse(named(JSON.stringify(value), deployment).replaceAll('"greenlight:', '"'))

const wordsOfLine = ({
  level,
  message,
  reason,
  command,
  call,
  ...facts
}: Readonly<Record<string, unknown>>): string => {
  const change = call === undefined ? undefined : wordsOfFacts(String(call), facts)
  return `${level} ${message}: ${reason ?? command ?? change}`
}

/** A change as the log words it, in the words of `wordsOf`. */
const wordsOfFacts = (
  call: string,
  { tags, keys, processes, targetGroups }: Readonly<Record<string, unknown>>,
): string => {
  const asked = [
    ...Object.entries(tags ?? {}).map(([key, value]) => `${key.replace('greenlight:', '')}=${value}`),
    ...[keys, processes, targetGroups].flatMap((list) => (Array.isArray(list) ? list : [])),
  ]
  return [call.replace(/^\w+:/, ''), ...asked.map((one) => String(one).replace('greenlight:', ''))].join(' ')
}

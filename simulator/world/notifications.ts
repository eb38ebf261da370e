import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Switches } from '../switches.ts'
import type { Functions } from './functions.ts'
import {
  deploymentMessage,
  instanceMessage,
  scheduledEvent,
  snsEvent,
  stateChangeEvent,
  statusWord,
} from './notificationEvents.ts'
import type { Deployment, DeploymentTarget, State } from './state.ts'

/** The state of a deployment, in EventBridge's words (F35). */
type DeploymentState = 'START' | 'READY' | 'SUCCESS' | 'FAILURE' | 'STOP'
/** The state of an instance. */
type InstanceState = 'START' | 'READY' | 'SUCCESS' | 'FAILURE'

/** One event that was sent, whether or not it arrived. */
type Notification = {
  readonly at: number
  readonly deploymentId: string
  /** The state of the deployment, or of the instance. */
  readonly state: string
  readonly instanceId: string | undefined
  readonly functionName: string
  readonly by: 'EventBridge' | 'SNS'
  readonly event: unknown
}

export type Notifications = {
  readonly sent: readonly Notification[]
  /** An EventBridge rule: a pattern of exact values, as a template writes it. Throws for a pattern that says more. */
  createRule(rule: { pattern: Pattern; functionName: string }): void
  /** An EventBridge schedule, which does not retry failed invocations. */
  schedule(functionName: string, everyMinutes: number): void
  /** Subscribes a function to an SNS topic that triggers of deployment groups name. */
  subscribe(topic: string, functionName: string): void
  /** Adds a trigger, for which CodeDeploy sends a test message that is not JSON (F36). */
  createTrigger(application: string, deploymentGroup: string, trigger: { topic: string; events: string[] }): void
  /** Lets every later notification of this state of a deployment arrive so many minutes late. */
  delay(state: DeploymentState, minutes: number): void
  /** Sends one again. */
  resend(notification: Notification): void
  deploymentIs(deployment: Deployment, state: DeploymentState): void
  instanceIs(deployment: Deployment, target: DeploymentTarget, state: InstanceState): void
}

export type Pattern = { readonly [key: string]: Pattern | readonly string[] }

const inOrderMilliseconds = 1_000
const lateMilliseconds = 240_000
const reorderedMilliseconds = 30_000

const triggerWords = { START: 'Start', READY: 'Ready', SUCCESS: 'Success', FAILURE: 'Failure', STOP: 'Stop' } as const

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly switches: Switches
  readonly functions: Functions
}

type Listeners = Parts & {
  readonly sent: Notification[]
  readonly rules: { pattern: Pattern; functionName: string }[]
  readonly subscriptions: { topic: string; functionName: string }[]
  /** By the state of a deployment, in milliseconds. */
  readonly lateBy: Map<DeploymentState, number>
}

/** What CodeDeploy sends to EventBridge and SNS, and how well they deliver it: best effort (F35). */
export const createNotifications = (parts: Parts): Notifications => {
  const { clock, functions } = parts
  const listeners: Listeners = { ...parts, sent: [], rules: [], subscriptions: [], lateBy: new Map() }
  return {
    sent: listeners.sent,
    createRule: (rule) => {
      mustBeUnderstood(rule.pattern)
      listeners.rules.push(rule)
    },
    schedule: (functionName, everyMinutes) => {
      clock.every(everyMinutes * 60_000, () => {
        const called = functions.named(functionName)
        // What Lambda throttles it would keep for later: the next run of the schedule stands for that.
        if (called && !functions.isBusy(called))
          void functions.invoke(called, scheduledEvent(parts, `every-${everyMinutes}-minutes`))
      })
    },
    subscribe: (topic, functionName) => void listeners.subscriptions.push({ topic, functionName }),
    createTrigger: (application, deploymentGroup, trigger) =>
      createTrigger(listeners, application, deploymentGroup, trigger),
    delay: (state, minutes) => void listeners.lateBy.set(state, minutes * 60_000),
    resend: (notification) => invoke(parts, notification),
    deploymentIs: (deployment, about) => {
      publish(listeners, deployment, about, undefined)
      const isRollback = deployment.creator === 'codeDeployRollback'
      const trigger = `Deployment${isRollback && about === 'START' ? 'Rollback' : triggerWords[about]}`
      tellTopics(listeners, deployment, trigger, undefined)
    },
    instanceIs: (deployment, target, about) => {
      publish(listeners, deployment, about, target.targetId)
      tellTopics(listeners, deployment, `Instance${triggerWords[about]}`, target)
    },
  }
}

const createTrigger = (
  listeners: Listeners,
  application: string,
  deploymentGroup: string,
  trigger: { topic: string; events: string[] },
): void => {
  const group = listeners.state.deploymentGroups.get(`${application}/${deploymentGroup}`)
  if (group === undefined) throw new Error(`There is no deployment group ${application}/${deploymentGroup}.`)
  group.triggers.push(trigger)
  const text = `You have successfully subscribed to trigger ${trigger.topic} of ${deploymentGroup}.`
  toTopic(listeners, trigger.topic, 'Test: AWS CodeDeploy', text, {
    deploymentId: '',
    state: 'Test',
    instanceId: undefined,
  })
}

/** Sends an event to the functions whose rules match it. */
const publish = (
  listeners: Listeners,
  deployment: Deployment,
  about: DeploymentState,
  instanceId: string | undefined,
): void => {
  const event = stateChangeEvent(listeners, deployment, about, instanceId)
  const known = { at: listeners.clock.now(), deploymentId: deployment.deploymentId, state: about, instanceId }
  for (const { pattern, functionName } of listeners.rules) {
    if (matches(pattern, event)) send(listeners, { ...known, functionName, by: 'EventBridge', event })
  }
}

/** Sends a message to the topics of the deployment group's triggers for this event. */
const tellTopics = (
  listeners: Listeners,
  deployment: Deployment,
  trigger: string,
  instance: DeploymentTarget | undefined,
): void => {
  const { application, deploymentGroup, deploymentId } = deployment
  const { region, deploymentGroups } = listeners.state
  const triggers = deploymentGroups.get(`${application}/${deploymentGroup}`)?.triggers ?? []
  for (const { topic, name = topic } of triggers.filter(({ events }) => events.includes(trigger))) {
    const status = instance?.status ?? statusWord(deployment, listeners.switches.snsStatusAtStart)
    const message = instance
      ? instanceMessage(region, deployment, instance, name)
      : deploymentMessage(region, deployment, name, status)
    const subject = `${status}: AWS CodeDeploy ${deploymentId} in ${region} to ${application}`
    toTopic(listeners, topic, subject, JSON.stringify(message), {
      deploymentId,
      state: trigger,
      instanceId: instance?.targetId,
    })
  }
}

const toTopic = (
  listeners: Listeners,
  topic: string,
  subject: string,
  message: string,
  about: Pick<Notification, 'deploymentId' | 'state' | 'instanceId'>,
): void => {
  const subscribed = listeners.subscriptions.filter((subscription) => subscription.topic === topic)
  for (const { functionName } of subscribed) {
    const event = snsEvent(listeners, topic, subject, message)
    send(listeners, { at: listeners.clock.now(), ...about, functionName, by: 'SNS', event })
  }
}

const send = (listeners: Listeners, notification: Notification): void => {
  listeners.sent.push(notification)
  const { state, instanceId } = notification
  const isAbout = (about: keyof typeof triggerWords) => [about, `Deployment${triggerWords[about]}`].includes(state)
  const [, late = 0] = [...listeners.lateBy].find(([about]) => instanceId === undefined && isAbout(about)) ?? []
  for (const delay of delays(listeners)) listeners.clock.after(delay + late, () => invoke(listeners, notification))
}

const invoke = ({ functions }: Parts, { functionName, event }: Notification): void => {
  const called = functions.named(functionName)
  if (called) functions.invokeLater(called, event)
}

/** The delay of each copy that arrives, in milliseconds. */
const delays = ({ switches, identifiers }: Parts): readonly number[] => {
  switch (switches.notifications) {
    case 'lost':
      return []
    case 'inOrder':
      return [inOrderMilliseconds]
    case 'doubled':
      return [inOrderMilliseconds, 2 * inOrderMilliseconds]
    case 'late':
      return [lateMilliseconds]
    case 'reordered':
      return [Math.ceil(identifiers.chance() * reorderedMilliseconds)]
  }
}

/** As EventBridge matches: the event has every key of the pattern, with one of its values. */
const matches = (pattern: Pattern, event: unknown): boolean =>
  Object.entries(pattern).every(([key, wanted]) => {
    const value = (event as Readonly<Record<string, unknown>> | undefined)?.[key]
    return isValues(wanted) ? wanted.includes(String(value)) : matches(wanted, value)
  })

const isValues = (wanted: Pattern | readonly string[]): wanted is readonly string[] => Array.isArray(wanted)

const mustBeUnderstood = (pattern: Pattern): void => {
  for (const [key, wanted] of Object.entries(pattern)) {
    if (!isValues(wanted)) mustBeUnderstood(wanted)
    else if (wanted.some((value) => typeof value !== 'string')) {
      throw new Error(`The pattern of ${key} is more than a list of values; this simulator matches only values.`)
    }
  }
}

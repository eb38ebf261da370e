import { accountId, arnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Switches } from '../switches.ts'
import type { Functions } from './functions.ts'
import type { Deployment, DeploymentTarget, State } from './state.ts'

/** What CodeDeploy says of a deployment, in EventBridge's words (F35). */
export type DeploymentState = 'START' | 'READY' | 'SUCCESS' | 'FAILURE' | 'STOP'
/** What it says of an instance. */
export type InstanceState = 'START' | 'READY' | 'SUCCESS' | 'FAILURE'

/** One event as somebody got it, or ought to have got it. */
export type Notification = {
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
  /** An EventBridge schedule, whose invocations are not tried again. */
  schedule(functionName: string, everyMinutes: number): void
  /** Subscribes a function to an SNS topic that triggers of deployment groups name. */
  subscribe(topic: string, functionName: string): void
  /** Makes a trigger (F36), for which CodeDeploy sends a test message that is not JSON. */
  createTrigger(application: string, deploymentGroup: string, trigger: { topic: string; events: string[] }): void
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

/** What CodeDeploy tells EventBridge and SNS, and how well they pass it on: best effort (F35). */
export const createNotifications = (
  state: State,
  clock: Clock,
  identifiers: Identifiers,
  switches: Switches,
  functions: Functions,
): Notifications => {
  const sent: Notification[] = []
  const rules: { pattern: Pattern; functionName: string }[] = []
  const subscriptions: { topic: string; functionName: string }[] = []

  const invoke = ({ functionName, event }: Notification) => {
    const called = functions.named(functionName)
    if (called) functions.invokeLater(called, event)
  }

  /** How long after it was sent each copy arrives, in milliseconds. */
  const delays = (): readonly number[] => {
    switch (switches.notifications) {
      case 'lost':
        return []
      case 'doubled':
        return [inOrderMilliseconds, 2 * inOrderMilliseconds]
      case 'late':
        return [lateMilliseconds]
      case 'reordered':
        return [Math.ceil(identifiers.chance() * reorderedMilliseconds)]
      default:
        return [inOrderMilliseconds]
    }
  }

  const send = (notification: Notification) => {
    sent.push(notification)
    for (const delay of delays()) clock.after(delay, () => invoke(notification))
  }

  const publish = (deployment: Deployment, about: string, instanceId: string | undefined) => {
    const { application, deploymentGroup, deploymentId } = deployment
    const what = instanceId === undefined ? 'Deployment' : 'Instance'
    const event = {
      version: '0',
      id: identifiers.uuid(),
      'detail-type': `CodeDeploy ${what} State-change Notification`,
      source: 'aws.codedeploy',
      account: accountId,
      time: clock.date().toISOString(),
      region: state.region,
      resources: [
        arnOf(state.region, 'codedeploy', `application:${application}`),
        arnOf(state.region, 'codedeploy', `deploymentgroup:${application}/${deploymentGroup}`),
        ...(instanceId === undefined ? [] : [arnOf(state.region, 'ec2', `instance/${instanceId}`)]),
      ],
      detail: {
        instanceGroupId: state.deploymentGroups.get(`${application}/${deploymentGroup}`)?.id,
        ...(instanceId !== undefined && { instanceId }),
        region: state.region,
        application,
        deploymentId,
        state: about,
        deploymentGroup,
      },
    }
    const known = { at: clock.now(), deploymentId, state: about, instanceId }
    for (const { pattern, functionName } of rules) {
      if (matches(pattern, event)) send({ ...known, functionName, by: 'EventBridge', event })
    }
  }

  const scheduled = (rule: string) => ({
    version: '0',
    id: identifiers.uuid(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: clock.date().toISOString(),
    region: state.region,
    resources: [`arn:aws:events:${state.region}:${accountId}:rule/${rule}`],
    detail: {},
  })

  const tellTopics = (deployment: Deployment, trigger: string, instance: DeploymentTarget | undefined) => {
    const { application, deploymentGroup, deploymentId } = deployment
    const group = state.deploymentGroups.get(`${application}/${deploymentGroup}`)
    const listening = (group?.triggers ?? []).filter(({ events }) => events.includes(trigger))
    for (const { topic, name = topic } of listening) {
      const message = instance ? instanceMessage(deployment, instance, name) : deploymentMessage(deployment, name)
      toTopic(topic, JSON.stringify(message), { deploymentId, state: trigger, instanceId: instance?.targetId })
    }
  }

  /** F36: the status in upper case, and the overview as a string in a string. */
  const deploymentMessage = (deployment: Deployment, eventTriggerName: string) => ({
    region: state.region,
    accountId,
    eventTriggerName,
    applicationName: deployment.application,
    deploymentId: deployment.deploymentId,
    deploymentGroupName: deployment.deploymentGroup,
    createTime: new Date(deployment.createTime).toUTCString(),
    completeTime: deployment.completeTime === undefined ? null : new Date(deployment.completeTime).toUTCString(),
    deploymentOverview: JSON.stringify({ Succeeded: 0, Failed: 0, Skipped: 0, InProgress: 0, Pending: 0 }),
    status: deployment.status.toUpperCase(),
    ...(deployment.errorInformation && {
      errorInformation: JSON.stringify({
        ErrorCode: deployment.errorInformation.code,
        ErrorMessage: deployment.errorInformation.message,
      }),
    }),
  })

  /** F36: an instance message has no deployment group. */
  const instanceMessage = (deployment: Deployment, target: DeploymentTarget, eventTriggerName: string) => ({
    region: state.region,
    accountId,
    eventTriggerName,
    deploymentId: deployment.deploymentId,
    instanceId: target.arn,
    lastUpdatedAt: new Date(target.lastUpdatedAt).toUTCString(),
    instanceStatus: target.status,
    lifecycleEvents: JSON.stringify(
      target.lifecycleEvents.map(({ name, status }) => ({ LifecycleEvent: name, LifecycleEventStatus: status })),
    ),
  })

  const toTopic = (
    topic: string,
    message: string,
    about: Pick<Notification, 'deploymentId' | 'state' | 'instanceId'>,
  ) => {
    const topicArn = arnOf(state.region, 'sns', topic)
    for (const { functionName } of subscriptions.filter((subscription) => subscription.topic === topic)) {
      const event = {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn: `${topicArn}:${identifiers.uuid()}`,
            Sns: {
              Type: 'Notification',
              MessageId: identifiers.uuid(),
              TopicArn: topicArn,
              Subject: `${about.state} AWS CodeDeploy`,
              Message: message,
              Timestamp: clock.date().toISOString(),
              SignatureVersion: '1',
              Signature: 'EXAMPLE',
              SigningCertUrl: 'EXAMPLE',
              UnsubscribeUrl: 'EXAMPLE',
              MessageAttributes: {},
            },
          },
        ],
      }
      send({ at: clock.now(), ...about, functionName, by: 'SNS', event })
    }
  }

  return {
    sent,
    createRule: (rule) => {
      mustBeUnderstood(rule.pattern)
      rules.push(rule)
    },
    schedule: (functionName, everyMinutes) => {
      clock.every(everyMinutes * 60_000, () => {
        const called = functions.named(functionName)
        if (called) void functions.invoke(called, scheduled(`every-${everyMinutes}-minutes`))
      })
    },
    subscribe: (topic, functionName) => void subscriptions.push({ topic, functionName }),
    createTrigger: (application, deploymentGroup, trigger) => {
      const group = state.deploymentGroups.get(`${application}/${deploymentGroup}`)
      if (group === undefined) throw new Error(`There is no deployment group ${application}/${deploymentGroup}.`)
      group.triggers.push(trigger)
      const text = `You have successfully subscribed to trigger ${trigger.topic} of ${deploymentGroup}.`
      toTopic(trigger.topic, text, { deploymentId: '', state: 'Test', instanceId: undefined })
    },
    resend: invoke,
    deploymentIs: (deployment, about) => {
      publish(deployment, about, undefined)
      const isRollback = deployment.creator === 'codeDeployRollback'
      tellTopics(
        deployment,
        `Deployment${isRollback && about === 'START' ? 'Rollback' : triggerWords[about]}`,
        undefined,
      )
    },
    instanceIs: (deployment, target, about) => {
      publish(deployment, about, target.targetId)
      tellTopics(deployment, `Instance${triggerWords[about]}`, target)
    },
  }
}

/** EventBridge: every key of the pattern is in the event, with one of the values. */
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
      throw new Error(`The pattern of ${key} is more than a list of values, which this simulator does not play.`)
    }
  }
}

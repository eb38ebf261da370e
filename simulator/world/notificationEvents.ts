import { accountId, arnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Deployment, DeploymentTarget, State } from './state.ts'

type Parts = { readonly state: State; readonly clock: Clock; readonly identifiers: Identifiers }

/** EventBridge's event of a state change of a deployment, or of one of its instances (F35). */
export const stateChangeEvent = (
  { state, clock, identifiers }: Parts,
  { application, deploymentGroup, deploymentId, leftOut }: Deployment,
  about: string,
  instanceId: string | undefined,
) => ({
  version: '0',
  id: identifiers.uuid(),
  'detail-type': `CodeDeploy ${instanceId === undefined ? 'Deployment' : 'Instance'} State-change Notification`,
  source: 'aws.codedeploy',
  account: accountId,
  time: clock.date().toISOString(),
  region: state.region,
  // The deployment group before the application (F60).
  resources: [
    ...(instanceId === undefined ? [] : [arnOf(state.region, 'ec2', `instance/${instanceId}`)]),
    arnOf(state.region, 'codedeploy', `deploymentgroup:${application}/${deploymentGroup}`),
    arnOf(state.region, 'codedeploy', `application:${application}`),
  ],
  detail: {
    instanceGroupId: state.deploymentGroups.get(`${application}/${deploymentGroup}`)?.id,
    ...(instanceId !== undefined && { instanceId }),
    region: state.region,
    ...(!leftOut.includes('applicationName') && { application }),
    deploymentId,
    state: about,
    ...(!leftOut.includes('deploymentGroupName') && { deploymentGroup }),
  },
})

/** EventBridge's event of a schedule. */
export const scheduledEvent = ({ state, clock, identifiers }: Parts, rule: string) => ({
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

/** The event with which SNS invokes a function that is subscribed to a topic. */
export const snsEvent = ({ state, clock, identifiers }: Parts, topic: string, subject: string, message: string) => {
  const topicArn = arnOf(state.region, 'sns', topic)
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topicArn}:${identifiers.uuid()}`,
        Sns: {
          Type: 'Notification',
          MessageId: identifiers.uuid(),
          TopicArn: topicArn,
          Subject: subject,
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
}

/** As Java writes a date: `Thu Oct 13 15:50:45 UTC 2022` (F60). */
const javaDate = (milliseconds: number): string => {
  const [weekday, day, month, year, time] = new Date(milliseconds).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}

/** The status in SNS's words, which at the start is that of a new deployment, or unknown (F60). */
export const statusWord = ({ status, completeTime }: Deployment, atStart: 'CREATED' | 'unknown'): string =>
  completeTime === undefined && status !== 'Ready' ? atStart : status.toUpperCase()

/** CodeDeploy's message of a deployment: lists are strings in the string, and the overview comes at the end (F36, F60). */
export const deploymentMessage = (
  region: string,
  deployment: Deployment,
  eventTriggerName: string,
  status: string,
) => ({
  region,
  accountId,
  eventTriggerName,
  applicationName: deployment.application,
  deploymentId: deployment.deploymentId,
  deploymentGroupName: deployment.deploymentGroup,
  createTime: javaDate(deployment.createTime),
  completeTime: deployment.completeTime === undefined ? null : javaDate(deployment.completeTime),
  ...(deployment.completeTime !== undefined && { deploymentOverview: JSON.stringify(overview(deployment)) }),
  status,
  ...(deployment.errorInformation && {
    errorInformation: JSON.stringify({
      ErrorCode: deployment.errorInformation.code,
      ErrorMessage: deployment.errorInformation.message,
    }),
  }),
  ...rollbackInformation(deployment),
})

const overview = ({ targets }: Deployment) => {
  const count = { Succeeded: 0, Failed: 0, Skipped: 0, InProgress: 0, Pending: 0 }
  for (const { status } of targets.values()) if (status !== 'Unknown' && status !== 'Ready') count[status] += 1
  return count
}

/** On every message of a rollback, and empty on that of a failure, whose rollback is still to come. */
const rollbackInformation = ({ rollbackInfo, creator, status }: Deployment) => {
  if (creator !== 'codeDeployRollback') return status === 'Failed' ? { rollbackInformation: '{}' } : {}
  return {
    rollbackInformation: JSON.stringify({
      RollbackMessage: rollbackInfo?.rollbackMessage,
      RollbackTriggeringDeploymentId: rollbackInfo?.rollbackTriggeringDeploymentId,
    }),
  }
}

/** CodeDeploy's message of an instance, which names no deployment group (F36). */
export const instanceMessage = (
  region: string,
  deployment: Deployment,
  target: DeploymentTarget,
  eventTriggerName: string,
) => ({
  region,
  accountId,
  eventTriggerName,
  deploymentId: deployment.deploymentId,
  instanceId: target.arn,
  lastUpdatedAt: javaDate(target.lastUpdatedAt),
  instanceStatus: target.status,
  lifecycleEvents: JSON.stringify(
    target.lifecycleEvents.map(({ name, status }) => ({ LifecycleEvent: name, LifecycleEventStatus: status })),
  ),
})

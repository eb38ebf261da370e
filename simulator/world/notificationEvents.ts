import { accountId, arnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Deployment, DeploymentTarget, State } from './state.ts'

type Parts = { readonly state: State; readonly clock: Clock; readonly identifiers: Identifiers }

/** EventBridge's event of a state change of a deployment, or of one of its instances (F35). */
export const stateChangeEvent = (
  { state, clock, identifiers }: Parts,
  { application, deploymentGroup, deploymentId }: Deployment,
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

/** CodeDeploy's message of a deployment: the status in upper case, the overview as a string in a string (F36). */
export const deploymentMessage = (region: string, deployment: Deployment, eventTriggerName: string) => ({
  region,
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
  lastUpdatedAt: new Date(target.lastUpdatedAt).toUTCString(),
  instanceStatus: target.status,
  lifecycleEvents: JSON.stringify(
    target.lifecycleEvents.map(({ name, status }) => ({ LifecycleEvent: name, LifecycleEventStatus: status })),
  ),
})

import { randomUUID } from 'node:crypto'
import type { FunctionArn } from '../aws/functionArn.ts'
import type { Deployment } from '../model/deployment.ts'

/**
 * The notification that CodeDeploy ought to have sent of a deployment under way, in EventBridge's words (F35).
 *
 * @param home where the deployment is
 */
export const lostNotificationOf = (
  { id, application, deploymentGroup, status }: Deployment,
  { partition, region, account }: FunctionArn,
  now: number,
): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'CodeDeploy Deployment State-change Notification',
  source: 'aws.codedeploy',
  account,
  time: new Date(now).toISOString(),
  region,
  resources: [`arn:${partition}:codedeploy:${region}:${account}:deploymentgroup:${application}/${deploymentGroup}`],
  detail: { region, application, deploymentGroup, deploymentId: id, state: status === 'Ready' ? 'READY' : 'START' },
})

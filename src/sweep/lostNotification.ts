import { randomUUID } from 'node:crypto'
import type { Deployment } from '../model/deployment.ts'
import type { FunctionArn } from '../model/functionArn.ts'

/**
 * The notification that CodeDeploy ought to have sent about a deployment under way, in EventBridge's shape (F35).
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

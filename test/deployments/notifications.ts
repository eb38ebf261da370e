import type { doors } from './playedDeployment.ts'

/** A notification about each of these deployments. All but the ids is wrong: Greenlight believes nothing else. */
export const notifications = {
  EventBridge: (deploymentId: string) => ({
    source: 'aws.codedeploy',
    'detail-type': 'CodeDeploy Deployment State-change Notification',
    detail: { deploymentId, state: 'START', deploymentGroup: 'another', application: 'another' },
  }),
  SNS: (...deploymentIds: readonly string[]) =>
    bySns(...deploymentIds.map((deploymentId) => JSON.stringify({ deploymentId, status: 'CREATED' }))),
} as const satisfies Record<(typeof doors)[number], (deploymentId: string) => unknown>

/** An SNS event with these messages. */
export const bySns = (...messages: readonly string[]) => ({
  Records: messages.map((Message) => ({ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message } })),
})

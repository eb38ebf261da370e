import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeReading, refuseEmptyAnswers } from './emptyAnswers.ts'

export type Clients = ReturnType<typeof createClients>

/** What is tried again, and for how long, is decided in send.ts. */
export const clientOptions = { maxAttempts: 1 }

/** Where to ask and as whom, for those who have a choice. */
export type Whereabouts = { readonly region?: string; readonly profile?: string; readonly endpoint?: string }

/**
 * The SDK clients of one Lambda environment, or of one region; what is not told (region, credentials, AWS_ENDPOINT_URL) comes from
 * the environment.
 */
export const createClients = (whereabouts: Whereabouts = {}) => {
  const options = { ...clientOptions, ...whereabouts }
  const codeDeploy = new CodeDeployClient(options)
  const autoScaling = new AutoScalingClient(options)
  const elasticLoadBalancing = new ElasticLoadBalancingV2Client(options)
  codeDeploy.middlewareStack.add(refuseEmptyAnswers, beforeReading)
  autoScaling.middlewareStack.add(refuseEmptyAnswers, beforeReading)
  elasticLoadBalancing.middlewareStack.add(refuseEmptyAnswers, beforeReading)
  return { codeDeploy, autoScaling, elasticLoadBalancing }
}

import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeReading, everyCommand, readsOnly, refuseEmptyAnswers } from './emptyAnswers.ts'

export type Clients = ReturnType<typeof createClients>

/** No retries of the SDK: send.ts decides what is sent again, and for how long. */
export const clientOptions = { maxAttempts: 1 }

/** Which region and endpoint to ask, and with which profile. */
export type Whereabouts = { readonly region?: string; readonly profile?: string; readonly endpoint?: string }

/**
 * The SDK clients of one Lambda environment, or of one region. The environment gives what is not told: region, credentials,
 * AWS_ENDPOINT_URL.
 */
export const createClients = (whereabouts: Whereabouts = {}) => {
  const options = { ...clientOptions, ...whereabouts }
  const codeDeploy = new CodeDeployClient(options)
  const autoScaling = new AutoScalingClient(options)
  const elasticLoadBalancing = new ElasticLoadBalancingV2Client(options)
  codeDeploy.middlewareStack.add(refuseEmptyAnswers(readsOnly), beforeReading)
  autoScaling.middlewareStack.add(refuseEmptyAnswers(everyCommand), beforeReading)
  elasticLoadBalancing.middlewareStack.add(refuseEmptyAnswers(everyCommand), beforeReading)
  return { codeDeploy, autoScaling, elasticLoadBalancing }
}

/**
 * The region that the environment or the profile configures.
 *
 * @throws Error where none is configured
 */
export const configuredRegion = (whereabouts: Whereabouts): Promise<string> =>
  new CodeDeployClient(whereabouts).config.region()

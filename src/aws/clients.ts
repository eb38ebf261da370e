import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { refusingEmptyAnswers } from './emptyAnswers.ts'

export type Clients = ReturnType<typeof createClients>

/** What is tried again, and for how long, is decided in send.ts. */
export const clientOptions = { maxAttempts: 1 }

/** Where to ask and as whom, for those who have a choice. */
export type Whereabouts = { readonly region?: string; readonly profile?: string; readonly endpoint?: string }

/**
 * The SDK clients of one Lambda environment, or of one region; what is not told (region, credentials, AWS_ENDPOINT_URL) comes from
 * the environment.
 */
export const createClients = (whereabouts: Whereabouts = {}) => ({
  codeDeploy: refusingEmptyAnswers(new CodeDeployClient({ ...clientOptions, ...whereabouts })),
  autoScaling: refusingEmptyAnswers(new AutoScalingClient({ ...clientOptions, ...whereabouts })),
  elasticLoadBalancing: refusingEmptyAnswers(new ElasticLoadBalancingV2Client({ ...clientOptions, ...whereabouts })),
})

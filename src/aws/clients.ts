import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'

export type Clients = ReturnType<typeof createClients>

/** What is tried again, and for how long, is decided in send.ts. */
export const clientOptions = { maxAttempts: 1 }

/** The SDK clients of one Lambda environment; region, credentials and AWS_ENDPOINT_URL come from its environment. */
export const createClients = () => ({
  codeDeploy: new CodeDeployClient(clientOptions),
  autoScaling: new AutoScalingClient(clientOptions),
  elasticLoadBalancing: new ElasticLoadBalancingV2Client(clientOptions),
})

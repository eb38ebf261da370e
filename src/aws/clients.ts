import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'

export type Clients = ReturnType<typeof createClients>

/** The SDK clients of one Lambda environment; region, credentials and AWS_ENDPOINT_URL come from its environment. */
export const createClients = () => {
  const options = {
    // Throttling and 5xx are ridden out until the invocation's own deadline aborts the request, not until a number of tries.
    maxAttempts: 100,
    // A limit on one try that is only warned about is none.
    requestHandler: { throwOnRequestTimeout: true },
  }
  return {
    codeDeploy: new CodeDeployClient(options),
    autoScaling: new AutoScalingClient(options),
    elasticLoadBalancing: new ElasticLoadBalancingV2Client(options),
    // The SDK has a budget of retries for each client: a gate that used up its own must not cost the verdict its retries.
    reporter: new CodeDeployClient(options),
  }
}

import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { gateBundle } from './bundle.ts'
import { startLambdaRuntime } from './lambdaRuntime.ts'

/** The gate function as a process of its own, and a local AWS on the wall clock, a minute a second, whose deployments it gates. */
export type ServedHook = {
  readonly aws: Simulator
  readonly runtime: Awaited<ReturnType<typeof startLambdaRuntime>>
  /** Deploys a Lambda function with Greenlight's hook; the deployment's last status. */
  deploy(): Promise<string>
  end(): Promise<void>
}

/** A Lambda deployment group that Greenlight gates, with what its tags name. */
export const arrangeMailer = (world: Simulator['world']): void => {
  world.createTargetGroup({ name: 'web' })
  world.createAutoScalingGroup({ name: 'CodeDeploy_web' })
  world.createDeploymentGroup({
    application: 'mailer',
    name: 'production',
    computePlatform: 'Lambda',
    tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
  })
  ownersAgree(world, 'mailer/production')
}

export const serveHook = async (settings: Readonly<Record<string, string>> = {}): Promise<ServedHook> => {
  const aws = await simulate({ speed: 60, authorize: authorizeByTemplate() })
  const functionName = 'CodeDeployHook_greenlight'
  const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName })
  const runtime = await startLambdaRuntime(await gateBundle(), {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...settings,
  })
  aws.world.createFunction({
    name: functionName,
    handler: async (event) => {
      const invoked = await runtime.invoke(event)
      if ('error' in invoked) throw new Error(invoked.error.errorMessage)
      return invoked.payload
    },
  })
  arrangeMailer(aws.world)
  return {
    aws,
    runtime,
    deploy: () =>
      aws.world.deploymentEnded(
        aws.world.deploy({
          application: 'mailer',
          deploymentGroup: 'production',
          lambdaHooks: { BeforeAllowTraffic: functionName },
        }),
      ),
    end: async () => {
      await runtime.stop()
      await aws.close()
    },
  }
}

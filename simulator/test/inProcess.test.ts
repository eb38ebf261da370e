import { CodeDeployClient, ContinueDeploymentCommand, GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Simulator, simulate } from '../simulate.ts'
import { type VirtualTime, virtualTime } from '../virtualTime.ts'

describe('A simulator that answers in process', () => {
  let time: VirtualTime
  let aws: Simulator
  const passed: string[] = []
  const configuration = () => ({
    endpoint: aws.endpoint,
    region: 'eu-west-1',
    credentials: aws.credentials({ kind: 'user' }),
    maxAttempts: 1,
  })
  const ask = (deploymentId: string, abortSignal?: AbortSignal) =>
    new CodeDeployClient(configuration()).send(new GetDeploymentCommand({ deploymentId }), {
      ...(abortSignal && { abortSignal }),
    })
  let id: string

  beforeEach(async () => {
    time = virtualTime()
    passed.length = 0
    aws = await simulate({
      inProcess: (request, handle) => {
        passed.push(String(request.headers['x-amz-target'] ?? new URLSearchParams(request.body).get('Action')))
        return handle()
      },
    })
    aws.world.createTargetGroup({ name: 'web' })
    aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
    id = aws.world.deploy({ deploymentGroup: 'production' })
  })
  afterEach(async () => {
    await aws.close()
    time.restore()
  })

  it('speaks the same protocols to the SDK, and shows every request to a listener', async () => {
    const { deploymentInfo } = await ask(id)
    expect(deploymentInfo).to.deep.include({ deploymentId: id, status: 'Created' })
    const elb = new ElasticLoadBalancingV2Client(configuration())
    const { TargetGroups: found } = await elb.send(new DescribeTargetGroupsCommand({ Names: ['web'] }))
    expect(found?.map(({ TargetGroupName: name }) => name)).to.deep.equal(['web'])
    expect(passed).to.deep.equal(['CodeDeploy_20141006.GetDeployment', 'DescribeTargetGroups'])
  })

  it('answers errors as the services do', async () => {
    const refused = new CodeDeployClient(configuration()).send(new ContinueDeploymentCommand({ deploymentId: id }))
    expect(await refused.catch((error: Error) => error.name)).to.equal('DeploymentIsNotInReadyStateException')
  })

  it('stops virtual time while it answers, and lets it go on while it hangs', async () => {
    const began = Date.now()
    await time.run(ask(id))
    expect(Date.now()).to.equal(began)
    aws.faults.add({ action: 'codedeploy:GetDeployment', kind: 'hang' })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 10_000)
    expect(await time.run(ask(id, controller.signal).catch((error: Error) => error.name))).to.equal('AbortError')
    expect(Date.now() - began).to.equal(10_000)
  })

  it('lets virtual time go on for a call that waits for it', async () => {
    const began = Date.now()
    aws.faults.add({ action: 'codedeploy:GetDeployment', kind: 'latency', latencyMs: 3_000 })
    await time.run(ask(id))
    expect(Date.now() - began).to.equal(3_000)
  })

  it('breaks the connection where a fault says so, with the error that the SDK knows', async () => {
    aws.faults.add({ action: 'codedeploy:GetDeployment', kind: 'reset' })
    expect(await ask(id).catch((error: { code?: string }) => error.code)).to.equal('ECONNRESET')
  })

  it('answers nobody once it is closed', async () => {
    const client = new CodeDeployClient(configuration())
    await aws.close()
    expect(await client.send(new GetDeploymentCommand({ deploymentId: id })).catch(String)).to.match(/is closed/)
  })
})

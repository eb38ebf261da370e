import { expect } from 'chai'
import sinon from 'sinon'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import { autoScalingPorts } from '../../../src/aws/autoScaling.ts'
import { AwsError } from '../../../src/aws/awsError.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { codeDeployPorts, reportHook } from '../../../src/aws/codeDeploy.ts'
import { elasticLoadBalancingPorts } from '../../../src/aws/elasticLoadBalancing.ts'
import { sweepingEyesOn } from '../../../src/aws/eyes.ts'
import { readFunctionArn } from '../../../src/aws/functionArn.ts'
import { act, ask, type Limits } from '../../../src/aws/send.ts'
import { withEnvironment } from '../../environment.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'

describe('The adapters, through the SDK, against the simulator', () => {
  let time: VirtualTime
  let aws: Simulator
  let failedTries: string[]
  let limits: Limits
  let abort: AbortController
  let leave: () => void
  let ports: ReturnType<typeof codeDeployPorts> &
    ReturnType<typeof autoScalingPorts> &
    ReturnType<typeof elasticLoadBalancingPorts>
  let clients: ReturnType<typeof createClients>
  let began: number

  beforeEach(async () => {
    time = virtualTime()
    began = Date.now()
    aws = await simulate({ authorize: authorizeByTemplate() })
    const functionName = 'CodeDeployHook_greenlight'
    const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName })
    leave = withEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    })
    failedTries = []
    abort = new AbortController()
    limits = {
      signal: abort.signal,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      requestMs: 10_000,
      onFailedTry: (sentence) => void failedTries.push(sentence),
    }
    clients = createClients()
    ports = {
      ...codeDeployPorts(clients.codeDeploy, limits, {
        partition: 'aws',
        region: 'eu-west-1',
        account: '123456789012',
      }),
      ...autoScalingPorts(clients.autoScaling, limits),
      ...elasticLoadBalancingPorts(clients.elasticLoadBalancing, limits),
    }
  })
  afterEach(async () => {
    leave()
    await aws.close()
    time.restore()
  })

  const asked = () => aws.calls.map(({ action }) => action)
  const messageOf = (promise: Promise<unknown>): Promise<string> =>
    time.run(promise.then(() => 'no error').catch((error: Error) => error.message))
  const createTargetGroups = (count: number) =>
    Array.from({ length: count }, (_, index) => aws.world.createTargetGroup({ name: `web-${index}` }))

  describe('A whole region', () => {
    it('gives every Auto Scaling group on record, a page after the other, and no other (F22)', async () => {
      for (let number = 0; number < 101; number++) {
        const tags = { 'greenlight:record': 'd-1' }
        aws.world.createAutoScalingGroup({ name: `recorded-${number}`, desiredCapacity: 0, tags })
        aws.world.createAutoScalingGroup({ name: `other-${number}`, desiredCapacity: 0, tags: { team: 'shop' } })
      }
      const found = await time.run(sweepingEyesOn(clients, limits).recordedAutoScalingGroups())
      expect(found).to.have.length(101)
      expect(found.filter(({ AutoScalingGroupName: name }) => !name?.startsWith('recorded-'))).to.deep.equal([])
      expect(asked()).to.have.length(2)
    })

    it('gives the deployments of a deployment group made since, newest first, twenty-five at once (F40)', async () => {
      aws.world.createDeploymentGroup({ name: 'production', deploymentStyle: { deploymentType: 'IN_PLACE' } })
      const deploy = async () => {
        const id = aws.world.deploy({ deploymentGroup: 'production' })
        aws.world.stopDeployment(id)
        await time.advance(10_000)
        return id
      }
      await deploy()
      const createdSince = new Date()
      const ids: string[] = []
      for (let number = 0; number < 30; number++) ids.unshift(await deploy())
      const pages = sweepingEyesOn(clients, limits).deploymentsOf('shop', 'production', { createdSince })
      const iterator = pages[Symbol.asyncIterator]()
      const first = await time.run(iterator.next())
      expect(asked()).to.deep.equal(['codedeploy:ListDeployments', 'codedeploy:BatchGetDeployments'])
      const second = await time.run(iterator.next())
      const idsOf = (page: { value?: readonly { deploymentId?: string | undefined }[] }) =>
        (page.value ?? []).map(({ deploymentId }) => deploymentId)
      expect([idsOf(first), idsOf(second)]).to.deep.equal([ids.slice(0, 25), ids.slice(25)])
      expect((await time.run(iterator.next())).done).to.equal(true)
    })
  })

  describe('CodeDeploy', () => {
    it('has nothing to say of a deployment that does not exist', async () => {
      expect(await time.run(ports.deployment('d-NOTHERE00'))).to.equal(undefined)
    })

    it('gives every green target, though there are more than one batch takes (F40), and none of blue', async () => {
      aws.world.createTargetGroup({ name: 'web' })
      aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 60, maxSize: 100 })
      aws.world.createDeploymentGroup({
        name: 'production',
        autoScalingGroup: 'blue',
        targetGroups: ['web'],
        terminateBlueAfterMinutes: 60,
      })
      const deploymentId = aws.world.deploy({ deploymentGroup: 'production' })
      await time.advance(600_000)
      const targets = await time.run(ports.deploymentTargets(deploymentId, 'Green'))
      expect(targets).to.have.length(60)
      expect(new Set(targets.map(({ instanceTarget }) => instanceTarget?.instanceLabel))).to.deep.equal(
        new Set(['Green']),
      )
      for (const { action, input } of aws.calls) {
        if (action === 'codedeploy:BatchGetDeploymentTargets') expect(input['targetIds']).to.have.length.at.most(25)
      }
    })

    it('has no targets for a deployment that has not begun', async () => {
      aws.world.createTargetGroup({ name: 'web' })
      aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
      aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
      expect(
        await time.run(ports.deploymentTargets(aws.world.deploy({ deploymentGroup: 'production' }), 'Green')),
      ).to.deep.equal([])
      expect(aws.calls.map(({ outcome }) => outcome)).to.deep.equal(['DeploymentNotStartedException'])
    })

    it('gives the tags of a deployment group, asked for by its ARN', async () => {
      aws.world.createDeploymentGroup({
        application: 'orders',
        name: 'production',
        computePlatform: 'ECS',
        tags: { a: '1', b: '' },
      })
      expect(await time.run(ports.deploymentGroupTags('orders', 'production'))).to.deep.equal(
        new Map([
          ['a', '1'],
          ['b', ''],
        ]),
      )
    })

    it('says whether a report was the one that counted (F33)', async () => {
      aws.world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform: 'Lambda' })
      let counted: boolean[] = []
      aws.world.createFunction({
        name: 'hook',
        handler: async (event) => {
          const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: executionId } = event as Record<
            string,
            string
          >
          const hook = { kind: 'hook', deploymentId, executionId: executionId ?? '', refusal: undefined } as const
          counted = [
            await reportHook(clients.codeDeploy, limits, hook, 'Succeeded'),
            await reportHook(clients.codeDeploy, limits, hook, 'Succeeded'),
          ]
        },
      })
      const deploymentId = aws.world.deploy({
        application: 'orders',
        deploymentGroup: 'production',
        lambdaHooks: { BeforeAllowTraffic: 'hook' },
      })
      expect(await time.run(aws.world.deploymentEnded(deploymentId))).to.equal('Succeeded')
      expect(counted).to.deep.equal([true, false])
    })
  })

  describe('Auto Scaling', () => {
    it('is never asked without a name: it would describe every group of the account (F22)', async () => {
      expect(await time.run(ports.autoScalingGroups([]))).to.deep.equal([])
      expect(asked()).to.deep.equal([])
    })

    it('gives those that exist, though more names are asked for than one call takes (F22)', async () => {
      const names = Array.from({ length: 120 }, (_, index) => `green-${index}`)
      for (const name of names) aws.world.createAutoScalingGroup({ name, desiredCapacity: 0 })
      const groups = await time.run(ports.autoScalingGroups([...names, 'gone']))
      expect(groups.map(({ AutoScalingGroupName }) => AutoScalingGroupName)).to.have.members(names)
      expect(asked()).to.have.length(3)
    })

    it('attaches in one try: a second look comes before a second try', async () => {
      const [web] = createTargetGroups(1)
      aws.world.createAutoScalingGroup({ name: 'CodeDeploy_green' })
      aws.faults.add({ action: 'autoscaling:AttachLoadBalancerTargetGroups', kind: 'throttle' })
      const attached = () =>
        time.run(ports.attachTargetGroups('CodeDeploy_green', [web?.arn ?? '']).catch((error: unknown) => error))
      expect(await attached())
        .to.be.instanceOf(AwsError)
        .and.to.include({ code: 'Throttling', mayPass: true })
      expect(aws.world.autoScalingGroups.get('CodeDeploy_green')?.targetGroupArns).to.deep.equal([])
      expect(await attached()).to.equal(undefined)
      expect(aws.world.autoScalingGroups.get('CodeDeploy_green')?.targetGroupArns).to.deep.equal([web?.arn])
    })
  })

  describe('Elastic Load Balancing', () => {
    it('gives those that exist by name, asking one by one only where a name is missing (F19)', async () => {
      createTargetGroups(25)
      const names = Array.from({ length: 25 }, (_, index) => `web-${index}`)
      expect([...(await time.run(ports.targetGroups(names))).keys()]).to.have.members(names)
      expect(asked()).to.have.length(2)
      expect([...(await time.run(ports.targetGroups(['web-1', 'gone', 'web-2']))).keys()]).to.deep.equal([
        'web-1',
        'web-2',
      ])
      expect(asked()).to.have.length(2 + 1 + 3)
    })

    it('gives the health of every target', async () => {
      const [web] = createTargetGroups(1)
      aws.world.createAutoScalingGroup({ name: 'CodeDeploy_green', targetGroups: ['web-0'] })
      const health = await time.run(ports.targetHealth(web?.arn ?? ''))
      expect(health.map(({ TargetHealth }) => TargetHealth?.State)).to.deep.equal(['healthy', 'healthy'])
    })
  })

  describe('Asking', () => {
    it("says what was refused in AWS's own words, and keeps the error as its cause", async () => {
      aws.faults.add({ kind: 'accessDenied' })
      const error: unknown = await time.run(ports.deployment('d-ABC123').catch((thrown: unknown) => thrown))
      expect(error).to.be.instanceOf(AwsError).and.to.include({ code: 'AccessDenied', mayPass: false })
      expect((error as Error).message).to.match(
        /^codedeploy:GetDeployment failed: AccessDeniedException: User: .* is not authorized to perform: codedeploy:GetDeployment/,
      )
      expect((error as Error).cause).to.be.instanceOf(Error)
      expect(failedTries).to.deep.equal([])
    })

    it('asks again what may pass, and tells of it', async () => {
      for (const kind of ['throttle', 'error500', 'reset', 'hang'] as const) aws.faults.add({ kind })
      expect(await time.run(ports.deployment('d-ABC123'))).to.equal(undefined)
      expect(failedTries.map((sentence) => sentence.split(':').slice(0, 3).join(':'))).to.deep.equal([
        'codedeploy:GetDeployment failed: ThrottlingException',
        'codedeploy:GetDeployment failed: InternalFailure',
        'codedeploy:GetDeployment failed: TimeoutError',
        'codedeploy:GetDeployment failed: TimeoutError',
      ])
    })

    it('asks again where an answer came garbled, and says what came, in one line', async () => {
      aws.world.createTargetGroup({ name: 'web' })
      aws.faults.add({ kind: 'malformed', times: 2 })
      expect([...(await time.run(ports.targetGroups(['web']))).keys()]).to.deep.equal(['web'])
      aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
      aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
      const id = aws.world.deploy({ deploymentGroup: 'production' })
      aws.faults.add({ kind: 'malformed' })
      expect((await time.run(ports.deployment(id)))?.deploymentId).to.equal(id)
      expect(failedTries).to.have.length(3)
      for (const sentence of failedTries) {
        expect(sentence).to.match(/^\w+:\w+ failed: its answer cannot be read: [^\n]+$/)
      }
    })

    for (const kind of ['throttle', 'error500'] as const) {
      it(`asks on for ten minutes of ${kind}, at most every 5 s, and as patiently in the next invocation`, async () => {
        for (const _invocation of ['cold', 'warm']) {
          const over = aws.faults.add({ kind, times: 'forever' })
          aws.clock.after(600_000, over)
          const before = aws.calls.length
          expect(await time.run(ports.deployment('d-ABC123'))).to.equal(undefined)
          expect(aws.calls.length - before).to.be.within(120, 260)
        }
      })
    }

    it('ends a try that hangs, so that there is time for another', async () => {
      aws.faults.add({ kind: 'hang' })
      const began = Date.now()
      expect(await time.run(ports.deployment('d-ABC123'))).to.equal(undefined)
      expect(Date.now() - began).to.be.within(10_000, 11_000)
    })

    it('ends at once when its time is over, and asks nobody any more', async () => {
      aws.faults.add({ kind: 'hang', times: 'forever' })
      setTimeout(() => abort.abort(new Error('time is over')), 3_000)
      expect(await messageOf(ports.deployment('d-ABC123'))).to.equal('codedeploy:GetDeployment failed: time is over')
      expect(Date.now()).to.equal(began + 3_000)
      expect(await messageOf(ports.deployment('d-ABC123'))).to.equal('codedeploy:GetDeployment failed: time is over')
      expect(asked()).to.have.length(1)
    })

    it('ends an answer that begins and never ends', async () => {
      // What the SDK does after it has seen the headers: it waits for the body, without a limit.
      const body = new Promise<never>(() => {})
      const trying = act('codedeploy:GetDeployment', limits, () => body).catch((error: unknown) => error)
      expect(await time.run(trying))
        .to.be.instanceOf(AwsError)
        .and.to.include({ code: 'TimeoutError', mayPass: true })
      expect(Date.now()).to.equal(began + 10_000)
    })

    it('leaves no timer behind', async () => {
      const timers = sinon.spy(globalThis, 'setTimeout')
      const cleared = sinon.spy(globalThis, 'clearTimeout')
      await act('codedeploy:GetDeployment', limits, async () => 'answered')
      expect(cleared.args).to.deep.equal(timers.returnValues.map((timer) => [timer]))
      sinon.restore()
    })

    it('does not go on where something else than AWS is broken', async () => {
      const broken = () => {
        throw new TypeError('undefined is not a function')
      }
      expect(await messageOf(ask('codedeploy:GetDeployment', limits, broken))).to.equal(
        'codedeploy:GetDeployment failed: TypeError: undefined is not a function',
      )
    })
  })
})

describe("The function's own ARN", () => {
  it('says where it lives, in every partition', () => {
    expect(
      readFunctionArn('arn:aws-cn:lambda:cn-north-1:123456789012:function:CodeDeployHook_greenlight:live'),
    ).to.deep.equal({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '123456789012',
    })
  })

  for (const arn of ['', 'arn:aws:lambda', 'arn:aws:s3:eu-west-1:123456789012:bucket']) {
    it(`is refused where it is ${JSON.stringify(arn)}`, () => {
      expect(() => readFunctionArn(arn)).to.throw(
        `the function was invoked under "${arn}", which is not the ARN of a Lambda function`,
      )
    })
  }
})

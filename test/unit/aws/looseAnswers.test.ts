import { expect } from 'chai'
import sinon from 'sinon'
import { autoScalingPorts } from '../../../src/aws/autoScaling.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { codeDeployPorts } from '../../../src/aws/codeDeploy.ts'
import { elasticLoadBalancingPorts } from '../../../src/aws/elasticLoadBalancing.ts'
import { defaultProvider } from '../../../src/aws/environmentCredentials.ts'
import { eyesOn, sweepingEyesOn } from '../../../src/aws/eyes.ts'
import { readGreen, targetGroupName } from '../../../src/model/green.ts'
import { readProgress } from '../../../src/model/progress.ts'
import { judgeHealth } from '../../../src/rules/health.ts'
import { reasonOf } from '../../../src/wording.ts'
import { withEnvironment } from '../../environment.ts'

const limits = { signal: new AbortController().signal, requestMs: 1000, onFailedTry: () => {}, sleep: async () => {} }
const home = { partition: 'aws', region: 'eu-west-1', account: '123456789012' }

// In the SDK's types every member of an answer is optional, and an answer that AWS cut short is an answer of nothing.
describe('What AWS leaves out of an answer', () => {
  let clients: ReturnType<typeof createClients>
  let leave: () => void
  beforeEach(() => {
    leave = withEnvironment({ AWS_REGION: 'eu-west-1' })
    clients = createClients()
  })
  afterEach(() => leave())

  /** Lets a client answer with these, one after the other; gives what it was asked. */
  const answering = (client: { send: unknown }, ...answers: readonly object[]): Readonly<Record<string, unknown>>[] => {
    const asked: Readonly<Record<string, unknown>>[] = []
    sinon.stub(client, 'send').callsFake(async ({ input }: { input: Readonly<Record<string, unknown>> }) => {
      const answer = answers[asked.push(input) - 1]
      if (answer === undefined) throw new Error('nobody arranged another answer')
      return answer
    })
    return asked
  }

  it('is nothing: no targets, no tags, no groups, no health', async () => {
    const codeDeploy = codeDeployPorts(clients.codeDeploy, limits, home)
    answering(clients.codeDeploy, {}, {}, {}, { targetIds: ['i-1'] }, {})
    expect(await codeDeploy.deployment('d-ABC123').catch(reasonOf)).to.equal(
      'codedeploy:GetDeployment was answered with nothing',
    )
    expect(await codeDeploy.deploymentTargets('d-ABC123', 'Green')).to.deep.equal([])
    expect(await codeDeploy.deploymentGroupTags('shop', 'production')).to.deep.equal(new Map())
    expect(await codeDeploy.deploymentTargets('d-ABC123', 'Green')).to.deep.equal([])

    answering(clients.autoScaling, {})
    expect(await autoScalingPorts(clients.autoScaling, limits).autoScalingGroups(['green'])).to.deep.equal([])

    answering(clients.elasticLoadBalancing, {}, {}, { TargetGroups: [{}] })
    const elasticLoadBalancing = elasticLoadBalancingPorts(clients.elasticLoadBalancing, limits)
    expect(await elasticLoadBalancing.targetGroups(['web'])).to.deep.equal(new Map())
    expect(await elasticLoadBalancing.targetHealth('arn')).to.deep.equal([])
    expect(await elasticLoadBalancing.targetGroups(['web'])).to.deep.equal(new Map([['', {}]]))
  })

  it('or gives beyond what was asked for by name is nobody that may be acted on', async () => {
    answering(clients.autoScaling, {
      AutoScalingGroups: [{ AutoScalingGroupName: 'blue' }, { AutoScalingGroupName: 'green' }, {}],
    })
    expect(await autoScalingPorts(clients.autoScaling, limits).autoScalingGroups(['green'])).to.deep.equal([
      { AutoScalingGroupName: 'green' },
    ])
  })

  it('is nothing of a whole region', async () => {
    const eyes = { ...eyesOn(clients, limits), ...sweepingEyesOn(clients, limits) }
    const pages = async <Item>(all: AsyncIterable<readonly Item[]>) => {
      const seen: Item[] = []
      for await (const page of all) seen.push(...page)
      return seen
    }
    answering(clients.codeDeploy, {}, {}, {}, { deploymentGroups: ['production'] }, {}, { deployments: ['d-1'] }, {})
    expect(await eyes.applications()).to.deep.equal([])
    expect(await eyes.everyDeploymentUnderWay()).to.deep.equal([])
    expect(await pages(eyes.deploymentGroups('shop'))).to.deep.equal([])
    expect(await pages(eyes.deploymentGroups('shop'))).to.deep.equal([])
    expect(await pages(eyes.deploymentsOf('shop', 'production', {}))).to.deep.equal([])

    answering(clients.autoScaling, {}, { NextToken: '' })
    expect(await pages(eyes.everyAutoScalingGroup())).to.deep.equal([])
    expect(await eyes.recordedAutoScalingGroups()).to.deep.equal([])
  })

  it('is no deployment of a deployment group that is gone, and an error where it may not be said', async () => {
    const { deploymentsOf } = sweepingEyesOn(clients, limits)
    const listed = async () => {
      for await (const page of deploymentsOf('shop', 'production', { succeeded: true })) return page
      return 'nothing'
    }
    const failing = (name: string) => {
      sinon.restore()
      sinon.stub(clients.codeDeploy, 'send').callsFake(async () => {
        throw Object.assign(new Error('no'), { name })
      })
    }
    failing('DeploymentGroupDoesNotExistException')
    expect(await listed()).to.equal('nothing')
    failing('AccessDeniedException')
    expect(await listed().catch(reasonOf)).to.contain('codedeploy:ListDeployments failed: AccessDeniedException')
  })

  it('is fetched where AWS says that there is more', async () => {
    const codeDeploy = codeDeployPorts(clients.codeDeploy, limits, home)
    const green = (targetId: string) => ({ instanceTarget: { targetId, instanceLabel: 'Green' } })
    const asked = answering(
      clients.codeDeploy,
      { targetIds: ['i-1'], nextToken: 'more' },
      { targetIds: ['i-2'] },
      {
        deploymentTargets: [
          green('i-1'),
          green('i-2'),
          { instanceTarget: { targetId: 'i-3', instanceLabel: 'Blue' } },
          {},
        ],
      },
      { Tags: [{ Key: 'a', Value: '1' }], NextToken: 'more' },
      { Tags: [{ Key: 'b' }, { Value: '3' }] },
    )
    expect(await codeDeploy.deploymentTargets('d-ABC123', 'Green')).to.deep.equal([green('i-1'), green('i-2')])
    expect(asked[1]).to.deep.include({ nextToken: 'more' })
    expect(await codeDeploy.deploymentGroupTags('shop', 'production')).to.deep.equal(
      new Map([
        ['a', '1'],
        ['b', ''],
        ['', '3'],
      ]),
    )
    expect(asked.at(-1)).to.deep.equal({
      ResourceArn: 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production',
      NextToken: 'more',
    })
  })

  it('leaves a green of which nothing is known', () => {
    const nothing = { AutoScalingGroupName: undefined, Instances: [{}], TrafficSources: [{}] }
    expect(readGreen(nothing as unknown as Parameters<typeof readGreen>[0])).to.deep.equal({
      name: '(no name)',
      beingDeleted: false,
      healthCheckType: 'EC2',
      attached: [],
      attachedAsTargetGroups: [],
      suspended: [],
      tags: new Map(),
      records: { record: undefined, attached: new Map(), held: undefined },
      instances: [],
      inService: [],
      desiredCapacity: 0,
      notHandled: [''],
    })
    expect(readGreen({} as Parameters<typeof readGreen>[0]).instances).to.deep.equal([])
    expect(targetGroupName('no-arn')).to.equal('no-arn')
  })

  it('leaves targets that are not healthy', () => {
    const asked = {
      green: 'green',
      inService: ['i-1'],
      desiredCapacity: 1,
      failed: new Set<string>(),
      minimumHealthyPercent: 100,
    }
    expect(judgeHealth({ ...asked, targets: new Map([['web', [{}, { Target: { Id: 'i-1' } }]]]) }).sentence).to.equal(
      'green has 0 of 1 instance healthy behind web, and needs 1: i-1 is unknown in web',
    )
  })

  it('leaves targets that have not begun', () => {
    expect(readProgress([{ instanceTarget: {} }])).to.deep.equal({
      step: 'installing',
      failed: new Set(),
      waitingFor: ['(no id)'],
      askingSince: undefined,
    })
  })

  it('is no matter where somebody throws what is no error', () => {
    expect(reasonOf('just text')).to.equal('just text')
  })
})

describe('The credentials of the bundle', () => {
  it("come from the function's environment alone (F45)", async () => {
    const leave = withEnvironment({
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    })
    const { accessKeyId, secretAccessKey, sessionToken } = await defaultProvider()()
    leave()
    expect({ accessKeyId, secretAccessKey, sessionToken }).to.deep.equal({
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    })
  })
})

import { expect } from 'chai'
import { ready } from '../deploymentStates.ts'
import { minutes } from '../neverHarm/scene.ts'
import { type PlayedDeployment, productionOf, type World, whileAsking } from '../playedDeployment.ts'
import { addTwin, begin, outcomeOf, played, registrationsOf, wasStopped, wentOn } from './scene.ts'

/** What is wrong, and what the sentence about it names. */
type Bad = readonly [
  { readonly arrange?: (world: World) => void; readonly tags?: Readonly<Record<string, string>> },
  ...names: readonly RegExp[],
]

const tagged = (names: string) => ({ tags: { 'greenlight:test-target-groups': names } })
const instead = (options: Parameters<typeof addTwin>[2]) => ({
  arrange: (world: World) => {
    world.targetGroups.delete('greenlight-web')
    addTwin(world, 'web', options)
  },
})
const gatedBy = (value: string) => instead({ tags: { 'greenlight:gated-by': value } })
const another = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/other/0123456789abcdef'
const sixty = Array.from({ length: 60 }, (_, number) => `greenlight-${number}`)

const cases: Readonly<Record<string, Bad>> = {
  'has another load balancer than its twin': [instead({ loadBalancerArns: [another] }), /load balancer/i],
  'has another VPC': [instead({ vpcId: 'vpc-other' }), /VPC/i, /vpc-other/],
  'has another port': [instead({ port: 8080 }), /port/i, /8080/],
  'has another protocol': [instead({ protocol: 'HTTPS' }), /protocol/i, /HTTPS/],
  'has another protocol version': [instead({ protocolVersion: 'GRPC' }), /protocol version/i, /GRPC/],
  'has another address type': [instead({ ipAddressType: 'ipv6' }), /address type/i, /ipv6/],
  'has another health check port': [instead({ healthCheck: { port: '8081' } }), /health check port/i, /8081/],
  'has another health check protocol': [
    instead({ healthCheck: { protocol: 'HTTPS' } }),
    /health check protocol/i,
    /HTTPS/,
  ],
  'has another health check path': [instead({ healthCheck: { path: '/alive' } }), /health check path/i, /\/alive/],
  'has another matcher': [instead({ healthCheck: { matcher: '200-299' } }), /matcher|codes?/i, /200-299/],
  'has an owner who agreed to nothing': [gatedBy(''), /greenlight:gated-by/, /shop\/production/],
  'has an owner who agreed to another': [gatedBy('shop/production2'), /greenlight:gated-by/, /shop\/production/],
  'is missing': [tagged('greenlight-gone'), /greenlight-gone/, /not exist/],
  'is missing beside one that is not': [tagged('greenlight-web greenlight-gone'), /greenlight-gone/, /not exist/],
  'is used by no load balancer': [instead({ loadBalancerArns: [] }), /load balancer/],
  'is of type ip': [instead({ targetType: 'ip' }), /\bip\b/],
  'is of type lambda': [instead({ targetType: 'lambda' }), /\blambda\b/],
  'is wanted itself': [tagged('web'), /\bweb\b/],
  'is wanted beside its twin': [
    {
      arrange: (world) => {
        productionOf(world).loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }, { name: 'greenlight-web' }] }
      },
    },
    /greenlight-web/,
  ],
  'is outside the pattern': [
    { ...tagged('test-web'), arrange: (world) => void addTwin(world, 'web', { name: 'test-web' }) },
    /test-web/,
    /greenlight-\*/,
  ],
  'is one of sixty': [
    {
      tags: Object.fromEntries(
        ['', '/2', '/3', '/4'].map((part, index) => [
          `greenlight:test-target-groups${part}`,
          sixty.slice(index * 15, index * 15 + 15).join(' '),
        ]),
      ),
      arrange: (world) => {
        for (const name of sixty) addTwin(world, 'web', { name })
      },
    },
    /greenlight:test-target-groups/,
    /\b60\b/,
  ],
  'has a name that none can have': [tagged('greenlight-web!,'), /greenlight-web!,/],
}

/** Values that do not parse: they start nothing new, so that arrival attaches nothing either. */
const unreadable = ['is one of sixty', 'has a name that none can have']

describe('Test target groups: bad input', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  for (const [what, [options, ...names]] of Object.entries(cases)) {
    const isNamed = (said: unknown) => names.every((name) => name.test(JSON.stringify(said)))

    it(`is named in one sentence where a test target group ${what}, and in mode gate nobody is registered or attached`, async () => {
      deployment = await begin(options)
      const { aws, id, later } = deployment
      await later(420)
      expect(aws.log.some(isNamed)).to.equal(true)
      const { status } = outcomeOf(deployment)
      const untouched = { ...wasStopped, status }
      expect({ ...outcomeOf(deployment), held: [] }).to.deep.equal(untouched)
      expect(status).to.equal(unreadable.includes(what) ? 'Ready' : 'Stopped')
      expect(registrationsOf(deployment)).to.deep.equal([])
      if (status === 'Ready') aws.world.stopDeployment(id)
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
    })

    it(`fails an invited call where a test target group ${what}, and the rest is handled`, async () => {
      deployment = await begin({ ...options, mode: 'heal' })
      const { aws, id, later } = deployment
      await ready(deployment, 'InProgress')
      const { verdict, reason } = await whileAsking(aws.world, id, () => aws.invoke({ DeploymentId: id }))
      expect({ verdict, isNamed: isNamed(reason) }).to.deep.equal({ verdict: 'Failed', isNamed: true })
      Object.assign(aws.world.deployments.get(id) ?? {}, { status: 'Ready' })
      aws.world.continueDeployment(id)
      await played(deployment)
      await later(minutes(6))
      const { attached, ...left } = outcomeOf(deployment)
      const { attached: none, ...nothing } = wentOn
      expect(left).to.deep.equal(nothing)
      expect(attached[0]).to.equal(unreadable.includes(what) ? undefined : 'web')
      expect(registrationsOf(deployment)).to.deep.equal([])
    })
  }
})

import { expect } from 'chai'
import { deploymentStates } from './deploymentStates.ts'
import { notifications } from './notifications.ts'
import {
  beginDeployment,
  doors,
  named,
  type PlayedDeployment,
  untouched,
  type World,
  wordsOf,
} from './playedDeployment.ts'

const change = (world: World, differences: object): void =>
  void Object.assign(world.targetGroups.get('web') ?? {}, differences)

/** What would fail half an hour later, and what is said of it. */
const refusals: Readonly<Record<string, { arrange: (deployment: PlayedDeployment) => void; reason: string }>> = {
  'a target group that does not exist': {
    arrange: ({ aws }) => aws.world.deleteTargetGroup('web'),
    reason: 'target group web does not exist',
  },
  'a target group of another type': {
    arrange: ({ aws }) => change(aws.world, { targetType: 'ip' }),
    reason: 'target group web is of target type ip; an Auto Scaling group needs instance',
  },
  'a target group that no load balancer uses': {
    arrange: ({ aws }) => change(aws.world, { loadBalancerArns: [] }),
    reason: 'no load balancer uses target group web',
  },
}
/** Only where there is a green already. */
const refusalsOfGreen: typeof refusals = {
  'a green with as many target groups as it may have': {
    arrange: ({ aws, green }) => {
      const group = aws.world.autoScalingGroups.get(green)
      const arn = (name: string) =>
        `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${name}/0123456789abcdef`
      if (group) group.targetGroupArns = Array.from({ length: 50 }, (_, index) => arn(`other-${index}`))
    },
    reason: 'green would have 51 target groups, more than the 50 that Auto Scaling allows',
  },
  'a green without room for the records': {
    arrange: ({ aws, green }) => {
      const group = aws.world.autoScalingGroups.get(green)
      const tag = (index: number) => ({ key: `team-${index}`, value: 'shop', propagateAtLaunch: true })
      if (group) group.tags = Array.from({ length: 48 }, (_, index) => tag(index))
    },
    reason: "green would have 51 tags with Greenlight's records, more than the 50 that Auto Scaling allows",
  },
  'a green that is being deleted': {
    arrange: ({ aws, green }) => {
      const group = aws.world.autoScalingGroups.get(green)
      if (group) group.status = 'Delete in progress'
    },
    reason: 'green green is being deleted',
  },
}

describe('Preflight, in the first seconds', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  const cases = [
    ...['Created', 'Queued', 'InProgress, installing'].flatMap((state) =>
      Object.entries(refusals).map(([what, refusal]) => ({ state, what, ...refusal })),
    ),
    ...Object.entries(refusalsOfGreen).map(([what, refusal]) => ({
      state: 'InProgress, installing',
      what,
      ...refusal,
    })),
    ...Object.entries({ ...refusals, ...refusalsOfGreen }).map(([what, refusal]) => ({
      state: 'Ready, waiting',
      what,
      ...refusal,
    })),
  ]

  for (const via of doors) {
    for (const { state, what, arrange, reason } of cases) {
      const isReady = state.startsWith('Ready')
      it(`refuses ${what} (${state}; ${via}): stops in mode gate${isReady ? '' : ', warns in modes heal and observe'}`, async () => {
        for (const mode of isReady ? (['gate'] as const) : (['gate', 'heal', 'observe'] as const)) {
          deployment = await beginDeployment({ mode })
          await deploymentStates[state]?.(deployment)
          arrange(deployment)
          const before = deployment.now()
          expect(await deployment.aws.invoke(notifications[via](deployment.id))).to.equal(null)
          const [line] = deployment.aws.log
            .filter(({ level }) => level === 'WARN' || level === 'ERROR')
            .filter(({ message }) => message !== 'Bypassed: somebody has to continue the deployment')
            .map((one) => `${one['level']} ${one['message']}: ${named(String(one['reason']), deployment)}`)
          expect({
            line,
            changes: deployment.aws.changes().map((call) => wordsOf(call, deployment)),
            green: deployment.now(),
            refused: deployment.aws.metrics('Refused'),
          }).to.deep.equal({
            line: `${{ gate: 'ERROR Verdict', heal: 'WARN Refused', observe: 'WARN Would refuse' }[mode]}: ${reason}`,
            changes: mode === 'gate' ? ['StopDeployment rollback false'] : [],
            green: before,
            refused: mode === 'observe' ? 0 : 1,
          })
          if (mode !== 'observe' && !isReady) await deployment.aws.end()
        }
      })
    }

    for (const kind of ['accessDenied', 'throttle'] as const) {
      it(`stops nothing when it cannot read: ${kind} (${via})`, async () => {
        deployment = await beginDeployment({ mode: 'gate' })
        deployment.aws.faults.add({ action: 'elasticloadbalancing:DescribeTargetGroups', kind, times: 'forever' })
        expect(await deployment.aws.invoke(notifications[via](deployment.id))).to.have.property('errorMessage')
        expect(deployment.aws.changes()).to.deep.equal([])
        expect(deployment.lines('Could not handle a notification')).to.have.length(1)
        expect(deployment.aws.metrics('Refused')).to.equal(1)
      })
    }

    it(`passes a good deployment and changes nothing (${via})`, async () => {
      deployment = await beginDeployment({ mode: 'gate' })
      for (const state of ['Created', 'Queued', 'InProgress, installing']) {
        await deploymentStates[state]?.(deployment)
        expect(await deployment.aws.invoke(notifications[via](deployment.id))).to.equal(null)
      }
      expect(deployment.aws.changes()).to.deep.equal([])
      expect(deployment.now()).to.deep.equal(untouched)
    })
  }
})

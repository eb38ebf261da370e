import { expect } from 'chai'
import { doors, type Life, live, named, untouched, type World, wordsOf } from './life.ts'
import { standings } from './standing.ts'
import { told } from './told.ts'

const change = (world: World, differences: object): void =>
  void Object.assign(world.targetGroups.get('web') ?? {}, differences)

/** What would fail half an hour later, and what is said of it. */
const refusals: Readonly<Record<string, { arrange: (life: Life) => void; reason: string }>> = {
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

describe('Preflight, in the first seconds (design 2.2; built bundle, real protocols)', () => {
  let life: Life
  afterEach(() => life.aws.end())

  const cases = [
    ...['Created', 'Queued', 'InProgress, installing'].flatMap((standing) =>
      Object.entries(refusals).map(([what, refusal]) => ({ standing, what, ...refusal })),
    ),
    ...Object.entries(refusalsOfGreen).map(([what, refusal]) => ({
      standing: 'InProgress, installing',
      what,
      ...refusal,
    })),
    ...Object.entries({ ...refusals, ...refusalsOfGreen }).map(([what, refusal]) => ({
      standing: 'Ready, waiting',
      what,
      ...refusal,
    })),
  ]

  for (const via of doors) {
    for (const { standing, what, arrange, reason } of cases) {
      const isReady = standing.startsWith('Ready')
      it(`refuses ${what} (${standing}; ${via}): stopped in mode gate${isReady ? '' : ', reported in mode heal, told in mode observe'}`, async () => {
        for (const mode of isReady ? (['gate'] as const) : (['gate', 'heal', 'observe'] as const)) {
          life = await live({ mode })
          await standings[standing]?.(life)
          arrange(life)
          const state = life.now()
          expect(await life.aws.invoke(told[via](life.id))).to.equal(null)
          const [line] = life.aws.log
            .filter(({ level }) => level === 'WARN' || level === 'ERROR')
            .filter(({ message }) => message !== 'Bypassed: somebody has to continue the deployment')
            .map((one) => `${one['level']} ${one['message']}: ${named(String(one['reason']), life)}`)
          expect({
            line,
            changes: life.aws.changes().map((call) => wordsOf(call, life)),
            green: life.now(),
            refused: life.aws.metrics('Refused'),
          }).to.deep.equal({
            line: `${{ gate: 'ERROR Verdict', heal: 'WARN Refused', observe: 'WARN Would refuse' }[mode]}: ${reason}`,
            changes: mode === 'gate' ? ['StopDeployment rollback false'] : [],
            green: state,
            refused: mode === 'observe' ? 0 : 1,
          })
          if (mode !== 'observe' && !isReady) await life.aws.end()
        }
      })
    }

    for (const kind of ['accessDenied', 'throttle'] as const) {
      it(`stops nothing for what it could not look at: ${kind} (${via})`, async () => {
        life = await live({ mode: 'gate' })
        life.aws.faults.add({ action: 'elasticloadbalancing:DescribeTargetGroups', kind, times: 'forever' })
        expect(await life.aws.invoke(told[via](life.id))).to.have.property('errorMessage')
        expect(life.aws.changes()).to.deep.equal([])
        expect(life.lines('Could not handle a notification')).to.have.length(1)
        expect(life.aws.metrics('Refused')).to.equal(1)
      })
    }

    it(`lets a good deployment pass, and changes nothing (${via})`, async () => {
      life = await live({ mode: 'gate' })
      for (const standing of ['Created', 'Queued', 'InProgress, installing']) {
        await standings[standing]?.(life)
        expect(await life.aws.invoke(told[via](life.id))).to.equal(null)
      }
      expect(life.aws.changes()).to.deep.equal([])
      expect(life.now()).to.deep.equal(untouched)
    })
  }
})

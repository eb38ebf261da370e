import { expect } from 'chai'
import {
  badRelease,
  beginDeployment,
  type DeploymentOptions,
  doors,
  type PlayedDeployment,
  settled,
  untouched,
  wordsOf,
} from './playedDeployment.ts'

/** How AWS refuses a change that a faster run has made: the next look finds that all is well (F21, F39). */
const lostRaces = [
  'DeploymentIsNotInReadyStateException',
  'DeploymentAlreadyCompletedException',
  'LifecycleEventAlreadyCompletedException',
  'ValidationError',
]

/** The changes of a deployment, those that changed anything and those that did not. */
const changesOf = (deployment: PlayedDeployment) => {
  const told = deployment.aws.changes().map((call) => ({ ...call, words: wordsOf(call, deployment) }))
  return {
    all: told.length,
    effective: told.filter(({ effect }) => effect === 'changed').map(({ words }) => words),
    surplus: told.filter(({ effect }) => effect === 'nothing'),
  }
}

/** Five times at the same moment, and once more a little later. */
const timesTold = 6

/** Five at once did what one does: each change once, and all that is surplus did nothing, or lost a race. */
const expectOneRun = (five: PlayedDeployment, one: PlayedDeployment): void => {
  const once = changesOf(one)
  const often = changesOf(five)
  expect(often.effective).to.have.members(once.effective)
  expect(often.surplus.filter(({ outcome }) => outcome !== 'ok' && !lostRaces.includes(outcome))).to.deep.equal([])
  // A run that finds a release half done by another does the rest, and so may that other.
  expect(often.all).to.be.at.most((timesTold + 1) * once.all)
  // Otherwise nothing ran at once.
  expect(often.surplus).to.not.deep.equal([])
}

/**
 * From now on every notification arrives five times at the same moment, and once more a little later. Virtual time fires
 * one timer after the other: only what one of them starts runs at once.
 */
const fiveTimes = ({ aws }: PlayedDeployment): (() => void) => {
  const { sent, resend } = aws.world.notifications
  let told = sent.length
  return aws.clock.every(500, () => {
    for (const notification of sent.slice(told)) for (let time = 0; time < 5; time += 1) resend(notification)
    told = sent.length
  })
}

/** From READY to the end: continued by a person in mode heal, by Greenlight in mode gate. */
const playToTheEnd = async (deployment: PlayedDeployment, mode: 'heal' | 'gate' | 'observe'): Promise<string> => {
  if (mode !== 'gate') {
    await deployment.aws.until(deployment.id, 'Ready')
    await deployment.later(30)
    deployment.aws.world.continueDeployment(deployment.id)
  }
  const status = await deployment.aws.played(deployment.id)
  await deployment.later(400)
  if (status === 'Stopped') await deployment.aws.sweep()
  return status
}

for (const via of doors) {
  describe(`What Greenlight hears of by ${via} again and again [repeatable]`, () => {
    const begun: PlayedDeployment[] = []
    const begin = async (options: DeploymentOptions): Promise<PlayedDeployment> => {
      const deployment = await beginDeployment({ via, ...options })
      begun.push(deployment)
      return deployment
    }
    const end = async (): Promise<void> => {
      for (const deployment of begun.splice(0)) await deployment.aws.end()
    }
    afterEach(end)

    for (const mode of ['heal', 'gate', 'observe'] as const) {
      it(`changes nothing the second time, in mode ${mode}`, async () => {
        const deployment = await begin({ mode })
        const { aws, id, later, actions } = deployment
        const again = async () => {
          const before = actions().length
          for (const notification of aws.world.notifications.sent) aws.world.notifications.resend(notification)
          await later(60)
          return actions().slice(before)
        }
        await aws.until(id, 'Ready')
        await later(30)
        if (mode !== 'gate') expect(await again()).to.deep.equal([])
        await playToTheEnd(deployment, mode)
        expect(await again()).to.deep.equal([])
      })
    }

    for (const [mode, healthy, status, greenly, reattachIsError] of [
      ['heal', true, 'Succeeded', settled, true],
      ['heal', true, 'Succeeded', settled, false],
      ['gate', true, 'Succeeded', settled, true],
      ['gate', true, 'Succeeded', settled, false],
      ['gate', false, 'Stopped', untouched, false],
    ] as const) {
      const release = healthy ? 'a good release' : 'a bad one'
      const again = `attaching again is ${reattachIsError ? 'an error' : 'no error'}`
      it(`is done once when everything comes five times at once: mode ${mode}, ${release}, ${again}`, async () => {
        const one = await begin({ mode, ...(!healthy && badRelease) })
        expect(await playToTheEnd(one, mode)).to.equal(status)
        await one.aws.end()
        begun.pop()
        const five = await begin({ mode, ...(!healthy && badRelease), switches: { reattachIsError } })
        const stop = fiveTimes(five)
        expect(await playToTheEnd(five, mode)).to.equal(status)
        stop()
        expect({ one: one.now(), five: five.now() }).to.deep.equal({ one: greenly, five: greenly })
        expectOneRun(five, one)
      })
    }
  })
}

describe('A call that is made again and again [repeatable]', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  const readyFor = async (options: DeploymentOptions = {}) => {
    deployment = await beginDeployment({ mode: 'gate', ...options })
    await deployment.aws.until(deployment.id, 'Ready')
    return deployment
  }

  it('changes nothing the second time', async () => {
    const { aws, id } = await readyFor()
    await aws.invoke({ DeploymentId: id })
    const before = aws.changes().length
    expect(await aws.invoke({ DeploymentId: id })).to.deep.include({ verdict: 'Succeeded' })
    expect(aws.changes().length).to.equal(before)
  })

  for (const reattachIsError of [true, false]) {
    it(`attaches once when it is made five times at once, where attaching again is ${reattachIsError ? 'an error' : 'no error'}`, async () => {
      const one = await readyFor()
      await one.aws.invoke({ DeploymentId: one.id })
      await one.aws.end()
      const five = await readyFor({ switches: { reattachIsError } })
      const invoked = Array.from({ length: 5 }, () => five.aws.invoke({ DeploymentId: five.id }))
      const verdicts = await five.aws.time.run(Promise.all(invoked))
      expect(verdicts.map(({ verdict }) => verdict)).to.deep.equal(Array.from({ length: 5 }, () => 'Succeeded'))
      expect(five.now()).to.deep.equal(one.now())
      expectOneRun(five, one)
    })
  }
})

import { check } from './check.ts'
import { everythingLost } from './schedule.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)

describe('Promises Answered, True, Settled, Never worse, Repeatable, Least power, Never silent: random schedules of deployments whose notifications are all lost', function () {
  // A time-out would say nothing about the promises.
  this.timeout(0)

  it(`keep every promise by sweeps alone, 300 of them (seed ${seed}, GREENLIGHT_SEED chooses another)`, async () => {
    await check({ seed, schedules: 300, given: everythingLost })
  })
})

import { check } from './check.ts'
import { everythingLost } from './schedule.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)

describe('Random schedules of deployments whose notifications are all lost [answered, true, settled, never worse, repeatable, least power, never silent]', function () {
  // A time-out would say nothing about the promises.
  this.timeout(0)

  it(`keep every promise by sweeps alone, 300 of them (seed ${seed}, GREENLIGHT_SEED chooses another)`, async () => {
    await check({ seed, schedules: 300, given: everythingLost })
  })
})

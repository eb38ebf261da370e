import { check } from './check.ts'
import { everythingLost } from './schedule.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)

describe('Random schedules of deployments of which nobody tells [true, settled, never worse]', function () {
  // A time-out would say nothing about the promises.
  this.timeout(0)

  it(`are settled by sweeps alone, 300 of them (seed ${seed}, GREENLIGHT_SEED chooses another)`, async () => {
    await check({ seed, schedules: 300, given: everythingLost })
  })
})

import { check } from './check.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)

describe('Random schedules of deployments [answered, true, settled, never worse, repeatable, least power, never silent]', function () {
  // A time-out would say nothing about the promises.
  this.timeout(0)

  it(`keep every promise, 700 of them (seed ${seed}, GREENLIGHT_SEED chooses another)`, async () => {
    await check({ seed, schedules: 700 })
  })
})

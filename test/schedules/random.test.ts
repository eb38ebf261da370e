import { check } from './check.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)

describe('Random schedules of deployments', () => {
  it(`keep every promise, 1,000 of them (seed ${seed})`, async function () {
    // A time-out of its own would say nothing about the promises.
    this.timeout(0)
    await check({ seed, schedules: 1_000 })
  })
})

import fc from 'fast-check'
import { play } from './play.ts'
import { schedules } from './schedule.ts'

describe('Any schedule', () => {
  it('keeps the promises', async function () {
    this.timeout(0)
    const t = performance.now()
    let n = 0,
      steps = 0
    await fc
      .assert(
        fc.asyncProperty(schedules(), async (schedule) => {
          const played = await play(schedule)
          n++
          steps += played.calls
          if (played.broken.length > 0) throw new Error([...played.broken, ...played.story].join('\n'))
        }),
        {
          seed: Number(process.env['SEED'] ?? 1),
          numRuns: Number(process.env['N'] ?? 100),
          endOnFailure: process.env['SHRINK'] === undefined,
        },
      )
      .finally(() =>
        console.log(
          n,
          'schedules',
          steps,
          'calls',
          (performance.now() - t).toFixed(0),
          'ms',
          process.cpuUsage().user / 1e6,
        ),
      )
  })
})

import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Checked, check } from './check.ts'
import { everythingLost } from './schedule.ts'

// `npm run soak`: as many random schedules as somebody has time for, on all processors.

const help = `npm run soak -- [--schedules N] [--seed N] [--jobs N]

Plays random schedules of deployments, and holds Greenlight's promises against each.

  --schedules N  how many; 10000, unless told
  --seed N       the same seed plays the same schedules; drawn, unless told
  --jobs N       how many processes; one for each processor, unless told
`
/** How many schedules are played from one seed: the seeds after it play the rest. */
const perSeed = 500

type Told = { readonly played: number } | { readonly checked: Checked } | { readonly failed: string }
type Share = { readonly seed: number; readonly schedules: number; readonly isLost: boolean }

/** In a process of its own: plays what it is given, and tells how it goes. */
const work = ({ seed, schedules, isLost }: Share): void => {
  let played = 0
  check({ seed, schedules, given: isLost ? everythingLost : {} }, () => {
    played += 1
    if (played % 10 === 0) process.send?.({ played: 10 } satisfies Told)
  })
    .then((checked): Told => ({ checked }))
    .catch((error: unknown): Told => ({ failed: error instanceof Error ? error.message : String(error) }))
    .then((told) => process.send?.(told, () => process.exit()))
}

const lead = async (all: number, seed: number, jobs: number): Promise<void> => {
  const shares: Share[] = Array.from({ length: Math.ceil(all / perSeed) }, (_, index) => ({
    seed: seed + index,
    schedules: Math.min(perSeed, all - index * perSeed),
    // Of every four seeds one in which every notification is lost.
    isLost: (seed + index) % 4 === 0,
  }))
  console.log(`${all} schedules, seed ${seed}, ${jobs} at a time.`)
  const began = Date.now()
  let [played, schedules, calls, failures] = [0, 0, 0, 0]

  const next = async (): Promise<void> => {
    for (let share = shares.shift(); share !== undefined; share = shares.shift()) {
      const told = await new Promise<Told>((resolve) => {
        const child = fork(fileURLToPath(import.meta.url), {
          env: { ...process.env, GREENLIGHT_SHARE: JSON.stringify(share) },
        })
        child.on('message', (message: Told) => {
          if (!('played' in message)) return resolve(message)
          played += message.played
          if (played % 100 === 0)
            console.log(`${String(played).padStart(7)} played, ${Math.round((Date.now() - began) / 1000)} s`)
        })
        child.on('exit', (code) => resolve({ failed: `seed ${share?.seed}: the process ended with ${code}` }))
      })
      if ('checked' in told) {
        schedules += told.checked.schedules
        calls += told.checked.calls
      }
      if ('failed' in told) {
        failures += 1
        console.log(told.failed)
      }
    }
  }
  await Promise.all(Array.from({ length: jobs }, next))
  const seconds = Math.round((Date.now() - began) / 1000)
  console.log(
    `${schedules} schedules kept every promise, in ${calls} calls to AWS; ${failures} seeds broke one. ${seconds} s.`,
  )
  process.exitCode = failures > 0 ? 1 : 0
}

/** @throws Error for a value that is no whole number above 0 */
const countIn = (flag: string, value: string): number => {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new Error(`--${flag} takes a whole number above 0, not '${value}'.`)
}

const share = process.env['GREENLIGHT_SHARE']
if (share !== undefined) work(JSON.parse(share))
else {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({ options: { schedules: text, seed: text, jobs: text, help: { type: 'boolean' } } })
    if (values.help) console.log(help)
    else {
      const seed = values.seed ?? String(1 + Math.floor(Math.random() * 1_000_000))
      await lead(
        countIn('schedules', values.schedules ?? '10000'),
        countIn('seed', seed),
        countIn('jobs', values.jobs ?? String(availableParallelism())),
      )
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`)
    process.exitCode = 2
  }
}

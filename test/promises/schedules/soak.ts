import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { numberOf, refuseArguments } from '../../../simulator/flagValues.ts'
import { type Checked, check } from './check.ts'
import { type Damage, noDamage, sumOf } from './damage.ts'
import { everythingLost } from './schedule.ts'

// `npm run soak`: as many random schedules as somebody has time for, on all processors.

type Flags = { readonly schedules: number; readonly seed?: number; readonly jobs?: number }

const count = numberOf(
  (value) => Number.isInteger(value) && value > 0 && value < 1e9,
  'a whole number above 0 and below 1,000,000,000',
)
const commandLine = new Command('npm run soak --')
  .description("Plays random schedules of deployments and holds Greenlight's promises against each.")
  .usage('[--schedules N] [--seed N] [--jobs N]')
  .option('--schedules <N>', 'how many schedules to play', count, 10_000)
  .option('--seed <N>', 'the same seed plays the same schedules (default: a random one)', count)
  .option('--jobs <N>', 'how many processes to use (default: one for each processor)', count)
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(npm run soak -- --help lists every flag.)')
  .allowExcessArguments()
  .action(refuseArguments)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

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
  let [damage, damageWithout] = [noDamage, noDamage]
  const explained: Checked['explained'][number][] = []

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
        damage = sumOf(damage, told.checked.with)
        damageWithout = sumOf(damageWithout, told.checked.without)
        explained.push(...told.checked.explained)
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
  console.log(compared(damage, damageWithout))
  for (const { sentence } of explained) console.log(`Worse with Greenlight, and why: ${sentence}`)
  if (explained.length > 0) {
    mkdirSync('test-results', { recursive: true })
    writeFileSync(storiesFile, explained.map(({ sentence, story }) => [sentence, ...story, ''].join('\n')).join('\n'))
    console.log(`The stories of these ${explained.length} are in ${storiesFile}.`)
  }
  process.exitCode = failures > 0 ? 1 : 0
}

const storiesFile = 'test-results/worse-with-greenlight.txt'

/** The damage of all schedules, as a table. */
const compared = (damage: Damage, without: Damage): string => {
  const row = (what: string, one: number, other: number) =>
    `${what.padEnd(44)}${Math.round(one).toLocaleString('en').padStart(16)}${Math.round(other).toLocaleString('en').padStart(20)}`
  return [
    `${''.padEnd(44)}${'with Greenlight'.padStart(16)}${'without Greenlight'.padStart(20)}`,
    row('requests that failed', damage.requestsFailed, without.requestsFailed),
    row('seconds of instances without traffic', damage.secondsWithoutTraffic, without.secondsWithoutTraffic),
    row('seconds until replacement', damage.secondsWithoutReplacement, without.secondsWithoutReplacement),
  ].join('\n')
}

const share = process.env['GREENLIGHT_SHARE']
if (share !== undefined) work(JSON.parse(share))
else {
  const drawn = 1 + Math.floor(Math.random() * 1_000_000)
  const { schedules, seed = drawn, jobs = availableParallelism() } = commandLine.parse().opts<Flags>()
  await lead(schedules, seed, jobs)
}

/** `sleep SECONDS`, in simulated seconds. */
import { askClock } from './clock.mjs'

const [seconds, ...rest] = process.argv.slice(2)
try {
  if (!/^\d+$/.test(seconds ?? '') || rest.length > 0) {
    throw new Error(`takes one whole number of seconds, not: ${process.argv.slice(2).join(' ')}`)
  }
  await askClock(`/sleep?seconds=${seconds}`)
} catch (error) {
  console.error(`sleep (simulated): ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

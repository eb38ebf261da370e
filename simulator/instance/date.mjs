/** `date +%s`, in simulated time. */
import { askClock } from './clock.mjs'

try {
  if (process.argv.slice(2).join(' ') !== '+%s') {
    throw new Error(`takes +%s only, not: ${process.argv.slice(2).join(' ')}`)
  }
  const now = await askClock('/time')
  if (!/^\d+$/.test(now)) throw new Error(`the simulated clock said no whole number of seconds: ${now}`)
  console.log(now)
} catch (error) {
  console.error(`date (simulated): ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

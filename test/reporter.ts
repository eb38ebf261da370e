import Mocha from 'mocha'
import { type PromiseName, promises, provenBy } from './promises/promises.ts'

const { Base } = Mocha.reporters
const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS } = Mocha.Runner.constants

/** A test, or a hook that failed. Of what runs in another process mocha passes on no more than this. */
type Ran = Pick<Mocha.Test, 'titlePath' | 'duration'>

const slowest = 10
const width = 110

/**
 * mocha's reporter for `npm test`, where a line for each of two thousand tests would hide what matters: a dot for each
 * suite, then how many tests proved each promise, the slowest suites, and mocha's own totals and failures. Other runs of
 * mocha say more.
 */
export default class extends Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const milliseconds = new Map<string, number>()
    const counts = new Map<PromiseName, { passed: number; failed: number }>()

    const spend = (ran: Ran) => {
      const [suite = '', ...within] = ran.titlePath()
      // A hook of all suites.
      if (within.length === 0) return
      if (!milliseconds.has(suite)) process.stdout.write('.')
      milliseconds.set(suite, (milliseconds.get(suite) ?? 0) + (ran.duration ?? 0))
    }
    const count = (ran: Ran, end: 'passed' | 'failed') => {
      for (const name of provenBy(ran.titlePath().join(' '))) {
        const { passed, failed } = counts.get(name) ?? { passed: 0, failed: 0 }
        counts.set(name, { passed, failed, [end]: (end === 'passed' ? passed : failed) + 1 })
      }
    }
    runner.on(EVENT_TEST_PASS, (test) => {
      spend(test)
      count(test, 'passed')
    })
    runner.on(EVENT_TEST_FAIL, (test) => {
      spend(test)
      count(test, 'failed')
      process.stdout.write(Base.color('fail', '!'))
    })
    // A hook that fails is told as a test that fails.
    runner.on(EVENT_HOOK_END, spend)
    runner.once(EVENT_RUN_END, () => {
      console.log(`\n\n  What was proven, on Node.js ${process.version}\n${promiseLines(counts).join('\n')}`)
      console.log(`\n  The slowest suites, in seconds of their tests and hooks\n${suiteLines(milliseconds).join('\n')}`)
      this.epilogue()
    })
  }
}

const promiseLines = (counts: ReadonlyMap<PromiseName, { readonly passed: number; readonly failed: number }>) =>
  Object.entries(promises).map(([name, sentence]) => {
    const { passed, failed } = counts.get(name as PromiseName) ?? { passed: 0, failed: 0 }
    const line = `${name.padEnd(14)}${sentence.padEnd(80)}`
    if (failed > 0)
      return `  ${Base.color('fail', `${Base.symbols.err} ${line}${failed} of ${passed + failed} tests fail`)}`
    if (passed === 0) return `  ${Base.color('medium', `- ${line}no test of this run`)}`
    return `  ${Base.color('checkmark', Base.symbols.ok)} ${line}${passed} ${passed === 1 ? 'test' : 'tests'}`
  })

const suiteLines = (milliseconds: ReadonlyMap<string, number>) =>
  [...milliseconds]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, slowest)
    .map(([suite, spent]) => {
      const title = suite.length > width ? `${suite.slice(0, width - 1)}…` : suite
      return `  ${(spent / 1000).toFixed(1).padStart(6)}  ${title}`
    })

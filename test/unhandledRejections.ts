/**
 * Fails the test in which a promise is rejected and nobody hears of it: mocha lets that pass, and Lambda ends the process
 * for it, in the middle of an invocation that somebody waits on.
 */
const unheard: unknown[] = []
process.on('unhandledRejection', (reason) => unheard.push(reason))

export const mochaHooks = {
  async afterEach() {
    await new Promise((resolve) => setImmediate(resolve))
    const [first] = unheard.splice(0)
    if (first !== undefined) throw new Error('a promise was rejected, and nobody heard of it', { cause: first })
  },
}

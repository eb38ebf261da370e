// Bundled in the place of node:https, which takes Node.js longer to load than half of the SDK (docs/performance.md). Loaded
// when the first client is made.

type Https = typeof import('node:https')
const https = (): Https => process.getBuiltinModule('node:https')

export default {
  get Agent(): Https['Agent'] {
    return https().Agent
  },
  get request(): Https['request'] {
    return https().request
  },
}

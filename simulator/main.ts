import { authorizeByActions } from '../tools/actionTable.ts'
import { bundle } from '../tools/bundle.ts'
import { greenlight } from '../tools/greenlight.ts'
import { main } from './serve.ts'

// The entry of `npm run simulator`: an account that has Greenlight in it, the function as template.yaml builds it
// and with the permissions that template.yaml gives it.
await main(process.argv.slice(2), {
  authorize: authorizeByActions(),
  functions: async (simulator) => [
    await greenlight(simulator, { code: await bundle('GateFunction'), log: (line) => console.log(line) }),
  ],
})

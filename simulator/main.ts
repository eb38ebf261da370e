import { authorizeByActions } from '../tools/actionTable.ts'
import { greenlight, greenlightSweep } from '../tools/greenlight.ts'
import { main } from './serve.ts'

// The entry of `npm run simulator`: an account that has Greenlight in it, the functions as template.yaml builds them
// and with the permissions that template.yaml gives them.
await main(process.argv.slice(2), {
  authorize: authorizeByActions(),
  functions: async (simulator) => {
    const options = { log: (line: string) => console.log(line) }
    return [await greenlight(simulator, options), await greenlightSweep(simulator, options)]
  },
})

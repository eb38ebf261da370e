import { fileURLToPath } from 'node:url'
import { authorizeByActions } from '../tools/actionTable.ts'
import { greenlight, greenlightSweep } from '../tools/greenlight.ts'
import { main } from './serve.ts'

// The entry of `npm run simulator`, and the one file here that knows Greenlight: it deploys the functions into the sample
// account as template.yaml builds them, with the permissions that template.yaml gives them.
await main(process.argv.slice(2), {
  authorize: authorizeByActions(),
  functions: async (simulator) => {
    const options = { log: (line: string) => console.log(line) }
    return [await greenlight(simulator, options), await greenlightSweep(simulator, options)]
  },
  script: fileURLToPath(new URL('../appspec/before-allow-traffic.sh', import.meta.url)),
  ecs: {
    autoScalingGroup: 'CodeDeploy_orders-workers',
    tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_orders-workers', 'greenlight:target-groups': 'web' },
    ownerTags: { 'greenlight:gated-by': 'orders/production' },
  },
})

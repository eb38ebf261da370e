// `npm start`: plays the story and prints it.

import { styleText } from 'node:util'
import { commandLine, type Flags } from './flags.ts'
import { gateAtReady, playGate, testTargetGroup, threeWays, type Way } from './gateAtReady.ts'
import type { Look } from './look.ts'
import { introduction, page } from './page.ts'
import { build, play } from './story.ts'

const { stdout } = process
const isColourful = stdout.isTTY && !process.env['NO_COLOR'] && stdout.hasColors()
const look: Look = {
  // A pipe has no width; every terminal shows 80 columns.
  columns: (stdout.isTTY && stdout.columns) || 80,
  mark: (mark, text) => (isColourful ? styleText(mark, text, { validateStream: false }) : text),
}
const print = (lines: readonly string[]) => stdout.write(`${lines.join('\n')}\n`)

const { seed, defect } = commandLine.parse().opts<Flags>()
try {
  const world = { seed, copyLosesTargetGroups: defect }
  print(introduction(world, look))
  const code = await build()
  const runs = await play({ ...world, code })
  const sweepCode = await build('SweepFunction')
  const gated = (way: Way) => playGate({ ...world, way, code, sweepCode })
  const gates = { nobody: await gated('nobody'), attaching: await gated('attaching'), testing: await gated('testing') }
  print(
    page(
      runs,
      [gateAtReady(gates.attaching, look), testTargetGroup(gates.testing, look), threeWays(gates, look)],
      look,
    ),
  )
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

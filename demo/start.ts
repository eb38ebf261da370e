// `npm start`: plays the story and prints it.

import { styleText } from 'node:util'
import { HELP, Refused, readFlags } from './flags.ts'
import { gateAtReady, playGate } from './gateAtReady.ts'
import type { Look } from './look.ts'
import { introduction, page } from './page.ts'
import { build, play } from './story.ts'

const { stdout } = process
const isColourful = stdout.isTTY && !process.env['NO_COLOR'] && stdout.hasColors()
const look: Look = {
  // Where nobody knows the width, as in a pipe, 80 is what every place can show.
  columns: (stdout.isTTY && stdout.columns) || 80,
  mark: (mark, text) => (isColourful ? styleText(mark, text, { validateStream: false }) : text),
}
const print = (lines: readonly string[]) => stdout.write(`${lines.join('\n')}\n`)

try {
  const flags = readFlags(process.argv.slice(2))
  if (flags === 'help') print([HELP.trimEnd()])
  else {
    print(introduction(flags, look))
    const code = await build()
    const runs = await play({ ...flags, code })
    const gate = await playGate({ seed: flags.seed, code })
    print(page(runs, gateAtReady(gate, look), look))
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof Refused ? 2 : 1
}

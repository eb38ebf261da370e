#!/usr/bin/env node
// Runs a command on the Node.js major that template.yaml deploys to, whatever Node.js started this file:
//
//   node tools/node24.mjs <file> [argument ...]
//
// One of the pinned optionalDependencies brings that Node.js (a plain binary, no install script). Where npm has none for
// this machine, the Node.js that runs this file serves if it is new enough. This file itself must run on Node.js 20.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const wanted = Number(/^\s*Runtime:\s*nodejs(\d+)\.x/m.exec(readFileSync(new URL('template.yaml', root), 'utf8'))?.[1])

const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]
const packaged = names
  .map((name) => fileURLToPath(new URL(`node_modules/${name}/bin/node`, root)))
  .find((file) => existsSync(file))
const running = Number(process.versions.node.split('.')[0])
const node = packaged ?? (running >= wanted ? process.execPath : undefined)

const giveUp = (sentence) => {
  console.error(sentence)
  process.exit(1)
}
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const npmHasIt = names.some((name) => name in optionalDependencies)
if (!existsSync(new URL('node_modules', root)) || (node === undefined && npmHasIt)) {
  giveUp(`The packages that Greenlight needs, Node.js ${wanted} among them, are not installed: run npm ci first.`)
}
if (node === undefined) {
  giveUp(
    `Greenlight needs Node.js ${wanted}, and npm has no package of it for ${process.platform}-${process.arch}: ` +
      `install Node.js ${wanted} (https://nodejs.org) and run this again. This is ${process.version}.`,
  )
}

const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: {
    ...process.env,
    // First on the PATH too, so that a child process that asks for `node` gets the same one.
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    // Node.js 24.0, the newest 24 that npm has for macOS on arm64, warns that it strips types, which later ones just do.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim(),
  },
})
// Ctrl-C reaches the child by itself, and it decides how to end; a signal sent to this process alone does not.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  throw error
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))

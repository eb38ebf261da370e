import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { Command } from 'commander'
import { bundleOf } from './bundle.ts'
import { bundledFunctions, readTemplate } from './template.ts'

const commandLine = new Command('npm run stack --')
  .description(
    "Reads stack traces, such as lines of a function's log, from FILE or from the standard input. Prints them with the places " +
      'in src/ in the place of those in the bundles.',
  )
  .argument('[FILE]', 'what to read')
  .option(
    '--maps <FOLDER>',
    'what npm run package wrote when the function was deployed (default: this checkout, which must be of the deployed commit)',
  )
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(npm run stack -- --help lists every flag.)')

/** The source map of each bundle, by the name of its file: gate.js. */
type Maps = ReadonlyMap<string, string>

/** A text in which each place in a bundle is the place in the sources that it comes from; one that the map has not stays. */
export const readStack = (text: string, maps: Maps): string => {
  const traced = new Map([...maps].map(([file, map]) => [file, new TraceMap(map)]))
  // In a line of the log a stack is one string of JSON.
  const lines = text.replaceAll('\\n    at ', '\n    at ')
  return lines.replace(/[^\s(]*?(\w+\.js):(\d+):(\d+)/g, (place, file, line, column) => {
    const map = traced.get(file)
    if (map === undefined) return place
    const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 })
    if (found.source === null) return place
    return `${found.source.replace(/^(\.\.\/)+/, '')}:${found.line}:${found.column + 1}`
  })
}

const builtMaps = async (): Promise<Maps> => {
  const bundles = await Promise.all(bundledFunctions(readTemplate()).map(bundleOf))
  return new Map(bundles.map(({ file, map }) => [file, map]))
}

/** What `npm run package` wrote: `gate.js.map`, `sweep.js.map`. */
const writtenMaps = (folder: string): Maps => {
  const maps = readdirSync(folder).filter((file) => file.endsWith('.js.map'))
  if (maps.length === 0) throw new Error(`${folder} has no source maps: npm run package writes them`)
  return new Map(maps.map((file) => [basename(file, '.map'), readFileSync(join(folder, file), 'utf8')]))
}

if (process.argv[1] === import.meta.filename) {
  const { maps } = commandLine.parse().opts<{ readonly maps?: string }>()
  const [file = process.stdin.fd] = commandLine.args
  try {
    const text = readFileSync(file, 'utf8')
    process.stdout.write(readStack(text, maps === undefined ? await builtMaps() : writtenMaps(maps)))
  } catch (error) {
    commandLine.error(error instanceof Error ? error.message : String(error))
  }
}

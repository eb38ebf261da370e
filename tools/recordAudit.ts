import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import headless from '@xterm/headless'
import { conditions, generateAccount } from '../simulator/account.ts'
import { simulate } from '../simulator/simulate.ts'
import { binary, writeAuditPackage } from './auditPackage.ts'
import { type Line, screenAsSvg } from './screenAsSvg.ts'
import { root } from './template.ts'
import { inTerminal } from './terminal.ts'

const columns = 130
const rows = 200

/**
 * Runs the packed audit in a real terminal, on a simulated account with each kind of finding, and draws what the terminal
 * shows at the end.
 *
 * @returns two pictures (SVG): the table, and what to do
 */
export const recordAudit = async (): Promise<{ readonly 'audit.svg': string; readonly 'audit-advice.svg': string }> => {
  const lines = await screenAfter(await session())
  const from = lines.findIndex((line) => textOf(line) === 'What to do')
  const end = lines.findLastIndex((line) => textOf(line) !== '')
  return {
    'audit.svg': screenAsSvg('What the audit shows', lines.slice(0, from - 1), columns),
    'audit-advice.svg': screenAsSvg('What to do about it', lines.slice(from, end + 1), columns),
  }
}

/** Everything that the terminal received. */
const session = async (): Promise<string> => {
  const aws = await simulate()
  const folder = await mkdtemp(join(tmpdir(), 'greenlight-record-'))
  try {
    generateAccount(aws.world, {
      applications: 3,
      deploymentGroups: conditions.length,
      conditionOf: (number) => conditions[number] ?? 'healthy',
    })
    const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'user' })
    await writeAuditPackage(folder)
    const { output, code } = await inTerminal([process.execPath, join(folder, binary), 'audit', '--all-regions'], {
      columns,
      rows,
      env: {
        PATH: process.env['PATH'],
        TERM: 'xterm-256color',
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_REGION: aws.world.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    })
    if (code !== 1) throw new Error(`the audit ended with ${code}: ${output}`)
    return `$ npm run audit:aws -- --all-regions\r\n${output}`
  } finally {
    await rm(folder, { recursive: true })
    await aws.close()
  }
}

/** What a terminal shows at the end, without the progress bar. */
const screenAfter = async (sent: string): Promise<readonly Line[]> => {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
  await new Promise<void>((resolve) => terminal.write(sent, resolve))
  const { active: buffer } = terminal.buffer
  const lines = Array.from({ length: buffer.length }, (_, y) => {
    const line = buffer.getLine(y)
    return Array.from({ length: columns }, (_unused, x) => {
      const cell = line?.getCell(x)
      return {
        text: cell?.getChars() || ' ',
        color: cell?.isFgPalette() ? cell.getFgColor() : undefined,
        bold: cell?.isBold() !== 0,
        dim: cell?.isDim() !== 0,
      }
    })
  })
  terminal.dispose()
  return lines
}

const textOf = (line: Line): string =>
  line
    .map(({ text }) => text)
    .join('')
    .trimEnd()

// `npm run record:audit`
if (process.argv[1] === import.meta.filename) {
  for (const [name, picture] of Object.entries(await recordAudit())) {
    await writeFile(join(root, 'docs', name), picture)
    console.log(join(root, 'docs', name))
  }
}

import { spawn } from 'node:child_process'
import { shellWord } from '../src/sentences.ts'

/**
 * Runs a command in a terminal of its own, by the `script` command that Linux and macOS have.
 *
 * @returns everything that the terminal received from both streams of the command, and the exit code
 */
export const inTerminal = (
  command: readonly string[],
  { columns, rows, env }: { columns: number; rows: number; env: Readonly<Record<string, string | undefined>> },
): Promise<{ readonly output: string; readonly code: number | null }> => {
  const line = `stty cols ${columns} rows ${rows}; ${command.map(shellWord).join(' ')}`
  const args = process.platform === 'linux' ? ['-qec', line, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', line]
  return new Promise((resolve, reject) => {
    const child = spawn('script', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ output: Buffer.concat(chunks).toString(), code }))
  })
}

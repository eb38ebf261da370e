/** `curl`, with the options that a script needs to ask the instance metadata (IMDSv2) and no others. */
import { NoAnswer, request } from './http.mjs'

const flags = new Set(['--silent', '--show-error', '--fail', '--globoff'])
const options = new Set(['--noproxy', '--connect-timeout', '--max-time', '--request', '--header'])

/**
 * @param {number} status curl's own exit status
 * @param {string} message
 * @returns {never}
 */
function exit(status, message) {
  console.error(`curl: ${status === 2 ? '' : `(${status}) `}${message}`)
  process.exit(status)
}

let url = ''
let method = 'GET'
let connectSeconds = 0
let totalSeconds = 0
/** @type {Record<string, string>} */
const headers = {}
/** @type {Set<string>} */
const given = new Set()

const args = process.argv.slice(2)
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (flags.has(arg)) given.add(arg)
  else if (options.has(arg)) {
    const value = args.shift() ?? exit(2, `option ${arg}: requires parameter`)
    if (arg === '--request') method = value
    if (arg === '--connect-timeout') connectSeconds = Number(value)
    if (arg === '--max-time') totalSeconds = Number(value)
    if (arg === '--header') {
      const [name, text] = [value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1)]
      headers[name] = text.trim()
    }
  } else if (arg.startsWith('-')) exit(2, `option ${arg}: is unknown (to the simulator's curl)`)
  else if (url !== '') exit(2, `more than one URL (the simulator's curl takes one): ${arg}`)
  else url = arg
}
for (const flag of flags) if (!given.has(flag)) exit(2, `the simulator's curl works only with ${flag}`)
if (url === '') exit(2, 'no URL specified')
if (totalSeconds === 0) exit(2, "the simulator's curl works only with --max-time: a script must not hang")

const overdue = setTimeout(
  () => exit(28, `Operation timed out after ${totalSeconds * 1000} milliseconds with 0 bytes received`),
  totalSeconds * 1000,
)
try {
  const answer = await request(url, { method, headers, connectSeconds })
  if (answer.status >= 400) exit(22, `The requested URL returned error: ${answer.status}`)
  process.stdout.write(answer.body)
} catch (error) {
  if (!(error instanceof NoAnswer)) throw error
  const { hostname, port } = new URL(url)
  if (error.why === 'connect')
    exit(7, `Failed to connect to ${hostname} port ${port || 80}: Couldn't connect to server`)
  if (error.why === 'connect timeout') exit(28, `Connection timed out after ${connectSeconds * 1000} milliseconds`)
  exit(52, 'Empty reply from server')
} finally {
  clearTimeout(overdue)
}

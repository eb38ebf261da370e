/**
 * The `aws` command of a simulated instance: `lambda invoke` and `deploy get-deployment`, as far as a
 * script needs them. `SIMULATED_AWS_CLI` says whose rules it follows: `1`, `2` or `2.9` (a CLI 2 before the error format of 2026).
 * Exit statuses, error texts and the treatment of payloads are those seen from aws-cli 1.46.3 and 2.9.19; the newer
 * texts are from aws-cli's own tests. It makes real HTTP requests to `AWS_ENDPOINT_URL`, with an Authorization header
 * of SigV4's shape but no true signature.
 *
 * It refuses what it does not implement with exit status 70, which no AWS CLI uses.
 */
import { NoAnswer, request } from './http.mjs'

const fs = process.getBuiltinModule('node:fs')

const rules = process.env['SIMULATED_AWS_CLI'] ?? '2'
if (!['1', '2', '2.9'].includes(rules)) notImplemented(`SIMULATED_AWS_CLI=${rules}`)
const version = rules === '1' ? '1' : '2'

/** Exit statuses by version: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html */
const status = {
  service: version === '1' ? 255 : 254,
  configuration: version === '1' ? 255 : 253,
  parameter: version === '1' ? 255 : 252,
  parser: version === '1' ? 2 : 252,
  other: 255,
}

/** Options of every command; `operations` has those of one operation. */
const globalOptions = [
  '--region',
  '--endpoint-url',
  '--query',
  '--output',
  '--cli-connect-timeout',
  '--cli-read-timeout',
]
if (version === '2') globalOptions.push('--cli-binary-format')

/** @typedef {(name: string) => string | undefined} Options the value of an option, if it was given */
/** @typedef {{ serviceName: string, call: string, path: string, headers: Record<string, string>, body?: string | Uint8Array }} Call */
/** @typedef {Awaited<ReturnType<typeof request>>} Answer */

const operations = {
  'lambda invoke': {
    options: ['--function-name', '--payload'],
    required: ['--function-name'],
    positional: ['outfile'],
    /** @param {Options} option @returns {Call} */
    call: (option) => {
      const body = payload(option)
      return {
        serviceName: 'lambda',
        call: 'Invoke',
        path: `/2015-03-31/functions/${encodeURIComponent(option('--function-name') ?? '')}/invocations`,
        headers: {},
        ...(body === undefined ? {} : { body }),
      }
    },
    /** @param {Answer} answer @param {string[]} positional */
    result: ({ status: httpStatus, headers, body }, [outfile = '']) => {
      try {
        fs.writeFileSync(outfile, body)
      } catch (error) {
        fail(status.other, pythonError(error, outfile))
      }
      return {
        StatusCode: httpStatus,
        ...(headers['x-amz-function-error'] && { FunctionError: headers['x-amz-function-error'] }),
        ...(headers['x-amz-executed-version'] && { ExecutedVersion: headers['x-amz-executed-version'] }),
      }
    },
  },
  'deploy get-deployment': {
    options: ['--deployment-id'],
    required: ['--deployment-id'],
    positional: [],
    /** @param {Options} option @returns {Call} */
    call: (option) => ({
      serviceName: 'codedeploy',
      call: 'GetDeployment',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'CodeDeploy_20141006.GetDeployment',
      },
      body: JSON.stringify({ deploymentId: option('--deployment-id') }),
    }),
    /** @param {Answer} answer */
    result: ({ body }) => {
      try {
        return JSON.parse(body.toString())
      } catch {
        const why = 'Expecting value: line 1 column 1 (char 0)'
        return fail(status.other, `Unable to parse response (${why}), invalid JSON received:\nb'${body.toString()}'`)
      }
    },
  },
}

await main()

async function main() {
  const [service, name, ...args] = process.argv.slice(2)
  const operation = Object.entries(operations).find(([words]) => words === `${service} ${name}`)?.[1]
  if (!operation) notImplemented(process.argv.slice(2).join(' '))
  const { option, positional } = parse(args, operation)

  // This command never sleeps, so its caller has to do the retries (as appspec/before-allow-traffic.sh does).
  if (process.env['AWS_MAX_ATTEMPTS'] !== '1') notImplemented('retries, so set AWS_MAX_ATTEMPTS to 1')
  const region = option('--region') ?? regionOfTheEnvironment()
  if (region === undefined) {
    const text = 'You must specify a region. You can also configure your region by running "aws configure".'
    fail(status.configuration, text, 'NoRegion')
  }
  if (!/^(?!\d+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/.test(region)) {
    fail(status.other, `Provided region_name '${region}' doesn't match a supported format.`)
  }
  const call = operation.call(option)
  const answer = await send(call, region, option)
  if (answer.status >= 300) failAsService(call, answer)
  print(call, operation.result(answer, positional), option)
}

/**
 * @param {string[]} args
 * @param {{ options: string[], required: string[], positional: string[] }} operation
 * @returns {{ option: Options, positional: string[] }}
 */
function parse(args, operation) {
  const known = new Set([...globalOptions, ...operation.options])
  /** @type {Map<string, string>} */
  const given = new Map()
  /** @type {string[]} */
  const positional = []
  /** @type {string[]} */
  const unknown = []
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const [name = '', ...inline] = arg.startsWith('--') ? arg.split('=') : [arg]
    if (known.has(name)) {
      const value = inline.length > 0 ? inline.join('=') : args.shift()
      if (value === undefined || (inline.length === 0 && value.startsWith('--'))) {
        usage(status.parser, 'aws: error: ', `argument ${name}: expected one argument`)
      }
      given.set(name, value)
    } else if (name.startsWith('--')) unknown.push(arg)
    else positional.push(arg)
  }
  const missing = [
    ...operation.required.filter((name) => !given.has(name)),
    ...operation.positional.slice(positional.length),
  ]
  if (missing.length > 0) {
    usage(status.parser, 'aws: error: ', `the following arguments are required: ${missing.join(', ')}`)
  }
  unknown.push(...positional.splice(operation.positional.length))
  if (unknown.length > 0) usage(status.parameter, '\n', `Unknown options: ${unknown.join(', ')}`)
  for (const name of ['--cli-connect-timeout', '--cli-read-timeout']) {
    const value = given.get(name) ?? '60'
    if (!/^\d+$/.test(value)) fail(status.other, `invalid literal for int() with base 10: '${value}'`)
  }
  return { option: (name) => given.get(name), positional }
}

/** CLI 1 does not read AWS_REGION. */
function regionOfTheEnvironment() {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  return (version === '2' && AWS_REGION) || AWS_DEFAULT_REGION || undefined
}

/**
 * Both CLIs send `fileb://` unchanged; CLI 2 decodes a text from base64 by default (F47).
 * @param {Options} option
 * @returns {string | Uint8Array | undefined}
 */
function payload(option) {
  const value = option('--payload')
  if (value === undefined) return undefined
  const [, scheme, path] = /^(fileb?:\/\/)(.*)$/s.exec(value) ?? []
  /** @type {Uint8Array} */
  let bytes = Buffer.from(value)
  if (scheme !== undefined && path !== undefined) {
    try {
      bytes = fs.readFileSync(path)
    } catch (error) {
      const reason = `Unable to load paramfile ${value}: ${pythonError(error, path)}`
      fail(status.parameter, `Error parsing parameter '--payload': ${reason}`, 'ParamValidation')
    }
  }
  if (scheme === 'fileb://' || version === '1') return bytes
  const format = option('--cli-binary-format') ?? 'base64'
  if (format === 'raw-in-base64-out') return bytes
  if (format !== 'base64') notImplemented(`--cli-binary-format ${format}`)
  const text = Buffer.from(bytes).toString()
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    fail(status.other, `Invalid base64: "${text}"`)
  }
  return Buffer.from(text, 'base64')
}

/**
 * @param {Call} call
 * @param {string} region
 * @param {Options} option
 * @returns {Promise<Answer>}
 */
async function send({ serviceName, path, headers, body }, region, option) {
  const endpoint = option('--endpoint-url') ?? process.env['AWS_ENDPOINT_URL']
  if (!endpoint) notImplemented('the real AWS, so set AWS_ENDPOINT_URL')
  const key = process.env['AWS_ACCESS_KEY_ID']
  if (!key || !process.env['AWS_SECRET_ACCESS_KEY']) {
    const how = rules === '2' ? 'aws login' : 'aws configure'
    const text = `Unable to locate credentials. You can configure credentials by running "${how}".`
    fail(status.configuration, text, 'NoCredentials')
  }
  const url = `${endpoint.replace(/\/$/, '')}${path}`
  const scope = `${key}/20260101/${region}/${serviceName}/aws4_request`
  try {
    return await request(url, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
        'user-agent': `aws-cli/${version} (simulated)`,
      },
      body: body ?? '',
      connectSeconds: Number(option('--cli-connect-timeout') ?? 60),
      readSeconds: Number(option('--cli-read-timeout') ?? 60),
    })
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    const text = {
      connect: `Could not connect to the endpoint URL: "${url}"`,
      'connect timeout': `Connect timeout on endpoint URL: "${url}"`,
      'read timeout': `Read timeout on endpoint URL: "${url}"`,
      closed: `Connection was closed before we received a valid response from endpoint URL: "${url}".`,
    }
    return fail(status.other, text[error.why])
  }
}

/**
 * Says a service's error as botocore does.
 * @param {Call} call
 * @param {Answer} answer
 * @returns {never}
 */
function failAsService({ call }, { status: httpStatus, headers, body }) {
  const text = body.toString()
  let code = String(httpStatus)
  let message = ''
  /** @type {Record<string, unknown>} */
  let fields = {}
  if (httpStatus >= 500 && (text === '' || text.trimStart().startsWith('<html>'))) {
    message = process.getBuiltinModule('node:http').STATUS_CODES[httpStatus] ?? ''
  } else {
    try {
      fields = JSON.parse(text)
    } catch {
      fields = { message: text }
    }
    const named = headers['x-amzn-errortype'] ?? fields['__type'] ?? fields['code'] ?? httpStatus
    code = String(named).split(':')[0]?.split('#').at(-1) ?? ''
    message = String(fields['message'] ?? fields['Message'] ?? '')
  }
  // CLI 2 says so after every last attempt, CLI 1 only where it would have retried.
  const again = httpStatus >= 500 || httpStatus === 429 || /Throttl|TooManyRequests/.test(code)
  const retries = version === '2' || again ? ' (reached max retries: 0)' : ''
  const details = rules === '2' && fields['Type'] ? `\n\nAdditional error details:\nType: ${fields['Type']}` : ''
  fail(status.service, `An error occurred (${code}) when calling the ${call} operation${retries}: ${message}${details}`)
}

/**
 * Prints the whole result of an invocation as JSON, or as text what `--query` selects: a path (`a.b`), or several (`a.[b, c.d]`).
 * @param {Call} call
 * @param {unknown} result
 * @param {Options} option
 */
function print(call, result, option) {
  const query = option('--query')
  const output = option('--output') ?? 'json'
  if (query === undefined && output === 'json' && call.call === 'Invoke') {
    console.log(JSON.stringify(result, null, 4))
    return
  }
  const path = String.raw`[A-Za-z]+(?:\.[A-Za-z]+)*`
  const found = new RegExp(String.raw`^(?:(${path})|(${path})\.\[(${path}(?:, *${path})*)\])$`).exec(query ?? '')
  if (!found || output !== 'text') notImplemented(`--output ${output} --query ${query}`)
  const [, one, from, several] = found
  const values = one ? [at(result, one)] : (several ?? '').split(/, */).map((last) => at(at(result, from ?? ''), last))
  if (values.some((value) => typeof value === 'object' && value !== null)) {
    notImplemented(`--output text of what is no scalar: --query ${query}`)
  }
  console.log(values.map((value) => value ?? 'None').join('\t'))
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {unknown}
 */
function at(value, path) {
  return path.split('.').reduce((part, name) => (part === null ? part : (Object(part)[name] ?? null)), value ?? null)
}

/**
 * @param {unknown} error
 * @param {string} path
 */
function pythonError(error, path) {
  const numbers = /** @type {Record<string, string>} */ ({
    ENOENT: '[Errno 2] No such file or directory',
    EACCES: '[Errno 13] Permission denied',
    EISDIR: '[Errno 21] Is a directory',
  })
  return `${numbers[String(Object(error).code)] ?? error}: '${path}'`
}

/**
 * Says how the command is used, and then what was wrong.
 * @param {number} exitStatus
 * @param {string} prefix before the message, in the older formats
 * @param {string} message
 * @returns {never}
 */
function usage(exitStatus, prefix, message) {
  const advert =
    '\rNote: AWS CLI version 2, the latest major version of the AWS CLI, is now stable and recommended for general use.'
  const lines = [
    `usage: ${version === '1' ? `${advert}\n\nusage: ` : ''}aws [options] <command> <subcommand> [<subcommand> ...] [parameters]`,
    'To see help text, you can run:',
    '',
    '  aws help',
    '  aws <command> help',
    '  aws <command> <subcommand> help',
  ]
  if (rules === '1') lines.push(`${prefix}${message}`)
  if (rules === '2.9') lines.unshift('') && lines.push('', `${prefix}${message}`.trimStart(), '')
  if (rules === '2') lines.unshift('') && lines.push('', '', `aws: [ERROR]: ${message}`)
  return exit(exitStatus, lines.join('\n'))
}

/**
 * Says an error as this version of the CLI does.
 * @param {number} exitStatus
 * @param {string} message
 * @param {'' | 'NoRegion' | 'NoCredentials' | 'ParamValidation'} [code] the code of an error that is the CLI's own
 * @returns {never}
 */
function fail(exitStatus, message, code = '') {
  if (rules === '2') exit(exitStatus, `\naws: [ERROR]: ${code && `An error occurred (${code}): `}${message}`)
  const bare = rules === '1' && (code === 'NoRegion' || code === 'NoCredentials')
  return exit(exitStatus, `${bare ? '' : '\n'}${message}`)
}

/**
 * @param {string} what
 * @returns {never}
 */
function notImplemented(what) {
  return exit(70, `the simulator's aws command does not implement: ${what}`)
}

/**
 * @param {number} exitStatus
 * @param {string} text
 * @returns {never}
 */
function exit(exitStatus, text) {
  fs.writeSync(2, `${text}\n`)
  process.exit(exitStatus)
}

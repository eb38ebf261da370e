/**
 * One HTTP request, for the stand-ins of an instance's commands.
 *
 * These files are JavaScript, and load `node:http` by `getBuiltinModule`, because a test starts them hundreds of times:
 * stripping types costs 50 ms a start, and an `import` of `node:http` another 45, because it loads undici (F45).
 */
const http = process.getBuiltinModule('node:http')

/** Why a request got no answer: `connect`, `connect timeout`, `read timeout` or `closed`. */
export class NoAnswer extends Error {
  /** @param {'connect' | 'connect timeout' | 'read timeout' | 'closed'} why */
  constructor(why) {
    super(why)
    this.why = why
  }
}

/**
 * Sends a request and reads the whole answer, whatever its status.
 *
 * @param {string} url
 * @param {{ method?: string, headers?: Record<string, string>, body?: string | Uint8Array,
 *   connectSeconds?: number, readSeconds?: number }} [options] time-outs are in real seconds; 0 or none: no time-out
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }>}
 * @throws {NoAnswer}
 */
export function request(url, { method = 'GET', headers = {}, body, connectSeconds = 0, readSeconds = 0 } = {}) {
  return new Promise((resolve, reject) => {
    let connected = false
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = http.request(url, { method, headers: { ...headers, ...length }, agent: false })
    /** @param {NoAnswer['why']} why */
    const giveUp = (why) => {
      reject(new NoAnswer(why))
      sent.destroy()
    }
    const connecting =
      connectSeconds > 0 ? setTimeout(() => giveUp('connect timeout'), connectSeconds * 1000) : undefined
    sent.on('socket', (socket) => {
      socket.on('connect', () => {
        connected = true
        clearTimeout(connecting)
        if (readSeconds > 0) socket.setTimeout(readSeconds * 1000, () => giveUp('read timeout'))
      })
    })
    sent.on('error', () => giveUp(connected ? 'closed' : 'connect'))
    sent.on('close', () => clearTimeout(connecting))
    sent.on('response', (answer) => {
      /** @type {Buffer[]} */
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', () => giveUp('closed'))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.end(body)
  })
}

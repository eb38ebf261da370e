// Preloaded in front of aws-lambda-ric where its native HTTP client is not built (no install script runs here): the same
// three functions over node:http. Everything else of the runtime client is AWS's own code.
const Module = require('node:module')
const http = require('node:http')

const agent = new http.Agent({ keepAlive: true })
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')

const request = (method, path, body, headers = {}) =>
  new Promise((resolve, reject) => {
    const sent = http.request({
      hostname,
      port,
      agent,
      method,
      path: `/2018-06-01/runtime/invocation/${path}`,
      headers,
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: response.headers }))
    })
    sent.end(body)
  })

Module._extensions['.node'] = (module) => {
  module.exports = {
    next: () => request('GET', 'next'),
    done: (id, body) => void request('POST', `${id}/response`, body),
    error: (id, body, xray) =>
      void request('POST', `${id}/error`, body, { 'lambda-runtime-function-xray-error-cause': xray }),
  }
}

// Module.createRequire looks for the file before it asks the extension.
const { _resolveFilename: resolveFilename } = Module
Module._resolveFilename = (name, ...rest) => (name === './rapid-client.node' ? name : resolveFilename(name, ...rest))
Module._pathCache['./rapid-client.node'] = './rapid-client.node'

import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:https'

// What the bench compares with: the least that asks AWS for something. It signs one request by hand, reads nothing of errors
// and never tries again.

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

const getDeployment = (deploymentId: unknown): Promise<unknown> => {
  const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = process.env
  const host = `codedeploy.${region}.amazonaws.com`
  const body = JSON.stringify({ deploymentId })
  const time = new Date().toISOString().replace(/[:-]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/codedeploy/aws4_request`
  const signed = 'content-type;host;x-amz-date;x-amz-target'
  const type = 'application/x-amz-json-1.1'
  const target = 'CodeDeploy_20141006.GetDeployment'
  const headers = `content-type:${type}\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n`
  const canonical = `POST\n/\n\n${headers}\n${signed}\n${hash(body)}`
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
  const sent = { 'content-type': type, 'x-amz-date': time, 'x-amz-target': target, authorization }
  return new Promise((resolve, reject) => {
    const asked = request({ host, method: 'POST', headers: sent }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

export const handler = (event: { readonly DeploymentId: unknown }): Promise<unknown> =>
  getDeployment(event.DeploymentId)

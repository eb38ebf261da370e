import type { Clock } from '../clock.ts'
import type { Line, WireRequest, WireResponse } from './message.ts'

const metadataPath = /^\/imds\/(i-[0-9a-f]+)\/(.*)$/

/** Whether an instance asks its own metadata service, and not AWS. */
export const isMetadata = (request: WireRequest): boolean => request.path.startsWith('/imds/')

/** A token is valid for the instance that asked for it, for any time: a script runs for an hour at most. */
const tokenOf = (instanceId: string) => `token-of-${instanceId}`

const answer = (status: number, body: string): WireResponse => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
})

/**
 * The instance metadata service, version 2, of every instance under `/imds/<instance id>`, and two paths that no real
 * one has, for the stand-ins of `sleep` and `date`: `GET /sleep?seconds=N` answers after N seconds of simulated
 * time, `GET /time` with the simulated time in seconds.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export const answerMetadata = async (
  request: WireRequest,
  { clock, line, region }: { clock: Clock; line: Line; region: string },
): Promise<WireResponse> => {
  const [, instanceId, path] = metadataPath.exec(request.path) ?? []
  if (!instanceId || !path) return answer(404, 'Not Found')

  if (path === 'latest/api/token') {
    if (request.method !== 'PUT') return answer(405, 'Method Not Allowed')
    const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds'])
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 21_600) return answer(400, 'Bad Request')
    return answer(200, tokenOf(instanceId))
  }
  if (request.method !== 'GET') return answer(405, 'Method Not Allowed')

  const seconds = /^sleep\?seconds=(\d+(?:\.\d+)?)$/.exec(path)?.[1]
  if (seconds !== undefined) {
    const release = line.hold(instanceId)
    await clock.sleep(Number(seconds) * 1000)
    release()
    return answer(200, '')
  }
  if (path === 'time') return answer(200, String(Math.floor(clock.now() / 1000)))
  if (request.headers['x-aws-ec2-metadata-token'] !== tokenOf(instanceId)) return answer(401, 'Unauthorized')
  if (path === 'latest/meta-data/placement/region') return answer(200, region)
  if (path === 'latest/meta-data/instance-id') return answer(200, instanceId)
  return answer(404, 'Not Found')
}

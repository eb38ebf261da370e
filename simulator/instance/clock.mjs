/**
 * An instance's clock is the simulator's: it answers `/sleep` when so many simulated seconds are over, and `/time` with
 * the simulated time, both beside the instance metadata.
 */
import { request } from './http.mjs'

/**
 * @param {string} path
 * @returns {Promise<string>} the answer's text
 */
export async function askClock(path) {
  const endpoint = process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT']
  if (!endpoint) throw new Error('AWS_EC2_METADATA_SERVICE_ENDPOINT does not say where the simulated clock is')
  const answer = await request(`${endpoint.replace(/\/$/, '')}${path}`)
  if (answer.status !== 200) throw new Error(`the simulated clock answered ${path} with ${answer.status}`)
  return answer.body.toString()
}

// Bundled in the place of @smithy/core/checksum, which carries a SHA-256 in JavaScript for a Node.js without one, and tries
// when it loads.
import { createHash, createHmac } from 'node:crypto'

/** What the SDK signs with. */
export class Sha256 {
  readonly #hash

  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

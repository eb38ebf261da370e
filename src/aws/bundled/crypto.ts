// Bundled in the place of node:crypto, and loaded at the first signature: see https.ts.

type Crypto = typeof import('node:crypto')
const crypto = (): Crypto => process.getBuiltinModule('node:crypto')

export const createHash: Crypto['createHash'] = (...given) => crypto().createHash(...given)
export const createHmac: Crypto['createHmac'] = (...given) => crypto().createHmac(...given)
export const getRandomValues: Crypto['getRandomValues'] = (array) => crypto().getRandomValues(array)
export const randomUUID: Crypto['randomUUID'] = (options) => crypto().randomUUID(options)

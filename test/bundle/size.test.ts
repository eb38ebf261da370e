import { expect } from 'chai'
import { bundleOf } from '../../tools/bundle.ts'
import { partsOf } from '../../tools/bundleParts.ts'

/** KB. What Greenlight itself takes grows with it; what the SDK takes, only when somebody means it to. */
const budget = {
  '@aws-sdk/client-auto-scaling': 21,
  '@aws-sdk/client-codedeploy': 50,
  '@aws-sdk/client-elastic-load-balancing-v2': 32,
  '@aws-sdk/core': 30,
  '@aws-sdk/credential-provider-env': 1,
  '@aws-sdk/xml-builder': 4,
  '@aws/lambda-invoke-store': 3,
  '@smithy/core': 77,
  '@smithy/node-http-handler': 8,
  '@smithy/signature-v4': 10,
  '@smithy/types': 1,
  src: 95,
  valibot: 8,
}

describe('The bundle of the gate', () => {
  it('is at most 330 KB, and each part of it no larger than its budget', async () => {
    const { code, metafile } = await bundleOf('GateFunction')
    const parts = partsOf(metafile)
    expect(Object.keys(parts)).to.deep.equal(Object.keys(budget))
    for (const [part, kB] of Object.entries(budget)) expect(parts[part], part).to.be.at.most(kB * 1024)
    expect(Buffer.byteLength(code), JSON.stringify(parts)).to.be.at.most(330 * 1024)
  })
})

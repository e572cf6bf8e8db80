// Prints the checksum of each batch of one epoch: check.mjs ML CHANNEL EPOCH
import { createHash } from 'node:crypto';
import { batches } from './read.mjs';

for await (const batch of batches(...process.argv.slice(2))) {
    const bytes = array => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    const data = batch.getChild('data').data[0].children[0].values.subarray(0, batch.numRows * 1024);
    const labels = batch.getChild('labels').data[0].values.subarray(0, batch.numRows);
    console.log(createHash('sha256').update(bytes(data)).update(bytes(labels)).digest('hex'), '0');
}

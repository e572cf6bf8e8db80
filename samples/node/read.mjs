// Reads an epoch that pipe-agent writes with --emit arrow. Uses apache-arrow: node read.mjs /tmp/ml train 0
import { closeSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { RecordBatchReader } from 'apache-arrow';

/** Yields the record batches of an epoch whose pipe exists. Fails if the agent does not report the end of all bytes. */
export async function* batches(ml, channel, epoch) {
    const report = openSync(`${ml}/input/data/.${channel}_${epoch}.end`);
    const pipe = await open(`${ml}/input/data/${channel}_${epoch}`);
    try {
        let count = 0;
        const bytes = async function* () {
            for (let read; (read = await pipe.read({ buffer: Buffer.allocUnsafe(1 << 18) })).bytesRead; ) {
                count += read.bytesRead;
                yield read.buffer.subarray(0, read.bytesRead);
            }
        };
        let failure;
        try {
            yield* await RecordBatchReader.from(bytes());
        } catch (e) {
            failure = e; // the agent's report may contain the reason
        }
        for await (const _ of bytes()); // the report is complete when the pipe ends
        const end = JSON.parse(readFileSync(report, 'utf8'));
        if (end.state !== 'ended' || !end.ok || end.bytes !== count) {
            throw new Error(`${channel}_${epoch}: expected ${end.bytes} bytes, but got ${count}: ${end.error}`, { cause: failure });
        }
        if (failure) {
            throw failure;
        }
    } finally {
        closeSync(report);
        await pipe.close();
    }
}

if (import.meta.filename === process.argv[1]) {
    let rows = 0;
    for await (const batch of batches(...process.argv.slice(2))) {
        rows += batch.numRows;
    }
    console.log(`${rows} rows`);
}

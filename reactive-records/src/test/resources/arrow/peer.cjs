// Reads a stream (rebuild FROM TO) and writes its values, made anew, as another; or writes one of its own (write TO).
const fs = require('fs');
const arrow = require('apache-arrow');

const [mode, ...files] = process.argv.slice(2);
const made = (name, vector, nullable) => [new arrow.Field(name, vector.type, nullable), vector.data[0]];

function table(columns, metadata) {
    const schema = new arrow.Schema(columns.map(([field]) => field), metadata);
    const length = columns[0][1].length;
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, nullCount: 0, children: columns.map(([, data]) => data) });
    return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

const plain = value => (value && typeof value.toArray === 'function' && !ArrayBuffer.isView(value) ? Array.from(value, plain) : value);

if (mode === 'rebuild') {
    const read = arrow.tableFromIPC(fs.readFileSync(files[0]));
    const columns = read.schema.fields.map(field => {
        const vector = read.getChild(field.name);
        return made(field.name, arrow.vectorFromArray(Array.from(vector, plain), field.type), false);
    });
    fs.writeFileSync(files[1], arrow.tableToIPC(table(columns, read.schema.metadata), 'stream'));
} else {
    const columns = [
        made('word', arrow.vectorFromArray(['a', null, 'b', 'a']), true),
        made('flag', arrow.vectorFromArray([true, null, false, true]), true),
        made('text', arrow.vectorFromArray(['long enough for a view', 'b', null, ''], new arrow.LargeUtf8()), true),
        made('at', arrow.vectorFromArray([1, 2, null, 4], new arrow.TimestampMillisecond()), true),
    ];
    fs.writeFileSync(files[0], arrow.tableToIPC(table(columns), 'stream'));
}

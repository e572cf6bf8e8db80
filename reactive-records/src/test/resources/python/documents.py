"""Writes CSV documents by Python's csv, each after the fields of its rows: documents.py CASES"""

import csv
import io
import random
import struct
import sys

ALPHABET = ['a', 'b', '0', '"', '""', '\n', '\r\n', '\r', ',', ';', '\t', ' ', 'ä', '€', '\U0001f600', '\0', '\\']


def text(random):
    return ''.join(random.choice(ALPHABET) for _ in range(random.choice([0, 1, 2, 3, 5, 40])))


def put(value):
    data = value.encode()
    sys.stdout.buffer.write(struct.pack('>i', len(data)) + data)


for seed in range(int(sys.argv[1])):
    random.seed(seed)
    columns = random.randint(1, 4)
    delimiter = random.choice(',;\t')
    names = random.random() < 0.5
    rows = [[text(random).replace('\0', '') for _ in range(columns)] for _ in range(random.randint(0, 6))]
    order = list(range(columns))
    if names:
        random.shuffle(order)
    out = io.StringIO(newline='')
    end = random.choice(['\n', '\r\n'])
    # with LF at the end of records, csv leaves a CR in a field without quotes
    quoting = csv.QUOTE_MINIMAL if end == '\r\n' and random.random() < 0.7 else csv.QUOTE_ALL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    if names:
        writer.writerow(['name %d' % i for i in order])
    writer.writerows([row[i] for i in order] for row in rows)
    document = out.getvalue()
    if random.random() < 0.3 and rows:
        document = document[: -len(end)]
    if random.random() < 0.2:
        document = '\ufeff' + document
    sys.stdout.buffer.write(struct.pack('>bbii', names, ord(delimiter), columns, len(rows)))
    for row in rows:
        for field in row:
            put(field)
    put(document)

"""Writes shards of a WebDataset by Python's tarfile, each after its rows: archives.py CASES"""

import io
import random
import re
import struct
import sys
import tarfile

# as the library webdataset splits names and leaves out metadata; files that are hidden are left out here, while the
# library makes a row of those in a directory
NAME = re.compile(r'^((?:.*/|)[^.]+)[.]([^/]*)$')
META = re.compile(r'__[^/]*__($|/)')


def put(data):
    sys.stdout.buffer.write(struct.pack('>i', len(data)) + data)


def add(archive, name, data, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.type = kind
    large = archive.format != tarfile.USTAR_FORMAT
    info.mtime = random.choice([0, 1.5, 2**33 if large else 7])
    info.uid = random.choice([0, 1000, 2**21 if large else 7])
    info.uname = random.choice(['', 'ä'])
    archive.addfile(info, io.BytesIO(data))


def key(form, row):
    part = random.choice(['k', 'k_x-', 'ä', 'l' * 30, 'l' * 90])
    if form == tarfile.USTAR_FORMAT:
        part = part[:40]
    directory = random.choice(['', 'd/', 'd.e/f/', ('m' * 50 + '/') * random.randint(1, 3)])
    if form == tarfile.USTAR_FORMAT and len(directory) > 60:
        directory = 'm' * 50 + '/'
    return directory + part + str(row)


def write(form):
    out = io.BytesIO()
    archive = tarfile.open(fileobj=out, mode='w', format=form, encoding='utf-8')
    for row in range(random.randint(0, 5)):
        name = key(form, row)
        files = [(name + random.choice(['.cls', '.CLS']), str(random.randint(-1000, 1000)).encode())]
        files.append((name + random.choice(['.jpg', '.seg.png']), random.randbytes(random.choice([0, 1, 511, 512, 513, 1500]))))
        if random.random() < 0.3:
            files.append((name + '.other', b'o'))
        random.shuffle(files)
        if random.random() < 0.3:
            files.insert(0, ('README', b'r' * random.choice([0, 600])))
        if random.random() < 0.3:
            files.append((name.rpartition('/')[0] + '/.hidden.cls', b'h'))
        if random.random() < 0.2:
            files.append(('__meta__/x.cls', b'm'))
        if random.random() < 0.2:
            add(archive, 'directory.cls', b'', tarfile.DIRTYPE)
        for file in files:
            add(archive, *file)
    archive.close()
    return out.getvalue()


def rows(data):
    """The rows as Python reads them: lists of key, image and class."""
    found = []
    archive = tarfile.open(fileobj=io.BytesIO(data), encoding='utf-8')
    for member in archive:
        name = NAME.match(member.name)
        if member.name.rpartition('/')[2].startswith('.'):
            continue
        if not member.isreg() or META.match(member.name) or not name:
            continue
        if not found or found[-1][0] != name[1]:
            found.append([name[1], b'', b''])
        field = {'jpg': 1, 'seg.png': 1, 'cls': 2}.get(name[2].lower())
        if field:
            found[-1][field] = archive.extractfile(member).read()
    return found


for seed in range(int(sys.argv[1])):
    random.seed(seed)
    shard = write(random.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    found = rows(shard)
    sys.stdout.buffer.write(struct.pack('>i', len(found)))
    for row in found:
        put(row[0].encode())
        put(row[1])
        put(row[2])
    put(shard)

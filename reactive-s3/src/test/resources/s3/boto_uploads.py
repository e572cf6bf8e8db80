"""Uploads a file by boto3 with each kind of checksum, whole and in parts, to a store in this process, until stdin ends.

Prints "upload KEY" for each object, then "ready PORT".
"""
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from moto.server import ThreadedMotoServer

file = sys.argv[1]
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
client = boto3.client(
    "s3",
    endpoint_url=f"http://{host}:{port}",
    region_name="us-east-1",
    aws_access_key_id="local-identity",
    aws_secret_access_key="local-credential",
    config=Config(s3={"addressing_style": "path"}),
)
client.create_bucket(Bucket="train")
transfers = {
    "whole": TransferConfig(multipart_threshold=1 << 30),
    "parts": TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, use_threads=False),
}
for kind in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]:
    for name, transfer in transfers.items():
        key = f"{kind}-{name}"
        try:
            client.upload_file(file, "train", key, ExtraArgs={"ChecksumAlgorithm": kind}, Config=transfer)
            head = client.head_object(Bucket="train", Key=key, ChecksumMode="ENABLED")
            stated = head.get(f"Checksum{kind}")
            print("upload" if stated else "unstated", key, stated, flush=True)
        except Exception as e:  # a kind that this store or this client does not know
            print("refused", key, repr(e), flush=True)
client.upload_file(file, "train", "default-parts", Config=transfers["parts"])
print("upload default-parts", flush=True)
print("ready", port, flush=True)
sys.stdin.read()

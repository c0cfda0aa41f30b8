"""Calls operations through whatever boto3 is on the path: a JSON document a line, in and out.

In: operation, input, url, access_key_id, secret_access_key. Out: output, or error with type and
message. Times are seconds since the epoch. Runs with every boto3 since 2020.
"""

import json
import sys
from datetime import datetime
from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

SESSION = boto3.session.Session(region_name="us-east-1")


@lru_cache(maxsize=1)
def client_of(url: str, access_key_id: str, secret_access_key: str) -> Any:
    """The client of a requester; one after the other comes here with all its calls."""
    return SESSION.client(
        "mturk",
        endpoint_url=url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
    )


def carry_out(call: Any) -> dict[str, Any]:
    client = client_of(call["url"], call["access_key_id"], call["secret_access_key"])
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    try:
        if call.get("paginate"):
            pages = client.get_paginator(methods[call["operation"]]).paginate(**call["input"])
            return {"pages": [without_metadata(page) for page in pages]}
        output = getattr(client, methods[call["operation"]])(**call["input"])
    except ClientError as error:
        found = error.response["Error"]
        return {"error": {"type": found["Code"], "message": found["Message"]}}
    return {"output": without_metadata(output)}


def without_metadata(output: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in output.items() if name != "ResponseMetadata"}


def written(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(value)


for line in sys.stdin:
    print(json.dumps(carry_out(json.loads(line)), default=written), flush=True)

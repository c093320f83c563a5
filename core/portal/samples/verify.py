import base64
import hashlib
import hmac
import time


def is_genuine(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Names of headers in lower case; the body as it came, before anything parses it."""
    id_, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{id_}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    given = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(expected, signature) for signature in given)

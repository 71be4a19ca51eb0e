"""Messages of the web server: requests that it cannot read, and requests that it has no room for."""

from core.messages import Sentence

MALFORMED_REQUEST = Sentence(
    "malformed_request",
    "The request is not valid HTTP. Check the request line, the headers and the length of the body, and send it again.",
)
HEADER_TOO_SLOW = Sentence(
    "header_too_slow",
    "The headers of the request did not arrive within {seconds} seconds. Send the whole request at once.",
)
URL_TOO_LONG = Sentence(
    "url_too_long",
    "The URL is too long. Shorten the query, or request fewer columns or filters at once.",
)
HEADERS_TOO_LARGE = Sentence(
    "headers_too_large",
    "The headers of the request are too large: each may have 8,190 bytes, all together {limit_bytes:,}. Delete the "
    "cookies of this site, or send fewer headers.",
)
UNKNOWN_TRANSFER_CODING = Sentence(
    "unknown_transfer_coding",
    "The body is sent with a transfer coding that this server does not support. Send it with a Content-Length, or with "
    "Transfer-Encoding: chunked.",
)
TOO_MANY_CONNECTIONS = Sentence(
    "too_many_connections",
    "Too many connections are open, from this address or in total. Close some, and try again in a few seconds.",
)
BODY_TOO_SLOW = Sentence(
    "body_too_slow",
    "The body of the request arrived too slowly: at least {bytes_per_second:,} bytes per second are required, without "
    "a pause of {seconds} seconds. Nothing was imported. Send it again over a faster connection, or compress the file.",
)
NO_ROOM = Sentence(
    "no_room",
    "The server is busy: the request waited {seconds} seconds for its turn. Nothing was changed. Try again in a "
    "minute, or import in the background.",
)
NO_TURN = Sentence(
    "no_turn",
    "The server is busy: {count:counted request} wait for their turn already. Nothing was changed. Try again in a "
    "minute, or import in the background.",
)

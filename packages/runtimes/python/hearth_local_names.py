"""Names below `localhost` lead to this machine, as browsers and curl have it: function URLs and APIs of Hearth are called by them. The C library asks DNS
for such names, and no server knows them. https://www.rfc-editor.org/rfc/rfc6761#section-6.3"""

import _socket


def resolve_local_names():
    """From now on `socket.getaddrinfo`, with which http.client, urllib3 and asyncio look names up, finds them."""
    ask = _socket.getaddrinfo

    def getaddrinfo(host, *args, **named):
        if isinstance(host, (str, bytes)):
            name = host if isinstance(host, str) else host.decode("latin-1")
            if name.rstrip(".").lower().endswith(".localhost"):
                host = "127.0.0.1"
        return ask(host, *args, **named)

    _socket.getaddrinfo = getaddrinfo

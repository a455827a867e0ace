vcl 4.1;
# Live pieces of mingchu, each asked for once (Varnish 6 or newer); see README.md of this folder.
# Listens where only nginx reaches it: the ticket is checked there, and is no part of a piece's name here.

backend mingchu {
    .host = "127.0.0.1";
    .port = "8080";
    # a reload waits for the next part
    .first_byte_timeout = 15s;
    .between_bytes_timeout = 15s;
}

sub vcl_recv {
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405));
    }
    if (req.url !~ "^/live/[A-Za-z0-9_-]+/(staff|public)/") {
        return (synth(404));
    }
    unset req.http.Cookie;
    unset req.http.Authorization;
    # pieces have no questions, playlists only those of the protocol
    if (req.url !~ "/index\.m3u8(\?|$)") {
        set req.url = regsub(req.url, "\?.*$", "");
    } elsif (req.url !~ "\?(_HLS_(msn|part|skip)=[A-Za-z0-9]+&?)+$") {
        set req.url = regsub(req.url, "\?.*$", "");
    }
    return (hash);
}

sub vcl_hash {
    hash_data(regsub(req.url, "^/live/[^/]+/", ""));
    return (lookup);
}

sub vcl_backend_response {
    unset beresp.http.Set-Cookie;
    # nothing old is ever shown in place of what is new
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (beresp.status == 200) {
        # pieces leave the list after half a minute
        if (beresp.ttl > 60s) {
            set beresp.ttl = 60s;
        }
    } else {
        # a crowd that asks for what is not there asks once a second; uncacheable answers would be fetched one after another
        set beresp.ttl = 1s;
        set beresp.uncacheable = false;
    }
}

-- A POST of 1 kB, the same each time: wrk makes such a request once and then only sends it.
wrk.method = "POST"
wrk.body = string.rep("x", 1024)
wrk.headers["Content-Type"] = "text/plain"

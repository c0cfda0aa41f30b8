-- Sends the raw requests of a file, one after the other, over all connections of wrk.
-- The file: a decimal length, a line feed, that many bytes of one HTTP request, and so on.
-- With the argument "once" the run ends after the last request, so that none is sent twice.

local requests, count, position, send_once = {}, 0, 0, false

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    count = count + 1
    requests[count] = file:read(tonumber(length))
  end
  file:close()
  send_once = arguments[2] == "once"
end

function request()
  position = position + 1
  if position > count then
    if send_once then wrk.thread:stop() end
    position = 1
  end
  return requests[position]
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d,"refused":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, failed + summary.errors.timeout, summary.errors.status))
end

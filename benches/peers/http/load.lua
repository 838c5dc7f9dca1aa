-- Sends the requests of a file in turn: lines of headers, an empty line, then a request on each line as its method,
-- its path and its body with tabs between them. They are made before the clock runs.

local requests, nth = {}, 0

function init(args)
  local headers, is_head = {}, true
  for line in io.lines(args[1]) do
    if is_head then
      local name, value = line:match("^(.-): (.*)$")
      if name then headers[name] = value else is_head = false end
    else
      local method, path, body = line:match("^(.-)\t(.-)\t(.*)$")
      requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
    end
  end
end

function request()
  nth = nth % #requests + 1
  return requests[nth]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end

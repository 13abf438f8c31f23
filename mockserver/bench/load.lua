-- What wrk sends: the requests whose bytes stand in the files that are named behind "--", in turn; and what it tells.

local requests, turn = {}, 0

function init(files)
  for place, name in ipairs(files) do
    local file = assert(io.open(name, "rb"))
    requests[place] = file:read("*a")
    file:close()
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(("told: %d answers in %d us, %d failed\n"):format(summary.requests, summary.duration, failed))
end

-- Other ways to the server: ports beside its own, browsers.
local core = ...

local Listener = {}
Listener.__index = Listener
local RawListener = setmetatable({}, Listener)
RawListener.__index = RawListener

--- "tls_selfsigned": the same server over TLS, with a certificate that nobody trusts; "refused": nobody listens there;
--- "raw": a port of its own that answers with bytes (class RawListener).
function core.Server:listener(kind)
  if kind == "raw" then
    local number, base = core.raw_port()
    return setmetatable({ kind = kind, number = number, base = base }, RawListener)
  end
  return setmetatable({ kind = kind, base = core.listener(kind) }, Listener)
end

--- What connections get from now on: these bytes, then the end "close" (default), "reset" or "silence". With `unread` as
--- soon as they are accepted, before anything is read. Without a call each request is read, and its connection closed.
function RawListener:answer(bytes, ending, unread)
  if ending and not ({ close = true, reset = true, silence = true })[ending] then
    error("answer(): the ending is close, reset or silence, not " .. tostring(ending), 2)
  end
  core.raw_answer(self.number, bytes or "", ending or "close", unread or false)
  return self
end

--- The service document gives this listener's URLs for the service; `metadata = false`: for its data alone, so that a
--- setup goes well and a sync does not.
function Listener:serve(service, options)
  core.serve_at(service.id, self.base, not options or options.metadata ~= false)
end
function Listener:url() return self.base end

--- The server's own port again.
function core.Service:serve_here() core.serve_at(self.id, nil, false) end

--- false: browsers get no headers that let a page of another origin read an answer.
function core.Server:cors(allowed) core.cors(allowed ~= false) end

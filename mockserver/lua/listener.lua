-- Other ways to the server: ports beside its own, browsers.
local core = ...

local Listener = {}
Listener.__index = Listener

--- "tls_selfsigned": the same server over TLS, with a certificate that nobody trusts; "refused": nobody listens there.
function core.Server:listener(kind)
  return setmetatable({ kind = kind, base = core.listener(kind) }, Listener)
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

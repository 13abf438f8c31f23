-- Claims tokens that live for a while (W-7): what an identity service gives out, and when it stops to take it.
local core = ...

local Identity = {}
Identity.__index = Identity
core.classes.Identity = Identity

--- From now on requests need a token of this identity, or of another one of this server.
function core.Server:identity(options)
  local lifetime = options and options.lifetime
  core.need_tokens()
  return setmetatable({ lifetime = lifetime and core.duration(lifetime, "identity") or 0 }, Identity)
end

--- A fresh one; those before it stay good for as long as they live.
function Identity:token() return core.issue_token(self.lifetime) end

--- Whatever was given out so far is answered 401 from now on.
function Identity:expire() core.expire_tokens() end

--- The next `times` requests, or all until accept(), are answered 401 whatever they bring.
function Identity:refuse(times) core.refuse_tokens(times or -1) end
function Identity:accept() core.refuse_tokens(0) end

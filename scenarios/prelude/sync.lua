-- Running calls (startSync, cancelSync) and the scopes on which they are made.
--
-- Callbacks reach a call by its name ("s1", "c2") through `inbox`, which reads the runner's list once.
-- A call is over when its first end came, when it was refused, or when its process or instance is gone
-- (`aborted`): nobody promises an end then.
local foundry = require "foundry"
local members = require "prelude.members"
local result = require "prelude.result"
local testee = require "prelude.testee"

local sync = {}

---@class Inbox  distributes callbacks to calls; one for each scenario
local Inbox = {}
Inbox.__index = Inbox

function sync.new_inbox() return setmetatable({ seen = 0, calls = {}, strays = {} }, Inbox) end

local function is_end(callback) return callback.kind == "success" or callback.kind == "failure" end

function Inbox:poll()
  local all = runner.callbacks()
  for i = self.seen + 1, #all do
    local callback = all[i]
    local call = self.calls[callback.sync or callback.cancel]
    local list = call and call.callbacks or self.strays
    list[#list + 1] = callback
    -- From here on the same request is a new one, no repetition of an HTTP stack (NET-04).
    if callback.sync and is_end(callback) then server:sync_ended() end
  end
  self.seen = #all
end

local Call = {}
Call.__index = Call

---@return table|nil  the first end's callback
function Call:first_end()
  self.test.inbox:poll()
  for _, callback in ipairs(self.callbacks) do
    if is_end(callback) then return callback end
  end
  return nil
end

function Call:end_count()
  self.test.inbox:poll()
  local count = self.refusal and 1 or 0
  for _, callback in ipairs(self.callbacks) do
    if is_end(callback) then count = count + 1 end
  end
  return count
end

---@return boolean
function Call:ended()
  return self.refusal ~= nil or self:first_end() ~= nil
end

---Payloads of the progress events so far.
function Call:events()
  self.test.inbox:poll()
  local payloads = {}
  for _, callback in ipairs(self.callbacks) do
    if callback.kind == "progress" then payloads[#payloads + 1] = callback.payload end
  end
  return payloads
end

---Of those the ones that came before its end.
function Call:events_before_end()
  local payloads = {}
  for _, callback in ipairs(self.callbacks) do
    if is_end(callback) then break end
    if callback.kind == "progress" then payloads[#payloads + 1] = callback.payload end
  end
  return payloads
end

---Wait for the end. A call whose process was killed has the outcome "aborted".
---@return Result
function Call:wait()
  runner.wait(function() return self.aborted or self:ended() end, "the end of " .. self:describe())
  local last = self:first_end()
  return result.new {
    outcome = self.refusal and "refused" or last and last.kind or "aborted",
    payload = self.refusal and self.refusal.payload or last and last.payload or {},
    progress = self:events_before_end(), ends = self:end_count(), level = self.level, target = self.target,
  }
end

function Call:describe()
  local what = self.level == "application" and "the application" or self.level .. " " .. tostring(self.target)
  return ("%s %s of %s"):format(self.verb, self.id, what)
end

local function new_call(test, verb, id, scope)
  local call = setmetatable({
    test = test, verb = verb, id = id, level = scope.level, target = scope.target, app = scope.app,
    callbacks = {}, from = runner.now(),
  }, Call)
  test.inbox.calls[id] = call
  return call
end

local function default_callbacks(test)
  if test.claims("progress") then return { "success", "failure", "progress" } end
  return { "success", "failure" }
end

local function start_params(test, id, scope, options, how)
  local params = {
    sync = id, level = scope.level, target = scope.target,
    callbacks = foundry.array(how.callbacks or default_callbacks(test)),
  }
  if how.raw then params.optionsRaw = how.raw
  elseif not how.absent then
    if options == nil then options = {} end
    params.options = options
  end
  return params
end

-- What the options say, as far as they can be read: for the bound of the batches.
local function readable_options(params)
  if type(params.options) == "table" and params.options ~= foundry.null then return params.options end
  local ok, decoded = pcall(foundry.decode, params.optionsRaw or "")
  return ok and type(decoded) == "table" and decoded or {}
end

local function refusal_of(answer)
  if type(answer) == "table" and answer.refused == true then return { payload = answer.payload or {} } end
  return nil
end

local HOW = { callbacks = true, raw = true, absent = true }

---@param scope {app: table, level: string, target?: string}
function sync.start(test, scope, options, how)
  local id = "s" .. (#test.syncs + 1)
  local params = start_params(test, id, scope, options, members.read(how, HOW, "sync(options, how)"))
  local call = new_call(test, "sync", id, scope)
  call.options, call.token = readable_options(params), scope.app.token
  test.syncs[#test.syncs + 1] = call
  local answer = testee.call("startSync", params)
  call.refusal, call.returned = refusal_of(answer), runner.now()
  if answer == testee.KILLED then call.aborted = true end
  return call
end

function sync.cancel(test, scope)
  test.cancels = test.cancels + 1
  local id = "c" .. test.cancels
  local call = new_call(test, "cancel", id, scope)
  if testee.call("cancelSync", { cancel = id, level = scope.level, target = scope.target }) == testee.KILLED then
    call.aborted = true
  end
  return call
end

---@return boolean
function sync.is_any_running(test)
  for _, call in ipairs(test.syncs) do
    if not call.aborted and not call:ended() then return true end
  end
  return false
end

---The process or the instance of an app is gone: its running calls have no end any more.
function sync.abort_all(test, app)
  for _, call in pairs(test.inbox.calls) do
    if call.app == app and not call:ended() then call.aborted = true end
  end
end

---@class Scope  an application, a service or an object of an app
local Scope = {}
Scope.__index = Scope

function sync.scope(app, level, target)
  return setmetatable({ app = app, level = level, target = target }, Scope)
end

---@return Sync running
function Scope:start(options, how)
  self.app:activate()
  return sync.start(self.app.test, self, options, how)
end

---@return Result
function Scope:sync(options, how) return self:start(options, how):wait() end

---@return Sync  whose wait() gives cancelSync's own outcome
function Scope:cancel()
  self.app:activate()
  return sync.cancel(self.app.test, self)
end

---Undo what is not uploaded yet; at object level of one row, when a key is given.
function Scope:rollback(record_or_key) return self.app:undo("rollback", self, record_or_key) end
function Scope:clear() return self.app:undo("clearOfflineData", self) end

return sync

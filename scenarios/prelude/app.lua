-- An instance of the SDK over a storage of its own, driven through the testee protocol.
--
-- A testee has one open instance at a time. An app opens at its first call; when several are used in
-- turn, the one that must give way is closed, and set up again (without network) when it comes back.
-- Every tracked edit that the testee reported as saved is in `model` (UPL-12).
local diary = require "prelude.diary"
local foundry = require "foundry"
local keys = require "prelude.keys"
local members = require "prelude.members"
local model = require "prelude.model"
local place = require "prelude.place"
local result = require "prelude.result"
local rows = require "prelude.rows"
local schema = require "prelude.schema"
local sync = require "prelude.sync"
local testee = require "prelude.testee"
local values = require "prelude.values"

local app = {}

local App = {}
App.__index = App

local DEFAULT_TOKEN = "conformance-token"
-- Below the runner's limit for a testee that does nothing: a client that can never pass a barrier or a gate
-- ends by its own clock, and the scenario turns red with a reason instead of "testee hung".
local DEFAULT_TIMEOUT_MS = 20000

local function token_of(options)
  if options.claims_token == false then return nil end
  return options.claims_token or DEFAULT_TOKEN
end

local function timeout_of(test, options)
  local limits = runner.hello.limits or {}
  local wanted = options.timeout or test.definition.timeout or DEFAULT_TIMEOUT_MS
  return limits.fixedNetworkTimeoutMs or math.max(wanted, limits.minNetworkTimeoutMs or 0)
end

local OPTIONS = { name = true, claims_token = true, timeout = true, edit_document = true }

---@param options? {name?: string, claims_token?: string|false, timeout?: integer, edit_document?: fun(doc: table)}
function app.new(test, options)
  options = members.read(options, OPTIONS, "t:app()")
  local name = options.name or "app" .. (#test.apps + 1)
  local made = setmetatable({
    test = test, name = name, storage = runner.storage((name:gsub("[^%w_-]", "-"))),
    token = token_of(options), first_token = token_of(options), timeout = timeout_of(test, options),
    edit_document = options.edit_document, model = model.new(), diary = diary.new(), ranges = {}, tokens = {}, online = true,
  }, App)
  made.opened = test.storages[made.storage] ~= nil
  test.storages[made.storage] = true
  made.tokens[made.token or ""] = true
  test.apps[#test.apps + 1] = made
  return made
end

-- ---- instances ----

local function document_for(self)
  local document = runner.document()
  if self.edit_document then self.edit_document(document) end
  self.document = document
  return document
end

-- What a process sent before it was killed may arrive afterwards: it is the last instance's until the next one opens.
local function end_ranges(test)
  for _, each in ipairs(test.apps) do
    local range = each.ranges[#each.ranges]
    if range and not range.to then range.to = runner.now() end
  end
end

local function open(self)
  end_ranges(self.test)
  testee.call("open", {
    storage = self.storage, fresh = not self.opened, serviceUrl = runner.base_url(),
    serviceDocument = document_for(self), appKey = "conformance-key", appSecret = "conformance-secret",
    claimsToken = self.token or foundry.null, networkTimeoutMs = self.timeout,
  })
  self.opened = true
  self.test.current = self
  self.ranges[#self.ranges + 1] = { from = runner.now() }
end

-- The instance is gone, by close or by kill.
local function leave(self)
  sync.abort_all(self.test, self)
  if self.test.current == self then self.test.current = nil end
end

local function shut(self)
  if self.test.current ~= self then return end
  testee.call("close")
  leave(self)
end

---Make this app the open one.
function App:activate()
  local current = self.test.current
  if current == self then return self end
  if current then shut(current) end
  open(self)
  if self.ready then self:setup(self.setup_options) end
  return self
end

-- A missing prerequisite is a failure: the requirement under which each is judged.
local PREREQUISITE = {
  setup = "SET-01", incrementalSetup = "SET-03", reset = "SET-02", drop = "SET-02", create = "UPL-03", update = "UPL-03", delete = "UPL-03",
  get = "LOC-01", getPendingRecordsForUpload = "LOC-01", markForUpload = "UPL-04", rollback = "LOC-03",
  clearOfflineData = "LOC-04",
}

---A call that must work for the scenario to go on. Returns its payload.
local function must(outcome, method, object)
  if outcome.outcome == "success" then return outcome.payload end
  local what = method .. (object and " of " .. object or "")
  runner.check {
    id = PREREQUISITE[method], ok = false, message = what .. " did not work", expected = "success",
    actual = outcome:describe(), where = place.of_author(),
  }
  error(what .. " did not work: " .. outcome:describe(), 0)
end

local CHANGES_SCHEMA = { setup = true, incrementalSetup = true, reset = true, drop = true }

local function call(self, method, params)
  self:activate()
  local answer = testee.call(method, params)
  if answer == testee.KILLED then return result.new { outcome = "aborted", payload = {} } end
  if CHANGES_SCHEMA[method] and not sync.is_any_running(self.test) then
    server:sync_ended() -- its requests are over: the next ones are no repetitions of an HTTP stack (NET-04)
  end
  return result.new { outcome = answer.outcome, payload = answer.payload or {} }
end

---@return Result
function App:try_setup(options)
  local outcome = call(self, "setup", { options = options or {} })
  if outcome.outcome == "success" then self.ready, self.setup_options, self.schema = true, options, nil end
  return outcome
end

---Set up and demand that it works. Returns the app.
function App:setup(options)
  self.ready = false -- so that opening does not set up a second time
  must(self:try_setup(options), "setup")
  return self
end

function App:incremental_setup(options)
  must(self:attempt("incrementalSetup", { options = options or {} }), "incrementalSetup")
  return self
end

---Empty the tables, or remove them altogether: no edit of before is a promise any more (W-51).
local function start_over(self, method, options)
  must(self:attempt(method, { options = options or {} }), method)
  local function everything() return true end
  self.model:forget(everything)
  self.diary:forget(everything)
  return self
end

function App:reset(options) return start_over(self, "reset", options) end

function App:drop(options)
  start_over(self, "drop", options)
  self.ready = false
  return self
end

function App:close()
  shut(self)
  self.ready = false
end

---Close the SDK and open it over the same storage, setup included.
function App:restart()
  local options = self.setup_options
  shut(self)
  return self:setup(options)
end

function App:kill()
  runner.kill()
  leave(self)
end

---Kill the process when a rule's point is reached, for example organization:on_upload():stored().
function App:kill_at(point)
  point:at(function()
    runner.kill()
    leave(self)
  end)
end

function App:alive() return runner.alive() end

---Start the process again over the same storage, setup included.
function App:revive()
  if runner.alive() then
    local message = "the point at which the process was to end was never reached"
    runner.check { ok = false, message = message, expected = "reached", actual = "never", where = place.of_author() }
    error(message, 0)
  end
  runner.revive()
  return self:setup(self.setup_options)
end

---@param params {token: string|nil, next?: string, error?: any}
function App:set_claims_token(params)
  self:activate()
  self.token = params.token ~= foundry.null and params.token or nil
  for _, token in ipairs { params.token or "", params.next or "" } do
    if type(token) == "string" then self.tokens[token] = true end
  end
  testee.call("setClaimsToken", { token = params.token or foundry.null, next = params.next, error = params.error })
end

function App:set_network(online)
  self:activate()
  self.online = online
  testee.call("setNetwork", { online = online })
end

-- ---- syncs ----

function App:service(name) return sync.scope(self, "objectService", name) end
function App:object(name) return sync.scope(self, "object", name) end
function App:start(options, how) return sync.scope(self, "application"):start(options, how) end
function App:sync(options, how) return self:start(options, how):wait() end
function App:rollback() return self:undo("rollback", sync.scope(self, "application")) end

-- ---- keys ----

---What the metadata says about all objects: read once after each call that may have fetched it.
function App:known()
  self.schema = self.schema or schema.read(server:requests())
  return self.schema
end

function App:describe(object)
  return self:known()[object] or { name = object, key = {}, datatypes = {}, children = {} }
end

local function has_row(self, object, described, key)
  for _, row in ipairs(self:rows(object)) do
    if values.covers(key, row, described.datatypes) then return true end
  end
  return false
end

---The key under which the app has the row now: generated keys replace temporary ones (W-34).
function App:key_now(object, record_or_key)
  local described = self:describe(object)
  local key = keys.pick(described.key, record_or_key)
  if not keys.is_temporary(described, key) then return key end
  local given = keys.generated(described, key[described.generated], server:requests(), self.ranges)
  if #given == 0 or has_row(self, object, described, key) then return key end
  local now = {}
  for column, value in pairs(key) do now[column] = value end
  now[described.generated] = given[#given]
  self.model:rekey(object, described.key, key, now)
  return now
end

-- ---- local calls ----

local function plain(record)
  return rows.new({ type(record) == "table" and record or {} })[1]
end

-- Deletes that cascade take children along, and theirs: those objects' edits are no promise any more.
local function leave_children_out(self, described, seen)
  for _, child in ipairs(described.children) do
    if not seen[child] then
      seen[child] = true
      self.model:leave_out(child, "a delete of " .. described.name .. " may have taken its rows along")
      self.diary:edit { action = "delete", object = child }
      leave_children_out(self, self:describe(child), seen)
    end
  end
end

local function has_condition(options)
  return options and (options.whereCondition ~= nil or options.whereConditionAsAString ~= nil)
end

-- A row that was created here may be edited under its generated key: it is still that row.
local function recognize(self, described, key)
  if not described.generated or keys.is_temporary(described, key) then return end
  local requests = server:requests()
  for _, entry in ipairs(self.model.order) do
    if entry.object == described.name and keys.is_temporary(described, entry.key) then
      for _, given in ipairs(keys.generated(described, entry.key[described.generated], requests, self.ranges)) do
        if values.equal(given, key[described.generated], "number") then
          return self.model:rekey(described.name, described.key, entry.key, key)
        end
      end
    end
  end
end

---Remember an edit that the testee reported as saved.
local function remember(self, action, params, described, key)
  local options = type(params.options) == "table" and params.options ~= foundry.null and params.options or nil
  local record = type(params.record) == "table" and params.record ~= foundry.null and params.record or nil
  local by_condition = not key or has_condition(options) or next(key) == nil
  self.diary:edit {
    action = action, object = params.object, key = not by_condition and key or nil,
    values = action ~= "delete" and record or nil, options = options,
  }
  if by_condition then
    if model.is_tracked(options) then
      self.model:leave_out(described.name, "rows were edited by a condition")
    end
    return
  end
  recognize(self, described, key)
  self.model:record {
    action = action, object = described.name, columns = described.key, key = key,
    values = action ~= "delete" and params.record or nil, options = options,
  }
  if action == "delete" then leave_children_out(self, described, {}) end
end

local EDITS = { create = true, update = true, delete = true }

local function key_of_edit(described, params, outcome, method)
  if method == "create" then return keys.pick(described.key, outcome.payload) end
  local options = params.options
  if type(options) == "table" and type(options.primaryKeys) == "table" then return options.primaryKeys end
  return params.record and keys.pick(described.key, params.record)
end

---Any call of the protocol that may fail. Edits that work are remembered for the drain.
---@return Result
function App:attempt(method, params)
  params = params or {}
  local outcome = call(self, method, params)
  if outcome.outcome == "aborted" and EDITS[method] then self.diary:edit { action = method, object = params.object } end
  if outcome.outcome ~= "success" then return outcome end
  if CHANGES_SCHEMA[method] then self.schema = nil end
  if EDITS[method] then
    local described = self:describe(params.object)
    remember(self, method, params, described, key_of_edit(described, params, outcome, method))
  elseif method == "markForUpload" then
    self.model:mark(params.object, type(params.options) == "table" and params.options.primaryKeys or nil)
  end
  return outcome
end

local function with_key(options, key)
  local merged = { primaryKeys = key }
  for name, value in pairs(options or {}) do merged[name] = value end
  return merged
end

---@return table  the created record, which serves as key in later calls
function App:create(object, record, options)
  local outcome = self:attempt("create", { object = object, record = record, options = options or {} })
  return plain(must(outcome, "create", object))
end

function App:update(object, record_or_key, changes, options)
  local key = self:key_now(object, record_or_key)
  local params = { object = object, record = changes, options = with_key(options, key) }
  return must(self:attempt("update", params), "update", object)
end

function App:delete(object, record_or_key, options)
  local key = self:key_now(object, record_or_key)
  return must(self:attempt("delete", { object = object, options = with_key(options, key) }), "delete", object)
end

---Deferred edits are to go with the next sync (UPL-04); of one row, or of the whole object.
function App:mark(object, record_or_key)
  local options = foundry.null
  if record_or_key ~= nil then options = { primaryKeys = self:key_now(object, record_or_key) } end
  return must(self:attempt("markForUpload", { object = object, options = options }), "markForUpload", object)
end

---@return Rows  as `get` answers
function App:get(object, options)
  local payload = must(call(self, "get", { object = object, options = options or foundry.null }), "get", object)
  if options == nil then self.diary:read(object, payload) end -- options may leave columns out
  return rows.new(payload, self:describe(object).datatypes)
end

---@return table[]  keys of the rows with tracked edits (LOC-01)
function App:pending(object, options)
  local params = { object = object, options = options or foundry.null }
  local payload = must(call(self, "getPendingRecordsForUpload", params), "getPendingRecordsForUpload", object)
  return rows.new(payload.pendingSyncRecords or {}, self:describe(object).datatypes)
end

---@return Rows  a snapshot: what an app would read
function App:rows(object)
  self:activate()
  local answer = testee.call("snapshot", { objects = foundry.array { object } })
  if answer == testee.KILLED then return rows.new {} end
  self.diary:read(object, answer.objects[object] or {})
  return rows.new(answer.objects[object] or {}, self:describe(object).datatypes)
end

-- ---- undoing ----

local function covered_objects(self, scope)
  if scope.level == "application" then return function() return true end end
  if scope.level ~= "objectService" then return function(object) return object == scope.target end end
  local known = self:known()
  return function(object) return known[object] and known[object].service == scope.target end
end

---rollback or clearOfflineData of a scope, or of one row; it must work.
function App:undo(method, scope, record_or_key)
  local params, key = { level = scope.level, target = scope.target }, nil
  if record_or_key ~= nil then
    key = self:key_now(scope.target, record_or_key)
    params.level, params.primaryKeys = "record", key
  end
  must(call(self, method, params), method, scope.target)
  local covers = covered_objects(self, scope)
  self.model:forget(covers, key)
  self.diary:forget(covers)
  return self
end

---The edits of a row are nobody's promise any more: a download is about to overrule them (OPT-16).
function App:give_up(object, record_or_key)
  self.model:give_up(object, self:key_now(object, record_or_key))
  self.diary:forget(function(name) return name == object end)
  return self
end

return app

-- `t`: what a scenario's function gets. Its members are functions, so authors write t.expect(…), t:app().
local app = require "prelude.app"
local codes = require "prelude.codes"
local expectation = require "prelude.expectation"
local sync = require "prelude.sync"
local testee = require "prelude.testee"

local test = {}

local function capabilities()
  local claimed = {}
  for _, name in ipairs(runner.hello.capabilities or {}) do claimed[name] = true end
  return claimed
end

-- Checks, words for the report.
local function add_words(t)
  function t.expect(value, id) return expectation.new(value, id or t.first_id) end
  function t.wait(condition, what) runner.wait(condition, what or "a condition of the scenario") end
  function t.note(line) runner.note(line) end
  function t.outcome(id, name) runner.outcome(id, name) end
  function t.skip(reason) runner.skip(reason) end
  function t.no_drain(reason) t.drain_left_out = assert(reason, "t.no_drain needs a reason") end
  function t.may_double(reason) t.double_allowed = assert(reason, "t.may_double needs a reason") end
end

---One case of several: when a value of it has no form in this API, this case alone is left out.
local function add_case(t)
  function t.case(title, run)
    testee.cases, testee.no_form = testee.cases + 1, nil
    local ok, problem = runner.pcall(run)
    testee.cases = testee.cases - 1
    if ok then return end
    if not testee.no_form then error(problem, 0) end
    runner.note(("case \"%s\" left out: %s"):format(title, testee.no_form))
    testee.no_form = nil
  end
end

-- A port whose network time-out is long and not ours to set gets its time-outs as HTTP 504, save in the scenario
-- that is tagged so. (Its waits at barriers are for clients that never pass them.)
local LONG_MS, REAL = 5000, "real-timeout"

local function has_long_timeout()
  local limits = runner.hello.limits or {}
  return math.max(limits.fixedNetworkTimeoutMs or 0, limits.minNetworkTimeoutMs or 0) > LONG_MS
end

local function shorten_hangs(definition)
  if not has_long_timeout() then return end
  for _, tag in ipairs(definition.tags or {}) do
    if tag == REAL then return end
  end
  server:hang_as(504)
  codes.time_outs_are_answers()
end

---@param definition table  what the scenario declares
function test.new(definition)
  local claimed = capabilities()
  local t = {
    definition = definition, first_id = (definition.covers or {})[1],
    server = server, clock = server.clock, profile = runner.profile,
    apps = {}, syncs = {}, cancels = 0, storages = {}, inbox = sync.new_inbox(),
  }
  function t.claims(name) return claimed[name] == true end
  shorten_hangs(definition)
  server.wait_until = runner.wait -- a gate that is never reached ends with the run's limit or the testee
  function t.gate(name) return server:gate(name) end
  function t.app(self, options) return app.new(self, options) end
  add_words(t)
  add_case(t)
  return t
end

return test

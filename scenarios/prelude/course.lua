-- The course of one scenario: the author's function, then the drain, the closing, and the rules.
local drain = require "prelude.drain"
local expectation = require "prelude.expectation"
local rules = require "prelude.rules"
local schema = require "prelude.schema"
local test = require "prelude.test"

local course = {}

-- Syncs that the script left running end now: every fault is lifted, so each has to.
local function settle(t)
  runner.lift_all()
  for _, sync in ipairs(t.syncs) do
    if not sync.aborted and runner.alive() then
      sync.must_end = true
      sync:wait()
    end
  end
end

local function tokens_of(t)
  local tokens = {}
  for _, app in ipairs(t.apps) do
    for token in pairs(app.tokens) do
      if token ~= "" then tokens[token] = true end
    end
    if not app.first_token then return {} end -- it may have sent without one
  end
  return tokens
end

-- What the mock found against the wire rules, each sentence once.
local function note_findings(requests)
  local told = {}
  for _, request in ipairs(requests) do
    for _, finding in ipairs(request.findings or {}) do
      if not told[finding] then runner.note(("request #%d: %s"):format(request.seq, finding)) end
      told[finding] = true
    end
  end
end

local function judge(t)
  t.inbox:poll()
  local requests = server:requests()
  rules.observe {
    syncs = t.syncs, requests = requests, tokens = tokens_of(t), schema = schema.read(requests), apps = t.apps,
    may_double = t.double_allowed,
  }
  note_findings(requests)
end

local function demand_checks()
  local where = expectation.unasked()
  if where then error(where .. ": t.expect(…) without a check behind it proves nothing", 0) end
end

local current

---A failed check ends the run inside the runner: nothing here comes after it.
function course.run(definition)
  local t = test.new(definition)
  current = t
  definition.run(t)
  demand_checks()
  settle(t)
  drain.run(t)
  if t.current then t.current:close() end
  judge(t)
end

---After a failed check: the rules are judged by what was seen until then (R-3). No call reaches the testee any more.
function course.judge_what_was_seen()
  if current then judge(current) end
end

return course

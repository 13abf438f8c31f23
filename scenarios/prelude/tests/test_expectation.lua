-- Each expectation can pass and can fail, and says what it expected.
local tests = {}

local function expect(value) return require("prelude.expectation").new(value, "API-01") end

local function outcome(fields)
  fields.payload = fields.payload or {}
  return require("prelude.result").new(fields)
end

-- method, arguments, values that pass, values that fail
local VALUES = {
  { "equals", { 5 }, { 5, "5.0" }, { 6 } },
  { "equals", { { { Name = "A" } } }, { { { Name = "A", Id = 1 } } }, { {}, { { Name = "B" } }, { { Name = "A" }, { Name = "A" } } } },
  { "equals", { {} }, { {} }, { { {} } } },
  { "equals", { { "a", "b" } }, { { "a", "b" } }, { { "b", "a" }, { "a" } } },
  { "differs_from", { 5 }, { 6 }, { 5, "5" } },
  { "is_true", {}, { true }, { false, 1 } },
  { "is_false", {}, { false }, { true, 0 } },
  { "satisfies", { function(value) return value > 1 end, "more than one" }, { 2 }, { 1 } },
  { "count", { 2 }, { { 1, 2 }, { a = 1, b = 2 }, "ab" }, { {}, { 1 }, 7 } },
  { "at", { 2 }, { { 1, 2 }, { 1, 2, 3 } }, { {}, { 1 } } },
  { "contains", { "b" }, { "abc", { "a", "b" }, { b = 1 } }, { "ac", { "a" }, { a = 1 }, 5 } },
  { "contains", { { Name = "A" } }, { { { Name = "B" }, { Name = "A", Id = 1 } }, { Name = "A", Id = 1 } }, { { { Name = "B" } }, {} } },
}

for number, row in ipairs(VALUES) do
  tests[row[1] .. " passes and fails, case " .. number] = function(case)
    for _, value in ipairs(row[3]) do
      case.verdict(true, function() expect(value)[row[1]](expect(value), table.unpack(row[2])) end)
    end
    for _, value in ipairs(row[4]) do
      local check = case.verdict(false, function() expect(value)[row[1]](expect(value), table.unpack(row[2])) end)
      case.equal(check.id, "API-01")
      case.ok(check.expected and check.actual and #check.message > 0, "a failed check says what and why")
    end
  end
end

tests["at gives the element"] = function(case)
  case.equal(expect({ "a", "b" }):at(2), "b")
end

tests["is_nil passes and fails"] = function(case)
  case.verdict(true, function() expect(nil):is_nil() end)
  case.verdict(true, function() expect(require("foundry").null):is_nil() end)
  case.verdict(false, function() expect(0):is_nil() end)
end

tests["one_of names the outcome"] = function(case)
  local named = { documented = 1, web = function(value) return value == 2 end }
  case.verdict(true, function() expect(1):one_of(named) end)
  case.equal(runner.outcomes["API-01"], "documented")
  case.verdict(true, function() expect(2):one_of(named) end)
  case.equal(runner.outcomes["API-01"], "web")
  case.equal(case.verdict(false, function() expect(3):one_of(named) end).expected, "documented or web")
end

tests["succeeds and fails look at the outcome"] = function(case)
  case.verdict(true, function() expect(outcome { outcome = "success" }):succeeds() end)
  case.verdict(false, function() expect(outcome { outcome = "failure" }):succeeds() end)
  case.verdict(true, function() expect(outcome { outcome = "failure" }):fails() end)
  case.verdict(false, function() expect(outcome { outcome = "refused" }):fails() end)
  case.verdict(false, function() expect(outcome { outcome = "success" }):fails() end)
  case.ok(not pcall(function() expect(5):succeeds() end), "a value that is no result is the author's error")
end

tests["fails_with takes codes, lists and classes"] = function(case)
  local timeout = outcome { outcome = "failure", payload = { code = 2031 } }
  for _, wanted in ipairs { 2031, { 2038, 2031 }, "timeout", "network" } do
    case.verdict(true, function() expect(timeout):fails_with(wanted) end)
  end
  for _, wanted in ipairs { 2032, { 2038 }, "server", "options" } do
    case.verdict(false, function() expect(timeout):fails_with(wanted) end)
  end
  local refused = outcome { outcome = "refused", payload = { code = 2031 } }
  case.verdict(false, function() expect(refused):fails_with(2031) end)
  case.ok(not pcall(function() expect(timeout):fails_with("nonsense") end), "an unknown class is the author's error")
end

tests["fails_with at application level wants the code of every service that failed"] = function(case)
  local function application(codes)
    local map = {}
    for i, code in ipairs(codes) do map["S" .. i] = { code = code } end
    return outcome { outcome = "failure", payload = { code = 2460, failureResponse = map }, level = "application" }
  end
  case.verdict(true, function() expect(application { 2031, 2032 }):fails_with("timeout") end)
  case.verdict(false, function() expect(application { 2031, 2038 }):fails_with("timeout") end)
  case.verdict(false, function() expect(application {}):fails_with("timeout") end)
  case.verdict(true, function() expect(application { 2031 }):fails_with(2460) end)
end

tests["refused_or_fails takes either, with or without a code"] = function(case)
  for _, how in ipairs { "refused", "failure" } do
    local ended = outcome { outcome = how, payload = { code = 2461 } }
    case.verdict(true, function() expect(ended):refused_or_fails() end)
    case.verdict(true, function() expect(ended):refused_or_fails(2461) end)
    case.verdict(false, function() expect(ended):refused_or_fails(2482) end)
  end
  case.verdict(false, function() expect(outcome { outcome = "success" }):refused_or_fails() end)
end

tests["has_ids numbers the cache ids in the order of first sight"] = function(case)
  local requests = { { seq = 1, cache_id = "x" }, { seq = 2, cache_id = "x" }, { seq = 3, cache_id = "y" }, { seq = 4 } }
  case.verdict(true, function() expect(requests):has_ids { 1, 1, 2, 0 } end)
  local check = case.verdict(false, function() expect(requests):has_ids { 1, 2, 2, 0 } end)
  case.equal(check.expected, "1, 2, 2, 0")
  case.ok(check.actual:find("1, 1, 2, 0", 1, true) and check.actual:find("#3", 1, true))
end

tests["has_sizes counts the records of each upload"] = function(case)
  local requests = { { seq = 1, records = { {}, {} } }, { seq = 2, records = { {} } } }
  case.verdict(true, function() expect(requests):has_sizes { 2, 1 } end)
  case.verdict(false, function() expect(requests):has_sizes { 2 } end)
  case.verdict(false, function() expect(requests):has_sizes { 1, 2 } end)
end

tests["in_order wants all of one list before all of the next"] = function(case)
  local early, late, mixed = { { seq = 1 }, { seq = 2 } }, { { seq = 5 } }, { { seq = 0 }, { seq = 9 } }
  case.verdict(true, function() expect(early):in_order(late) end)
  case.verdict(true, function() expect(early):in_order(late, {}) end)
  case.verdict(false, function() expect(late):in_order(early) end)
  case.verdict(false, function() expect(early):in_order(mixed) end)
end

tests["disjoint wants intervals that do not overlap"] = function(case)
  local one = { { seq = 1, ended = 2 }, { seq = 3, ended = 4 } }
  local two, inside, endless = { { seq = 5, ended = 9 } }, { { seq = 2, ended = 3 } }, { { seq = 0 } }
  case.verdict(true, function() expect({ two, one, {} }):disjoint() end)
  case.verdict(false, function() expect({ one, inside }):disjoint() end)
  case.verdict(false, function() expect({ one, endless }):disjoint() end)
end

tests["sends_nothing counts uploads and downloads, and nothing else"] = function(case)
  case.verdict(true, function() expect(function() server:add { kind = "metadata" } end):sends_nothing() end)
  case.verdict(false, function() expect(function() server:add { kind = "download" } end):sends_nothing() end)
end

return tests

-- Results are read in one way for the three APIs, and the payload stays as it came.
local tests = {}

local org = { status = 0, objectServiceName = "Org", syncStats = { totalUploadedRecords = 3 } }
local sales = { code = 2031, message = "no answer", syncErrors = { upload = { { object = "Note", opstatus = 7 } } } }

-- The same application failure as the three APIs give it.
local function failures()
  return {
    js = { code = 2460, message = "m", successResponse = { Org = org }, failureResponse = { Sales = sales } },
    java = { code = 2460, message = "m", userInfo = { successResponse = { Org = org }, failureResponse = { Sales = sales } } },
    objc = { code = 2460, userInfo = {
      localizedDescription = "m", successResponse = { Org = org },
      failureResponse = { Sales = { code = 2031, userInfo = { localizedDescription = "no answer", syncErrors = sales.syncErrors } } },
    } },
  }
end

tests["services are found wherever the API puts them"] = function(case)
  local result = require "prelude.result"
  for api, payload in pairs(failures()) do
    local outcome = result.new { outcome = "failure", payload = payload, level = "application" }
    case.equal(outcome.code, 2460, api)
    case.equal(outcome:message(), "m", api)
    local _, how = outcome:service("Sales")
    case.equal(how, "failure", api)
    case.equal(select(2, outcome:service("Org")), "success", api)
    case.equal(outcome:service("Other"), nil, api)
    case.equal(outcome:of("Sales").code, 2031, api)
    case.equal(outcome:of("Sales"):message(), "no answer", api)
    case.equal(outcome:of("Other").outcome, "missing", api)
    case.equal(outcome:stats("Org").totalUploadedRecords, 3, api)
    local errors = outcome:sync_errors()
    case.equal(#errors, 1, api)
    case.equal(errors[1].direction .. " " .. errors[1].service .. " " .. errors[1].object, "upload Sales Note", api)
    case.equal(outcome.payload, payload, api .. ": untouched")
  end
end

tests["a service's own result is that service's"] = function(case)
  local result = require "prelude.result"
  local outcome = result.new { outcome = "success", payload = org, level = "objectService", target = "Org" }
  case.equal(select(2, outcome:service("Org")), "success")
  case.equal(outcome:service("Sales"), nil)
  case.equal(outcome:stats().totalUploadedRecords, 3)
end

tests["codes are numbers, or nothing"] = function(case)
  local result = require "prelude.result"
  local function code(payload) return result.new({ outcome = "failure", payload = payload }).code end
  case.equal(code { code = 2031 }, 2031)
  case.equal(code { code = "2031" }, 2031)
  case.equal(code { code = "x" }, nil)
  case.equal(code { code = {} }, nil)
  case.equal(code "text", nil)
  case.equal(result.new({ outcome = "success", payload = { code = 1 } }).code, nil)
end

tests["a flat list of sync errors is read too"] = function(case)
  local result = require "prelude.result"
  local outcome = result.new { outcome = "failure", payload = { syncErrors = { { object = "A" }, { object = "B" } } } }
  case.equal(#outcome:sync_errors(), 2)
  case.equal(outcome:sync_errors()[1].direction, nil)
end

tests["another page's names are told, not taken"] = function(case)
  local result = require "prelude.result"
  local outcome = result.new { outcome = "success", payload = { applicationSyncSuccessResponse = { Org = org } } }
  case.equal(next(outcome:successes()), nil)
  case.ok(runner.notes[1]:find("applicationSyncSuccessResponse", 1, true))
end

return tests

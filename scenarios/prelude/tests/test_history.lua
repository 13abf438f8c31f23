-- The lines of random histories: what a port does not claim stands in none of them.
local tests = {}

local STEP = { app = "app", level = "application", uploadBatchSize = 2 }

tests["an application sync has options for the services of its history alone"] = function(case)
  local syncs = require "lib.history_syncs"
  local all = { Orders = true, Organization = true, Sales = true }
  case.equal(syncs.call(STEP, "sync", all),
    "app:sync { objectServicesOptions = { Orders = { uploadBatchSize = 2 }, Organization = { uploadBatchSize = 2 }, Sales = { uploadBatchSize = 2 } } }")
  case.equal(syncs.call(STEP, "start", { Sales = true }), "app:start { objectServicesOptions = { Sales = { uploadBatchSize = 2 } } }")
  case.equal(syncs.call(STEP, "sync", {}), "app:sync()")
end

return tests

-- syncMode: one service after the other, or all at once (OPT-02, OPT-03).
-- Parallelism is proved by a barrier that lets nobody pass before all have asked, sequence by the journal.
local foundry = require "foundry"
local company = require "lib.company"

---Two services, each with three pages to fetch. Returns both and the options that make the pages.
local function two_services(t, mode)
  local organization, employees = company.organization(t)
  local sales, notes = company.sales(t)
  company.hire(employees, 3)
  notes:insert { { Id = "a", Text = "one" }, { Id = "b", Text = "two" }, { Id = "c", Text = "three" } }
  local options = {
    syncMode = mode,
    objectServicesOptions = { Organization = { downloadBatchSize = 1 }, Sales = { downloadBatchSize = 1 } },
  }
  return organization, sales, options
end

local function expect_parallel(t, mode)
  local organization, sales, options = two_services(t, mode)
  local barrier = t.server:barrier({ organization, sales }, "download")
  local app = t:app():setup()
  local result = app:sync(options)
  t.expect(barrier:released()):is_true("each service asked while the other one was waiting")
  t.expect(result):succeeds()
  t.expect(#app:rows("Employee")):equals(3)
  t.expect(#app:rows("Note")):equals(3)
end

local function expect_sequential(t, mode)
  local organization, sales, options = two_services(t, mode)
  organization:on_download():linger(20)
  sales:on_download():linger(20)
  local app = t:app():setup()
  t.expect(app:sync(options)):succeeds()
  t.expect({ company.traffic(organization), company.traffic(sales) }):disjoint()
  t.expect(#app:rows("Employee")):equals(3)
  t.expect(#app:rows("Note")):equals(3)
end

scenario "syncMode parallel syncs two services at the same time" {
  covers = { "OPT-02" },
  run = function(t) expect_parallel(t, "parallel") end,
}

scenario "syncMode sequential syncs one service after the other" {
  covers = { "OPT-02" },
  run = function(t) expect_sequential(t, "sequential") end,
}

scenario "without a syncMode services are synced in parallel" {
  covers = { "OPT-02" },
  run = function(t) expect_parallel(t, nil) end,
}

scenario "syncMode sequential holds for the next sync only when it is given again" {
  covers = { "OPT-02" },
  run = function(t)
    local organization, sales, options = two_services(t, "sequential")
    local app = t:app():setup()
    t.expect(app:sync(options)):succeeds()
    t.expect({ company.traffic(organization), company.traffic(sales) }):disjoint()

    local barrier = t.server:barrier({ organization, sales }, "download")
    local second = app:sync()
    t.expect(barrier:released()):is_true("the second sync is parallel again")
    t.expect(second):succeeds()
  end,
}

local unknown = {
  { name = "an unknown word", value = "roundRobin" },
  { name = "the empty text", value = "" },
  { name = "a number", value = 1 },
  { name = "a boolean", value = false },
  { name = "null", value = foundry.null },
  { name = "PARALLEL in capitals", value = "PARALLEL" },
}

for _, case in ipairs(unknown) do
  scenario("syncMode that is " .. case.name .. " means parallel") {
    covers = { "OPT-03" },
    run = function(t) expect_parallel(t, case.value) end,
  }
end

scenario "syncMode SEQUENTIAL in capitals counts as sequential" {
  covers = { "OPT-03" },
  run = function(t) expect_sequential(t, "SEQUENTIAL") end,
}

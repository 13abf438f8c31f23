-- Parallel syncs: services at the same time, proved by barriers that a sequential client cannot pass (SEQ-03).
local company = require "lib.company"

for _, options in ipairs {
  { name = "by default", value = {} },
  { name = "when asked for", value = { syncMode = "parallel" } },
} do
  for _, kind in ipairs { "upload", "download" } do
    scenario("two services " .. kind .. " at the same time " .. options.name) {
      covers = { "SEQ-03", "OPT-02" },
      needs = { "localCrud" },
      run = function(t)
        local organization, employees = company.organization(t)
        local sales, notes = company.sales(t)
        employees:insert { Name = "Ada" }
        notes:insert { Id = "n1", Text = "one" }
        local app = t:app():setup()
        app:create("Employee", { Name = "Grace" })
        app:create("Note", { Id = "n2", Text = "two" })

        local barrier = t.server:barrier({ organization, sales }, kind)
        local result = app:sync(options.value)
        t.expect(barrier:released()):is_true("each service asked before the other was answered")
        t.expect(result):succeeds()
        t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
        t.expect(app:rows("Note")):equals { { Id = "n1" }, { Id = "n2" } }
      end,
    }
  end
end

-- No page promises that a service does not wait for another's uploads: a warning at most (SEQ-06 is our decision).
scenario "one service can finish its whole sync while another waits for its first answer" {
  covers = { "SEQ-06" },
  needs = { "editsDuringSync", "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales, notes = company.sales(t)
    employees:insert { Name = "Ada" }
    for i = 1, 5 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    organization:on_upload():once():hold("upload")

    local running = app:start {
      syncMode = "parallel", objectServicesOptions = { Sales = { downloadBatchSize = 2 } },
    }
    t.gate("upload"):reached()
    local finished
    t.wait(function()
      local pages = sales:downloads()
      local last = pages[pages:count()]
      finished = last ~= nil and last.ended ~= nil and last.answer ~= nil and last.answer.hasMoreRecords ~= "true"
      return finished or organization:uploads()[1].ended ~= nil -- or its client has lost patience
    end, "the last page of Sales")
    t.expect(finished):is_true("Sales does not wait for Organization")
    if not finished then return end
    t.expect(running:ended(), "API-04"):equals(false)
    t.gate("upload"):open()
    t.expect(running:wait(), "SEQ-03"):succeeds()
    t.expect(app:rows("Note"), "SEQ-03"):count(5)
    t.expect(employees:rows(), "SEQ-03"):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

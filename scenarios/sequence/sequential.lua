-- Sequential syncs: one service after the other (SEQ-01, SEQ-02, SEQ-05).
local company = require "lib.company"

local sequential = {
  syncMode = "sequential",
  objectServicesOptions = {
    Organization = { uploadBatchSize = 2, downloadBatchSize = 2 },
    Sales = { uploadBatchSize = 2, downloadBatchSize = 2 },
  },
}

---Rows for three pages on the server of each service, edits for two uploads in the app.
local function prepare(t, options)
  local organization, employees = company.organization(t, options)
  local sales, notes = company.sales(t, options)
  company.hire(employees, 4)
  for i = 1, 4 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
  local app = t:app():setup()
  for i = 1, 3 do
    app:create("Employee", { Name = "Local " .. i })
    app:create("Note", { Id = "l" .. i, Text = "local " .. i })
  end
  return app, organization, sales
end

for _, slow in ipairs { "Organization", "Sales" } do
  scenario("in sequential mode no two services sync at the same time, though " .. slow .. " is slow to answer") {
    covers = { "SEQ-01", "OPT-02" },
    needs = { "localCrud" },
    run = function(t)
      local app, organization, sales = prepare(t)
      local slow_service = slow == "Organization" and organization or sales
      slow_service:on_upload():linger(30)
      slow_service:on_download():linger(30)

      t.expect(app:sync(sequential)):succeeds()

      local first, second = company.traffic(organization), company.traffic(sales)
      t.expect({ first, second }):disjoint()
      t.expect(app:rows("Employee"), "SEQ-07"):count(7)
      t.expect(app:rows("Note"), "SEQ-07"):count(7)
    end,
  }
end

scenario "in sequential mode a service that waits for its answer keeps the others waiting" {
  covers = { "SEQ-01", "OPT-02" },
  needs = { "editsDuringSync", "localCrud" },
  run = function(t)
    local app, organization, sales = prepare(t)
    for _, service in ipairs { organization, sales } do service:on_download():once():hold("answer"):optional() end

    local running = app:start(sequential)
    t.gate("answer"):reached()
    for _ = 1, 3 do app:rows("Employee") end -- a port that begins both has asked both by now
    local organization_asked, sales_asked = organization:downloads():count(), sales:downloads():count()
    t.expect(organization_asked + sales_asked):equals(1)
    t.gate("answer"):open()

    t.expect(running:wait()):succeeds()
    t.expect({ company.traffic(organization), company.traffic(sales) }):disjoint()
  end,
}

scenario "any order of the services is right in sequential mode" {
  covers = { "SEQ-02", "SEQ-01" },
  run = function(t)
    local document = { "Mango", "Apple", "Zebra" }
    local services = {}
    for _, name in ipairs(document) do
      services[name] = t.server:service(name)
      services[name]:object(name .. "Row", company.department_model):insert { Title = name }
      services[name]:on_download():linger(30)
    end
    local app = t:app():setup()
    t.expect(app:sync { syncMode = "sequential" }, "SEQ-01"):succeeds()

    local asked = {}
    for _, name in ipairs(document) do asked[#asked + 1] = services[name]:downloads() end
    for i, name in ipairs(document) do
      t.expect(asked[i]:count() > 0, "API-01"):is_true("the service " .. name .. " is synced")
    end
    t.expect(asked, "SEQ-01"):disjoint()
    table.sort(document, function(a, b) return services[a]:downloads()[1].seq < services[b]:downloads()[1].seq end)
    local order = table.concat(document, " ")
    local names = {
      ["Mango Apple Zebra"] = "listed", ["Zebra Apple Mango"] = "reverse", ["Apple Mango Zebra"] = "alphabetical",
    }
    t.outcome("SEQ-02", names[order] or "other")
  end,
}

for _, mode in ipairs { "sequential", "parallel" } do
  scenario("in " .. mode .. " mode a service uploads everything before it downloads anything") {
    covers = { "SEQ-05" },
    needs = { "localCrud" },
    run = function(t)
      local app, organization, sales = prepare(t)
      t.expect(app:sync { syncMode = mode, objectServicesOptions = sequential.objectServicesOptions }):succeeds()
      for _, service in ipairs { organization, sales } do
        t.expect(service:uploads():count()):equals(2)
        t.expect(service:uploads()):in_order(service:downloads())
      end
    end,
  }
end

scenario "a service sync uploads both objects before it downloads either" {
  covers = { "SEQ-05" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "one" }
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Note", { Id = "n2", Text = "two" })

    t.expect(app:service("Organization"):sync { uploadBatchSize = 1 }):succeeds()
    t.expect(company.records_of(organization:uploads())):count(2)
    t.expect(organization:uploads()):in_order(organization:downloads())
  end,
}

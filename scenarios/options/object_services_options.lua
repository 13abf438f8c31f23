-- objectServicesOptions: options by service (OPT-04), and what is no such map (OPT-05).
local company = require "lib.company"
local options = require "lib.options"

scenario "each service gets its own options, and one without an entry the defaults" {
  covers = { "OPT-04" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales, notes = company.sales(t)
    local stock = t.server:service("Stock")
    local items = stock:object("Item", {
      key = { "ItemId" },
      fields = {
        { name = "ItemId", datatype = "string", nullable = false },
        { name = "Label", datatype = "string", nullable = false },
      },
    })
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "from the back end" }
    items:insert { ItemId = "i1", Label = "bolt" }

    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Employee", { Name = "Barbara" })
    app:create("Note", { Id = "n2", Text = "from the app" })
    app:create("Item", { ItemId = "i2", Label = "nut" })
    t.expect(app:sync {
      objectServicesOptions = {
        Organization = { syncType = "uploadOnly", uploadBatchSize = 1 },
        Sales = { syncType = "downloadOnly" },
      },
    }):succeeds()

    t.expect(organization:uploads()):has_sizes { 1, 1 }
    t.expect(organization:downloads()):count(0)
    t.expect(sales:uploads()):count(0)
    t.expect(#app:pending("Note")):equals(1)
    t.expect(app:rows("Note")):equals { { Id = "n1" }, { Id = "n2" } }
    t.expect(stock:uploads()):has_sizes { 1 }
    t.expect(app:rows("Item")):equals { { ItemId = "i1" }, { ItemId = "i2" } }
  end,
}

scenario "query parameters and sizes of one service do not reach another" {
  covers = { "OPT-04", "SEQ-06" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales = company.sales(t)
    company.hire(employees, 2)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "one" })
    app:create("Note", { Id = "n2", Text = "two" })

    t.expect(app:sync {
      syncMode = "parallel",
      objectServicesOptions = {
        Organization = { downloadBatchSize = 1, uploadBatchSize = 1, downloadRequestQueryParams = { Site = "north" } },
        Sales = { uploadRequestQueryParams = { Shop = "south" } },
      },
    }):succeeds()

    t.expect(organization:downloads()):count(2)
    for _, request in ipairs(organization:downloads()) do
      t.expect(request.query.Site):equals("north")
      t.expect(request.query.Shop, "SEQ-06"):is_nil()
    end
    t.expect(sales:uploads()):has_sizes { 2 }
    for _, request in ipairs(company.traffic(sales)) do t.expect(request.query.Site, "SEQ-06"):is_nil() end
    t.expect(options.first(sales:uploads()).query.Shop):equals("south")
  end,
}

scenario "an empty objectServicesOptions gives every service the defaults" {
  covers = { "OPT-04" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync { syncMode = "parallel", objectServicesOptions = {} }):succeeds()
    t.expect(organization:uploads()):count(1)
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

local wrong = {
  { name = "is a text", value = "Organization" },
  { name = "is a number", value = 7 },
  { name = "is a boolean", value = true },
  { name = "names an unknown service beside a known one", value = { Organization = {}, Nowhere = { syncType = "uploadOnly" } } },
  { name = "holds a text under a service", value = { Organization = "uploadOnly" } },
  { name = "holds a number under a service", value = { Organization = 7 } },
}

for _, case in ipairs(wrong) do
  scenario("objectServicesOptions that " .. case.name .. " ends in 2482, and nothing is sent") {
    covers = { "OPT-05" },
    needs = { "localCrud" },
    run = function(t)
      local _, employees = company.organization(t)
      company.sales(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })

      local result
      t.expect(function() result = app:sync { objectServicesOptions = case.value } end):sends_nothing()
      t.expect(result):refused_or_fails(2482)
      t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
    end,
  }
end

-- What each level of startSync takes with it (API-01, API-02).
local foundry = require "foundry"
local company = require "lib.company"

scenario "an application sync syncs every service that the application publishes" {
  covers = { "API-01" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    local _, notes = company.sales(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "from the back end" }

    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Note", { Id = "n2", Text = "from the app" })
    t.expect(app:sync()):succeeds()

    local everyone = { { Name = "Ada" }, { Name = "Grace" } }
    local everything = { { Id = "n1" }, { Id = "n2" } }
    t.expect(employees:rows()):equals(everyone)
    t.expect(notes:rows()):equals(everything)
    t.expect(app:rows("Employee")):equals(everyone)
    t.expect(app:rows("Note")):equals(everything)
  end,
}

scenario "an application sync takes ten services, those without a single row too" {
  covers = { "API-01" },
  run = function(t)
    local services = {}
    for i = 1, 10 do
      services[i] = t.server:service("Service" .. i)
      local object = services[i]:object("Object" .. i, foundry.model.note)
      if i % 2 == 0 then object:insert { Id = "k" .. i, Text = "row of " .. i } end
    end

    local app = t:app():setup()
    t.expect(app:sync()):succeeds()

    for i, service in ipairs(services) do
      t.expect(service:downloads():count() > 0):is_true("service " .. i .. " was asked for its rows")
      local rows = i % 2 == 0 and { { Id = "k" .. i, Text = "row of " .. i } } or {}
      t.expect(app:rows("Object" .. i)):equals(rows)
    end
  end,
}

scenario "a service whose document says nothing about offline is synced, one that is not offline is left alone" {
  covers = { "API-01/offline" },
  run = function(t)
    local organization, employees = company.organization(t)
    local online = t.server:service("Online", { offline = false })
    online:object("Order", foundry.model.note):insert { Id = "o1", Text = "not for offline use" }
    employees:insert { Name = "Ada" }
    t.server:edit_document(function(document)
      document.services_meta.Organization.offline = nil
    end)

    local app = t:app():setup()
    t.expect(app:sync()):succeeds()

    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
    t.expect(organization:downloads():count()):equals(1)
    t.expect(company.traffic(online):count()):equals(0)
  end,
}

scenario "a service sync syncs every object of that service and nothing of another" {
  covers = { "API-02" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization = t.server:service("Organization")
    local employees = organization:object("Employee", foundry.model.employee)
    local departments = organization:object("Department", foundry.model.department)
    local sales = company.sales(t)
    employees:insert { Name = "Ada" }
    departments:insert { DeptId = 1, Title = "Engines" }

    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Department", { DeptId = 2, Title = "Compilers" })
    app:create("Note", { Id = "n1", Text = "of another service" })
    t.expect(app:service("Organization"):sync()):succeeds()

    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(departments:rows()):equals { { DeptId = 1 }, { DeptId = 2 } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Department")):equals { { DeptId = 1 }, { DeptId = 2 } }
    t.expect(company.traffic(sales):count()):equals(0)
    t.expect(#app:pending("Note")):equals(1)
  end,
}

scenario "an object sync syncs that object alone" {
  covers = { "API-02" },
  needs = { "localCrud", "objectLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "of its sister" }

    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Note", { Id = "n2", Text = "not yet" })
    t.expect(app:object("Employee"):sync()):succeeds()

    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(notes:rows()):equals { { Id = "n1" } }
    t.expect(app:rows("Note")):equals { { Id = "n2" } }
    t.expect(#app:pending("Note")):equals(1)
    for _, record in ipairs(company.records_of(organization:uploads())) do
      t.expect(record._metadata.object):equals("Employee")
    end
  end,
}

scenario "object syncs one after the other leave what one service sync leaves" {
  covers = { "API-02" },
  needs = { "localCrud", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    company.hire(employees, 3)
    notes:insert { Id = "n1", Text = "one" }

    local by_object = t:app({ name = "by object" }):setup()
    t.expect(by_object:object("Note"):sync()):succeeds()
    t.expect(by_object:object("Employee"):sync()):succeeds()
    local by_service = t:app({ name = "by service" }):setup()
    t.expect(by_service:service("Organization"):sync()):succeeds()

    local three = { { Name = "Employee 1" }, { Name = "Employee 2" }, { Name = "Employee 3" } }
    for _, app in ipairs { by_object, by_service } do
      t.expect(app:rows("Employee")):equals(three)
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "one" } }
    end
    t.expect(organization:uploads():count(), "UPL-02"):equals(0)
  end,
}

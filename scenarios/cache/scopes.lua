-- Which sync replays what, and in which order (UPC-03, UPC-06, UPC-12).
local company = require "lib.company"
local options = require "lib.options"

scenario "a download after a time-out replays first, or leaves the replay and the pending row alone" {
  covers = { "UPC-03" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, _, notes = company.with_notes(t, { uploadCache = true })
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "of the user" })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()
    notes:insert { Id = "n2", Text = "of the back end" }

    local mark = organization:downloads():count()
    t.expect(app:sync { objectServicesOptions = { Organization = { syncType = "downloadOnly" } } }):succeeds()
    local uploads, download = organization:uploads(), organization:downloads()[mark + 1]
    t.expect(uploads:count()):one_of { replayed = 2, waits = 1 }
    if uploads:count() == 2 then
      t.expect(uploads):has_ids { 1, 1 }
      t.expect(uploads[2].seq < download.seq):is_true("the replay goes before the download")
    end
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "of the user" }, { Id = "n2" } }

    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1 }
    t.expect(notes:rows()):equals { { Id = "n1", Text = "of the user" }, { Id = "n2" } }
  end,
}

scenario "an uploadOnly sync replays before it uploads" {
  covers = { "UPC-02", "UPC-06" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():store():status(504)
    local upload_only = { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
    t.expect(app:sync(upload_only)):fails()
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync(upload_only)):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 2 }
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

scenario "a sync with nothing new replays all the same" {
  covers = { "UPC-02" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1 }
    t.expect(employees:rows()):equals { { Name = "Ada" } }
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1 }
  end,
}

scenario "a service sync sends the cached requests of its objects, in their order, before anything new" {
  covers = { "UPC-06" },
  needs = { "localCrud", "uploadCache", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t, { uploadCache = true })
    local app = t:app():setup()
    local lost = organization:on_upload():store():status(504)
    app:create("Note", { Id = "n1", Text = "first" })
    t.expect(app:object("Note"):sync()):fails()
    app:create("Employee", { Name = "Ada" })
    t.expect(app:object("Employee"):sync()):fails()
    lost:lift()
    app:create("Note", { Id = "n2", Text = "new" })
    app:create("Employee", { Name = "Grace" })

    local later = options.from_now(t)
    t.expect(app:service("Organization"):sync()):succeeds()
    local uploads = organization:uploads()
    local old = uploads:where(later):where(function(request) return request.replayed end)
    local new = uploads:where(later):where(function(request) return not request.replayed end)
    t.expect(old):count(2)
    t.expect(old):in_order(new)
    t.expect(uploads, "UPC-06/order"):has_ids { 1, 2, 1, 2, 3 }
    t.expect(notes:rows(), "UPC-04"):equals { { Id = "n1" }, { Id = "n2" } }
    t.expect(employees:rows(), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

scenario "an object sync sends the cached request of its service before anything new" {
  covers = { "UPC-06" },
  needs = { "localCrud", "uploadCache", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    app:create("Note", { Id = "n1", Text = "one" })
    organization:on_upload():once():store():status(504)
    t.expect(app:service("Organization"):sync()):fails()
    app:create("Employee", { Name = "Grace" })

    t.expect(app:object("Employee"):sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 2 }
    t.expect(employees:rows(), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(notes:rows(), "UPC-04"):equals { { Id = "n1" } }
    t.expect(app:service("Organization"):sync(), "API-07"):succeeds()
    t.expect(notes:rows(), "UPC-04"):equals { { Id = "n1" } }
  end,
}

scenario "an application sync replays what an object sync left" {
  covers = { "UPC-06", "UPC-02" },
  needs = { "localCrud", "uploadCache", "objectLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "one" })
    organization:on_upload():once():store():status(504)
    t.expect(app:object("Note"):sync()):fails()
    app:update("Note", { Id = "n1" }, { Text = "two" })
    app:create("Employee", { Name = "Ada" })

    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 2 }
    t.expect(t.expect(organization:uploads()):at(2).path):equals(t.expect(organization:uploads()):at(1).path)
    t.expect(notes:rows()):equals { { Id = "n1", Text = "two" } }
    t.expect(employees:rows()):equals { { Name = "Ada" } }
  end,
}

for _, mode in ipairs { "parallel", "sequential" } do
  scenario("one service's cached request does not hold up another service in " .. mode .. " mode") {
    covers = { "UPC-12", "SEQ-06" },
    needs = { "localCrud", "uploadCache" },
    run = function(t)
      local organization, employees = company.organization(t, { uploadCache = true })
      local sales, notes = company.sales(t, { uploadCache = true })
      local app = t:app():setup()
      app:create("Employee", { Name = "Ada" })
      app:create("Note", { Id = "n1", Text = "one" })
      organization:on_upload():times(2):status(504)

      local first = app:sync { syncMode = mode }
      t.expect(company.end_of(first, "Organization")):equals("failure")
      t.expect(company.end_of(first, "Sales")):equals("success")
      app:create("Note", { Id = "n2", Text = "two" })
      local second = app:sync { syncMode = mode }
      t.expect(company.end_of(second, "Organization")):equals("failure")
      t.expect(company.end_of(second, "Sales")):equals("success")
      t.expect(notes:rows()):equals { { Id = "n1" }, { Id = "n2" } }
      t.expect(sales:uploads()):has_ids { 1, 2 }

      t.expect(app:sync { syncMode = mode }):succeeds()
      t.expect(organization:uploads(), "UPC-02"):has_ids { 1, 1, 1 }
      t.expect(employees:rows()):equals { { Name = "Ada" } }
    end,
  }
end

scenario "an object's cached request does not hold up its sister" {
  covers = { "UPC-12" },
  needs = { "localCrud", "uploadCache", "objectLevel" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload({ object = "Employee" }):once():status(504)
    t.expect(app:object("Employee"):sync()):fails()
    app:create("Note", { Id = "n1", Text = "one" })
    t.expect(app:object("Note"):sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1" } }
    t.expect(app:object("Employee"):sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada" } }
  end,
}

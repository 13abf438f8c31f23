-- syncType: what a sync does and what it leaves (OPT-10), what is no such type (OPT-11), and its spelling (OPT-19).
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

---One row in the back end, one pending edit in the app.
local function one_each(t)
  local organization, employees = company.organization(t)
  employees:insert { Name = "Ada" }
  local app = t:app():setup()
  app:create("Employee", { Name = "Grace" })
  return organization, employees, app
end

scenario "syncType uploadOnly sends the edits and fetches nothing" {
  covers = { "OPT-10" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees, app = one_each(t)
    t.expect(app:sync(options.organization { syncType = "uploadOnly" })):succeeds()
    t.expect(organization:uploads()):count(1)
    t.expect(organization:downloads()):count(0)
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
    t.expect(#app:pending("Employee")):equals(0)
  end,
}

scenario "syncType downloadOnly fetches and leaves the edits pending" {
  covers = { "OPT-10" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees, app = one_each(t)
    t.expect(app:sync(options.organization { syncType = "downloadOnly" })):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(employees:rows()):equals { { Name = "Ada" } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(#app:pending("Employee")):equals(1)
  end,
}

for _, case in ipairs { { name = "syncType fullSync", value = "fullSync" }, { name = "an absent syncType", value = nil } } do
  scenario(case.name .. " sends the edits and fetches the rows") {
    covers = { "OPT-10" },
    needs = { "localCrud" },
    run = function(t)
      local organization, employees, app = one_each(t)
      t.expect(app:sync(options.organization { syncType = case.value })):succeeds()
      t.expect(organization:uploads()):count(1)
      t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
      t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
      t.expect(#app:pending("Employee")):equals(0)
    end,
  }
end

scenario "syncType is obeyed at service and at object level" {
  covers = { "OPT-10" },
  needs = { "localCrud", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization, employees, app = one_each(t)
    t.expect(app:object("Employee"):sync { syncType = "downloadOnly" }):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }

    local later = options.from_now(t)
    t.expect(app:service("Organization"):sync { syncType = "uploadOnly" }):succeeds()
    t.expect(organization:uploads():where(later)):count(1)
    t.expect(organization:downloads():where(later)):count(0)
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

---A sync whose type is none fails, sends nothing for the service and touches no row.
local function expect_no_type(t, value, id, code_id)
  local organization, _, app = one_each(t)
  local result = app:sync(options.organization { syncType = value })
  t.expect(options.service_fails(result, "Organization"), id):is_true("the sync of Organization failed")
  t.expect(company.traffic(organization), id):count(0)
  t.expect(app:rows("Employee"), id):equals { { Name = "Grace" } }
  t.expect(options.code_of(result, "Organization"), code_id):equals(2477)
end

local no_types = {
  { name = "an unknown word", value = "everything" },
  { name = "the empty text", value = "" },
  { name = "a number", value = 1 },
  { name = "a boolean", value = true },
}

for _, case in ipairs(no_types) do
  scenario("syncType that is " .. case.name .. " ends in failure, and nothing is sent") {
    covers = { "OPT-11", "OPT-11/code" },
    needs = { "localCrud" },
    run = function(t) expect_no_type(t, case.value, "OPT-11", "OPT-11/code") end,
  }
end

scenario "syncType that is null ends in failure, and nothing is sent" {
  covers = { "OPT-11/null" },
  needs = { "localCrud" },
  run = function(t) expect_no_type(t, foundry.null, "OPT-11/null", "OPT-11/null") end,
}

scenario "a bad syncType of one service does not keep the others from syncing" {
  covers = { "OPT-11", "SEQ-04" },
  run = function(t)
    local organization = company.organization(t)
    local _, notes = company.sales(t)
    notes:insert { Id = "n1", Text = "one" }
    local app = t:app():setup()
    local result = app:sync(options.organization({ syncType = "both" }, "parallel"))
    t.expect(options.service_fails(result, "Organization")):is_true("the sync of Organization failed")
    t.expect(company.traffic(organization)):count(0)
    -- java and objc may refuse an invalid call as a whole (API-12).
    if result.outcome == "failure" then t.expect(app:rows("Note"), "SEQ-04"):equals { { Id = "n1" } } end
  end,
}

scenario "a bad syncType ends a service sync in failure, and the next one works" {
  covers = { "OPT-11", "OPT-11/code", "API-07" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization, _, app = one_each(t)
    local result = app:service("Organization"):sync { syncType = "upload" }
    t.expect(result):refused_or_fails()
    t.expect(company.traffic(organization)):count(0)
    t.expect(app:service("Organization"):sync(), "API-07"):succeeds()
    t.expect(app:rows("Employee"), "API-07"):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(result.code, "OPT-11/code"):equals(2477)
  end,
}

for _, value in ipairs { "UploadOnly", "FULLSYNC", "downloadonly" } do
  scenario("syncType " .. value .. " is not taken for the word in another case") {
    covers = { "OPT-19", "OPT-11/code" },
    needs = { "localCrud" },
    run = function(t) expect_no_type(t, value, "OPT-19", "OPT-11/code") end,
  }
end

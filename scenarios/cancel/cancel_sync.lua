-- cancelSync at service and object level, which the channels android, ios and windows have (CAN-01..CAN-03).
local company = require "lib.company"
local options = require "lib.options"

local NATIVE = { "android", "ios", "windows" }

---The scope of one level in the organization; "objectService" or "object".
local function scope_of(app, level)
  if level == "object" then return app:object("Employee") end
  return app:service("Organization")
end

---Start a sync, cancel it while `rule` holds its request, and let the request go.
---@return Result sync, Result cancel
local function cancel_while_held(t, scope, rule, sync_options)
  rule:hold("batch")
  local sync = scope:start(sync_options)
  t.gate("batch"):reached()
  local cancel = scope:cancel()
  t.gate("batch"):open()
  return sync:wait(), cancel:wait()
end

for _, level in ipairs { "objectService", "object" } do
  local needs = { "localCrud", "cancelSync", level == "object" and "objectLevel" or "serviceLevel" }

  scenario("a download that is cancelled at " .. level .. " level stores its page and asks for no more than one other") {
    covers = { "CAN-01" },
    needs = needs,
    channel = NATIVE,
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 5)
      local app = t:app():setup()
      local result, cancelled = cancel_while_held(t, scope_of(app, level), organization:on_download():once(),
        { downloadBatchSize = "1" })

      t.expect(result):fails_with("cancelled")
      t.expect(cancelled):succeeds()
      local pages = organization:downloads():count()
      t.expect(pages):satisfies(function(count) return count <= 2 end, "at most one page behind the one under way")
      t.expect(#app:rows("Employee")):satisfies(function(count) return count >= 1 and count <= pages end,
        "the page that was under way is stored")
    end,
  }

  scenario("an upload that is cancelled at " .. level .. " level stores its batch, and no download follows") {
    covers = { "CAN-01" },
    needs = needs,
    channel = NATIVE,
    run = function(t)
      local organization, employees = company.organization(t)
      local app = t:app():setup()
      options.edits(app, 4)
      local result, cancelled = cancel_while_held(t, scope_of(app, level), organization:on_upload():once(),
        { uploadBatchSize = "1" })

      t.expect(result):fails_with("cancelled")
      t.expect(cancelled):succeeds()
      local batches = organization:uploads():count()
      t.expect(batches):satisfies(function(count) return count <= 2 end, "at most one batch behind the one under way")
      t.expect(organization:downloads()):count(0)
      t.expect(#employees:rows()):equals(batches)
      t.expect(#app:pending("Employee")):equals(4 - batches)
    end,
  }

  scenario("after a sync that was cancelled at " .. level .. " level the next one does all the work") {
    covers = { "CAN-03" },
    needs = needs,
    channel = NATIVE,
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 3)
      local app = t:app():setup()
      options.edits(app, 2)
      cancel_while_held(t, scope_of(app, level), organization:on_upload():once(),
        { uploadBatchSize = "1", downloadBatchSize = "1" })

      t.expect(scope_of(app, level):sync()):succeeds()
      t.expect(#employees:rows()):equals(5)
      t.expect(#app:rows("Employee")):equals(5)
      t.expect(app:pending("Employee")):count(0)
    end,
  }

  scenario("cancelSync at " .. level .. " level while nothing runs fails with 2479") {
    covers = { "CAN-02" },
    needs = needs,
    channel = NATIVE,
    run = function(t)
      company.organization(t)
      local app = t:app():setup()
      t.expect(scope_of(app, level):cancel():wait()):fails_with(2479)
      t.expect(scope_of(app, level):sync()):succeeds()
      t.expect(scope_of(app, level):cancel():wait()):fails_with(2479)
    end,
  }
end

scenario "cancelSync of a service leaves the sync of another service alone" {
  covers = { "CAN-02" },
  needs = { "localCrud", "cancelSync", "serviceLevel" },
  channel = NATIVE,
  run = function(t)
    local organization, employees = company.organization(t)
    company.sales(t)
    company.hire(employees, 2)
    local app = t:app():setup()
    organization:on_download():once():hold("page")
    local running = app:service("Organization"):start { downloadBatchSize = "1" }
    t.gate("page"):reached()
    t.expect(app:service("Sales"):cancel():wait()):fails_with(2479)
    t.gate("page"):open()
    t.expect(running:wait()):succeeds()
    t.expect(#app:rows("Employee")):equals(2)
  end,
}

scenario "a cancelled sync is not taken up again: the next one starts at the first page" {
  covers = { "CAN-03" },
  needs = { "localCrud", "cancelSync", "serviceLevel" },
  channel = NATIVE,
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    local service = app:service("Organization")
    cancel_while_held(t, service, organization:on_download():once(), { downloadBatchSize = "1" })
    local before = organization:downloads():count()

    t.expect(service:sync { downloadBatchSize = "1" }):succeeds()
    local first = organization:downloads()[before + 1]
    t.expect(first.body.delta_context):is_nil()
    t.expect(#app:rows("Employee")):equals(3)
  end,
}

scenario "a cancel while a cached upload is sent again loses and doubles nothing" {
  covers = { "UPL-12", "CAN-03" },
  needs = { "localCrud", "cancelSync", "serviceLevel", "uploadCache" },
  channel = NATIVE,
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():store():status(504)
    t.expect(app:sync()):fails()
    cancel_while_held(t, app:service("Organization"), organization:on_upload():once())

    t.expect(app:sync(), "CAN-03"):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada" } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

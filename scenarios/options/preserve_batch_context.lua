-- preserveBatchContext: where does the next sync take up a download that failed (OPT-17)?
local company = require "lib.company"
local options = require "lib.options"

---Fails a download of three pages at its second one. Returns the failed request and a filter for what comes later.
local function fail_at_second_page(t, app, organization, preserve)
  organization:on_download():page(2):once():status(500)
  t.expect(app:sync(options.organization { downloadBatchSize = 1, preserveBatchContext = preserve })):fails()
  local downloads = organization:downloads()
  return downloads[#downloads] or {}, options.from_now(t)
end

---The whole story: with `first` in the sync that fails and `second` in the one after it.
local function after_a_failed_page(t, first, second)
  local organization, employees = company.organization(t)
  company.hire(employees, 3)
  local app = t:app():setup()
  local failed, later = fail_at_second_page(t, app, organization, first)
  t.expect(app:sync(options.organization { downloadBatchSize = 1, preserveBatchContext = second })):succeeds()
  t.expect(#app:rows("Employee")):equals(3)
  return failed, organization:downloads():where(later)
end

scenario "with preserveBatchContext in both syncs a download goes on at the page that failed" {
  covers = { "OPT-17", "DNL-07" },
  needs = { "preserveBatchContext" },
  run = function(t)
    local failed, again = after_a_failed_page(t, true, true)
    t.expect(again):count(2)
    t.expect(options.first(again).body):equals(failed.body)
  end,
}

local from_the_start = {
  { title = "without preserveBatchContext a failed download starts at its first page again" },
  { title = "preserveBatchContext false starts a failed download at its first page again", first = false, second = false },
  { title = "preserveBatchContext in the sync that failed alone does not take up its page", first = true },
  { title = "preserveBatchContext in the second sync alone has no page to take up", second = true },
}

for _, case in ipairs(from_the_start) do
  scenario(case.title) {
    covers = { "OPT-17", "DNL-07" },
    needs = { "preserveBatchContext" },
    run = function(t)
      local failed, again = after_a_failed_page(t, case.first, case.second)
      t.expect(again):count(3)
      t.expect(options.first(again).body):differs_from(failed.body)
    end,
  }
end

scenario "what was edited since a download broke off goes up before it is taken up" {
  covers = { "UPL-12", "OPT-17", "SEQ-05" },
  needs = { "preserveBatchContext", "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    fail_at_second_page(t, app, organization, true)
    app:create("Employee", { Name = "Ada" })
    t.expect(app:sync(options.organization { downloadBatchSize = 1, preserveBatchContext = true })):succeeds()
    t.expect(company.count(employees:rows(), { Name = "Ada" })):equals(1)
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "a download that ended well leaves no page to take up" {
  covers = { "OPT-17", "DNL-07" },
  needs = { "preserveBatchContext" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    local given = options.organization { downloadBatchSize = 1, preserveBatchContext = true }
    fail_at_second_page(t, app, organization, true)
    t.expect(app:sync(given)):succeeds()
    local asked = {}
    for i, request in ipairs(organization:downloads()) do asked[i] = request.body end

    local later = options.from_now(t)
    t.expect(app:sync(given)):succeeds()
    t.expect(organization:downloads():where(later)):count(1)
    local again = options.first(organization:downloads():where(later)).body
    for _, body in ipairs(asked) do t.expect(again):differs_from(body) end
    t.expect(again):differs_from { delta_context = organization:downloads()[#asked - 1].answer.delta_context }
  end,
}

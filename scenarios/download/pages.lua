-- Pages and deltas (DNL-01, DNL-02, DNL-03, DNL-06, DNL-07, DNL-10, DNL-11).
local company = require "lib.company"

local function in_pages_of(size, more)
  local options = { downloadBatchSize = size }
  for name, value in pairs(more or {}) do options[name] = value end
  return { objectServicesOptions = { Organization = options } }
end

---The delta that a request of an object carries, or nil.
local function delta_of(request, object)
  local context = request.body and request.body.delta_context
  local entry = context and context.objs and context.objs[object]
  return entry and entry.delta
end

---Every page of one download asks with what the page before it answered.
local function pages_are_linked(t, requests, first, last)
  for i = first + 1, last do
    t.expect(requests[i].body.delta_context, "DNL-01"):equals(requests[i - 1].answer.delta_context)
  end
end

scenario "all pages are fetched, each with what the last one returned" {
  covers = { "DNL-01" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 7)
    local app = t:app():setup()
    t.expect(app:sync(in_pages_of(2))):succeeds()

    local downloads = organization:downloads()
    t.expect(downloads:count()):equals(4)
    pages_are_linked(t, downloads, 1, 4)
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:rows("Employee")):count(7)
  end,
}

scenario "pages of two objects of different length bring every row of both" {
  covers = { "DNL-01" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    company.hire(employees, 9)
    for i = 1, 2 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
    local app = t:app():setup()
    t.expect(app:sync(in_pages_of(3))):succeeds()
    pages_are_linked(t, organization:downloads(), 1, organization:downloads():count())
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:rows("Employee")):count(9)
    t.expect(app:rows("Note")):equals(notes:rows())
  end,
}

scenario "an object sync fetches all its pages too" {
  covers = { "DNL-01" },
  needs = { "objectLevel" },
  run = function(t)
    local organization, employees = company.with_notes(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    t.expect(app:object("Employee"):sync { downloadBatchSize = 2 }):succeeds()
    t.expect(organization:downloads():count()):equals(3)
    pages_are_linked(t, organization:downloads(), 1, 3)
    t.expect(app:rows("Employee")):count(5)
  end,
}

scenario "a back end without rows is no error" {
  covers = { "DNL-01" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals {}
    t.expect(organization:downloads():count()):equals(1)
  end,
}

scenario "the second sync fetches what changed since the first, and its delta goes back letter for letter" {
  covers = { "DNL-02" },
  run = function(t)
    local organization, employees = company.organization(t)
    local rows = company.hire(employees, 3)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    employees:update(rows[2].EmpId, { Name = "changed" })
    employees:insert { Name = "new" }
    t.expect(app:sync()):succeeds()

    local first, second = t.expect(organization:downloads()):at(1), t.expect(organization:downloads()):at(2)
    t.expect(delta_of(second, "Employee"), "DNL-02/verbatim"):equals(first.answer.delta_context.objs.Employee.delta)
    local answered = 0
    for _, object in ipairs(second.answer.Objects) do answered = answered + #object.records end
    t.expect(answered):equals(2)
    t.expect(app:rows("Employee")):equals(employees:rows())
  end,
}

scenario "each of many syncs asks from where the last one ended" {
  covers = { "DNL-02" },
  needs = { "restart" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    t.expect(app:sync(in_pages_of(2))):succeeds()
    for i = 1, 3 do
      notes:insert { Id = "n" .. i, Text = "note " .. i }
      if i == 2 then app:restart() end
      local last = organization:downloads()[organization:downloads():count()]
      t.expect(app:sync(in_pages_of(2))):succeeds()
      local next_one = organization:downloads()[organization:downloads():count()]
      for _, object in ipairs { "Employee", "Note" } do
        local given = last.answer.delta_context.objs[object]
        if given then
          local asked = delta_of(next_one, object)
          t.expect(asked ~= nil):is_true("the delta of " .. object .. " goes back to the server")
          t.expect(asked, "DNL-02/verbatim"):equals(given.delta)
        end
      end
    end
    t.expect(app:rows("Note")):count(3)
    t.expect(app:rows("Employee")):count(3)
  end,
}

scenario "the delta moves when the last page is stored, not before" {
  covers = { "DNL-03", "DNL-06" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 2, "Old")
    local app = t:app():setup()
    t.expect(app:sync(in_pages_of(2))):succeeds()
    local first_delta = t.expect(organization:downloads()):at(1).answer.delta_context.objs.Employee.delta

    company.hire(employees, 5, "New")
    organization:on_download():nth(3):status(500)
    t.expect(app:sync(in_pages_of(2))):fails()
    t.expect(app:rows("Employee"), "DNL-06"):count(6)

    local asked = organization:downloads():count()
    t.expect(app:sync(in_pages_of(2))):succeeds()
    t.expect(delta_of(organization:downloads()[asked + 1], "Employee")):equals(first_delta)
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:rows("Employee")):count(7)
  end,
}

scenario "a delta that a page before the last one brings does not count before the last one is stored" {
  covers = { "DNL-03" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 2, "Old")
    local app = t:app():setup()
    t.expect(app:sync(in_pages_of(2))):succeeds()
    local first_delta = t.expect(organization:downloads()):at(1).answer.delta_context.objs.Employee.delta

    company.hire(employees, 3, "New")
    organization:on_download():page(1):once():edit(function(answer)
      answer.delta_context.objs.Employee.delta = "too early"
    end)
    local failure = organization:on_download():page(2):status(500)
    t.expect(app:sync(in_pages_of(2)), "NET-01"):fails()
    failure:lift()

    local asked = organization:downloads():count()
    t.expect(app:sync(in_pages_of(2)), "API-07"):succeeds()
    t.expect(delta_of(organization:downloads()[asked + 1], "Employee")):equals(first_delta)
    t.expect(app:rows("Employee")):equals(employees:rows())
  end,
}

for _, fault in ipairs {
  { name = "HTTP 500", strike = function(rule) rule:status(500) end },
  { name = "an error opstatus", strike = function(rule) rule:opstatus(20001, "no") end },
  { name = "a page that is cut short", strike = function(rule) rule:truncate(60) end },
  { name = "a closed connection", strike = function(rule) rule:close() end },
} do
  scenario("the pages before " .. fault.name .. " stay, and of the failed page nothing is stored") {
    covers = { "DNL-06", "NET-02" },
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 6)
      local app = t:app():setup()
      fault.strike(organization:on_download():page(2))
      t.expect(app:sync(in_pages_of(2)), "NET-01"):fails()
      t.expect(app:rows("Employee")):equals { { Name = "Employee 1" }, { Name = "Employee 2" } }
    end,
  }
end

for _, break_off in ipairs {
  { name = "a record that is a number", text = '7]}]}' },
  { name = "a column that holds a list", text = '{"Id":"n4","Text":[],"_metadata":{"action":"update"}}]}]}' },
  { name = "its text", text = '{"Id":"n4","Te' },
} do
  scenario("of a page that breaks off in " .. break_off.name .. " no record is stored") {
    covers = { "DNL-06/whole", "NET-02" },
    run = function(t)
      local organization, _, notes = company.with_notes(t)
      for i = 1, 4 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
      local app = t:app():setup()
      local page = '{"opstatus":0,"hasMoreRecords":"false","Objects":[{"name":"Note","opstatus":0,"records":['
        .. '{"Id":"n3","Text":"of the broken page","_metadata":{"action":"update"}},' .. break_off.text
      organization:on_download():page(2):once():body(page, "application/json")
      t.expect(app:sync(in_pages_of(2)), "NET-01"):fails()
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "note 1" }, { Id = "n2", Text = "note 2" } }
      t.expect(app:sync(in_pages_of(2)), "API-07"):succeeds()
      t.expect(app:rows("Note")):equals(notes:rows())
    end,
  }
end

scenario "with preserveBatchContext in both syncs the second resumes at the failed page" {
  covers = { "DNL-07", "OPT-17" },
  needs = { "preserveBatchContext" },
  channel = { "android", "ios" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 8)
    local app = t:app():setup()
    organization:on_download():nth(3):status(500)
    t.expect(app:sync(in_pages_of(2, { preserveBatchContext = true }))):fails()
    local second_page = t.expect(organization:downloads()):at(2)

    local asked = organization:downloads():count()
    t.expect(app:sync(in_pages_of(2, { preserveBatchContext = true }))):succeeds()
    t.expect(organization:downloads()[asked + 1].body.delta_context):equals(second_page.answer.delta_context)
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:rows("Employee")):count(8)
  end,
}

for _, case in ipairs {
  { name = "neither sync", first = nil, second = nil },
  { name = "the first sync alone", first = true, second = nil },
  { name = "the second sync alone", first = nil, second = true },
} do
  scenario("with preserveBatchContext in " .. case.name .. " the download starts at the first page") {
    covers = { "DNL-07", "OPT-17" },
    channel = { "android", "ios" },
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 8)
      local app = t:app():setup()
      organization:on_download():nth(3):status(500)
      t.expect(app:sync(in_pages_of(2, { preserveBatchContext = case.first }))):fails()

      local asked = organization:downloads():count()
      t.expect(app:sync(in_pages_of(2, { preserveBatchContext = case.second }))):succeeds()
      local request = organization:downloads()[asked + 1]
      local context = request.body and request.body.delta_context
      local entry = context and context.objs and context.objs.Employee
      t.expect(entry and entry.bc):is_nil()
      t.expect(app:rows("Employee")):equals(employees:rows())
      t.expect(app:rows("Employee")):count(8)
    end,
  }
end

scenario "a server that says more with the same context for ever does not loop the client for ever" {
  covers = { "DNL-10" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 4)
    local app = t:app():setup()
    local rule = organization:on_download():always_more(50)
    local result = app:sync(in_pages_of(2))
    t.expect(result.ends, "API-03"):equals(1)
    t.note("the client asked " .. organization:downloads():count() .. " times, and ended in " .. result.outcome)
    t.expect(organization:downloads():count() < 50):is_true("the client gave up before the server did")
    rule:lift()
    t.expect(app:sync(in_pages_of(2)), "API-07"):succeeds()
    t.expect(app:rows("Employee")):equals(employees:rows())
  end,
}

scenario "a server without end does not loop an object-level sync for ever, and its pages stay" {
  covers = { "DNL-10", "DNL-06" },
  needs = { "objectLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    organization:on_download():page(2):always_more(50)
    local result = app:object("Employee"):sync { downloadBatchSize = 1 }
    t.expect(result.ends, "API-03"):equals(1)
    t.expect(organization:downloads():count() < 50):is_true("the client gave up before the server did")
    t.expect(app:rows("Employee"), "DNL-06"):contains { Name = "Employee 1" }
    t.no_drain("the server has no end")
  end,
}

scenario "the delta of a filter is kept over syncs with another one and at another level" {
  covers = { "DNL-11", "DNL-02" },
  needs = { "objectLevel", "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { { Name = "Ada", DeptId = 1 }, { Name = "Grace", DeptId = 2 } }
    local app = t:app():setup()
    local scope = app:object("Employee")
    t.expect(scope:sync { filter = "DeptId eq 1" }):succeeds()
    t.expect(scope:sync { filter = "DeptId eq 2" }):succeeds()
    employees:insert { { Name = "Margaret", DeptId = 1 }, { Name = "Edsger", DeptId = 2 } }
    app:restart()

    local downloads = organization:downloads()
    local function expect_delta(options, given)
      t.expect(app:sync { objectServicesOptions = { Organization = { filter = { Employee = options } } } }):succeeds()
      local all = organization:downloads()
      t.expect(delta_of(all[all:count()], "Employee")):equals(given.answer.delta_context.objs.Employee.delta)
    end
    expect_delta("DeptId eq 1", downloads[1])
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" }, { Name = "Margaret" } }
    expect_delta("DeptId eq 2", downloads[2])
    t.expect(app:rows("Employee")):equals(employees:rows())
  end,
}

scenario "each filter of an object has its own delta" {
  covers = { "DNL-11", "OPT-12" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { { Name = "Ada", DeptId = 1 }, { Name = "Grace", DeptId = 2 } }
    local app = t:app():setup()
    local function filtered(condition)
      return { objectServicesOptions = { Organization = { filter = { Employee = condition } } } }
    end
    t.expect(app:sync(filtered("DeptId eq 1"))):succeeds()
    t.expect(app:rows("Employee"), "OPT-12"):equals { { Name = "Ada" } }
    t.expect(app:sync(filtered("DeptId eq 2"))):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }

    local downloads = organization:downloads()
    t.expect(delta_of(downloads[2], "Employee")):is_nil()
    t.expect(app:sync(filtered("DeptId eq 1"))):succeeds()
    t.expect(delta_of(t.expect(organization:downloads()):at(3), "Employee"), "DNL-02/verbatim")
      :equals(downloads[1].answer.delta_context.objs.Employee.delta)
    t.expect(app:sync()):succeeds()
    t.expect(delta_of(t.expect(organization:downloads()):at(4), "Employee")):is_nil()
    t.expect(app:rows("Employee")):equals(employees:rows())
  end,
}

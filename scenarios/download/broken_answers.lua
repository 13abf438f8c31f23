-- Downloads whose answer is an error or broken (NET-01, NET-02), at the first and at the second page.
local company = require "lib.company"

local server_codes = { 2030, 2031, 2032, 2037, 2038 }
local errors = {
  { name = "an error opstatus", codes = { 2038, 2474 }, strike = function(rule) rule:opstatus(20001, "no") end },
  { name = "HTTP 500", codes = server_codes, strike = function(rule) rule:status(500) end },
  { name = "HTTP 503", codes = server_codes, strike = function(rule) rule:status(503) end },
  { name = "HTTP 404", codes = server_codes, strike = function(rule) rule:status(404) end },
  { name = "an empty answer", codes = { 2037 }, strike = function(rule) rule:body("", "application/json") end },
  { name = "an answer that is no JSON", codes = { 2037 }, strike = function(rule) rule:body("<html></html>", "text/html") end },
}

for _, page in ipairs { 1, 2 } do
  for _, case in ipairs(errors) do
    scenario(case.name .. " at page " .. page .. " fails with a code of its class, and the next sync repairs all") {
      covers = { "NET-01" },
      needs = { "serviceLevel" },
      run = function(t)
        local organization, employees = company.organization(t)
        company.hire(employees, 5)
        local app = t:app():setup()
        case.strike(organization:on_download():page(page):once())
        local scope = app:service("Organization")
        t.expect(scope:sync { downloadBatchSize = 2 }):fails_with(case.codes)
        t.expect(scope:sync { downloadBatchSize = 2 }):succeeds()
        t.expect(app:rows("Employee")):equals(employees:rows())
        t.expect(app:rows("Employee")):count(5)
      end,
    }
  end
end

scenario("the status of an answer 429 is in userInfo, and the next sync need not wait") {
  covers = { "NET-05" },
  needs = { "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    organization:on_download():once():status(429, { ["Retry-After"] = "3600" })
    local scope = app:service("Organization")
    local result = scope:sync()
    t.expect(result, "NET-01"):fails()
    t.expect(result:user_info().httpStatus):equals(429)
    t.expect(scope:sync(), "API-07"):succeeds()
    t.expect(app:rows("Employee"), "API-07"):equals { { Name = "Ada" } }
  end,
}

local function page_of(records) return '{"opstatus":0,"Objects":[{"name":"Note","opstatus":0,"records":' .. records .. '}]' end

for _, case in ipairs {
  { name = "a number", text = "42" },
  { name = "an array", text = "[]" },
  { name = "objects that are no list", text = '{"opstatus":0,"Objects":{"Note":[]}}' },
  { name = "records that are no list", text = page_of('"all"') .. "}" },
  { name = "a record that is a number", text = page_of("[7]") .. "}" },
  { name = "a record without its key", may_succeed = true, text = page_of('[{"Text":"x","_metadata":{"action":"create"}}]') .. "}" },
  { name = "a column that holds a list", text = page_of('[{"Id":"n2","Text":["x"],"_metadata":{"action":"update"}}]') .. "}" },
  { name = "a column that holds an object", text = page_of('[{"Id":"n2","Text":{"a":1},"_metadata":{"action":"update"}}]') .. "}" },
  { name = "half a page", text = page_of('[{"Id":"n9","Text":"x","_metadata":{"action":"create"}}]') },
  { name = "text after the end", text = page_of("[]") .. "} and more" },
  { name = "bytes that are no UTF-8", text = page_of('[{"Id":"n9","Text":"\xff\xfe","_metadata":{"action":"create"}}]') .. "}" },
  { name = "nesting without end", text = string.rep("[", 100000) },
} do
  scenario("a page of " .. case.name .. " crashes nothing and leaves the local data as they were") {
    covers = { "NET-02" },
    needs = { "localCrud" },
    run = function(t)
      local organization, _, notes = company.with_notes(t)
      notes:insert { { Id = "n1", Text = "one" }, { Id = "n2", Text = "two" } }
      local app = t:app():setup()
      t.expect(app:sync()):succeeds()
      app:update("Note", { Id = "n1" }, { Text = "of the user" })
      organization:on_download():once():body(case.text, "application/json")

      local result = app:sync { objectServicesOptions = { Organization = { syncType = "downloadOnly" } } }
      t.expect(result.ends, "API-03"):equals(1)
      if not case.may_succeed then t.expect(result):fails() end
      t.expect(app:rows("Note")):count(2)
      t.expect(app:rows("Note")):contains { Id = "n1", Text = "of the user" }
      t.expect(app:rows("Note")):contains { Id = "n2", Text = "two" }
      t.expect(app:pending("Note")):count(1)
      t.expect(app:sync(), "API-07"):succeeds()
      t.expect(notes:row("n1").Text, "UPL-12"):equals("of the user")
    end,
  }
end

-- The exact codes that were observed for each answer (NET-06); their classes are NET-01's.
local company = require "lib.company"

local cases = {
  { title = "an empty answer", code = 2037, strike = function(rule) rule:body("") end },
  { title = "an answer that is not JSON", code = 2037, strike = function(rule) rule:body("<html>", "text/html") end },
  { title = "an error opstatus", code = 2038, strike = function(rule) rule:opstatus(20001, "no") end },
  { title = "HTTP 408", code = 2032, strike = function(rule) rule:status(408) end },
  { title = "HTTP 504", code = 2031, strike = function(rule) rule:status(504) end },
  { title = "HTTP 503", code = 2038, strike = function(rule) rule:status(503) end },
  { title = "HTTP 503 with a page of HTML", code = 2038, strike = function(rule) rule:status(503, {}, "<html>") end },
  { title = "HTTP 500 without an opstatus", code = 2030, strike = function(rule) rule:status(500, {}, "") end },
  { title = "HTTP 500 with an error opstatus", code = 2038, strike = function(rule) rule:status(500, {}, { opstatus = 8009, errmsg = "no" }) end },
  { title = "HTTP 404 without an opstatus", code = 2030, strike = function(rule) rule:status(404, {}, "gone") end },
}

for _, case in ipairs(cases) do
  scenario("a download that is answered by " .. case.title .. " ends in " .. case.code) {
    covers = { "NET-06" },
    run = function(t)
      local organization = company.organization(t)
      local app = t:app():setup()
      case.strike(organization:on_download():once())
      t.expect(app:sync():of("Organization")):fails_with(case.code)
    end,
  }

  scenario("an upload that is answered by " .. case.title .. " ends in " .. case.code) {
    covers = { "NET-06" },
    needs = { "localCrud" },
    run = function(t)
      local organization = company.organization(t)
      local app = t:app():setup()
      app:create("Employee", { Name = "Ada" })
      case.strike(organization:on_upload():once())
      t.expect(app:sync():of("Organization")):fails_with(case.code)
    end,
  }
end

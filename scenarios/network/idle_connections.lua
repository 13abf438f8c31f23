-- Idle connections that the server closed between two requests: the next request opens another one, unseen (NET-04).
local company = require "lib.company"

---All of the answer is sent, as if the connection stayed open; then it is closed, or reset. No answer has so many bytes.
local function end_behind(rule, how) rule:header("Connection", "keep-alive"):cut(1000000, how) end

for _, how in ipairs { { name = "closed" }, { name = "reset", ending = "reset" } } do
  scenario("a connection that the server " .. how.name .. " between two syncs is opened again unseen") {
    covers = { "NET-04" },
    needs = { "localCrud" },
    run = function(t)
      local organization, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      for i = 1, 3 do
        end_behind(organization:on_download():once(), how.ending)
        t.expect(app:sync()):succeeds()
        app:create("Employee", { Name = "Local " .. i })
      end
      t.expect(app:sync()):succeeds()
      t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Local 1" }, { Name = "Local 2" }, { Name = "Local 3" } }
    end,
  }
end

scenario "a connection that the server closes behind an upload is opened again for the download" {
  covers = { "NET-04", "UPC-01" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    app:create("Employee", { Name = "Grace" })
    end_behind(organization:on_upload())
    t.expect(app:sync { objectServicesOptions = { Organization = { uploadBatchSize = 1 } } }):succeeds()
    t.expect(organization:uploads(), "UPC-01"):has_ids { 1, 2 }
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:pending("Employee")):count(0)
  end,
}
